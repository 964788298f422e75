//! Operators on positions whose number is known at run time: cutting tables, comparing, bounding.

use super::shape::broadcast;
use super::{Dim, Element, Graph, Value};
use crate::error::ExportError;

impl Graph {
    /// The length of a dimension as a vector of one 64-bit integer.
    pub(crate) fn length_of(&mut self, x: Value, place: usize) -> Result<Value, ExportError> {
        match self.shape(x).get(place).copied() {
            Some(length) => Ok(self.length(x, place, length)),
            None => Err(self.mismatch("Shape", &[x], format!("there is no dimension {place}"))),
        }
    }

    /// The rows of `table` from `start` to before `end`, vectors of one 64-bit integer; `length` of
    /// them.
    pub(crate) fn rows_between(
        &mut self,
        table: Value,
        start: Value,
        end: Value,
        length: Dim,
    ) -> Result<Value, ExportError> {
        let op = "Slice";
        let one = [Dim::Fixed(1)];
        let is_index =
            |value| self.element(value) == Element::Int64 && self.shape(value) == one.as_slice();
        if !is_index(start) || !is_index(end) || self.shape(table).is_empty() {
            return Err(self.mismatch(op, &[table, start, end], "expected a table and its rows"));
        }
        let mut shape = self.shape(table).to_vec();
        let rows = shape[0];
        let known = self.known_index(start).zip(self.known_index(end));
        if let Some((start, end)) = known {
            let count = end.checked_sub(start);
            shape[0] = match (rows, count) {
                (Dim::Fixed(rows), Some(count)) if end <= rows => Dim::Fixed(count),
                _ => {
                    let reason = format!("it has no rows {start} to {end}");
                    return Err(self.mismatch(op, &[table], reason));
                }
            };
        } else {
            if let Dim::Fixed(rows) = rows {
                self.limit(length, rows);
            }
            shape[0] = length;
        }
        let element = self.element(table);
        let axes = self.int64s(&[1], &[0]);
        Ok(self.add_node(op, &[table, start, end, axes], vec![], element, shape))
    }

    /// An index that is known while the graph is built.
    fn known_index(&self, index: Value) -> Option<u64> {
        let numbers = self.integers.get(&index)?;
        u64::try_from(*numbers.first()?).ok()
    }

    /// Whether elements on the left are greater.
    pub(crate) fn greater(&mut self, left: Value, right: Value) -> Result<Value, ExportError> {
        let op = "Greater";
        self.same_element(op, &[left, right])?;
        let shape = broadcast(self.shape(left), self.shape(right))
            .ok_or_else(|| self.mismatch(op, &[left, right], "shapes cannot be broadcast"))?;
        Ok(self.add_node(op, &[left, right], vec![], Element::Bool, shape))
    }

    /// Elements cut to a range of single-precision numbers.
    pub(crate) fn clip(&mut self, x: Value, least: f64, most: f64) -> Result<Value, ExportError> {
        let op = "Clip";
        let element = self.element(x);
        let least = self.scalar_as(element, least);
        let most = self.scalar_as(element, most);
        self.same_element(op, &[x, least, most])?;
        let shape = self.shape(x).to_vec();
        Ok(self.add_node(op, &[x, least, most], vec![], element, shape))
    }
}
