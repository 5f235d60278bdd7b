//! The verifier's closed forms on odd networks, against the definition: not over bytes, which are few, but over
//! random field elements in the place of every input and every activation.

use ff::Field;
use pasta_curves::Fp;
use rand_core::Rng;
use std::collections::BTreeMap;

use super::*;
use crate::classify::{Layer, Linear, TensorRef, Term};
use crate::item::Form;

/// `Z` of every neuron, by the plainest loops.
fn definition(network: &Network, x: &[Fp], activations: &[Fp]) -> Vec<Fp> {
    let mut out = Vec::new();
    for layer in network.layers() {
        let [channels, height, width] = layer.out;
        for o in 0..channels {
            for oy in 0..height {
                for ox in 0..width {
                    let terms = layer.terms.iter();
                    let sum: Fp = terms
                        .map(|term| neuron(network, term, layer.out, [o, oy, ox], x, activations))
                        .sum();
                    out.push(powers::integer(layer.bias[o]) + sum);
                }
            }
        }
    }
    out
}

/// What one term adds to one neuron.
fn neuron(
    network: &Network,
    term: &Term,
    out: [usize; 3],
    [o, oy, ox]: [usize; 3],
    x: &[Fp],
    activations: &[Fp],
) -> Fp {
    let source = match term.input {
        TensorRef::Input => x,
        TensorRef::Layer(l) => &activations[network.layer_offset(l)..network.layer_offset(l + 1)],
    };
    let weight = |w: i32| powers::integer(i64::from(w));
    let zero_point = powers::integer(term.zero_point);
    let mut sum = Fp::ZERO;
    match &term.op {
        Linear::Dense { weights } => {
            for (w, y) in weights[o * source.len()..].iter().zip(source) {
                sum += weight(*w) * (*y - zero_point);
            }
        }
        Linear::Conv {
            kernel,
            stride,
            pad,
            groups,
            weights,
        } => {
            let [channels, height, width] = network.shape(term.input);
            let per_group = channels / groups;
            let group = o * groups / out[0];
            for i in 0..per_group {
                for dy in 0..kernel[0] {
                    for dx in 0..kernel[1] {
                        let y = (oy * stride[0] + dy).checked_sub(pad[0]);
                        let x = (ox * stride[1] + dx).checked_sub(pad[1]);
                        let (Some(y), Some(x)) = (y, x) else { continue };
                        if y >= height || x >= width {
                            continue;
                        }
                        let w = weights[((o * per_group + i) * kernel[0] + dy) * kernel[1] + dx];
                        let at = ((group * per_group + i) * height + y) * width + x;
                        sum += weight(w) * (source[at] - zero_point);
                    }
                }
            }
        }
    }
    sum
}

fn pick(r: &mut ChaCha20Rng, n: usize) -> usize {
    r.next_u32() as usize % n
}

type Kinds = BTreeMap<&'static str, usize>;

/// A random convolution of `source`, with the output `wanted` if there is one that fits.
fn convolution(
    r: &mut ChaCha20Rng,
    input: TensorRef,
    source: [usize; 3],
    wanted: Option<[usize; 3]>,
    kinds: &mut Kinds,
) -> Option<(Term, [usize; 3])> {
    for _ in 0..400 {
        let kernel = [1 + pick(r, source[1].min(7)), 1 + pick(r, source[2].min(7))];
        let stride = [1 + pick(r, 9), 1 + pick(r, 9)];
        let pad = [kernel[0], kernel[1], kernel[0], kernel[1]].map(|n| pick(r, n));
        let size = |a: usize| {
            let padded = source[a + 1] + pad[a] + pad[a + 2];
            padded.checked_sub(kernel[a]).map(|v| v / stride[a] + 1)
        };
        let (Some(height), Some(width)) = (size(0), size(1)) else {
            continue;
        };
        let channels = wanted.map_or_else(|| 1 + pick(r, 6), |shape| shape[0]);
        let divides = |g: &usize| source[0].is_multiple_of(*g) && channels.is_multiple_of(*g);
        let possible: Vec<usize> = (1..=source[0]).filter(divides).collect();
        let groups = possible[pick(r, possible.len())];
        let shape = [channels, height, width];
        if wanted.is_some_and(|wanted| wanted != shape) || channels * height * width > 3000 {
            continue;
        }
        for (kind, is) in [
            (
                "a stride beyond the kernel",
                stride[0] > kernel[0] || stride[1] > kernel[1],
            ),
            ("asymmetric padding", pad[0] != pad[2] || pad[1] != pad[3]),
            ("groups", groups > 1),
            ("depthwise", groups == source[0] && groups > 1),
            ("1 x 1", kernel == [1, 1]),
            ("a kernel that is not square", kernel[0] != kernel[1]),
            (
                "rows left over",
                !(source[1] + pad[0] + pad[2] - kernel[0]).is_multiple_of(stride[0]),
            ),
        ] {
            *kinds.entry(kind).or_default() += usize::from(is);
        }
        let count = channels * (source[0] / groups) * kernel[0] * kernel[1];
        let weights = (0..count).map(|_| pick(r, 5) as i32 - 2).collect();
        let op = Linear::Conv {
            kernel,
            stride,
            pad,
            groups,
            weights,
        };
        let zero_point = [0, 0, 3, 255, 128][pick(r, 5)];
        let term = Term {
            input,
            op,
            zero_point,
        };
        return Some((term, shape));
    }
    None
}

