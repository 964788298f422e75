//! Binding of a model's named axes to numbers, and what is wrong with one.

use std::collections::{BTreeMap, BTreeSet};

use crate::build::NamedGraph;
use crate::error::ExportError;
use crate::graph::{Bindings, parts_of};

/// The axes of a graph's inputs, by the inputs' names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GraphAxes {
    /// Stem of the graph's file: `model`, `encoder_model`.
    pub graph: &'static str,
    /// Every input with the name of each of its axes; `None` for an axis whose length the checkpoint fixes.
    pub inputs: Vec<(String, Vec<Option<&'static str>>)>,
    /// The most that an axis can count, where a table of the checkpoint bounds it.
    pub longest: BTreeMap<&'static str, u64>,
}

impl GraphAxes {
    pub(crate) fn of((graph, built): &NamedGraph) -> Self {
        let axes = built.axes().into_iter().take(built.inputs.len());
        Self {
            graph,
            inputs: axes.map(|(name, axes)| (name.to_owned(), axes)).collect(),
            longest: built.longest().clone(),
        }
    }

    /// The names to bind, sorted; an axis that is the sum of others goes by those.
    #[must_use]
    pub fn names(&self) -> BTreeSet<&'static str> {
        let axes = self.inputs.iter().flat_map(|(_, axes)| axes);
        axes.flatten().flat_map(|&axis| parts_of(axis)).collect()
    }
}

/// Whether an axis goes by a name: its own, or that without the unit, as `batch` for `batch_size`.
fn is_named(axis: &str, name: &str) -> bool {
    let bare = axis.strip_suffix("_size");
    let bare = bare.or_else(|| axis.strip_suffix("_length"));
    axis == name || bare == Some(name)
}

/// Numbers for every axis of the graphs, which stand here with symbols in their place.
pub(crate) fn bind(
    graphs: &[NamedGraph],
    lengths: &BTreeMap<String, u64>,
) -> Result<Bindings, ExportError> {
    let surveys = graphs.iter().map(GraphAxes::of);
    let axes: BTreeSet<&'static str> = surveys.flat_map(|survey| survey.names()).collect();
    let refuse = |axis: &str, reason| ExportError::Axis {
        axis: axis.to_owned(),
        reason,
        axes: axes.iter().copied().collect::<Vec<_>>().join(", "),
    };
    let unknown = lengths
        .keys()
        .find(|key| !axes.iter().any(|axis| is_named(axis, key)));
    if let Some(axis) = unknown {
        return Err(refuse(axis, "is no axis of the graphs"));
    }
    let mut bindings = Bindings::default();
    for &axis in &axes {
        let length = lengths.iter().find(|(key, _)| is_named(axis, key));
        bindings = match length.map(|(_, length)| *length) {
            None => {
                return Err(refuse(
                    axis,
                    "has no length; every axis of a static graph needs one",
                ));
            }
            Some(0) => return Err(refuse(axis, "cannot have the length 0")),
            Some(length) => bindings
                .with(axis, length)
                .ok_or_else(|| refuse(axis, "is one axis too many"))?,
        };
    }
    Ok(bindings)
}
