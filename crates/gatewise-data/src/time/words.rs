//! Names that columns of times have.

/// Names under which a column is the time before any other.
pub(crate) const FIRST: [&str; 7] = ["ds", "timestamp", "datetime", "date_time", "date", "time", "ts"];

/// Names of times, as whole names.
const TIMES: [&str; 74] = [
    "date",
    "dates",
    "time",
    "times",
    "datetime",
    "date time",
    "timestamp",
    "timestamps",
    "ts",
    "ds",
    "dt",
    "t",
    "day",
    "days",
    "month",
    "months",
    "week",
    "weeks",
    "year",
    "years",
    "quarter",
    "period",
    "hour",
    "epoch",
    "epoch ms",
    "unix",
    "unixtime",
    "unix time",
    "yyyymm",
    "yyyymmdd",
    "yearmonth",
    "year month",
    "yearweek",
    "year week",
    "ym",
    "yw",
    "yearmon",
    "month year",
    "datum",
    "zeit",
    "fecha",
    "data",
    "jour",
    "mois",
    "날짜",
    "일자",
    "일시",
    "시간",
    "시각",
    "년월",
    "연월",
    "년도",
    "연도",
    "년",
    "월",
    "일",
    "주",
    "주차",
    "분기",
    "기준일",
    "기준일자",
    "기준년월",
    "측정일시",
    "측정시간",
    "거래일",
    "거래일자",
    "일시분",
    "날짜시간",
    "reading time",
    "created at",
    "updated at",
    "dte",
    "when",
    "as of",
];
/// Last words of names of times.
const LAST: [&str; 9] = ["date", "datetime", "timestamp", "일자", "일시", "날짜", "년월", "dt", "dttm"];

/// The name in small letters, its words parted by spaces.
fn plain(name: &str) -> String {
    let spaced: String = name.chars().map(|c| if matches!(c, '_' | '-' | '.' | '/') { ' ' } else { c }).collect();
    spaced.trim().to_lowercase()
}

/// Whether a column of this name holds times by its name.
pub(crate) fn called_time(name: &str) -> bool {
    let name = plain(name);
    TIMES.contains(&name.as_str()) || LAST.iter().any(|last| name.rsplit(' ').next() == Some(last))
}

/// Whether a column of this name holds days by its name.
pub(crate) fn called_date(name: &str) -> bool {
    let name = plain(name);
    let days = ["date", "day", "datum", "fecha", "일자", "날짜", "일시", "기준일", "거래일", "dt"];
    called_time(&name) && days.iter().any(|day| name.contains(day))
}

/// The field of a clock or a calendar that a column is named for, with the numbers it may have.
pub(crate) fn called_clock_field(name: &str) -> Option<std::ops::RangeInclusive<i64>> {
    Some(match plain(name).as_str() {
        "hour" | "hr" | "hh" | "시" | "시간" | "hour ending" | "he" | "hours" => 0..=24,
        "minute" | "minutes" | "min" | "분" => 0..=59,
        "second" | "seconds" | "sec" | "초" => 0..=59,
        "day" | "일" | "day of month" | "dd" | "mday" => 1..=31,
        "weekday" | "dayofweek" | "day of week" | "dow" | "wday" | "요일" => 0..=7,
        "month" | "mon" | "월" | "mm" | "mnth" => 1..=12,
        "quarter" | "qtr" | "분기" => 1..=4,
        "week" | "weekofyear" | "week of year" | "weeknum" | "주" | "주차" => 0..=53,
        "dayofyear" | "day of year" | "doy" | "yday" => 0..=366,
        "year" | "yr" | "yyyy" | "년" | "연도" | "년도" => 1500..=2500,
        _ => return None,
    })
}

/// Whether a cell is a time of day and nothing else: `18:05`, `1:00 PM`, `18.00.00`, `오전 1:00`.
pub(crate) fn is_clock(cell: &str) -> bool {
    let plain = ["오전", "오후", "AM", "PM", "am", "pm", "a.m.", "p.m."].iter().fold(cell, |cell, up_to_half| {
        let cell = cell.strip_prefix(up_to_half).unwrap_or(cell);
        cell.strip_suffix(up_to_half).unwrap_or(cell)
    });
    let fields = |separator: char| -> Option<usize> {
        let mut count = 0;
        for field in plain.trim().split(separator) {
            let (whole, _) = field.split_once(['.', ',']).unwrap_or((field, ""));
            let most = if count == 0 { 24 } else { 59 };
            let digits = (1..=2).contains(&whole.len()) && whole.bytes().all(|b| b.is_ascii_digit());
            (digits && whole.parse::<u8>().ok()? <= most).then_some(())?;
            count += 1;
        }
        Some(count)
    };
    let dotted = || {
        let parts: Vec<&str> = plain.trim().split('.').collect();
        parts.len() == 3 && parts.iter().all(|part| part.len() == 2 && part.parse::<u8>().is_ok_and(|n| n <= 59))
    };
    matches!(fields(':'), Some(2 | 3)) || dotted()
}

/// Whether a cell has a time of day beside a date.
pub(crate) fn has_clock(cell: &str) -> bool {
    let basic = || cell.split_once('T').is_some_and(|(date, clock)| date.ends_with(|c: char| c.is_ascii_digit()) && !clock.is_empty());
    super::scan(cell).map_or_else(|| cell.contains(':') || cell.contains('시') || basic(), |scanned| scanned.form.clock.is_some())
}
