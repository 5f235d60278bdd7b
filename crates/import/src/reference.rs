//! The float reference: tract runs the model as its author meant it.

use super::error::{ImportError, printable};
use super::lower::{LUMA, Layout, Normalisation};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use tract_onnx::pb::ModelProto;
use tract_onnx::prelude::*;

/// A float model that can be run.
pub(crate) struct Reference {
    plan: Arc<TypedRunnableModel>,
    layout: Layout,
    normalisation: Normalisation,
}

/// Other people's code on a stranger's model: a panic is a reason, not an end.
fn guarded<T>(run: impl FnOnce() -> TractResult<T>) -> Result<T, ImportError> {
    match catch_unwind(AssertUnwindSafe(run)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(e)) => Err(ImportError::Reference(printable(&format!("{e:#}")))),
        Err(_) => Err(ImportError::Reference("tract gave up on the model".into())),
    }
}

impl Reference {
    /// Prepares a model.
    pub fn new(
        proto: &ModelProto,
        layout: &Layout,
        normalisation: &Normalisation,
    ) -> Result<Self, ImportError> {
        let plan = guarded(|| {
            tract_onnx::onnx()
                .with_ignore_value_info(true)
                .model_for_proto_model(proto)?
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
