//! Powers of a radius: text and page.

use gatewise::demo::{Power, Recurrence, SWEEP_STEPS, SweepPoint, USABLE, usable_band};

use crate::number::figure;
use crate::{Axis, Curve, Figure, Page, TableOf};

/// What was measured, as text.
pub fn power_text(power: &Power) -> String {
    let Power { radius, product, .. } = *power;
    let steps = Power::STEPS;
    let mut text = format!(
        "{radius}^{steps} = {product:.3e}: what {steps} multiplications by {radius} leave of 1\n\nshare of the gradient left after {steps} steps, measured:\n"
    );
    for measured in &power.measured {
        text += &format!("  {:<54} {:>10.2e}\n", measured.name, measured.shares[steps]);
    }
    text += &format!("\n{}\n\n", clipping(product));
    text += &format!("radii from .80 to 1.20 at which a share between {USABLE} and {} is left:\n", 1.0 / USABLE);
    for [name, steps, words] in bands(power) {
        text += &format!("  {name:<21} {steps:>5} steps   {words}\n");
    }
    text + "  (gates are set to remember the length; the RNN has none to set)\n"
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
        lead: "‖∂L/∂s at T − k‖ over that at T, with s the cell state of the LSTM and the hidden state of the others; the median of a few sequences."
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
    let mut figures = vec![by_lag];
    figures.extend(SWEEP_STEPS.map(|steps| sweep_figure(&power.sweeps, steps)));
    figures.push(usable);
    Page {
        kind: format!("demo {name}"),
        title: format!("{radius}^{steps} = {product:.3e}"),
        verdict: format!("What {steps} steps at a spectral radius of {radius} do to a gradient. {}", clipping(product)),
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
            "Clipping to norm {CLIP} cuts the gradient from {product:.2e} to {CLIP}: the step stays finite, and points wherever the far past points. \
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

fn sweep_figure(all: &[Vec<SweepPoint>], steps: usize) -> Figure {
    let class = |recurrence: &Recurrence| match recurrence.name() {
        "rnn" => "baseline",
        "gru" => "truth",
        "lstm" => "model",
        _ => "second",
    };
    let own = all.iter().filter_map(|points| points.first().filter(|p| p.steps == steps).map(|first| (first.recurrence, points)));
    let curves: Vec<Curve> = own
        .map(|(network, points)| {
            Curve::line(class(&network), network.name(), points.iter().map(|p| (p.recurrence.radius, p.share)).collect())
        })
        .collect();
    let ends: Vec<String> = curves.iter().filter_map(|c| Some(format!("{} {}", c.name, figure(c.points.last()?.1)))).collect();
    Figure {
        heading: format!("Share left after {steps} steps, by spectral radius"),
        lead: format!("Gates are set to remember {steps} steps. At radius 1.20: {}.", ends.join("; ")),
        x_name: "radius",
        curves,
        ..Figure::default()
    }
}
