//! What a run holds: values between nodes at once, and the weights that it reads.

use std::collections::{BTreeMap, BTreeSet};

use export::propagate::{Operand, Step};

use super::{NodeCost, known_bytes};

/// The values of a graph while its nodes run.
#[derive(Default)]
struct Live<'o> {
    /// The value whose memory another one is, by that one's name: nodes that only say how others are to read their input give
    /// such.
    views: BTreeMap<&'o str, &'o str>,
    /// Weights, and what follows from them alone: engines compute it once, when they load.
    stored: BTreeSet<&'o str>,
    /// Bytes of the values that nodes give.
    bytes: BTreeMap<&'o str, u64>,
    /// The last node that reads each of them, or gives it.
    last: BTreeMap<&'o str, usize>,
}

/// The most bytes that values between nodes hold at once where nodes run one after the other, in the order of the file and
/// none of them fused, and a value goes with the last node that reads it. The graph's inputs are the caller's and count for
/// nothing; its outputs stay to the end. `None` where a size is not known, or 64 bits do not hold them all. `steps` are the
/// nodes that run, and `nodes` what they cost.
pub(super) fn peak(
    steps: &[&Step<'_>],
    nodes: &[NodeCost],
    outputs: &[Operand<'_>],
) -> Option<u64> {
    let mut live = Live::default();
    for (place, (step, node)) in steps.iter().zip(nodes).enumerate() {
        let is_view = node.traffic?.written_bytes == 0;
        live.note(place, step, is_view)?;
    }
    for output in outputs {
        let value = live.whole(output.name);
        live.last.insert(value, steps.len());
    }
    let mut ending: Vec<Vec<&str>> = vec![Vec::new(); steps.len() + 1];
    for (value, last) in &live.last {
        ending[*last].push(value);
    }
    let (mut held, mut most) = (0_u64, 0_u64);
    for (step, ending) in steps.iter().zip(&ending) {
        for output in step.outputs.iter().flatten() {
            held = held.checked_add(live.of(output.name))?;
        }
        most = most.max(held);
        for value in ending {
            held = held.saturating_sub(live.of(value));
        }
    }
    Some(most)
}

/// Bytes of the weights that nodes read, each weight once; of a table of which nodes only pick rows, the rows that they pick.
/// `None` where a size is not known.
pub(super) fn weights(steps: &[&Step<'_>], nodes: &[NodeCost]) -> Option<u64> {
    let (mut whole, mut picked) = (BTreeMap::new(), BTreeMap::new());
    for (step, node) in steps.iter().zip(nodes) {
        let traffic = node.traffic?;
        let mut stored = Vec::new();
        for input in step.inputs.iter().flatten() {
            if input.fact.as_ref().ok()?.is_stored {
                stored.push((input.name, known_bytes(&input.fact)?));
            }
        }
        match stored[..] {
            [(name, bytes)] if traffic.weight_bytes < bytes && traffic.written_bytes > 0 => {
                let rows = picked.entry(name).or_insert(0_u64);
                *rows = rows.saturating_add(traffic.weight_bytes).min(bytes);
            }
            _ => whole.extend(stored),
        }
    }
    picked.retain(|name, _| !whole.contains_key(name));
    let mut all = whole.values().chain(picked.values());
    all.try_fold(0_u64, |all, bytes| all.checked_add(*bytes))
}

/// Nodes that run, those of branches that are taken among them; `None` where that is not known of a branch.
pub(super) fn taken<'s, 'o>(steps: &'s [Step<'o>]) -> Option<Vec<&'s Step<'o>>> {
    let mut all = Vec::with_capacity(steps.len());
    for step in steps {
        match &step.branches[..] {
            [] => all.push(step),
            [branch] if branch.is_taken => all.extend(taken(&branch.steps)?),
            _ => return None,
        }
    }
    Some(all)
}

impl<'o> Live<'o> {
    /// The value whose memory this one is.
    fn whole(&self, name: &'o str) -> &'o str {
        self.views.get(name).copied().unwrap_or(name)
    }

    /// Bytes of a value that a node gives; none of what is another one's memory, or nobody's.
    fn of(&self, name: &str) -> u64 {
        self.bytes.get(name).copied().unwrap_or_default()
    }

    fn note(&mut self, place: usize, step: &Step<'o>, is_view: bool) -> Option<()> {
        let mut is_stored = true;
        for input in step.inputs.iter().flatten() {
            let known = input.fact.as_ref().ok()?;
            if known.is_stored || self.stored.contains(input.name) {
                continue;
            }
            is_stored = false;
            let value = self.whole(input.name);
            if self.bytes.contains_key(value) {
                self.last.insert(value, place);
            }
        }
        let first = step.inputs.iter().flatten().next();
        for output in step.outputs.iter().flatten() {
            if is_stored {
                self.stored.insert(output.name);
            } else if let (true, Some(first)) = (is_view, first) {
                let value = self.whole(first.name);
                self.views.insert(output.name, value);
            } else {
                self.bytes.insert(output.name, known_bytes(&output.fact)?);
                self.last.insert(output.name, place);
            }
        }
        Some(())
    }
}
