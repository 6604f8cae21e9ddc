//! Operators by known values, in the forms that they have had through the versions.

mod import_support;

use std::slice::from_ref;

use gatewise_onnx::import::{Data, Tensor};
use gatewise_onnx::proto::{NodeProto, data_type};
use import_support::*;

/// The only output.
#[track_caller]
fn one(opset: i64, node: NodeProto, inputs: &[Tensor]) -> Tensor {
    answer(opset, node, inputs).unwrap().remove(0)
}

#[track_caller]
fn whole(opset: i64, node: NodeProto, inputs: &[Tensor]) -> Tensor {
    answer_as(opset, node, inputs, data_type::INT64).unwrap().remove(0)
}

#[track_caller]
fn truth(opset: i64, node: NodeProto, inputs: &[Tensor]) -> Tensor {
    answer_as(opset, node, inputs, data_type::BOOL).unwrap().remove(0)
}

fn two(operator: &str) -> NodeProto {
    node(operator, &["a", "b"], &["y"])
}

fn of(operator: &str) -> NodeProto {
    node(operator, &["a"], &["y"])
}

#[test]
fn arithmetic_repeats_axes_of_one() {
    let (a, b) = (tensor(&[2, 2], [1.0, 2.0, 3.0, 4.0]), tensor(&[2], [10.0, 20.0]));
    assert_eq!(one(7, two("Add"), &[a.clone(), b.clone()]), tensor(&[2, 2], [11.0, 22.0, 13.0, 24.0]));
    assert_eq!(one(14, two("Sub"), &[b.clone(), a.clone()]), tensor(&[2, 2], [9.0, 18.0, 7.0, 16.0]));
    assert_eq!(one(13, two("Mul"), &[a.clone(), tensor(&[2, 1], [1.0, -1.0])]), tensor(&[2, 2], [1.0, 2.0, -3.0, -4.0]));
    assert_eq!(one(13, two("Div"), &[a.clone(), tensor(&[], [2.0])]), tensor(&[2, 2], [0.5, 1.0, 1.5, 2.0]));
    let wholes = [tensor(&[3], [7_i64, -7, 9]), tensor(&[3], [2_i64, 2, -1])];
    assert_eq!(whole(13, two("Div"), &wholes), tensor(&[3], [3_i64, -3, -9]));
    assert_eq!(whole(13, two("Mul"), &wholes), tensor(&[3], [14_i64, -14, -9]));
    assert_eq!(
        one(13, node("Max", &["a", "b", "c"], &["y"]), &[a.clone(), b.clone(), tensor(&[], [15.0])]),
        tensor(&[2, 2], [15.0, 20.0, 15.0, 20.0])
    );
    assert_eq!(one(8, of("Min"), from_ref(&b)), b);
    assert_eq!(one(15, two("Pow"), &[a.clone(), tensor(&[], [2_i64])]), tensor(&[2, 2], [1.0, 4.0, 9.0, 16.0]));
    assert_eq!(one(13, two("Pow"), &[a, tensor(&[2], [2.0, 0.5])]), tensor(&[2, 2], [1.0, 2.0_f32.sqrt(), 9.0, 2.0]));
}

#[test]
fn comparisons_and_choices() {
    let (a, b) = (tensor(&[3], [1.0, 2.0, 3.0]), tensor(&[1], [2.0]));
    for (operator, expected) in [
        ("Equal", [false, true, false]),
        ("Less", [true, false, false]),
        ("LessOrEqual", [true, true, false]),
        ("Greater", [false, false, true]),
        ("GreaterOrEqual", [false, true, true]),
    ] {
        assert_eq!(truth(16, two(operator), &[a.clone(), b.clone()]), tensor(&[3], expected), "{operator}");
    }
    let (p, q) = (tensor(&[2], [true, false]), tensor(&[1], [true]));
    assert_eq!(truth(7, two("And"), &[p.clone(), q.clone()]), tensor(&[2], [true, false]));
    assert_eq!(truth(7, two("Or"), &[p.clone(), q.clone()]), tensor(&[2], [true, true]));
    assert_eq!(truth(7, two("Xor"), &[p.clone(), q]), tensor(&[2], [false, true]));
    assert_eq!(truth(7, of("Not"), from_ref(&p)), tensor(&[2], [false, true]));
    let choice = node("Where", &["a", "b", "c"], &["y"]);
    let picked = one(16, choice, &[p, tensor(&[2, 1], [1.0, 2.0]), tensor(&[], [9.0])]);
    assert_eq!(picked, tensor(&[2, 2], [1.0, 9.0, 2.0, 9.0]));
    assert_eq!(one(7, of("Clip").with("min", -1.0).with("max", 1.0), &[tensor(&[3], [-5.0, 0.5, 5.0])]), tensor(&[3], [-1.0, 0.5, 1.0]));
    let clip = node("Clip", &["a", "", "b"], &["y"]);
    let graph = import_support::single(13, clip, &[tensor(&[2], [-5.0, 5.0])], &[], &[data_type::FLOAT]);
    let mut graph = graph;
    graph.graph.as_mut().unwrap().initializer.push(floats("b", &[], &[2.0]));
    assert_eq!(run(&graph, &[("a", &tensor(&[2], [-5.0, 5.0]))]).unwrap(), [tensor(&[2], [-5.0, 2.0])]);
}

