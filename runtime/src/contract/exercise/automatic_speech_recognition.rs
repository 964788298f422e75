//! Speech recognition under test.

use serde_json::Value;

use super::Exercise;
use super::generated::{self, Written, stacked};
use crate::contract::measure::{self, Measure};
use crate::contract::tolerance::Tolerance;
use crate::error::Error;
use crate::generation::GenerationOptions;
use crate::processor::audio::Waveform;
use crate::reference::{Case, Reference};
use crate::session::Session;
use crate::task::{
    AutomaticSpeechRecognition, SpeechInput, SpeechOptions, SpeechProcessor, SpeechTask, Transcript,
};
use crate::verify::Finding;

/// Steps whose raw scores a reference stores.
const STORED_STEPS: usize = 4;
/// Samples a second of the examples.
const RATE: u32 = 16_000;

impl Exercise for AutomaticSpeechRecognition {
    fn examples() -> Vec<SpeechInput> {
        [(0.3, 220.0), (0.7, 440.0), (1.4, 330.0)]
            .into_iter()
            .filter_map(|(seconds, hz)| tone(seconds, hz))
            .collect()
    }

    fn empty() -> Vec<SpeechInput> {
        vec![SpeechInput::from(Vec::new())]
    }

    fn oversized() -> Vec<SpeechInput> {
        let cut = tone(200.0, 550.0).map(|item| SpeechInput {
            options: SpeechOptions {
                is_cut: true,
                ..SpeechOptions::default()
            },
            ..item
        });
        cut.into_iter().collect()
    }

    fn malformed() -> Vec<SpeechInput> {
        let text = SpeechInput::from(b"This is no sound.".to_vec());
        let header = SpeechInput::from(b"RIFF\xff\xff\xff\xffWAVEfmt \x10\0\0\0".to_vec());
        let unknown = tone(0.3, 220.0).map(|item| SpeechInput {
            options: SpeechOptions {
                language: Some("no such language".to_owned()),
                ..SpeechOptions::default()
            },
            ..item
        });
        [text, header].into_iter().chain(unknown).collect()
    }

    fn truncates(_processor: &SpeechProcessor) -> bool {
        // Sounds that are to be cut are, after what the model hears at once.
        true
    }

    fn values(output: &Transcript) -> Vec<f32> {
        output.scores.concat()
    }

    fn measures(expected: &Transcript, got: &Transcript, level: Tolerance) -> Vec<Measure> {
        let mut measures = measure::of_numbers(&Self::values(expected), &Self::values(got), level);
        measures.push(measure::of_tokens(&expected.tokens, &got.tokens));
        measures
    }

    fn promised(session: &Session<Self>) -> Result<usize, Error> {
        super::vocabulary_size(session)
    }

    fn reference_items(
        _session: &Session<Self>,
        _reference: &Reference,
        _case: &Case,
    ) -> Result<Option<Vec<SpeechInput>>, Error> {
        Ok(None)
    }

    fn reference_output() -> &'static str {
        ""
    }

    fn reference_findings(
        session: &Session<Self>,
        reference: &Reference,
        case: &Case,
    ) -> Result<Vec<Finding>, Error> {
        let mut findings = frames(session, reference, case)?;
        for (name, expected) in generated::of(case)? {
            let task = expected.call.task.as_deref().map(str::parse::<SpeechTask>);
            let task = task
                .transpose()
                .map_err(|error| Error::InvalidInput(error.to_string()))?;
            let files = reference.sounds(case)?;
            let item = |file| SpeechInput {
                options: SpeechOptions {
                    language: expected.call.language.clone(),
                    task,
                    has_timestamps: expected.call.return_timestamps,
                    is_cut: true,
                },
                generation: GenerationOptions {
                    max_new_tokens: expected.call.max_new_tokens,
                    beams: expected.call.num_beams,
                    kept_scores: Some(STORED_STEPS),
                    ..GenerationOptions::default()
                },
                ..SpeechInput::from(file)
            };
            let items: Vec<_> = files.into_iter().flatten().map(item).collect();
            let outputs = session.run_batch(&items)?.output;
            let written = outputs.iter().map(|output| Written {
                tokens: &output.tokens,
                text: &output.text,
                is_finished: output.is_finished,
                scores: &output.scores,
            });
            let written: Vec<_> = written.collect();
            findings.extend(expected.findings(reference, case, &name, &written)?);
        }
        Ok(findings)
    }
}

/// The scores and the texts of a case whose sounds have a token a frame, where the call that made it padded nothing: a model
/// without a mask hears the padding.
fn frames(
    session: &Session<AutomaticSpeechRecognition>,
    reference: &Reference,
    case: &Case,
) -> Result<Vec<Finding>, Error> {
    let texts = case.results().get("text").and_then(Value::as_array);
    let (Some(texts), Some(files)) = (texts, reference.sounds(case)?) else {
        return Ok(Vec::new());
    };
    let item = |file| SpeechInput {
        generation: GenerationOptions {
            kept_scores: Some(usize::MAX),
            ..GenerationOptions::default()
        },
        ..SpeechInput::from(file)
    };
    let items: Vec<_> = files.into_iter().map(item).collect();
    let outputs = session.run_batch(&items)?.output;
    let lengths: Vec<_> = outputs.iter().map(|output| output.scores.len()).collect();
    if lengths.iter().any(|length| *length != lengths[0]) {
        return Ok(Vec::new());
    }
    let mut findings = Vec::new();
    for (index, (output, expected)) in outputs.iter().zip(texts).enumerate() {
        let name = format!("{}.text.{index}", case.name());
        findings.push(Finding::Equality {
            name,
            expected: expected.as_str().unwrap_or_default().to_owned(),
            got: output.text.clone(),
        });
    }
    let scores = outputs.iter().map(|output| output.scores.as_slice());
    let scores = stacked(&scores.collect::<Vec<_>>())?;
    findings.push(Finding::Tensor(reference.compare(case, "logits", &scores)?));
    Ok(findings)
}

/// A tone that swells.
fn tone(seconds: f32, hz: f32) -> Option<SpeechInput> {
    let count = (seconds * RATE as f32) as usize;
    let sample = |at: usize| {
        let time = at as f32 / RATE as f32;
        let loudness = 0.5 * at as f32 / count as f32;
        loudness * (std::f32::consts::TAU * hz * time).sin()
    };
    let waveform = Waveform::from_samples((0..count).map(sample).collect(), RATE);
    waveform.ok().map(SpeechInput::from)
}
