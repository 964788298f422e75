//! Speech: ids, waveforms, spectrograms and durations of every case, from stored tensors and from raw texts; and voices that
//! the reference kit lacks, written to `reference_data/voices` by the script beside it.

use std::collections::BTreeMap;

use ndarray::ArrayD;
use runtime::processor::characters::CharacterTokens;
use runtime::reference::{Case, Reference};
use runtime::session::{GraphSource, Session};
use runtime::task::{Speech, SpokenText, TextItem, TextToAudio, VoiceOptions};
use runtime::tensor::{NamedTensors, Tensor};
use serde::Deserialize;
use workspace_tests::{VOICE_FAMILIES, reference, workspace};

use super::{cases, feeds, floats, holds, open};

/// The largest difference of samples from -1 to 1.
const TOLERANCE: f32 = 1e-5;

/// Runs a graph on tensors of a batch with nothing left to chance, or with what the tensors hold of it.
fn forward(session: &Session<TextToAudio>, tensors: &NamedTensors) -> NamedTensors {
    let graph = session.graphs().find("model").unwrap();
    let batch = tensors.find("input_ids").unwrap().shape()[0];
    let mut feeds = NamedTensors::new();
    for input in graph.inputs() {
        let zeros = |shape: &[usize]| Tensor::from(ArrayD::<f32>::zeros(shape));
        let tensor = match (tensors.find(&input.name), input.name.as_str()) {
            (Some(tensor), _) => tensor.clone(),
            (None, "duration_scale") => ArrayD::<f32>::ones(vec![batch]).into(),
            (None, "duration_noise" | "noise") => zeros(&[batch, input.shape[1].unwrap(), 1]),
            (None, other) => panic!("no tensor for {other}"),
        };
        feeds.insert(input.name.clone(), tensor);
    }
    graph.forward(&feeds).unwrap()
}

/// The texts of a case.
fn texts(reference: &Reference, case: &Case) -> Vec<String> {
    let texts = reference.texts(case).unwrap().unwrap().into_iter();
    let single = |item| match item {
        TextItem::Single(text) => text,
        TextItem::Pair(..) => panic!("a pair is not spoken"),
    };
    texts.map(single).collect()
}

#[test]
fn everything_a_graph_gives_is_equal() {
    let mut compared = 0;
    for family in VOICE_FAMILIES {
        let reference = Reference::load(&reference(family)).unwrap();
        let tokens = CharacterTokens::load(reference.dir()).unwrap();
        let session = open(TextToAudio, reference.dir(), GraphSource::Own);
        for case in cases(&reference) {
            let texts = texts(&reference, case);
            let rows = texts.iter().map(|text| tokens.ids(0, text).unwrap());
            let batch = tokens.pad(&rows.collect::<Vec<_>>()).unwrap();
            let raw = NamedTensors::new()
                .with("input_ids", batch.input_ids)
                .with("attention_mask", batch.attention_mask);
            for (name, tensor) in raw.iter() {
                holds(&reference, case, name, tensor);
            }
            for tensors in [feeds(&reference, case), raw] {
                let outputs = forward(&session, &tensors);
                for (name, stored) in reference.stored(case) {
                    if stored.role != "preprocessed" {
                        holds(&reference, case, name, outputs.find(name).unwrap());
                        compared += 1;
                    }
                }
            }
        }
    }
    assert_eq!(compared, 20);
}

#[test]
fn texts_are_spoken() {
    for family in VOICE_FAMILIES {
        let reference = Reference::load(&reference(family)).unwrap();
        let session = open(TextToAudio, reference.dir(), GraphSource::Own);
        for case in cases(&reference) {
            let items: Vec<_> = texts(&reference, case)
                .into_iter()
                .map(SpokenText::from)
                .collect();
            let output = session.run_batch(&items).unwrap().output;
            let lengths = output
                .iter()
                .map(|speech| speech.sound.samples().len() as i64);
            let lengths = ndarray::Array1::from_iter(lengths);
            holds(&reference, case, "sequence_lengths", &Tensor::from(lengths));
            let durations = tensor(&reference, case, "durations");
            for (row, speech) in output.iter().enumerate() {
                assert_eq!(case.results()["sampling_rate"], speech.sound.rate());
                let expected = durations.index_axis(ndarray::Axis(0), row);
                let spoken = speech.durations.iter().map(|&frames| frames as i64);
                // What pads a short text in the reference's batch lasts no time.
                assert!(spoken.eq(expected.iter().copied().take(speech.durations.len())));
                let padding = expected.iter().skip(speech.durations.len());
                assert!(padding.copied().all(|frames| frames == 0));
            }
        }
    }
}

fn tensor(reference: &Reference, case: &Case, name: &str) -> ArrayD<i64> {
    let tensor = reference.tensor(case, name).unwrap();
    tensor.as_i64().unwrap().to_owned()
}

#[derive(Deserialize)]
struct Expected {
    texts: Vec<String>,
    speaker: usize,
    tensors: BTreeMap<String, Stored>,
}

