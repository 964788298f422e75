//! Reading a graph's outputs with the element type and rank that a task expects.

use ndarray::{Array, Dimension};

use crate::error::Error;
use crate::tensor::{NamedTensors, Tensor};

/// The output of that name as floats of rank `D`; half precision is widened.
pub(super) fn floats<D: Dimension>(
    outputs: &NamedTensors,
    output: &'static str,
    expected: &'static str,
) -> Result<Array<f32, D>, Error> {
    let tensor = outputs.find(output).cloned();
    of_rank(
        tensor.ok_or_else(|| missing(outputs, output))?,
        output,
        expected,
    )
}

/// The same of an output that is read once: it is taken out, not copied.
pub(super) fn take_floats<D: Dimension>(
    outputs: &mut NamedTensors,
    output: &'static str,
    expected: &'static str,
) -> Result<Array<f32, D>, Error> {
    let tensor = outputs.take(output);
    of_rank(
        tensor.ok_or_else(|| missing(outputs, output))?,
        output,
        expected,
    )
}

fn missing(outputs: &NamedTensors, output: &'static str) -> Error {
    Error::MissingOutput {
        output,
        known: outputs.names().collect::<Vec<_>>().join(", "),
    }
}

fn of_rank<D: Dimension>(
    tensor: Tensor,
    output: &str,
    expected: &'static str,
) -> Result<Array<f32, D>, Error> {
    let found = format!("{} {:?}", tensor.dtype(), tensor.shape());
    let array = tensor.into_f32();
    let array = array.and_then(|array| array.into_dimensionality::<D>().ok());
    array.ok_or_else(|| Error::WrongOutput {
        output: output.to_owned(),
        found,
        expected,
    })
}
