//! Turns sound as users have it into the samples and features that models take.

#[cfg(test)]
mod against_libsndfile;
mod decode;
mod resample;
mod waveform;

pub use self::waveform::{MAX_RATE, MAX_SAMPLES, MIN_RATE, Waveform};
