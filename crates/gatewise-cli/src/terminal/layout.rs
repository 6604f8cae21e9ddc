//! A table as people read it: columns by their width, figures of about four digits, and what there is no room for left out.

use gatewise_report::number::{self, decimals};

use super::width::{cut, of, padded};
use crate::console::visible;

/// Between two columns.
const GAP: usize = 2;
/// Columns of the terminal that a cell takes at most.
const WIDEST: usize = 40;
/// Names of columns that name a row: they come first, and stand as they are.
const NAMES: [&str; 13] =
    ["unique_id", "series", "channel", "cutoff", "ds", "date", "time", "timestamp", "seconds", "item", "step", "rank", "symbol"];
/// Names of columns that come before the others where there is no room for all.
const ANSWERS: [&str; 7] = ["forecast", "label", "value", "probability", "score", "is_anomaly", "threshold"];
/// From this size on a number is written in millions.
const LARGE: f64 = 1e6;
/// Below this size a number has a power of ten.
const SMALLEST: f64 = 1e-4;
/// Numbers this small beside the largest of their column would be rounded away with it.
const APART: f64 = 1e-3;
/// Digits of the spread of a column that are shown.
const SPREAD_DIGITS: i32 = 2;

/// How the cells of a column are written.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Form {
    /// Words, at the left.
    Text,
    /// Numbers as they are, at the right.
    Whole,
    /// Numbers with so many digits behind the point.
    Places(usize),
    /// Numbers with the digits that their own size asks for.
    Each,
    /// Numbers with a power of ten.
    Scientific,
}

/// Rows to be shown, and how many are not.
#[derive(Debug, Default)]
pub struct Rows {
    pub heading: Vec<String>,
    pub first: Vec<Vec<String>>,
    /// Rows between the first and the last.
    pub more: u64,
    pub last: Vec<Vec<String>>,
}

/// The table in lines: the heading, then the rest.
pub fn lay_out(rows: &Rows, width: Option<usize>) -> (String, String) {
    let shown = || rows.first.iter().chain(&rows.last);
    let count = rows.heading.len();
    let column = |c: usize| shown().map(move |row| row.get(c).map_or("", String::as_str));
    let forms: Vec<Form> = (0..count).map(|c| form(&rows.heading[c], column(c))).collect();
    let cells = |row: &[String]| -> Vec<String> {
        (0..count).map(|c| cut(&written(row.get(c).map_or("", String::as_str), forms[c]), WIDEST).into_owned()).collect()
    };
    let heading: Vec<String> = rows.heading.iter().map(|name| cut(&plain(name), WIDEST).into_owned()).collect();
    let (first, last): (Vec<_>, Vec<_>) =
        (rows.first.iter().map(|row| cells(row)).collect(), rows.last.iter().map(|row| cells(row)).collect());
    let widths: Vec<usize> =
        (0..count).map(|c| first.iter().chain(&last).map(|row| of(&row[c])).fold(of(&heading[c]), usize::max)).collect();
    let kept = kept(&rows.heading, &widths, width);
    let line = |cells: &[String]| line(cells, &kept, &widths, &forms, width);
    let mut body = String::new();
    first.iter().for_each(|row| body += &line(row));
    if rows.more > 0 {
        body += &remark(&format!("… {} rows more", rows.more), "", width);
    }
    last.iter().for_each(|row| body += &line(row));
    body += &missing(&heading, &kept, width);
    (line(&heading), body)
}

/// What is said of columns that are left out; nothing where all are there.
fn missing(heading: &[String], kept: &[usize], width: Option<usize>) -> String {
    let out: Vec<&str> = (0..heading.len()).filter(|c| !kept.contains(c)).map(|c| heading[c].as_str()).collect();
    match out.len() {
        0 => String::new(),
        n => remark(&format!("… {n} column{} more", if n == 1 { "" } else { "s" }), &format!(": {}", out.join(", ")), width),
    }
}

/// A line on what is not shown: with `names` and the way to it where there is room for them.
fn remark(what: &str, names: &str, width: Option<usize>) -> String {
    const WAY: &str = "; -o FILE writes all";
    let forms = [format!("{what}{names}{WAY}"), format!("{what}{WAY}"), what.to_owned()];
    let most = width.unwrap_or(usize::MAX);
    let text = forms.iter().find(|text| of(text) <= most).unwrap_or(&forms[2]);
    format!("{}\n", cut(text, most))
}

