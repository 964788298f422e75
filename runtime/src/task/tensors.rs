//! Named tensors in, named tensors out: for models whose task has no typed interface.

use super::Task;
use crate::catalog::Model;
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::session::Call;
use crate::skill::{Answer, Ask};
use crate::tensor::{NamedTensors, Tensor};
use export::Head;

/// Named tensors in, named tensors out, as the graph declares them.
#[derive(Debug, Clone, Copy)]
pub struct Tensors;

impl Task for Tensors {
    type Input = NamedTensors;
    type Output = NamedTensors;
    type Processor = ();

    const HEAD: Head = Head::Auto;

    fn processor(_model: &Model, _checkpoint: &Checkpoint) -> Result<(), Error> {
        Ok(())
    }

    fn run(call: &Call<'_, Self>, items: &[NamedTensors]) -> Result<Vec<NamedTensors>, Error> {
        items
            .iter()
            .map(|feeds| call.forward("model", feeds))
            .collect()
    }

    fn parse(ask: &Ask) -> Result<Vec<NamedTensors>, Error> {
        ask.arguments.iter().map(|file| load(file)).collect()
    }

    fn present(_ask: &Ask, outputs: &[NamedTensors]) -> Answer {
        let mut text = String::new();
        let mut json = serde_json::Map::new();
        for (name, tensor) in outputs.iter().flat_map(NamedTensors::iter) {
            text.push_str(&format!(
                "{name}: {} {:?}\n",
                tensor.dtype(),
                tensor.shape()
            ));
            let values: Option<Vec<f32>> =
                tensor.to_f32().map(|array| array.iter().copied().collect());
            let entry = serde_json::json!({ "dtype": tensor.dtype(), "shape": tensor.shape(), "values": values });
            json.insert(name.to_owned(), entry);
        }
        Answer {
            text,
            json: json.into(),
        }
    }
}

/// The tensors of a safetensors file.
fn load(argument: &str) -> Result<NamedTensors, Error> {
    let invalid = |reason: &dyn std::fmt::Display| {
        Error::InvalidInput(format!(
            "`{argument}` is no safetensors file of int64 and float32 tensors: {reason}"
        ))
    };
    let bytes = std::fs::read(argument).map_err(|error| invalid(&error))?;
    let file = safetensors::SafeTensors::deserialize(&bytes).map_err(|error| invalid(&error))?;
    let mut named = NamedTensors::new();
    for (name, view) in file.iter() {
        let tensor =
            read(&view).ok_or_else(|| invalid(&format!("`{name}` is {:?}", view.dtype())))?;
        named.insert(name.to_owned(), tensor);
    }
    Ok(named)
}

/// A tensor of a safetensors file, which stores its values in little-endian order.
fn read(view: &safetensors::tensor::TensorView<'_>) -> Option<Tensor> {
    let shape = view.shape().to_vec();
    match view.dtype() {
        safetensors::Dtype::F32 => {
            let values = view
                .data()
                .as_chunks()
                .0
                .iter()
                .map(|bytes| f32::from_le_bytes(*bytes))
                .collect();
            ndarray::ArrayD::from_shape_vec(shape, values)
                .ok()
                .map(Tensor::from)
        }
        safetensors::Dtype::I64 => {
            let values = view
                .data()
                .as_chunks()
                .0
                .iter()
                .map(|bytes| i64::from_le_bytes(*bytes))
                .collect();
            ndarray::ArrayD::from_shape_vec(shape, values)
                .ok()
                .map(Tensor::from)
        }
        _ => None,
    }
}