#[test]
fn functions_of_a_number() {
    let x = [-2.0_f32, -0.5, 0.0, 0.5, 3.0];
    let check = |node: NodeProto, exact: fn(f64) -> f64| {
        let expected = x.map(|x| exact(f64::from(x)) as f32).to_vec();
        close(&one(13, node, &[tensor(&[5], x)]), &tensor(&[5], expected), 1e-6);
    };
    check(of("Abs"), f64::abs);
    check(of("Neg"), |x| -x);
    check(of("Exp"), f64::exp);
    check(of("Sigmoid"), |x| 1.0 / (1.0 + (-x).exp()));
    check(of("Tanh"), f64::tanh);
    check(of("Relu"), |x| x.max(0.0));
    check(of("LeakyRelu").with("alpha", 0.2), |x| if x < 0.0 { 0.2 * x } else { x });
    check(of("Elu"), |x| if x < 0.0 { x.exp_m1() } else { x });
    check(of("HardSigmoid").with("alpha", 0.25).with("beta", 0.4), |x| (0.25 * x + 0.4).clamp(0.0, 1.0));
    check(of("Softplus"), |x| x.exp().ln_1p());
    check(of("Floor"), f64::floor);
    check(of("Ceil"), f64::ceil);
    let positive = tensor(&[2], [0.25, 4.0]);
    close(&one(13, of("Sqrt"), from_ref(&positive)), &tensor(&[2], [0.5, 2.0]), 1e-7);
    close(&one(13, of("Log"), from_ref(&positive)), &tensor(&[2], [0.25_f32.ln(), 4.0_f32.ln()]), 1e-7);
    close(&one(13, of("Reciprocal"), &[positive]), &tensor(&[2], [4.0, 0.25]), 1e-7);
    close(&one(13, of("Erf"), &[tensor(&[2], [0.5, -1.0])]), &tensor(&[2], [0.520_499_9, -0.842_700_8]), 1e-6);
    assert_eq!(whole(14, of("Relu"), &[tensor(&[2], [-3_i64, 3])]), tensor(&[2], [0_i64, 3]));
}

#[test]
fn shapes_by_attributes_and_by_inputs() {
    let x = tensor(&[2, 3, 1], [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]);
    let six = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0];
    let reshape = |opset, shape: &[i64]| {
        let wanted = Tensor { shape: vec![shape.len()], data: Data::Int(shape.to_vec()) };
        answer(opset, two("Reshape"), &[x.clone(), wanted])
    };
    assert_eq!(reshape(7, &[0, -1]).unwrap()[0], tensor(&[2, 3], six));
    assert_eq!(reshape(14, &[3, 2, 1]).unwrap()[0], tensor(&[3, 2, 1], six));
    assert_eq!(reshape(21, &[-1]).unwrap()[0], tensor(&[6], six));
    for wrong in [&[5, 1][..], &[-1, -1], &[-1, 4], &[-2, 3], &[0, 0, 0, 0], &[i64::MAX, i64::MAX], &[0, 3, i64::MAX]] {
        assert!(reshape(13, wrong).is_err(), "{wrong:?}");
    }
    let empty = answer(14, two("Reshape").with("allowzero", 1), &[tensor(&[0, 3], [0.0; 0]), tensor(&[2], [3_i64, 0])]);
    assert_eq!(empty.unwrap()[0].shape, [3, 0]);

    assert_eq!(one(7, of("Squeeze").with("axes", vec![-1]), from_ref(&x)), tensor(&[2, 3], six));
    assert_eq!(one(13, two("Squeeze"), &[x.clone(), tensor(&[1], [2_i64])]), tensor(&[2, 3], six));
    assert_eq!(one(13, of("Squeeze"), from_ref(&x)), tensor(&[2, 3], six));
    assert!(answer(11, of("Squeeze").with("axes", vec![0]), from_ref(&x)).is_err());
    assert_eq!(one(11, of("Unsqueeze").with("axes", vec![0, -1]), from_ref(&x)), tensor(&[1, 2, 3, 1, 1], six));
    assert_eq!(one(13, two("Unsqueeze"), &[x.clone(), tensor(&[2], [4_i64, 0])]), tensor(&[1, 2, 3, 1, 1], six));
    assert!(answer(13, two("Unsqueeze"), &[x.clone(), tensor(&[2], [0_i64, 0])]).is_err());
    assert_eq!(one(9, of("Flatten"), from_ref(&x)), tensor(&[2, 3], six));
    assert_eq!(one(13, of("Flatten").with("axis", -1), from_ref(&x)), tensor(&[6, 1], six));
    assert_eq!(one(13, of("Flatten").with("axis", 3), from_ref(&x)), tensor(&[6, 1], six));
    assert_eq!(one(13, of("Identity"), from_ref(&x)), x);
    assert_eq!(whole(13, of("Shape"), from_ref(&x)), tensor(&[3], [2_i64, 3, 1]));
    assert_eq!(whole(15, of("Shape").with("start", 1).with("end", -1), from_ref(&x)), tensor(&[1], [3_i64]));
    assert_eq!(one(7, of("Dropout").with("ratio", 0.5), from_ref(&x)), x);
    assert_eq!(one(13, node("Dropout", &["a"], &["y"]), from_ref(&x)), x);
}

