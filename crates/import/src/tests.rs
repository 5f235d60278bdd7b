//! Small models, built node by node, through the whole import.

mod models;

use super::*;
use candor_core::classify::naive::naive_trace;
use candor_core::item::CanonicalVector;
use candor_core::progress::Silent;
use models::{Model, cnn};

const FORM: Form = Form::ImageRgb32V1;

fn options(rule: &str, positive: &[&str]) -> ImportOptions {
    ImportOptions {
        form: FORM,
        normalisation: Normalisation::preset("imagenet").unwrap(),
        rule: rule.parse().unwrap(),
        labels: Vec::new(),
        positive: positive.iter().map(|s| s.to_string()).collect(),
        shift: None,
        scores: None,
        least_agreement: 0.0,
        name: "test".into(),
        description: String::new(),
        author: String::new(),
    }
}

/// Pictures with structure at several scales.
fn samples(count: usize, seed: u32) -> Vec<Sample> {
    (0..count as u32)
        .map(|n| {
            let (a, b, c) = (n * 7 + seed + 3, n * 13 + 5, n * 29 + seed * 3 + 11);
            let bytes = (0..3 * 1024u32)
                .map(|i| {
                    let (channel, y, x) = (i / 1024, i / 32 % 32, i % 32);
                    let wave = (x * a / 3 + y * b / 4 + channel * c) % 256;
                    let block = (x / 8 * 61 + y / 8 * 97 + n * 31) % 256;
                    ((wave + 2 * block) / 3) as u8
                })
                .collect();
            Sample {
                name: format!("{n}"),
                vector: CanonicalVector::new(FORM, bytes).unwrap(),
                label: None,
            }
        })
        .collect()
}

fn run(model: &Model, options: &ImportOptions) -> Result<Imported, ImportError> {
    import(
        &model.bytes(),
        options,
        &samples(24, 1),
        &samples(20, 900),
        &Silent,
    )
}

/// Imports; checks our lowering against tract, the integers against floats, and the evaluator against the
/// definition.
fn check(model: &Model, options: &ImportOptions, tolerance: f64) -> Imported {
    let imported = run(model, options).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(imported.reference_problem, None);
    let fidelity = &imported.fidelity;
    assert!(
        fidelity.worst_difference <= tolerance * fidelity.spread,
        "integers differ from floats:\n{fidelity}"
    );
    let net = imported.classifier.network();
    let x = samples(1, 77)[0].vector.clone();
    assert_eq!(trace(net, x.bytes()), naive_trace(net, x.bytes()));
    // Our float network is tract's model.
    let proto = onnx::decode(&model.bytes()).unwrap();
    let graph = onnx::parse(&proto, None).unwrap();
    let lowered = lower::lower(&graph, FORM, &options.normalisation).unwrap();
    let plain = lowered.net.clone();
    let folded = fold::simplify(lowered.net);
    let reference = Reference::new(
        &proto,
        &graph.output,
        &lowered.layout,
        &options.normalisation,
    )
    .unwrap();
    let picture: Vec<f32> = x.bytes().iter().map(|&b| f32::from(b)).collect();
    let expected = reference.run(x.bytes()).unwrap();
    for net in [&plain, &folded] {
        let found = float::run(net, &picture).pop().unwrap();
        for (a, b) in found.iter().zip(&expected) {
            assert!(
                (a - b).abs() <= 2e-3 * (1.0 + b.abs()),
                "{found:?} {expected:?}"
            );
        }
    }
    let again = Classifier::from_bytes(&imported.classifier.to_bytes()).unwrap();
    assert_eq!(again.hash(), imported.classifier.hash());
    imported
}

#[test]
fn a_residual_network_with_batch_norm() {
    let model = cnn();
    let imported = check(&model, &options("argmax", &["2"]), 0.1);
    let fidelity = imported.fidelity;
    assert!(fidelity.same_class.unwrap() >= 19, "{fidelity}");
    // Batch norm, addition and activations are gone: conv, conv + skip, pool; decision of three.
    assert_eq!(imported.classifier.network().layers().len(), 6);
}

#[test]
fn a_threshold_on_one_score() {
    let mut opts = options("score>=0.1", &["1"]);
    let imported = check(&cnn(), &opts, 0.1);
    assert!(imported.classifier.card().decision.score_unit.unwrap() > 1000);
    opts.rule = "score <= 0.1".parse().unwrap();
    check(&cnn(), &opts, 0.1);
}

