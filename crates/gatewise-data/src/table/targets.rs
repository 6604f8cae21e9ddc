//! Which columns are forecast where none is named, and why the others are not.

use super::roles::Table;
use super::time_role::{TIME_SAMPLE, TimeRole};
use crate::finding::{Finding, FindingKind, Findings};
use crate::grid::{Column, Content, content, counts_rows};
use crate::names::is_one_of;
use crate::time::{Kind, Reading, called_clock_field, called_time};

/// Targets that need not be named, in long tables and beside `ds`.
pub(super) const TARGET_NAMES: [&str; 2] = ["y", "target"];
/// Rows from which 1, 2, 3, … beside other numbers is a count of the rows, whatever it is called.
const LEAST_COUNTED: usize = 20;
/// Names of columns that only count the rows.
const INDEX_NAMES: [&str; 8] = ["no", "index", "idx", "id", "row", "#", "unnamed: 0", "rownames"];
/// Letters of a cell that are shown.
const MOST_SHOWN: usize = 40;
/// Names that say time, whatever the numbers are.
const TIME_ALONE: [&str; 20] = [
    "date",
    "time",
    "datetime",
    "timestamp",
    "month",
    "year",
    "week",
    "day",
    "hour",
    "quarter",
    "weekday",
    "dayofweek",
    "yearmonth",
    "일자",
    "날짜",
    "일시",
    "년월",
    "연월",
    "연도",
    "년도",
];

impl Table<'_> {
    pub fn guess_targets(&self, used: &[usize], long: bool, time: &TimeRole, findings: &mut Findings) -> Vec<usize> {
        let numbers = |c: usize| content(self.column(c)) == Content::Numbers;
        let beside_ds = matches!(time, TimeRole::Column(c, _) if self.names[*c] == "ds");
        let customary = (long || beside_ds).then(|| self.find_known(&TARGET_NAMES, |c| !used.contains(&c) && numbers(c))).flatten();
        let mut targets = Vec::new();
        for c in self.all().filter(|c| !used.contains(c)) {
            let column = self.column(c);
            let left_out = |why: &str| Finding::note(FindingKind::LeftOut, format!("left out: {why}")).column(column.name);
            let called_index = is_one_of(column.name, &INDEX_NAMES) || (column.name == (c + 1).to_string() && c == 0);
            let beside_others = column.rows() >= LEAST_COUNTED && column.cell(0) == "1" && self.others_are_numbers(c, used);
            match content(column) {
                Content::Nothing => findings.push(left_out("every cell is missing")),
                Content::Text => findings.push(self.text_left_out(c, time)),
                Content::Numbers if customary.is_some_and(|target| target != c) => findings.push(self.only_target(c)),
                Content::Numbers if (called_index || beside_others) && counts_rows(column) => {
                    let help = format!("⦃time⦄ {0}, or ⦃target⦄ {0}", column.name);
                    findings.push(left_out("it counts the rows").help(help));
                }
                Content::Numbers if customary != Some(c) && self.looks_like_time(c, time, used) => {
                    let first = column.present().next().map_or("", |(_, cell)| cell);
                    let help = format!("⦃time⦄ {0}{1} takes it as the time, ⦃target⦄ {0} as a channel", column.name, self.hint(c));
                    findings.push(left_out(&format!("it looks like times ({first}, …)")).help(help));
                }
                Content::Numbers => targets.push(c),
            }
        }
        targets
    }

    /// Why a column of text is not read, with the first cell that stopped it.
    fn text_left_out(&self, c: usize, time: &TimeRole) -> Finding {
        let column = self.column(c);
        let first = column.present().find(|(row, _)| !column.is_number(*row));
        let note = |what: String| Finding::note(FindingKind::LeftOut, what).column(column.name);
        let Some((row, cell)) = first else { return note("left out: it holds text".to_owned()) };
        let dates = self.reading(c).kind() == Kind::Date;
        let finding = match () {
            () if dates => {
                note(format!("left out: \"{cell}\", …: another column is the time")).help(format!("⦃time⦄ {} takes this one", column.name))
            }
            () if *time == TimeRole::Rows && called_time(column.name) => {
                Finding::warning(FindingKind::LeftOut, format!("left out: \"{cell}\" could not be read as a time"))
                    .column(column.name)
                    .help(format!("say how it is written, such as ⦃time⦄ \"{}:%d.%m.%Y\"", column.name))
            }
            () => note(format!("left out: it holds text, first \"{}\"", cell.chars().take(MOST_SHOWN).collect::<String>()))
                .help(format!("write it as numbers to have it read; ⦃target⦄ \"{}\" lists what is none", column.name)),
        };
        finding.line(column.line(row))
    }

    /// Whether a column of numbers holds times, by its numbers or by its name.
    fn looks_like_time(&self, index: usize, time: &TimeRole, used: &[usize]) -> bool {
        let column = self.column(index);
        let named = called_time(column.name) || called_clock_field(column.name).is_some();
        if is_one_of(column.name, &TIME_ALONE) || self.reading(index).kind() == Kind::Date {
            return true;
        }
        let numbers: Vec<f64> = column.sample(TIME_SAMPLE).filter_map(|(_, c)| c.parse::<f64>().ok()).collect();
        let rising = numbers.len() > 1 && numbers.is_sorted_by(|a, b| a < b);
        let first_of_all = *time == TimeRole::Rows && index == 0 && rising && self.others_are_numbers(index, used);
        let sure = Reading::of("date", column.sample(TIME_SAMPLE).map(|(_, cell)| cell), self.plain, true);
        if first_of_all && sure.kind() == Kind::Date {
            return true;
        }
        let range = called_clock_field(column.name);
        let within = range.is_some_and(|range| numbers.iter().all(|n| n.fract() == 0.0 && range.contains(&(*n as i64))));
        (named && (rising || within)) || (first_of_all && steps_evenly(column))
    }

    /// What `--time` has to say of numbers whose name does not tell what they count.
    fn hint(&self, index: usize) -> String {
        match Reading::of("date", self.column(index).sample(TIME_SAMPLE).map(|(_, cell)| cell), self.plain, true) {
            Reading::Counts(count) => format!(":{}", count.unit.words().0),
            _ => String::new(),
        }
    }

    fn others_are_numbers(&self, index: usize, used: &[usize]) -> bool {
        self.all().any(|c| c != index && !used.contains(&c) && content(self.column(c)) == Content::Numbers)
    }
}

/// Whole numbers that rise by the same from each row to the next, and are too many for chance.
fn steps_evenly(column: Column<'_>) -> bool {
    const LEAST: usize = 10;
    // Programs that hold whole numbers as decimals write 1960.0.
    let whole = |cell: &str| cell.strip_suffix(".0").unwrap_or(cell).parse().ok();
    let numbers: Option<Vec<i64>> = (0..column.rows()).map(|row| whole(column.cell(row))).collect();
    let Some(numbers) = numbers.filter(|numbers| numbers.len() >= LEAST) else { return false };
    let step = numbers[1].checked_sub(numbers[0]);
    step.is_some_and(|step| step > 0) && numbers.windows(2).all(|pair| pair[1].checked_sub(pair[0]) == step)
}
