//! Compares decoding and resampling with libsndfile and torchaudio's formula.
//!
//! The sounds and `reference_data/sounds.json` were written by `reference_data/sounds.py` (libsndfile 1.2.2).

use std::collections::BTreeMap;

use serde::Deserialize;

use super::Waveform;

#[derive(Deserialize)]
struct Expected {
    rate: u32,
    samples: usize,
    every_37th: Vec<f32>,
    every_37th_at_16000: Vec<f32>,
    every_37th_at_48000: Vec<f32>,
}

/// The sounds, each with the most that a decoded sample may be off: MP3 decoders round differently.
const SOUNDS: [(&str, &[u8], f32); 5] = [
    (
        "stereo.flac",
        include_bytes!("reference_data/stereo.flac"),
        1e-7,
    ),
    ("mono.mp3", include_bytes!("reference_data/mono.mp3"), 1e-4),
    (
        "stereo24.wav",
        include_bytes!("reference_data/stereo24.wav"),
        1e-7,
    ),
    (
        "mono8.wav",
        include_bytes!("reference_data/mono8.wav"),
        1e-7,
    ),
    ("float.wav", include_bytes!("reference_data/float.wav"), 0.0),
];

fn close(name: &str, samples: &[f32], expected: &[f32], tolerance: f32) {
    let every: Vec<f32> = samples.iter().copied().step_by(37).collect();
    assert_eq!(every.len(), expected.len(), "{name}");
    for (place, (got, expected)) in every.iter().zip(expected).enumerate() {
        let difference = (got - expected).abs();
        assert!(
            difference <= tolerance,
            "{name} {}: {got}, expected {expected}",
            place * 37
        );
    }
}

#[test]
fn every_format_gives_libsndfiles_samples() {
    let json = include_str!("reference_data/sounds.json");
    let expected: BTreeMap<String, Expected> = serde_json::from_str(json).unwrap();
    assert_eq!(expected.len(), SOUNDS.len());
    for (name, bytes, tolerance) in SOUNDS {
        let sound = Waveform::decode(bytes).unwrap();
        let expected = &expected[name];
        assert_eq!(
            (sound.rate(), sound.samples().len()),
            (expected.rate, expected.samples),
            "{name}"
        );
        close(name, sound.samples(), &expected.every_37th, tolerance);
        for (rate, expected) in [
            (16_000, &expected.every_37th_at_16000),
            (48_000, &expected.every_37th_at_48000),
        ] {
            let resampled = sound.at_rate(rate).unwrap();
            close(name, &resampled, expected, tolerance + 1e-6);
        }
    }
}

#[test]
fn damaged_sounds_are_sounds_or_typed_errors() {
    let mut refused = 0;
    for (_, bytes, _) in SOUNDS {
        for place in (0..bytes.len()).step_by(bytes.len() / 300 + 1) {
            refused += usize::from(Waveform::decode(&bytes[..place]).is_err());
            for flip in [0x01, 0x80, 0xff] {
                let mut damaged = bytes.to_vec();
                damaged[place] ^= flip;
                refused += usize::from(Waveform::decode(&damaged).is_err());
            }
        }
    }
    assert!(refused > 500, "{refused}");
}
