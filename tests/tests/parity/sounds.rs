//! Sounds: samples, features, scores, texts and ranked labels of every case, from stored tensors and from raw input.

use std::path::Path;

use ndarray::{Array1, Array2, Array3};
use runtime::processor::audio::{ClipFeatures, WaveFeatures, Waveform};
use runtime::processor::ctc::CtcTokens;
use runtime::processor::text::{TextInput, TextProcessor};
use runtime::reference::{Case, Reference};
use runtime::task::{
    AutomaticSpeechRecognition, Candidates, LabelledSound, SpeechInput, SpeechOptions,
    ZeroShotAudioClassification,
};
use runtime::tensor::{NamedTensors, Tensor};
use workspace_tests::{SOUND_FAMILIES, reference};

use super::{Ranked, cases, feeds, floats, holds, open, run, sources};

/// The sounds of a case.
fn sounds(reference: &Reference, case: &Case) -> Vec<Waveform> {
    let files = reference.sounds(case).unwrap().unwrap();
    files
        .iter()
        .map(|file| Waveform::open(file).unwrap())
        .collect()
}

/// The token of the largest score of every frame.
fn likeliest(logits: &Array3<f32>, row: usize) -> Vec<usize> {
    let logits = logits.index_axis(ndarray::Axis(0), row);
    let best = |scores: ndarray::ArrayView1<'_, f32>| {
        let ranked = scores.iter().enumerate();
        ranked.max_by(|a, b| a.1.total_cmp(b.1)).unwrap().0
    };
    logits.rows().into_iter().map(best).collect()
}

#[test]
fn samples_are_resampled_as_the_references_were() {
    let mut compared = 0;
    for family in SOUND_FAMILIES {
        let reference = Reference::load(&reference(family)).unwrap();
        for case in cases(&reference) {
            if !reference.stored(case).any(|(name, _)| name == "resampled") {
                continue;
            }
            let rate = match family {
                "clap" => ClipFeatures::load(reference.dir()).unwrap().rate(),
                _ => WaveFeatures::load(reference.dir()).unwrap().rate(),
            };
            let sounds = sounds(&reference, case);
            let other = sounds.iter().find(|sound| sound.rate() != rate).unwrap();
            let resampled = Array1::from(other.at_rate(rate).unwrap().into_owned());
            holds(&reference, case, "resampled", &Tensor::from(resampled));
            compared += 1;
        }
    }
    assert_eq!(compared, 2);
}

#[test]
fn waveforms_and_the_texts_of_their_scores_are_equal() {
    let reference = Reference::load(&reference("wav2vec2")).unwrap();
    let features = WaveFeatures::load(reference.dir()).unwrap();
    let tokens = CtcTokens::load(reference.dir()).unwrap();
    for source in sources(&reference) {
        let session = open(AutomaticSpeechRecognition, reference.dir(), source);
        for case in cases(&reference) {
            let sounds = sounds(&reference, case);
            let samples = sounds.iter().map(|sound| features.samples(sound).unwrap());
            let batch = features.extract(&samples.collect::<Vec<_>>()).unwrap();
            assert_eq!(batch.mask, None);
            let values = Tensor::from(batch.values);
            holds(&reference, case, "input_values", &values);
            for feeds in [
                feeds(&reference, case),
                NamedTensors::new().with("input_values", values),
            ] {
                let outputs = run(&session, &feeds);
                holds(&reference, case, "logits", outputs.find("logits").unwrap());
                let logits = floats(&outputs, "logits").into_dimensionality().unwrap();
                for row in 0..sounds.len() {
                    let ids = likeliest(&logits, row);
                    let results = case.results();
                    let expected = results.pointer(&format!("/argmax_ids/{row}")).unwrap();
                    assert_eq!(serde_json::json!(ids), *expected, "{}", case.name());
                    let expected = results.pointer(&format!("/text/{row}")).unwrap();
                    assert_eq!(tokens.read(&ids).text, *expected, "{}", case.name());
                }
            }
        }
    }
}

