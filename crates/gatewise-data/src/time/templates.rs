//! The usual written forms of times, tried on the cells of a column.

use std::collections::HashSet;
use std::sync::LazyLock;

use super::names::{month, weekday};
use super::pattern::Pattern;

/// What may stand before a date.
const BEFORE: [&str; 6] = ["", "%a, ", "%a ", "%A, ", "%A ", "(%Oa) "];
/// Dates whose numbers any of [`SEPARATORS`] parts.
const PARTED: [&str; 10] =
    ["%Y|%m|%d", "%y|%m|%d", "%d|%m|%Y", "%m|%d|%Y", "%d|%m|%y", "%m|%d|%y", "%d|%b|%Y", "%d|%b|%y", "%Y|%b|%d", "%Y|%m"];
const SEPARATORS: [&str; 6] = ["-", "/", ".", " ", ". ", "_"];
/// Further dates.
const DATES: &[&str] = &[
    "%Y%m%d",
    "%y%m%d",
    "%d%b%Y",
    "%d%b%y",
    "%d %B %Y",
    "%d-%B-%Y",
    "%d. %B %Y",
    "%d %B, %Y",
    "%d %b, %Y",
    "%b %d, %Y",
    "%B %d, %Y",
    "%b %d %Y",
    "%B %d %Y",
    "%b. %d, %Y",
    "%Y %B %d",
    "%b %Y",
    "%B %Y",
    "%b-%Y",
    "%B-%Y",
    "%b/%Y",
    "%b, %Y",
    "%B, %Y",
    "%b-%y",
    "%b %y",
    "%b%y",
    "%b%Y",
    "%b'%y",
    "%Y-%b",
    "%Y %b",
    "%Y%b",
    "%Y %B",
    "%Y-%B",
    "%YM%m",
    "%Y-M%m",
    "%Ym%m",
    "%m/%y",
    "%G-W%V",
    "%GW%V",
    "%G-W%V-%u",
    "%GW%V%u",
    "%G W%V",
    "%G-%V",
    "%G/%V",
    "W%V %G",
    "W%V-%G",
    "%Y년 %m월 %d일",
    "%Y년%m월%d일",
    "%Y년 %m월",
    "%Y년%m월",
    "%Y.%m.%d.",
    "%Y. %m. %d.",
    "%Y-%m-%d(%Oa)",
    "%Y-%m-%d (%Oa)",
    "%Y.%m.%d(%Oa)",
    "%Y/%m/%d(%Oa)",
    "%Y년 %m월 %d일 (%Oa)",
    "%Y年%m月%d日",
    "%Y-%j",
];
/// Dates that no time of day follows.
const PERIODS: &[&str] = &[
    "%b %e %H:%M:%S %Y",
    "%m/%Y",
    "%Y年%m月",
    "%Y.%m.",
    "%b. %Y",
    "W%V/%G",
    "%G-w%V",
    "%G년 %V주",
    "%G년 %V주차",
    "%Y:Q%q",
    "%Yq%q",
    "%Y-q%q",
    "%Y/%qQ",
    "%Y %q/4",
    "FY%Y",
    "FY%y",
    "%m-%Y",
    "%m.%Y",
    "%Y년",
    "%y년 %m월",
    "%y년 %m월 %d일",
    "%Y. %m.",
    "Q%q %Y",
    "%YQ%q",
    "%Y-Q%q",
    "%Y Q%q",
    "%Y/Q%q",
    "%Y.Q%q",
    "%qQ%Y",
    "%qQ%y",
    "%qQ %Y",
    "Q%q-%Y",
    "Q%q/%Y",
    "Q%q'%y",
    "%Y년 %q분기",
    "%YH%Oq",
    "%Y-H%Oq",
    "H%Oq %Y",
    "%Y %qQ",
];
/// Times of day.
const CLOCKS: [&str; 24] = [
    "%H:%M:%S.%f",
    "%H:%M:%S,%f",
    "%H:%M:%S",
    "%H:%M",
    "%H",
    "%I:%M:%S %p",
    "%I:%M:%S%p",
    "%I:%M %p",
    "%I:%M%p",
    "%I %p",
    "%I%p",
    "%Op %I:%M:%S",
    "%Op %I:%M",
    "%Op %I시 %M분",
    "%Op %I시",
    "%H.%M.%S",
    "%H.%M",
    "%H%M%S",
    "%H%M",
    "%H시 %M분 %S초",
    "%H시 %M분",
    "%H시",
    "%Hh%M",
    "%Hh",
];
/// What parts date and time of day.
const LEADS: [&str; 8] = [" ", "T", ", ", "  ", " - ", "-", ":", "_"];
/// What may follow.
const AFTER: &[&str] = &["", "%z", " %z", "(%Oa)", " (%Oa)", "(%a)", " (%a)", " %a", " %A"];
/// Names of zones that may follow a time of day.
const ZONES: [&str; 16] = ["KST", "JST", "IST", "CET", "CEST", "EET", "BST", "WET", "EST", "EDT", "CST", "CDT", "MST", "MDT", "PST", "PDT"];

