//! `gatewise demo vanishing` and `exploding`: powers of a number beside gradients measured in networks of that spectral radius.

use std::fmt::Write;
use std::process::ExitCode;

use gatewise::demo::{Recurrence, SWEEP_STEPS, SweepPoint, USABLE, sweep, sweep_networks, usable_band};
use gatewise::{Cell, Cpu};
use gatewise_report::{Curve, Figure, Page, TableOf, figure_text};
use serde_json::json;

use crate::args::DemoArgs;
use crate::failure::Failure;
use crate::talk::Talk;

/// What is shown.
#[derive(Debug, Clone, Copy)]
pub struct Power {
    radius: f64,
    name: &'static str,
}

/// A radius at which gradients fade.
pub const VANISHING: Power = Power { radius: 0.9, name: "vanishing" };
/// A radius at which they grow.
pub const EXPLODING: Power = Power { radius: 1.2, name: "exploding" };

/// Steps the powers are taken over.
const STEPS: usize = 100;
/// Largest gradient norm that clipping lets pass.
const CLIP: f64 = 1.0;

/// A network and what it shows.
struct Case {
    name: &'static str,
    recurrence: Recurrence,
    curve: Option<(&'static str, &'static str)>,
}

fn cases(radius: f64) -> Vec<Case> {
    let plain = Recurrence::new(Cell::RnnTanh, radius);
    let lstm = |remember| Recurrence { remember, ..Recurrence::new(Cell::Lstm, radius) };
    let case = |name, recurrence, curve| Case { name, recurrence, curve };
    vec![
        case("RNN, state near zero, where tanh is straight", Recurrence { inputs: false, ..plain }, Some(("RNN, straight", "second"))),
        case("RNN that reads inputs", plain, Some(("RNN", "baseline"))),
        case("RNN, orthogonal start of radius 1, reads inputs", Recurrence { radius: 1.0, orthogonal: true, ..plain }, None),
        case(
            "RNN, orthogonal start of radius 1, state near zero",
            Recurrence { radius: 1.0, orthogonal: true, inputs: false, ..plain },
            None,
        ),
        case("LSTM of this radius, forget bias 1", lstm(None), None),
        case("LSTM of this radius, gates set to remember 100 steps", lstm(Some(STEPS)), Some(("LSTM, open gates", "model"))),
        case(
            "GRU of this radius, gate set to remember 100 steps",
            Recurrence { remember: Some(STEPS), ..Recurrence::new(Cell::Gru, radius) },
            None,
        ),
    ]
}

