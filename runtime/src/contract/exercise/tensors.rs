//! Raw tensors under test: nothing is known of their meaning, so there are no examples.

use super::Exercise;
use crate::error::Error;
use crate::reference::{Case, Reference};
use crate::session::Session;
use crate::task::Tensors;
use crate::tensor::{NamedTensors, Tensor};

impl Exercise for Tensors {
    fn examples() -> Vec<NamedTensors> {
        Vec::new()
    }

    fn empty() -> Vec<NamedTensors> {
        Vec::new()
    }

    fn oversized() -> Vec<NamedTensors> {
        Vec::new()
    }

    fn malformed() -> Vec<NamedTensors> {
        Vec::new()
    }

    fn truncates((): &()) -> bool {
        false
    }

    fn values(output: &NamedTensors) -> Vec<f32> {
        let floats = output
            .iter()
            .filter_map(|(_, tensor)| Tensor::to_f32(tensor));
        floats
            .flat_map(|array| array.iter().copied().collect::<Vec<_>>())
            .collect()
    }

    fn promised(_session: &Session<Self>) -> Result<usize, Error> {
        Err(Error::InvalidInput(
            "a graph of raw tensors promises no size".to_owned(),
        ))
    }

    fn reference_items(
        _session: &Session<Self>,
        _reference: &Reference,
        _case: &Case,
    ) -> Result<Option<Vec<NamedTensors>>, Error> {
        Ok(None)
    }

    fn reference_output() -> &'static str {
        ""
    }
}
