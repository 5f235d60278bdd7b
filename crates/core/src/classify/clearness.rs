//! How clear a verdict is, where the match neuron itself cannot say.
//!
//! A linear classifier's match neuron is a weighted sum, and `Z - 2^t` ranks items finely. A network that
//! compares classes ends in neurons that only count: "no other class exceeds this one", "some positive class
//! is unexceeded". There `Z - 2^t` is 0 for every match, however clear. The sums that are counted know more.
//!
//! Let `v(n) >= 0` exactly when neuron `n` is active (`A >= 1`). From the network alone follows:
//!
//! | neuron | active when | `v` |
//! |---|---|---|
//! | *none of*: all weights negative, `b >= 2^t`, `b + w < 2^t` for each | no input is active | `min(-1 - v(input))` |
//! | *any of*: all weights positive, `b < 2^t`, `b + w >= 2^t` for each | some input is active | `max v(input)` |
//! | any other | `Z >= 2^t` | `Z - 2^t` |
//!
//! So `v` of the match neuron has the sign of the verdict, for every network and every item. For scores that
//! are compared in pairs it is the difference between the best positive class and its strongest rival, in the
//! integers of the network.

use crate::classify::network::{Layer, Linear, Network, TensorRef};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Gate {
    None,
    Any,
}

/// The input layer of a layer whose neurons may be gates, and its weights.
fn gated(layer: &Layer) -> Option<(usize, &[i32])> {
    match layer.terms.as_slice() {
        [term] if term.zero_point == 0 => match (term.input, &term.op) {
            (TensorRef::Layer(from), Linear::Dense { weights }) => Some((from, weights)),
            _ => None,
        },
        _ => None,
    }
}

/// What a neuron with these weights and this bias says of yes and no, if that is all it looks at.
fn gate(row: &[i32], bias: i64, two_t: i64) -> Option<Gate> {
    let mut weights = row.iter().filter(|w| **w != 0).map(|w| i64::from(*w));
    let first = weights.next()?;
    let negative = first < 0;
    if negative != (bias >= two_t) {
        return None;
    }
    let decides = |w: i64| (w < 0) == negative && (bias + w < two_t) == negative;
    (decides(first) && weights.all(decides)).then_some(if negative {
        Gate::None
    } else {
        Gate::Any
    })
}

/// Collects what [`Verdict::score`](crate::classify::Verdict::score) is made of, layer by layer.
#[derive(Debug)]
pub(crate) struct Clearness<'a> {
    net: &'a Network,
    wanted: Vec<bool>,
    /// `v` of every neuron of the wanted layers so far; empty for the others.
    values: Vec<Vec<i64>>,
}

impl<'a> Clearness<'a> {
    pub fn new(net: &'a Network) -> Self {
        let two_t = 1i64 << net.shift();
        let layers = net.layers();
        let mut wanted = vec![false; layers.len()];
        wanted[net.match_layer()] = true;
        for at in (0..=net.match_layer())
            .rev()
            .filter(|at| *at < layers.len())
        {
            if !wanted[at] {
                continue;
            }
            if let Some((from, weights)) = gated(&layers[at]) {
                let width = layers[from].neurons();
                let mut rows = weights.chunks_exact(width).zip(&layers[at].bias);
                wanted[from] |= rows.any(|(row, bias)| gate(row, *bias, two_t).is_some());
            }
        }
        Clearness {
            net,
            wanted,
            values: Vec::with_capacity(layers.len()),
        }
    }

