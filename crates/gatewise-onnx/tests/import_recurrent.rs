//! Recurrent nodes against the format's equations in double precision.

mod import_support;

use gatewise_onnx::import::{Data, Tensor};
use gatewise_onnx::proto::{GraphProto, ModelProto, NodeProto, data_type};
use import_support::reference::Case;
use import_support::*;

/// The inputs of a node in their order; none are left out.
fn inputs(case: &Case) -> Vec<(&'static str, Tensor)> {
    let (d, g, h) = (case.directions(), case.gates(), case.hidden);
    let mut inputs = vec![
        ("X", tensor(&[case.time, case.batch, case.input], case.x())),
        ("W", tensor(&[d, g * h, case.input], case.w())),
        ("R", tensor(&[d, g * h, h], case.r())),
    ];
    if case.bias {
        inputs.push(("B", tensor(&[d, 2 * g * h], case.b())));
    }
    if let Some(lengths) = &case.lengths {
        let lengths = lengths.iter().map(|&length| length as i64).collect();
        inputs.push(("lengths", Tensor { shape: vec![case.batch], data: Data::Int(lengths) }));
    }
    if case.states {
        inputs.push(("h", tensor(&[d, case.batch, h], case.h())));
        if case.operator == "LSTM" {
            inputs.push(("c", tensor(&[d, case.batch, h], case.c())));
        }
    }
    if case.peepholes {
        inputs.push(("P", tensor(&[d, 3 * h], case.p())));
    }
    inputs
}

