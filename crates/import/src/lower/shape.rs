//! Rearrangements, which move nothing, and arithmetic on shapes.

use super::{Lowering, Value, View};
use crate::error::ImportError;
use crate::onnx::{Const, Data, int, ints, refuse, string};
use std::rc::Rc;
use tract_onnx::pb::NodeProto;

impl Lowering<'_> {
    pub(super) fn flatten(&mut self, node: &NodeProto) -> Result<Value, ImportError> {
        let view = self.weighted(node, 0)?;
        let axis = int(node, "axis", 1);
        if axis != 1 {
            return Err(refuse(
                node,
                format!("flattening at axis {axis} is not supported"),
            ));
        }
        let shape = vec![1, view.size()];
        Ok(Value::Tensor(View { shape, ..view }))
    }

    pub(super) fn reshape(&mut self, node: &NodeProto) -> Result<Value, ImportError> {
        let target = self.constant(node, 1)?;
        let target = target
            .as_ints()
            .ok_or_else(|| refuse(node, "its shape is not made of integers"))?
            .to_vec();
        if let Value::Const(c) = self.value(node, 0)? {
            let shape = resolve(node, &target, &c.dims, int(node, "allowzero", 0) != 0)?;
            return Ok(Value::Const(Rc::new(Const {
                dims: shape,
                data: c.data.clone(),
            })));
        }
        let view = self.weighted(node, 0)?;
        let shape = resolve(node, &target, &view.shape, int(node, "allowzero", 0) != 0)?;
        Ok(Value::Tensor(View { shape, ..view }))
    }

    pub(super) fn squeeze(&mut self, node: &NodeProto) -> Result<Value, ImportError> {
        let axes = self.axes(node)?;
        let value = self.value(node, 0)?;
        let shape = shape_of(&value).ok_or_else(|| refuse(node, "its input has no shape"))?;
        let rank = shape.len() as i64;
        let mut kept = Vec::new();
        for (i, &d) in shape.iter().enumerate() {
            let named = axes
                .iter()
                .any(|&a| a == i as i64 || a.checked_add(rank) == Some(i as i64));
            if named && d != 1 {
                return Err(refuse(node, format!("dimension {i} is {d}, not 1")));
            }
            if !(named || axes.is_empty() && d == 1) {
                kept.push(d);
            }
        }
        self.reshaped(node, value, kept)
    }

    pub(super) fn unsqueeze(&mut self, node: &NodeProto) -> Result<Value, ImportError> {
        let axes = self.axes(node)?;
        let value = self.value(node, 0)?;
        let mut shape = shape_of(&value).ok_or_else(|| refuse(node, "its input has no shape"))?;
        let rank = (shape.len() + axes.len()) as i64;
        let mut axes: Vec<i64> = axes
            .iter()
            .map(|&a| if a < 0 { a.saturating_add(rank) } else { a })
            .collect();
        axes.sort_unstable();
        for a in axes {
            if !(0..=shape.len() as i64).contains(&a) || shape.len() > 8 {
                return Err(refuse(node, format!("axis {a} is out of range")));
            }
            shape.insert(a as usize, 1);
        }
        self.reshaped(node, value, shape)
    }

    fn axes(&self, node: &NodeProto) -> Result<Vec<i64>, ImportError> {
        Ok(match self.optional(node, 1)? {
            Some(c) => c.as_ints().unwrap_or_default().to_vec(),
            None => ints(node, "axes").unwrap_or_default().to_vec(),
        })
    }

    fn reshaped(
        &self,
        node: &NodeProto,
        value: Value,
        shape: Vec<usize>,
    ) -> Result<Value, ImportError> {
        Ok(match value {
            Value::Const(c) => Value::Const(Rc::new(Const {
                dims: shape,
                data: c.data.clone(),
            })),
            _ => Value::Tensor(View {
                shape,
                ..self.weighted(node, 0)?
            }),
        })
    }

    pub(super) fn transpose(&mut self, node: &NodeProto) -> Result<Value, ImportError> {
        if let Value::Const(c) = self.value(node, 0)? {
            let perm = permutation(node, c.dims.len())?;
            let order = transposed(&c.dims, &perm);
            let dims = perm.iter().map(|&p| c.dims[p]).collect();
            let data = match &c.data {
                Data::Float(v) => Data::Float(order.iter().map(|&i| v[i as usize]).collect()),
                Data::Int(v) => Data::Int(order.iter().map(|&i| v[i as usize]).collect()),
            };
            return Ok(Value::Const(Rc::new(Const { dims, data })));
        }
        let view = self.weighted(node, 0)?;
        let perm = permutation(node, view.shape.len())?;
        let mut order = transposed(&view.shape, &perm);
        if let Some(before) = &view.order {
            order.iter_mut().for_each(|i| *i = before[*i as usize]);
        }
        let shape = perm.iter().map(|&p| view.shape[p]).collect();
        let is_identity = order.iter().enumerate().all(|(i, &o)| i == o as usize);
        Ok(Value::Tensor(View {
            shape,
            order: (!is_identity).then(|| Rc::new(order)),
            ..view
        }))
    }

    pub(super) fn pad(&mut self, node: &NodeProto) -> Result<Value, ImportError> {
        let mut view = self.view(node, 0)?;
        self.picture(node, &view)?;
        let pads = match self.optional(node, 1)? {
            Some(c) => c.as_ints().unwrap_or_default().to_vec(),
            None => ints(node, "pads").unwrap_or_default().to_vec(),
        };
        let value = match self.optional(node, 2)? {
            Some(c) => c.scalar(),
            None => Some(crate::onnx::float(node, "value").unwrap_or(0.0)),
        };
        let mode = string(node, "mode");
        if !(mode.is_empty() || mode == "constant") || value != Some(0.0) || node.input.len() > 3 {
            return Err(refuse(node, "only padding with zeros is supported"));
        }
        let [0, 0, top, left, 0, 0, bottom, right] = pads[..] else {
            return Err(refuse(
                node,
                format!("padding {pads:?} is not around height and width"),
            ));
        };
        for (pad, add) in view.pad.iter_mut().zip([top, left, bottom, right]) {
            *pad += usize::try_from(add)
                .ok()
                .filter(|&p| p <= 4096)
                .ok_or_else(|| refuse(node, format!("padding {add} is out of range")))?;
        }
        Ok(Value::Tensor(view))
    }

    pub(super) fn shape_of(&mut self, node: &NodeProto) -> Result<Value, ImportError> {
        let shape = shape_of(&self.value(node, 0)?)
            .ok_or_else(|| refuse(node, "its input has no shape"))?;
        let values: Vec<i64> = shape.iter().map(|&d| d as i64).collect();
        Ok(Value::Const(Rc::new(Const::ints(
            vec![values.len()],
            values,
        ))))
    }

    pub(super) fn gather(&mut self, node: &NodeProto) -> Result<Value, ImportError> {
        let fail = || refuse(node, "only picking entries of a shape is supported");
        let (from, at) = (self.constant(node, 0)?, self.constant(node, 1)?);
        let (values, indices) = (
            from.as_ints().ok_or_else(fail)?,
            at.as_ints().ok_or_else(fail)?,
        );
        if from.dims.len() != 1 {
            return Err(fail());
        }
        let picked = indices
            .iter()
            .map(|&i| {
                let i = if i < 0 {
                    i.saturating_add(values.len() as i64)
                } else {
                    i
                };
                usize::try_from(i).ok().and_then(|i| values.get(i)).copied()
            })
            .collect::<Option<Vec<_>>>()
            .ok_or_else(|| refuse(node, "an index is out of range"))?;
        Ok(Value::Const(Rc::new(Const::ints(at.dims.clone(), picked))))
    }

    pub(super) fn slice(&mut self, node: &NodeProto) -> Result<Value, ImportError> {
        let fail = || refuse(node, "only slices of a shape are supported");
        let from = self.constant(node, 0).map_err(|_| fail())?;
        let values = from
            .as_ints()
            .filter(|_| from.dims.len() == 1)
            .ok_or_else(fail)?;
        let bound = |index: usize, name: &str| -> Result<i64, ImportError> {
            let found = match self.optional(node, index)? {
                Some(c) => c.as_ints().and_then(|v| v.first().copied()),
                None => ints(node, name).and_then(|v| v.first().copied()),
            };
            let len = values.len() as i64;
            let found = found.ok_or_else(fail)?;
            let found = if found < 0 {
                found.saturating_add(len)
            } else {
                found
            };
            Ok(found.clamp(0, len))
        };
        if let Some(step) = self.optional(node, 4)?
            && step.as_ints() != Some(&[1])
        {
            return Err(fail());
        }
        let (start, end) = (bound(1, "starts")? as usize, bound(2, "ends")? as usize);
        let kept = values[start.min(end)..end].to_vec();
        Ok(Value::Const(Rc::new(Const::ints(vec![kept.len()], kept))))
    }
}