#[derive(Deserialize)]
struct Stored {
    shape: Vec<usize>,
    values: Vec<f32>,
}

impl Expected {
    fn floats(&self, name: &str) -> ArrayD<f32> {
        let stored = &self.tensors[name];
        ArrayD::from_shape_vec(stored.shape.clone(), stored.values.clone()).unwrap()
    }

    fn integers(&self, name: &str) -> ArrayD<i64> {
        self.floats(name).mapv(|number| number as i64)
    }
}

fn voice(name: &str) -> (Session<TextToAudio>, Expected) {
    let dir = workspace()
        .join("tests/tests/parity/reference_data/voices")
        .join(name);
    let expected = std::fs::read(dir.join("expected.json")).unwrap();
    let expected = serde_json::from_slice(&expected).unwrap();
    (open(TextToAudio, &dir, GraphSource::Own), expected)
}

fn close(name: &str, got: &ArrayD<f32>, expected: &ArrayD<f32>) {
    assert_eq!(got.shape(), expected.shape(), "{name}");
    let differences = got
        .iter()
        .zip(expected)
        .map(|(got, expected)| (got - expected).abs());
    let worst = differences.fold(0.0, f32::max);
    assert!(worst <= TOLERANCE, "{name}: {worst}");
}

#[test]
fn voices_that_the_kit_lacks_equal_transformers() {
    for name in ["deterministic", "speakers"] {
        let (session, expected) = voice(name);
        let tokens = session.processor().tokens();
        let rows = expected
            .texts
            .iter()
            .map(|text| tokens.ids(0, text).unwrap());
        let batch = tokens.pad(&rows.collect::<Vec<_>>()).unwrap();
        assert_eq!(batch.input_ids.into_dyn(), expected.integers("input_ids"));
        // With the very noise that transformers drew, and the third of the speakers.
        let count = expected.texts.len();
        let mut tensors = NamedTensors::new()
            .with("input_ids", expected.integers("input_ids"))
            .with("attention_mask", expected.integers("attention_mask"))
            .with("speaker_id", ArrayD::from_elem(vec![count], 2_i64))
            .with("noise", expected.floats("noise"));
        if expected.tensors.contains_key("duration_noise") {
            tensors.insert("duration_noise", expected.floats("duration_noise"));
        }
        let outputs = forward(&session, &tensors);
        close(
            name,
            &floats(&outputs, "waveform"),
            &expected.floats("waveform"),
        );
        for lengths in ["sequence_lengths", "durations"] {
            let got = outputs.find(lengths).and_then(Tensor::as_i64).unwrap();
            assert_eq!(got, expected.integers(lengths), "{name}");
        }
        let item = SpokenText {
            text: expected.texts[0].clone(),
            options: VoiceOptions {
                speaker: (name == "speakers").then_some(expected.speaker),
                noise_scale: Some(0.0),
                noise_scale_duration: Some(0.0),
                ..VoiceOptions::default()
            },
        };
        let speech = session.run(item).unwrap().output;
        let samples = expected.floats("alone.waveform");
        let got = ArrayD::from_shape_vec(samples.shape(), speech.sound.samples().to_vec());
        close(name, &got.unwrap(), &samples);
        assert_eq!(speech.sound.rate(), 8_000);
    }
}

#[test]
fn options_are_followed() {
    let (session, expected) = voice("speakers");
    let speak = |options: VoiceOptions| -> Speech {
        let text = expected.texts[0].clone();
        session.run(SpokenText { text, options }).unwrap().output
    };
    let frames = |speech: &Speech| speech.durations.iter().sum::<usize>();
    let plain = speak(VoiceOptions::default());
    assert_eq!(speak(VoiceOptions::default()), plain);
    let seeded = |seed| VoiceOptions {
        seed: Some(seed),
        ..VoiceOptions::default()
    };
    assert_eq!(speak(seeded(0)), plain);
    assert_ne!(speak(seeded(1)), plain);
    let at_rate = |rate| VoiceOptions {
        speaking_rate: Some(rate),
        ..VoiceOptions::default()
    };
    assert_eq!(speak(at_rate(1.0)), plain);
    assert!(frames(&speak(at_rate(2.0))) < frames(&plain));
    // So slow that the noise for the usual number of frames does not suffice.
    let slow = speak(at_rate(0.02));
    assert!(frames(&slow) > 8 * slow.durations.len());
    let other = VoiceOptions {
        speaker: Some(2),
        ..VoiceOptions::default()
    };
    assert_ne!(speak(other).sound, plain.sound);
    let refused = |options: VoiceOptions| {
        let text = expected.texts[0].clone();
        let error = session.run(SpokenText { text, options }).unwrap_err();
        error.to_string()
    };
    let nobody = VoiceOptions {
        speaker: Some(3),
        ..VoiceOptions::default()
    };
    assert!(refused(nobody).contains("the model has 3"));
    assert!(refused(at_rate(1e-6)).contains("at most 16384"));
}