#[test]
fn elements_in_another_order() {
    let x = tensor(&[2, 3], [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]);
    assert_eq!(one(7, of("Transpose"), from_ref(&x)), tensor(&[3, 2], [0.0, 3.0, 1.0, 4.0, 2.0, 5.0]));
    let cube = tensor(&[2, 2, 2], [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]);
    let turned = one(13, of("Transpose").with("perm", vec![1, 0, 2]), &[cube]);
    assert_eq!(turned, tensor(&[2, 2, 2], [0.0, 1.0, 4.0, 5.0, 2.0, 3.0, 6.0, 7.0]));
    for wrong in [vec![0], vec![0, 0], vec![0, 2], vec![0, 1, 2]] {
        assert!(answer(13, of("Transpose").with("perm", wrong), from_ref(&x)).is_err());
    }

    assert_eq!(one(11, two("Gather").with("axis", 1), &[x.clone(), tensor(&[2], [-1_i64, 0])]), tensor(&[2, 2], [2.0, 0.0, 5.0, 3.0]));
    assert_eq!(one(7, two("Gather"), &[x.clone(), tensor(&[], [1_i64])]), tensor(&[3], [3.0, 4.0, 5.0]));
    for wrong in [2, -3, i64::MIN, i64::MAX] {
        assert!(answer(13, two("Gather"), &[x.clone(), tensor(&[1], [wrong])]).is_err());
    }

    let old = of("Slice").with("starts", vec![0, 1]).with("ends", vec![1, i64::MAX]);
    assert_eq!(one(9, old.clone(), from_ref(&x)), tensor(&[1, 2], [1.0, 2.0]));
    assert_eq!(one(9, old.with("axes", vec![0, 1]), from_ref(&x)), tensor(&[1, 2], [1.0, 2.0]));
    let slice = node("Slice", &["a", "b", "c", "d", "e"], &["y"]);
    let backwards = [x.clone(), tensor(&[1], [-1_i64]), tensor(&[1], [i64::MIN]), tensor(&[1], [1_i64]), tensor(&[1], [-2_i64])];
    assert_eq!(one(13, slice, &backwards), tensor(&[2, 2], [2.0, 0.0, 5.0, 3.0]));

    assert_eq!(one(7, two("Concat").with("axis", 0), &[x.clone(), x.clone()]).shape, [4, 3]);
    assert_eq!(
        one(13, two("Concat").with("axis", -1), &[x.clone(), tensor(&[2, 1], [8.0, 9.0])]),
        tensor(&[2, 4], [0.0, 1.0, 2.0, 8.0, 3.0, 4.0, 5.0, 9.0])
    );
    assert!(answer(13, two("Concat").with("axis", 0), &[x.clone(), tensor(&[1], [1.0])]).is_err());

    let (head, tail) = (tensor(&[2, 1], [0.0, 3.0]), tensor(&[2, 2], [1.0, 2.0, 4.0, 5.0]));
    let cut = node("Split", &["a"], &["y", "z"]);
    assert_eq!(answer(11, cut.clone().with("axis", 1).with("split", vec![1, 2]), from_ref(&x)).unwrap(), [head.clone(), tail.clone()]);
    let lengths = node("Split", &["a", "b"], &["y", "z"]).with("axis", -1);
    assert_eq!(answer(13, lengths.clone(), &[x.clone(), tensor(&[2], [1_i64, 2])]).unwrap(), [head, tail]);
    assert!(answer(13, lengths, &[x.clone(), tensor(&[2], [1_i64, 1])]).is_err());
    let even = answer(18, cut.with("axis", 1).with("num_outputs", 2), from_ref(&x)).unwrap();
    assert_eq!((&even[0].shape[..], &even[1]), (&[2, 2][..], &tensor(&[2, 1], [2.0, 5.0])));

    let wide = tensor(&[3], [2_i64, 1, 3]);
    assert_eq!(one(8, two("Expand"), &[x.clone(), wide]).shape, [2, 2, 3]);
    assert_eq!(one(13, two("Expand"), &[tensor(&[2, 1], [1.0, 2.0]), tensor(&[2], [1_i64, 2])]), tensor(&[2, 2], [1.0, 1.0, 2.0, 2.0]));
}

