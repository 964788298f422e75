//! Compares spectrograms of clips with those of transformers.
//!
//! `reference_data/clips.json` was written by `reference_data/clips.py`; the sound comes from the formula in both.

use std::f64::consts::TAU;

use serde::Deserialize;

use super::ClipFeatures;

#[derive(Deserialize)]
struct Expected {
    samples: usize,
    settings: serde_json::Value,
    shape: Vec<usize>,
    every_97th: Vec<f32>,
}

fn sound(samples: usize) -> Vec<f32> {
    let sample = |place: usize| {
        let time = place as f64 / 8_000.0;
        let sweep = 0.5 * (TAU * (200.0 + 150.0 * time) * time).sin();
        (sweep + 0.1 * (TAU * 1_700.0 * time).sin()) as f32
    };
    (0..samples).map(sample).collect()
}

#[test]
fn clips_are_filled_cut_and_fused_as_transformers_does() {
    let cases: Vec<Expected> =
        serde_json::from_str(include_str!("reference_data/clips.json")).unwrap();
    assert_eq!(cases.len(), 9);
    for case in cases {
        let dir = tempfile::tempdir().unwrap();
        let settings = case.settings.to_string();
        std::fs::write(dir.path().join("preprocessor_config.json"), &settings).unwrap();
        let clips = ClipFeatures::load(dir.path()).unwrap();
        let batch = clips.extract(&[sound(case.samples)]).unwrap();
        assert_eq!(batch.features.shape(), case.shape, "{settings}");
        let is_longer = case.samples > 8_000 || case.settings["truncation"] == "fusion";
        assert_eq!(batch.is_longer[[0, 0]], is_longer, "{settings}");
        let every = batch.features.iter().copied().step_by(97);
        for (place, (got, expected)) in every.zip(&case.every_97th).enumerate() {
            // Transformers rounds spectra to single precision before it squares them.
            let difference = (got - expected).abs();
            assert!(
                difference < 1e-3,
                "{} {settings} {}: {got}, expected {expected}",
                case.samples,
                place * 97
            );
        }
    }
}

#[test]
fn settings_that_cannot_be_followed_are_refused() {
    let refused = [
        r#"{"feature_extractor_type": "WhisperFeatureExtractor"}"#,
        r#"{"truncation": "left"}"#,
        r#"{"padding": "wrap"}"#,
        r#"{"max_length_s": 100000}"#,
        r#"{"fft_window_size": 4000000, "max_length_s": 1}"#,
        r#"{"frequency_min": 20000}"#,
        r#"{"frequency_max": 30000}"#,
        r#"{"feature_size": 0}"#,
        r#"{"hop_length": 99999999999}"#,
    ];
    for settings in refused {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("preprocessor_config.json"), settings).unwrap();
        assert!(ClipFeatures::load(dir.path()).is_err(), "{settings}");
    }
}