/// The columns that there is room for, in their order: those that name the row, the answers, then the others as they stand.
fn kept(heading: &[String], widths: &[usize], width: Option<usize>) -> Vec<usize> {
    let all = (0..heading.len()).collect::<Vec<_>>();
    let Some(width) = width else { return all };
    let known = |names: &[&str], c: usize| names.contains(&heading[c].as_str());
    let rank = |c: &usize| match *c {
        0 => 0,
        c if known(&NAMES, c) => 1,
        c if known(&ANSWERS, c) => 2,
        _ => 3,
    };
    let mut order = all;
    order.sort_by_key(rank);
    let mut taken = 0;
    let mut kept: Vec<usize> = Vec::new();
    for c in order {
        let more = widths[c] + if kept.is_empty() { 0 } else { GAP };
        if !kept.is_empty() && taken + more > width {
            break;
        }
        taken += more;
        kept.push(c);
    }
    kept.sort_unstable();
    kept
}

fn line(cells: &[String], kept: &[usize], widths: &[usize], forms: &[Form], width: Option<usize>) -> String {
    let cells: Vec<String> = kept.iter().map(|&c| padded(&cells[c], widths[c], forms[c] != Form::Text)).collect();
    let text = cells.join(&" ".repeat(GAP));
    let text = text.trim_end();
    format!("{}\n", width.map_or(text.into(), |width| cut(text, width)))
}

/// A cell without anything that a terminal would obey, in one line.
fn plain(cell: &str) -> String {
    visible(cell).replace('\n', "\\n").replace('\t', "\\t")
}

/// How a column is written, from what it holds.
fn form<'a>(name: &str, cells: impl Iterator<Item = &'a str>) -> Form {
    let (mut numbers, mut fraction, mut source, mut any) = (Vec::new(), false, 0, false);
    for cell in cells.filter(|cell| !cell.is_empty()) {
        let Ok(number) = cell.parse::<f64>() else { return Form::Text };
        any = true;
        fraction |= cell.contains(['.', 'e', 'E']);
        source = source.max(behind_the_point(cell));
        if number.is_finite() {
            numbers.push(number);
        }
    }
    if !any {
        return Form::Text;
    }
    let is_rounded = fraction || is_answer(name) && largest(&numbers) >= LARGE;
    if !is_rounded || NAMES.contains(&name) {
        return Form::Whole;
    }
    if stand_apart(&numbers) {
        return Form::Each;
    }
    places(&numbers).map_or(Form::Scientific, |places| Form::Places(places.min(source)))
}

/// Whether a column is one of answers, which are rounded as whole numbers too; whole numbers of the data may be names.
fn is_answer(name: &str) -> bool {
    let is_level = |level: &str| level.parse::<f64>().is_ok();
    ANSWERS.contains(&name) || name.starts_with("expected") || name.strip_prefix('q').is_some_and(is_level)
}

fn largest(numbers: &[f64]) -> f64 {
    numbers.iter().fold(0.0_f64, |most, n| most.max(n.abs()))
}

fn spread(numbers: &[f64]) -> f64 {
    let (low, high) = numbers.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), &n| (low.min(n), high.max(n)));
    high - low
}

/// Whether the numbers are so large, or of so many sizes, that each is written by itself.
fn stand_apart(numbers: &[f64]) -> bool {
    let largest = largest(numbers);
    let is_seen = spread(numbers) >= APART * largest || spread(numbers) == 0.0;
    let mut sizes: Vec<f64> = numbers.iter().map(|n| n.abs()).filter(|&n| n > 0.0).collect();
    sizes.sort_by(f64::total_cmp);
    let small = sizes.get(sizes.len() / 10).copied().unwrap_or(largest);
    largest >= LARGE && is_seen || largest >= 10.0 && small < APART * largest
}

/// Digits behind the point that a cell has, or more where it has a power of ten.
fn behind_the_point(cell: &str) -> usize {
    match (cell.contains(['e', 'E']), cell.find('.')) {
        (true, _) => usize::MAX,
        (false, Some(at)) => cell.len() - at - 1,
        (false, None) => 0,
    }
}

