//! Spans however they are written, and rows in them.

use super::*;

const MIDNIGHT: i64 = 1_767_571_200;

fn dates() -> TimeColumns {
    TimeColumns::One(0, Form::Date(DateOrder::YearMonthDay))
}

fn one(text: &str, time: &TimeColumns) -> (Moment, Moment) {
    let spans = parse(text, time, &[]).unwrap_or_else(|finding| panic!("{text}: {finding:?}"));
    assert_eq!(spans.len(), 1, "{text}");
    (spans[0].from, spans[0].to)
}

#[test]
fn a_span_is_read_however_it_is_written() {
    let (ten, twelve) = (MIDNIGHT + 36_000, MIDNIGHT + 43_200);
    for (text, from, to) in [
        ("2026-01-05 10:00,2026-01-05 12:00", (ten, 0), (twelve, 0)),
        ("start;end\n2026-01-05 10:00:00;2026-01-05 12:00:00\n", (ten, 0), (twelve, 0)),
        ("reason,until,from\nnew pump,2026-01-05T12:00,2026-01-05T10:00", (ten, 0), (twelve, 0)),
        ("# stop\n\n2026-01-05 10:00 to 2026-01-05 12:00", (ten, 0), (twelve, 0)),
        ("2026-01-05T10:00/2026-01-05T12:00", (ten, 0), (twelve, 0)),
        ("1767607200,1767614400", (ten, 0), (twelve, 0)),
        ("2026-01-05", (MIDNIGHT, 0), (MIDNIGHT + 86_399, LAST_NANO)),
        ("2026-01-05,2026-01-06", (MIDNIGHT, 0), (MIDNIGHT + 2 * 86_400 - 1, LAST_NANO)),
        ("2026-01-05 10:00", (ten, 0), (ten + 59, LAST_NANO)),
        ("2026-01-05 10:00:00", (ten, 0), (ten, LAST_NANO)),
        ("time,reason\n2026-01-05 10:00:00,planned", (ten, 0), (ten, LAST_NANO)),
        ("2026-01-05 10:00:00,", (ten, 0), (ten, LAST_NANO)),
    ] {
        assert_eq!(one(text, &dates()), (from, to), "{text}");
    }
    assert_eq!(one("5,9", &TimeColumns::None), ((5, 0), (9, 0)));
    assert_eq!(one("1.5,2.5", &TimeColumns::One(0, Form::Decimal)), ((1, 500_000_000), (2, 500_000_000)));
    let day_first = TimeColumns::One(0, Form::Date(DateOrder::DayMonthYear));
    assert_eq!(one("05/01/2026", &day_first).0, (MIDNIGHT, 0));
    let millis = TimeColumns::One(0, Form::Epoch { per_second: 1000 });
    assert_eq!(one("1767607200000,1767614400000", &millis), ((ten, 0), (twelve, 0)));
    assert_eq!(one("2026-01-05 10:00,2026-01-05 12:00", &millis), ((ten, 0), (twelve, 0)));
}

#[test]
fn what_is_no_span_is_named_with_its_line() {
    for (text, line, word) in [
        ("", None, "no time"),
        ("# nothing\n", None, "no time"),
        ("soon\n", Some(1), "\"soon\""),
        ("2026-01-05 10:00\nsoon\n", Some(2), "\"soon\""),
        ("2026-01-05 10:00,later\n", Some(1), "\"later\""),
        ("2026-01-05 10:00,2026-01-05 09:00\n", Some(1), "ends before"),
        ("start,end\n2026-13-05,2026-01-05\n", Some(2), "\"2026-13-05\""),
    ] {
        let finding = parse(text, &dates(), &[]).unwrap_err();
        assert_eq!(finding.line, line, "{text}");
        assert!(finding.message.contains(word) && finding.help.is_some(), "{text}: {finding:?}");
    }
}

#[test]
fn rows_are_found_in_their_spans() {
    let text = "device,start,end\n,10,20\nb,15,40\n,60,60\n";
    let spans = parse(text, &TimeColumns::None, &["device"]).unwrap();
    let latest = vec![(20, 0), (40, 0), (60, 0)];
    let mut spans = Spans { path: "t".to_owned(), spans, latest, step: Some(1_000_000_000) };
    let found = |spans: &mut Spans, series: &str| (0..70).filter(|row| spans.take(series, (*row, 0))).collect::<Vec<_>>();
    assert_eq!(found(&mut spans, "a"), (10..=20).chain([60]).collect::<Vec<_>>());
    assert_eq!(spans.unmatched().map(|span| span.line).collect::<Vec<_>>(), [3]);
    assert_eq!(found(&mut spans, "b"), (10..=40).chain([60]).collect::<Vec<_>>());
    assert_eq!(spans.spans().iter().map(|span| span.rows).collect::<Vec<_>>(), [22, 26, 2]);
    assert!(spans.touches("a", (5, 0), (11, 0)) && !spans.touches("a", (20, 0), (25, 0)) && spans.touches("b", (20, 0), (25, 0)));
    assert!(spans.touches("a", (59, 0), (60, 1)) && spans.touches("b", (38, 0), (44, 0)));
    assert_eq!(spans.spans().iter().map(|span| span.holes).collect::<Vec<_>>(), [1, 2, 0], "a step is no hole");
}
