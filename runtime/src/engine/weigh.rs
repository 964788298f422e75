//! What the nodes weigh that a provider left to others: their operations, and whether they give numbers or lengths.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use export::outline::Outline;
use metrics::operations::{Operation, Work};

use crate::cost::{GraphCost, axes, stands_for, usual};

/// Tokens of a short text, or samples of a short sound.
const SHORT: u64 = 16;

/// A node by its name and operator, as the engine reports it.
pub(super) type Named = (String, String);

/// What nodes elsewhere come to.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Weight {
    /// Share of the graph's operations that they are at most, 0 to 1; `None` where one of them was fused, so that nobody
    /// can tell.
    pub(super) share: Option<f64>,
    /// How many of each operator give more than integers and truth values, or may do.
    pub(super) more: BTreeMap<String, usize>,
}

/// A node of the file.
struct Weighed<'f> {
    operator: &'f str,
    operations: u64,
    /// Whether it gives more than integers and truth values, or may do.
    is_more: bool,
}

/// Weighs nodes of a model's file, at the usual lengths of its axes; `None` where the file does not tell. One that has no
/// name in the file counts as the heaviest of its operator.
pub(super) fn weigh(model: &Path, elsewhere: &[Named]) -> Option<Weight> {
    let outline = Outline::read(model).ok()?;
    let cost = counted(&outline)?;
    let mut nodes: HashMap<&str, Weighed<'_>> = HashMap::new();
    for node in &cost.nodes {
        let macs = node.macs.saturating_mul(2);
        let weighed = Weighed {
            operator: &node.operator,
            operations: macs.saturating_add(node.other_operations),
            is_more: !node.gives_integers,
        };
        nodes.insert(node.name.as_str(), weighed);
    }
    let mut found = Vec::new();
    let mut nameless: BTreeMap<&str, usize> = BTreeMap::new();
    let mut is_told = !cost.is_lower_bound();
    for (name, operator) in elsewhere {
        match nodes.remove(name.as_str()) {
            Some(node) => found.push(node),
            None => *nameless.entry(operator).or_default() += 1,
        }
    }
    for (operator, count) in nameless {
        let mut same: Vec<_> = nodes
            .extract_if(|_, node| node.operator == operator)
            .map(|(_, node)| node)
            .collect();
        same.sort_by_key(|node| std::cmp::Reverse((node.is_more, node.operations)));
        // What an engine adds to move or convert weighs nothing.
        is_told &= same.len() >= count || moves(operator);
        let lacking = count.saturating_sub(same.len());
        found.extend(same.into_iter().take(count));
        found.extend((0..lacking).map(|_| Weighed {
            operator,
            operations: 0,
            is_more: true,
        }));
    }
    let mut weight = Weight::default();
    for node in found.iter().filter(|node| node.is_more) {
        *weight.more.entry(node.operator.to_owned()).or_default() += 1;
    }
    let all = cost.flops().saturating_add(cost.other_operations);
    let left: u64 = found.iter().map(|node| node.operations).sum();
    weight.share = (is_told && all > 0).then(|| (left as f64 / all as f64).min(1.0));
    Some(weight)
}

/// A graph at the usual lengths of its axes; at short ones where it takes no longer text.
fn counted(outline: &Outline) -> Option<GraphCost> {
    let short = axes(outline).into_iter();
    let short = short.filter(|axis| stands_for(axis, false));
    let short = short.map(|axis| (axis.to_owned(), SHORT)).collect();
    let mut found = None;
    for chosen in [BTreeMap::new(), short] {
        let Ok(givens) = usual(outline, &chosen) else {
            continue;
        };
        let Ok(cost) = GraphCost::of(outline, &givens) else {
            continue;
        };
        let is_whole = !cost.is_lower_bound();
        found = Some(cost);
        if is_whole {
            break;
        }
    }
    found
}

/// Whether an operator computes nothing by definition.
fn moves(operator: &str) -> bool {
    let operation = Operation {
        operator,
        ..Operation::default()
    };
    operation.work() == Work::Movement
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
        assert_eq!(one.more, BTreeMap::from([("MatMul".to_owned(), 1)]));
        let all = named(&["/MatMul", "/MatMul_1", "/MatMul_2", "/MatMul_3"]);
        assert_eq!(weigh(&file, &all).unwrap().share, Some(1.0));
        // A node whose name the file does not have is as heavy as any of its operator.
        let renamed = weigh(&file, &named(&["/MatMul", "other_7"])).unwrap();
        assert_eq!(renamed.share, Some(0.5));
        assert_eq!(renamed.more, BTreeMap::from([("MatMul".to_owned(), 2)]));
        // What an engine fused from others may be anything.
        let fused = ("fused_7".to_owned(), "FusedMatMul".to_owned());
        let fused = weigh(&file, &[fused]).unwrap();
        assert_eq!(fused.share, None);
        assert_eq!(fused.more, BTreeMap::from([("FusedMatMul".to_owned(), 1)]));
        assert_eq!(weigh(&folder.path().join("none.onnx"), &all), None);
    }
}
