//! Operators that pick slices of an axis, add empty ones, or stretch the axis.

use std::ops::Range;

use super::{Attribute, Axis, Dim, Element, Graph, Value};
use crate::error::ExportError;

impl Graph {
    /// Slices of an axis in the order of a constant list of indices.
    pub(crate) fn take(
        &mut self,
        x: Value,
        axis: usize,
        label: &str,
        indices: &[u64],
    ) -> Result<Value, ExportError> {
        let op = "Gather";
        let mut shape = self.shape(x).to_vec();
        let Some(Dim::Fixed(size)) = shape.get_mut(axis) else {
            return Err(self.mismatch(op, &[x], format!("axis {axis} has no fixed length")));
        };
        if indices.iter().any(|index| index >= size) {
            return Err(self.mismatch(op, &[x], format!("an index is beyond axis {axis}")));
        }
        *size = indices.len() as u64;
        let element = self.element(x);
        let indices = self.short_indices(label, indices);
        let axis = vec![("axis", Attribute::Int(axis as i64))];
        Ok(self.add_node(op, &[x, indices], axis, element, shape))
    }

    /// Every `step`-th slice of an axis from `start` on; the axis is then as long as `length` says.
    pub(crate) fn every(
        &mut self,
        x: Value,
        axis: usize,
        (start, step): (u64, u64),
        length: Dim,
    ) -> Result<Value, ExportError> {
        let op = "Slice";
        let element = self.element(x);
        let mut shape = self.shape(x).to_vec();
        if element == Element::Bool || axis >= shape.len() {
            return Err(self.mismatch(op, &[x], format!("expected numbers with an axis {axis}")));
        }
        shape[axis] = match shape[axis] {
            Dim::Fixed(size) => Dim::Fixed(size.saturating_sub(start).div_ceil(step.max(1))),
            Dim::Symbol(_) => length,
        };
        let mut one = |number: i64| self.int64s(&[1], &[number]);
        let (start, end) = (one(start as i64), one(i64::MAX));
        let (axis, step) = (one(axis as i64), one(step as i64));
        Ok(self.add_node(op, &[x, start, end, axis, step], vec![], element, shape))
    }

    /// The slices of an axis within a range.
    pub(crate) fn section(
        &mut self,
        x: Value,
        axis: usize,
        range: Range<u64>,
    ) -> Result<Value, ExportError> {
        let op = "Slice";
        let mut shape = self.shape(x).to_vec();
        match shape.get_mut(axis) {
            Some(Dim::Fixed(size)) if range.start < range.end && range.end <= *size => {
                *size = range.end - range.start;
            }
            _ => {
                let reason = format!("axis {axis} has no slices {range:?}");
                return Err(self.mismatch(op, &[x], reason));
            }
        }
        let element = self.element(x);
        let mut one = |number: u64| self.int64s(&[1], &[number as i64]);
        let operands = [x, one(range.start), one(range.end), one(axis as u64)];
        Ok(self.add_node(op, &operands, vec![], element, shape))
    }

    /// Zeros put after the last slice of an axis.
    pub(crate) fn pad_after(
        &mut self,
        x: Value,
        axis: usize,
        count: u64,
    ) -> Result<Value, ExportError> {
        let op = "Pad";
        let mut shape = self.shape(x).to_vec();
        let Some(Dim::Fixed(size)) = shape.get_mut(axis) else {
            return Err(self.mismatch(op, &[x], format!("axis {axis} has no fixed length")));
        };
        *size += count;
        let mut amounts = vec![0; 2 * shape.len()];
        amounts[shape.len() + axis] = count as i64;
        let element = self.element(x);
        let amounts = self.int64s(&[amounts.len() as u64], &amounts);
        Ok(self.add_node(op, &[x, amounts], vec![], element, shape))
    }

    /// Zeros put after the last slice of an axis until it is `length` long.
    pub(crate) fn lengthen(
        &mut self,
        x: Value,
        axis: usize,
        length: u64,
    ) -> Result<Value, ExportError> {
        let op = "Pad";
        let mut shape = self.shape(x).to_vec();
        let have = match shape.get(axis) {
            Some(&Dim::Fixed(have)) if have <= length => {
                return self.pad_after(x, axis, length - have);
            }
            Some(&symbol @ Dim::Symbol(_)) => self.length(x, axis, symbol),
            _ => {
                let reason = format!("axis {axis} is not at most {length} long");
                return Err(self.mismatch(op, &[x], reason));
            }
        };
        let whole = self.int64s(&[1], &[length as i64]);
        let missing = self.sub(whole, have)?;
        let none = |count: usize| vec![0; count];
        let before = none(shape.len() + axis);
        let after = none(shape.len() - axis - 1);
        let before = self.int64s(&[before.len() as u64], &before);
        let after = self.int64s(&[after.len() as u64], &after);
        let rank = Dim::Fixed(2 * shape.len() as u64);
        let amounts = self.concat(&[before, missing, after], 0, rank)?;
        shape[axis] = Dim::Fixed(length);
        let element = self.element(x);
        Ok(self.add_node(op, &[x, amounts], vec![], element, shape))
    }