#[test]
fn several_positive_classes_in_pairs_and_by_maximum() {
    let mut model = cnn();
    let in_pairs = check(&model, &options("argmax", &["0", "3"]), 0.1);
    let fact = &in_pairs.classifier.card().facts["comparison"];
    assert!(fact.contains("pairs"), "{fact}");
    // So many classes that pairs would take too many weights.
    model.classes(1200);
    let positive: Vec<String> = (0..600).map(|i| i.to_string()).collect();
    let mut opts = options("argmax", &[]);
    opts.positive = positive;
    let imported = run(&model, &opts).unwrap();
    let fact = &imported.classifier.card().facts["comparison"];
    assert!(fact.contains("bytes"), "{fact}");
    let fidelity = imported.fidelity;
    assert!(fidelity.same_verdict >= 18, "{fidelity}");
}

#[test]
fn depthwise_groups_strides_dilation_and_relu6() {
    let mut m = Model::new();
    let x = m.conv("x", 8, 3, [3, 3], "strides=2,2 pads=0,1,1,0");
    let x = m.clip(&x, 0.0, 6.0);
    let x = m.conv(&x, 8, 1, [3, 3], "group=8 pads=1,1,1,1");
    let x = m.clip(&x, 0.0, 6.0);
    let x = m.conv(
        &x,
        12,
        4,
        [3, 3],
        "group=2 dilations=2,2 auto_pad=SAME_UPPER",
    );
    let x = m.relu(&x);
    let x = m.global_average(&x);
    let x = m.flatten(&x);
    m.gemm(&x, 12, 4);
    check(&m, &options("argmax", &["1"]), 0.1);
}

#[test]
fn max_pools_average_pools_and_concatenation() {
    let mut m = Model::new();
    let x = m.conv("x", 6, 3, [3, 3], "pads=1,1,1,1");
    let a = m.relu(&x);
    let p = m.op(
        "MaxPool",
        &[&a],
        "kernel_shape=3,3 strides=2,2 pads=1,1,1,1",
    );
    // A pool of signed values.
    let q = m.op("MaxPool", &[&x], "kernel_shape=2,2 strides=2,2");
    let r = m.op("AveragePool", &[&a], "kernel_shape=2,2 strides=2,2");
    let x = m.op("Concat", &[&p, &q, &r], "axis=1");
    let x = m.conv(&x, 10, 18, [3, 3], "strides=2,2");
    let x = m.relu(&x);
    let x = m.op("MaxPool", &[&x], "kernel_shape=2,2 strides=2,2 ceil_mode=1");
    let x = m.global_average(&x);
    let x = m.op("Reshape", &[&x, "shape"], "");
    m.ints("shape", &[2], &[1, -1]);
    m.gemm(&x, 10, 3);
    check(&m, &options("argmax", &["0"]), 0.1);
}

/// Windows over the border count less where padding does not count, and where rounding up goes beyond it. A layer that
/// sees all places makes up for it.
#[test]
fn averages_over_windows_of_different_sizes() {
    for attributes in [
        "kernel_shape=3,3 strides=2,2 pads=1,1,1,1",
        "kernel_shape=3,3 strides=2,2 pads=1,1,1,1 count_include_pad=1 ceil_mode=1",
        "kernel_shape=3,2 strides=3,2 pads=1,0,0,1 ceil_mode=1",
    ] {
        let model = |middle: &dyn Fn(&mut Model, &str) -> String| {
            let mut m = Model::new();
            let x = m.conv("x", 4, 3, [3, 3], "strides=2,2 pads=1,1,1,1");
            let x = m.relu(&x);
            let x = m.op("AveragePool", &[&x], attributes);
            let x = middle(&mut m, &x);
            let x = m.flatten(&x);
            m.gemm(&x, 4, 3);
            m
        };
        let mean = model(&|m, x| {
            let x = m.relu(x);
            m.global_average(&x)
        });
        check(&mean, &options("argmax", &["0"]), 0.1);
        // Between places that are compared, no factor helps.
        let said = refused(&model(&|m, x| {
            let x = m.conv(x, 4, 4, [3, 3], "");
            m.global_average(&x)
        }));
        assert!(said.contains("count_include_pad=True"), "{said}");
        assert!(said.contains("Conv"), "{said}");
    }
    let mut m = Model::new();
    let x = m.conv("x", 4, 3, [3, 3], "strides=4,4 pads=1,1,1,1");
    let x = m.op("AveragePool", &[&x], "kernel_shape=3,3 pads=1,1,1,1");
    let x = m.op("Transpose", &[&x], "perm=0,2,3,1");
    let x = m.flatten(&x);
    m.gemm(&x, 4 * 64, 3);
    check(&m, &options("argmax", &["1"]), 0.1);
}