#[test]
fn sounds_get_their_texts() {
    let reference = Reference::load(&reference("wav2vec2")).unwrap();
    for source in sources(&reference) {
        let session = open(AutomaticSpeechRecognition, reference.dir(), source);
        let mut texts = 0;
        // A sound on its own is heard without the padding of a batch.
        for case in cases(&reference).filter(|case| case.name() != "batch") {
            let files = reference.sounds(case).unwrap().unwrap();
            let item = |file| SpeechInput {
                options: SpeechOptions {
                    has_timestamps: true,
                    ..SpeechOptions::default()
                },
                ..SpeechInput::from(file)
            };
            let items: Vec<_> = files.into_iter().map(item).collect();
            let output = session.run_batch(&items).unwrap().output;
            for (row, transcript) in output.iter().enumerate() {
                let results = case.results();
                assert_eq!(transcript.text, results["text"][row]);
                let frames = results["frames_of_each_clip"][row].as_u64().unwrap();
                assert_eq!(
                    serde_json::json!(transcript.tokens),
                    results["argmax_ids"][row]
                );
                let words = transcript.segments.iter().map(|word| &*word.text);
                assert_eq!(words.collect::<Vec<_>>().join(" "), transcript.text);
                let ends = transcript.segments.iter().filter_map(|word| word.end_s);
                assert!(ends.fold(0.0, f64::max) <= frames as f64 * 0.02 + 1e-9);
                texts += 1;
            }
        }
        assert_eq!(texts, 2);
    }
}

#[test]
fn spectrograms_vectors_and_logits_are_equal() {
    let reference = Reference::load(&reference("clap")).unwrap();
    let clips = ClipFeatures::load(reference.dir()).unwrap();
    let text = TextProcessor::load(reference.dir(), None).unwrap();
    let session = open(
        ZeroShotAudioClassification,
        reference.dir(),
        runtime::session::GraphSource::Own,
    );
    for case in cases(&reference) {
        let sounds = sounds(&reference, case);
        let samples = sounds.iter().map(|sound| clips.resampled(sound).unwrap());
        let batch = clips.extract(&samples.collect::<Vec<_>>()).unwrap();
        assert!(batch.is_longer.iter().all(|is_longer| !is_longer));
        let features = Tensor::from(batch.features);
        holds(&reference, case, "input_features", &features);
        let (_, labels) = reference.labelled_sounds(case).unwrap().unwrap();
        let labels: Vec<_> = labels.iter().map(TextInput::from).collect();
        let encoded = text.encode(&labels).unwrap();
        let ids = Tensor::from(encoded.input_ids);
        let mask = Tensor::from(encoded.attention_mask);
        holds(&reference, case, "input_ids", &ids);
        holds(&reference, case, "attention_mask", &mask);
        let raw = NamedTensors::new()
            .with("input_features", features)
            .with("input_ids", ids)
            .with("attention_mask", mask);
        for feeds in [feeds(&reference, case), raw] {
            let outputs = run(&session, &feeds);
            let mut compared = 0;
            for (name, stored) in reference.stored(case) {
                if stored.role == "output" {
                    holds(&reference, case, name, outputs.find(name).unwrap());
                    compared += 1;
                }
            }
            assert_eq!(compared, 7);
        }
    }
}

#[test]
fn sounds_get_the_labels_and_scores() {
    let reference = Reference::load(&reference("clap")).unwrap();
    let session = open(
        ZeroShotAudioClassification,
        reference.dir(),
        runtime::session::GraphSource::Own,
    );
    for case in cases(&reference) {
        let (files, texts) = reference.labelled_sounds(case).unwrap().unwrap();
        let candidates = Candidates::new(texts);
        let items: Vec<_> = files
            .iter()
            .map(|file| LabelledSound::new(Path::new(file), candidates.clone()))
            .collect();
        let output = session.run_batch(&items).unwrap().output;
        let tolerance = reference.stored(case).find(|(name, _)| *name == "probs");
        let tolerance = tolerance.unwrap().1.atol;
        let mut scores = Array2::zeros((items.len(), candidates.labels().len()));
        for ((file, output), mut row) in files.iter().zip(&output).zip(scores.rows_mut()) {
            let name = file.file_name().unwrap().to_str().unwrap();
            let expected = case.results()["zero_shot"][name].clone();
            let expected: Vec<Ranked> = serde_json::from_value(expected).unwrap();
            assert_eq!(output.labels.len(), expected.len());
            for (label, expected) in output.labels.iter().zip(&expected) {
                assert_eq!((label.id, &label.label), (expected.id, &expected.label));
                assert!((f64::from(label.score) - expected.score).abs() <= tolerance);
                row[label.id] = label.score;
            }
        }
        holds(&reference, case, "probs", &Tensor::from(scores));
    }
}
