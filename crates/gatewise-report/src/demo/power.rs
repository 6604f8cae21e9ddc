//! Powers of a radius: text and page.

use gatewise::demo::{Power, Recurrence, SWEEP_STEPS, SweepPoint, USABLE, usable_band};

use super::compare::PAGE;
use crate::{Axis, Curve, Figure, Page, TableOf};

/// The terms, each once.
const TERMS: [(&str, &str); 6] = [
    ("share of gradient", "the norm of the gradient some steps back, over its norm at the last step"),
    ("spectral radius", "the largest factor by which the recurrent matrix goes on stretching a vector, its largest eigenvalue by size"),
    (
        "state near zero",
        "zeros are read, so that tanh stays where it is straight and the matrix acts alone; with inputs tanh bends and takes from each factor",
    ),
    ("orthogonal start", "the recurrent matrix starts as a rotation, which neither shrinks nor stretches"),
    (
        "forget bias",
        "what the LSTM's forget gate starts from: 1 keeps 73 % of the cell a step; ln T, \"set to remember T steps\", keeps T/(T + 1)",
    ),
    ("clipping", "a gradient whose norm is above a bound is scaled down to it"),
];

/// What is seen, in a sentence.
fn seen(power: &Power) -> String {
    let Power { radius, product, .. } = *power;
    let steps = Power::STEPS;
    let straight = power.measured.iter().find(|m| !m.recurrence.inputs && !m.recurrence.orthogonal).map_or(f64::NAN, |m| m.shares[steps]);
    let gated = power.measured.iter().find(|m| m.recurrence.remember.is_some()).map_or(f64::NAN, |m| m.shares[steps]);
    let (verb, end) = if radius < 1.0 { ("vanishes", "leave almost nothing of it") } else { ("explodes", "make it huge") };
    format!(
        "On its way back a gradient is multiplied once a step: at a radius of {radius} it {verb}, as {steps} factors {end} ({radius}^{steps} = {product:.2e}, \
         measured {straight:.2e}); gates that are set to remember {steps} steps keep {gated:.2} of it."
    )
}

/// Why the lines of the sweep lie where they do.
fn why(power: &Power, steps: usize) -> String {
    let at = |name: &str, radius: f64| {
        let points = power.sweeps.iter().flatten();
        let mut own = points.filter(|p| p.steps == steps && p.recurrence.name() == name);
        own.find(|p| (p.recurrence.radius - radius).abs() < 1e-9).map_or(f64::NAN, |p| p.share)
    };
    let kept = (steps as f64 / (steps as f64 + 1.0)).powi(steps as i32);
    format!(
        "The LSTM's line is flat and lies below that of the RNN near zero from a radius of about 1 on: its forget gates keep T/(T + 1) a step, which leaves \
         {kept:.2} after T = {steps}, near 1/e, whatever the radius (measured {:.2} at .80, {:.2} at 1.20). The RNN near zero has no such ceiling: it \
         goes with the radius to the power of {steps} ({:.2e} at .80, {:.2e} at 1.20).",
        at("lstm", 0.8),
        at("lstm", 1.2),
        at("rnn, state near zero", 0.8),
        at("rnn, state near zero", 1.2)
    )
}

/// What was measured, as text.
pub fn power_text(power: &Power) -> String {
    let steps = Power::STEPS;
    let mut text = format!("{}\n\nshare of the gradient left after {steps} steps, measured:\n", seen(power));
    for measured in &power.measured {
        text += &format!("  {:<54} {:>10.2e}\n", measured.name, measured.shares[steps]);
    }
    text += &format!("\n{}\n\n", clipping(power.product));
    text += &format!(
        "radii from .80 to 1.20 at which a share between {USABLE} and {} is left, so that something can be learnt:\n",
        1.0 / USABLE
    );
    for [name, steps, words] in bands(power) {
        text += &format!("  {name:<21} {steps:>5} steps   {words}\n");
    }
    text += &format!("  (gates are set to remember the length; the RNN has none to set)\n\n{}\n\n", why(power, steps));
    text += &TERMS.map(|(term, meaning)| format!("{term}: {meaning}\n")).concat();
    text + &format!("\n{PAGE}\n")
}

