//! Automatic speech recognition under test.

use ndarray::{Axis, stack};

use super::{Exercise, sound};
use crate::contract::outcome::Stop;
use crate::error::Error;
use crate::reference::{Case, Comparison, Reference};
use crate::session::Session;
use crate::task::{AudioInput, AutomaticSpeechRecognition, SpeechProcessor, Transcript};
use crate::tensor::Tensor;

impl Exercise for AutomaticSpeechRecognition {
    fn examples() -> Vec<AudioInput> {
        sound::examples()
    }

    fn empty() -> Vec<AudioInput> {
        sound::empty()
    }

    fn oversized() -> Vec<AudioInput> {
        sound::endless()
    }

    fn malformed() -> Vec<AudioInput> {
        sound::malformed()
    }

    fn truncates(processor: &SpeechProcessor) -> bool {
        match processor {
            SpeechProcessor::Ctc(_) => false,
        }
    }

    /// The mean score of every token: as many for a long sound as for a short one.
    fn values(output: &Transcript) -> Vec<f32> {
        let mean = output.logits.mean_axis(Axis(0));
        mean.map(|mean| mean.to_vec()).unwrap_or_default()
    }

    fn promised(session: &Session<Self>) -> Result<usize, Error> {
        super::vocabulary_size(session)
    }

    fn reference_items(
        _session: &Session<Self>,
        _reference: &Reference,
        _case: &Case,
    ) -> Result<Option<Vec<AudioInput>>, Error> {
        // Scores are of as many frames as a sound has: they are compared below.
        Ok(None)
    }

    fn reference_output() -> &'static str {
        "logits"
    }

    /// The scores and the text of a case's sounds, where the call that made the case padded nothing.
    fn compare(
        session: &Session<Self>,
        reference: &Reference,
        case: &Case,
    ) -> Result<Vec<Comparison>, Stop> {
        let Some(files) = reference.sounds(case).map_err(Error::from)? else {
            return Ok(Vec::new());
        };
        let items: Vec<_> = files.into_iter().map(AudioInput::from).collect();
        let output = session.run_batch(&items)?.output;
        let lengths: Vec<_> = output.iter().map(|of| of.logits.nrows()).collect();
        if lengths.iter().any(|length| *length != lengths[0]) {
            return Ok(Vec::new());
        }
        let views: Vec<_> = output.iter().map(|of| of.logits.view()).collect();
        let logits = stack(Axis(0), &views)
            .map_err(|error| Stop::failed(format!("scores of different shape: {error}")))?;
        for (index, output) in output.iter().enumerate() {
            let expected = case.results().pointer(&format!("/text/{index}"));
            if expected.is_some_and(|expected| *expected != *output.text) {
                return Err(Stop::failed(format!(
                    "{} {index}: expected the text {}, got `{}`",
                    case.name(),
                    expected.map(ToString::to_string).unwrap_or_default(),
                    output.text
                )));
            }
        }
        let logits = reference
            .compare(case, "logits", &Tensor::from(logits))
            .map_err(Error::from)?;
        Ok(vec![logits])
    }
}
