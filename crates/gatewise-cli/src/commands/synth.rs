//! `gatewise synth`: series drawn from known processes, written as they are drawn.

use std::io::{ErrorKind, Write};
use std::process::ExitCode;

use gatewise::memory::{Budget, product};
use gatewise::synthetic::{self, Draws, Kind, Seasons, Synthetic};
use serde_json::json;

use crate::args::SynthArgs;
use crate::cli_error::CliError;
use crate::console::{Console, shown};
use crate::run_folder::Stream;
use crate::table_file::{self, TableFile};

/// Rows of a table at most, some fifty gigabytes.
const MOST_ROWS: u128 = 1_000_000_000;
/// As long as any seasons that are drawn.
const LONGEST: Seasons = Seasons { season: 96, longer: 365 };

pub fn run(args: &SynthArgs, console: Console) -> anyhow::Result<ExitCode> {
    hold(args)?;
    if let Some(path) = &args.output {
        let mut file = TableFile::create(path)?;
        write(args, &mut file).map_err(|e| Stream::failed(path, e))?;
        file.finish(&table_file::usual())?;
        console.event(&json!({"event": "written", "path": shown(path), "series": args.series, "rows": args.series * args.rows}));
        console.info(format!("{} series of {} rows in {}", args.series, args.rows, path.display()));
        return Ok(ExitCode::SUCCESS);
    }
    if console.json() {
        return Err(CliError::usage("series are a table, not events").help("leave --json out, or write to a file with -o").into());
    }
    let mut out = console.table();
    match write(args, &mut out).and_then(|()| out.finish()) {
        // A reader that has gone away, as `head` does, is no fault, and has had enough.
        Err(e) if e.kind() != ErrorKind::BrokenPipe => {
            Err(CliError::io(format!("standard output: {e}")).help("is the disk not full?").into())
        }
        _ => Ok(ExitCode::SUCCESS),
    }
}

/// Refuses series that memory, and tables that a disk cannot hold.
fn hold(args: &SynthArgs) -> Result<(), CliError> {
    let SynthArgs { rows, series, season, .. } = args;
    let seasons = season.map_or(LONGEST, |season| Seasons { season, longer: 1 });
    let what = format!("--rows {rows}{}", season.map(|season| format!(" --season {season}")).unwrap_or_default());
    Budget::current()
        .hold(what, synthetic::bytes(*rows, seasons))
        .map_err(|e| CliError::usage(e.to_string()).help("take smaller ones, or raise --memory-limit"))?;
    let table = product(&[*rows, *series]);
    if table > MOST_ROWS {
        return Err(CliError::usage(format!("--rows {rows} --series {series}: a table of {table} rows, and {MOST_ROWS} are the most"))
            .help("write several tables with a --seed each"));
    }
    Ok(())
}

fn write(args: &SynthArgs, out: &mut impl Write) -> std::io::Result<()> {
    let mut kinds: Vec<(Kind, f64)> = args.kind.iter().map(|&kind| (kind, kind.share())).collect();
    kinds.sort_unstable_by_key(|&(kind, _)| kind);
    kinds.dedup();
    writeln!(out, "series,time,value,kind,season")?;
    for number in 1..=args.series {
        let Synthetic { kind, seasons, values } = draw(args, &kinds, number as u64);
        let (kind, season) = (kind.name(), seasons.season);
        for (row, value) in values.iter().enumerate() {
            // Zero has no sign in a table.
            writeln!(out, "s{number},{},{},{kind},{season}", row + 1, value + 0.0)?;
        }
    }
    Ok(())
}

/// A series from a stream of its own.
fn draw(args: &SynthArgs, kinds: &[(Kind, f64)], number: u64) -> Synthetic {
    let mut rng = Draws::new(args.seed, number);
    let seasons = args.season.map_or_else(|| Seasons::draw(&mut rng), |season| Seasons { season, longer: 1 });
    if kinds.is_empty() {
        return synthetic::draw(&mut rng, args.rows, seasons);
    }
    let kind = rng.pick(kinds);
    synthetic::draw_kind(&mut rng, kind, args.rows, seasons)
}