#[test]
fn values_from_nothing() {
    let filled = of("ConstantOfShape").with("value", floats("", &[1], &[0.5]));
    assert_eq!(one(9, filled, &[tensor(&[2], [2_i64, 1])]), tensor(&[2, 1], [0.5, 0.5]));
    assert_eq!(one(20, of("ConstantOfShape"), &[tensor(&[0], [0_i64; 0])]), tensor(&[], [0.0]));
    let range = node("Range", &["a", "b", "c"], &["y"]);
    let bounds = |start: i64, limit: i64, step: i64| [tensor(&[], [start]), tensor(&[], [limit]), tensor(&[], [step])];
    assert_eq!(whole(11, range.clone(), &bounds(1, 6, 2)), tensor(&[3], [1_i64, 3, 5]));
    assert_eq!(whole(11, range.clone(), &bounds(3, -3, -4)), tensor(&[2], [3_i64, -1]));
    assert_eq!(whole(11, range.clone(), &bounds(3, -3, 4)).shape, [0]);
    assert_eq!(whole(11, range.clone(), &bounds(i64::MIN, i64::MAX, 1 << 62)).shape, [4]);
    assert!(answer_as(11, range, &bounds(0, 1, 0), data_type::INT64).is_err());
    for (attribute, expected) in [
        (node("Constant", &[], &["y"]).with("value_float", 2.5), tensor(&[], [2.5])),
        (node("Constant", &[], &["y"]).with("value_floats", vec![1.0, 2.0]), tensor(&[2], [1.0, 2.0])),
        (node("Constant", &[], &["y"]).with("value", floats("", &[1, 2], &[3.0, 4.0])), tensor(&[1, 2], [3.0, 4.0])),
    ] {
        assert_eq!(one(13, attribute, &[]), expected);
    }
    assert_eq!(whole(13, node("Constant", &[], &["y"]).with("value_int", 7), &[]), tensor(&[], [7_i64]));
    assert_eq!(whole(13, node("Constant", &[], &["y"]).with("value_ints", vec![7, 8]), &[]), tensor(&[2], [7_i64, 8]));
}

#[test]
fn types_as_others() {
    let cast = |to: i32| of("Cast").with("to", i64::from(to));
    let x = tensor(&[3], [1.9, -1.9, 0.0]);
    assert_eq!(whole(9, cast(data_type::INT64), from_ref(&x)), tensor(&[3], [1_i64, -1, 0]));
    assert_eq!(truth(13, cast(data_type::BOOL), &[x]), tensor(&[3], [true, true, false]));
    assert_eq!(one(13, cast(data_type::FLOAT), &[tensor(&[2], [true, false])]), tensor(&[2], [1.0, 0.0]));
    assert_eq!(one(13, cast(data_type::FLOAT16), &[tensor(&[1], [3_i64])]), tensor(&[1], [3.0]));
    assert_eq!(whole(13, cast(data_type::INT32), &[tensor(&[1], [(1_i64 << 32) + 5])]), tensor(&[1], [5_i64]));
    assert!(answer(13, cast(data_type::STRING), &[tensor(&[1], [1.0])]).is_err());
}

#[test]
fn products_of_matrices() {
    let (a, b) = (tensor(&[2, 3], wave(6, 0.0)), tensor(&[3, 4], wave(12, 1.0)));
    let exact = |a: &[f32], b: &[f32], m: usize, k: usize, n: usize| -> Vec<f32> {
        (0..m * n).map(|at| (0..k).map(|l| a[at / n * k + l] * b[l * n + at % n]).sum()).collect()
    };
    let expected = exact(&wave(6, 0.0), &wave(12, 1.0), 2, 3, 4);
    close(&one(9, two("MatMul"), &[a.clone(), b.clone()]), &tensor(&[2, 4], expected.clone()), 1e-6);
    let packed = single(13, two("MatMul"), &[a.clone(), b.clone()], &[1], &[data_type::FLOAT]);
    close(&run(&packed, &[("a", &a)]).unwrap()[0], &tensor(&[2, 4], expected.clone()), 1e-6);
    // Vectors, and batches of matrices that repeat.
    let row = tensor(&[3], wave(3, 0.0));
    close(&run(&packed, &[("a", &row)]).unwrap()[0], &tensor(&[4], expected[..4].to_vec()), 1e-6);
    close(&one(13, two("MatMul"), &[row.clone(), row.clone()]), &tensor(&[], [wave(3, 0.0).iter().map(|x| x * x).sum::<f32>()]), 1e-6);
    let batch = one(13, two("MatMul"), &[tensor(&[2, 1, 2, 3], wave(12, 0.0)), tensor(&[5, 3, 1], wave(15, 2.0))]);
    let place = |i: usize, j: usize| exact(&wave(12, 0.0)[i * 6..][..6], &wave(15, 2.0)[j * 3..][..3], 2, 3, 1);
    let expected: Vec<f32> = (0..10).flat_map(|at| place(at / 5, at % 5)).collect();
    close(&batch, &tensor(&[2, 5, 2, 1], expected), 1e-6);
    assert!(answer(13, two("MatMul"), &[a.clone(), a.clone()]).is_err());
    assert!(answer(13, two("MatMul"), &[tensor(&[], [1.0]), a]).is_err());
}

