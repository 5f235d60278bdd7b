//! A network without its numbers: what is public of a sealed classifier.
//!
//! **Order of parameters.** Layer by layer: the weights of its terms in file order, then its biases. The miss layer
//! has no parameters: it is the same for every network of a shift, and public.

use super::error::NetworkError;
use super::layer::{Layer, MAX_LAYERS, MAX_NEURONS, MAX_TERMS, Op, TensorRef, miss_layer};
use super::network::Network;
use super::network::check::{self, cap};
use crate::item::Form;

/// Most activations that are stated of an item beside its verdict.
pub const MAX_OUTPUTS: usize = 4096;

/// A summand of a layer, without its weights.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanTerm {
    /// The tensor it reads.
    pub input: TensorRef,
    /// The operator.
    pub op: Op,
    /// Subtracted from every entry that is read.
    pub zero_point: i64,
}

/// A layer, without its weights and biases.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanLayer {
    /// Channels, height, width.
    pub out: [usize; 3],
    /// The summands.
    pub terms: Vec<PlanTerm>,
}

/// A checked architecture: the layers whose numbers are secret, the last of which is the match neuron. The miss neuron
/// follows them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    form: Form,
    shift: u32,
    layers: Vec<PlanLayer>,
    /// First neuron of every layer, of the miss layer, and the number of neurons.
    offsets: Vec<usize>,
    /// First parameter of every layer, and the number of parameters.
    starts: Vec<usize>,
    /// Layers whose activations are stated with the verdict, ascending.
    disclosed: Vec<usize>,
}

impl Plan {
    /// Checks and assembles an architecture from all layers but the miss layer.
    pub fn new(form: Form, shift: u32, layers: Vec<PlanLayer>) -> Result<Self, NetworkError> {
        check::shift(form, shift)?;
        cap("layers", layers.len() as u64 + 1, MAX_LAYERS as u64)?;
        let (mut offsets, mut starts) = (vec![0], vec![0]);
        let (mut sizes, mut parameters) = (check::Sizes::default(), 0u64);
        for (index, layer) in layers.iter().enumerate() {
            let fail = |problem: String| NetworkError::Layer {
                index,
                name: format!("layer {index}"),
                problem,
            };
            if layer.out.iter().any(|&d| d == 0 || d > MAX_NEURONS) {
                return Err(fail(format!("impossible shape {:?}", layer.out)));
            }
            sizes.layer(layer.out)?;
            if layer.terms.is_empty() || layer.terms.len() > MAX_TERMS {
                let count = layer.terms.len();
                return Err(fail(format!("{count} terms, expected 1 to {MAX_TERMS}")));
            }
            for term in &layer.terms {
                let of = |from: usize| (from < index).then(|| layers[from].out);
                let input = check::source(form, term.input, of).map_err(&fail)?;
                check::zero_point(term.zero_point).map_err(&fail)?;
                let count = check::operator(&term.op, input, layer.out).map_err(&fail)?;
                let count = count.map_or(u64::MAX, |count| count as u64);
                sizes.term(layer.out, count)?;
                parameters += count;
            }
            parameters += layer.out[0] as u64;
            offsets.push(sizes.neurons as usize);
            starts.push(parameters as usize);
        }
        let fail = |problem| Err(NetworkError::Decision { problem });
        match layers.last() {
            None => return fail("there is no layer"),
            Some(last) if last.out != [1, 1, 1] => {
                return fail("the match layer has more than one neuron");
            }
            Some(_) => {}
        }
        // The miss neuron.
        sizes.layer([1, 1, 1])?;
        offsets.push(sizes.neurons as usize);
        Ok(Plan {
            form,
            shift,
            layers,
            offsets,
            starts,
            disclosed: Vec::new(),
        })
    }

    /// The same with layers whose activations are stated with the verdict of every item: classes, one neuron each, or a
    /// score rounded to a byte. They are given in ascending order, each once.
    pub fn disclosing(self, disclosed: Vec<usize>) -> Result<Self, NetworkError> {
        let fail = |problem| Err(NetworkError::Decision { problem });
        if !disclosed.is_sorted_by(|a, b| a < b) {
            return fail("the disclosed layers are not in ascending order");
        }
        if disclosed.last().is_some_and(|l| *l >= self.layers.len()) {
            return fail("a disclosed layer does not exist");
        }
        let plan = Plan { disclosed, ..self };
        let outputs = plan.disclosed_neurons().count() as u64;
        cap("disclosed neurons", outputs, MAX_OUTPUTS as u64)?;
        Ok(plan)
    }

