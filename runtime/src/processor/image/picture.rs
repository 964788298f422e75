//! A turned picture, and the bounds within which one is turned at all.

use std::fs;
use std::io::Cursor;
use std::path::Path;

use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageReader, Limits};

use crate::processor::ProcessorError;

/// Bytes of a pixel: red, green, blue.
pub(super) const CHANNELS: usize = 3;

/// The most pixels a picture may have.
pub const MAX_PIXELS: usize = 100_000_000;

/// The longest side a picture may have, in pixels.
pub const MAX_SIDE: usize = 1 << 20;

/// The most pixels that a byte of a file can stand for: deflate expands at most 1032 times, and a pixel of a black
/// and white PNG takes one bit. JPEG stays below.
const PIXELS_PER_BYTE: usize = 1032 * 8;

/// The most a picture's file may have; an incompressible one of [`MAX_PIXELS`] at 16 bits a channel fits.
const MAX_FILE_BYTES: u64 = 1 << 30;

/// An RGB picture of 8 bits a channel, of at least one pixel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    width: usize,
    height: usize,
    rgb: Vec<u8>,
}

impl Picture {
    /// Decodes a PNG, JPEG, WebP or GIF file; see [`Picture::decode`].
    pub fn open(path: &Path) -> Result<Self, ProcessorError> {
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
        Self::decode_named(
            &path.display().to_string(),
            &fs::read(path).map_err(failed)?,
        )
    }

    /// Decodes the content of a PNG, JPEG, WebP or GIF file; of an animation, the first frame.
    ///
    /// The picture is turned as its EXIF orientation says and then read as Pillow's `convert("RGB")` reads it, as
    /// `load_image` of transformers does: alpha is dropped without blending, grey is repeated, 16-bit colour keeps
    /// its high byte, and 16-bit grey without alpha is clipped to 255. JPEG leaves rounding and the upsampling of
    /// colour to the decoder: values may lie a few levels from those of the libjpeg-turbo that Pillow uses.
    pub fn decode(bytes: &[u8]) -> Result<Self, ProcessorError> {
        Self::decode_named("picture", bytes)
    }

    /// A picture from `height` rows of `width` RGB pixels.
    pub fn from_rgb(width: usize, height: usize, rgb: Vec<u8>) -> Result<Self, ProcessorError> {
        if width == 0 || height == 0 {
            return Err(ProcessorError::EmptyPicture { width, height });
        }
        check_size("picture", width, height)?;
        let expected = width * height * CHANNELS;
        if rgb.len() != expected {
            return Err(ProcessorError::PixelBytes {
                width,
                height,
                expected,
                found: rgb.len(),
            });
        }
        Ok(Self { width, height, rgb })
    }

    /// A picture whose parts are known to fit.
    pub(super) fn from_parts(width: usize, height: usize, rgb: Vec<u8>) -> Self {
        debug_assert_eq!(rgb.len(), width * height * CHANNELS);
        Self { width, height, rgb }
    }

    /// Width in pixels.
    #[must_use]
    pub fn width(&self) -> usize {
        self.width
    }

    /// Height in pixels.
    #[must_use]
    pub fn height(&self) -> usize {
        self.height
    }

    /// Interleaved red, green and blue bytes, row by row.
    #[must_use]
    pub fn rgb(&self) -> &[u8] {
        &self.rgb
    }

    fn decode_named(name: &str, bytes: &[u8]) -> Result<Self, ProcessorError> {
        let failed = |source| ProcessorError::Picture {
            name: name.to_owned(),
            source,
        };
        let reader = ImageReader::new(Cursor::new(bytes))
            .with_guessed_format()
            .map_err(|error| failed(image::ImageError::IoError(error)))?;
        let mut decoder = reader.into_decoder().map_err(failed)?;
        let (width, height) = decoder.dimensions();
        let (width, height) = (width as usize, height as usize);
        check_size(name, width, height)?;
        if width * height > bytes.len().saturating_mul(PIXELS_PER_BYTE) {
            return Err(ProcessorError::Truncated {
                name: name.to_owned(),
                bytes: bytes.len(),
                width,
                height,
            });
        }
        let mut limits = Limits::default();
        // 16 bits a channel with alpha, once turned and once on the way.
        limits.max_alloc = Some(MAX_PIXELS as u64 * 16);
        decoder.set_limits(limits).map_err(failed)?;
        let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
        let mut turned = DynamicImage::from_decoder(decoder).map_err(failed)?;
        turned.apply_orientation(orientation);
        Self::from_rgb(
            turned.width() as usize,
            turned.height() as usize,
            to_rgb(turned),
        )
    }
}

/// Refuses pictures that are larger than any model looks at, before memory is taken for them.
pub(in crate::processor) fn check_size(
    name: &str,
    width: usize,
    height: usize,
) -> Result<(), ProcessorError> {
    if width.max(height) > MAX_SIDE || width * height > MAX_PIXELS {
        return Err(ProcessorError::TooManyPixels {
            name: name.to_owned(),
            width,
            height,
            limit: MAX_PIXELS,
            side: MAX_SIDE,
        });
    }
    Ok(())
}

/// Drops alpha, repeats grey and reduces to 8 bits as Pillow does.
fn to_rgb(image: DynamicImage) -> Vec<u8> {
    let high = |value: u16| (value >> 8) as u8;
    match image {
        DynamicImage::ImageRgb8(image) => image.into_raw(),
        DynamicImage::ImageRgba8(image) => image
            .pixels()
            .flat_map(|pixel| [pixel[0], pixel[1], pixel[2]])
            .collect(),
        DynamicImage::ImageLuma8(image) => image.pixels().flat_map(|pixel| [pixel[0]; 3]).collect(),
        DynamicImage::ImageLumaA8(image) => {
            image.pixels().flat_map(|pixel| [pixel[0]; 3]).collect()
        }
        // Pillow reads this format alone as numbers, and clips them.
        DynamicImage::ImageLuma16(image) => image
            .pixels()
            .flat_map(|pixel| [pixel[0].min(255) as u8; 3])
            .collect(),
        DynamicImage::ImageLumaA16(image) => image
            .pixels()
            .flat_map(|pixel| [high(pixel[0]); 3])
            .collect(),
        DynamicImage::ImageRgb16(image) => {
            image.pixels().flat_map(|pixel| pixel.0.map(high)).collect()
        }
        DynamicImage::ImageRgba16(image) => image
            .pixels()
            .flat_map(|pixel| [high(pixel[0]), high(pixel[1]), high(pixel[2])])
            .collect(),
        other => other.into_rgb8().into_raw(),
    }
}
