//! A trained model as a graph of ONNX.

mod support;

use support::{Place, monthly, tiny};

#[test]
fn what_was_written_is_said() {
    let place = Place::new();
    place.write("sales.csv", monthly(60));
    place.model("sales.csv");
    let ended = place.run(&["export", "runs/m", "-o", "m.onnx"]).expect(0);
    assert_eq!(ended.out, "");
    for said in [
        "forecast, ",
        "operators of version 17, in m.onnx",
        "  in   rows       float64 (batch, rows, 1)",
        "  in   series     int64 (series_batch)      may be left out",
        "  out  point      float64 (batch, 6, 1)",
        "  out  quantiles  float64 (batch, 6, 1, 5)",
        "note: Missing values",
    ] {
        assert!(ended.err.contains(said), "{said:?} in\n{}", ended.err);
    }
    let bytes = place.read("m.onnx");
    let told = &place.run(&["export", "runs/m/model.safetensors", "-o", "m.onnx", "--json"]).expect(0).named("written")[0];
    assert_eq!(told["bytes"], bytes.len());
    assert_eq!((&told["task"], &told["opset"], &told["whole"]), (&"forecast".into(), &17.into(), &true.into()));
    assert_eq!(told["inputs"][1]["name"], "series");
    assert!(told["inputs"][1]["optional"] == true && told["inputs"][0]["about"].as_str().unwrap().contains("order of time"), "{told}");
    // The same bytes, over the file that was there.
    assert_eq!(place.read("m.onnx"), bytes);
}

#[test]
fn who_answers_beside_the_network_is_a_warning() {
    let place = Place::new();
    place.write("sales.csv", monthly(72));
    place.run(&tiny(&["train", "forecast", "sales.csv", "--horizon", "6", "-o", "runs/m", "--combine", "auto"])).expect(0);
    let ended = place.run(&["export", "runs/m", "-o", "m.onnx"]).expect(0);
    assert!(
        ended.err.contains("warning: The ") && ended.err.contains("in the model's forecast") || ended.err.contains("weighs the network"),
        "{}",
        ended.err
    );
    assert!(ended.err.contains("--combine network is exported whole"), "{}", ended.err);
    let told = &place.run(&["export", "runs/m", "-o", "m.onnx", "--json"]).expect(0).named("written")[0];
    assert_eq!(told["whole"], false);
}

#[test]
fn models_without_a_network_are_refused() {
    let place = Place::new();
    place.write("sales.csv", monthly(60));
    place.run(&["train", "forecast", "sales.csv", "--horizon", "6", "-o", "runs/none", "--train", "none"]).expect(0);
    let ended = place.run(&["export", "runs/none", "-o", "m.onnx"]).expect(3);
    assert!(ended.err.contains("no network to export") && ended.err.contains("--combine network"), "{}", ended.err);
    assert!(!place.file("m.onnx").exists());
    place.run(&["export", "runs/none"]).expect(2);
    assert!(place.run(&["export", "runs/none", "-o", "m.onnx", "--series", "a"]).expect(2).err.contains("leave --series out"));
    assert!(place.run(&["export", "absent", "-o", "m.onnx"]).expect(1).err.contains("run folder"));
}

#[test]
fn a_detector_of_several_series_asks_which() {
    let place = Place::new();
    let row = |t: usize| format!("{t},web,{}\n{t},db,{}\n", t % 7, t % 5);
    place.write("hosts.csv", format!("t,host,load\n{}", (0..90).map(row).collect::<String>()));
    let train = ["train", "detect", "hosts.csv", "-o", "runs/d", "--id", "host", "--time", "t", "--hidden", "4"];
    place.run(&train).expect(0);
    let ended = place.run(&["export", "runs/d", "-o", "d.onnx"]).expect(2);
    assert!(ended.err.contains("--series names one: web, db"), "{}", ended.err);
    assert!(place.run(&["export", "runs/d", "-o", "d.onnx", "--series", "mail"]).expect(2).err.contains("it knows web, db"));
    let told = place.run(&["export", "runs/d", "-o", "d.onnx", "--series", "db"]).expect(0);
    assert!(told.err.contains("history"), "{}", told.err);
}