    /// Layers whose activations are stated with the verdict of every item.
    pub fn disclosed(&self) -> &[usize] {
        &self.disclosed
    }

    /// Their neurons, in order.
    pub fn disclosed_neurons(&self) -> impl Iterator<Item = usize> + '_ {
        let neurons = |l: &usize| self.offsets[*l]..self.offsets[*l + 1];
        self.disclosed.iter().flat_map(neurons)
    }

    /// The architecture of a network.
    pub fn of(network: &Network) -> Self {
        let sealed = &network.layers()[..=network.match_layer()];
        let layers = sealed.iter().map(|layer| PlanLayer {
            out: layer.out,
            terms: layer
                .terms
                .iter()
                .map(|term| PlanTerm {
                    input: term.input,
                    op: term.op.op(),
                    zero_point: term.zero_point,
                })
                .collect(),
        });
        Plan::new(network.form(), network.shift(), layers.collect())
            .expect("a network passed these checks before")
    }

    /// The form of the input.
    pub fn form(&self) -> Form {
        self.form
    }

    /// The shift `t`.
    pub fn shift(&self) -> u32 {
        self.shift
    }

    /// The layers with secret numbers.
    pub fn layers(&self) -> &[PlanLayer] {
        &self.layers
    }

    /// The public last layer.
    pub fn miss(&self) -> Layer {
        miss_layer(self.layers.len() - 1, self.shift)
    }

    /// Number of neurons `N`, the miss neuron included.
    pub fn neurons(&self) -> usize {
        self.offsets[self.layers.len() + 1]
    }

    /// Index of a layer's first neuron; the miss layer is number `layers().len()`.
    pub fn layer_offset(&self, layer: usize) -> usize {
        self.offsets[layer]
    }

    /// Shape of a tensor.
    pub fn shape(&self, tensor: TensorRef) -> [usize; 3] {
        match tensor {
            TensorRef::Input => self.form.shape(),
            TensorRef::Layer(index) => self.layers.get(index).map_or([1, 1, 1], |l| l.out),
        }
    }

    /// Number of weights of a term.
    pub fn weight_count(&self, layer: usize, term: usize) -> usize {
        let out = self.layers[layer].out;
        let term = &self.layers[layer].terms[term];
        let count = term.op.weight_count(self.shape(term.input), out);
        count.expect("counted when the plan was checked")
    }

    /// Number of parameters `K`: secret weights and biases.
    pub fn parameters(&self) -> usize {
        self.starts[self.layers.len()]
    }

    /// Index of a layer's first parameter.
    pub fn parameter_offset(&self, layer: usize) -> usize {
        self.starts[layer]
    }

    /// Number of committed columns that the parameters take.
    pub fn strips(&self) -> usize {
        self.parameters().div_ceil(self.form.strip_rows())
    }
}

