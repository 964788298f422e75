//! Beam search and rules of generation give what transformers' give, on copies of the reference checkpoints whose
//! `generation_config.json` asks for them. The expected tokens are in `reference_data/beams.json`, written by the script
//! beside it.

use std::fs;
use std::path::Path;

use runtime::generation::GenerationOptions;
use runtime::processor::audio::Waveform;
use runtime::session::GraphSource;
use runtime::task::{
    AutomaticSpeechRecognition, SpeechInput, SpeechOptions, Text2TextGeneration, Text2TextInput,
};
use serde_json::Value;
use workspace_tests::{reference, workspace};

use super::{SOURCES, open};

fn expected(family: &str) -> Vec<Value> {
    let file = workspace().join("tests/tests/parity/reference_data/beams.json");
    let entries: Vec<Value> = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
    let is_of = |entry: &Value| entry["family"] == family;
    entries.into_iter().filter(is_of).collect()
}

/// A copy of a reference checkpoint's own files.
fn copy(family: &str, into: &Path) {
    for entry in fs::read_dir(reference(family)).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap();
        if path.is_file() && !name.to_string_lossy().starts_with("reference") {
            fs::copy(&path, into.join(name)).unwrap();
        }
    }
}

fn ids(value: &Value) -> Vec<i64> {
    serde_json::from_value(value.clone()).unwrap()
}

#[test]
fn beams_end_where_transformers_ends_them() {
    let texts: Vec<String> =
        serde_json::from_slice(&fs::read(reference("t5").join("inputs/texts.json")).unwrap())
            .unwrap();
    let entries = expected("t5");
    assert_eq!(entries.len(), 14);
    for entry in entries {
        let dir = tempfile::tempdir().unwrap();
        copy("t5", dir.path());
        let file = dir.path().join("generation_config.json");
        let mut config: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
        for (key, value) in entry["call"].as_object().unwrap() {
            config[key] = value.clone();
        }
        config["eos_token_id"] = entry["end"].clone();
        fs::write(&file, config.to_string()).unwrap();
        let session = open(Text2TextGeneration, dir.path(), GraphSource::Own);
        let items: Vec<_> = texts
            .iter()
            .map(|text| Text2TextInput::from(text.as_str()))
            .collect();
        let outputs = session.run_batch(&items).unwrap().output;
        let expected = entry["tokens"].as_array().unwrap();
        assert_eq!(outputs.len(), expected.len());
        for (output, expected) in outputs.iter().zip(expected) {
            assert_eq!(
                output.tokens,
                ids(expected),
                "{} {}",
                entry["end"],
                entry["call"]
            );
        }
    }
}

#[test]
fn speech_is_searched_under_every_option() {
    let file = || reference("whisper").join("inputs/chirp_16k.wav");
    let entries = expected("whisper");
    assert_eq!(entries.len(), 16);
    for source in SOURCES {
        let session = open(AutomaticSpeechRecognition, &reference("whisper"), source);
        for entry in &entries {
            let text = |key: &str| entry["options"][key].as_str();
            let count = |key: &str| entry["call"][key].as_u64().map(|count| count as usize);
            let has_timestamps = entry["timestamps"] == true;
            let item = SpeechInput {
                options: SpeechOptions {
                    language: text("language").map(str::to_owned),
                    task: text("task").map(|task| task.parse().unwrap()),
                    has_timestamps,
                    is_cut: true,
                },
                generation: GenerationOptions {
                    max_new_tokens: count("max_new_tokens"),
                    beams: count("num_beams"),
                    kept_scores: None,
                    ..GenerationOptions::default()
                },
                ..SpeechInput::from(file())
            };
            let output = session.run(item).unwrap().output;
            let sequence = ids(&entry["sequence"]);
            // With timestamps transformers returns the new tokens alone.
            assert!(
                sequence.ends_with(&output.tokens),
                "{entry} {:?}",
                output.tokens
            );
            assert_eq!(output.tokens.len(), 12, "{entry}");
        }
    }
}

#[test]
fn long_speech_is_transcribed_window_by_window() {
    let sound = Waveform::open(&reference("whisper").join("inputs/chirp_16k.wav")).unwrap();
    let entries = expected("whisper-long");
    assert_eq!(entries.len(), 6);
    for entry in entries {
        let dir = tempfile::tempdir().unwrap();
        copy("whisper", dir.path());
        let file = dir.path().join("generation_config.json");
        let mut config: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
        let mut suppressed = ids(&config["suppress_tokens"]);
        suppressed.extend(ids(&entry["suppressed"]));
        config["suppress_tokens"] = suppressed.into();
        fs::write(&file, config.to_string()).unwrap();
        let gains: Vec<f32> = serde_json::from_value(entry["gains"].clone()).unwrap();
        let loud = |gain: &f32| {
            sound
                .samples()
                .iter()
                .map(|sample| sample * gain)
                .collect::<Vec<_>>()
        };
        let samples = gains.iter().flat_map(loud).collect();
        let item = SpeechInput {
            options: SpeechOptions {
                language: Some("en".to_owned()),
                has_timestamps: true,
                ..SpeechOptions::default()
            },
            generation: GenerationOptions {
                max_new_tokens: entry["max_new_tokens"].as_u64().map(|count| count as usize),
                ..GenerationOptions::default()
            },
            ..SpeechInput::from(Waveform::from_samples(samples, sound.rate()).unwrap())
        };
        let session = open(AutomaticSpeechRecognition, dir.path(), GraphSource::Own);
        let output = session.run(item).unwrap().output;
        let mut tokens = output.tokens;
        if output.is_finished {
            tokens.pop();
        }
        assert_eq!(tokens, ids(&entry["sequence"]), "{entry}");
        // Every segment with words begins at its first timestamp, counted from its window.
        let begins = |segment: &Value| {
            let has_words = ids(&segment["tokens"]).iter().any(|token| *token < 327);
            let offset = 0.02 * (ids(&segment["tokens"])[0] - 327) as f64;
            has_words.then(|| (segment["start"].as_f64().unwrap(), offset))
        };
        let expected = entry["segments"].as_array().unwrap().iter();
        let expected: Vec<_> = expected.filter_map(begins).collect();
        assert_eq!(output.segments.len(), expected.len());
        for (segment, (start, offset)) in output.segments.iter().zip(expected) {
            // Where no segment closes, transcribers give the window's own beginning.
            let start_s = segment.start_s;
            let is_equal = [start, start + offset]
                .iter()
                .any(|start| (start_s - start).abs() < 1e-9);
            assert!(is_equal, "{start_s}, expected {start} or {offset} later");
        }
    }
}
