//! What the forecasts of each target can be.

mod support;

use support::Place;

/// Days of a demand near zero and a temperature around it.
fn days() -> String {
    let row = |t: usize| {
        let (sold, warm) = ((t * 7919) % 5, 6.0 * (t as f64 / 5.0).sin() + ((t * 31) % 7) as f64 - 3.0);
        format!("{},{sold},{warm:.1}\n", 1 + t)
    };
    "day,sold,warm\n".to_owned() + &(0..90).map(row).collect::<String>()
}

/// Forecasts and quantiles of a channel.
fn values(csv: &str, channel: &str) -> Vec<f64> {
    let own = csv.lines().skip(1).filter(|line| line.split(',').next() == Some(channel));
    own.flat_map(|line| line.split(',').skip(2).map(|cell| cell.parse().unwrap()).collect::<Vec<f64>>()).collect()
}

#[test]
fn each_target_has_limits_of_its_own() {
    let place = Place::new();
    place.write("days.csv", days());
    let run = |more: &[&str]| place.run(&[&["forecast", "days.csv", "--time", "day", "--horizon", "8", "--train", "none"], more].concat());
    let plain = run(&[]).expect(0);
    let (sold, warm) = (values(&plain.out, "sold"), values(&plain.out, "warm"));
    assert_eq!((sold.len(), warm.len()), (48, 48), "{}", plain.out);
    assert!(sold.iter().all(|v| *v >= 0.0) && warm.iter().any(|v| *v < 0.0), "{sold:?} {warm:?}");
    assert!(plain.err.contains("but of sold, where no value is below 0"), "{}", plain.err);
    let limited = run(&["--min", "warm=-2,sold=1", "--max", "3", "--whole", "sold"]).expect(0);
    let (sold, warm) = (values(&limited.out, "sold"), values(&limited.out, "warm"));
    assert!(sold.iter().all(|v| [1.0, 2.0, 3.0].contains(v)), "{sold:?}");
    assert!(warm.iter().all(|v| (-2.0..=3.0).contains(v)) && warm.iter().any(|v| v.fract() != 0.0), "{warm:?}");
    // What a configuration says, and what a model keeps.
    place.write("limits.toml", "min = -1\nmax = [\"warm=2.5\"]\nwhole = \"all\"\n");
    place
        .run(&[
            "train",
            "forecast",
            "days.csv",
            "--time",
            "day",
            "--horizon",
            "8",
            "--train",
            "none",
            "--config",
            "limits.toml",
            "-o",
            "runs/m",
        ])
        .expect(0);
    let kept = place.run(&["predict", "runs/m", "days.csv"]).expect(0).out;
    assert!(values(&kept, "warm").iter().all(|v| [-1.0, 0.0, 1.0, 2.0].contains(v)), "{kept}");
    assert!(place.text("runs/m/config.toml").contains("min = -1.0"), "{}", place.text("runs/m/config.toml"));
}

#[test]
fn limits_that_cannot_be_are_refused() {
    let place = Place::new();
    place.write("days.csv", days());
    for (flags, words) in [
        (&["--min", "cold=0"][..], &["--min cold: no target has that name", "the targets are sold, warm"][..]),
        (&["--min", "4", "--max", "3"], &["no value of sold lies between --min 4 and --max 3", "help: "]),
        (&["--max", "much"], &["--max", "COLUMN=NUMBER"]),
        (&["--whole", "cold"], &["--whole cold: no target"]),
    ] {
        let ended = place.run(&[&["forecast", "days.csv", "--time", "day", "--horizon", "4", "--train", "none"], flags].concat()).expect(2);
        words.iter().for_each(|word| assert!(ended.err.contains(word), "{word}: {}", ended.err));
    }
}
