//! The search names the node that is wrong, wherever it stands, on graphs whose values are told here.

use std::collections::BTreeSet;

use ndarray::arr1;

use super::flow::{Flow, FlowValue};
use super::search::{Differences, Look, Search};
use super::{Difference, Tolerance};
use crate::error::Error;
use crate::tensor::Tensor;

/// Layers of four values: two that read the last layer's end, one that joins them, and one that also reads the end itself.
fn layers(count: usize) -> Flow {
    let mut values = Vec::new();
    for layer in 0..count {
        let start = values.len();
        let before: Vec<usize> = start.checked_sub(1).into_iter().collect();
        let skipping = [before.as_slice(), &[start + 2]].concat();
        for from in [before.clone(), before, vec![start, start + 1], skipping] {
            values.push(FlowValue {
                name: format!("{layer}/{}", values.len() - start),
                node: values.len(),
                from,
                is_readable: true,
            });
        }
    }
    Flow { values }
}

/// A platform on which one value is wrong.
struct Wrong<'f> {
    flow: &'f Flow,
    /// The value from which the divergence spreads, if there is one.
    planted: Option<usize>,
    /// Values that are right again, whatever they are computed from.
    healed: BTreeSet<usize>,
    /// Values with which as outputs nothing diverges.
    hiding: BTreeSet<usize>,
    /// Values with which as outputs the platform refuses the graph.
    refused: BTreeSet<usize>,
    looks: usize,
}

impl<'f> Wrong<'f> {
    fn at(flow: &'f Flow, planted: Option<usize>) -> Self {
        let [healed, hiding, refused] = [(); 3].map(|()| BTreeSet::new());
        Self {
            flow,
            planted,
            healed,
            hiding,
            refused,
            looks: 0,
        }
    }

    fn is_wrong(&self, value: usize) -> bool {
        let spread = || {
            let from = &self.flow.values[value].from;
            from.iter().any(|&from| self.is_wrong(from))
        };
        let Some(planted) = self.planted.filter(|planted| *planted <= value) else {
            return false;
        };
        value == planted || (!self.healed.contains(&value) && spread())
    }

    /// What both sides give for these values and for the last, which is the graph's output.
    fn differences(&self, values: &[usize]) -> Differences {
        let is_hidden = values.iter().any(|value| self.hiding.contains(value));
        let last = self.flow.values.len() - 1;
        let level = Tolerance {
            bound: 0.1,
            addition: 0.0,
        };
        let difference = |&value: &usize| {
            let is_wrong = !is_hidden && self.is_wrong(value);
            let [cpu, platform] = [0.0, f32::from(u8::from(is_wrong))];
            let tensor = |number: f32| Tensor::from(arr1(&[number]));
            let found = Difference::between(&tensor(cpu), &tensor(platform), level);
            (self.flow.values[value].name.clone(), found)
        };
        values.iter().chain([&last]).map(difference).collect()
    }
}

impl Look for Wrong<'_> {
    fn look(&mut self, values: &[usize]) -> Result<Result<Differences, String>, Error> {
        self.looks += 1;
        if values.iter().any(|value| self.refused.contains(value)) {
            return Ok(Err("refused".to_owned()));
        }
        Ok(Ok(self.differences(values)))
    }
}

/// What was found, and the values that were hidden and refused.
type Found = (Option<usize>, Vec<usize>, Vec<usize>);

fn narrow(wrong: &mut Wrong<'_>) -> Found {
    let (flow, outputs) = (wrong.flow, wrong.differences(&[]));
    let mut search = Search::new(flow, wrong, &outputs);
    let found = search.narrow().unwrap();
    let before = |value| search.suspects(value);
    let open = found.map(before).unwrap_or_default();
    let of = |is: &dyn Fn(&usize) -> bool| open.iter().copied().filter(is).collect::<Vec<_>>();
    let hiding = of(&|value| search.hiding.contains(value));
    let refused = of(&|value| search.refused.contains_key(value));
    (found, hiding, refused)
}

#[test]
fn the_wrong_value_is_found_wherever_it_is_in_few_looks() {
    let flow = layers(50);
    for planted in 0..flow.values.len() {
        let mut wrong = Wrong::at(&flow, Some(planted));
        assert_eq!(narrow(&mut wrong), (Some(planted), vec![], vec![]));
        assert!(wrong.looks <= 7, "{planted} after {} looks", wrong.looks);
    }
    assert_eq!(narrow(&mut Wrong::at(&flow, None)), (None, vec![], vec![]));
}

#[test]
fn a_divergence_that_heals_on_one_way_is_followed_on_the_other() {
    let flow = layers(20);
    for planted in (0..flow.values.len() - 4).step_by(4) {
        let mut wrong = Wrong::at(&flow, Some(planted));
        // The layer's other branch and its join look right; the end is wrong through the branch that is.
        wrong.healed = BTreeSet::from([planted + 4, planted + 5, planted + 6]);
        assert_eq!(narrow(&mut wrong).0, Some(planted), "{planted}");
    }
}

#[test]
fn values_that_hide_the_divergence_or_are_refused_are_told() {
    let flow = layers(20);
    for planted in 1..flow.values.len() - 1 {
        let mut wrong = Wrong::at(&flow, Some(planted));
        wrong.hiding.insert(planted);
        let (found, hiding, refused) = narrow(&mut wrong);
        let found = found.unwrap();
        assert!(flow.values[found].from.contains(&planted), "{planted}");
        assert_eq!((hiding, refused), (vec![planted], vec![]));

        let mut wrong = Wrong::at(&flow, Some(planted));
        wrong.refused.insert(planted);
        let (found, hiding, refused) = narrow(&mut wrong);
        assert!(flow.values[found.unwrap()].from.contains(&planted));
        assert_eq!((hiding, refused), (vec![], vec![planted]));
    }
}

#[test]
fn a_walk_finds_what_no_output_shows() {
    let flow = layers(20);
    let last = flow.values.len() - 1;
    for planted in 0..last {
        let mut wrong = Wrong::at(&flow, Some(planted));
        wrong.healed.insert(last);
        assert_eq!(narrow(&mut wrong).0, None);
        let outputs = wrong.differences(&[]);
        let mut search = Search::new(&flow, &mut wrong, &outputs);
        assert_eq!(search.walk().unwrap(), Some(planted));
        assert_eq!(search.narrow().unwrap(), Some(planted));
    }
    let mut right = Wrong::at(&flow, None);
    let outputs = right.differences(&[]);
    let mut search = Search::new(&flow, &mut right, &outputs);
    assert_eq!(search.walk().unwrap(), None);
    assert_eq!(search.compared(), flow.values.len());
}

#[test]
fn what_a_confirming_look_shows_is_the_next_suspect() {
    /// Its first value is right until it is looked at together with the second.
    struct Late<'f>(Wrong<'f>);
    impl Look for Late<'_> {
        fn look(&mut self, values: &[usize]) -> Result<Result<Differences, String>, Error> {
            self.0.planted = Some(if values == [0, 1, 2] { 0 } else { 2 });
            self.0.look(values)
        }
    }
    let flow = layers(3);
    let mut late = Late(Wrong::at(&flow, Some(2)));
    let outputs = late.0.differences(&[]);
    let mut search = Search::new(&flow, &mut late, &outputs);
    assert_eq!(search.narrow().unwrap(), Some(0));
}
