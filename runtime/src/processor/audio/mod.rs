//! Turns sound as users have it into the samples and features that models take.

#[cfg(test)]
mod against_libsndfile;
#[cfg(test)]
mod against_torchaudio;
#[cfg(test)]
mod against_transformers;
mod bank_features;
mod clip_features;
mod decode;
mod encode;
mod kaldi_bank;
mod log_mel;
mod mel_bank;
mod resample;
mod settings;
mod speech_features;
mod wave_features;
mod waveform;

pub use self::bank_features::BankFeatures;
pub use self::clip_features::{ClipBatch, ClipFeatures};
pub use self::speech_features::SpeechFeatures;
pub use self::wave_features::{WaveBatch, WaveFeatures};
pub use self::waveform::{MAX_RATE, MAX_SAMPLES, MIN_RATE, Waveform};
