//! A second evaluator, written straight from the definition, that tests compare everything else with.

use super::Trace;
use super::network::{Linear, Network, TensorRef, Term};

/// The definition of a network, written down as literally as possible.
pub fn naive_trace(net: &Network, x: &[u8]) -> Trace {
    let mut tensors: Vec<Vec<u8>> = Vec::new();
    let mut trace = Trace {
        q: vec![],
        r: vec![],
        a: vec![],
    };
    for layer in net.layers() {
        let mut activations = vec![];
        let [channels, height, width] = layer.out;
        for o in 0..channels {
            for row in 0..height {
                for column in 0..width {
                    let mut z = layer.bias[o];
                    for term in &layer.terms {
                        let input: &[u8] = match term.input {
                            TensorRef::Input => x,
                            TensorRef::Layer(i) => &tensors[i],
                        };
                        z += naive_term(
                            term,
                            net.shape(term.input),
                            layer.out,
                            input,
                            [o, row, column],
                        );
                    }
                    let q = z.div_euclid(1 << net.shift());
                    trace.q.push(q as i32);
                    trace.r.push(z.rem_euclid(1 << net.shift()) as u32);
                    activations.push(q.clamp(0, 255) as u8);
                }
            }
        }
        trace.a.extend(&activations);
        tensors.push(activations);
    }
    trace
}

fn naive_term(
    term: &Term,
    shape: [usize; 3],
    out: [usize; 3],
    input: &[u8],
    [o, row, column]: [usize; 3],
) -> i64 {
    let value = |at: usize| i64::from(input[at]) - term.zero_point;
    match &term.op {
        Linear::Dense { weights } => (0..input.len())
            .map(|j| i64::from(weights[o * input.len() + j]) * value(j))
            .sum(),
        Linear::Conv {
            kernel,
            stride,
            pad,
            groups,
            weights,
        } => {
            let [channels, height, width] = shape;
            let per_group = channels / groups;
            let group = o / (out[0] / groups);
            let mut sum = 0;
            for i in 0..per_group {
                for dy in 0..kernel[0] {
                    for dx in 0..kernel[1] {
                        let y = (row * stride[0] + dy).wrapping_sub(pad[0]);
                        let x = (column * stride[1] + dx).wrapping_sub(pad[1]);
                        if y < height && x < width {
                            let w =
                                weights[((o * per_group + i) * kernel[0] + dy) * kernel[1] + dx];
                            let channel = group * per_group + i;
                            sum += i64::from(w) * value((channel * height + y) * width + x);
                        }
                    }
                }
            }
            sum
        }
    }
}
