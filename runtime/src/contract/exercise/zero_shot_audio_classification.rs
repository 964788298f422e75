//! Zero-shot audio classification under test.

use super::zero_shot_image_classification::{endless_label, labels};
use super::{Exercise, sound};
use crate::error::Error;
use crate::reference::{Case, Reference};
use crate::session::Session;
use crate::task::{
    AudioInput, Candidates, LabelledSound, SoundProcessor, ZeroShot, ZeroShotAudioClassification,
};

fn labelled(sounds: Vec<AudioInput>) -> Vec<LabelledSound> {
    sounds
        .into_iter()
        .map(|sound| LabelledSound::new(sound, labels()))
        .collect()
}

/// The examples' first sound with other labels.
fn with(candidates: &Candidates) -> Vec<LabelledSound> {
    let sounds = sound::examples().into_iter().take(1);
    sounds
        .map(|sound| LabelledSound::new(sound, candidates.clone()))
        .collect()
}

impl Exercise for ZeroShotAudioClassification {
    fn examples() -> Vec<LabelledSound> {
        labelled(sound::examples())
    }

    fn empty() -> Vec<LabelledSound> {
        let none: [&str; 0] = [];
        let mut items = labelled(sound::empty());
        items.extend(with(&Candidates::new(none)));
        items.extend(with(&Candidates::new([""])));
        items
    }

    fn oversized() -> Vec<LabelledSound> {
        // A long sound is cut or shrunk to a clip, as the checkpoint says; a long label is refused.
        with(&endless_label())
    }

    fn malformed() -> Vec<LabelledSound> {
        labelled(sound::malformed())
    }

    fn truncates(_processor: &SoundProcessor) -> bool {
        // Labels beyond what a tokenizer reads at all are refused, whatever a checkpoint truncates to.
        false
    }

    fn values(output: &ZeroShot) -> Vec<f32> {
        output.logits.clone()
    }

    fn promised(_session: &Session<Self>) -> Result<usize, Error> {
        Ok(labels().labels().len())
    }

    fn reference_items(
        _session: &Session<Self>,
        reference: &Reference,
        case: &Case,
    ) -> Result<Option<Vec<LabelledSound>>, Error> {
        let Some((sounds, texts)) = reference.labelled_sounds(case)? else {
            return Ok(None);
        };
        let candidates = Candidates::new(texts);
        let sounds = sounds.into_iter();
        Ok(Some(
            sounds
                .map(|sound| LabelledSound::new(sound, candidates.clone()))
                .collect(),
        ))
    }

    fn reference_output() -> &'static str {
        "logits_per_audio"
    }
}
