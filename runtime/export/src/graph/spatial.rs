//! Operators over maps `(batch, channels, height, width)`: convolution, pooling, padding.

use super::{Attribute, Dim, Element, Graph, Value};
use crate::error::ExportError;

/// Names of a side of unknown length, and of what stays of it after one, two, three … halvings.
const HALVINGS: [[&str; 8]; 2] = [
    [
        "height",
        "height_2",
        "height_4",
        "height_8",
        "height_16",
        "height_32",
        "height_64",
        "height_128",
    ],
    [
        "width",
        "width_2",
        "width_4",
        "width_8",
        "width_16",
        "width_32",
        "width_64",
        "width_128",
    ],
];

/// How a square kernel moves over a map.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sliding {
    /// Side of the kernel.
    pub(crate) kernel: u64,
    /// Step in both directions.
    pub(crate) stride: u64,
    /// Zeros put around the map on each side.
    pub(crate) padding: u64,
}

impl Sliding {
    /// A kernel that keeps the map's size.
    pub(crate) const fn same(kernel: u64) -> Self {
        Self {
            kernel,
            stride: 1,
            padding: kernel / 2,
        }
    }

    /// A kernel that cuts the map into patches.
    pub(crate) const fn tiles(side: u64) -> Self {
        Self {
            kernel: side,
            stride: side,
            padding: 0,
        }
    }

    /// The length that a side comes out with. A side of unknown length is kept or halved, rounding up.
    pub(crate) fn side(self, side: Dim) -> Option<Dim> {
        let Self {
            kernel,
            stride,
            padding,
        } = self;
        match side {
            Dim::Fixed(size) => {
                let room = (size + 2 * padding).checked_sub(kernel)?;
                Some(Dim::Fixed(room.checked_div(stride)? + 1))
            }
            Dim::Symbol(_) if 2 * padding + 1 != kernel => None,
            Dim::Symbol(_) if stride == 1 => Some(side),
            Dim::Symbol(name) if stride == 2 => {
                let halved = |names: &[&'static str; 8]| {
                    let place = names.iter().position(|known| *known == name)?;
                    names.get(place + 1).copied()
                };
                HALVINGS.iter().find_map(halved).map(Dim::Symbol)
            }
            Dim::Symbol(_) => None,
        }
    }

    fn attributes(self) -> Vec<(&'static str, Attribute)> {
        let twice = |number: u64| Attribute::Ints(vec![number as i64; 2]);
        vec![
            ("kernel_shape", twice(self.kernel)),
            ("strides", twice(self.stride)),
            ("pads", Attribute::Ints(vec![self.padding as i64; 4])),
        ]
    }
}

impl Graph {
    /// Convolution of `(batch, channels, height, width)` with a weight `(out, channels / groups, kernel, kernel)`
    /// and, where there is one, a bias `(out)`.
    pub(crate) fn conv(
        &mut self,
        x: Value,
        weight: Value,
        bias: Option<Value>,
        sliding: Sliding,
        groups: u64,
    ) -> Result<Value, ExportError> {
        let op = "Conv";
        let mut operands = vec![x, weight];
        operands.extend(bias);
        let element = self.same_element(op, &operands)?;
        if element == Element::BFloat16 {
            let single = self.in_single(&operands);
            let bias = single.get(2).copied();
            let y = self.conv(single[0], single[1], bias, sliding, groups)?;
            return Ok(self.cast(y, element));
        }
        let (
            &[batch, Dim::Fixed(channels), height, width],
            &[Dim::Fixed(filters), Dim::Fixed(depth), rows, columns],
        ) = (self.shape(x), self.shape(weight))
        else {
            return Err(self.mismatch(op, &operands, "expected two values of four dimensions"));
        };
        let side = Dim::Fixed(sliding.kernel);
        let fits = rows == side
            && columns == side
            && depth.checked_mul(groups) == Some(channels)
            && bias.is_none_or(|bias| self.shape(bias) == [Dim::Fixed(filters)]);
        if !fits {
            return Err(self.mismatch(op, &operands, "the kernel does not fit the map"));
        }
        let (Some(height), Some(width)) = (sliding.side(height), sliding.side(width)) else {
            return Err(self.mismatch(op, &operands, "the map is too small for the kernel"));
        };
        let mut attributes = sliding.attributes();
        attributes.push(("group", Attribute::Int(groups as i64)));
        let shape = vec![batch, Dim::Fixed(filters), height, width];
        Ok(self.add_node(op, &operands, attributes, element, shape))
    }

    /// The operands in single precision, for operators that take no shorter numbers in this operator set.
    pub(super) fn in_single(&mut self, operands: &[Value]) -> Vec<Value> {
        let single = |&operand: &Value| self.cast(operand, Element::Float32);
        operands.iter().map(single).collect()
    }

    /// The largest number under the kernel.
    pub(crate) fn max_pool(&mut self, x: Value, sliding: Sliding) -> Result<Value, ExportError> {
        let op = "MaxPool";
        let element = self.element(x);
        if element == Element::BFloat16 {
            let single = self.cast(x, Element::Float32);
            let y = self.max_pool(single, sliding)?;
            return Ok(self.cast(y, element));
        }
        let &[batch, channels, height, width] = self.shape(x) else {
            return Err(self.mismatch(op, &[x], "expected four dimensions"));
        };
        let (Some(height), Some(width)) = (sliding.side(height), sliding.side(width)) else {
            return Err(self.mismatch(op, &[x], "the map is too small for the kernel"));
        };
        let shape = vec![batch, channels, height, width];
        Ok(self.add_node(op, &[x], sliding.attributes(), element, shape))
    }

    /// Zeros put around the axes of a value: `(axis, before, after)`. An axis of unknown length comes out as the
    /// symbol `padded`.
    pub(crate) fn pad(
        &mut self,
        x: Value,
        axes: &[(usize, u64, u64)],
        padded: &'static str,
    ) -> Result<Value, ExportError> {
        let op = "Pad";
        let mut shape = self.shape(x).to_vec();
        let rank = shape.len();
        let mut amounts = vec![0; 2 * rank];
        for &(axis, before, after) in axes {
            match shape.get_mut(axis) {
                None => return Err(self.mismatch(op, &[x], format!("there is no axis {axis}"))),
                Some(Dim::Fixed(size)) => *size += before + after,
                Some(symbol) => *symbol = Dim::Symbol(padded),
            }
            amounts[axis] = before as i64;
            amounts[rank + axis] = after as i64;
        }
        let element = self.element(x);
        let amounts = self.int64s(&[amounts.len() as u64], &amounts);
        Ok(self.add_node(op, &[x, amounts], vec![], element, shape))
    }
}
