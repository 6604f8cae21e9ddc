//! Speeds of a recurrent layer, one below the other.

use gatewise::Cpu;
use serde_json::Value;

use crate::number::plain;

/// What stands above the lines of a suite; `peak` in billions of operations a second, where it is known.
pub fn heading(cpu: &Cpu, peak: Option<f64>) -> String {
    let peak = peak.map_or_else(|| "peak unknown".to_owned(), |peak| format!("peak {peak:.0} GF/s"));
    let names = format!(
        "{:5} {:6} {:>4} {:>4} {:>4} {:>4} {:>10} {:>7} {:>8} {:>12}",
        "cell", "mode", "B", "T", "I", "H", "median ms", "GF/s", "of peak", "allocations"
    );
    format!("{}, threads: {}, {peak}; B sequences of T steps, I inputs, H units\n\n{names}\n", cpu.isa(), cpu.threads())
}

/// A measurement, as `bench` gives it in JSON, as a line of a suite.
pub fn line(measured: &Value) -> String {
    let word = |key: &str| measured[key].as_str().unwrap_or_default().to_owned();
    let number = |key: &str| measured[key].as_f64();
    let whole = |key: &str| measured[key].as_u64().unwrap_or_default();
    let share = number("fraction_of_peak").map_or_else(|| "-".to_owned(), |share| format!("{:.0} %", 100.0 * share));
    format!(
        "{:5} {:6} {:>4} {:>4} {:>4} {:>4} {:>10} {:>7.1} {share:>8} {:>12}\n",
        word("cell"),
        word("mode"),
        whole("batch"),
        whole("time"),
        whole("input"),
        whole("hidden"),
        plain(number("median_ms").unwrap_or(f64::NAN)),
        number("gflops").unwrap_or(f64::NAN),
        whole("allocations"),
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_suite_prints_lines_under_their_names() {
        let cpu = Cpu::with_isa(gatewise::Isa::Scalar, 1);
        let measured = json!({
            "cell": "gru", "mode": "train", "batch": 64, "time": 100, "input": 32, "hidden": 128,
            "median_ms": 26.25, "gflops": 88.5, "fraction_of_peak": 0.797, "allocations": 0,
        });
        let (heading, line) = (heading(&cpu, Some(103.7)), line(&measured));
        let names = heading.lines().last().unwrap();
        assert_eq!(
            line.split_whitespace().collect::<Vec<_>>(),
            ["gru", "train", "64", "100", "32", "128", "26.25", "88.5", "80", "%", "0"]
        );
        assert_eq!(line.trim_end().chars().count(), names.chars().count());
        assert!(heading.contains("peak 104 GF/s"), "{heading}");
    }
}
