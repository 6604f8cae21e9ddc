//! How each column writes its numbers, settled over all its cells.

use crate::finding::{Finding, FindingKind, Findings};
use crate::grid::Column;
use crate::grid::Grid;
use crate::grid::{Cell, NumberStyle};
use crate::grid::{Marks, grouped, parts_thousands, written};
use crate::options::DecimalMark;

/// What the digits of a cell say about the decimal mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Evidence {
    Comma,
    Point,
    /// `1,234`: either.
    EitherComma,
    /// `1.234`: either, though mostly a decimal point.
    EitherPoint,
    /// `1234`: thousands are not parted here.
    Whole,
    Silent,
}

fn evidence(digits: &str) -> Evidence {
    let count = |mark: char| digits.matches(mark).count();
    let parted = digits.contains(parts_thousands);
    match (count(','), count('.')) {
        (0, 0) if digits.len() > 3 && !parted => Evidence::Whole,
        (0, 0) => Evidence::Silent,
        (0, points) => one_mark(digits, '.', points, parted),
        (commas, 0) => one_mark(digits, ',', commas, parted),
        (1, _) if digits.rfind(',') > digits.rfind('.') => Evidence::Comma,
        (_, 1) if digits.rfind('.') > digits.rfind(',') => Evidence::Point,
        _ => Evidence::Silent,
    }
}

/// The evidence where one kind of mark stands in a cell, `count` times.
fn one_mark(digits: &str, mark: char, count: usize, parted: bool) -> Evidence {
    let (decimal, other, either) = if mark == ',' {
        (Evidence::Comma, Evidence::Point, Evidence::EitherComma)
    } else {
        (Evidence::Point, Evidence::Comma, Evidence::EitherPoint)
    };
    match count {
        1 if parted || digits.starts_with('0') || !grouped(digits, |c| c == mark) => decimal,
        1 => either,
        _ if grouped(digits, |c| c == mark) => other,
        _ => Evidence::Silent,
    }
}

/// Counts of what cells say.
#[derive(Clone, Copy, Default)]
struct Votes {
    comma: usize,
    point: usize,
    whole: usize,
    either_comma: Option<usize>,
    either_point: Option<usize>,
}

impl Votes {
    fn add(&mut self, row: usize, digits: &str) {
        match evidence(digits) {
            Evidence::Comma => self.comma += 1,
            Evidence::Point => self.point += 1,
            Evidence::Whole => self.whole += 1,
            Evidence::EitherComma => self.either_comma = self.either_comma.or(Some(row)),
            Evidence::EitherPoint => self.either_point = self.either_point.or(Some(row)),
            Evidence::Silent => {}
        }
    }
}

/// What is known of the table when one of its columns leaves the decimal mark open.
#[derive(Clone, Copy)]
pub(super) struct Hint {
    pub given: Option<DecimalMark>,
    /// What other columns say.
    pub comma: Option<bool>,
    pub delimiter: u8,
}

/// Rows looked at for the decimal mark of the table.
const SAMPLE_ROWS: usize = 1_000;

impl Hint {
    /// Whether a point in a plain number may be something else than a decimal mark.
    pub fn doubts_points(self) -> bool {
        self.comma.unwrap_or(self.delimiter == b';')
    }

    pub fn of(grid: &Grid, given: Option<DecimalMark>, delimiter: u8) -> Self {
        let mut votes = Votes::default();
        let stride = grid.rows().div_ceil(SAMPLE_ROWS).max(1);
        // Wide tables say it in fewer rows.
        let stride = stride.max((grid.rows() * grid.width()).div_ceil(SAMPLE_ROWS * 100));
        for row in (0..grid.rows()).step_by(stride) {
            for column in 0..grid.width() {
                let cell = grid.cell(row, column);
                if cell.contains([',', '.'])
                    && let Some(number) = written(cell)
                {
                    votes.add(row, number.digits);
                }
            }
        }
        let comma = (votes.comma != votes.point).then_some(votes.comma > votes.point);
        Hint { given, comma: given.map(|mark| mark == DecimalMark::Comma).or(comma), delimiter }
    }
}

/// The form of a column whose cells are not all plain numbers.
pub(super) struct Form {
    style: NumberStyle,
    marks: Marks,
    /// The first cell with each mark, for the notes.
    first: Vec<(usize, &'static str)>,
    below: usize,
    /// The first cell that could be read otherwise.
    open: Option<usize>,
    pub says_comma: bool,
    pub says_thousands: bool,
}

/// What a cell is in the form of its column.
pub(super) enum Reading {
    Cell(Cell),
    OtherCurrency(&'static str),
    NoPercent,
}

impl Form {
    pub fn settle(column: &Column<'_>, hint: Hint) -> Self {
        let mut votes = Votes::default();
        let (mut marks, mut seen) = (Marks::default(), [false; 6]);
        let (mut first, mut currencies, mut numbers, mut percents, mut below) = (Vec::new(), Vec::<(&str, usize)>::new(), 0, 0, 0);
        for (row, cell) in column.present() {
            let Some(number) = written(cell) else { continue };
            votes.add(row, number.digits);
            numbers += 1;
            percents += usize::from(number.marks.percent);
            below += usize::from(number.marks.below);
            if let Some(currency) = number.marks.currency {
                match currencies.iter_mut().find(|(known, _)| *known == currency) {
                    Some((_, count)) => *count += 1,
                    None => currencies.push((currency, 1)),
                }
            }
            for (k, (has, what)) in [
                (number.marks.currency.is_some(), "currency"),
                (number.marks.percent, "percent"),
                (number.marks.scaled, "a letter that multiplies"),
                (number.marks.below, "below"),
                (number.marks.minus, "another minus sign"),
                (number.marks.parted, "marks between thousands"),
            ]
            .into_iter()
            .enumerate()
            {
                if has && !seen[k] {
                    seen[k] = true;
                    first.push((row, what));
                }
            }
        }
        marks.currency = currencies.iter().rev().max_by_key(|(_, count)| *count).map(|(currency, _)| *currency);
        marks.percent = percents * 2 > numbers;
        let (comma, open) = decide(votes, hint);
        let style = column.style().with_decimal_comma(comma);
        let says_comma = comma && (votes.comma > 0 || votes.either_comma.is_some());
        let says_thousands = !comma && votes.either_comma.is_some() || !comma && votes.point > 0 && hint.comma != Some(false);
        Form { style, marks, first, below, open, says_comma, says_thousands }
    }