pub fn run(args: &DemoArgs, power: Power, talk: Talk) -> anyhow::Result<ExitCode> {
    let (isa, _) = super::machine(args)?;
    let cpu = Cpu::with_isa(isa, 1);
    let Power { radius, name } = power;
    let (product, lags): (f64, Vec<usize>) = (radius.powi(STEPS as i32), (0..=STEPS).collect());
    talk.event(&json!({"event": "power", "radius": radius, "steps": STEPS, "power": product}));
    let mut text = format!(
        "{radius}^{STEPS} = {product:.3e}: what {STEPS} multiplications by {radius} leave of 1\n\nshare of the gradient left after {STEPS} steps, measured:\n"
    );
    let mut rows = Vec::new();
    let powers = lags.iter().map(|&k| (k as f64, radius.powi(k as i32))).collect();
    let mut curves = vec![Curve::line("truth", format!("{radius} to the power of the lag"), powers)];
    for case in cases(radius) {
        let shares = case.recurrence.shares(&cpu, &lags, args.seed).map_err(|e| Failure::data(e.to_string()))?;
        let share = shares[STEPS];
        talk.event(&json!({"event": "measured", "net": case.name, "recurrence": case.recurrence, "steps": STEPS, "share": share}));
        writeln!(text, "  {:<54} {share:>10.2e}", case.name)?;
        rows.push(vec![case.name.to_string(), format!("{share:.2e}")]);
        if let Some((name, class)) = case.curve {
            curves.push(Curve::line(class, name, lags.iter().zip(shares).map(|(&k, s)| (k as f64, s)).collect()));
        }
    }
    let clipped = clipping(product);
    talk.event(&json!({"event": "clipping", "bound": CLIP, "before": product, "after": product.min(CLIP)}));
    writeln!(text, "\n{clipped}\n")?;
    let points = sweep_all(&cpu, args.seed, talk)?;
    let (bands, band_rows) = bands(&points, talk);
    text += &bands;
    if !talk.json() {
        talk.print(&text)?;
    }
    if let Some(path) = &args.output {
        let page = Page {
            kind: format!("demo {name}"),
            title: format!("{radius}^{STEPS} = {product:.3e}"),
            verdict: format!("What {STEPS} steps at a spectral radius of {radius} do to a gradient. {clipped}"),
            command: crate::commands::command_line(),
            figures: std::iter::once(Figure {
                heading: "Share of the gradient left, by steps back".to_string(),
                lead: "‖∂L/∂s at T − k‖ over that at T, with s the cell state of the LSTM and the hidden state of the others; the median of a few sequences.".to_string(),
                x_name: "steps back",
                curves,
                tables: vec![TableOf { caption: format!("After {STEPS} steps"), columns: vec!["network".to_string(), "share left".to_string()], rows }],
            })
            .chain(SWEEP_STEPS.map(|steps| sweep_figure(&points, steps)))
            .chain([Figure {
                heading: "The usable band of the radius".to_string(),
                lead: format!("Radii from .80 to 1.20 at which a share between {USABLE} and {} is left.", 1.0 / USABLE),
                x_name: "",
                curves: Vec::new(),
                tables: vec![TableOf {
                    caption: "Usable radii".to_string(),
                    columns: ["network", "steps", "usable radii"].map(str::to_string).to_vec(),
                    rows: band_rows,
                }],
            }])
            .collect(),
            ..Page::default()
        };
        super::write_page(path, &page, talk)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn clipping(product: f64) -> String {
    if product > CLIP {
        format!(
            "Clipping to norm {CLIP} cuts the gradient from {product:.2e} to {CLIP}: the step stays finite, and points wherever the far past points. \
             An orthogonal start keeps the factor at 1 to begin with; a gate keeps it there."
        )
    } else {
        format!("Clipping does nothing for a gradient of {product:.2e}. An orthogonal start delays the loss; a gate ends it.")
    }
}

/// Every network over every length, by radius.
fn sweep_all(cpu: &Cpu, seed: u64, talk: Talk) -> anyhow::Result<Vec<Vec<SweepPoint>>> {
    let mut all = Vec::new();
    for network in sweep_networks() {
        for steps in SWEEP_STEPS {
            let points = sweep(cpu, network, steps, seed).map_err(|e| Failure::data(e.to_string()))?;
            for p in &points {
                talk.event(
                    &json!({"event": "sweep", "net": name(&p.recurrence), "radius": p.recurrence.radius, "steps": steps, "share": p.share}),
                );
            }
            all.push(points);
        }
    }
    Ok(all)
}

fn name(recurrence: &Recurrence) -> &'static str {
    match recurrence.cell {
        Cell::RnnTanh | Cell::RnnRelu if !recurrence.inputs => "rnn, state near zero",
        Cell::RnnTanh | Cell::RnnRelu => "rnn",
        Cell::Gru | Cell::GruResetBefore => "gru",
        Cell::Lstm => "lstm",
    }
}

/// The usable radii of each network and length, as text and as rows.
fn bands(all: &[Vec<SweepPoint>], talk: Talk) -> (String, Vec<Vec<String>>) {
    let mut text = format!("radii from .80 to 1.20 at which a share between {USABLE} and {} is left:\n", 1.0 / USABLE);
    let mut rows = Vec::new();
    for points in all {
        let Some(first) = points.first() else { continue };
        let (name, steps, band) = (name(&first.recurrence), first.steps, usable_band(points));
        talk.event(&json!({"event": "band", "net": name, "steps": steps, "low": band.map(|b| b.0), "high": band.map(|b| b.1)}));
        let words = band.map_or("none".to_string(), |(low, high)| format!("{low:.3} to {high:.3}, {:.3} wide", high - low));
        text += &format!("  {name:<21} {steps:>5} steps   {words}\n");
        rows.push(vec![name.to_string(), steps.to_string(), words]);
    }
    text += "  (gates are set to remember the length; the RNN has none to set)\n";
    (text, rows)
}

fn sweep_figure(all: &[Vec<SweepPoint>], steps: usize) -> Figure {
    let class = |recurrence: &Recurrence| match name(recurrence) {
        "rnn" => "baseline",
        "gru" => "truth",
        "lstm" => "model",
        _ => "second",
    };
    let own = all.iter().filter_map(|points| points.first().filter(|p| p.steps == steps).map(|first| (first.recurrence, points)));
    let curves: Vec<Curve> = own
        .map(|(network, points)| {
            Curve::line(class(&network), name(&network), points.iter().map(|p| (p.recurrence.radius, p.share)).collect())
        })
        .collect();
    let ends: Vec<String> = curves.iter().filter_map(|c| Some(format!("{} {}", c.name, figure_text(c.points.last()?.1)))).collect();
    Figure {
        heading: format!("Share left after {steps} steps, by spectral radius"),
        lead: format!("Gates are set to remember {steps} steps. At radius 1.20: {}.", ends.join("; ")),
        x_name: "radius",
        curves,
        tables: Vec::new(),
    }
}
