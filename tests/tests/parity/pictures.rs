//! Labels, scores and features, from raw pictures.

use ndarray::{Array2, Axis};
use runtime::processor::pooling::normalise_rows;
use runtime::reference::Reference;
use runtime::task::{ImageClassification, ImageFeatureExtraction, ImageInput};
use workspace_tests::reference;

use super::{Ranked, SOURCES, cases, holds, open};

#[test]
fn pictures_get_the_labels_and_scores() {
    let reference = Reference::load(&reference("vit")).unwrap();
    for source in SOURCES {
        let session = open(ImageClassification, reference.dir(), source);
        for case in cases(&reference) {
            let tolerance = reference
                .stored(case)
                .find(|(name, _)| *name == "logits")
                .unwrap()
                .1
                .atol;
            for file in reference.images(case).unwrap().unwrap() {
                let name = file.file_name().unwrap().to_str().unwrap().to_owned();
                let expected = case.results().pointer(&format!("/top_k/{name}")).unwrap();
                let expected: Vec<Ranked> = serde_json::from_value(expected.clone()).unwrap();
                let output = session.run(ImageInput::from(file)).unwrap().output;
                for (label, expected) in output.labels.iter().zip(&expected) {
                    assert_eq!(
                        (label.id, &label.label),
                        (expected.id, &expected.label),
                        "{name}"
                    );
                    let difference = (f64::from(label.score) - expected.score).abs();
                    assert!(
                        difference <= tolerance,
                        "{name}: {label:?}, expected {expected:?}"
                    );
                }
            }
        }
    }
}

#[test]
fn pictures_get_the_features() {
    let reference = Reference::load(&reference("dinov2")).unwrap();
    for source in SOURCES {
        let session = open(ImageFeatureExtraction, reference.dir(), source);
        for case in cases(&reference) {
            let files = reference.images(case).unwrap().unwrap();
            let items: Vec<_> = files.into_iter().map(ImageInput::from).collect();
            let output = session.run_batch(&items).unwrap().output;
            let rows: Vec<_> = output
                .iter()
                .flat_map(|features| features.vector.clone())
                .collect();
            let mut vectors =
                Array2::from_shape_vec((items.len(), rows.len() / items.len()), rows).unwrap();
            holds(&reference, case, "pooler_output", &vectors.clone().into());
            normalise_rows(&mut vectors);
            holds(&reference, case, "cls_normalized", &vectors.into());
            let states: Vec<_> = output
                .iter()
                .map(|features| features.states.view())
                .collect();
            let states = ndarray::stack(Axis(0), &states).unwrap();
            holds(&reference, case, "last_hidden_state", &states.into());
        }
    }
}