/// A picture of constants: what is subtracted from every input, what is learnt for every place.
#[test]
fn constants_that_differ_from_place_to_place() {
    let mut m = Model::new();
    let smooth: Vec<f32> = (0..3 * 1024)
        .map(|i| (i % 32) as f32 / 40.0 - (i / 32 % 32) as f32 / 50.0 + (i / 1024) as f32 / 4.0)
        .collect();
    m.floats("mean", &[1, 3, 32, 32], &smooth);
    let x = m.op("Sub", &["x", "mean"], "");
    let x = m.conv(&x, 6, 3, [3, 3], "strides=2,2 pads=1,1,1,1");
    m.random("places", &[6, 16, 16]);
    let x = m.op("Add", &["places", &x], "");
    let x = m.relu(&x);
    m.random("rows", &[1, 1, 16, 1]);
    let x = m.op("Mul", &[&x, "rows"], "");
    let x = m.global_average(&x);
    let x = m.flatten(&x);
    m.gemm(&x, 6, 3);
    check(&m, &options("argmax", &["0"]), 0.1);
    // A factor that differs, before layers that compare places.
    let mut m = Model::new();
    m.random("rows", &[1, 1, 32, 1]);
    let x = m.op("Mul", &["x", "rows"], "");
    let x = m.conv(&x, 4, 3, [3, 3], "");
    let x = m.global_average(&x);
    let x = m.flatten(&x);
    m.gemm(&x, 4, 3);
    assert!(refused(&m).contains("differently from place to place"));
}

#[test]
fn channels_last_with_transpositions() {
    let mut m = Model::new();
    m.input_dims(&[1, 32, 32, 3]);
    let x = m.op("Transpose", &["x"], "perm=0,3,1,2");
    let x = m.conv(&x, 6, 3, [3, 3], "strides=4,4");
    let x = m.relu(&x);
    let x = m.op("Transpose", &[&x], "perm=0,2,3,1");
    let x = m.flatten(&x);
    m.gemm(&x, 6 * 64, 3);
    check(&m, &options("argmax", &["0"]), 0.1);
}

#[test]
fn constants_beside_tensors_and_dynamic_flattening() {
    let mut m = Model::new();
    m.floats("scale", &[3, 1, 1], &[0.5, 2.0, 1.5]);
    m.floats("shift", &[1, 3, 1, 1], &[0.1, -0.2, 0.3]);
    let x = m.op("Mul", &["x", "scale"], "");
    let x = m.op("Sub", &[&x, "shift"], "");
    let x = m.conv(&x, 5, 3, [4, 4], "strides=4,4 pads=1,1,1,1");
    m.floats("zero", &[], &[0.0]);
    let x = m.op("Max", &[&x, "zero"], "");
    let shape = m.op("Shape", &[&x], "");
    m.ints("first", &[], &[0]);
    let n = m.op("Gather", &[&shape, "first"], "axis=0");
    m.ints("axes", &[1], &[0]);
    let n = m.op("Unsqueeze", &[&n, "axes"], "");
    m.ints("rest", &[1], &[-1]);
    let target = m.op("Concat", &[&n, "rest"], "axis=0");
    let x = m.op("Reshape", &[&x, &target], "");
    m.random("w", &[5 * 64, 3]);
    let x = m.op("MatMul", &[&x, "w"], "");
    m.floats("b", &[3], &[0.1, 0.2, -0.1]);
    let x = m.op("Add", &[&x, "b"], "");
    m.output(&x);
    check(&m, &options("argmax", &["2"]), 0.1);
}

#[test]
fn grey_models_and_dense_ones() {
    let mut m = Model::new();
    m.input_dims(&[1, 1, 32, 32]);
    let x = m.conv("x", 4, 1, [5, 5], "strides=2,2");
    let x = m.relu(&x);
    let x = m.flatten(&x);
    m.gemm(&x, 4 * 14 * 14, 2);
    check(&m, &options("argmax", &["0"]), 0.15);

    let mut m = Model::new();
    m.input_dims(&[1, 3072]);
    let x = m.gemm("x", 3072, 16);
    let x = m.relu(&x);
    m.gemm(&x, 16, 1);
    check(&m, &options("score>=0.2", &[]), 0.1);
}

