//! Numbers in double precision: computed as such, but for products and recurrent layers.

mod import_support;

use std::slice::from_ref;

use gatewise_onnx::import::{Data, Session, Tensor};
use gatewise_onnx::proto::{GraphProto, NodeProto, data_type};
use import_support::*;

fn wide(shape: &[usize], values: &[f64]) -> Tensor {
    tensor(shape, values.to_vec())
}

#[track_caller]
fn one(node: NodeProto, inputs: &[Tensor]) -> Vec<f64> {
    match answer_as(18, node, inputs, data_type::DOUBLE).unwrap().remove(0).data {
        Data::Double(values) => values,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_single_precision_would_lose_stays() {
    // Seconds since 1970 are known to two minutes in single precision.
    let seconds = wide(&[2], &[1_700_000_001.25, 1_700_000_002.5]);
    let two = |operator: &str| node(operator, &["a", "b"], &["y"]);
    let of = |operator: &str| node(operator, &["a"], &["y"]);
    assert_eq!(one(two("Sub"), &[seconds.clone(), wide(&[], &[1_700_000_000.0])]), [1.25, 2.5]);
    assert_eq!(one(two("Mod").with("fmod", 1), &[seconds.clone(), wide(&[], &[60.0])]), [21.25, 22.5]);
    assert_eq!(one(of("ReduceMax").with("keepdims", 0), from_ref(&seconds)), [1_700_000_002.5]);
    assert_eq!(one(of("ReduceMean").with("keepdims", 0), from_ref(&seconds)), [1_700_000_001.875]);
    assert_eq!(one(of("Neg"), from_ref(&seconds)), [-1_700_000_001.25, -1_700_000_002.5]);
    assert_eq!(one(two("Concat").with("axis", 0), &[seconds.clone(), seconds.clone()]).len(), 4);
    assert_eq!(
        one(node("Where", &["a", "b", "c"], &["y"]), &[tensor(&[2], [true, false]), seconds.clone(), wide(&[], &[0.0])])[0],
        1_700_000_001.25
    );
    assert_eq!(
        one(node("Clip", &["a", "b"], &["y"]), &[seconds.clone(), wide(&[], &[1_700_000_002.0])]),
        [1_700_000_002.0, 1_700_000_002.5]
    );
    assert_eq!(one(two("Pow"), &[wide(&[1], &[1e-300]), tensor(&[], [1.0])]), [1e-300]);
    let close = |found: Vec<f64>, exact: f64| assert!((found[0] - exact).abs() < 1e-14, "{found:?} for {exact}");
    for (operator, exact) in [
        ("Sigmoid", 1.0 / (1.0 + (-0.3_f64).exp())),
        ("Tanh", 0.3_f64.tanh()),
        ("Exp", 0.3_f64.exp()),
        ("Log", 0.3_f64.ln()),
        ("Softplus", 0.3_f64.exp().ln_1p()),
        ("Sin", 0.3_f64.sin()),
        ("Cos", 0.3_f64.cos()),
        ("Sinh", 0.3_f64.sinh()),
        ("Sqrt", 0.3_f64.sqrt()),
        ("Sign", 1.0),
    ] {
        close(one(of(operator), &[wide(&[1], &[0.3])]), exact);
    }
    let cast = of("Cast").with("to", i64::from(data_type::FLOAT));
    assert_eq!(answer(13, cast, &[wide(&[1], &[0.1])]).unwrap(), [tensor(&[1], [0.1])]);
    let nan = answer_as(13, of("IsNaN"), &[wide(&[2], &[f64::NAN, 1.0])], data_type::BOOL).unwrap();
    assert_eq!(nan, [tensor(&[2], [true, false])]);
}

#[test]
fn products_and_layers_are_in_single_precision() {
    let (x, w) = (wave(6, 0.0), wave(12, 1.0));
    let as_wide = |values: &[f32]| values.iter().map(|&x| f64::from(x)).collect::<Vec<f64>>();
    let multiply = node("MatMul", &["a", "b"], &["y"]);
    let narrow = answer(13, multiply.clone(), &[tensor(&[2, 3], x.clone()), tensor(&[3, 4], w.clone())]).unwrap();
    let Data::Float(narrow) = &narrow[0].data else { panic!("numbers") };
    let found = one(multiply, &[wide(&[2, 3], &as_wide(&x)), wide(&[3, 4], &as_wide(&w))]);
    assert_eq!(found, as_wide(narrow));

    // A layer whose weights are constant runs on the kernels all the same.
    let (d, h, i) = (1, 3, 2);
    let graph = GraphProto {
        input: vec![value("x", data_type::DOUBLE, None)],
        initializer: vec![doubles("W", &[d, 4 * h, i], &as_wide(&wave(24, 0.0))), doubles("R", &[d, 4 * h, h], &as_wide(&wave(36, 0.0)))],
        node: vec![node("LSTM", &["x", "W", "R"], &["y", "", "c"])],
        output: vec![value("y", data_type::DOUBLE, None), value("c", data_type::DOUBLE, None)],
        ..Default::default()
    };
    let file = model(14, graph);
    let session = Session::of(&cpu(), file.clone()).unwrap();
    let layers = session.recurrent();
    assert_eq!((layers.len(), layers[0].in_loops, layers[0].sizes), (1, None, Some((2, 3))));
    let found = run(&file, &[("x", &wide(&[4, 1, 2], &as_wide(&wave(8, 0.0))))]).unwrap();
    assert!(matches!(found[0].data, Data::Double(_)) && found[1].shape == [1, 1, 3]);
}
