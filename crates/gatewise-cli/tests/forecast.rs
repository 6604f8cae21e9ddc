//! The main job on the real binary: from a table to a forecast, a model and a report.

mod support;

use support::{Place, long, monthly, tiny};

const AIRLINE: &str = include_str!("../../../samples/airline-passengers.csv");

#[test]
fn airline_passengers_beat_seasonal_naive() {
    let place = Place::new();
    let ended = place.write("air.csv", AIRLINE).run(&["forecast", "air.csv", "--horizon", "12", "--json"]).expect(0);
    let score = &ended.named("score")[0];
    let (model, naive) = (score["mase"].as_f64().unwrap(), score["baseline"]["seasonal_naive"]["mase"].as_f64().unwrap());
    assert!(model < 0.6 * naive, "MASE {model} against {naive}");
    let mape = score["mape"].as_f64().unwrap();
    assert!(mape < 5.0, "MAPE {mape}");
    let rows = ended.named("forecast");
    assert_eq!((rows.len(), &rows[0]["ds"], &rows[11]["ds"]), (12, &"1961-01".into(), &"1961-12".into()));
}

#[test]
fn a_run_leaves_its_files_and_never_overwrites_another() {
    let place = Place::new();
    place.write("sales.csv", monthly(72));
    let first = place.run(&tiny(&["forecast", "sales.csv", "--horizon", "6", "--combine", "network"])).expect(0);
    let files = [
        "config.toml",
        "metrics.jsonl",
        "metrics.json",
        "model.safetensors",
        "last.safetensors",
        "refit.safetensors",
        "forecast.csv",
        "report.html",
    ];
    let before: Vec<Vec<u8>> = files.iter().map(|f| place.read(&format!("runs/sales-1/{f}"))).collect();
    assert_eq!(first.out, place.text("runs/sales-1/forecast.csv"), "standard output is the forecast alone");
    place.run(&tiny(&["forecast", "sales.csv", "--horizon", "3", "--combine", "network"])).expect(0);
    for (file, before) in files.iter().zip(before) {
        assert_eq!(place.read(&format!("runs/sales-1/{file}")), before, "{file}");
        assert!(place.file(&format!("runs/sales-2/{file}")).exists(), "{file}");
    }
    let refused = place.run(&tiny(&["forecast", "sales.csv", "--horizon", "3", "--run", "runs/sales-1"])).expect(1);
    assert!(refused.err.contains("never overwrites"), "{}", refused.err);
}

