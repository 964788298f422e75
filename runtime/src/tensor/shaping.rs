//! Tensors made longer, cut and joined along an axis, whatever their elements are.

use std::ops::Range;

use ndarray::{ArrayD, Axis, Slice, concatenate};

use super::Tensor;

/// The same for tensors of every element type.
macro_rules! each {
    ($tensor:expr, $array:ident => $made:expr) => {
        match $tensor {
            Tensor::F32($array) => $made.into(),
            Tensor::F16($array) => $made.into(),
            Tensor::Bf16($array) => $made.into(),
            Tensor::I64($array) => $made.into(),
            Tensor::I32($array) => $made.into(),
            Tensor::U8($array) => $made.into(),
            Tensor::Bool($array) => $made.into(),
        }
    };
}

/// What stands in the places that a tensor is made longer by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Filling {
    /// Zeros.
    Zeros,
    /// What stands last.
    Last,
}

impl Tensor {
    /// The tensor with an axis made at least as long as `length`.
    pub(crate) fn lengthened(&self, axis: usize, length: usize, filling: Filling) -> Self {
        each!(self, array => lengthen(array, axis, length, filling))
    }

    /// A part of the tensor along an axis; the range is cut to what there is.
    pub(crate) fn part(&self, axis: usize, range: Range<usize>) -> Self {
        each!(self, array => {
            let length = array.len_of(Axis(axis));
            let range = range.start.min(length)..range.end.min(length);
            array.slice_axis(Axis(axis), Slice::from(range)).to_owned()
        })
    }

    /// Tensors of one element type one after the other along an axis; `None` where they do not fit together.
    pub(crate) fn joined(parts: &[&Self], axis: usize) -> Option<Self> {
        macro_rules! join {
            ($($variant:ident),+) => {
                match parts.first()? {
                    $(Self::$variant(_) => {
                        let mut views = Vec::with_capacity(parts.len());
                        for part in parts {
                            let Self::$variant(array) = part else {
                                return None;
                            };
                            views.push(array.view());
                        }
                        Some(Self::from(concatenate(Axis(axis), &views).ok()?))
                    })+
                }
            };
        }
        join!(F32, F16, Bf16, I64, I32, U8, Bool)
    }
}

fn lengthen<T: Clone + Default>(
    array: &ArrayD<T>,
    axis: usize,
    length: usize,
    filling: Filling,
) -> ArrayD<T> {
    let have = array.len_of(Axis(axis));
    if filling == Filling::Last && have > 0 {
        let places: Vec<_> = (0..length.max(have))
            .map(|place| place.min(have - 1))
            .collect();
        return array.select(Axis(axis), &places);
    }
    let mut shape = array.shape().to_vec();
    shape[axis] = length.max(have);
    let mut longer = ArrayD::from_elem(shape, T::default());
    longer
        .slice_axis_mut(Axis(axis), Slice::from(0..have))
        .assign(array);
    longer
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::{Filling, Tensor};

    #[test]
    fn axes_are_filled_cut_and_joined() {
        let tensor = Tensor::from(array![[1_i64, 2], [3, 4]]);
        let wide = tensor.lengthened(1, 3, Filling::Zeros);
        assert_eq!(wide, array![[1_i64, 2, 0], [3, 4, 0]].into());
        let deep = tensor.lengthened(0, 3, Filling::Last);
        assert_eq!(deep, array![[1_i64, 2], [3, 4], [3, 4]].into());
        assert_eq!(deep.part(0, 0..2), tensor);
        assert_eq!(deep.part(0, 2..9), array![[3_i64, 4]].into());
        let [upper, lower] = [tensor.part(0, 0..1), tensor.part(0, 1..2)];
        assert_eq!(Tensor::joined(&[&upper, &lower], 0), Some(tensor.clone()));
        let other = Tensor::from(array![[1_i32, 2]]);
        assert_eq!(Tensor::joined(&[&upper, &other], 0), None);
    }
}