/// A part of a form with its text.
type Part = (String, Pattern);

/// The parts that can stand alone: those of dates.
static DATE_PARTS: LazyLock<Vec<Part>> = LazyLock::new(|| {
    let parted = SEPARATORS.iter().flat_map(|separator| PARTED.map(|date| date.replace('|', separator)));
    let whole = DATES.iter().chain(PERIODS).map(|date| (*date).to_owned());
    parted.chain(whole).filter_map(|text| Some((text.clone(), text.parse().ok()?))).collect()
});

/// A part without a year, read through a form that has one: the year is written before it.
fn with_year(part: &str) -> Option<Pattern> {
    format!("%Y{part}").parse().ok()
}

static BEFORE_PARTS: LazyLock<Vec<Part>> =
    LazyLock::new(|| BEFORE.iter().filter_map(|part| Some(((*part).to_owned(), with_year(part)?))).collect());
static CLOCK_PARTS: LazyLock<Vec<Part>> = LazyLock::new(|| {
    let lower = CLOCKS.iter().filter(|clock| clock.contains("%p")).map(|clock| clock.replace("%p", "%P"));
    let all: Vec<String> = CLOCKS.iter().map(|clock| (*clock).to_owned()).chain(lower).collect();
    // An hour by itself is none behind a mark that may part the numbers of a date.
    let fits = |lead: &str, clock: &str| clock != "%H" || matches!(lead, " " | "T");
    let led = LEADS.iter().flat_map(|lead| all.iter().filter(move |clock| fits(lead, clock)).map(move |clock| format!("{lead}{clock}")));
    led.filter_map(|text| Some((text.clone(), with_year(&text)?))).collect()
});
static AFTER_PARTS: LazyLock<Vec<Part>> = LazyLock::new(|| {
    let all = AFTER.iter().map(|part| (*part).to_owned()).chain(ZONES.map(|zone| format!(" {zone}")));
    all.filter_map(|part| Some((part.clone(), with_year(&part)?))).collect()
});

/// The year that stands before parts without one; none of them starts with a digit, or a digit field is read by itself.
const YEAR: &str = "2000";

/// Whether a cell may have one of the forms, by its digits and the letters it starts with: most cells and names that are no times are told
/// apart so, at a thousandth of the work.
fn may_be_time(cell: &str) -> bool {
    /// Letters that a form may start with, beside names of months and weekdays.
    const STARTS: [&str; 4] = ["FY", "H", "Q", "W"];
    let letters = cell.bytes().take_while(u8::is_ascii_alphabetic).count();
    let starts = letters == 0 || STARTS.contains(&&cell[..letters]) || month(&cell[..letters]).is_some() || weekday(cell).is_some();
    // The year is written in numbers.
    starts && cell.bytes().any(|b| b.is_ascii_digit())
}