#[test]
fn sums_of_products() {
    let (a, b, c) = (wave(6, 0.0), wave(12, 1.0), wave(4, 2.0));
    let entry = |at: usize| (0..3).map(|k| a[at / 4 * 3 + k] * b[k * 4 + at % 4]).sum::<f32>();
    let expected: Vec<f32> = (0..8).map(|at| 2.0 * entry(at) + 0.5 * c[at % 4]).collect();
    let turned = |values: &[f32], rows: usize| {
        let cols = values.len() / rows;
        tensor(&[cols, rows], (0..values.len()).map(|at| values[at % rows * cols + at / rows]).collect::<Vec<f32>>())
    };
    let gemm = node("Gemm", &["a", "b", "c"], &["y"]);
    for (left, right) in [(false, false), (true, false), (false, true), (true, true)] {
        let inputs = [
            if left { turned(&a, 2) } else { tensor(&[2, 3], a.clone()) },
            if right { turned(&b, 3) } else { tensor(&[3, 4], b.clone()) },
            tensor(&[4], c.clone()),
        ];
        let form = gemm.clone().with("transA", i64::from(left)).with("transB", i64::from(right));
        let scaled = form.clone().with("alpha", 2.0).with("beta", 0.5);
        close(&one(9, scaled, &inputs), &tensor(&[2, 4], expected.clone()), 1e-6);
        // As PyTorch writes a linear layer.
        let plain: Vec<f32> = (0..8).map(|at| entry(at) + c[at % 4]).collect();
        let linear = single(13, form, &inputs, &[1, 2], &[data_type::FLOAT]);
        close(&run(&linear, &[("a", &inputs[0])]).unwrap()[0], &tensor(&[2, 4], plain), 1e-6);
    }
    let without = one(11, two("Gemm"), &[tensor(&[2, 3], a.clone()), tensor(&[3, 4], b.clone())]);
    close(&without, &tensor(&[2, 4], (0..8).map(entry).collect::<Vec<f32>>()), 1e-6);
    for summand in [tensor(&[2, 1], [1.0, 2.0]), tensor(&[], [1.0]), tensor(&[1, 1], [1.0])] {
        assert!(answer(13, gemm.clone(), &[tensor(&[2, 3], a.clone()), tensor(&[3, 4], b.clone()), summand]).is_ok());
    }
    for summand in [tensor(&[3], [1.0, 2.0, 3.0]), tensor(&[1, 2, 4], c.repeat(2))] {
        assert!(answer(13, gemm.clone(), &[tensor(&[2, 3], a.clone()), tensor(&[3, 4], b.clone()), summand]).is_err());
    }
}

#[test]
fn measures_along_axes() {
    let x = tensor(&[2, 3, 2], (0..12).map(|k| k as f32).collect::<Vec<f32>>());
    assert_eq!(one(13, of("ReduceMean").with("axes", vec![1]).with("keepdims", 0), from_ref(&x)), tensor(&[2, 2], [2.0, 3.0, 8.0, 9.0]));
    assert_eq!(one(18, two("ReduceMean"), &[x.clone(), tensor(&[2], [-1_i64, 0])]), tensor(&[1, 3, 1], [3.5, 5.5, 7.5]));
    assert_eq!(one(11, of("ReduceMax").with("axes", vec![-1]), from_ref(&x)), tensor(&[2, 3, 1], [1.0, 3.0, 5.0, 7.0, 9.0, 11.0]));
    assert_eq!(one(13, of("ReduceSum").with("keepdims", 0), from_ref(&x)), tensor(&[], [66.0]));
    assert_eq!(one(13, two("ReduceSum"), &[x.clone(), tensor(&[1], [0_i64])]).shape, [1, 3, 2]);
    assert_eq!(one(18, of("ReduceMin").with("noop_with_empty_axes", 1), from_ref(&x)), x);
    assert_eq!(whole(20, of("ReduceMax").with("keepdims", 0), &[tensor(&[3], [4_i64, 9, -1])]), tensor(&[], [9_i64]));
    let long = tensor(&[1, 1000], wave(1000, 0.0));
    let mean = wave(1000, 0.0).iter().map(|&x| f64::from(x)).sum::<f64>() / 1000.0;
    close(&one(13, of("ReduceMean").with("axes", vec![1]), &[long]), &tensor(&[1, 1], [mean as f32]), 1e-6);
    assert_eq!(one(13, of("ReduceMax"), &[tensor(&[0], [0.0; 0])]), tensor(&[1], [f32::NEG_INFINITY]));
    assert_eq!(one(13, of("ReduceSum"), &[tensor(&[2, 0], [0.0; 0])]), tensor(&[1, 1], [0.0]));
    assert!(answer(13, of("ReduceMax").with("axes", vec![1, -2]), &[x]).is_err());
}

