//! Reading a graph's outputs with the element type and rank that a task expects.

use ndarray::{Array, Dimension};

use crate::error::Error;
use crate::tensor::NamedTensors;

/// The output of that name as floats of rank `D`; half precision is widened.
pub(super) fn floats<D: Dimension>(
    outputs: &NamedTensors,
    output: &'static str,
    expected: &'static str,
) -> Result<Array<f32, D>, Error> {
    let tensor = outputs.find(output).ok_or_else(|| Error::MissingOutput {
        output,
        known: outputs.names().collect::<Vec<_>>().join(", "),
    })?;
    let wrong = || Error::WrongOutput {
        output: output.to_owned(),
        found: format!("{} {:?}", tensor.dtype(), tensor.shape()),
        expected,
    };
    let array = tensor.to_f32().ok_or_else(wrong)?.into_owned();
    array.into_dimensionality::<D>().map_err(|_| wrong())
}