fn shape_of(value: &Value) -> Option<Vec<usize>> {
    match value {
        Value::Const(c) => Some(c.dims.clone()),
        Value::Tensor(view) => Some(view.shape.clone()),
        Value::Final(..) => None,
    }
}

fn resolve(
    node: &NodeProto,
    target: &[i64],
    from: &[usize],
    allow_zero: bool,
) -> Result<Vec<usize>, ImportError> {
    let size: usize = from.iter().product();
    let fail = || refuse(node, format!("shape {from:?} cannot become {target:?}"));
    let mut shape = Vec::with_capacity(target.len());
    let mut open = None;
    for (i, &d) in target.iter().enumerate() {
        shape.push(match d {
            -1 if open.is_none() => {
                open = Some(i);
                1
            }
            0 if !allow_zero => *from.get(i).ok_or_else(fail)?,
            d => usize::try_from(d).map_err(|_| fail())?,
        });
    }
    let known = shape
        .iter()
        .try_fold(1usize, |n, &d| n.checked_mul(d))
        .filter(|&n| n > 0)
        .ok_or_else(fail)?;
    if let Some(i) = open {
        shape[i] = size / known;
    }
    if shape.iter().try_fold(1usize, |n, &d| n.checked_mul(d)) != Some(size) || shape.len() > 8 {
        return Err(fail());
    }
    Ok(shape)
}

fn permutation(node: &NodeProto, rank: usize) -> Result<Vec<usize>, ImportError> {
    let perm: Vec<usize> = match ints(node, "perm") {
        Some(perm) => perm
            .iter()
            .map(|&p| usize::try_from(p).unwrap_or(usize::MAX))
            .collect(),
        None => (0..rank).rev().collect(),
    };
    let mut sorted = perm.clone();
    sorted.sort_unstable();
    if sorted != (0..rank).collect::<Vec<_>>() {
        return Err(refuse(
            node,
            format!("{perm:?} does not permute {rank} dimensions"),
        ));
    }
    Ok(perm)
}

/// For every entry after a transposition, the entry before.
fn transposed(shape: &[usize], perm: &[usize]) -> Vec<u32> {
    let mut strides = vec![1usize; shape.len()];
    for i in (1..shape.len()).rev() {
        strides[i - 1] = strides[i] * shape[i];
    }
    let size: usize = shape.iter().product();
    (0..size)
        .map(|entry| {
            let (mut rest, mut from) = (entry, 0);
            for &p in perm.iter().rev() {
                from += rest % shape[p] * strides[p];
                rest /= shape[p];
            }
            from as u32
        })
        .collect()
}
