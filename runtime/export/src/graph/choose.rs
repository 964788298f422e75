//! Operators that reduce or choose along an axis, and elementary functions.

use super::{Attribute, Dim, Element, Graph, Value};
use crate::error::ExportError;

impl Graph {
    /// Mean over axes, which go away.
    pub(crate) fn mean_over(&mut self, x: Value, axes: &[usize]) -> Result<Value, ExportError> {
        self.reduced("ReduceMean", x, axes, false)
    }

    /// Sum over an axis, which stays with length 1.
    pub(crate) fn total(&mut self, x: Value, axis: usize) -> Result<Value, ExportError> {
        self.reduced("ReduceSum", x, &[axis], true)
    }

    /// The largest number along an axis, which stays with length 1.
    pub(crate) fn largest(&mut self, x: Value, axis: usize) -> Result<Value, ExportError> {
        self.reduced("ReduceMax", x, &[axis], true)
    }

    /// Sine.
    pub(crate) fn sine(&mut self, x: Value) -> Result<Value, ExportError> {
        self.elementary("Sin", x)
    }

    /// Cosine.
    pub(crate) fn cosine(&mut self, x: Value) -> Result<Value, ExportError> {
        self.elementary("Cos", x)
    }

    /// Slices along an axis, chosen by a vector of integers.
    pub(crate) fn choose(
        &mut self,
        x: Value,
        axis: usize,
        indices: Value,
    ) -> Result<Value, ExportError> {
        let op = "Gather";
        let integers = matches!(self.element(indices), Element::Int32 | Element::Int64);
        let mut shape = self.shape(x).to_vec();
        let (&[count], true, Some(place)) = (self.shape(indices), integers, shape.get_mut(axis))
        else {
            return Err(self.mismatch(
                op,
                &[x, indices],
                "expected an axis and a vector of integers",
            ));
        };
        *place = count;
        let element = self.element(x);
        let axis = vec![("axis", Attribute::Int(axis as i64))];
        Ok(self.add_node(op, &[x, indices], axis, element, shape))
    }

    /// How many times longer a dimension of one value is than that of another, in single precision.
    pub(crate) fn ratio(
        &mut self,
        whole: (Value, usize),
        part: (Value, usize),
    ) -> Result<Value, ExportError> {
        let fixed = |(value, place): (Value, usize)| match self.shape(value).get(place) {
            Some(&Dim::Fixed(size)) => Some(size as f32),
            _ => None,
        };
        if let (Some(whole), Some(part)) = (fixed(whole), fixed(part)) {
            let ratio = whole / part;
            return Ok(self.singles(&format!("constant/ratio/{ratio:?}"), &[ratio]));
        }
        let mut lengths = Vec::with_capacity(2);
        for (value, place) in [whole, part] {
            let Some(&length) = self.shape(value).get(place) else {
                return Err(self.mismatch("Shape", &[value], format!("there is no axis {place}")));
            };
            let length = self.length(value, place, length);
            lengths.push(self.cast(length, Element::Float32));
        }
        self.div(lengths[0], lengths[1])
    }

    /// A table repeated along its first dimension of length 1 as often as `like` is long there.
    pub(crate) fn repeated(&mut self, table: Value, like: Value) -> Result<Value, ExportError> {
        let op = "Expand";
        let mut shape = self.shape(table).to_vec();
        let (Some(&Dim::Fixed(1)), Some(&count)) = (shape.first(), self.shape(like).first()) else {
            return Err(self.mismatch(
                op,
                &[table, like],
                "expected a first dimension of length 1",
            ));
        };
        shape[0] = count;
        if let Dim::Fixed(_) = count {
            // A constant cannot be the output of a graph everywhere, so that it hangs on a value: by nothing times its mean.
            let others: Vec<usize> = (1..self.shape(like).len()).collect();
            let mean = self.reduced("ReduceMean", like, &others, true)?;
            let nothing = self.scalar_as(self.element(like), 0.0);
            let nothing = self.mul(mean, nothing)?;
            return self.add(table, nothing);
        }
        let count = self.length(like, 0, count);
        let rest = self.int64s(&[shape.len() as u64 - 1], &vec![1; shape.len() - 1]);
        let target = self.concat(&[count, rest], 0, Dim::Fixed(shape.len() as u64))?;
        let element = self.element(table);
        Ok(self.add_node(op, &[table, target], vec![], element, shape))
    }

    fn reduced(
        &mut self,
        op: &'static str,
        x: Value,
        axes: &[usize],
        keeps: bool,
    ) -> Result<Value, ExportError> {
        let element = self.element(x);
        let shape = self.shape(x).to_vec();
        if !element.is_float() || axes.iter().any(|&axis| axis >= shape.len()) {
            let reason = format!("expected floating-point numbers with axes {axes:?}");
            return Err(self.mismatch(op, &[x], reason));
        }
        let kept = |(place, dim): (usize, Dim)| match (axes.contains(&place), keeps) {
            (false, _) => Some(dim),
            (true, true) => Some(Dim::Fixed(1)),
            (true, false) => None,
        };
        let shape = shape.into_iter().enumerate().filter_map(kept).collect();
        let places: Vec<i64> = axes.iter().map(|&axis| axis as i64).collect();
        let places = self.int64s(&[places.len() as u64], &places);
        let keeps = vec![("keepdims", Attribute::Int(keeps.into()))];
        Ok(self.add_node(op, &[x, places], keeps, element, shape))
    }

    fn elementary(&mut self, op: &'static str, x: Value) -> Result<Value, ExportError> {
        let element = self.element(x);
        if element == Element::BFloat16 {
            let single = self.cast(x, Element::Float32);
            let y = self.elementary(op, single)?;
            return Ok(self.cast(y, element));
        }
        if !element.is_float() {
            return Err(self.mismatch(op, &[x], "expected floating-point numbers"));
        }
        let shape = self.shape(x).to_vec();
        Ok(self.add_node(op, &[x], vec![], element, shape))
    }
}
