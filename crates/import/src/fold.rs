//! Simplifying the float network: scalings, batch normalisations, residual additions and activations
//! disappear into the linear nodes beside them.

use super::graph::{FloatNet, Kind, Node, Op, Source, Summand};

/// Applies all rules; the result computes the same function with fewer nodes.
pub(crate) fn simplify(mut net: FloatNet) -> FloatNet {
    inline_producers(&mut net);
    absorb_scalings(&mut net);
    remove_unread(&mut net);
    net
}

/// A channel-wise scaling that is the only reader of a linear node without clamp swallows that node:
/// batch normalisation after a convolution, the two sides of a residual addition, a final activation.
fn inline_producers(net: &mut FloatNet) {
    let readers = net.readers();
    for index in 0..net.nodes.len() {
        let (before, rest) = net.nodes.split_at_mut(index);
        let node = &mut rest[0];
        requantise(node, before, &readers);
        let Kind::Linear { terms, bias, .. } = &mut node.kind else {
            continue;
        };
        let mut inlined = Vec::new();
        for term in std::mem::take(terms) {
            match producer(&term, before, &readers) {
                Some((factors, theirs, their_bias)) => {
                    for (b, (t, f)) in bias.iter_mut().zip(their_bias.iter().zip(factors)) {
                        *b += t * f;
                    }
                    for their in theirs {
                        let mut their = their.clone();
                        scale_outputs(&mut their.op, factors);
                        inlined.push(their);
                    }
                }
                None => inlined.push(term),
            }
        }
        *terms = inlined;
    }
}

/// An activation followed by a quantisation that cuts off no less is that quantisation alone: a ReLU
/// before codes whose zero is 0, a ReLU6 before codes that end at 6 or below.
fn requantise(node: &mut Node, before: &[Node], readers: &[usize]) {
    let (Kind::Linear { terms, bias, clamp }, Some(_)) = (&mut node.kind, node.hint) else {
        return;
    };
    let [
        Summand {
            op: Op::Scale { factors },
            input: Source::Node(i),
            ..
        },
    ] = &terms[..]
    else {
        return;
    };
    let identity = factors.iter().all(|f| *f == 1.0) && bias.iter().all(|b| *b == 0.0);
    let producer = &before[*i];
    if !identity || readers[*i] != 1 || producer.hint.is_some() {
        return;
    }
    let Kind::Linear {
        terms: theirs,
        bias: their_bias,
        clamp: activation,
    } = &producer.kind
    else {
        return;
    };
    // Half a thousandth of the range is far below one code.
    let slack = 5e-4 * (clamp.hi - clamp.lo);
    if activation.lo <= clamp.lo + slack && activation.hi >= clamp.hi - slack {
        *bias = their_bias.clone();
        *terms = theirs.clone();
    }
}

type Producer<'a> = (&'a [f32], &'a [Summand], &'a [f32]);

fn producer<'a>(term: &'a Summand, before: &'a [Node], readers: &[usize]) -> Option<Producer<'a>> {
    let (Op::Scale { factors }, Source::Node(i)) = (&term.op, term.input) else {
        return None;
    };
    match &before[i].kind {
        Kind::Linear { terms, bias, clamp }
            if clamp.is_none() && readers[i] == 1 && before[i].hint.is_none() =>
        {
            Some((factors, terms, bias))
        }
        _ => None,
    }
}

fn scale_outputs(op: &mut Op, factors: &[f32]) {
    let per_output = op.weights().len() / factors.len();
    for (filter, factor) in op.weights_mut().chunks_exact_mut(per_output).zip(factors) {
        filter.iter_mut().for_each(|w| *w *= factor);
    }
}