#[test]
fn a_final_softmax_or_sigmoid_is_dropped() {
    let mut m = cnn();
    let x = m.op("Softmax", &[&m.last.clone()], "axis=1");
    m.output(&x);
    let imported = run(&m, &options("argmax", &["1"])).unwrap();
    // The reference runs the scores that go into it.
    assert_eq!(imported.reference_problem, None);
    assert!(matches!(
        run(&m, &options("score>=0.5", &["1"])),
        Err(ImportError::Decision(_))
    ));

    let mut m = cnn();
    m.classes(1);
    let x = m.op("Sigmoid", &[&m.last.clone()], "");
    m.output(&x);
    run(&m, &options("score>=0.7", &[])).unwrap();
    assert!(matches!(
        run(&m, &options("score>=1.5", &[])),
        Err(ImportError::Decision(_))
    ));
}

/// What static quantisation writes: Q and DQ around every tensor, weights as integers.
#[test]
fn quantised_models_keep_their_scales() {
    let mut m = Model::new();
    m.floats("s_in", &[], &[0.02]);
    m.bytes_of("z_in", &[], &[114]);
    let x = m.op("QuantizeLinear", &["x", "s_in", "z_in"], "");
    let x = m.op("DequantizeLinear", &[&x, "s_in", "z_in"], "");
    let codes: Vec<i8> = (0..8 * 27).map(|i| (i * 37 % 251 - 125) as i8).collect();
    m.signed_bytes("w1", &[8, 3, 3, 3], &codes);
    m.floats(
        "ws",
        &[8],
        &[0.002, 0.003, 0.004, 0.002, 0.003, 0.004, 0.001, 0.002],
    );
    m.signed_bytes("wz", &[8], &[0; 8]);
    let w = m.op("DequantizeLinear", &["w1", "ws", "wz"], "axis=0");
    let x = m.op(
        "Conv",
        &[&x, &w],
        "strides=2,2 pads=1,1,1,1 kernel_shape=3,3",
    );
    let x = m.relu(&x);
    m.floats("s1", &[], &[0.015]);
    m.signed_bytes("z1", &[], &[-128]);
    let x = m.op("QuantizeLinear", &[&x, "s1", "z1"], "");
    let x = m.op("DequantizeLinear", &[&x, "s1", "z1"], "");
    let x = m.global_average(&x);
    m.floats("s2", &[], &[0.01]);
    m.bytes_of("z2", &[], &[0]);
    let x = m.op("QuantizeLinear", &[&x, "s2", "z2"], "");
    let x = m.op("DequantizeLinear", &[&x, "s2", "z2"], "");
    let x = m.flatten(&x);
    m.gemm(&x, 8, 3);
    let opts = options("argmax", &["0"]);
    let imported = import(&m.bytes(), &opts, &[], &samples(20, 900), &Silent).unwrap();
    let fidelity = imported.fidelity;
    assert!(
        fidelity.worst_difference < 0.1 * fidelity.spread,
        "{fidelity}"
    );
    // The float model without scales needs pictures.
    let error = import(&cnn().bytes(), &opts, &[], &[], &Silent).unwrap_err();
    assert!(matches!(error, ImportError::Calibration(_)), "{error}");
}

#[test]
fn qlinear_operators_stand_for_floats() {
    let mut m = Model::new();
    m.floats("s0", &[], &[0.02]);
    m.bytes_of("z0", &[], &[114]);
    let x = m.op("QuantizeLinear", &["x", "s0", "z0"], "");
    let codes: Vec<i8> = (0..8 * 27).map(|i| (i * 91 % 251 - 125) as i8).collect();
    m.signed_bytes("w", &[8, 3, 3, 3], &codes);
    m.floats("ws", &[], &[0.003]);
    m.signed_bytes("wz", &[], &[0]);
    m.floats("s1", &[], &[0.03]);
    m.bytes_of("z1", &[], &[100]);
    m.ints32("b", &[8], &[100, -200, 300, 0, 50, 60, -70, 80]);
    let inputs = [&x[..], "s0", "z0", "w", "ws", "wz", "s1", "z1", "b"];
    let x = m.op("QLinearConv", &inputs, "strides=8,8 kernel_shape=3,3");
    let x = m.op("DequantizeLinear", &[&x, "s1", "z1"], "");
    let x = m.flatten(&x);
    m.gemm(&x, 128, 3);
    let opts = options("argmax", &["0"]);
    let imported = import(&m.bytes(), &opts, &[], &samples(20, 900), &Silent).unwrap();
    let fidelity = imported.fidelity;
    assert!(
        fidelity.worst_difference < 0.1 * fidelity.spread,
        "{fidelity}"
    );
}

