//! Where the table of scores goes: files, standard output, or both.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use gatewise::task::detect::Judged;
use gatewise_data::{RowReader, TableForm, TableNames};
use gatewise_report::detect::ScoreTable;

use crate::cli_error::CliError;
use crate::console::Console;
use crate::run_folder::RunFolder;
use crate::table_file::TableFile;
use crate::terminal::table::{TableWriter, unless_left};
use gatewise_data::BlockRow;

/// Bytes that are gathered before they are written.
const CHUNK: usize = 64 * 1024;

/// Where the table goes.
pub struct Sinks {
    /// Files that appear when they are whole.
    files: Vec<TableFile>,
    /// Files that grow while a live source is followed.
    live: Vec<BufWriter<File>>,
    /// Standard output: every row, or alarms alone while a live source is followed.
    stdout: Option<TableWriter>,
    alarms_alone: bool,
    buffer: Vec<u8>,
    alarms: Vec<u8>,
    table: ScoreTable,
    /// Columns of names and of times.
    texts: Vec<String>,
    times: Vec<String>,
}

impl Sinks {
    pub fn new(output: Option<&Path>, folder: Option<&RunFolder>, follow: bool, console: Console) -> Result<Self, CliError> {
        let (mut files, mut live) = (Vec::new(), Vec::new());
        let own = folder.map(|folder| folder.file("scores.csv"));
        for path in own.as_deref().into_iter().chain(output) {
            if follow {
                if !TableForm::of(path)?.is_plain() {
                    let failure = CliError::usage(format!("{}: rows that are followed are written as CSV, as they come", path.display()));
                    return Err(failure.help("name a file that ends in .csv"));
                }
                let file = File::create(path).map_err(|e| CliError::io(format!("{}: {e}", path.display())))?;
                live.push(BufWriter::new(file));
            } else {
                files.push(TableFile::create(path)?);
            }
        }
        let printed = || if follow { console.live_table() } else { console.table() };
        let stdout = (!console.json() && (output.is_none() || follow)).then(printed);
        let (buffer, alarms) = (Vec::new(), Vec::new());
        Ok(Self {
            files,
            live,
            stdout,
            alarms_alone: follow,
            buffer,
            alarms,
            table: ScoreTable { delimiter: b',', marks_ignored: false },
            texts: Vec::new(),
            times: Vec::new(),
        })
    }

    /// A file or nothing.
    pub fn only(output: Option<&Path>) -> Result<Self, CliError> {
        let mut sinks = Self::new(output, None, false, Console::new(Default::default()))?;
        sinks.stdout = None;
        Ok(sinks)
    }

    /// The heading.
    pub fn begin(&mut self, reader: &RowReader, marks_ignored: bool) -> anyhow::Result<()> {
        self.table.marks_ignored = marks_ignored;
        let owned = |names: Vec<&str>| names.into_iter().map(str::to_owned).collect();
        self.texts = owned([reader.id_columns(), reader.state_columns()].concat());
        self.times = owned([reader.time_columns(), vec!["row"]].concat());
        self.table.heading(&mut self.buffer, reader);
        if self.alarms_alone {
            self.alarms = self.buffer.clone();
            self.flush()?;
        }
        Ok(())
    }

    /// A row; `timed` says that it has a time of its own, else its number stands for it.
    pub fn row(&mut self, row: &BlockRow<'_>, timed: bool, scored: &Judged<'_>, ignored: bool) -> anyhow::Result<()> {
        let start = self.buffer.len();
        self.table.row(&mut self.buffer, row.cells, timed, scored, ignored);
        if self.alarms_alone && scored.verdict.alarm {
            self.alarms.extend_from_slice(&self.buffer[start..]);
        }
        if self.buffer.len() >= CHUNK {
            self.flush()?;
        }
        Ok(())
    }

    /// Writes what is gathered.
    pub fn flush(&mut self) -> anyhow::Result<()> {
        for file in &mut self.files {
            file.write_all(&self.buffer)?;
        }
        for live in &mut self.live {
            live.write_all(&self.buffer)?;
            live.flush()?;
        }
        if let Some(stdout) = &mut self.stdout {
            let bytes = if self.alarms_alone { &self.alarms } else { &self.buffer };
            if !bytes.is_empty() {
                unless_left(stdout.write_all(bytes).and_then(|()| stdout.flush()))?;
            }
        }
        self.alarms.clear();
        self.buffer.clear();
        Ok(())
    }

    /// Puts files in their places.
    pub fn finish(mut self) -> anyhow::Result<()> {
        self.flush()?;
        self.stdout.map_or(Ok(()), |stdout| unless_left(stdout.finish()))?;
        let [texts, times] = [&self.texts, &self.times].map(|names| names.iter().map(String::as_str).collect::<Vec<_>>());
        for file in self.files {
            file.finish(&TableNames { texts: &texts, times: &times, format: None })?;
        }
        Ok(())
    }
}
