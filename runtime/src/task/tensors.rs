//! Named tensors in, named tensors out: for models whose task has no typed interface.

use std::path::Path;

use export::Head;

use super::Task;
use crate::catalog::Model;
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::session::Call;
use crate::skill::{Answer, Ask};
use crate::tensor::{NamedTensors, file};

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
        let files = ask.arguments.iter();
        files.map(|path| file::read(Path::new(path))).collect()
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