/// Runs a model that must be refused, and returns the message.
fn refused(model: &Model) -> String {
    run(model, &options("argmax", &["0"]))
        .unwrap_err()
        .to_string()
}

#[test]
fn what_cannot_be_expressed_is_named() {
    let tail = |m: &mut Model, x: &str, channels: usize| {
        let x = m.global_average(x);
        let x = m.flatten(&x);
        m.gemm(&x, channels, 3);
    };
    for op in [
        "HardSwish",
        "Tanh",
        "LeakyRelu",
        "NonMaxSuppression",
        "Resize",
        "If",
    ] {
        let mut m = Model::new();
        let x = m.conv("x", 4, 3, [3, 3], "");
        let x = m.op(op, &[&x], "");
        tail(&mut m, &x, 4);
        let message = refused(&m);
        assert!(
            message.contains(op) && message.contains("node 'n1'"),
            "{message}"
        );
    }
    // x sigmoid(x)
    let mut m = Model::new();
    let x = m.conv("x", 4, 3, [3, 3], "");
    let s = m.op("Sigmoid", &[&x], "");
    let x = m.op("Mul", &[&x, &s], "");
    tail(&mut m, &x, 4);
    assert!(refused(&m).contains("Mul"));
    // Shapes that do not fit.
    let mut m = Model::new();
    m.conv("x", 4, 5, [3, 3], "");
    assert!(refused(&m).contains("do not fit 3 input channels"));
    let mut m = Model::new();
    m.conv("x", 4, 3, [40, 3], "");
    assert!(refused(&m).contains("larger than its input"));
    let mut m = Model::new();
    m.conv("x", 4, 3, [3, 3], "pads=4000,4000,4000,4000");
    assert!(refused(&m).contains("not smaller than the kernel"));
    let mut m = Model::new();
    m.conv("nowhere", 4, 3, [3, 3], "");
    assert!(refused(&m).contains("'nowhere'"));
    let mut m = Model::new();
    let x = m.op("AveragePool", &["x"], "kernel_shape=3,3 dilations=2,2");
    tail(&mut m, &x, 3);
    assert!(refused(&m).contains("AveragePool"));
    for dims in [
        &[8, 3, 32, 32][..],
        &[1, 3, 224, 224],
        &[1, 4, 32, 32],
        &[1],
    ] {
        let mut m = cnn();
        m.input_dims(dims);
        assert!(matches!(
            run(&m, &options("argmax", &["0"])),
            Err(ImportError::Input { .. })
        ));
    }
    assert!(matches!(
        run(&cnn(), &options("argmax", &["9"])),
        Err(ImportError::Decision(_))
    ));
    assert!(matches!(
        run(&cnn(), &options("argmax", &["cat"])),
        Err(ImportError::Labels(_))
    ));
    assert!(matches!(
        run(&cnn(), &options("argmax", &[])),
        Err(ImportError::Decision(_))
    ));
}

#[test]
fn what_is_no_function_of_one_picture_is_refused() {
    let mut m = Model::new();
    let x = m.conv("x", 4, 3, [3, 3], "");
    let x = m.batch_norm(&x, 4);
    let node = m.proto().graph.as_mut().unwrap().node.last_mut().unwrap();
    node.attribute
        .push(models::parse_attribute("training_mode=1"));
    m.output(&x);
    assert!(refused(&m).contains("training mode"));

    for flag in [Some(1u8), None] {
        let mut m = Model::new();
        let x = m.conv("x", 4, 3, [3, 3], "");
        m.floats("ratio", &[], &[0.5]);
        if let Some(flag) = flag {
            m.bytes_tensor("mode", &[], 9, vec![flag]);
        }
        let mode = if flag.is_some() { "mode" } else { x.as_str() };
        let x = m.op("Dropout", &[&x, "ratio", mode], "");
        let x = m.global_average(&x);
        let x = m.flatten(&x);
        m.gemm(&x, 4, 3);
        assert!(refused(&m).contains("training mode"));
    }
}