/// What was measured, as the page of the demonstration `name`; `command` is the command line that made it.
pub fn power_page(power: &Power, name: &str, command: String) -> Page {
    let Power { radius, product, .. } = *power;
    let steps = Power::STEPS;
    let table =
        |caption: String, columns: &[&str], rows| TableOf { caption, columns: columns.iter().map(|c| c.to_string()).collect(), rows };
    let shares = power.measured.iter().map(|m| vec![m.name.to_string(), format!("{:.2e}", m.shares[steps])]).collect();
    let by_lag = Figure {
        heading: "Share of the gradient left, by steps back".to_string(),
        lead: "How much of the last step's gradient reaches k steps back: of the LSTM at its cell, of the others at their hidden state; the median of a few sequences."
            .to_string(),
        x_name: "steps back",
        axis: Axis::Fitted,
        curves: curves(power),
        tables: vec![table(format!("After {steps} steps"), &["network", "share left"], shares)],
    };
    let usable = Figure {
        heading: "The usable band of the radius".to_string(),
        lead: format!("Radii from .80 to 1.20 at which a share between {USABLE} and {} is left.", 1.0 / USABLE),
        tables: vec![table("Usable radii".to_string(), &["network", "steps", "usable radii"], bands(power).map(Vec::from).collect())],
        ..Figure::default()
    };
    let terms = Figure {
        heading: "Terms".to_string(),
        tables: vec![table(
            "Terms".to_string(),
            &["term", "meaning"],
            TERMS.map(|(term, meaning)| vec![term.to_string(), meaning.to_string()]).to_vec(),
        )],
        ..Figure::default()
    };
    let mut figures = vec![by_lag];
    figures.extend(SWEEP_STEPS.map(|steps| sweep_figure(power, steps)));
    figures.extend([usable, terms]);
    Page {
        kind: format!("demo {name}"),
        title: format!("{radius}^{steps} = {product:.3e}"),
        verdict: format!("{} {}", seen(power), clipping(product)),
        command,
        figures,
        ..Page::default()
    }
}

fn curves(power: &Power) -> Vec<Curve> {
    let class = |recurrence: &Recurrence| match recurrence.name() {
        "rnn, state near zero" => "second",
        "rnn" => "baseline",
        _ => "model",
    };
    let points = |values: &mut dyn Iterator<Item = f64>| values.enumerate().map(|(k, value)| (k as f64, value)).collect();
    let powers = points(&mut (0..=Power::STEPS).map(|k| power.radius.powi(k as i32)));
    let mut curves = vec![Curve::line("truth", format!("{} to the power of the lag", power.radius), powers)];
    for measured in &power.measured {
        if let Some(name) = measured.curve {
            curves.push(Curve::line(class(&measured.recurrence), name, points(&mut measured.shares.iter().copied())));
        }
    }
    curves
}

fn clipping(product: f64) -> String {
    const CLIP: f64 = Power::CLIP;
    if product > CLIP {
        format!(
            "Clipping to a norm of {CLIP} cuts the gradient from {product:.2e} to {CLIP}: the step stays finite, and its direction is that of the far past alone. \
             An orthogonal start keeps the factor at 1 to begin with; a gate keeps it there."
        )
    } else {
        format!("Clipping does nothing for a gradient of {product:.2e}. An orthogonal start delays the loss; a gate ends it.")
    }
}

/// The usable radii of each network and length: its name, the steps, the radii.
fn bands(power: &Power) -> impl Iterator<Item = [String; 3]> {
    power.sweeps.iter().filter_map(|points| {
        let SweepPoint { recurrence, steps, .. } = points.first()?;
        let words = usable_band(points).map_or("none".to_string(), |(low, high)| format!("{low:.3} to {high:.3}, {:.3} wide", high - low));
        Some([recurrence.name().to_string(), steps.to_string(), words])
    })
}

fn sweep_figure(power: &Power, steps: usize) -> Figure {
    let class = |recurrence: &Recurrence| match recurrence.name() {
        "rnn" => "baseline",
        "gru" => "truth over",
        "lstm" => "model",
        _ => "second",
    };
    let own = power.sweeps.iter().filter_map(|points| points.first().filter(|p| p.steps == steps).map(|first| (first.recurrence, points)));
    let mut curves: Vec<Curve> = own
        .map(|(network, points)| {
            Curve::line(class(&network), network.name(), points.iter().map(|p| (p.recurrence.radius, p.share)).collect())
        })
        .collect();
    curves.reverse();
    Figure {
        heading: format!("Share left after {steps} steps, by spectral radius"),
        lead: why(power, steps),
        x_name: "radius",
        curves,
        ..Figure::default()
    }
}