/// The secret numbers of a network, in the order of its plan.
#[cfg(feature = "prove")]
pub fn parameters(network: &Network) -> zeroize::Zeroizing<Vec<i64>> {
    let plan = Plan::of(network);
    // At full length at once: a vector that grows leaves copies behind.
    let mut out = zeroize::Zeroizing::new(Vec::with_capacity(plan.parameters()));
    for layer in &network.layers()[..=network.match_layer()] {
        for term in &layer.terms {
            out.extend(term.op.weights().iter().map(|w| i64::from(*w)));
        }
        out.extend(&layer.bias);
    }
    debug_assert_eq!(out.len(), plan.parameters());
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::testing::arb_network;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn a_plan_has_the_layout_of_its_network(network in arb_network()) {
            let plan = Plan::of(&network);
            prop_assert_eq!(plan.neurons(), network.neurons());
            let sealed = network.layers().len() - 1;
            prop_assert_eq!(plan.layers().len(), sealed);
            for l in 0..=sealed {
                prop_assert_eq!(plan.layer_offset(l), network.layer_offset(l));
                let tensor = TensorRef::Layer(l);
                prop_assert_eq!(plan.shape(tensor), network.shape(tensor));
            }
            prop_assert_eq!(&plan.miss(), &network.layers()[sealed]);
            let values = parameters(&network);
            prop_assert_eq!(values.len(), plan.parameters());
            for (l, layer) in network.layers()[..sealed].iter().enumerate() {
                let mut at = plan.parameter_offset(l);
                for (t, term) in layer.terms.iter().enumerate() {
                    let weights: Vec<i64> =
                        term.op.weights().iter().map(|w| i64::from(*w)).collect();
                    prop_assert_eq!(weights.len(), plan.weight_count(l, t));
                    prop_assert_eq!(&values[at..at + weights.len()], &weights[..]);
                    at += weights.len();
                }
                prop_assert_eq!(&values[at..at + layer.bias.len()], &layer.bias[..]);
                prop_assert_eq!(at + layer.bias.len(), plan.parameter_offset(l + 1));
            }
        }
    }

    #[test]
    fn disclosed_layers_exist_and_are_in_order() {
        let network = crate::circuit::testing::text_network(6);
        let plan = |layers: &[usize]| Plan::of(&network).disclosing(layers.to_vec());
        let neurons = |layers: &[usize]| -> Vec<usize> {
            plan(layers).unwrap().disclosed_neurons().collect()
        };
        assert_eq!(neurons(&[]), [0; 0]);
        assert_eq!(neurons(&[0]), [0, 1, 2, 3, 4, 5]);
        assert_eq!(neurons(&[0, 1]), [0, 1, 2, 3, 4, 5, 6]);
        for bad in [&[2][..], &[0, 0], &[1, 0]] {
            let error = plan(bad).unwrap_err();
            assert!(matches!(error, NetworkError::Decision { .. }), "{error}");
        }
        let wide = crate::circuit::testing::wide_network(4097, |i| i < 40);
        let error = Plan::of(&wide).disclosing(vec![0]).unwrap_err();
        let what = "disclosed neurons";
        assert!(matches!(error, NetworkError::TooLarge { what: w, .. } if w == what));
    }

    #[test]
    fn impossible_plans_are_refused() {
        let form = Form::TextHash4080V1;
        let layer = |input, out: [usize; 3]| PlanLayer {
            out,
            terms: vec![PlanTerm {
                input,
                op: Op::Dense,
                zero_point: 0,
            }],
        };
        let refuse = |shift, layers: Vec<PlanLayer>| Plan::new(form, shift, layers).unwrap_err();
        let good = layer(TensorRef::Input, [1, 1, 1]);
        assert!(Plan::new(form, 9, vec![good.clone()]).is_ok());
        assert!(matches!(
            refuse(12, vec![good.clone()]),
            NetworkError::Shift { .. }
        ));
        assert!(matches!(refuse(9, vec![]), NetworkError::Decision { .. }));
        assert!(matches!(
            refuse(9, vec![layer(TensorRef::Input, [2, 1, 1])]),
            NetworkError::Decision { .. }
        ));
        assert!(matches!(
            refuse(9, vec![good.clone(); MAX_LAYERS]),
            NetworkError::TooLarge { what: "layers", .. }
        ));
        // Shapes that would overflow, and more weights than any network has.
        for (out, input) in [
            ([usize::MAX, 1, 1], TensorRef::Input),
            ([1, 0, 1], TensorRef::Input),
            ([1, 2, 1], TensorRef::Input),
            ([1, 1, 1], TensorRef::Layer(0)),
        ] {
            let error = refuse(9, vec![layer(input, out), good.clone()]);
            assert!(matches!(error, NetworkError::Layer { index: 0, .. }));
        }
        assert!(matches!(
            refuse(
                9,
                vec![layer(TensorRef::Input, [1 << 24, 1, 1]), good.clone()]
            ),
            NetworkError::TooLarge {
                what: "weights",
                ..
            }
        ));
        assert!(matches!(
            refuse(
                9,
                vec![layer(TensorRef::Input, [1 << 24, 1 << 24, 1 << 24])]
            ),
            NetworkError::TooLarge {
                what: "neurons",
                ..
            }
        ));
        for (zero_point, terms) in [(256, 1), (-1, 1), (0, 0), (0, 65)] {
            let mut bad = good.clone();
            bad.terms[0].zero_point = zero_point;
            bad.terms = vec![bad.terms[0].clone(); terms];
            assert!(matches!(
                refuse(9, vec![bad]),
                NetworkError::Layer { index: 0, .. }
            ));
        }
    }
}