/// Every form of the tables above that one cell has.
fn forms_of(cell: &str) -> Vec<String> {
    let mut forms = Vec::new();
    if !may_be_time(cell) {
        return forms;
    }
    let led = format!("{YEAR}{cell}");
    for (before, part) in BEFORE_PARTS.iter() {
        let Some(rest) = part.rest_of(&led) else { continue };
        for (date, part) in DATE_PARTS.iter() {
            let Some(rest) = part.rest_of(rest) else { continue };
            let mut end = |clock: &str, rest: &str| {
                // An offset from UTC belongs to a time of day.
                let zone = |after: &str| after.contains("%z") || ZONES.contains(&after.trim_start());
                let fits = |after: &str| !(clock.is_empty() && zone(after));
                let led = format!("{YEAR}{rest}");
                let after = AFTER_PARTS.iter().filter(|(after, part)| fits(after) && part.rest_of(&led).is_some_and(str::is_empty));
                forms.extend(after.map(|(after, _)| format!("{before}{date}{clock}{after}")));
            };
            end("", rest);
            // A time of day says nothing where there is no day.
            let to_the_day = ["%d", "%u", "%j"].iter().any(|day| date.contains(day));
            if !to_the_day || rest.is_empty() {
                continue;
            }
            let led = format!("{YEAR}{rest}");
            for (clock, part) in CLOCK_PARTS.iter() {
                if let Some(rest) = part.rest_of(&led) {
                    end(clock, rest);
                }
            }
        }
    }
    forms
}

/// Cells that forms are taken from, and the share of all cells that a form has to read.
const TRIED_CELLS: usize = 8;
const LEAST_SHARE: f64 = 0.5;

/// The forms that read most of the cells, the likeliest first; those that read all cells alike are given once. Each with how many of the
/// cells it reads.
pub(super) fn infer(cells: &[&str]) -> Vec<(Pattern, usize)> {
    let texts: Vec<&str> = cells.iter().copied().filter(|cell| cell.len() <= 64).collect();
    let stride = texts.len().div_ceil(TRIED_CELLS).max(1);
    let mut seen = HashSet::new();
    let mut found: Vec<(usize, usize, Pattern)> = Vec::new();
    for form in texts.iter().step_by(stride).flat_map(|cell| forms_of(cell)) {
        if !seen.insert(form.clone()) {
            continue;
        }
        let Ok(pattern) = form.parse::<Pattern>() else { continue };
        let read = texts.iter().filter(|cell| pattern.read(cell).is_some()).count();
        if read as f64 >= LEAST_SHARE * cells.len() as f64 && read > 0 {
            let pattern = dress(&pattern, &texts);
            found.push((read, same_again(&pattern, &texts), pattern));
        }
    }
    // The tables' own order where two forms are as good: the sort is stable.
    found.sort_by_key(|(read, again, _)| std::cmp::Reverse((*read, *again)));
    let best = found.first().map_or((0, 0), |(read, again, _)| (*read, *again));
    let mut kept: Vec<(Pattern, usize)> = Vec::new();
    for (read, again, pattern) in found {
        let alike = |(other, _): &(Pattern, usize)| texts.iter().all(|cell| other.read(cell) == pattern.read(cell));
        if (read, again) == best && !kept.iter().any(alike) {
            kept.push((pattern, read));
        }
    }
    kept
}

/// How many cells the pattern writes as they are.
fn same_again(pattern: &Pattern, cells: &[&str]) -> usize {
    cells.iter().filter(|cell| pattern.read(cell).is_some_and(|(at, _)| pattern.format(at) == **cell)).count()
}

