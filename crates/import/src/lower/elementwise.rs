//! Activations, sums, scalings and concatenation.

use super::{Lowering, Value, View, even};
use crate::error::ImportError;
use crate::graph::{Clamp, Op, Source};
use crate::onnx::{Const, Data, float, int, refuse};
use candor_core::classify::network::MAX_WEIGHTS;
use std::rc::Rc;
use tract_onnx::pb::NodeProto;

impl Lowering<'_> {
    pub(super) fn clamp(
        &mut self,
        node: &NodeProto,
        lo: f32,
        hi: f32,
    ) -> Result<Value, ImportError> {
        let view = self.weighted(node, 0)?;
        // What cuts off at zero only, cuts off the same before a factor that is not negative.
        let commutes = lo == 0.0 && hi == f32::INFINITY;
        if let Some(gain) = &view.gain
            && !(commutes && gain.iter().all(|f| *f >= 0.0))
        {
            even(node, &view)?;
        }
        if lo.is_nan() || hi.is_nan() || lo > 0.0 || hi <= 0.0 {
            return Err(refuse(
                node,
                format!("it clamps to {lo}..{hi}; only ranges that contain zero are supported"),
            ));
        }
        let channels = self.net.shape(view.source)[0];
        let (factors, bias) = (vec![1.0; channels], vec![0.0; channels]);
        self.scaled(node, &view, factors, bias, Clamp { lo, hi })
    }

    pub(super) fn clip(&mut self, node: &NodeProto) -> Result<Value, ImportError> {
        let bound = |index: usize, name: &str, default: f32| -> Result<f32, ImportError> {
            match self.optional(node, index)? {
                Some(c) => c
                    .scalar()
                    .ok_or_else(|| refuse(node, "a bound is not one number")),
                None => Ok(float(node, name).unwrap_or(default)),
            }
        };
        let lo = bound(1, "min", f32::NEG_INFINITY)?;
        let hi = bound(2, "max", f32::INFINITY)?;
        self.clamp(node, lo, hi)
    }

    /// `Max` and `Min` with one number.
    pub(super) fn extremum(&mut self, node: &NodeProto, max: bool) -> Result<Value, ImportError> {
        let bound = self
            .constant(node, 1)
            .ok()
            .and_then(|c| c.scalar())
            .filter(|_| node.input.len() == 2)
            .ok_or_else(|| refuse(node, "only a tensor and one number are supported"))?;
        if max {
            self.clamp(node, bound, f32::INFINITY)
        } else {
            self.clamp(node, f32::NEG_INFINITY, bound)
        }
    }

    /// `a + sign b` of tensors or constants.
    pub(super) fn add(&mut self, node: &NodeProto, sign: f32) -> Result<Value, ImportError> {
        if node.input.len() != 2 {
            return Err(refuse(node, "only sums of two are supported"));
        }
        match (self.value(node, 0)?, self.value(node, 1)?) {
            (Value::Const(a), Value::Const(b)) => integer_arithmetic(node, &a, &b, |a, b| {
                if sign > 0.0 {
                    a.checked_add(b)
                } else {
                    a.checked_sub(b)
                }
            }),
            (Value::Const(c), _) => {
                let view = self.unpadded(node, 1)?;
                let places = self.per_place(node, &view, &c)?;
                self.offset(node, &view, sign, places)
            }
            (_, Value::Const(c)) => {
                let view = self.unpadded(node, 0)?;
                let mut places = self.per_place(node, &view, &c)?;
                places.iter_mut().for_each(|b| *b *= sign);
                self.offset(node, &view, 1.0, places)
            }
            _ => {
                let (a, b) = (self.unpadded(node, 0)?, self.unpadded(node, 1)?);
                self.sum(node, &a, &b, sign)
            }
        }
    }

    pub(super) fn sum(
        &mut self,
        node: &NodeProto,
        a: &View,
        b: &View,
        sign: f32,
    ) -> Result<Value, ImportError> {
        let out = self.net.shape(a.source);
        if !a.same_order(b) || self.net.shape(b.source) != out {
            return Err(refuse(
                node,
                format!(
                    "tensors of shapes {:?} and {:?} cannot be added",
                    a.shape, b.shape
                ),
            ));
        }
        let scale = |factor: f32| Op::Scale {
            factors: vec![factor; out[0]],
        };
        let terms = vec![(a.source, scale(1.0)), (b.source, scale(sign))];
        let source = self.push_linear(node, out, terms, vec![0.0; out[0]], Clamp::NONE)?;
        Ok(Value::Tensor(View {
            source,
            ..a.clone()
        }))
    }

    /// A tensor times, or divided by, a constant.
    /// Between kinds of floats nothing happens to speak of. To integers, values are cut off.
    pub(super) fn cast(&mut self, node: &NodeProto) -> Result<Value, ImportError> {
        use tract_onnx::pb::tensor_proto::DataType as T;
        let value = self.value(node, 0)?;
        let to = int(node, "to", 0);
        let is = |types: &[T]| types.iter().any(|t| *t as i64 == to);
        let floats = is(&[T::Float, T::Float16, T::Double, T::Bfloat16]);
        match value {
            Value::Const(constant) if floats => Ok(Value::Const(Rc::new(Const {
                dims: constant.dims.clone(),
                data: Data::Float(constant.to_f32()),
            }))),
            Value::Const(constant) if is(&[T::Int64, T::Int32]) => {
                let values = match &constant.data {
                    Data::Int(values) => values.clone(),
                    Data::Float(values) => values.iter().map(|v| v.trunc() as i64).collect(),
                };
                Ok(Value::Const(Rc::new(Const::ints(
                    constant.dims.clone(),
                    values,
                ))))
            }
            value if floats => Ok(value),
            _ => Err(refuse(
                node,
                format!("a cast to type {to} cuts off values, which is not supported"),
            )),
        }
    }

    /// Nothing happens outside of training.
    pub(super) fn dropout(&mut self, node: &NodeProto) -> Result<Value, ImportError> {
        let training = match self.optional(node, 2) {
            Ok(None) => false,
            Ok(Some(flag)) => flag.scalar() != Some(0.0),
            Err(_) => true,
        };
        let stated = int(node, "training_mode", 0) != 0;
        // Up to version 6, the mode was an attribute that meant training by default.
        let old = self.graph.opset < 7 && int(node, "is_test", 0) == 0;
        if training || stated || old {
            return Err(refuse(
                node,
                "it is in training mode, so that the model gives another result each time; export it for \
                 inference",
            ));
        }
        self.value(node, 0)
    }

    pub(super) fn negate(&mut self, node: &NodeProto) -> Result<Value, ImportError> {
        let view = self.unpadded(node, 0)?;
        let channels = self.net.shape(view.source)[0];
        let factors = vec![-1.0; channels];
        self.scaled(node, &view, factors, vec![0.0; channels], Clamp::NONE)
    }

    pub(super) fn multiply(
        &mut self,
        node: &NodeProto,
        divide: bool,
    ) -> Result<Value, ImportError> {
        let (view, constant) = match (self.value(node, 0)?, self.value(node, 1)?) {
            (Value::Const(a), Value::Const(b)) => {
                return integer_arithmetic(node, &a, &b, |a, b| {
                    if divide {
                        a.checked_div(b)
                    } else {
                        a.checked_mul(b)
                    }
                });
            }
            (Value::Const(c), _) if !divide => (self.weighted(node, 1)?, c),
            (_, Value::Const(c)) => (self.weighted(node, 0)?, c),
            _ => {
                return Err(refuse(
                    node,
                    "products of two tensors (attention, squeeze-and-excitation, swish) are not linear and \
                     not supported",
                ));
            }
        };
        let mut places = self.per_place(node, &view, &constant)?;
        if divide {
            places.iter_mut().for_each(|f| *f = 1.0 / *f);
        }
        if let Some(factors) = uniform(&places, self.net.shape(view.source)) {
            let bias = vec![0.0; factors.len()];
            return self.scaled(node, &view, factors, bias, Clamp::NONE);
        }
        if places.iter().any(|f| !f.is_finite()) {
            return Err(refuse(node, "it has a factor that is not finite"));
        }
        let gain = match &view.gain {
            Some(gain) => gain.iter().zip(&places).map(|(a, b)| a * b).collect(),
            None => places,
        };
        Ok(Value::Tensor(View {
            gain: Some(Rc::new(gain)),
            ..view
        }))
    }

    /// `sign x + places`, for any constants. Those that differ from place to place are a convolution too: a kernel as large as the
    /// tensor, over ones, moved so that every place sees one more row and column of it than the place before. Its weights are the
    /// differences of the constants, and every sum of them is a constant.
    fn offset(
        &mut self,
        node: &NodeProto,
        view: &View,
        sign: f32,
        places: Vec<f32>,
    ) -> Result<Value, ImportError> {
        let shape = self.net.shape(view.source);
        let [channels, height, width] = shape;
        let factors = vec![sign; channels];
        if let Some(bias) = uniform(&places, shape) {
            return self.scaled(node, view, factors, bias, Clamp::NONE);
        }
        if places.len() > MAX_WEIGHTS {
            return Err(refuse(node, "it adds too many constants"));
        }
        // The mean of a channel is its bias, so that the differences are small.
        let plane = height * width;
        let means: Vec<f32> = places
            .chunks_exact(plane)
            .map(|p| p.iter().sum::<f32>() / plane as f32)
            .collect();
        let mut weights = Vec::with_capacity(places.len());
        for (values, mean) in places.chunks_exact(plane).zip(&means) {
            let at = |y: usize, x: usize| values[y * width + x] - mean;
            let before = |y: usize, x: usize| {
                if x > 0 {
                    at(y, x) - at(y, x - 1)
                } else {
                    at(y, x)
                }
            };
            // The last tap is seen from everywhere, the one before it from the second place on.
            for y in (0..height).rev() {
                for x in (0..width).rev() {
                    let above = if y > 0 { before(y - 1, x) } else { 0.0 };
                    weights.push(before(y, x) - above);
                }
            }
        }
        let ones = match self.ones.get(&[height, width]) {
            Some(ones) => *ones,
            None => {
                let nothing = Op::Conv {
                    kernel: [1, 1],
                    stride: [1, 1],
                    pad: [0; 4],
                    groups: 1,
                    weights: vec![0.0; channels],
                };
                let terms = vec![(view.source, nothing)];
                let ones =
                    self.push_linear(node, [1, height, width], terms, vec![1.0], Clamp::NONE)?;
                self.ones.insert([height, width], ones);
                ones
            }
        };
        let constants = Op::Conv {
            kernel: [height, width],
            stride: [1, 1],
            pad: [height - 1, width - 1, 0, 0],
            groups: 1,
            weights,
        };
        let terms = vec![(view.source, Op::Scale { factors }), (ones, constants)];
        let source = self.push_linear(node, shape, terms, means, Clamp::NONE)?;
        Ok(Value::Tensor(View {
            source,
            ..view.clone()
        }))
    }

    /// Broadcasts a constant over a view, in the order of its tensor.
    fn per_place(
        &self,
        node: &NodeProto,
        view: &View,
        constant: &Const,
    ) -> Result<Vec<f32>, ImportError> {
        let shape = self.net.shape(view.source);
        let values = constant.to_f32();
        if values.len() == 1 {
            return Ok(vec![values[0]; shape.iter().product()]);
        }
        let fail = |why: &str| {
            refuse(
                node,
                format!(
                    "a constant of shape {:?} {why} {:?}",
                    constant.dims, view.shape
                ),
            )
        };
        let rank = view.shape.len();
        let lead = constant.dims.len().saturating_sub(rank);
        if constant.dims[..lead].iter().any(|&d| d != 1) {
            return Err(fail("does not fit a tensor of shape"));
        }
        let dims = &constant.dims[lead..];
        // Step of every dimension of the view in the constant.
        let mut steps = vec![0usize; rank];
        let mut step = 1;
        for (i, &d) in dims.iter().enumerate().rev() {
            let at = rank - dims.len() + i;
            if d != 1 && d != view.shape[at] {
                return Err(fail("does not fit a tensor of shape"));
            }
            steps[at] = if d == 1 { 0 } else { step };
            step *= d;
        }
        let mut out = vec![0.0; shape.iter().product()];
        for entry in 0..view.size() {
            let (mut rest, mut from) = (entry, 0);
            for (d, s) in view.shape.iter().zip(&steps).rev() {
                from += rest % d * s;
                rest /= d;
            }
            let tensor = view.order.as_ref().map_or(entry, |o| o[entry] as usize);
            out[tensor] = values[from];
        }
        Ok(out)
    }

    pub(super) fn concat(&mut self, node: &NodeProto) -> Result<Value, ImportError> {
        let values: Vec<Value> = (0..node.input.len())
            .map(|i| self.value(node, i))
            .collect::<Result<_, _>>()?;
        let mut joined = Vec::new();
        for value in &values {
            match value {
                Value::Const(c) => joined.extend_from_slice(c.as_ints().unwrap_or_default()),
                _ => break,
            }
        }
        if values.iter().all(|v| matches!(v, Value::Const(_))) {
            return Ok(Value::Const(std::rc::Rc::new(Const::ints(
                vec![joined.len()],
                joined,
            ))));
        }
        let mut parts: Vec<(Source, [usize; 3])> = Vec::new();
        let mut rank = 0;
        for index in 0..node.input.len() {
            let view = self.unpadded(node, index)?;
            let shape = self.net.shape(view.source);
            rank = view.shape.len();
            let axis = int(node, "axis", 0);
            let axis = if axis < 0 { axis + rank as i64 } else { axis };
            let plain = view.order.is_none() && view.shape.get(1) == Some(&shape[0]);
            if axis != 1 || !plain || parts.iter().any(|(_, s)| s[1..] != shape[1..]) {
                return Err(refuse(
                    node,
                    "only channels of tensors of one size can be concatenated",
                ));
            }
            parts.push((view.source, shape));
        }
        let channels: usize = parts.iter().map(|(_, s)| s[0]).sum();
        let [_, height, width] = parts[0].1;
        let mut terms = Vec::new();
        let mut first = 0;
        for (source, shape) in parts {
            if channels.saturating_mul(shape[0]) > 1 << 22 {
                return Err(refuse(node, "it has too many channels"));
            }
            let mut weights = vec![0.0; channels * shape[0]];
            for c in 0..shape[0] {
                weights[(first + c) * shape[0] + c] = 1.0;
            }
            first += shape[0];
            terms.push((
                source,
                Op::Conv {
                    kernel: [1, 1],
                    stride: [1, 1],
                    pad: [0; 4],
                    groups: 1,
                    weights,
                },
            ));
        }
        let out = [channels, height, width];
        let source = self.push_linear(node, out, terms, vec![0.0; channels], Clamp::NONE)?;
        Ok(Value::Tensor(View::plain(source, out, rank)))
    }
}