/// Digits behind the point that show the largest of the numbers with about four digits, and how they differ; none where that takes a power of ten.
fn places(numbers: &[f64]) -> Option<usize> {
    let largest = largest(numbers);
    if largest != 0.0 && largest < SMALLEST {
        return None;
    }
    let of_spread = match spread(numbers) {
        spread if spread > 0.0 => (SPREAD_DIGITS - 1 - spread.log10().floor() as i32).clamp(0, 8) as usize,
        _ => 0,
    };
    let of_size = if largest > 0.0 && largest < 0.01 { (3 - largest.log10().floor() as i32) as usize } else { decimals(largest) };
    Some(of_size.max(of_spread))
}

fn written(cell: &str, form: Form) -> String {
    let number = || cell.parse::<f64>().ok().filter(|n| n.is_finite());
    let text = match (form, number()) {
        (Form::Places(places), Some(n)) => format!("{n:.places$}"),
        (Form::Each, Some(n)) => by_size(n),
        (Form::Scientific, Some(n)) if n != 0.0 => format!("{n:.3e}"),
        (Form::Scientific, Some(_)) => "0".to_owned(),
        _ => return plain(cell),
    };
    match text.strip_prefix('-') {
        Some(zero) if zero.bytes().all(|b| matches!(b, b'0' | b'.')) => zero.to_owned(),
        _ => text,
    }
}

/// A number in about four digits of its own.
fn by_size(n: f64) -> String {
    match n.abs() {
        size if size >= LARGE || size != 0.0 && size < SMALLEST => number::plain(n),
        size => format!("{n:.*}", decimals(size)),
    }
}

/// Rows that come one by one, each a line at once.
#[derive(Debug)]
pub struct Live {
    kept: Vec<usize>,
    widths: Vec<usize>,
    missing: String,
}

impl Live {
    /// Columns that a cell takes at least: what comes is not known.
    const LEAST: usize = 9;
    /// Columns of a date with its time.
    const TIME: usize = 19;

    pub fn new(heading: &[String], width: Option<usize>) -> Self {
        let widths: Vec<usize> = heading
            .iter()
            .enumerate()
            .map(|(c, name)| of(&cut(&plain(name), WIDEST)).max(if c == 0 { Self::TIME } else { Self::LEAST }))
            .collect();
        let kept = kept(heading, &widths, width);
        let missing = missing(heading, &kept, width);
        Self { kept, widths, missing }
    }

    /// What is said before the heading.
    pub fn missing(&self) -> &str {
        &self.missing
    }

