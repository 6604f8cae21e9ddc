//! `gatewise evaluate`: a trained model against the truth, beside the seasonal-naive baseline.

use std::process::ExitCode;

use gatewise::Precision;
use gatewise::task::forecast::{Score, TestOptions, TestWindows, prepend};
use gatewise_report::forecast::{Evaluation, ForecastTable, Kept, Source, score};
use serde_json::json;

use super::evaluate_page;
use crate::args::precision::Chosen;
use crate::args::{DetectorReadArgs, EvaluateArgs};
use crate::cli_error::CliError;
use crate::console::Console;
use crate::data;
use crate::detect;
use crate::model::{Loaded, classifies, language_of, open};
use crate::table_file::{self, TableFile};

pub fn run(args: &EvaluateArgs, console: Console) -> anyhow::Result<ExitCode> {
    let file = open(&args.given.model)?;
    let task = file.task();
    if task == "language" {
        evaluate_page::refuse(args, "a language model")?;
        return crate::language::apply::evaluate(language_of(file)?, args, console);
    }
    if task == "detect" {
        evaluate_page::refuse(args, "a detector")?;
        return detect::evaluate(file, args, console);
    }
    if args.detector != DetectorReadArgs::default() {
        return Err(CliError::usage("--states and --ignore are for detectors; this is no such model").into());
    }
    if classifies(&task) {
        evaluate_page::refuse(args, "a classifier")?;
        return crate::classify::apply::evaluate(crate::classify::apply::of_file(file)?, args, console);
    }
    // The result is one JSON object: nothing else may stand on standard output.
    let (json, console) = (console.json(), console.without_events());
    let cpu = super::cpu(args.given.threads)?;
    let mut model = Loaded::of(file)?;
    let mut dataset = model.read(&args.given.data, &args.given.read, console)?;
    let mut starts = None;
    if let Some(history) = &args.history {
        let before = model.read(history, &args.given.read, console)?;
        starts = Some(prepend(&mut dataset, before).map_err(CliError::from)?);
        model.forecaster.check(&model.table(&dataset)).map_err(CliError::from)?;
    }
    let options =
        TestOptions { from: args.test_from.clone(), to: args.test_to.clone(), rolling: args.rolling, stride: args.stride, starts };
    let test = TestWindows::of(&dataset, &model.forecaster, &model.spec, &options).map_err(CliError::from)?;
    let TestWindows { parts, origins } = &test;
    let table = data::table(&dataset);
    let config = model.forecaster.config().clone();
    let precision = args.precision.inference(console);
    let exact = match precision {
        Precision::F32 => None,
        // What others say stands beside the answer itself.
        _ => {
            let score = model.forecaster.evaluate(&cpu, &table, &test, &mut |_| {}).map_err(CliError::from)?;
            Some(Score { methods: Vec::new(), against: None, ..score })
        }
    };
    model.forecaster.set_precision(precision);
    let mut out = match &args.given.output {
        Some(path) => Some(ForecastTable::new(TableFile::create(path)?, &dataset, &config.quantiles, args.rolling, None)?),
        None => None,
    };
    let mut kept = evaluate_page::is_wanted(args).then(|| Kept::new(origins, table.targets(), config.horizon));
    let mut result = Ok(());
    let score = model.forecaster.evaluate(&cpu, &table, &test, &mut |forecast| {
        if let Some(kept) = &mut kept {
            kept.add(forecast);
        }
        if let (Some(out), true) = (&mut out, result.is_ok()) {
            result = out.write(forecast);
        }
    });
    result?;
    let score = score.map_err(CliError::from)?;
    if let Some(out) = out {
        out.finish()?.finish(&table_file::forecasts(&dataset))?;
    }
    let seen = model.spec.seen_in(&dataset, |s| parts[s].start);
    let source = Source { dataset: &dataset, table: &table, config: &config };
    let evaluation = Evaluation {
        source,
        parts,
        score: &score,
        seen,
        model: args.given.model.display().to_string(),
        stride: args.rolling.then_some(args.stride),
        precision: args.precision,
    };
    evaluation.warnings().iter().for_each(|warning| console.info(format!("warning: {warning}")));
    let page = match kept {
        Some(kept) => evaluate_page::write(&evaluation, &kept.into_forecasts(), args, console)?,
        None => None,
    };
    if json {
        let mut result = score::json(&score);
        if let Some(page) = &page {
            result["page"] = json!(page);
        }
        result["seen_in_training"] = seen.into();
        if let Some(exact) = &exact {
            result["precision"] = json!(args.precision);
            result["f32"] = score::json(exact);
        }
        console.print(&format!("{result}\n"))?;
    } else {
        let (windows, series) = (score.windows, score.series.len());
        console.print(&format!(
            "{windows} forecasts of {series} series or channels, {} rows each\n{}\n",
            config.horizon,
            score::text(&score)
        ))?;
        if let Some(exact) = &exact {
            console.print(&format!("with f32 weights:\n{}\n", score::text(exact)))?;
        }
        if let Some(page) = page {
            console.info(format!("page in {}", page.display()));
        }
    }
    Ok(ExitCode::SUCCESS)
}
