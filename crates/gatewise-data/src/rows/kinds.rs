//! What the columns are that are neither time nor id nor label: numbers, counters, states, or nothing that is watched.

use super::row::NO_COLUMN;
use super::sample::{Content, Sample};
use super::time::form_of_most;
use crate::error::DataError;
use crate::finding::{Finding, FindingKind};

/// Words of a column of states, at most.
const MOST_STATES: usize = 50;
/// Names of columns that only count the rows.
pub(super) const INDEX_NAMES: [&str; 5] = ["no", "index", "idx", "", "unnamed: 0"];
/// Parts of names of columns that hold a state though it has not changed yet.
const STATE_NAMES: [&str; 12] =
    ["state", "status", "mode", "alarm", "fault", "flag", "switch", "valve", "enabled", "active", "health", "condition"];
/// Words that are states wherever they stand.
const STATE_WORDS: [&str; 34] = [
    "true", "false", "yes", "no", "on", "off", "ok", "okay", "run", "running", "idle", "stop", "stopped", "start", "started", "up", "down",
    "open", "closed", "close", "active", "inactive", "normal", "enabled", "disabled", "standby", "auto", "manual", "good", "bad", "online",
    "offline", "ready", "busy",
];
/// Parts of names of counters whose numbers are not whole.
const COUNTER_NAMES: [&str; 14] =
    ["total", "count", "cumul", "odometer", "energy", "kwh", "bytes", "packets", "meter", "reading", "uptime", "_sum", "mileage", "_rx"];
/// Steps that a counter is recognised from, and the share of them that rise and that fall.
const LEAST_STEPS: usize = 64;
const RISING: f64 = 0.2;
const FALLING: f64 = 0.01;
/// A reset comes down to a value below this share of the one before.
const NEAR_ZERO: f64 = 0.1;
/// Increases that a counter holds before it is reset.
const LEAST_HEIGHT: f64 = 50.0;

/// Watched columns, and those that are not.
#[derive(Default)]
pub(super) struct Kinds {
    pub values: Vec<usize>,
    /// Those of `values` that are counters.
    pub counters: Vec<usize>,
    pub states: Vec<usize>,
    /// Why the others are left out, with the setting that takes them in.
    pub left_out: Vec<Finding>,
    /// Which of the three were found out.
    pub guessed: [bool; 3],
}

/// Settles the columns beside those in `taken`; `further_labels` are left out as such. Rows of a series follow each other in `order`.
pub(super) fn find(
    sample: &Sample<'_>,
    options: &super::RowOptions,
    taken: &[usize],
    further_labels: &[usize],
    series: &[Vec<usize>],
) -> Result<Kinds, DataError> {
    let mut kinds =
        Kinds { guessed: [options.values.is_empty(), options.counters.is_none(), options.states.is_none()], ..Kinds::default() };
    let given = |list: &Option<Vec<String>>| named(sample, list.as_deref().unwrap_or_default());
    kinds.states = given(&options.states)?;
    let counters = given(&options.counters)?;
    kinds.values = named(sample, &options.values)?;
    if options.values.is_empty() {
        for c in (0..sample.names.len()).filter(|c| !taken.contains(c) && !kinds.states.contains(c)).collect::<Vec<_>>() {
            match judge(sample, c, further_labels, kinds.guessed[2]) {
                _ if counters.contains(&c) => {}
                Judged::Number => kinds.values.push(c),
                Judged::State => kinds.states.push(c),
                Judged::LeftOut(why, help) => {
                    kinds
                        .left_out
                        .push(Finding::note(FindingKind::LeftOut, format!("left out: {why}")).column(&sample.names[c]).help(help));
                }
            }
        }
        kinds.states.sort_unstable();
    } else {
        // Whoever names the columns to watch leaves out the others knowingly.
        kinds.guessed[2] = false;
    }
    kinds.values.retain(|c| !kinds.states.contains(c));
    for &c in &counters {
        if !kinds.values.contains(&c) {
            kinds.values.push(c);
        }
    }
    kinds.counters = match options.counters {
        Some(_) => counters,
        None => kinds.values.iter().copied().filter(|&c| is_counter(sample, c, series)).collect(),
    };
    if options.values.is_empty() {
        kinds.values.sort_unstable();
    }
    Ok(kinds)
}

