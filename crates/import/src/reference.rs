//! The float reference: tract runs the model as its author meant it.

use super::error::{ImportError, printable};
use super::lower::{LUMA, Layout, Normalisation};
use super::onnx::{Data, constant};
use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Once};
use tract_onnx::pb::{self, ModelProto};
use tract_onnx::prelude::*;

/// A float model that can be run.
pub(crate) struct Reference {
    plan: Arc<TypedRunnableModel>,
    layout: Layout,
    normalisation: Normalisation,
}

thread_local! {
    static GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// A panic that is caught below is told as a reason; it must not be printed as an error of this program besides.
fn keep_guarded_panics_quiet() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !GUARDED.get() {
                before(info);
            }
        }));
    });
}

/// Other people's code on a stranger's model: a panic is a reason, not an end.
fn guarded<T>(run: impl FnOnce() -> TractResult<T>) -> Result<T, ImportError> {
    keep_guarded_panics_quiet();
    let before = GUARDED.replace(true);
    let ran = catch_unwind(AssertUnwindSafe(run));
    GUARDED.set(before);
    match ran {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(e)) => Err(ImportError::Reference(printable(&format!("{e:#}")))),
        Err(_) => Err(ImportError::Reference("tract gave up on the model".into())),
    }
}

/// Half precision becomes single precision, which holds every value of it: tract computes in one kind only.
fn widen(proto: &mut ModelProto) -> Result<(), String> {
    use pb::tensor_proto::DataType as T;
    let (half, single) = (T::Float16 as i32, T::Float as i32);
    let Some(graph) = &mut proto.graph else {
        return Ok(());
    };
    let in_nodes = graph.node.iter_mut().flat_map(|node| {
        let cast = node.op_type == "Cast";
        let attributes = node.attribute.iter_mut();
        attributes.filter_map(move |a| {
            if cast && a.name == "to" && a.i == i64::from(half) {
                a.i = i64::from(single);
            }
            a.t.as_mut()
        })
    });
    for tensor in graph.initializer.iter_mut().chain(in_nodes) {
        if tensor.data_type == half {
            let Data::Float(values) = constant(tensor)?.data else {
                continue;
            };
            tensor.data_type = single;
            tensor.raw_data = Vec::new();
            tensor.int32_data = Vec::new();
            tensor.float_data = values;
        }
    }
    for value in graph.input.iter_mut().chain(&mut graph.output) {
        if let Some(pb::type_proto::Value::TensorType(tensor)) =
            value.r#type.as_mut().and_then(|t| t.value.as_mut())
            && tensor.elem_type == half
        {
            tensor.elem_type = single;
        }
    }
    Ok(())
}

/// Leaves `output` alone, and if it is made by a softmax or sigmoid, what goes into that: scores are compared.
fn end_at_scores(proto: &mut ModelProto, output: &str) {
    let Some(graph) = &mut proto.graph else {
        return;
    };
    let mut scores = output.to_owned();
    let finishes = ["Softmax", "LogSoftmax", "Sigmoid"];
    while let Some(node) = graph
        .node
        .iter()
        .find(|n| n.output.first() == Some(&scores))
    {
        let passes = finishes.contains(&node.op_type.as_str()) || node.op_type == "Identity";
        match node.input.first() {
            Some(input) if passes => scores = input.clone(),
            _ => break,
        }
    }
    graph.output.retain(|o| o.name == output);
    for o in &mut graph.output {
        o.name = scores.clone();
        o.r#type = None;
    }
}

impl Reference {
    /// Prepares a model.
    pub fn new(
        proto: &ModelProto,
        output: &str,
        layout: &Layout,
        normalisation: &Normalisation,
    ) -> Result<Self, ImportError> {
        let mut proto = proto.clone();
        widen(&mut proto).map_err(ImportError::Reference)?;
        end_at_scores(&mut proto, output);
        let plan = guarded(|| {
            tract_onnx::onnx()
                .with_ignore_value_info(true)
                .model_for_proto_model(&proto)?
                .with_input_fact(0, f32::fact(&layout.dims[..]).into())?
                .into_optimized()?
                .into_runnable()
        })?;
        Ok(Reference {
            plan,
            layout: layout.clone(),
            normalisation: normalisation.clone(),
        })
    }

    /// The model's output for a picture in channel-major bytes.
    pub fn run(&self, picture: &[u8]) -> Result<Vec<f32>, ImportError> {
        let input = self.input(picture);
        guarded(|| {
            let tensor = Tensor::from_shape(&self.layout.dims, &input)?;
            let output = self.plan.run(tvec!(tensor.into()))?;
            let scores = output[0].cast_to::<f32>()?;
            let scores = scores.to_plain_array_view::<f32>()?;
            Ok(scores.iter().copied().collect())
        })
    }

    fn input(&self, picture: &[u8]) -> Vec<f32> {
        let plane = picture.len() / 3;
        let Normalisation { factors, offsets } = &self.normalisation;
        let mut channels: Vec<Vec<f32>> = picture
            .chunks_exact(plane)
            .map(|c| c.iter().map(|&p| f32::from(p)).collect())
            .collect();
        if self.layout.grey {
            let grey = (0..plane)
                .map(|i| channels.iter().zip(LUMA).map(|(c, w)| w * c[i]).sum())
                .collect();
            channels = vec![grey];
        }
        for (c, channel) in channels.iter_mut().enumerate() {
            channel
                .iter_mut()
                .for_each(|p| *p = *p * factors[c] + offsets[c]);
        }
        if self.layout.channels_last {
            (0..plane)
                .flat_map(|i| channels.iter().map(move |c| c[i]))
                .collect()
        } else {
            channels.concat()
        }
    }
}