    /// The second to last axis of a value of four stretched to a length: bicubic with a sharpness of -0.75, first and last
    /// slice staying first and last, in single precision whatever the graph computes in.
    pub(crate) fn interpolate(&mut self, x: Value, length: u64) -> Result<Value, ExportError> {
        let op = "Resize";
        let &[batch, channels, rows, width] = self.shape(x) else {
            return Err(self.mismatch(op, &[x], "expected four dimensions"));
        };
        let Dim::Fixed(columns) = width else {
            return Err(self.mismatch(op, &[x], "the last axis must be fixed"));
        };
        let element = self.element(x);
        let single = self.cast(x, Element::Float32);
        if let Dim::Fixed(rows) = rows {
            // Between fixed lengths it is a matrix, which every provider takes.
            let weights = stretching(rows, length);
            let label = format!("interpolation/{rows}/{length}");
            let flat = self.singles(&label, &weights);
            let sizes = [length, rows].map(Axis::Size);
            let weights = self.reshape(flat, &sizes)?;
            let stretched = self.matmul(weights, single)?;
            return Ok(self.cast(stretched, element));
        }
        let none = self.absent();
        let sizes = self.int64s(&[2], &[length as i64, columns as i64]);
        let attributes = vec![
            ("axes", Attribute::Ints(vec![2, 3])),
            (
                "coordinate_transformation_mode",
                Attribute::Text("align_corners"),
            ),
            ("cubic_coeff_a", Attribute::Float(-0.75)),
            ("mode", Attribute::Text("cubic")),
        ];
        let shape = vec![batch, channels, Dim::Fixed(length), width];
        let operands = [single, none, none, sizes];
        let stretched = self.add_node(op, &operands, attributes, Element::Float32, shape);
        Ok(self.cast(stretched, element))
    }

    /// What stands for an operand that is left out.
    fn absent(&mut self) -> Value {
        self.add_value(String::new(), Element::Float32, vec![])
    }
}

/// For each of `to` places the weights of the `from` it is mixed from, row by row: the cubic convolution of Keys (1981) with
/// a sharpness of -0.75, ends on ends, the first and last repeated beyond them.
fn stretching(from: u64, to: u64) -> Vec<f32> {
    const A: f64 = -0.75;
    let near = |x: f64| ((A + 2.0) * x - (A + 3.0)) * x * x + 1.0;
    let far = |x: f64| ((A * x - 5.0 * A) * x + 8.0 * A) * x - 4.0 * A;
    let (last, steps) = (from.saturating_sub(1), to.saturating_sub(1).max(1));
    let mut weights = vec![0.0; (from * to) as usize];
    for place in 0..to {
        let source = (place * last) as f64 / steps as f64;
        let below = source.floor();
        let t = source - below;
        let taps = [far(t + 1.0), near(t), near(1.0 - t), far(2.0 - t)];
        for (offset, weight) in (-1..).zip(taps) {
            let at = (below as i64 + offset).clamp(0, last as i64) as u64;
            weights[(place * from + at) as usize] += weight as f32;
        }
    }
    weights
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_stretched_as_torch_does() {
        // Values of torch 2.15, interpolate(mode="bicubic", align_corners=True).
        let line = [0.0_f32, 1.0, 4.0, 2.0, 3.0];
        let weights = stretching(5, 8);
        let stretched: Vec<f32> = weights
            .chunks(5)
            .map(|row| {
                row.iter()
                    .zip(line)
                    .map(|(weight, value)| weight * value)
                    .sum()
            })
            .collect();
        let expected = [
            0.000_000, 0.265_307, 1.467_931, 3.470_846, 3.756_56, 2.202_624, 2.209_912, 3.000_000,
        ];
        for (stretched, expected) in stretched.iter().zip(expected) {
            assert!(
                (stretched - expected).abs() < 1e-5,
                "{stretched} {expected}"
            );
        }
        assert_eq!(
            stretching(3, 3),
            [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0]
        );
    }
}
