//! Convolution over any number of axes, and the normalisation of its channels.

use super::{Attribute, Dim, Element, Graph, Value};
use crate::error::ExportError;

/// How a convolution moves over its axes; the vectors have an entry for each of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stride {
    /// Steps between the places where the kernel is laid.
    pub(crate) steps: Vec<u64>,
    /// Zeros put before each axis.
    pub(crate) before: Vec<u64>,
    /// Zeros put after each axis.
    pub(crate) after: Vec<u64>,
    /// Distance between the elements under the kernel.
    pub(crate) dilations: Vec<u64>,
    /// Number of groups that the channels fall into.
    pub(crate) groups: u64,
}

impl Stride {
    /// Steps without padding, in one group.
    pub(crate) fn bare(steps: &[u64]) -> Self {
        Self {
            steps: steps.to_vec(),
            before: vec![0; steps.len()],
            after: vec![0; steps.len()],
            dilations: vec![1; steps.len()],
            groups: 1,
        }
    }

    /// Steps with the same padding on either side, in one group.
    pub(crate) fn padded(steps: &[u64], padding: &[u64]) -> Self {
        Self {
            before: padding.to_vec(),
            after: padding.to_vec(),
            ..Self::bare(steps)
        }
    }

    /// What is left of an axis of `length` under a kernel of `kernel`; `None` where it does not fit.
    fn places(&self, axis: usize, length: u64, kernel: u64) -> Option<u64> {
        let padded = length + self.before[axis] + self.after[axis];
        let reach = (kernel.max(1) - 1) * self.dilations[axis] + 1;
        Some(padded.checked_sub(reach)? / self.steps[axis] + 1)
    }
}

impl Graph {
    /// Convolution of `(batch, channels, …)` with a weight `(out, channels / groups, …)` and a bias `(out)` where there is
    /// one. An axis whose length is symbolic takes the name that `renamed` gives it, for its length changes.
    pub(crate) fn convolution(
        &mut self,
        x: Value,
        weight: Value,
        bias: Option<Value>,
        stride: &Stride,
        renamed: Dim,
    ) -> Result<Value, ExportError> {
        let op = "Conv";
        let operands: Vec<Value> = [x, weight].into_iter().chain(bias).collect();
        let element = self.same_element(op, &operands)?;
        if element == Element::BFloat16 {
            let single = self.in_single(&operands);
            let bias = single.get(2).copied();
            let y = self.convolution(single[0], single[1], bias, stride, renamed)?;
            return Ok(self.cast(y, element));
        }
        let refuse = |reason: &str| Err(self.mismatch(op, &operands, reason));
        let ([batch, channels, axes @ ..], [filters, depth, kernel @ ..]) =
            (self.shape(x), self.shape(weight))
        else {
            return refuse("both sides need two dimensions or more");
        };
        if axes.len() != kernel.len() || axes.len() != stride.steps.len() {
            return refuse("the axes of input, kernel and steps differ in number");
        }
        let (Dim::Fixed(channels), Dim::Fixed(depth), Dim::Fixed(filters)) =
            (*channels, *depth, *filters)
        else {
            return refuse("channels and filters must be fixed");
        };
        let groups = stride.groups;
        if depth.checked_mul(groups) != Some(channels) || !filters.is_multiple_of(groups.max(1)) {
            return refuse("the channels do not fall into the groups");
        }
        if bias.is_some_and(|bias| self.shape(bias) != [Dim::Fixed(filters)]) {
            return refuse("the bias has not one entry a filter");
        }
        let mut shape = vec![*batch, Dim::Fixed(filters)];
        let mut sizes = Vec::with_capacity(kernel.len());
        for (axis, (&length, &side)) in axes.iter().zip(kernel).enumerate() {
            let Dim::Fixed(side) = side else {
                return refuse("the kernel must be fixed");
            };
            sizes.push(side as i64);
            shape.push(match length {
                Dim::Symbol(_) => renamed,
                Dim::Fixed(length) => match stride.places(axis, length, side) {
                    Some(places) => Dim::Fixed(places),
                    None => return refuse("the kernel is larger than what it is laid on"),
                },
            });
        }
        let ints = |numbers: &[u64]| Attribute::Ints(numbers.iter().map(|&n| n as i64).collect());
        let mut attributes = vec![
            ("kernel_shape", Attribute::Ints(sizes)),
            ("strides", ints(&stride.steps)),
        ];
        let pads = [stride.before.as_slice(), &stride.after].concat();
        if pads.iter().any(|&pad| pad > 0) {
            attributes.push(("pads", ints(&pads)));
        }
        if stride.dilations.iter().any(|&dilation| dilation > 1) {
            attributes.push(("dilations", ints(&stride.dilations)));
        }
        if groups > 1 {
            attributes.push(("group", Attribute::Int(groups as i64)));
        }
        Ok(self.add_node(op, &operands, attributes, element, shape))
    }

