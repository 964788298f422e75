//! Writes sounds as WAV files; the only module that names hound.

use std::fs;
use std::io::Cursor;
use std::path::Path;

use hound::{SampleFormat, WavSpec, WavWriter};

use super::Waveform;
use crate::error::Error;

/// The largest magnitude of 16 bits, by which readers divide.
const FULL_SCALE: f32 = 32_768.0;

impl Waveform {
    /// Writes a WAV file of one channel in 16-bit integers. What lies beyond -1 to 1 is cut off. A file of that name is
    /// replaced.
    ///
    /// # Errors
    /// [`Error::Write`] where the file cannot be written.
    pub fn write_wav(&self, path: &Path) -> Result<(), Error> {
        let failed = |source: Box<dyn std::error::Error + Send + Sync>| Error::Write {
            path: path.to_owned(),
            source,
        };
        let bytes = self.wav().map_err(|error| failed(error.into()))?;
        fs::write(path, bytes).map_err(|error| failed(error.into()))
    }

    /// The content of a WAV file.
    fn wav(&self) -> Result<Vec<u8>, hound::Error> {
        let spec = WavSpec {
            channels: 1,
            sample_rate: self.rate(),
            bits_per_sample: 16,
            sample_format: SampleFormat::Int,
        };
        let mut content = Cursor::new(Vec::with_capacity(44 + 2 * self.samples().len()));
        let mut writer = WavWriter::new(&mut content, spec)?;
        for &sample in self.samples() {
            writer.write_sample(quantised(sample))?;
        }
        writer.finalize()?;
        Ok(content.into_inner())
    }
}

/// The nearest 16-bit integer.
fn quantised(sample: f32) -> i16 {
    // Casts of floats to integers saturate.
    (sample * FULL_SCALE).round() as i16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("sound.wav");
        let samples = vec![0.0, 0.5, -0.5, 1.0, -1.0, 1.5, 0.000_02];
        let sound = Waveform::from_samples(samples, 16_000).unwrap();
        // The second time replaces the first.
        sound.write_wav(&path).unwrap();
        sound.write_wav(&path).unwrap();
        let read = Waveform::open(&path).unwrap();
        assert_eq!(read.rate(), 16_000);
        let most = 32_767.0 / FULL_SCALE;
        let near = 1.0 / FULL_SCALE;
        assert_eq!(read.samples(), [0.0, 0.5, -0.5, most, -1.0, most, near]);
        let bytes = std::fs::read(&path).unwrap();
        assert_eq!((bytes.len(), &bytes[..4]), (44 + 14, &b"RIFF"[..]));
    }

    #[test]
    fn a_folder_that_is_not_there_is_told() {
        let sound = Waveform::from_samples(vec![0.0], 8_000).unwrap();
        let error = sound
            .write_wav(Path::new("no such folder/sound.wav"))
            .unwrap_err();
        assert_eq!(error.to_string(), "cannot write `no such folder/sound.wav`");
    }
}