#[test]
fn casts_are_no_ops_between_floats_only() {
    let with = |to: i64| {
        let mut m = Model::new();
        let x = m.conv("x", 8, 3, [3, 3], "");
        let x = m.relu(&x);
        let x = m.op("Cast", &[&x], &format!("to={to}"));
        let x = m.op("Cast", &[&x], "to=1");
        let x = m.global_average(&x);
        let x = m.flatten(&x);
        m.gemm(&x, 8, 3);
        m
    };
    for integers in [2, 3, 6, 7, 9] {
        let message = refused(&with(integers));
        assert!(
            message.contains("Cast") && message.contains("cuts off"),
            "{message}"
        );
    }
    for floats in [1, 11] {
        check(&with(floats), &options("argmax", &["0"]), 0.1);
    }
}

#[test]
fn a_softmax_over_anything_but_all_scores_is_refused() {
    let mut m = Model::new();
    let x = m.conv("x", 8, 3, [3, 3], "");
    let x = m.global_average(&x);
    // Along the last axis there is one entry: it yields ones.
    let x = m.op("Softmax", &[&x], "");
    m.output(&x);
    let message = refused(&m);
    assert!(message.contains("rows of 1, not all 8"), "{message}");
}

#[test]
fn a_second_output_is_chosen_or_refused() {
    use prost::Message;
    let mut m = cnn();
    let hidden = m.proto().graph.as_ref().unwrap().node[7].output[0].clone();
    let mut proto = onnx::decode(&m.bytes()).unwrap();
    let scores = m.last.clone();
    let graph = proto.graph.as_mut().unwrap();
    let mut second = graph.output[0].clone();
    second.name = hidden;
    graph.output.insert(0, second);
    let bytes = proto.encode_to_vec();
    let mut opts = options("argmax", &["1"]);
    let (some, others) = (samples(24, 1), samples(20, 900));
    let error = import(&bytes, &opts, &some, &others, &Silent).unwrap_err();
    assert!(error.to_string().contains("--scores"), "{error}");
    opts.scores = Some("nonsense".into());
    let error = import(&bytes, &opts, &some, &others, &Silent).unwrap_err();
    assert!(error.to_string().contains("'nonsense'"), "{error}");
    opts.scores = Some(scores);
    let chosen = import(&bytes, &opts, &some, &others, &Silent).unwrap();
    let alone = run(&m, &opts).unwrap();
    assert_eq!(chosen.reference_problem, None);
    assert_eq!(chosen.classifier.network(), alone.classifier.network());
}

#[test]
fn global_maxima_and_signs() {
    let mut m = Model::new();
    let x = m.conv("x", 8, 3, [3, 3], "");
    let x = m.op("Neg", &[&x], "");
    let x = m.op("GlobalMaxPool", &[&x], "");
    let x = m.flatten(&x);
    m.gemm(&x, 8, 3);
    check(&m, &options("argmax", &["0"]), 0.1);
}

/// Channels of very different sizes, and one that is dead.
#[test]
fn small_channels_are_kept_beside_large_ones() {
    let mut m = Model::new();
    let x = m.conv("x", 4, 3, [3, 3], "");
    let sizes = [500.0, 2e-5, 0.0, 1.0];
    m.floats("sizes", &[1, 4, 1, 1], &sizes);
    let x = m.op("Mul", &[&x, "sizes"], "");
    let x = m.relu(&x);
    let x = m.global_average(&x);
    let x = m.flatten(&x);
    m.floats(
        "weights",
        &[4, 2],
        &[1e-3, -8e-4, 4e4, -3e4, 1.0, 1.0, 0.4, -0.6],
    );
    let x = m.op("MatMul", &[&x, "weights"], "");
    m.output(&x);
    check(&m, &options("argmax", &["0"]), 0.1);
}

