//! Sounds, good and bad, for every task that takes one.

use std::f32::consts::TAU;

use crate::processor::audio::Waveform;
use crate::task::AudioInput;

/// Sounds of different length and rate, each with two tones of its own.
pub(super) fn examples() -> Vec<AudioInput> {
    [
        (16_000, 9_000, 330.0),
        (44_100, 15_000, 520.0),
        (8_000, 3_000, 210.0),
    ]
    .into_iter()
    .filter_map(|(rate, samples, hertz)| tones(rate, samples, hertz))
    .collect()
}

fn tones(rate: u32, samples: usize, hertz: f32) -> Option<AudioInput> {
    let sample = |place: usize| {
        let turns = TAU * hertz * place as f32 / rate as f32;
        0.5 * turns.sin() + 0.2 * (2.7 * turns).sin()
    };
    let samples = (0..samples).map(sample).collect();
    Waveform::from_samples(samples, rate)
        .ok()
        .map(AudioInput::from)
}

/// A file without a byte, and one without a sample.
pub(super) fn empty() -> Vec<AudioInput> {
    vec![AudioInput::from(Vec::new()), AudioInput::from(wav(0, &[]))]
}

/// Text, and a WAV file whose header promises what does not follow.
pub(super) fn malformed() -> Vec<AudioInput> {
    vec![
        AudioInput::from(b"This is no sound.".to_vec()),
        AudioInput::from(wav(u32::MAX - 64, &[1, 2, 3, 4])),
    ]
}

/// A WAV file of one channel at 16 kHz with 16 bits a sample that promises `bytes` of samples (Microsoft's Multimedia
/// Programming Interface and Data Specifications 1.0, 1991).
fn wav(bytes: u32, samples: &[u8]) -> Vec<u8> {
    let length = 36 + samples.len() as u32;
    let mut file = b"RIFF".to_vec();
    file.extend(length.to_le_bytes());
    file.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    file.extend(16_000_u32.to_le_bytes());
    file.extend(32_000_u32.to_le_bytes());
    file.extend(b"\x02\0\x10\0data");
    file.extend(bytes.to_le_bytes());
    file.extend(samples);
    file
}