#[test]
fn shares_along_an_axis() {
    let x = tensor(&[2, 2, 2], [0.0, 1.0, 2.0, 3.0, -1.0, 1.0, 1.0, 0.0]);
    let shares = |values: &[f32]| {
        let sum: f32 = values.iter().map(|x| x.exp()).sum();
        values.iter().map(|x| x.exp() / sum).collect::<Vec<f32>>()
    };
    let Data::Float(values) = x.data.clone() else { unreachable!() };
    let last: Vec<f32> = values.chunks(2).flat_map(shares).collect();
    close(&one(13, of("Softmax"), from_ref(&x)), &tensor(&[2, 2, 2], last), 1e-6);
    // All axes from the first on were one.
    let old: Vec<f32> = values.chunks(4).flat_map(shares).collect();
    close(&one(11, of("Softmax"), from_ref(&x)), &tensor(&[2, 2, 2], old), 1e-6);
    let middle = one(13, of("Softmax").with("axis", 1), from_ref(&x));
    let pair = shares(&[0.0, 2.0]);
    let Data::Float(found) = &middle.data else { unreachable!() };
    assert!((found[0] - pair[0]).abs() < 1e-6 && (found[2] - pair[1]).abs() < 1e-6);
    let logs = one(13, of("LogSoftmax"), &[tensor(&[1, 2], [1000.0, 0.0])]);
    close(&logs, &tensor(&[1, 2], [0.0, -1000.0]), 1e-6);
}

#[test]
fn rows_normalised() {
    let x = tensor(&[2, 4], [1.0, 2.0, 3.0, 4.0, -1.0, 1.0, -1.0, 1.0]);
    let (scale, bias) = (tensor(&[4], [1.0, 1.0, 2.0, 2.0]), tensor(&[4], [0.0, 1.0, 0.0, 1.0]));
    let norm = node("LayerNormalization", &["a", "b", "c"], &["y", "mean", "inverse"]).with("epsilon", 0.0).with("axis", -1);
    let found = answer(17, norm, &[x, scale, bias]).unwrap();
    let s = 1.25_f32.sqrt().recip();
    close(&found[0], &tensor(&[2, 4], [-1.5 * s, 1.0 - 0.5 * s, s, 1.0 + 3.0 * s, -1.0, 2.0, -2.0, 3.0]), 1e-6);
    close(&found[1], &tensor(&[2, 1], [2.5, 0.0]), 1e-6);
    close(&found[2], &tensor(&[2, 1], [s, 1.0]), 1e-6);
}

#[test]
fn elements_by_their_places() {
    let x = tensor(&[2, 3], [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]);
    let places = tensor(&[2, 2], [-1_i64, 0, 1, 1]);
    let beside = two("GatherElements").with("axis", 1);
    assert_eq!(one(11, beside.clone(), &[x.clone(), places.clone()]), tensor(&[2, 2], [2.0, 0.0, 4.0, 4.0]));
    assert!(answer(13, beside.clone(), &[x.clone(), tensor(&[2, 1], [3_i64, 0])]).is_err());
    assert!(answer(13, beside, &[x.clone(), tensor(&[3, 1], [0_i64, 0, 0])]).is_err());
    assert_eq!(one(12, two("GatherND"), &[x.clone(), places.clone()]).shape, [2]);
    assert_eq!(one(12, two("GatherND"), &[x.clone(), tensor(&[2, 2], [0_i64, 2, 1, -3])]), tensor(&[2], [2.0, 3.0]));
    assert_eq!(one(12, two("GatherND"), &[x.clone(), tensor(&[1, 1], [1_i64])]), tensor(&[1, 3], [3.0, 4.0, 5.0]));
    let batched = two("GatherND").with("batch_dims", 1);
    assert_eq!(one(13, batched.clone(), &[x.clone(), tensor(&[2, 1], [2_i64, 0])]), tensor(&[2], [2.0, 3.0]));
    for wrong in [tensor(&[2, 1], [3_i64, 0]), tensor(&[2, 2], [0_i64; 4]), tensor(&[3, 1], [0_i64; 3]), tensor(&[], [0_i64])] {
        assert!(answer(13, batched.clone(), &[x.clone(), wrong]).is_err());
    }
}