fn layer(r: &mut ChaCha20Rng, index: usize, out: [usize; 3], terms: Vec<Term>) -> Layer {
    Layer {
        name: format!("layer {index}"),
        out,
        terms,
        bias: (0..out[0]).map(|_| pick(r, 100) as i64 - 50).collect(),
    }
}

/// Convolutions of one to four layers, with several terms of several sources, and a neuron that reads two of them.
fn network(r: &mut ChaCha20Rng, form: Form, kinds: &mut Kinds) -> Option<Network> {
    let (term, shape) = convolution(r, TensorRef::Input, form.shape(), None, kinds)?;
    let (mut shapes, mut layers) = (vec![shape], vec![layer(r, 0, shape, vec![term])]);
    for _ in 1..4 {
        let from = pick(r, layers.len());
        let Some((term, shape)) = convolution(r, TensorRef::Layer(from), shapes[from], None, kinds)
        else {
            continue;
        };
        let mut terms = vec![term];
        for _ in 0..3 {
            let source = pick(r, layers.len() + 1);
            let (input, size) = match shapes.get(source) {
                Some(size) => (TensorRef::Layer(source), *size),
                None => (TensorRef::Input, form.shape()),
            };
            if let Some((term, _)) = convolution(r, input, size, Some(shape), kinds) {
                *kinds.entry("several terms").or_default() += 1;
                let reads_input = usize::from(input == TensorRef::Input);
                *kinds.entry("input read by a later layer").or_default() += reads_input;
                terms.push(term);
            }
        }
        layers.push(layer(r, layers.len(), shape, terms));
        shapes.push(shape);
    }
    let mut dense = |l: usize| Term {
        input: TensorRef::Layer(l),
        op: Linear::Dense {
            weights: (0..shapes[l].iter().product())
                .map(|_| pick(r, 3) as i32 - 1)
                .collect(),
        },
        zero_point: [0, 7][pick(r, 2)],
    };
    let terms = vec![dense(shapes.len() - 1), dense(0)];
    let mut last = layer(r, layers.len(), [1, 1, 1], terms);
    last.name = "match".into();
    layers.push(last);
    Network::with_miss(form, 14, layers).ok()
}

#[test]
fn closed_forms_are_the_definition_on_odd_networks() {
    let mut r = rng(2026);
    let (mut kinds, mut networks) = (Kinds::new(), 0);
    for round in 0..120u64 {
        let form = [Form::ImageRgb32V1, Form::ImageRgb96V1][usize::from(round % 8 == 0)];
        let Some(network) = network(&mut r, form, &mut kinds) else {
            continue;
        };
        networks += 1;
        let n = network.neurons();
        let x: Vec<Fp> = (0..form.len()).map(|_| Fp::random(&mut r)).collect();
        let activations: Vec<Fp> = (0..n).map(|_| Fp::random(&mut r)).collect();
        let z = definition(&network, &x, &activations);
        let k = if round % 2 == 0 { 12 } else { 15 };
        let shape = Shape::new(k, 11, 4088, n, form.len(), 2).unwrap();
        let ch = Challenges1::draw(&round.to_le_bytes(), &[0; 32], &[]);
        let tau = Fp::random(&mut r);

        // B is everything that is not W y: what c and the Horner factor leave.
        let b = |miss| forms::b_value(&network, &shape, &ch, std::iter::once(miss));
        let powers = powers::powers(ch.rho, n.max(shape.active_rows()));
        let left: Fp = z.iter().zip(&powers).map(|(z, p)| *z * p).sum();
        let columns = coefficients::c_columns(&network, &shape, ch.rho, ch.theta);
        let rows = shape.active_rows();
        let mut right = b(false) + ch.theta * powers[n - 1] * activations[n - 1];
        for (first, values) in [(0, &activations), (shape.folds(), &x)] {
            for (j, value) in values.iter().enumerate() {
                right += columns[first + j / rows][j % rows] * powers[j % rows] * value;
            }
        }
        assert!(left == right, "round {round}: the linear identity");
        assert!(b(true) - b(false) == ch.theta * powers[n - 1]);

        // V is c at tau, all of it: slots, and the zeros between and after them.
        let sigma = tau * ch.rho.invert().unwrap();
        let at_tau = powers::powers(tau, rows);
        let v: Fp = columns
            .iter()
            .enumerate()
            .map(|(m, column)| {
                let sum: Fp = column.iter().zip(&at_tau).map(|(c, t)| *c * t).sum();
                sum * powers::pow(sigma, (rows * m) as u64)
            })
            .sum();
        assert!(
            v == forms::v_value(&network, &shape, &ch, tau),
            "round {round}: V"
        );
        if shape.folds() == 1 {
            for (i, c) in columns[0].iter().enumerate() {
                let (slot, at) = (i / n, i % n);
                match slot < shape.slots() {
                    true => assert!(*c == columns[0][at]),
                    false => assert!(*c == Fp::ZERO),
                }
            }
        }
    }
    assert!(networks > 60, "{networks} networks");
    assert!(
        kinds.len() == 9 && kinds.values().all(|n| *n > 5),
        "{kinds:?}"
    );
}
