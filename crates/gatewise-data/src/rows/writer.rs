//! Writing a time that no row has, as the table writes its own.

use super::time::Form;
use super::times::TimeColumns;
use crate::time::{DateFormat, DateOrder, EPOCH, Pattern, scan};

/// How a table writes its times.
#[derive(Clone, Debug)]
pub struct TimeWriter(Written);

#[derive(Clone, Debug)]
enum Written {
    Date(DateFormat),
    Pattern(Pattern),
    /// A number of which so many make a second, with digits behind the point.
    Number {
        per_second: i64,
        digits: usize,
    },
}

impl TimeWriter {
    /// As the row whose cells are `cell` writes its own time.
    pub(super) fn new<'a>(time: &TimeColumns, cell: &dyn Fn(usize) -> Option<&'a str>) -> Self {
        let digits = |c: usize| cell(c).and_then(|cell| cell.split_once(['.', ','])).map_or(0, |(_, fraction)| fraction.len().min(9));
        Self(match time {
            TimeColumns::One(c, Form::Date(order)) => Written::Date(date_format(cell(*c).unwrap_or_default(), *order)),
            TimeColumns::Joined(columns, Form::Date(order)) => {
                let cells: Vec<&str> = columns.iter().filter_map(|&c| cell(c)).collect();
                Written::Date(date_format(&cells.join(" "), *order))
            }
            TimeColumns::One(_, Form::Pattern(pattern)) | TimeColumns::Joined(_, Form::Pattern(pattern)) => {
                Written::Pattern(Pattern::clone(pattern))
            }
            TimeColumns::One(c, Form::Epoch { per_second }) => Written::Number { per_second: *per_second, digits: digits(*c) },
            TimeColumns::One(c, Form::Count | Form::Decimal) => Written::Number { per_second: 1, digits: digits(*c) },
            TimeColumns::Parts(_) => Written::Date(DateFormat::iso(DateOrder::YearMonthDay, 3)),
            TimeColumns::Joined(..) | TimeColumns::None => Written::Number { per_second: 1, digits: 0 },
        })
    }

    /// Writes a time as [`Row`](super::Row) has it: seconds since 1970 and nanoseconds, or a count and billionths.
    pub fn write(&self, (seconds, nanos): (i64, u32)) -> String {
        match &self.0 {
            Written::Date(format) => format.format(civil(seconds, nanos)),
            Written::Pattern(pattern) => pattern.format(civil(seconds, nanos)),
            Written::Number { per_second, digits } => {
                const NANOS: i128 = 1_000_000_000;
                let total = (i128::from(seconds) * NANOS + i128::from(nanos)) * i128::from(*per_second);
                let scale = 10_i128.pow(*digits as u32);
                let scaled = (total * scale).div_euclid(NANOS);
                let (sign, scaled) = if scaled < 0 { ("-", -scaled) } else { ("", scaled) };
                match digits {
                    0 => format!("{sign}{scaled}"),
                    digits => format!("{sign}{}.{:0digits$}", scaled / scale, scaled % scale),
                }
            }
        }
    }
}

fn civil(seconds: i64, nanos: u32) -> jiff::civil::DateTime {
    EPOCH.saturating_add(jiff::SignedDuration::new(seconds, i32::try_from(nanos).unwrap_or(0)))
}

fn date_format(cell: &str, order: DateOrder) -> DateFormat {
    let Some(scanned) = scan(cell) else { return DateFormat::iso(DateOrder::YearMonthDay, 3) };
    let form = scanned.form;
    let order = if form.needs_order() { order } else { form.order };
    DateFormat {
        fraction: scanned.fraction,
        zone: scanned.zone.map(|(text, _)| text.to_owned()),
        to_24: scanned.clock[0] == 24,
        ..DateFormat::of_form(form, order, (scanned.padded, scanned.hour_padded))
    }
}

#[cfg(test)]
mod tests {
    use super::super::time::{Moment, form_of, moment_of};
    use super::*;

    #[test]
    fn a_time_is_written_as_it_was_read() {
        for cell in [
            "2026-01-05 00:00:00",
            "2026-01-05T10:30",
            "2026-01-05",
            "25/01/2026 09:05",
            "20260105",
            "2026-01-05 00:00:00.250",
            "2026-01-05T00:00:00Z",
            "26-01-05",
            "2026-01-05 오후 1:00",
            "Mon, 05 Jan 2026 10:30:00",
            "1767571200",
            "1767571200.25",
            "1767571200250",
            "1767571200250000001",
            "12",
            "0.01",
            "-0.25",
        ] {
            let form = form_of(std::iter::once(cell)).unwrap();
            let writer = TimeWriter::new(&TimeColumns::One(0, form.clone()), &|_| Some(cell));
            let moment: Moment = moment_of(cell, &form).unwrap();
            assert_eq!(writer.write(moment), cell);
        }
    }
}
