//! Reshapes that fold a group into the batch and unfold it again.

use super::shape::volume;
use super::{Dim, Graph, Value};
use crate::error::ExportError;

impl Graph {
    /// The first two dimensions as one, which goes by a name of its own: `(videos, frames, …)`
    /// becomes `(frames of all videos, …)`.
    pub(crate) fn fold(&mut self, x: Value, name: &'static str) -> Result<Value, ExportError> {
        let op = "Reshape";
        let from = self.shape(x).to_vec();
        let Some((_, rest)) = from
            .split_at_checked(2)
            .filter(|(_, rest)| volume(rest).is_some())
        else {
            let reason = "expected two dimensions and a fixed rest";
            return Err(self.mismatch(op, &[x], reason));
        };
        let folded = volume(&from[..2]).map_or(Dim::Symbol(name), Dim::Fixed);
        let shape = [&[folded], rest].concat();
        Ok(self.regroup(x, shape))
    }

    /// The reverse of [`Graph::fold`]: the first dimension as `outer` times `inner`.
    pub(crate) fn unfold(
        &mut self,
        x: Value,
        outer: Dim,
        inner: u64,
    ) -> Result<Value, ExportError> {
        let op = "Reshape";
        let from = self.shape(x).to_vec();
        let Some((_, rest)) = from
            .split_first()
            .filter(|(_, rest)| volume(rest).is_some())
        else {
            return Err(self.mismatch(op, &[x], "expected a dimension and a fixed rest"));
        };
        let outer = match from[0] {
            Dim::Fixed(count) if inner > 0 && count.is_multiple_of(inner) => {
                Dim::Fixed(count / inner)
            }
            _ => outer,
        };
        let shape = [&[outer, Dim::Fixed(inner)], rest].concat();
        Ok(self.regroup(x, shape))
    }

    /// A reshape to a first dimension that follows from the fixed others.
    fn regroup(&mut self, x: Value, shape: Vec<Dim>) -> Value {
        let sizes: Vec<i64> = shape
            .iter()
            .enumerate()
            .map(|(place, dim)| match dim {
                Dim::Fixed(size) if place > 0 => *size as i64,
                _ => -1,
            })
            .collect();
        let element = self.element(x);
        let target = self.int64s(&[sizes.len() as u64], &sizes);
        self.add_node("Reshape", &[x, target], vec![], element, shape)
    }
}
