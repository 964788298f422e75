//! Tensors as what a graph's shapes are worked out from.

use export::outline::Numbers;
use export::propagate::{Given, Givens};

use crate::tensor::{NamedTensors, Tensor};

/// The most elements of a tensor that are kept: a branch is chosen by one, a shape by a few.
const MOST_NUMBERS: usize = 64;

/// The shapes of tensors that a graph is fed, with the integers of those that have few.
#[must_use]
pub fn given(feeds: &NamedTensors) -> Givens {
    let each = feeds.iter().map(|(name, tensor)| {
        let given = Given {
            shape: tensor.shape().iter().map(|&size| size as u64).collect(),
            numbers: numbers(tensor),
        };
        (name.to_owned(), given)
    });
    each.collect()
}

fn numbers(tensor: &Tensor) -> Option<Numbers> {
    if tensor.shape().iter().product::<usize>() > MOST_NUMBERS {
        return None;
    }
    Some(Numbers::Integers(match tensor {
        Tensor::I64(array) => array.iter().copied().collect(),
        Tensor::I32(array) => array.iter().map(|&number| number.into()).collect(),
        Tensor::U8(array) => array.iter().map(|&number| number.into()).collect(),
        Tensor::Bool(array) => array.iter().map(|&holds| holds.into()).collect(),
        Tensor::F32(_) | Tensor::F16(_) | Tensor::Bf16(_) => return None,
    }))
}