/// Columns by name; none for [`NO_COLUMN`] alone.
fn named(sample: &Sample<'_>, names: &[String]) -> Result<Vec<usize>, DataError> {
    match names {
        [name] if name == NO_COLUMN && sample.find(name).is_none() => Ok(Vec::new()),
        names => names.iter().map(|name| sample.named(name)).collect(),
    }
}

enum Judged {
    Number,
    State,
    LeftOut(String, String),
}

fn judge(sample: &Sample<'_>, column: usize, further_labels: &[usize], guess_states: bool) -> Judged {
    let name = &sample.names[column];
    let takes_in = |flag: &str| format!("{flag} {name} takes it in");
    if further_labels.contains(&column) {
        return Judged::LeftOut("it looks like a label too".to_owned(), format!("⦃label⦄ {name}, or ⦃target⦄ to watch it"));
    }
    if INDEX_NAMES.iter().any(|known| known.eq_ignore_ascii_case(name)) {
        return Judged::LeftOut("it counts the rows".to_owned(), format!("⦃time⦄ {name}, or name it with ⦃target⦄ beside the others"));
    }
    match sample.content(column) {
        Content::Numbers => return Judged::Number,
        Content::Nothing => {
            let help = format!("name it with ⦃target⦄ beside the others, or with ⦃states⦄ {name}");
            return Judged::LeftOut("every cell of the first rows is missing".to_owned(), help);
        }
        Content::Text => {}
    }
    if form_of_most(sample.present(column)).is_some_and(|form| form.is_date()) {
        return Judged::LeftOut("it is a further time".to_owned(), format!("⦃time⦄ {name}, or ⦃states⦄ {name}"));
    }
    let count = sample.present(column).count();
    let Some(words) = sample.words(column, MOST_STATES) else {
        return Judged::LeftOut(format!("it holds text of more than {MOST_STATES} words"), takes_in("⦃states⦄"));
    };
    let known = words.iter().all(|word| STATE_WORDS.contains(&word.to_lowercase().as_str()));
    let called = STATE_NAMES.iter().any(|part| name.to_lowercase().contains(part));
    match words.len() {
        _ if !guess_states => Judged::LeftOut("it holds text".to_owned(), takes_in("⦃states⦄")),
        1 if !known && !called => Judged::LeftOut(format!("it is always \"{}\"", words[0]), takes_in("⦃states⦄")),
        n if known || n * 2 <= count || (n == 1 && called) => Judged::State,
        n => Judged::LeftOut(format!("it holds text, {n} words in {count} rows"), takes_in("⦃states⦄")),
    }
}

/// Whether the numbers of each series never fall but for resets to nearly zero, and rise often; whole numbers, or under the name of a counter.
fn is_counter(sample: &Sample<'_>, column: usize, series: &[Vec<usize>]) -> bool {
    let name = sample.names[column].to_lowercase();
    let called = COUNTER_NAMES.iter().any(|part| name.contains(part));
    let value = |row: &usize| match sample.style.read(sample.rows[*row].get(column).map_or("", String::as_str)) {
        crate::grid::Cell::Number(value) => Some(value),
        _ => None,
    };
    let (mut steps, mut rises, mut falls, mut highest, mut risen) = (0_usize, 0_usize, 0_usize, 0.0_f64, 0.0_f64);
    for rows in series {
        let values: Vec<f64> = rows.iter().filter_map(value).collect();
        if values.iter().any(|v| *v < 0.0 || (!called && v.fract() != 0.0)) {
            return false;
        }
        for pair in values.windows(2) {
            steps += 1;
            if pair[1] > pair[0] {
                rises += 1;
                risen += pair[1] - pair[0];
            } else if pair[1] < pair[0] {
                if pair[1] > NEAR_ZERO * pair[0] {
                    return false;
                }
                falls += 1;
                highest = highest.max(pair[0]);
            }
        }
    }
    let share = |count: usize| count as f64 / steps.max(1) as f64;
    let high = falls == 0 || highest >= LEAST_HEIGHT * risen / rises.max(1) as f64;
    steps >= LEAST_STEPS && share(rises) >= RISING && share(falls) <= FALLING && high
}
