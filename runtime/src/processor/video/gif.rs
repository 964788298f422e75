//! The frames of a GIF as a viewer shows them.

use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};

use image::codecs::gif::GifDecoder;
use image::{AnimationDecoder, ImageDecoder, ImageError, Limits};

use super::MAX_FRAMES;
use crate::processor::ProcessorError;
use crate::processor::image::{MAX_PIXELS, Picture, check_size};

/// The most a GIF may have.
const MAX_FILE_BYTES: u64 = 1 << 28;

/// A GIF in memory, decoded a frame at a time.
pub(super) struct Gif {
    path: PathBuf,
    bytes: Vec<u8>,
}

impl Gif {
    /// Reads a file.
    pub(super) fn read(path: &Path) -> Result<Self, ProcessorError> {
        let failed = |source| ProcessorError::Read {
            path: path.to_owned(),
            source,
        };
        let bytes = fs::metadata(path).map_err(failed)?.len();
        if bytes > MAX_FILE_BYTES {
            return Err(ProcessorError::FileTooLarge {
                path: path.to_owned(),
                bytes,
                limit: MAX_FILE_BYTES,
            });
        }
        Ok(Self {
            path: path.to_owned(),
            bytes: fs::read(path).map_err(failed)?,
        })
    }

    /// Number of frames, at most one more than a video may have.
    pub(super) fn count(&self) -> Result<usize, ProcessorError> {
        let mut count = 0;
        for frame in self.decoder()?.into_frames().take(MAX_FRAMES + 1) {
            frame.map_err(|source| self.failed(source))?;
            count += 1;
        }
        Ok(count)
    }

    /// The frames at these places, which ascend.
    pub(super) fn pick(&self, wanted: &[usize]) -> Result<Vec<Picture>, ProcessorError> {
        let mut picked = Vec::with_capacity(wanted.len());
        let length = wanted.last().map_or(0, |last| last + 1);
        for (place, frame) in self.decoder()?.into_frames().take(length).enumerate() {
            let frame = frame.map_err(|source| self.failed(source))?;
            let times = wanted.iter().filter(|wanted| **wanted == place).count();
            if times == 0 {
                continue;
            }
            let pixels = frame.into_buffer();
            let (width, height) = (pixels.width() as usize, pixels.height() as usize);
            let rgb = pixels
                .pixels()
                .flat_map(|pixel| [pixel[0], pixel[1], pixel[2]])
                .collect();
            let picture = Picture::from_rgb(width, height, rgb)?;
            picked.extend(std::iter::repeat_n(picture, times));
        }
        Ok(picked)
    }

    fn decoder(&self) -> Result<GifDecoder<Cursor<&[u8]>>, ProcessorError> {
        let mut decoder =
            GifDecoder::new(Cursor::new(&self.bytes[..])).map_err(|source| self.failed(source))?;
        let (width, height) = decoder.dimensions();
        let name = self.path.display().to_string();
        check_size(&name, width as usize, height as usize)?;
        let mut limits = Limits::default();
        // The canvas and a frame, four bytes a pixel, with room to work in.
        limits.max_alloc = Some(MAX_PIXELS as u64 * 16);
        decoder
            .set_limits(limits)
            .map_err(|source| self.failed(source))?;
        Ok(decoder)
    }

    fn failed(&self, source: ImageError) -> ProcessorError {
        ProcessorError::Picture {
            name: self.path.display().to_string(),
            source,
        }
    }
}