    pub fn read(&self, cell: &str) -> Reading {
        if self.style.is_missing(cell) {
            return Reading::Cell(Cell::Missing);
        }
        let Some(number) = written(cell) else { return Reading::Cell(self.style.read(cell)) };
        if let (Some(one), Some(other)) = (self.marks.currency, number.marks.currency)
            && one != other
        {
            return Reading::OtherCurrency(one);
        }
        let value = number.value(self.style.decimal_comma);
        if self.marks.percent != number.marks.percent && value != Some(0.0) {
            return Reading::NoPercent;
        }
        Reading::Cell(match value {
            Some(value) if self.style.is_missing_number(value) => Cell::Missing,
            Some(value) => Cell::Number(value),
            None => Cell::Text,
        })
    }

    /// Says how the numbers were read.
    pub fn report(&self, column: &Column<'_>, findings: &mut Findings) {
        let kind = FindingKind::NumberFormat;
        let shown = |row: usize| match self.read(column.cell(row)) {
            Reading::Cell(Cell::Number(value)) => format!("\"{}\" is read as {value}", column.cell(row)),
            _ => format!("\"{}\"", column.cell(row)),
        };
        for (row, what) in &self.first {
            if *what == "below" {
                let cells = if self.below == 1 { "cell".to_owned() } else { format!("{} cells", self.below) };
                let message = format!("{}, half of its limit ({cells})", shown(*row));
                let help = format!("⦃na⦄ \"{}\" takes it as missing", column.cell(*row));
                findings.push(Finding::warning(kind, message).column(column.name).line(column.line(*row)).help(help));
                continue;
            }
            let what = match (*what, self.marks.currency) {
                ("currency", Some(currency)) => format!("in {currency}"),
                ("percent", _) => "in percent".to_owned(),
                (what, _) => what.to_owned(),
            };
            findings.push(Finding::note(kind, format!("{} ({what})", shown(*row))).column(column.name).line(column.line(*row)));
        }
        if let Some(row) = self.open {
            let (other, flag) = if self.style.decimal_comma { ("part thousands", "point") } else { ("be the decimal mark", "comma") };
            let mark = if column.cell(row).contains(',') { "comma" } else { "point" };
            let (other, flag) = match (mark, self.style.decimal_comma) {
                ("comma", _) => (other, flag),
                (_, true) => ("be the decimal mark", "point"),
                (_, false) => ("part thousands", "comma"),
            };
            let message = format!("{}: the {mark} may {other} as well", shown(row));
            let finding = Finding::warning(kind, message).column(column.name).line(column.line(row));
            findings.push(finding.help(format!("⦃decimal⦄ {flag} reads it the other way")));
        }
    }
}

/// Whether the comma is the decimal mark of a column, and the first cell that leaves it open where nothing settles it.
fn decide(votes: Votes, hint: Hint) -> (bool, Option<usize>) {
    if let Some(given) = hint.given {
        return (given == DecimalMark::Comma, None);
    }
    if votes.comma != votes.point {
        return (votes.comma > votes.point, None);
    }
    let known = hint.comma;
    match (votes.either_comma, votes.either_point) {
        (Some(row), None) if votes.whole > 0 => (true, known.is_none().then_some(row)),
        (Some(row), _) => (known.unwrap_or(hint.delimiter != b','), Some(row)),
        (None, Some(row)) if known == Some(true) && votes.whole == 0 => (true, Some(row)),
        // Where semicolons part fields, points mostly part thousands.
        (None, Some(row)) => (false, (known.is_none() && hint.delimiter == b';' && votes.whole == 0).then_some(row)),
        (None, None) => (known.unwrap_or(false), None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_tell_the_decimal_mark() {
        for (digits, expected) in [
            ("1,5", Evidence::Comma),
            ("0,125", Evidence::Comma),
            ("1234,567", Evidence::Comma),
            ("1.234,50", Evidence::Comma),
            ("1.234.567", Evidence::Comma),
            ("5 003,420", Evidence::Comma),
            ("1,234.5", Evidence::Point),
            ("1,234,567", Evidence::Point),
            ("12,34,567", Evidence::Point),
            ("1.5", Evidence::Point),
            ("1,234", Evidence::EitherComma),
            ("1.234", Evidence::EitherPoint),
            ("1234", Evidence::Whole),
            ("950", Evidence::Silent),
            ("5 003", Evidence::Silent),
        ] {
            assert_eq!(evidence(digits), expected, "{digits}");
        }
    }
}
