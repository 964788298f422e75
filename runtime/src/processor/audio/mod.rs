//! Turns sound as users have it into the samples and features that models take.

#[cfg(test)]
mod against_libsndfile;
mod decode;
mod mel_filters;
mod resample;
mod speech_features;
mod waveform;

pub use self::speech_features::SpeechFeatures;
pub use self::waveform::{MAX_RATE, MAX_SAMPLES, MIN_RATE, Waveform};
