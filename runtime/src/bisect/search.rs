//! The search for the node at which a divergence begins, by looking at a few values at a time.
//!
//! Looking changes what is looked at: a value that is made an output keeps providers from fusing the nodes around it. So few
//! are looked at together, and where the divergence vanishes with them they are looked at apart.

use std::collections::{BTreeMap, BTreeSet};

use super::Difference;
use super::flow::Flow;
use crate::error::Error;

/// Values that are looked at together while a divergence is narrowed down.
const FEW: usize = 8;
/// Values that are looked at together where all are.
const MANY: usize = 48;

/// Differences of values by name.
pub(super) type Differences = BTreeMap<String, Difference>;

/// Runs the graph on both sides with some inner values as outputs.
pub(super) trait Look {
    /// Differences of these values and of the graph's own outputs; `Err` in the inner result where a side cannot run the
    /// graph with these outputs, with its reason.
    fn look(&mut self, values: &[usize]) -> Result<Result<Differences, String>, Error>;
}

/// What is known of the values of a graph.
pub(super) struct Search<'s> {
    flow: &'s Flow,
    look: &'s mut dyn Look,
    /// Values that agree.
    agree: BTreeSet<usize>,
    /// Values that diverge.
    diverge: BTreeSet<usize>,
    /// Values with which the divergence vanishes.
    pub(super) hiding: BTreeSet<usize>,
    /// Values that cannot be looked at, with the reason.
    pub(super) refused: BTreeMap<usize, String>,
    /// All that was seen, the latest of each value.
    pub(super) seen: Differences,
    /// Whether something still diverged when the node that was found was looked at with all that it takes.
    pub(super) is_confirmed: bool,
    /// Whether the graph's outputs diverge without any other.
    has_diverging_outputs: bool,
}

impl<'s> Search<'s> {
    /// Begins with what the graph's own outputs show.
    pub(super) fn new(flow: &'s Flow, look: &'s mut dyn Look, outputs: &Differences) -> Self {
        let mut search = Self {
            flow,
            look,
            agree: BTreeSet::new(),
            diverge: BTreeSet::new(),
            hiding: BTreeSet::new(),
            refused: BTreeMap::new(),
            seen: Differences::new(),
            is_confirmed: false,
            has_diverging_outputs: outputs.values().any(Difference::diverges),
        };
        let unreadable = flow.values.iter().enumerate();
        for (value, _) in unreadable.filter(|(_, value)| !value.is_readable) {
            let reason = "its elements are of a type that is not read".to_owned();
            search.refused.insert(value, reason);
        }
        for (name, difference) in outputs {
            if let Some(value) = flow.find(name) {
                search.note(value, difference);
            }
        }
        search
    }

    /// The first value that diverges though everything it is computed from agrees, as far as that can be looked at; `None`
    /// where none diverges.
    pub(super) fn narrow(&mut self) -> Result<Option<usize>, Error> {
        while let Some(&bad) = self.diverge.first() {
            let mut pending = self.flow.suspects(bad, &self.agree);
            pending.retain(|value| !self.is_closed(*value));
            if pending.is_empty() && !self.confirm(bad)? {
                return Ok(Some(bad));
            }
            self.look_at(&spread(&pending, FEW))?;
        }
        Ok(None)
    }

    /// The same, looking at every value in order until one diverges.
    pub(super) fn walk(&mut self) -> Result<Option<usize>, Error> {
        let outputs: BTreeSet<_> = self.diverge.union(&self.agree).copied().collect();
        let all = 0..self.flow.values.len();
        let inner: Vec<_> = all
            .filter(|value| !outputs.contains(value) && !self.refused.contains_key(value))
            .collect();
        for values in inner.chunks(MANY) {
            self.look_at(values)?;
            let first = self.diverge.first().copied();
            if let Some(first) = first.filter(|first| values.last() >= Some(first)) {
                return Ok(Some(first));
            }
        }
        Ok(self.diverge.first().copied())
    }

    /// What a divergence of this value may have come from, as far as is known.
    pub(super) fn suspects(&self, value: usize) -> Vec<usize> {
        self.flow.suspects(value, &self.agree)
    }

    /// How many inner values and outputs were compared.
    pub(super) fn compared(&self) -> usize {
        self.agree.len() + self.diverge.len()
    }

    /// Looks at a value together with all that its node takes, so that one run shows the whole of it. Tells whether one of
    /// those diverges after all, and then it is the next suspect.
    fn confirm(&mut self, value: usize) -> Result<bool, Error> {
        let mut together = self.flow.values[value].from.clone();
        together.push(value);
        together.retain(|value| !self.is_closed(*value));
        self.is_confirmed = false;
        if let Ok(found) = self.look.look(&together)? {
            let is_there = found.values().any(Difference::diverges);
            self.is_confirmed = is_there;
            for (name, difference) in &found {
                let known = self.flow.find(name).filter(|it| together.contains(it));
                // What vanishes under the look is told from what was seen before.
                if let Some(known) = known.filter(|it| is_there && *it != value) {
                    self.note(known, difference);
                }
            }
            if is_there {
                self.seen.extend(found);
            }
        }
        Ok(self.diverge.first().is_some_and(|first| *first < value))
    }

    fn is_closed(&self, value: usize) -> bool {
        self.hiding.contains(&value) || self.refused.contains_key(&value)
    }

    /// Looks at values together, or at fewer of them where that fails or hides the divergence.
    fn look_at(&mut self, values: &[usize]) -> Result<(), Error> {
        if values.is_empty() {
            return Ok(());
        }
        let found = self.look.look(values)?;
        let is_hidden = |found: &Differences| {
            self.has_diverging_outputs && !found.values().any(Difference::diverges)
        };
        match (&found, values) {
            (Ok(found), _) if !is_hidden(found) => {
                for &value in values {
                    if let Some(difference) = found.get(&self.flow.values[value].name) {
                        self.note(value, difference);
                    }
                }
                self.seen.extend(found.clone());
            }
            (Ok(_), [value]) => {
                self.hiding.insert(*value);
            }
            (Err(reason), [value]) => {
                self.refused.insert(*value, reason.clone());
            }
            _ => {
                let (former, latter) = values.split_at(values.len() / 2);
                self.look_at(former)?;
                self.look_at(latter)?;
            }
        }
        Ok(())
    }

    fn note(&mut self, value: usize, difference: &Difference) {
        let (now, before) = if difference.diverges() {
            (&mut self.diverge, &mut self.agree)
        } else {
            (&mut self.agree, &mut self.diverge)
        };
        now.insert(value);
        before.remove(&value);
        let name = self.flow.values[value].name.clone();
        self.seen.insert(name, difference.clone());
    }
}

/// So many of the values, evenly spread.
fn spread(values: &[usize], count: usize) -> Vec<usize> {
    if values.len() <= count {
        return values.to_vec();
    }
    let place = |step: usize| (step + 1) * values.len() / (count + 1);
    (0..count).map(|step| values[place(step)]).collect()
}