#[test]
fn the_table_has_the_columns_and_times_of_the_data() {
    let place = Place::new();
    place.write("sales.csv", monthly(60)).write("long.csv", long(60));
    let wide = "time,x,y\n".to_string()
        + &(0..60).map(|t| format!("2024-01-{:02} {:02}:00,{t},{}\n", t / 24 + 1, t % 24, t * 2)).collect::<String>();
    place.write("wide.csv", wide);
    let cases: [(&str, &[&str], &str, &str, usize); 4] = [
        ("sales.csv", &[], "ds,forecast,q0.025,q0.1,q0.5,q0.9,q0.975", "2005-01,", 6),
        ("long.csv", &["--season", "12"], "unique_id,ds,forecast,q0.025,q0.1,q0.5,q0.9,q0.975", "a,61,", 12),
        ("wide.csv", &["--season", "1", "--quantiles", "0.1,0.9"], "channel,ds,forecast,q0.1,q0.9", "x,2024-01-03 12:00,", 12),
        ("wide.csv", &["--season", "1", "--channels", "joint", "--loss", "mse"], "channel,ds,forecast", "x,2024-01-03 12:00,", 12),
    ];
    for (data, flags, header, first, rows) in cases {
        let ended = place.run(&[&tiny(&["forecast", data, "--horizon", "6"]), flags].concat()).expect(0);
        let lines: Vec<&str> = ended.out.lines().collect();
        assert_eq!((lines[0], lines.len()), (header, rows + 1), "{data} {flags:?}");
        assert!(lines[1].starts_with(first), "{data}: {}", lines[1]);
        for line in &lines[1..] {
            let numbers: Vec<f64> =
                line.split(',').skip(header.split(',').position(|c| c == "ds").unwrap() + 1).map(|n| n.parse().unwrap()).collect();
            assert!(numbers.iter().all(|n| n.is_finite()), "{line}");
            assert!(numbers[1..].windows(2).all(|q| q[0] <= q[1]), "quantiles never cross: {line}");
        }
    }
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_threads_do_not_matter() {
    let place = Place::new();
    place.write("sales.csv", monthly(72));
    for (run, threads) in [("a", "1"), ("b", "1"), ("c", "2")] {
        let args =
            ["forecast", "sales.csv", "--horizon", "6", "--epochs", "3", "--hidden", "8", "--run", run, "--threads", threads, "--quiet"];
        let ended = place.run(&args).expect(0);
        assert_eq!(ended.err, "", "--quiet is quiet");
    }
    for other in ["b", "c"] {
        assert_eq!(place.read("a/model.safetensors"), place.read(&format!("{other}/model.safetensors")), "{other}");
        assert_eq!(place.read("a/forecast.csv"), place.read(&format!("{other}/forecast.csv")), "{other}");
    }
}

#[test]
fn config_toml_is_complete_and_gives_the_same_model_again() {
    let place = Place::new();
    place.write("sales.csv", monthly(72));
    place
        .run(&tiny(&["train", "forecast", "sales.csv", "--horizon", "6", "-o", "a", "--set", "cell=lstm", "--valid-from", "2004-06"]))
        .expect(0);
    let config = place.text("a/config.toml");
    for line in ["cell = \"lstm\"", "horizon = 6", "valid_from = \"2004-06\"", "seed = ", "data = \"sales.csv\""] {
        assert!(config.contains(line), "{line} in\n{config}");
    }
    place.run(&["train", "forecast", "sales.csv", "--config", "a/config.toml", "-o", "b"]).expect(0);
    assert_eq!(place.read("a/model.safetensors"), place.read("b/model.safetensors"));
    place.run(&["train", "forecast", "sales.csv", "--config", "a/config.toml", "--seed", "9", "-o", "c"]).expect(0);
    assert_ne!(place.read("a/model.safetensors"), place.read("c/model.safetensors"), "a flag wins over the file");
}

#[test]
fn guesses_are_said_with_their_flags() {
    let place = Place::new();
    let ended = place.write("sales.csv", monthly(72)).run(&["forecast", "sales.csv", "--horizon", "6", "--epochs", "1"]).expect(0);
    for flag in ["--season", "--lookback", "--segment", "--hidden", "--batch", "--freq"] {
        assert!(ended.err.contains(flag), "{flag} in\n{}", ended.err);
    }
    assert!(!ended.err.contains("--epochs"), "what was given is no guess:\n{}", ended.err);
}

#[test]
fn several_seeds_are_averaged_in_one_model_file() {
    let place = Place::new();
    place.write("sales.csv", monthly(72));
    place.run(&tiny(&["forecast", "sales.csv", "--horizon", "6", "--seeds", "2", "--run", "two"])).expect(0);
    let again = place.run(&["predict", "two", "sales.csv"]).expect(0);
    assert_eq!(again.out, place.text("two/forecast.csv"));
}

#[test]
fn a_loss_of_every_kind_forecasts() {
    let place = Place::new();
    place.write("sales.csv", monthly(60));
    for loss in ["quantile", "mse", "mae", "huber", "gaussian", "student-t"] {
        let ended = place.run(&tiny(&["forecast", "sales.csv", "--horizon", "3", "--loss", loss])).expect(0);
        assert_eq!(ended.out.lines().count(), 4, "{loss}");
    }
}