/// A channel-wise scaling without clamp whose readers are all linear disappears into them: the input's
/// normalisation before the first convolution, a scaling before a dense layer.
fn absorb_scalings(net: &mut FloatNet) {
    for index in 0..net.nodes.len() {
        let Some((source, factors, offsets)) = scaling(net, index) else {
            continue;
        };
        let mut readers = net
            .nodes
            .iter()
            .enumerate()
            .filter(|(_, node)| node.inputs().contains(&Source::Node(index)));
        let can = |node: &Node| match &node.kind {
            Kind::Linear { terms, .. } => terms
                .iter()
                .filter(|t| t.input == Source::Node(index))
                .all(|t| {
                    let centred = source == Source::Input && factors.iter().all(|f| *f != 0.0);
                    !t.op.is_padded() || offsets.iter().all(|o| *o == 0.0) || centred
                }),
            Kind::MaxPool { .. } => false,
        };
        let is_last = index + 1 == net.nodes.len();
        if is_last || !readers.all(|(_, node)| can(node)) {
            continue;
        }
        let input = net.nodes[index].out;
        for node in &mut net.nodes[index + 1..] {
            let out = node.out[0];
            let Kind::Linear { terms, bias, .. } = &mut node.kind else {
                continue;
            };
            for term in terms.iter_mut().filter(|t| t.input == Source::Node(index)) {
                absorb(term, bias, input, out, &factors, &offsets);
                term.input = source;
            }
        }
    }
}

/// `node = factors * source + offsets`, if that is all it is.
fn scaling(net: &FloatNet, index: usize) -> Option<(Source, Vec<f32>, Vec<f32>)> {
    let node = &net.nodes[index];
    match &node.kind {
        Kind::Linear { terms, bias, clamp } if clamp.is_none() && node.hint.is_none() => {
            match &terms[..] {
                [
                    Summand {
                        input,
                        op: Op::Scale { factors },
                        zero,
                    },
                ] if zero.is_empty() => Some((*input, factors.clone(), bias.clone())),
                _ => None,
            }
        }
        _ => None,
    }
}

fn absorb(
    term: &mut Summand,
    bias: &mut [f32],
    input: [usize; 3],
    out: usize,
    factors: &[f32],
    offsets: &[f32],
) {
    // Weights first: what an offset contributes is the unscaled weights' sum.
    if term.op.is_padded() {
        if offsets.iter().any(|o| *o != 0.0) {
            term.zero = offsets.iter().zip(factors).map(|(o, f)| -o / f).collect();
        }
    } else {
        for (channel, bias) in bias.iter_mut().enumerate() {
            let filter = term.op.filter(channel, input, out);
            let add: f64 = filter
                .channels()
                .map(|(i, taps)| {
                    f64::from(offsets[i]) * taps.iter().map(|&w| f64::from(w)).sum::<f64>()
                })
                .sum();
            *bias += add as f32;
        }
    }
    let mut scaled = Vec::with_capacity(term.op.weights().len());
    for channel in 0..out {
        for (i, taps) in term.op.filter(channel, input, out).channels() {
            scaled.extend(taps.iter().map(|w| w * factors[i]));
        }
    }
    *term.op.weights_mut() = scaled;
}

/// Drops nodes that nothing reads.
fn remove_unread(net: &mut FloatNet) {
    let mut needed = vec![false; net.nodes.len()];
    if let Some(last) = needed.last_mut() {
        *last = true;
    }
    for index in (0..net.nodes.len()).rev() {
        if needed[index] {
            for source in net.nodes[index].inputs() {
                if let Source::Node(i) = source {
                    needed[i] = true;
                }
            }
        }
    }
    let mut place = Vec::with_capacity(needed.len());
    let mut kept = 0;
    for &needed in &needed {
        place.push(kept);
        kept += usize::from(needed);
    }
    let mut index = 0;
    net.nodes.retain(|_| {
        index += 1;
        needed[index - 1]
    });
    let renumber = |source: &mut Source| {
        if let Source::Node(i) = source {
            *i = place[*i];
        }
    };
    for node in &mut net.nodes {
        match &mut node.kind {
            Kind::Linear { terms, .. } => {
                terms.iter_mut().for_each(|t| renumber(&mut t.input));
            }
            Kind::MaxPool { input, .. } => renumber(input),
        }
    }
}
