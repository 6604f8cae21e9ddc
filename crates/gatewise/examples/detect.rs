//! A stream that is watched row by row, put aside as bytes and taken up again. `cargo run --release --example detect`

use gatewise::detect::{DetectConfig, Fleet, FleetConfig, Reading};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut watch = Fleet::new(&FleetConfig::new(DetectConfig::new(1)))?;
    let pump = watch.series("pump")?;
    for row in 0..2_000_u32 {
        let value = (f64::from(row) * 0.3).sin() + if row == 1_900 { 4.0 } else { 0.0 };
        let reading = Reading { time: None, values: &[value], states: &[], ignored: false, known_hole: false };
        let judged = watch.push(pump, &reading)?;
        if judged.verdict.alarm {
            println!("row {row}: {value:.2} where {:.2} was expected, score {:.3}", judged.expected[0], judged.verdict.score);
        }
    }

    let path = std::env::temp_dir().join("gatewise-example-detect.safetensors");
    watch.save(&path, &serde_json::Value::Null)?;
    let (mut again, _) = Fleet::load(&path)?;
    std::fs::remove_file(&path)?;
    let reading = Reading { time: None, values: &[9.0], states: &[], ignored: false, known_hole: false };
    let place = again.series("pump")?;
    println!("taken up again: 9.00 is {}", if again.push(place, &reading)?.verdict.anomaly { "an anomaly" } else { "as usual" });
    Ok(())
}
