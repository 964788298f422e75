//! A text to be spoken, and how.

use serde::{Deserialize, Serialize};

use crate::error::Error;

/// A text to be spoken, and how.
#[derive(Debug, Clone, PartialEq)]
pub struct SpokenText {
    /// The text.
    pub text: String,
    /// How it is to be spoken.
    pub options: VoiceOptions,
}

/// How a text is to be spoken; as the checkpoint says where nothing is given.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct VoiceOptions {
    /// Beginning of the random numbers that make a reading vary: the same seed gives the same sound. 0 where none is given.
    #[serde(default)]
    pub seed: Option<u64>,
    /// How fast it is spoken; 2 is twice as fast as 1.
    #[serde(default)]
    pub speaking_rate: Option<f32>,
    /// Who speaks, of a model with several speakers; the first where none is given.
    #[serde(default)]
    pub speaker: Option<usize>,
    /// How much the sound varies with the seed; 0 leaves chance out.
    #[serde(default)]
    pub noise_scale: Option<f32>,
    /// How much the lengths of the sounds vary with the seed; 0 leaves chance out.
    #[serde(default)]
    pub noise_scale_duration: Option<f32>,
}

impl VoiceOptions {
    /// Fails where a number is none that can be followed.
    pub(super) fn check(&self) -> Result<(), Error> {
        let refuse = |what: String| Err(Error::InvalidInput(what));
        if let Some(rate) = self.speaking_rate
            && !(rate.is_finite() && rate > 0.0)
        {
            return refuse(format!("a speaking rate of {rate}; it must be above 0"));
        }
        for scale in [self.noise_scale, self.noise_scale_duration] {
            if let Some(scale) = scale
                && !(scale.is_finite() && scale >= 0.0)
            {
                return refuse(format!("a noise scale of {scale}; it must be 0 or above"));
            }
        }
        Ok(())
    }
}

impl From<&str> for SpokenText {
    fn from(text: &str) -> Self {
        Self::from(text.to_owned())
    }
}

impl From<String> for SpokenText {
    fn from(text: String) -> Self {
        Self {
            text,
            options: VoiceOptions::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::VoiceOptions;

    #[test]
    fn numbers_that_cannot_be_followed_are_refused() {
        let voice = VoiceOptions::default;
        let with_rate = |rate| VoiceOptions {
            speaking_rate: Some(rate),
            ..voice()
        };
        let with_noise = |scale| VoiceOptions {
            noise_scale: Some(scale),
            ..voice()
        };
        assert!(voice().check().is_ok());
        assert!(with_rate(0.5).check().is_ok() && with_noise(0.0).check().is_ok());
        for rate in [0.0, -1.0, f32::NAN, f32::INFINITY] {
            assert!(with_rate(rate).check().is_err(), "{rate}");
        }
        assert!(with_noise(-0.1).check().is_err() && with_noise(f32::NAN).check().is_err());
    }
}