/// One value per channel, if there is no more than one in each.
fn uniform(places: &[f32], shape: [usize; 3]) -> Option<Vec<f32>> {
    places
        .chunks_exact(shape[1] * shape[2])
        .map(|plane| plane.iter().all(|v| *v == plane[0]).then_some(plane[0]))
        .collect()
}

/// Arithmetic on shapes.
fn integer_arithmetic(
    node: &NodeProto,
    a: &Const,
    b: &Const,
    op: impl Fn(i64, i64) -> Option<i64>,
) -> Result<Value, ImportError> {
    let fail = || refuse(node, "arithmetic on these constants is not supported");
    let (x, y) = (a.as_ints().ok_or_else(fail)?, b.as_ints().ok_or_else(fail)?);
    let len = x.len().max(y.len());
    if x.is_empty()
        || y.is_empty()
        || (x.len() != len && x.len() != 1)
        || (y.len() != len && y.len() != 1)
    {
        return Err(fail());
    }
    let values = (0..len)
        .map(|i| op(x[i % x.len()], y[i % y.len()]))
        .collect::<Option<Vec<_>>>()
        .ok_or_else(fail)?;
    let dims = if x.len() == len { a } else { b }.dims.clone();
    Ok(Value::Const(std::rc::Rc::new(Const::ints(dims, values))))
}
