//! Running the float network: to calibrate scales, and as a check of the lowering against the reference.

use super::graph::{Clamp, FloatNet, Kind, Node, Op, Source, Summand};

/// Values of all nodes for one picture.
pub(crate) fn run(net: &FloatNet, picture: &[f32]) -> Vec<Vec<f32>> {
    let mut values: Vec<Vec<f32>> = Vec::with_capacity(net.nodes.len());
    for node in &net.nodes {
        let value = node_value(net, node, &|source| match source {
            Source::Input => picture,
            Source::Node(i) => &values[i],
        });
        values.push(value);
    }
    values
}

/// The value of one node.
pub(crate) fn node_value<'v>(
    net: &FloatNet,
    node: &Node,
    value_of: &dyn Fn(Source) -> &'v [f32],
) -> Vec<f32> {
    match &node.kind {
        Kind::Linear { terms, bias, clamp } => {
            let positions = node.out[1] * node.out[2];
            let mut out = Vec::with_capacity(node.size());
            for b in bias {
                out.extend(std::iter::repeat_n(*b, positions));
            }
            for term in terms {
                add(
                    &mut out,
                    node.out,
                    term,
                    net.shape(term.input),
                    value_of(term.input),
                );
            }
            if *clamp != Clamp::NONE {
                out.iter_mut()
                    .for_each(|v| *v = v.clamp(clamp.lo, clamp.hi));
            }
            out
        }
        Kind::MaxPool {
            input,
            kernel,
            stride,
            pad,
        } => max_pool(
            value_of(*input),
            net.shape(*input),
            node.out,
            *kernel,
            *stride,
            *pad,
        ),
    }
}

fn add(out: &mut [f32], shape: [usize; 3], term: &Summand, input: [usize; 3], y: &[f32]) {
    let plane = input[1] * input[2];
    let centred: Vec<f32>;
    let y = if term.zero.is_empty() {
        y
    } else {
        centred = y
            .iter()
            .enumerate()
            .map(|(i, v)| v - term.zero[i / plane])
            .collect();
        &centred
    };
    match &term.op {
        Op::Dense { weights } => {
            for (out, row) in out.iter_mut().zip(weights.chunks_exact(y.len())) {
                *out += row.iter().zip(y).map(|(w, y)| w * y).sum::<f32>();
            }
        }
        Op::Scale { factors } => {
            let planes = out.chunks_exact_mut(plane).zip(y.chunks_exact(plane));
            for ((out, y), factor) in planes.zip(factors) {
                for (out, y) in out.iter_mut().zip(y) {
                    *out += factor * y;
                }
            }
        }
        Op::Conv {
            kernel,
            stride,
            pad,
            ..
        } => {
            let [channels, height, width] = shape;
            for o in 0..channels {
                let out = &mut out[o * height * width..][..height * width];
                for (i, taps) in term.op.filter(o, input, channels).channels() {
                    let y = &y[i * plane..][..plane];
                    for (t, &w) in taps.iter().enumerate() {
                        if w == 0.0 {
                            continue;
                        }
                        let (dy, dx) = (t / kernel[1], t % kernel[1]);
                        let columns = valid(dx, pad[1], stride[1], input[2], width);
                        for row in valid(dy, pad[0], stride[0], input[1], height) {
                            let from = (row * stride[0] + dy - pad[0]) * input[2];
                            let out = &mut out[row * width..][columns.clone()];
                            if columns.is_empty() {
                                continue;
                            }
                            let from = from + columns.start * stride[1] + dx - pad[1];
                            if stride[1] == 1 {
                                for (out, y) in out.iter_mut().zip(&y[from..]) {
                                    *out += w * y;
                                }
                            } else {
                                let y = y[from..].iter().step_by(stride[1]);
                                for (out, y) in out.iter_mut().zip(y) {
                                    *out += w * y;
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Output positions for which the tap at `offset` lies inside the input.
pub(crate) fn valid(
    offset: usize,
    pad: usize,
    stride: usize,
    size: usize,
    out: usize,
) -> std::ops::Range<usize> {
    let start = pad.saturating_sub(offset).div_ceil(stride);
    let end = (size + pad).saturating_sub(offset).div_ceil(stride);
    start..end.min(out).max(start)
}

fn max_pool(
    y: &[f32],
    input: [usize; 3],
    out: [usize; 3],
    kernel: [usize; 2],
    stride: [usize; 2],
    pad: [usize; 4],
) -> Vec<f32> {
    let mut result = Vec::with_capacity(out.iter().product());
    for plane in y.chunks_exact(input[1] * input[2]) {
        for row in 0..out[1] {
            for column in 0..out[2] {
                let mut most = f32::NEG_INFINITY;
                for dy in 0..kernel[0] {
                    for dx in 0..kernel[1] {
                        let y = (row * stride[0] + dy).wrapping_sub(pad[0]);
                        let x = (column * stride[1] + dx).wrapping_sub(pad[1]);
                        if y < input[1] && x < input[2] {
                            most = most.max(plane[y * input[2] + x]);
                        }
                    }
                }
                result.push(most);
            }
        }
    }
    result
}

/// What calibration learns about one channel of one node.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ChannelStats {
    pub lo: f32,
    pub hi: f32,
    count: f64,
    sum: f64,
    squares: f64,
}

impl ChannelStats {
    const EMPTY: ChannelStats = ChannelStats {
        lo: f32::INFINITY,
        hi: f32::NEG_INFINITY,
        count: 0.0,
        sum: 0.0,
        squares: 0.0,
    };

    fn see(&mut self, values: &[f32]) {
        for &v in values {
            self.lo = self.lo.min(v);
            self.hi = self.hi.max(v);
            self.sum += f64::from(v);
            self.squares += f64::from(v) * f64::from(v);
        }
        self.count += values.len() as f64;
    }

    fn merge(&mut self, other: &ChannelStats) {
        self.lo = self.lo.min(other.lo);
        self.hi = self.hi.max(other.hi);
        self.count += other.count;
        self.sum += other.sum;
        self.squares += other.squares;
    }

    pub fn mean(&self) -> f64 {
        self.sum / self.count.max(1.0)
    }

    pub fn deviation(&self) -> f64 {
        let mean = self.mean();
        (self.squares / self.count.max(1.0) - mean * mean)
            .max(0.0)
            .sqrt()
    }
}

/// Statistics per node and channel.
#[derive(Clone, Debug)]
pub(crate) struct Stats(pub Vec<Vec<ChannelStats>>);

impl Stats {
    pub fn new(net: &FloatNet) -> Self {
        Stats(
            net.nodes
                .iter()
                .map(|node| vec![ChannelStats::EMPTY; node.out[0]])
                .collect(),
        )
    }

    /// Adds the values of one picture.
    pub fn see(&mut self, net: &FloatNet, values: &[Vec<f32>]) {
        for ((node, stats), values) in net.nodes.iter().zip(&mut self.0).zip(values) {
            let positions = node.out[1] * node.out[2];
            for (channel, values) in stats.iter_mut().zip(values.chunks_exact(positions)) {
                channel.see(values);
            }
        }
    }

    pub fn merge(mut self, other: Stats) -> Stats {
        for (a, b) in self.0.iter_mut().flatten().zip(other.0.iter().flatten()) {
            a.merge(b);
        }
        self
    }
}
