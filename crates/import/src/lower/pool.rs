//! Pooling: averages are depthwise convolutions, maxima a node of their own.

use super::linear::window;
use super::{Lowering, Value, View};
use crate::error::ImportError;
use crate::graph::{Clamp, Kind, Op};
use crate::onnx::{int, ints, refuse};
use std::rc::Rc;
use tract_onnx::pb::NodeProto;

/// Side of the windows that a global maximum is made of.
const SIDE: usize = 4;
/// Most positions under one max-pool window.
const MAX_TAPS: usize = 64;

impl Lowering<'_> {
    pub(super) fn average_pool(&mut self, node: &NodeProto) -> Result<Value, ImportError> {
        let view = self.unpadded(node, 0)?;
        let input = self.picture(node, &view)?;
        let w = window(node, None, input, [0; 4])?;
        if w.dilation != [1, 1] {
            return Err(refuse(node, "dilated averages are not supported"));
        }
        let mut value = self.average(node, &view, input, w.kernel, w.stride, w.pad, w.out)?;
        // Windows over the border count fewer positions. Rounding up adds none that count.
        let counted = match int(node, "count_include_pad", 0) {
            0 => [0; 4],
            _ => w.stated,
        };
        let along = |a: usize, at: usize| {
            let start = at * w.stride[a];
            let from = start.max(w.pad[a] - counted[a]);
            let to = (start + w.kernel[a]).min(w.pad[a] + input[a + 1] + counted[a + 2]);
            w.kernel[a] as f32 / (to - from) as f32
        };
        let plane: Vec<f32> = (0..w.out[0])
            .flat_map(|y| (0..w.out[1]).map(move |x| (y, x)))
            .map(|(y, x)| along(0, y) * along(1, x))
            .collect();
        if let Value::Tensor(view) = &mut value
            && plane.iter().any(|f| *f != 1.0)
        {
            view.gain = Some(Rc::new(plane.repeat(input[0])));
        }
        Ok(value)
    }

    pub(super) fn global_average_pool(&mut self, node: &NodeProto) -> Result<Value, ImportError> {
        let view = self.weighted(node, 0)?;
        let input = self.picture(node, &view)?;
        let kernel = [input[1], input[2]];
        self.average(node, &view, input, kernel, [1, 1], [0; 4], [1, 1])
    }

    pub(super) fn reduce_mean(&mut self, node: &NodeProto) -> Result<Value, ImportError> {
        let view = self.weighted(node, 0)?;
        let input = self.picture(node, &view)?;
        let axes = match self.optional(node, 1)? {
            Some(axes) => axes.as_ints().unwrap_or_default().to_vec(),
            None => ints(node, "axes").unwrap_or_default().to_vec(),
        };
        let mut axes: Vec<i64> = axes
            .iter()
            .map(|a| if *a < 0 { a + 4 } else { *a })
            .collect();
        axes.sort_unstable();
        if axes != [2, 3] {
            return Err(refuse(
                node,
                "only means over height and width are supported",
            ));
        }
        let kernel = [input[1], input[2]];
        let value = self.average(node, &view, input, kernel, [1, 1], [0; 4], [1, 1])?;
        match value {
            Value::Tensor(mut view) if int(node, "keepdims", 1) == 0 => {
                view.shape = vec![1, input[0]];
                Ok(Value::Tensor(view))
            }
            other => Ok(other),
        }
    }

    #[allow(clippy::too_many_arguments)] // the numbers of a window
    fn average(
        &mut self,
        node: &NodeProto,
        view: &View,
        input: [usize; 3],
        kernel: [usize; 2],
        stride: [usize; 2],
        pad: [usize; 4],
        out: [usize; 2],
    ) -> Result<Value, ImportError> {
        let taps = kernel[0] * kernel[1];
        if taps.saturating_mul(input[0]) > 1 << 24 {
            return Err(refuse(node, "its window is too large"));
        }
        let op = Op::Conv {
            kernel,
            stride,
            pad,
            groups: input[0],
            weights: match &view.gain {
                // All places: the factors are those of the one window.
                Some(gain) => gain.iter().map(|f| f / taps as f32).collect(),
                None => vec![1.0 / taps as f32; taps * input[0]],
            },
        };
        let shape = [input[0], out[0], out[1]];
        let bias = vec![0.0; input[0]];
        let source = self.push_linear(node, shape, vec![(view.source, op)], bias, Clamp::NONE)?;
        Ok(Value::Tensor(View::plain(source, shape, 4)))
    }

    pub(super) fn max_pool(&mut self, node: &NodeProto) -> Result<Value, ImportError> {
        let view = self.unpadded(node, 0)?;
        let input = self.picture(node, &view)?;
        let w = window(node, None, input, [0; 4])?;
        if w.dilation != [1, 1] {
            return Err(refuse(node, "dilated max-pooling is not supported"));
        }
        self.maximum(node, &view, input, w.kernel, w.stride, w.pad, w.out)
    }

    pub(super) fn global_max_pool(&mut self, node: &NodeProto) -> Result<Value, ImportError> {
        let mut view = self.unpadded(node, 0)?;
        loop {
            let input = self.picture(node, &view)?;
            let side = |length: usize| length.min(SIDE);
            let kernel = [side(input[1]), side(input[2])];
            if [input[1], input[2]] == kernel {
                return self.maximum(node, &view, input, kernel, [1, 1], [0; 4], [1, 1]);
            }
            // The maximum of maxima. Windows at the end reach over the border, where there is nothing.
            let out = [input[1].div_ceil(kernel[0]), input[2].div_ceil(kernel[1])];
            let pad = [
                0,
                0,
                out[0] * kernel[0] - input[1],
                out[1] * kernel[1] - input[2],
            ];
            match self.maximum(node, &view, input, kernel, kernel, pad, out)? {
                Value::Tensor(pooled) => view = pooled,
                other => return Ok(other),
            }
        }
    }

    #[allow(clippy::too_many_arguments)] // the numbers of a window
    fn maximum(
        &mut self,
        node: &NodeProto,
        view: &View,
        input: [usize; 3],
        kernel: [usize; 2],
        stride: [usize; 2],
        pad: [usize; 4],
        out: [usize; 2],
    ) -> Result<Value, ImportError> {
        if kernel[0] * kernel[1] > MAX_TAPS {
            return Err(refuse(
                node,
                format!("max-pooling over more than {MAX_TAPS} positions is not supported"),
            ));
        }
        let shape = [input[0], out[0], out[1]];
        let kind = Kind::MaxPool {
            input: view.source,
            kernel,
            stride,
            pad,
        };
        let source = self.push(node, shape, kind)?;
        Ok(Value::Tensor(View::plain(source, shape, 4)))
    }
}
