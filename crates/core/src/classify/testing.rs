//! Random networks and vectors for property tests.

use crate::classify::network;
use crate::classify::network::{Layer, Linear, Network, TensorRef, Term};
use crate::item::{CanonicalVector, Form};
use proptest::collection::vec;
use proptest::prelude::*;

/// Vectors of a form: sparse for texts, any bytes for pictures.
pub fn arb_vector(form: Form) -> BoxedStrategy<CanonicalVector> {
    let bytes = if form.is_text() {
        // 16 entries of at most 255 stay within the norm bound.
        vec((0..form.len(), 0u8..=255), 0..16)
            .prop_map(move |entries| {
                let mut bytes = vec![0; form.len()];
                for (at, value) in entries {
                    bytes[at] = value;
                }
                bytes
            })
            .boxed()
    } else {
        vec(any::<u8>(), form.len()).boxed()
    };
    bytes
        .prop_map(move |bytes| CanonicalVector::new(form, bytes).expect("within the bounds"))
        .boxed()
}

/// Valid networks: dense ones over texts, convolutional ones with residual additions over small pictures.
pub fn arb_network() -> BoxedStrategy<Network> {
    prop_oneof![arb_text_network(), arb_image_network()].boxed()
}

/// Dense networks over the text form, with zero to two hidden layers.
pub fn arb_text_network() -> BoxedStrategy<Network> {
    (vec(1usize..7, 0..3), 1u32..12, any::<u64>())
        .prop_map(|(hidden, shift, seed)| {
            let form = Form::TextHash4080V1;
            let mut rng = SplitMix(seed);
            let mut layers: Vec<Layer> = Vec::new();
            let mut input = (TensorRef::Input, form.len());
            for (i, out) in hidden.into_iter().chain([1]).enumerate() {
                let weights = (0..out * input.1).map(|_| rng.within(900)).collect();
                layers.push(dense(&mut rng, input.0, out, weights));
                input = (TensorRef::Layer(i), out);
            }
            fit(form, shift, layers)
        })
        .boxed()
}

/// Convolutional networks over 32x32 pictures: convolution, depthwise convolution with asymmetric padding,
/// residual addition, dense.
pub fn arb_image_network() -> BoxedStrategy<Network> {
    let zero_point = prop_oneof![Just(0i64), 0i64..256];
    (
        1usize..4,
        1usize..4,
        0usize..2,
        zero_point,
        1u32..15,
        any::<u64>(),
    )
        .prop_map(|(kernel, stride, pad, zero_point, shift, seed)| {
            let form = Form::ImageRgb32V1;
            let mut rng = SplitMix(seed);
            let pad = pad.min(kernel - 1);
            let size = (32 + pad - kernel) / stride + 1;
            let mut layers = vec![Layer {
                name: "first".into(),
                out: [4, size, size],
                terms: vec![Term {
                    input: TensorRef::Input,
                    op: Linear::Conv {
                        kernel: [kernel, kernel],
                        stride: [stride, stride],
                        pad: [0, pad, pad, 0],
                        groups: 1,
                        weights: (0..4 * 3 * kernel * kernel)
                            .map(|_| rng.within(60))
                            .collect(),
                    },
                    zero_point,
                }],
                bias: (0..4).map(|_| i64::from(rng.within(9_000))).collect(),
            }];
            let conv = |rng: &mut SplitMix, input, groups: usize, kernel: [usize; 2], pad| Term {
                input,
                op: Linear::Conv {
                    kernel,
                    stride: [1, 1],
                    pad,
                    groups,
                    weights: (0..4 * (4 / groups) * kernel[0] * kernel[1])
                        .map(|_| rng.within(200))
                        .collect(),
                },
                zero_point,
            };
            let depthwise = conv(&mut rng, TensorRef::Layer(0), 4, [3, 2], [2, 0, 0, 1]);
            let residual = conv(&mut rng, TensorRef::Layer(0), 2, [1, 1], [0; 4]);
            layers.push(Layer {
                name: "residual".into(),
                out: [4, size, size],
                terms: vec![depthwise, residual],
                bias: (0..4).map(|_| i64::from(rng.within(9_000))).collect(),
            });
            let weights = (0..4 * size * size).map(|_| rng.within(50)).collect();
            layers.push(dense(&mut rng, TensorRef::Layer(1), 1, weights));
            fit(form, shift, layers)
        })
        .boxed()
}

fn dense(rng: &mut SplitMix, input: TensorRef, out: usize, weights: Vec<i32>) -> Layer {
    Layer {
        name: format!("dense{out}"),
        out: [out, 1, 1],
        terms: vec![Term {
            input,
            op: Linear::Dense { weights },
            zero_point: 0,
        }],
        bias: (0..out).map(|_| i64::from(rng.within(2_000))).collect(),
    }
}

/// Halves weights and biases until the static bounds hold.
fn fit(form: Form, shift: u32, mut layers: Vec<Layer>) -> Network {
    loop {
        match Network::with_miss(form, shift, layers.clone()) {
            Ok(net) => return net,
            Err(network::NetworkError::Bounds(_)) => {
                for layer in &mut layers {
                    layer.bias.iter_mut().for_each(|b| *b /= 2);
                    for term in &mut layer.terms {
                        let (Linear::Conv { weights, .. } | Linear::Dense { weights }) =
                            &mut term.op;
                        weights.iter_mut().for_each(|w| *w /= 2);
                    }
                }
            }
            Err(other) => panic!("the strategy builds well-formed layers: {other}"),
        }
    }
}

/// A small deterministic generator: proptest shrinks the seed, not millions of weights.
struct SplitMix(u64);

impl SplitMix {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn within(&mut self, limit: i32) -> i32 {
        (self.next() % (2 * limit as u64 + 1)) as i32 - limit
    }
}

/// Replaces the header of a file that begins with `magic`, keeping the length field right.
pub fn with_header(magic: &[u8], bytes: &[u8], edit: impl Fn(String) -> String) -> Vec<u8> {
    let at = magic.len() + 4;
    let length = u32::from_le_bytes(bytes[magic.len()..at].try_into().unwrap()) as usize;
    let header = edit(String::from_utf8(bytes[at..at + length].to_vec()).unwrap());
    let mut out = magic.to_vec();
    out.extend((header.len() as u32).to_le_bytes());
    out.extend(header.as_bytes());
    out.extend(&bytes[at + length..]);
    out
}