    /// Normalisation of each channel of `(batch, channels, …)` over its own axes.
    pub(crate) fn instance_norm(
        &mut self,
        x: Value,
        weight: Value,
        bias: Value,
        epsilon: f32,
    ) -> Result<Value, ExportError> {
        let op = "InstanceNormalization";
        let operands = [x, weight, bias];
        let element = self.same_element(op, &operands)?;
        if element == Element::BFloat16 {
            let single = self.in_single(&operands);
            let y = self.instance_norm(single[0], single[1], single[2], epsilon)?;
            return Ok(self.cast(y, element));
        }
        let shape = self.shape(x).to_vec();
        let channels = shape.get(1).copied().into_iter().collect::<Vec<_>>();
        if shape.len() < 3 || self.shape(weight) != channels || self.shape(bias) != channels {
            return Err(self.mismatch(
                op,
                &operands,
                "scale and shift have not one entry a channel",
            ));
        }
        let attributes = vec![("epsilon", Attribute::Float(epsilon))];
        Ok(self.add_node(op, &operands, attributes, element, shape))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::Layout;

    fn shape_of(x: &[Dim], weight: &[u64], stride: &Stride) -> Result<Vec<Dim>, ExportError> {
        let mut graph = Graph::new(Element::Float32);
        let x = graph.input("x", Element::Float32, x.to_vec());
        let weight = graph.tensor("w", weight, Layout::AsStored);
        let y = graph.convolution(x, weight, None, stride, Dim::Symbol("frames"))?;
        Ok(graph.shape(y).to_vec())
    }

    #[test]
    fn axes_come_out_as_the_stride_leaves_them() {
        let (batch, time) = (Dim::Symbol("batch"), Dim::Symbol("time"));
        let check = |x: &[Dim], weight: &[u64], stride: &Stride, expected: &[Dim]| {
            assert_eq!(shape_of(x, weight, stride).unwrap(), expected);
        };
        let bare = Stride::bare(&[5]);
        let frames = [batch, Dim::Fixed(16), Dim::Symbol("frames")];
        check(&[batch, Dim::Fixed(1), time], &[16, 1, 10], &bare, &frames);
        let fixed = [batch, Dim::Fixed(16), Dim::Fixed(3)];
        check(
            &[batch, Dim::Fixed(1), Dim::Fixed(24)],
            &[16, 1, 10],
            &bare,
            &fixed,
        );
        let lopsided = Stride {
            before: vec![8],
            after: vec![7],
            groups: 4,
            ..Stride::bare(&[1])
        };
        let same = [batch, Dim::Fixed(24), Dim::Fixed(9)];
        check(&same, &[24, 6, 16], &lopsided, &same);
        let dilated = Stride {
            dilations: vec![4],
            ..Stride::bare(&[1])
        };
        let shorter = [batch, Dim::Fixed(8), Dim::Fixed(1)];
        check(&same, &[8, 24, 3], &dilated, &shorter);
    }

    #[test]
    fn kernels_that_do_not_fit_are_refused() {
        let refused = |x: &[u64], weight: &[u64], stride: &Stride| {
            let x: Vec<Dim> = x.iter().copied().map(Dim::Fixed).collect();
            shape_of(&x, weight, stride).unwrap_err().to_string()
        };
        let bare = Stride::bare(&[1]);
        assert!(refused(&[1, 3, 4], &[8, 3, 5], &bare).contains("larger than what it is laid on"));
        assert!(refused(&[1, 3, 4], &[8, 2, 3], &bare).contains("fall into the groups"));
        assert!(refused(&[1, 3, 4, 4], &[8, 3, 3], &bare).contains("differ in number"));
    }
}