#[test]
fn elements_put_to_their_places() {
    let x = tensor(&[2, 3], [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]);
    let put = node("ScatterElements", &["a", "b", "c"], &["y"]).with("axis", 1);
    let (places, updates) = (tensor(&[2, 1], [-1_i64, 0]), tensor(&[2, 1], [8.0, 9.0]));
    assert_eq!(one(11, put.clone(), &[x.clone(), places.clone(), updates.clone()]), tensor(&[2, 3], [0.0, 1.0, 8.0, 9.0, 4.0, 5.0]));
    let old = node("Scatter", &["a", "b", "c"], &["y"]);
    assert_eq!(
        one(9, old, &[x.clone(), tensor(&[1, 1], [1_i64]), tensor(&[1, 1], [7.0])]),
        tensor(&[2, 3], [0.0, 1.0, 2.0, 7.0, 4.0, 5.0])
    );
    assert!(answer(13, put.clone(), &[x.clone(), tensor(&[2, 1], [3_i64, 0]), updates.clone()]).is_err());
    assert!(answer(13, put.clone(), &[x.clone(), places.clone(), tensor(&[2], [8.0, 9.0])]).is_err());
    assert!(answer(16, put.with("reduction", "add"), &[x.clone(), places, updates]).is_err());
    assert_eq!(whole(9, of("NonZero"), &[x]), tensor(&[2, 5], [0_i64, 0, 1, 1, 1, 1, 2, 0, 1, 2]));
    assert_eq!(whole(13, of("NonZero"), &[tensor(&[3], [false, true, false])]), tensor(&[1, 1], [1_i64]));
    // How many there are is settled by the numbers: buffers of a call do not stay as they were.
    let graph = single(13, of("NonZero"), &[tensor(&[3], [0_i64; 3])], &[], &[data_type::INT64]);
    let cpu = cpu();
    let session = gatewise_onnx::import::Session::of(&cpu, graph).unwrap();
    for values in [[1_i64, 0, 1], [0, 0, 1], [1, 1, 1]] {
        let given = tensor(&[3], values);
        let found = session.run(&cpu, &[("a", given.view())]).unwrap();
        assert_eq!(found[0].shape, [1, values.iter().sum::<i64>() as usize]);
    }
}

#[test]
fn elements_by_their_size() {
    let x = tensor(&[2, 3], [4.0, 9.0, 9.0, 1.0, -1.0, 0.0]);
    assert_eq!(whole(11, of("ArgMax").with("axis", 1), from_ref(&x)), tensor(&[2, 1], [1_i64, 0]));
    let last = of("ArgMax").with("axis", -1).with("keepdims", 0).with("select_last_index", 1);
    assert_eq!(whole(13, last, from_ref(&x)), tensor(&[2], [2_i64, 0]));
    assert_eq!(whole(13, of("ArgMin"), from_ref(&x)), tensor(&[1, 3], [1_i64, 1, 1]));
    let top = node("TopK", &["a", "b"], &["y", "at"]);
    let both = |node: NodeProto, k: i64| {
        let outputs = [data_type::FLOAT, data_type::INT64];
        let inputs = [x.clone(), tensor(&[1], [k])];
        run(&single(11, node, &inputs, &[], &outputs), &[("a", &inputs[0]), ("b", &inputs[1])])
    };
    assert_eq!(both(top.clone(), 2).unwrap(), [tensor(&[2, 2], [9.0, 9.0, 1.0, 0.0]), tensor(&[2, 2], [1_i64, 2, 0, 2])]);
    let least = both(top.clone().with("largest", 0).with("axis", 0), 1).unwrap();
    assert_eq!(least, [tensor(&[1, 3], [1.0, -1.0, 0.0]), tensor(&[1, 3], [1_i64, 1, 1])]);
    assert!(both(top.clone(), 4).is_err() && both(top, -1).is_err());
    assert_eq!(one(9, node("TopK", &["a"], &["y"]).with("k", 1), &[x]), tensor(&[2, 1], [9.0, 1.0]));
}

#[test]
fn values_around() {
    let x = tensor(&[2, 1], [1.0, 2.0]);
    let old = of("Pad").with("pads", vec![0, 1, 1, 0]).with("value", 9.0);
    assert_eq!(one(7, old, from_ref(&x)), tensor(&[3, 2], [9.0, 1.0, 9.0, 2.0, 9.0, 9.0]));
    let pads = tensor(&[4], [1_i64, 0, 0, 1]);
    assert_eq!(one(13, two("Pad"), &[x.clone(), pads.clone()]), tensor(&[3, 2], [0.0, 0.0, 1.0, 0.0, 2.0, 0.0]));
    let new = node("Pad", &["a", "b", "c", "d"], &["y"]);
    let along = [x.clone(), tensor(&[2], [0_i64, 1]), tensor(&[], [7.0]), tensor(&[1], [-1_i64])];
    assert_eq!(one(18, new, &along), tensor(&[2, 2], [1.0, 7.0, 2.0, 7.0]));
    assert!(answer(13, two("Pad"), &[x.clone(), tensor(&[4], [-1_i64, 0, 0, 0])]).is_err());
    assert!(answer(13, two("Pad").with("mode", "reflect"), &[x, pads]).is_err());
}

