//! The words that fill the masks of a text.

use ndarray::{Axis, Ix2, Ix3};
use runtime::processor::text::TextProcessor;
use runtime::reference::Reference;
use runtime::session::GraphSource;
use serde::Deserialize;
use workspace_tests::reference;

use super::{Ranked, cases, floats, forward};

/// A masked word of the decoded results.
#[derive(Deserialize)]
struct Masked {
    text_index: usize,
    position: usize,
    top_5: Vec<Ranked>,
}

#[test]
fn masks_are_filled_with_the_same_words() {
    let reference = Reference::load(&reference("bert-mlm")).unwrap();
    let processor = TextProcessor::load(reference.dir(), None).unwrap();
    for case in cases(&reference) {
        let tolerance = reference
            .stored(case)
            .find(|(name, _)| *name == "logits")
            .unwrap()
            .1
            .atol;
        let logits = forward(&reference, case, GraphSource::Own);
        let logits = floats(&logits, "logits")
            .into_dimensionality::<Ix3>()
            .unwrap();
        let ids = reference.tensor(case, "input_ids").unwrap();
        let ids = ids.as_i64().unwrap().into_dimensionality::<Ix2>().unwrap();
        let masks: Vec<Masked> = serde_json::from_value(case.results()["masks"].clone()).unwrap();
        assert_eq!(
            masks.len(),
            ids.iter()
                .filter(|&&id| Some(id) == processor.mask_id())
                .count()
        );
        for mask in masks {
            assert_eq!(
                Some(ids[[mask.text_index, mask.position]]),
                processor.mask_id()
            );
            let row = logits.index_axis(Axis(0), mask.text_index);
            let row = row.row(mask.position);
            let largest = row.fold(f32::NEG_INFINITY, |largest, &value| largest.max(value));
            let weights = row.mapv(|value| f64::from(value - largest).exp());
            let mut ranked: Vec<_> = weights
                .iter()
                .map(|weight| weight / weights.sum())
                .enumerate()
                .collect();
            ranked.sort_by(|(_, a), (_, b)| b.total_cmp(a));
            for ((id, score), expected) in ranked.into_iter().zip(mask.top_5) {
                let label = processor.token(id as i64).unwrap();
                assert_eq!((id, &label), (expected.id, &expected.label));
                assert!(
                    (score - expected.score).abs() <= tolerance,
                    "{label} {score}, expected {expected:?}"
                );
            }
        }
    }
}