    /// Takes the sums of the next layer.
    pub fn layer(&mut self, z: &[i64]) {
        let at = self.values.len();
        let two_t = 1i64 << self.net.shift();
        if !self.wanted[at] {
            self.values.push(Vec::new());
            return;
        }
        let layer = &self.net.layers()[at];
        let mut values: Vec<i64> = z.iter().map(|z| z - two_t).collect();
        if let Some((from, weights)) = gated(layer)
            && !self.values[from].is_empty()
        {
            let inputs = &self.values[from];
            let rows = weights.chunks_exact(inputs.len()).zip(&layer.bias);
            for (value, (row, bias)) in values.iter_mut().zip(rows) {
                let used = || row.iter().zip(inputs).filter(|(w, _)| **w != 0);
                let behind = match gate(row, *bias, two_t) {
                    Some(Gate::None) => used().map(|(_, v)| -1 - v).min(),
                    Some(Gate::Any) => used().map(|(_, v)| *v).max(),
                    None => None,
                };
                *value = behind.unwrap_or(*value);
            }
        }
        self.values.push(values);
    }

    /// `v` of the match neuron, once all layers were taken.
    pub fn score(&self) -> i64 {
        self.values[self.net.match_layer()][0]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::evaluate;
    use crate::classify::network::Term;
    use crate::item::{CanonicalVector, Form};

    const T: u32 = 4;

    fn dense(input: TensorRef, weights: Vec<i32>, bias: Vec<i64>) -> Layer {
        Layer {
            name: "n".into(),
            out: [bias.len(), 1, 1],
            terms: vec![Term {
                input,
                op: Linear::Dense { weights },
                zero_point: 0,
            }],
            bias,
        }
    }

    /// Three classes, scores `x_0, x_1, x_2`; the positive ones are 0 and 1.
    fn argmax() -> Network {
        let n = Form::TextHash4080V1.len();
        let one = 1i64 << T;
        let mut exceeds = vec![0; 2 * n];
        for (row, positive) in exceeds.chunks_exact_mut(n).zip([0, 1]) {
            (row[2], row[positive]) = (1, -1);
        }
        let layers = vec![
            dense(TensorRef::Input, exceeds, vec![one - 1; 2]),
            dense(TensorRef::Layer(0), vec![-1, 0, 0, -1], vec![one; 2]),
            dense(TensorRef::Layer(1), vec![1 << T; 2], vec![0]),
        ];
        Network::with_miss(Form::TextHash4080V1, T, layers).unwrap()
    }

    fn score(net: &Network, scores: [u8; 3]) -> (bool, i64) {
        let mut bytes = vec![0; net.form().len()];
        bytes[..3].copy_from_slice(&scores);
        let x = CanonicalVector::new(net.form(), bytes).unwrap();
        let verdict = evaluate(net, &x);
        (verdict.matches, verdict.score)
    }

    /// `Z - 2^t` of this network's match neuron is the same for a photo finish and for a landslide.
    #[test]
    fn an_argmax_says_by_how_much() {
        let net = argmax();
        assert_eq!(score(&net, [9, 0, 5]), (true, 4));
        assert_eq!(score(&net, [200, 0, 5]), (true, 195));
        assert_eq!(
            score(&net, [3, 90, 5]),
            (true, 85),
            "the best positive class counts"
        );
        assert_eq!(score(&net, [5, 0, 5]), (true, 0), "a tie is a match");
        assert_eq!(score(&net, [4, 0, 5]), (false, -1));
        assert_eq!(score(&net, [4, 0, 205]), (false, -201));
    }

    /// A neuron that weighs its inputs is no gate: its own sum is the finer answer.
    #[test]
    fn only_neurons_that_count_are_looked_behind() {
        let one = 1i64 << T;
        assert_eq!(gate(&[-1, 0, -3], one, one), Some(Gate::None));
        assert_eq!(gate(&[-1, 0, 3], one, one), None);
        assert_eq!(
            gate(&[-1, -1], one + 1, one),
            None,
            "one alone does not decide"
        );
        assert_eq!(gate(&[16, 0], 0, one), Some(Gate::Any));
        assert_eq!(gate(&[15, 16], 0, one), None);
        assert_eq!(gate(&[15, 16], 1, one), Some(Gate::Any));
        assert_eq!(gate(&[0, 0], 0, one), None);
        assert_eq!(gate(&[1], one, one), None, "always active");
    }
}