    /// A row, or the heading; a cell too wide for its column widens it from there on.
    pub fn line(&mut self, row: &[String], width: Option<usize>) -> String {
        let single = |c: usize| match (c, row.get(c)) {
            (0, _) | (_, None) => Form::Text,
            (_, Some(cell)) => form("", std::iter::once(cell.as_str())),
        };
        let forms: Vec<Form> = (0..self.widths.len()).map(single).collect();
        let cells: Vec<String> = forms
            .iter()
            .enumerate()
            .map(|(c, &form)| cut(&written(row.get(c).map_or("", String::as_str), form), WIDEST).into_owned())
            .collect();
        self.widths.iter_mut().zip(&cells).for_each(|(width, cell)| *width = (*width).max(of(cell)));
        // What the cells to come are is not known: all but the first stand at the right.
        let stand: Vec<Form> = (0..cells.len()).map(|c| if c == 0 { Form::Text } else { Form::Whole }).collect();
        line(&cells, &self.kept, &self.widths, &stand, width)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Rows {
        let mut lines = text.lines().map(|line| line.split(',').map(str::to_owned).collect::<Vec<String>>());
        Rows { heading: lines.next().unwrap(), first: lines.collect(), ..Rows::default() }
    }

    fn table(rows: &Rows, width: Option<usize>) -> String {
        let (heading, body) = lay_out(rows, width);
        heading + &body
    }

    const FORECAST: &str = "ds,forecast,q0.1,q0.9\n1961-01,449.31237,430.1,466.98765\n1961-02,1024.5,-0.5,1100.25\n";

    #[test]
    fn figures_have_about_four_digits_and_stand_at_the_right() {
        let expected = "\
ds       forecast   q0.1  q0.9
1961-01       449  430.1   467
1961-02      1024   -0.5  1100
";
        assert_eq!(table(&rows(FORECAST), None), expected);
        let small = rows("item,probability,n\na,0.12345678,5\nb,0.9,70\n");
        assert_eq!(table(&small, None), "item  probability   n\na           0.123   5\nb           0.900  70\n");
    }

    #[test]
    fn a_high_level_hides_no_changes_and_a_name_is_not_rounded() {
        assert_eq!(form("x", ["100.0012345", "100.0034567"].into_iter()), Form::Places(4));
        assert_eq!(form("x", ["1.5e-7", "2.25e-7"].into_iter()), Form::Scientific);
        assert_eq!(form("x", ["12.5", ""].into_iter()), Form::Places(1), "no digits that the table has not");
        assert_eq!(form("seconds", ["1700000000.123"].into_iter()), Form::Whole);
        assert_eq!(form("x", ["1", "b"].into_iter()), Form::Text);
        assert_eq!(form("q0.9", ["55773100", "5041000"].into_iter()), Form::Each);
        assert_eq!(form("sensor", ["55773100", "5041000"].into_iter()), Form::Whole, "whole numbers of the data may be names");
        assert_eq!(form("x", ["1000000000.25", "1000000000.5"].into_iter()), Form::Places(2), "a change of a quarter is seen");
        assert_eq!(form("x", ["4321.5", "0.125"].into_iter()), Form::Each, "series of different sizes");
        assert_eq!(form("score", ["0.000001", "0.9"].into_iter()), Form::Places(3));
        for (cell, expected) in
            [("55773100", "55.77M"), ("-5041000", "-5.041M"), ("1.5e9", "1.500G"), ("4321.5", "4322"), ("0.125", "0.125")]
        {
            assert_eq!(written(cell, Form::Each), expected);
        }
        assert_eq!(written("-0.00001", Form::Places(1)), "0.0", "zero has no sign");
        assert_eq!((written("1.5e-7", Form::Scientific), written("nan", Form::Places(2))), ("1.500e-7".into(), "nan".into()));
    }

    #[test]
    fn columns_are_as_wide_as_their_characters() {
        let table = table(&rows("지역,매출,note\n서울,1.5,a\u{1b}b\nx,0.2,ok\n"), None);
        assert_eq!(table, "지역  매출  note\n서울   1.5  a\\u{1b}b\nx      0.2  ok\n");
    }

    #[test]
    fn what_there_is_no_room_for_is_left_out_and_said() {
        let narrow = |width: usize| table(&rows(FORECAST), Some(width));
        assert_eq!(narrow(24), "ds       forecast   q0.1\n1961-01       449  430.1\n1961-02      1024   -0.5\n… 1 column more\n");
        assert!(narrow(29).ends_with("-0.5\n… 1 column more\n"), "{}", narrow(29));
        assert_eq!(narrow(30).lines().count(), 3);
        let wide = rows(&FORECAST.replace("q0.9", "a name that is long"));
        assert!(table(&wide, Some(36)).ends_with("\n… 1 column more; -o FILE writes all\n"));
        let scores = "time,load,heat,score,is_anomaly\n1,2.5,3.5,0.75,1\n";
        let narrow = table(&rows(scores), Some(45));
        assert_eq!(narrow, "time  load  heat  score  is_anomaly\n   1   2.5   3.5   0.75           1\n");
        let narrow = table(&rows(scores), Some(30));
        assert!(narrow.starts_with("time  load  score  is_anomaly\n"), "the answers come before the columns of the data: {narrow}");
        for width in 1..60 {
            let narrow = table(&rows(FORECAST), Some(width));
            assert!(narrow.lines().all(|line| of(line) <= width), "{width}: {narrow}");
        }
    }

    #[test]
    fn rows_in_the_middle_are_counted() {
        let mut all = rows("n,x\n1,0.5\n");
        (all.more, all.last) = (480, vec![vec!["482".to_owned(), "0.25".to_owned()]]);
        assert_eq!(table(&all, None), "  n     x\n  1  0.50\n… 480 rows more; -o FILE writes all\n482  0.25\n");
    }

    #[test]
    fn rows_that_come_one_by_one_stand_below_each_other() {
        let heading: Vec<String> = ["time", "x", "score"].map(str::to_owned).to_vec();
        let mut live = Live::new(&heading, Some(60));
        assert_eq!(live.missing(), "");
        let row = ["2024-01-01", "1.23456789", "0.75"].map(str::to_owned);
        let lines = [live.line(&heading, Some(60)), live.line(&row, Some(60))];
        assert_eq!(lines, ["time                         x      score\n", "2024-01-01               1.235       0.75\n"]);
        assert_eq!(Live::new(&heading, Some(39)).missing(), "… 1 column more: x; -o FILE writes all\n");
    }
}
