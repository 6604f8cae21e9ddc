//! What each column is: time, id, target, covariate, or nothing.

use super::targets::TARGET_NAMES;
use super::time_role::TimeRole;
use crate::choice::Choice;
use crate::error::DataError;
use crate::finding::{Finding, FindingKind, Findings};
use crate::grid::Grid;
use crate::grid::NumberStyle;
use crate::grid::{Column, Content, Joined, content};
use crate::names::ID_NAMES;
use crate::options::ReadOptions;

/// Columns by role.
pub(super) struct Roles {
    pub time: TimeRole,
    /// Columns that name the series together.
    pub ids: Vec<usize>,
    pub targets: Vec<usize>,
    pub covariates: Vec<usize>,
    /// Known beyond the end of the targets.
    pub known: Vec<usize>,
}

/// A table before its roles are known.
pub(super) struct Table<'a> {
    pub path: &'a str,
    pub grid: &'a Grid,
    pub names: &'a [String],
    pub style: &'a NumberStyle,
    /// Whole numbers without a hint are counted: the step is given as one.
    pub plain: bool,
}

impl<'a> Table<'a> {
    pub fn column(&self, index: usize) -> Column<'a> {
        Column::new(self.grid, self.style, index, &self.names[index])
    }

    pub fn all(&self) -> std::ops::Range<usize> {
        0..self.names.len()
    }

    pub fn find(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|known| known == name)
    }

    /// The first of the columns that has one of the names, the names' order deciding.
    pub fn find_known(&self, names: &[&str], fits: impl Fn(usize) -> bool) -> Option<usize> {
        names.iter().find_map(|known| self.all().find(|c| self.names[*c].eq_ignore_ascii_case(known) && fits(*c)))
    }

    pub fn named(&self, name: &str) -> Result<usize, DataError> {
        self.find(name).ok_or_else(|| DataError::UnknownColumn {
            path: self.path.to_owned(),
            column: name.to_owned(),
            suggestion: self.suggestion(name),
            columns: self.names.to_vec(),
        })
    }

    fn suggestion(&self, name: &str) -> Option<String> {
        /// Less alike than this, a name is another word and no slip of the finger.
        const ALIKE: f64 = 0.7;
        let wanted = name.trim().to_lowercase();
        let likeness = |known: &String| strsim::jaro_winkler(&wanted, &known.to_lowercase());
        self.names
            .iter()
            .map(|known| (likeness(known), known))
            .filter(|(likeness, _)| *likeness >= ALIKE)
            .max_by(|a, b| a.0.total_cmp(&b.0))
            .map(|(_, known)| known.clone())
    }

    /// `--id`: a column, or several, parted by commas.
    fn given_ids(&self, text: &str) -> Result<Vec<usize>, DataError> {
        if self.find(text).is_some() || !text.contains(',') {
            return Ok(vec![self.named(text)?]);
        }
        let names = text.split(',').map(str::trim).filter(|name| !name.is_empty());
        names.map(|name| self.named(name)).collect()
    }

    pub fn list(&self, columns: &[usize]) -> String {
        let names: Vec<&str> = columns.iter().map(|c| self.names[*c].as_str()).collect();
        names.join(",")
    }

    /// Settles every column's role; what was not given is added to `guesses`.
    pub fn roles(&self, options: &ReadOptions, findings: &mut Findings, guesses: &mut Vec<Choice>) -> Result<Roles, DataError> {
        let mut guess = |what: &str, value: String, flag: &str| {
            guesses.push(Choice { what: what.to_owned(), value, flag: flag.to_owned() });
        };
        let ids = match &options.id {
            Some(text) => self.given_ids(text)?,
            None => self.find_known(&ID_NAMES, |_| true).into_iter().collect(),
        };
        if let ([id], None) = (&ids[..], &options.id) {
            guess("series id", self.names[*id].clone(), "⦃id⦄");
        }
        let given: Vec<usize> = options.target.iter().map(|name| self.named(name)).collect::<Result<_, _>>()?;
        let covariates: Vec<usize> = options.covariates.iter().map(|name| self.named(name)).collect::<Result<_, _>>()?;
        let known: Vec<usize> = options.future.iter().map(|name| self.named(name)).collect::<Result<_, _>>()?;
        let time = match &options.time {
            Some(text) => self.given_time(text)?,
            None => {
                // A column of numbers that is named for another role is no time, whatever it looks like.
                let numbers = |c: &usize| content(self.column(*c)) == Content::Numbers;
                let taken: Vec<usize> = given.iter().chain(&covariates).chain(&known).copied().filter(numbers).collect();
                let time = self.guess_time(&ids, &taken);
                let value = match &time {
                    TimeRole::Rows => "rows counted from 1".to_owned(),
                    time => self.list(&self.time_columns(time)),
                };
                guess("time", value, "⦃time⦄");
                time
            }
        };
        let mut used = self.time_columns(&time);
        for id in &ids {
            self.refuse_second_role(*id, "⦃id⦄", &used)?;
            used.push(*id);
        }
        for (flag, columns) in [("⦃target⦄", &given), ("⦃covariates⦄", &covariates), ("⦃future⦄", &known)] {
            for column in columns {
                self.refuse_second_role(*column, flag, &used)?;
                used.push(*column);
            }
        }
        let targets = if given.is_empty() {
            let targets = self.guess_targets(&used, !ids.is_empty(), &time, findings);
            guess("target", self.list(&targets), "⦃target⦄");
            targets
        } else {
            given
        };
        if time == TimeRole::Rows && options.time.is_none() {
            findings.push(Finding::note(FindingKind::NoTime, "no time column: rows are taken as steps of one, counted from 1"));
        }
        Ok(Roles { time, ids, targets, covariates, known })
    }

    /// The roles once times were seen to repeat and columns to tell their rows apart: no target is one of them, and a customary target
    /// stands alone.
    pub fn roles_by_id(
        &self,
        options: &ReadOptions,
        before: &Roles,
        ids: Vec<usize>,
        guesses: &mut Vec<Choice>,
        findings: &mut Findings,
    ) -> Roles {
        let is_id = |finding: &Finding| ids.iter().any(|c| finding.column.as_ref() == Some(&self.names[*c]));
        findings.retain(|finding| finding.kind != FindingKind::LeftOut || !is_id(finding));
        guesses.push(Choice { what: "series id".to_owned(), value: self.list(&ids), flag: "⦃id⦄".to_owned() });
        let mut targets: Vec<usize> = before.targets.iter().copied().filter(|c| !ids.contains(c)).collect();
        if options.target.is_empty() {
            if let Some(customary) = self.find_known(&TARGET_NAMES, |c| targets.contains(&c)) {
                for c in targets.iter().filter(|c| **c != customary) {
                    findings.push(self.only_target(*c));
                }
                targets = vec![customary];
            }
            guesses.retain(|guess| guess.flag != "⦃target⦄");
            guesses.push(Choice { what: "target".to_owned(), value: self.list(&targets), flag: "⦃target⦄".to_owned() });
        }
        Roles { time: before.time.clone(), ids, targets, covariates: before.covariates.clone(), known: before.known.clone() }
    }

    pub fn only_target(&self, index: usize) -> Finding {
        let name = &self.names[index];
        Finding::note(FindingKind::LeftOut, "left out: only the target is read unasked")
            .column(name)
            .help(format!("⦃covariates⦄ {name}, or ⦃target⦄ {name}"))
    }

    /// The column that names the series, put together where there are several.
    pub fn id_column<'b>(&self, ids: &[usize], joined: &'b Joined, name: &'b str) -> Option<Column<'b>>
    where
        'a: 'b,
    {
        match ids {
            [] => None,
            [id] => Some(self.column(*id)),
            [first, ..] => Some(self.column(*first).joined(joined, name)),
        }
    }

    fn refuse_second_role(&self, column: usize, flag: &str, used: &[usize]) -> Result<(), DataError> {
        if !used.contains(&column) {
            return Ok(());
        }
        let name = &self.names[column];
        Err(DataError::Usage {
            message: format!("{flag} {name}: the column \"{name}\" has another role already"),
            help: format!("leave it out of {flag}, or give the other role to another column"),
        })
    }
}
