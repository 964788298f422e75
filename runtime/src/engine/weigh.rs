//! What the nodes weigh that a provider left to others: their operations, and whether they give numbers or lengths.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use export::outline::Outline;
use export::propagate::Step;

use crate::cost::{GraphCost, usual};

/// A node by its name and operator, as the engine reports it.
pub(super) type Named = (String, String);

/// What nodes elsewhere come to.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Weight {
    /// Share of the graph's operations, 0 to 1; `None` where one of them cannot be told, because it was fused.
    pub(super) share: Option<f64>,
    /// How many of each operator give floating-point numbers, or may do.
    pub(super) floats: BTreeMap<String, usize>,
}

/// Weighs nodes of a model's file, at the usual lengths of its axes; `None` where the file does not tell.
pub(super) fn weigh(model: &Path, elsewhere: &[Named]) -> Option<Weight> {
    let outline = Outline::read(model).ok()?;
    let givens = usual(&outline, &BTreeMap::new()).ok()?;
    let propagation = outline.propagate(&givens).ok()?;
    let mut gives_floats = HashMap::new();
    note_floats(&propagation.steps, &mut gives_floats);
    let cost = GraphCost::of(&outline, &givens).ok()?;
    let operations: HashMap<&str, u64> = cost
        .nodes
        .iter()
        .map(|node| {
            let macs = node.macs.saturating_mul(2);
            (
                node.name.as_str(),
                macs.saturating_add(node.other_operations),
            )
        })
        .collect();
    let all = cost.flops().saturating_add(cost.other_operations);
    let mut weight = Weight::default();
    let mut left = (!cost.is_lower_bound()).then_some(0_u64);
    for (name, operator) in elsewhere {
        left = left
            .zip(operations.get(name.as_str()))
            .map(|(left, more)| left.saturating_add(*more));
        if gives_floats.get(name.as_str()).copied().unwrap_or(true) {
            *weight.floats.entry(operator.clone()).or_default() += 1;
        }
    }
    weight.share = left
        .filter(|_| all > 0)
        .map(|left| (left as f64 / all as f64).min(1.0));
    Some(weight)
}

/// Whether each node gives floating-point numbers; nothing of those whose outputs are not known.
fn note_floats<'s>(steps: &'s [Step<'s>], found: &mut HashMap<&'s str, bool>) {
    for step in steps {
        for branch in &step.branches {
            note_floats(&branch.steps, found);
        }
        let outputs = step.outputs.iter().flatten();
        let types: Option<Vec<bool>> = outputs
            .map(|output| {
                let known = output.fact.as_ref().ok()?;
                Some(known.element.is_float())
            })
            .collect();
        if let Some(types) = types {
            found.insert(step.node.label(), types.contains(&true));
        }
    }
}

#[cfg(test)]
mod tests {
    use export::Kernel;

    use super::*;

    fn named(names: &[&str]) -> Vec<Named> {
        let named = |name: &&str| ((*name).to_owned(), "MatMul".to_owned());
        names.iter().map(named).collect()
    }

    #[test]
    fn nodes_weigh_by_their_operations() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("model.onnx");
        Kernel::Products { nodes: 4, side: 8 }.write(&file).unwrap();
        let one = weigh(&file, &named(&["/MatMul_1"])).unwrap();
        assert_eq!(one.share, Some(0.25));
        assert_eq!(one.floats, BTreeMap::from([("MatMul".to_owned(), 1)]));
        let all = named(&["/MatMul", "/MatMul_1", "/MatMul_2", "/MatMul_3"]);
        assert_eq!(weigh(&file, &all).unwrap().share, Some(1.0));
        // What an engine fused from others has a name of its own: nobody can tell, so it may be anything.
        let fused = weigh(&file, &named(&["/MatMul", "fused_7"])).unwrap();
        assert_eq!(fused.share, None);
        assert_eq!(fused.floats, BTreeMap::from([("MatMul".to_owned(), 2)]));
        assert_eq!(weigh(&folder.path().join("none.onnx"), &all), None);
    }
}
