//! Models that are quantised already: QDQ pairs and the QLinear operators of static quantisation.
//!
//! Activations keep the scale and zero point that the model states, as [`Hint`]s; weights become the
//! floats they stand for.

use super::{Lowering, Value, View};
use crate::error::ImportError;
use crate::graph::{Clamp, Hint, Source};
use crate::onnx::{Const, Data, int, refuse};
use std::rc::Rc;
use tract_onnx::pb::NodeProto;

impl Lowering<'_> {
    /// Scale and zero point of an activation, from two inputs; signed codes are shifted to 0..=255.
    fn hint(&self, node: &NodeProto, scale: usize, zero: usize) -> Result<Hint, ImportError> {
        let value = self.constant(node, scale)?.scalar();
        let value = value
            .filter(|s| s.is_finite() && *s > 0.0)
            .ok_or_else(|| refuse(node, "an activation needs one positive scale"))?;
        let zero_point = match self.optional(node, zero)? {
            None => 0,
            Some(c) => match c.as_ints() {
                Some(&[z]) => z,
                _ => return Err(refuse(node, "an activation needs one integer zero point")),
            },
        };
        let signed = self.signed_codes(node, zero);
        let zero = if signed {
            zero_point.saturating_add(128)
        } else {
            zero_point
        };
        if !(0..=255).contains(&zero) {
            return Err(refuse(node, "only 8-bit activations are supported"));
        }
        Ok(Hint {
            scale: f64::from(value),
            zero,
        })
    }

    fn signed_codes(&self, node: &NodeProto, zero: usize) -> bool {
        node.input
            .get(zero)
            .is_some_and(|name| self.graph.signed.contains(name))
    }

    /// Fixes the codes of a tensor: the node itself when nothing else reads its exact value.
    fn hinted(&mut self, node: &NodeProto, view: &View, hint: Hint) -> Result<Value, ImportError> {
        let Source::Node(index) = view.source else {
            // The picture is bytes already.
            return Ok(Value::Tensor(view.clone()));
        };
        if self.net.nodes[index].hint == Some(hint) {
            return Ok(Value::Tensor(view.clone()));
        }
        let channels = self.net.nodes[index].out[0];
        let (factors, bias) = (vec![1.0; channels], vec![0.0; channels]);
        // Codes end at 0 and 255; a ReLU may have been folded into that.
        let value_of = |code: i64| ((code - hint.zero) as f64 * hint.scale) as f32;
        let clamp = Clamp {
            lo: value_of(0),
            hi: value_of(255),
        };
        let value = self.scaled(node, view, factors, bias, clamp)?;
        if let Some(last) = self.net.nodes.last_mut() {
            last.hint = Some(hint);
        }
        Ok(value)
    }

    pub(super) fn quantize(&mut self, node: &NodeProto) -> Result<Value, ImportError> {
        if let Value::Const(_) = self.value(node, 0)? {
            return Err(refuse(node, "quantising a constant is not supported"));
        }
        let view = self.unpadded(node, 0)?;
        if self.reads_picture(&view) {
            return Ok(Value::Tensor(view));
        }
        let hint = self.hint(node, 1, 2)?;
        self.hinted(node, &view, hint)
    }

    /// True for the picture and what only rescales it.
    fn reads_picture(&self, view: &View) -> bool {
        match view.source {
            Source::Input => true,
            Source::Node(i) => self.net.nodes[i].name == "normalise",
        }
    }

    pub(super) fn dequantize(&mut self, node: &NodeProto) -> Result<Value, ImportError> {
        match self.value(node, 0)? {
            Value::Const(codes) => {
                let axis = int(node, "axis", 1);
                let values = self.floats(node, &codes, 1, 2, axis)?;
                Ok(Value::Const(Rc::new(values)))
            }
            other => Ok(other),
        }
    }

    /// `scale (code - zero)`, with one scale or one per entry along an axis.
    fn floats(
        &self,
        node: &NodeProto,
        codes: &Const,
        scale: usize,
        zero: usize,
        axis: i64,
    ) -> Result<Const, ImportError> {
        let scales = self.constant(node, scale)?.to_f32();
        let zeros = match self.optional(node, zero)? {
            Some(c) => c.to_f32(),
            None => vec![0.0],
        };
        let rank = codes.dims.len() as i64;
        let axis = if axis < 0 { axis + rank } else { axis };
        let count = usize::try_from(axis)
            .ok()
            .and_then(|a| codes.dims.get(a))
            .copied()
            .unwrap_or(1);
        let fits = |n: usize| n == 1 || n == count;
        if scales.is_empty() || zeros.is_empty() || !fits(scales.len()) || !fits(zeros.len()) {
            return Err(refuse(node, "its scales do not fit its weights"));
        }
        let inner: usize = codes.dims.iter().skip(axis.max(0) as usize + 1).product();
        let values = codes
            .to_f32()
            .iter()
            .enumerate()
            .map(|(i, code)| {
                let at = i / inner.max(1) % count.max(1);
                scales[at % scales.len()] * (code - zeros[at % zeros.len()])
            })
            .collect();
        Ok(Const {
            dims: codes.dims.clone(),
            data: Data::Float(values),
        })
    }

    /// An integer bias counts in units of `x_scale w_scale`.
    fn bias(
        &self,
        node: &NodeProto,
        index: usize,
        x_scale: usize,
        w_scale: usize,
    ) -> Result<Option<Vec<f32>>, ImportError> {
        let Some(bias) = self.optional(node, index)? else {
            return Ok(None);
        };
        let x = self
            .constant(node, x_scale)?
            .scalar()
            .ok_or_else(|| refuse(node, "an activation needs one scale"))?;
        let w = self.constant(node, w_scale)?.to_f32();
        if w.is_empty() {
            return Err(refuse(node, "its scales do not fit its weights"));
        }
        let values = bias.to_f32();
        Ok(Some(
            values
                .iter()
                .enumerate()
                .map(|(i, b)| b * x * w[i % w.len()])
                .collect(),
        ))
    }

    fn ends_in_hint(
        &mut self,
        node: &NodeProto,
        value: Value,
        scale: usize,
        zero: usize,
    ) -> Result<Value, ImportError> {
        let hint = self.hint(node, scale, zero)?;
        match value {
            Value::Tensor(view) => self.hinted(node, &view, hint),
            other => Ok(other),
        }
    }

    /// `x xs xz w ws wz ys yz bias`
    pub(super) fn qlinear_conv(&mut self, node: &NodeProto) -> Result<Value, ImportError> {
        let view = self.view(node, 0)?;
        let codes = self.constant(node, 3)?;
        let weights = self.floats(node, &codes, 4, 5, 0)?;
        let bias = self.bias(node, 8, 1, 4)?;
        let value = self.conv_with(node, &view, &weights, bias)?;
        self.ends_in_hint(node, value, 6, 7)
    }

    /// `a as az b bs bz ys yz`
    pub(super) fn qlinear_matmul(&mut self, node: &NodeProto) -> Result<Value, ImportError> {
        let view = self.unpadded(node, 0)?;
        let codes = self.constant(node, 3)?;
        let weights = self.floats(node, &codes, 4, 5, -1)?;
        let value = self.dense(node, &view, &weights, false, 1.0, None)?;
        self.ends_in_hint(node, value, 6, 7)
    }

    /// `a as az b bs bz C ys yz`
    pub(super) fn qgemm(&mut self, node: &NodeProto) -> Result<Value, ImportError> {
        let view = self.unpadded(node, 0)?;
        let codes = self.constant(node, 3)?;
        let transposed = int(node, "transB", 0) != 0;
        let weights = self.floats(node, &codes, 4, 5, if transposed { 0 } else { 1 })?;
        let alpha = crate::onnx::float(node, "alpha").unwrap_or(1.0);
        let bias = self.bias(node, 6, 1, 4)?;
        let bias = bias.map(|b| b.iter().map(|v| v * alpha).collect());
        let value = self.dense(node, &view, &weights, transposed, alpha, bias)?;
        if node.input.get(7).is_some_and(|n| !n.is_empty()) {
            return self.ends_in_hint(node, value, 7, 8);
        }
        Ok(value)
    }

    /// `A as az B bs bz cs cz`
    pub(super) fn qlinear_add(&mut self, node: &NodeProto) -> Result<Value, ImportError> {
        let (a, b) = (self.unpadded(node, 0)?, self.unpadded(node, 3)?);
        let value = self.sum(node, &a, &b, 1.0)?;
        self.ends_in_hint(node, value, 6, 7)
    }

    /// `X xs xz ys yz`
    pub(super) fn qlinear_average_pool(&mut self, node: &NodeProto) -> Result<Value, ImportError> {
        if int(node, "channels_last", 0) != 0 {
            return Err(refuse(node, "channels_last is not supported"));
        }
        let value = self.average_pool(node)?;
        self.ends_in_hint(node, value, 3, 4)
    }

    /// `X xs xz ys yz`
    pub(super) fn qlinear_global_average_pool(
        &mut self,
        node: &NodeProto,
    ) -> Result<Value, ImportError> {
        if int(node, "channels_last", 0) != 0 {
            return Err(refuse(node, "channels_last is not supported"));
        }
        let value = self.global_average_pool(node)?;
        self.ends_in_hint(node, value, 3, 4)
    }
}