#[test]
fn what_a_division_leaves() {
    let (a, b) = (tensor(&[4], [7_i64, -7, 7, -7]), tensor(&[4], [3_i64, 3, -3, -3]));
    assert_eq!(whole(13, two("Mod"), &[a.clone(), b.clone()]), tensor(&[4], [1_i64, 2, -2, -1]));
    assert_eq!(whole(13, two("Mod").with("fmod", 1), &[a, b]), tensor(&[4], [1_i64, -1, 1, -1]));
    assert_eq!(one(13, two("Mod").with("fmod", 1), &[tensor(&[2], [-7.5, 7.5]), tensor(&[], [2.0])]), tensor(&[2], [-1.5, 1.5]));
}

#[test]
fn convolutions_over_one_axis_and_two() {
    let (x, w, b) = (wave(2 * 4 * 9, 0.0), wave(6 * 2 * 3, 1.0), wave(6, 2.0));
    let inputs = [tensor(&[2, 4, 9], x.clone()), tensor(&[6, 2, 3], w.clone()), tensor(&[6], b.clone())];
    let conv = node("Conv", &["a", "b", "c"], &["y"]).with("group", 2).with("kernel_shape", vec![3]);
    let exact = |stride: usize, dilation: usize, before: usize, length: usize| -> Vec<f32> {
        let at = |n: usize, m: usize, t: usize| {
            let mut sum = b[m];
            for c in 0..2 {
                for k in 0..3 {
                    let place = (t * stride + k * dilation).wrapping_sub(before);
                    if place < 9 {
                        sum += w[(m * 2 + c) * 3 + k] * x[(n * 4 + m / 3 * 2 + c) * 9 + place];
                    }
                }
            }
            sum
        };
        (0..2 * 6 * length).map(|k| at(k / length / 6, k / length % 6, k % length)).collect()
    };
    let check = |node: NodeProto, expected: Vec<f32>| {
        let length = expected.len() / 12;
        close(&one(11, node, &inputs), &tensor(&[2, 6, length], expected), 1e-5);
    };
    check(conv.clone(), exact(1, 1, 0, 7));
    check(conv.clone().with("pads", vec![2, 1]).with("strides", vec![2]), exact(2, 1, 2, 5));
    check(conv.clone().with("dilations", vec![3]).with("pads", vec![0, 4]), exact(1, 3, 0, 7));
    check(conv.clone().with("auto_pad", "SAME_UPPER").with("strides", vec![2]), exact(2, 1, 1, 5));
    check(conv.clone().with("auto_pad", "SAME_LOWER").with("dilations", vec![2]), exact(1, 2, 2, 9));
    check(conv.clone().with("auto_pad", "VALID"), exact(1, 1, 0, 7));
    // A kernel of one row over two axes is one over a single axis.
    let flat = node("Conv", &["a", "b", "c"], &["y"]).with("group", 2).with("pads", vec![0, 2, 0, 1]).with("strides", vec![1, 2]);
    let wide = [tensor(&[2, 4, 1, 9], x.clone()), tensor(&[6, 2, 1, 3], w.clone()), inputs[2].clone()];
    close(&one(11, flat, &wide), &tensor(&[2, 6, 1, 5], exact(2, 1, 2, 5)), 1e-5);
    let square = one(11, two("Conv"), &[tensor(&[1, 1, 3, 3], wave(9, 0.0)), tensor(&[1, 1, 2, 2], [1.0, 0.0, 0.0, -1.0])]);
    let z = wave(9, 0.0);
    close(&square, &tensor(&[1, 1, 2, 2], [z[0] - z[4], z[1] - z[5], z[3] - z[7], z[4] - z[8]]), 1e-6);
    for wrong in [
        conv.clone().with("strides", vec![0]),
        conv.clone().with("strides", vec![1, 1]),
        conv.clone().with("pads", vec![-1, 0]),
        conv.clone().with("auto_pad", "SOME"),
        node("Conv", &["a", "b", "c"], &["y"]),
        node("Conv", &["a", "b", "c"], &["y"]).with("group", 0),
        node("Conv", &["a", "b", "c"], &["y"]).with("group", 2).with("kernel_shape", vec![2]),
    ] {
        assert!(answer(11, wrong, &inputs).is_err());
    }
}