/// A channel that a ReLU cuts off whatever the picture, with a weight behind it that would drown all others.
#[test]
fn dead_channels_do_not_make_the_decision_coarse() {
    let mut m = Model::new();
    let x = m.conv("x", 4, 3, [3, 3], "");
    m.floats("sizes", &[1, 4, 1, 1], &[1.0, 1e-5, 1.0, 1.0]);
    let x = m.op("Mul", &[&x, "sizes"], "");
    m.floats("offsets", &[1, 4, 1, 1], &[0.0, -5.0, 0.0, 0.0]);
    let x = m.op("Add", &[&x, "offsets"], "");
    let x = m.relu(&x);
    let x = m.global_average(&x);
    let x = m.flatten(&x);
    m.floats(
        "weights",
        &[4, 2],
        &[1.0, -0.8, 4e4, -3e4, 1.0, 1.0, 0.4, -0.6],
    );
    m.floats("b", &[2], &[-0.9, 0.9]);
    let x = m.op("Gemm", &[&x, "weights", "b"], "");
    m.output(&x);
    let imported = check(&m, &options("argmax", &["0"]), 0.1);
    let fidelity = imported.fidelity;
    assert_eq!(
        fidelity.same_class,
        Some(fidelity.same_verdict),
        "{fidelity}"
    );
    assert!(imported.classifier.card().decision.score_unit.unwrap() > 1000);
}

/// Weights in half precision are weights: tract runs the model with every constant widened.
#[test]
fn half_precision_is_read_and_compared() {
    let mut m = cnn();
    m.input_dims(&[1, 3, 32, 32]);
    let graph = m.proto().graph.as_mut().unwrap();
    for tensor in &mut graph.initializer {
        let values = std::mem::take(&mut tensor.float_data);
        tensor.data_type = 10;
        tensor.raw_data = values
            .iter()
            .flat_map(|v| {
                // Cut off to ten bits of fraction; all values are normal in half precision, or zero.
                let bits = v.to_bits();
                let exponent = (bits >> 23 & 255) as i32 - 112;
                let half = if exponent <= 0 {
                    0
                } else {
                    (bits >> 16 & 0x8000) | (exponent as u32) << 10 | (bits >> 13 & 0x3ff)
                };
                (half as u16).to_le_bytes()
            })
            .collect();
    }
    check(&m, &options("argmax", &["2"]), 0.1);
}

#[test]
fn fidelity_is_always_measured_and_held_to() {
    let mut opts = options("argmax", &["2"]);
    opts.least_agreement = 0.95;
    let imported = import(&cnn().bytes(), &opts, &samples(40, 1), &[], &Silent).unwrap();
    assert_eq!(imported.measured_on, MeasuredOn::PartOfCalibration);
    assert_eq!(imported.fidelity.pictures, 8);
    // One bit of fraction is too little for these weights.
    opts.shift = Some(1);
    let message = run(&cnn(), &opts).unwrap_err().to_string();
    assert!(message.contains("--least-agreement"), "{message}");
    opts.least_agreement = 0.0;
    run(&cnn(), &opts).unwrap();
}

#[test]
fn constants_that_lie_are_refused() {
    let mut m = cnn();
    m.proto().graph.as_mut().unwrap().initializer[0].dims = vec![1 << 40, 1 << 40];
    assert!(refused(&m).contains("too large"));
    let mut m = cnn();
    m.proto().graph.as_mut().unwrap().initializer[0].dims = vec![-3];
    assert!(refused(&m).contains("negative"));
    let mut m = cnn();
    m.proto().graph.as_mut().unwrap().initializer[0].dims = vec![5];
    assert!(refused(&m).contains("do not fill"));
    let mut m = cnn();
    m.proto().graph.as_mut().unwrap().initializer[0].data_location = Some(1);
    assert!(refused(&m).contains("another file"));
    let mut m = cnn();
    m.proto().graph.as_mut().unwrap().initializer[0].float_data[0] = f32::NAN;
    assert!(refused(&m).contains("NaN"));
    let mut m = cnn();
    m.proto().graph.as_mut().unwrap().initializer[0].float_data[0] = f32::INFINITY;
    assert!(refused(&m).contains("not finite"));
}

#[test]
fn damaged_files_are_errors() {
    let bytes = cnn().bytes();
    let opts = options("argmax", &["0"]);
    let pictures = samples(1, 1);
    let mut attempts = 0;
    for at in (0..bytes.len()).step_by(bytes.len() / 60 + 1) {
        assert!(import(&bytes[..at], &opts, &pictures, &[], &Silent).is_err());
        // Any outcome but a panic will do.
        for flip in [0x01, 0x80, 0xff] {
            let mut damaged = bytes.clone();
            damaged[at] ^= flip;
            let _ = import(&damaged, &opts, &pictures, &[], &Silent);
            attempts += 1;
        }
    }
    assert!(attempts > 100);
}
