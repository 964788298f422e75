//! Which values of a graph come from which: the order in which a divergence can spread.

use std::collections::{BTreeMap, BTreeSet};

use export::GraphListing;

/// The values of a graph that depend on its inputs, in an order in which they can be computed. Constants have no part in it:
/// they are the same everywhere, and a constant output keeps some providers from opening a graph.
pub(super) struct Flow {
    pub(super) values: Vec<FlowValue>,
}

/// A value that a node gives.
pub(super) struct FlowValue {
    pub(super) name: String,
    /// The node, by its place in the listing.
    pub(super) node: usize,
    /// The values it is computed from.
    pub(super) from: Vec<usize>,
    /// Whether its elements are of a type that can be read.
    pub(super) is_readable: bool,
}

impl Flow {
    pub(super) fn of(listing: &GraphListing) -> Self {
        let fed: BTreeSet<&str> = listing.inputs.iter().map(String::as_str).collect();
        let mut places: BTreeMap<&str, usize> = BTreeMap::new();
        let mut values: Vec<FlowValue> = Vec::new();
        for (node, listed) in listing.nodes.iter().enumerate() {
            let inputs = || listed.inputs.iter().map(String::as_str);
            let from: Vec<usize> = inputs()
                .filter_map(|name| places.get(name).copied())
                .collect();
            // The body of a loop or branch may take any value that stands before it.
            let is_computed =
                listed.has_body || !from.is_empty() || inputs().any(|name| fed.contains(name));
            if !is_computed {
                continue;
            }
            let from = if listed.has_body {
                (0..values.len()).collect()
            } else {
                from
            };
            for name in listed.outputs.iter().filter(|name| !name.is_empty()) {
                places.insert(name, values.len());
                values.push(FlowValue {
                    name: name.clone(),
                    node,
                    from: from.clone(),
                    is_readable: listing.is_readable(name),
                });
            }
        }
        Self { values }
    }

    /// The value of that name.
    pub(super) fn find(&self, name: &str) -> Option<usize> {
        self.values.iter().position(|value| value.name == name)
    }

    /// Everything that a divergence can have come from on its way to a value, in order: what it is computed from, and so on
    /// up to values that are known to agree.
    pub(super) fn suspects(&self, value: usize, agree: &BTreeSet<usize>) -> Vec<usize> {
        let mut found = BTreeSet::new();
        let mut pending = vec![value];
        while let Some(next) = pending.pop() {
            for &from in &self.values[next].from {
                if !agree.contains(&from) && found.insert(from) {
                    pending.push(from);
                }
            }
        }
        found.into_iter().collect()
    }
}
