//! What the rule of an operator works on: the node's attributes, and what is known of its operands.

use std::sync::Arc;

use super::{Known, Operand, Unknown};
use crate::outline::{Node, Numbers};

/// Why a rule gives nothing.
#[derive(Debug)]
pub(super) enum Stop {
    /// An operand is unknown.
    Inherited(Arc<Unknown>),
    /// Something of the node itself.
    Because(String),
}

impl From<String> for Stop {
    fn from(reason: String) -> Self {
        Self::Because(reason)
    }
}

impl From<&str> for Stop {
    fn from(reason: &str) -> Self {
        Self::Because(reason.to_owned())
    }
}

/// What a rule gives: the node's outputs in order.
pub(super) type Inferred = Result<Vec<Known>, Stop>;

/// A node with what is known of its operands.
pub(super) struct Call<'c> {
    pub(super) node: &'c Node,
    /// Version of the standard operators.
    pub(super) opset: i64,
    pub(super) operands: &'c [Option<Operand<'c>>],
}

impl<'c> Call<'c> {
    /// An operand that must be there.
    pub(super) fn known(&self, place: usize) -> Result<&'c Known, Stop> {
        let known = self.optional(place)?;
        known.ok_or_else(|| format!("operand {place} is missing").into())
    }

    /// An operand that may be left out.
    pub(super) fn optional(&self, place: usize) -> Result<Option<&'c Known>, Stop> {
        match self.operands.get(place) {
            Some(Some(operand)) => match &operand.fact {
                Ok(known) => Ok(Some(known)),
                Err(unknown) => Err(Stop::Inherited(Arc::clone(unknown))),
            },
            _ => Ok(None),
        }
    }

    /// All operands, of an operator that takes any number.
    pub(super) fn all(&self) -> Result<Vec<&'c Known>, Stop> {
        (0..self.operands.len()).map(|at| self.known(at)).collect()
    }

    /// The elements of an operand that the output's shape depends on.
    pub(super) fn numbers(&self, place: usize) -> Result<&'c Numbers, Stop> {
        let known = self.known(place)?;
        known.numbers.as_ref().ok_or_else(|| {
            let operand = self.operands.get(place).and_then(Option::as_ref);
            let name = operand.map_or("", |operand| operand.name);
            format!("its shape depends on the elements of `{name}`, which are not known").into()
        })
    }

    /// The same of an operand with integers.
    pub(super) fn integers(&self, place: usize) -> Result<&'c [i64], Stop> {
        let integers = self.numbers(place)?.integers();
        integers.ok_or_else(|| format!("operand {place} holds floats, not integers").into())
    }

    /// Integers that are an attribute in older versions of the operators and an operand in newer ones.
    pub(super) fn listed(&self, name: &str, place: usize) -> Result<Option<&'c [i64]>, Stop> {
        if let Some(attribute) = self.node.integers(name) {
            return Ok(Some(attribute));
        }
        match self.operands.get(place) {
            Some(Some(_)) => self.integers(place).map(Some),
            _ => Ok(None),
        }
    }

    /// An integer attribute, or what it is by default.
    pub(super) fn integer(&self, name: &str, default: i64) -> i64 {
        self.node.integer(name).unwrap_or(default)
    }
}

/// The place of an axis, which may be counted from the end.
pub(super) fn axis(axis: i64, rank: usize) -> Result<usize, Stop> {
    let place = if axis < 0 {
        axis.saturating_add(rank as i64)
    } else {
        axis
    };
    usize::try_from(place)
        .ok()
        .filter(|place| *place < rank)
        .ok_or_else(|| format!("there is no axis {axis} among {rank}").into())
}

/// A size that came out of arithmetic.
pub(super) fn size(number: i64) -> Result<u64, Stop> {
    u64::try_from(number).map_err(|_| format!("a size of {number}").into())
}