/// The pattern with the leading zeros, capitals, digits of a second and offset that most cells have.
pub(super) fn dress(pattern: &Pattern, cells: &[&str]) -> Pattern {
    let mut best = pattern.clone();
    if best.has_offset()
        && let Some(offset) = cells.iter().find_map(|cell| offset_text(&best, cell))
        && cells.iter().all(|cell| cell.ends_with(&offset) || best.read(cell).is_none())
    {
        best = best.with_offset(&offset);
    }
    if best.has_fraction() {
        let digits = |cell: &&str| cell.len() - cell.trim_end_matches(|c: char| c.is_ascii_digit()).len();
        let most = cells.iter().filter(|cell| best.read(cell).is_some()).map(digits).max().unwrap_or(6);
        best = best.with_fraction(most.min(9) as u8);
    }
    let mut count = same_again(&best, cells);
    let text = best.to_string();
    let capitals = text.replace("%b", "%^b").replace("%B", "%^B").replace("%a", "%^a").replace("%A", "%^A");
    let others = [capitals, text.replace("%b", "%Ob"), text.replace("%b", "%B")].into_iter().filter_map(|text| text.parse().ok());
    for other in std::iter::once(best.clone()).chain(others.collect::<Vec<Pattern>>()) {
        for (date, hour) in [(true, true), (false, false), (true, false), (false, true)] {
            let padded = other.padded(date, hour);
            for dressed in [padded.clone(), padded.to_24()] {
                let again = same_again(&dressed, cells);
                if again > count {
                    (count, best) = (again, dressed);
                }
            }
        }
        if count == cells.len() {
            break;
        }
    }
    best
}

/// The offset from UTC at the end of a cell, as it stands there.
fn offset_text(pattern: &Pattern, cell: &str) -> Option<String> {
    pattern.read(cell)?.1?;
    let start = cell.rfind(['+', '-', 'Z', 'z', 'U', 'G'])?;
    Some(cell[start..].to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_is_found_with_its_zeros_and_capitals() {
        for (cells, expected) in [
            (&["2021-W01", "2021-W52"][..], "%G-W%V"),
            (&["Q1 2008", "Q2 2008"], "Q%q %Y"),
            (&["1Q2008", "2Q2008"], "%qQ%Y"),
            (&["2018M01", "2018M12"], "%YM%m"),
            (&["January 2018", "May 2018"], "%B %Y"),
            (&["May 2018", "Jun 2018"], "%b %Y"),
            (&["Sept 2018", "Oct 2018"], "%Ob %Y"),
            (&["01JAN2024", "02JAN2024"], "%d%^b%Y"),
            (&["Mon, 01 Jan 2024", "Tue, 02 Jan 2024"], "%a, %d %b %Y"),
            (&["2024년 1월 1일", "2024년 12월 31일"], "%Y년 %-m월 %-d일"),
            (&["2024. 1. 1.", "2024. 1. 2."], "%Y. %-m. %-d."),
            (&["2024-03-01 오전 12:00", "2024-03-01 오전 1:00"], "%Y-%m-%d %Op %-I:%M"),
            (&["20240301T000000", "20240301T010000"], "%Y%m%dT%H%M%S"),
            (&["2021-13", "2021-52"], "%G-%V"),
            (&["2024-03-01 1:00pm", "2024-03-01 12:00pm"], "%Y-%m-%d %-I:%M%P"),
            (&["Jan 1, 2024 05:00+09:00"], "%b %-d, %Y %H:%M+09:00"),
            (&["Tue Feb  6 00:00:00 2024", "Tue Feb 13 00:00:00 2024"], "%a %b %e %H:%M:%S %Y"),
            (&["2024.02.21(수) 00:00"], "%Y.%m.%d(%Oa) %H:%M"),
            (&["2024-02-21 05:00:00 EST"], "%Y-%m-%d %H:%M:%S EST"),
            (&["2024년 52주차", "2025년 1주차"], "%G년 %-V주차"),
            (&["2005q2", "2005q3"], "%Yq%q"),
        ] {
            let found = infer(cells);
            assert_eq!(found.first().map(|(pattern, _)| pattern.to_string()).as_deref(), Some(expected), "{cells:?}");
        }
        for cells in [&["red", "green"][..], &["1.5 kg"], &[], &["A-1-2024"], &["may"]] {
            assert_eq!(infer(cells), [], "{cells:?}");
        }
    }
}