fn node_of(case: &Case, given: &[(&'static str, Tensor)]) -> NodeProto {
    let mut names = vec!["X", "W", "R", "B", "lengths", "h", "c", "P"];
    names.iter_mut().for_each(|name| *name = if given.iter().any(|(given, _)| given == name) { name } else { "" });
    names.truncate(names.iter().rposition(|name| !name.is_empty()).unwrap() + 1);
    let outputs: &[&str] = if case.operator == "LSTM" { &["Y", "Y_h", "Y_c"] } else { &["Y", "Y_h"] };
    let direction = match &case.reverse[..] {
        [false] => "forward",
        [true] => "reverse",
        _ => "bidirectional",
    };
    let mut made = node(case.operator, &names, outputs).with("hidden_size", case.hidden as i64).with("direction", direction);
    if let Some(clip) = case.clip {
        made = made.with("clip", clip as f32);
    }
    if let Some(activations) = &case.activations {
        made = made.with("activations", activations.clone());
    }
    if case.input_forget {
        made = made.with("input_forget", 1);
    }
    if case.operator == "GRU" {
        made = made.with("linear_before_reset", i64::from(case.reset_after));
    }
    made
}

/// A file of one node; weights are constants of the file, or come with the call.
fn file(made: NodeProto, given: &[(&'static str, Tensor)], constant: bool, opset: i64) -> ModelProto {
    let mut graph = GraphProto::default();
    for (name, tensor) in given {
        let shape: Vec<i64> = tensor.shape.iter().map(|&axis| axis as i64).collect();
        match &tensor.data {
            Data::Float(values) if constant && ["W", "R", "B", "P"].contains(name) => graph.initializer.push(floats(name, &shape, values)),
            Data::Float(_) => graph.input.push(value(name, data_type::FLOAT, None)),
            _ => graph.input.push(value(name, data_type::INT32, None)),
        }
    }
    graph.output = made.output.iter().map(|name| value(name, data_type::FLOAT, None)).collect();
    graph.node.push(made);
    model(opset, graph)
}

fn run_file(file: &ModelProto, given: &[(&'static str, Tensor)]) -> Vec<Tensor> {
    let inputs = &file.graph.as_ref().unwrap().input;
    let named: Vec<_> =
        given.iter().filter(|(name, _)| inputs.iter().any(|i| i.name.as_deref() == Some(name))).map(|(n, t)| (*n, t)).collect();
    run(file, &named).unwrap()
}

/// Axes of a tensor in another order.
fn turned(tensor: &Tensor, order: &[usize]) -> Tensor {
    let Data::Float(values) = &tensor.data else { panic!("numbers") };
    let shape: Vec<usize> = order.iter().map(|&axis| tensor.shape[axis]).collect();
    let strides: Vec<usize> = (0..tensor.shape.len()).map(|axis| tensor.shape[axis + 1..].iter().product()).collect();
    let at = |mut k: usize| {
        let mut from = 0;
        for (&axis, &length) in order.iter().zip(&shape).rev() {
            from += k % length * strides[axis];
            k /= length;
        }
        from
    };
    import_support::tensor(&shape, (0..values.len()).map(|k| values[at(k)]).collect::<Vec<f32>>())
}

/// In both layouts, with weights in the file and with the call.
fn check(case: &Case) {
    let given = inputs(case);
    let (d, b, h) = (case.directions(), case.batch, case.hidden);
    let [y, last_h, last_c] = case.answer().map(|values| values.iter().map(|&x| x as f32).collect::<Vec<f32>>());
    let mut expected = vec![tensor(&[case.time, d, b, h], y), tensor(&[d, b, h], last_h)];
    if case.operator == "LSTM" {
        expected.push(tensor(&[d, b, h], last_c));
    }
    let made = node_of(case, &given);
    for constant in [false, true] {
        let found = run_file(&file(made.clone(), &given, constant, 14), &given);
        found.iter().zip(&expected).for_each(|(found, expected)| close(found, expected, 2e-6));
    }
    let batches_first: Vec<(&str, Tensor)> = given
        .iter()
        .map(|(name, tensor)| (*name, if ["X", "h", "c"].contains(name) { turned(tensor, &[1, 0, 2]) } else { tensor.clone() }))
        .collect();
    let found = run_file(&file(made.with("layout", 1), &batches_first, true, 22), &batches_first);
    close(&found[0], &turned(&expected[0], &[2, 0, 1, 3]), 2e-6);
    found[1..].iter().zip(&expected[1..]).for_each(|(found, expected)| close(found, &turned(expected, &[1, 0, 2]), 2e-6));
}

#[test]
fn every_direction_with_and_without_bias_and_states() {
    for operator in ["RNN", "GRU", "LSTM"] {
        for reverse in [vec![false], vec![true], vec![false, true]] {
            for (bias, states) in [(false, false), (true, true)] {
                for reset_after in [false, true] {
                    check(&Case { reverse: reverse.clone(), bias, states, reset_after, ..Case::new(operator) });
                }
            }
        }
    }
}

#[test]
fn sequences_of_their_own_lengths() {
    for operator in ["RNN", "GRU", "LSTM"] {
        for lengths in [vec![4, 4, 4], vec![1, 4, 2], vec![0, 3, 3], vec![0, 0, 0]] {
            let reverse = vec![false, true];
            check(&Case { reverse, states: true, lengths: Some(lengths), reset_after: true, ..Case::new(operator) });
        }
    }
}

#[test]
fn one_sequence_and_one_step() {
    for operator in ["RNN", "GRU", "LSTM"] {
        for (batch, time) in [(1, 9), (1, 1), (5, 1)] {
            for reverse in [vec![false], vec![true], vec![false, true]] {
                check(&Case { batch, time, reverse, states: true, hidden: 17, reset_after: true, ..Case::new(operator) });
            }
        }
    }
}

#[test]
fn forms_that_run_in_plain_loops() {
    let both = vec![false, true];
    for (peepholes, input_forget) in [(true, false), (false, true), (true, true)] {
        check(&Case { peepholes, input_forget, reverse: both.clone(), states: true, ..Case::new("LSTM") });
    }
    let lengths = Some(vec![2, 0, 4]);
    check(&Case { peepholes: true, reverse: both.clone(), states: true, lengths, ..Case::new("LSTM") });
    for operator in ["RNN", "GRU", "LSTM"] {
        for reset_after in [false, true] {
            check(&Case { clip: Some(0.4), reverse: both.clone(), reset_after, ..Case::new(operator) });
        }
    }
    check(&Case { activations: Some(vec!["Relu", "Softsign"]), reverse: both.clone(), ..Case::new("RNN") });
    check(&Case { activations: Some(vec!["Relu"]), ..Case::new("RNN") });
    let gru = vec!["HardSigmoid", "Relu", "Sigmoid", "Tanh"];
    check(&Case { activations: Some(gru), reverse: both.clone(), ..Case::new("GRU") });
    let lstm = vec!["HardSigmoid", "Softsign", "Tanh", "Sigmoid", "Tanh", "Relu"];
    check(&Case { activations: Some(lstm), reverse: both, ..Case::new("LSTM") });
}

#[test]
fn outputs_that_nobody_wants_are_left_out() {
    let case = Case { reverse: vec![false, true], ..Case::new("LSTM") };
    let given = inputs(&case);
    let mut file = file(node_of(&case, &given), &given, true, 14);
    let graph = file.graph.as_mut().unwrap();
    graph.node[0].output = vec![String::new(), String::new(), "Y_c".into()];
    graph.output = vec![value("Y_c", data_type::FLOAT, None)];
    let last: Vec<f32> = case.answer()[2].iter().map(|&x| x as f32).collect();
    close(&run_file(&file, &given)[0], &tensor(&[2, 3, 5], last), 2e-6);
}

#[test]
fn calls_of_other_sizes_follow_each_other() {
    let cpu = cpu();
    let case = |batch, time| Case { batch, time, reverse: vec![false, true], reset_after: true, ..Case::new("GRU") };
    let given = inputs(&case(3, 4));
    let file = prost::Message::encode_to_vec(&file(node_of(&case(3, 4), &given), &given, true, 14));
    let session = gatewise_onnx::import::Session::from_bytes(&cpu, &file).unwrap();
    for (batch, time) in [(3, 4), (1, 6), (3, 4), (3, 4), (7, 2), (0, 4), (3, 0), (2, 3)] {
        let case = case(batch, time);
        let x = tensor(&[time, batch, 2], case.x());
        let found = session.run(&cpu, &[("X", x.view())]).unwrap();
        let y: Vec<f32> = case.answer()[0].iter().map(|&x| x as f32).collect();
        close(&found[0], &tensor(&[time, 2, batch, 5], y), 2e-6);
    }
}
