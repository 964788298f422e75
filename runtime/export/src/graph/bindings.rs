//! Numbers for the axes of a graph's inputs: a graph whose axes are bound when its inputs are declared has no symbol left
//! to carry along.

use std::collections::BTreeMap;

use super::{Dim, Graph};

/// The most axes that the graphs of one model have between them.
const MOST: usize = 8;

/// What joins the axes that an axis is the sum of, as `past_sequence_length + sequence_length`.
const PLUS: &str = " + ";

/// Numbers for axes, by their names.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Bindings {
    axes: [Option<(&'static str, u64)>; MOST],
}

impl Bindings {
    /// Adds an axis; `None` where there are more than graphs have.
    pub(crate) fn with(mut self, axis: &'static str, length: u64) -> Option<Self> {
        let free = self.axes.iter_mut().find(|slot| slot.is_none())?;
        *free = Some((axis, length));
        Some(self)
    }

    /// The number of an axis, or of the sum of axes that its name says it is.
    fn find(&self, axis: &str) -> Option<u64> {
        let known = |part: &str| {
            let mut bound = self.axes.iter().flatten();
            bound.find_map(|&(name, length)| (name == part).then_some(length))
        };
        axis.split(PLUS)
            .try_fold(0_u64, |sum, part| sum.checked_add(known(part)?))
    }

    /// A dimension with its number in place of its name where it has one.
    pub(super) fn bind(&self, dim: Dim) -> Dim {
        match dim {
            Dim::Symbol(name) => self.find(name).map_or(dim, Dim::Fixed),
            Dim::Fixed(_) => dim,
        }
    }
}

/// The axes that an axis is the sum of, itself where it is none.
pub(crate) fn parts_of(axis: &'static str) -> impl Iterator<Item = &'static str> {
    axis.split(PLUS)
}

impl Graph {
    /// Says that an axis counts so many at most.
    pub(crate) fn limit(&mut self, axis: Dim, most: u64) {
        if let Dim::Symbol(name) = axis {
            let longest = self.longest.entry(name).or_insert(most);
            *longest = most.min(*longest);
        }
    }

    /// The most that axes can count, where it is known.
    pub(crate) fn longest(&self) -> &BTreeMap<&'static str, u64> {
        &self.longest
    }

    /// The symbols of its inputs and outputs, by the names of those.
    pub(crate) fn axes(&self) -> Vec<(&str, Vec<Option<&'static str>>)> {
        let symbol = |dim: &Dim| match dim {
            Dim::Symbol(name) => Some(*name),
            Dim::Fixed(_) => None,
        };
        let outlets = self.inputs.iter().chain(&self.outputs);
        outlets
            .map(|&value| {
                let axes = self.shape(value).iter().map(symbol).collect();
                (self.name(value), axes)
            })
            .collect()
    }

    /// Names the axes that inputs and outputs had before they were bound, for readers of the file.
    pub(crate) fn remember_axes(&mut self, symbolic: &Self) {
        self.bound_axes = symbolic
            .axes()
            .into_iter()
            .filter(|(_, axes)| axes.iter().any(Option::is_some))
            .map(|(outlet, axes)| {
                let names: Vec<_> = axes.into_iter().map(Option::unwrap_or_default).collect();
                (outlet.to_owned(), names.join(","))
            })
            .collect();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_axis_is_bound_by_its_name_or_as_a_sum() {
        let bound = Bindings::default().with("past", 5).unwrap();
        let bound = bound.with("sequence", 3).unwrap();
        assert_eq!(bound.bind(Dim::Symbol("past")), Dim::Fixed(5));
        assert_eq!(bound.bind(Dim::Symbol("past + sequence")), Dim::Fixed(8));
        let open = Dim::Symbol("past + frames");
        assert_eq!(bound.bind(open), open);
        assert_eq!(bound.bind(Dim::Fixed(2)), Dim::Fixed(2));
    }
}
