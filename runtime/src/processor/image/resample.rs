//! Resizes 8-bit pictures exactly as Pillow's `Image.resize` does.
//!
//! The algorithm is that of Pillow's `src/libImaging/Resample.c` and, for the nearest pixel, `Geometry.c`
//! (`ImagingScaleAffine`): one pass a side, rounded and clipped to 8 bits after each, no pass over a side that stays.

use std::borrow::Cow;
use std::ops::Range;

use super::filter::{Coefficients, Filter, PRECISION_BITS};
use super::picture::{CHANNELS, Picture};

/// A rectangle of a picture, in its pixels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Window {
    /// Columns.
    pub(super) columns: Range<usize>,
    /// Rows.
    pub(super) rows: Range<usize>,
}

/// The `window` of `picture` resized to `width` × `height`; pixels outside the window are never computed.
///
/// The window must lie inside the target and must not be empty.
pub(super) fn resize(
    picture: &Picture,
    (width, height): (usize, usize),
    window: &Window,
    filter: Filter,
) -> Picture {
    let source = Pixels::of(picture);
    let (source_width, source_height) = (picture.width(), picture.height());
    let Window { columns, rows } = window;
    let resized = if (width, height) == (source_width, source_height) {
        source.cut(columns, rows)
    } else if filter == Filter::Nearest {
        source.pick(
            &nearest(source_width, width, columns),
            &nearest(source_height, height, rows),
        )
    } else {
        let across = (width != source_width)
            .then(|| Coefficients::new(filter, source_width, width, columns.clone()));
        let down = (height != source_height)
            .then(|| Coefficients::new(filter, source_height, height, rows.clone()));
        match (across, down) {
            (None, None) => source.cut(columns, rows),
            (Some(across), None) => source.across(&across, rows),
            (None, Some(down)) => source.down(&down, columns),
            (Some(across), Some(down)) if goes_down_first(picture, width, height) => source
                .down(&down, &across.source_range())
                .across(&across, &(0..rows.len())),
            (Some(across), Some(down)) => source
                .across(&across, &down.source_range())
                .down(&down, &(0..columns.len())),
        }
    };
    Picture::from_parts(columns.len(), rows.len(), resized.bytes.into_owned())
}

/// Whether Pillow resizes down the columns before it resizes across the rows; the rounding in between tells.
///
/// Up to version 12 Pillow always went across first. Since version 13 it goes down first where the height loses more
/// than twice the pixels that the width loses (python-pillow/Pillow#9549).
fn goes_down_first(picture: &Picture, width: usize, height: usize) -> bool {
    let lost_height = picture.height().saturating_sub(height);
    let lost_width = picture.width().saturating_sub(width);
    lost_height > 2 * lost_width
}

/// Interleaved RGB bytes of a rectangle, whose first column and row are `left` and `top` of the picture.
struct Pixels<'a> {
    left: usize,
    top: usize,
    width: usize,
    bytes: Cow<'a, [u8]>,
}

impl<'a> Pixels<'a> {
    fn of(picture: &'a Picture) -> Self {
        Self {
            left: 0,
            top: 0,
            width: picture.width(),
            bytes: Cow::Borrowed(picture.rgb()),
        }
    }

    /// A row from column `start` on.
    fn row(&self, y: usize, start: usize) -> &[u8] {
        let row = &self.bytes[(y - self.top) * self.width * CHANNELS..][..self.width * CHANNELS];
        &row[(start - self.left) * CHANNELS..]
    }

    /// The columns and rows as they are.
    fn cut(&self, columns: &Range<usize>, rows: &Range<usize>) -> Pixels<'static> {
        let mut bytes = Vec::with_capacity(columns.len() * rows.len() * CHANNELS);
        for y in rows.clone() {
            bytes.extend_from_slice(&self.row(y, columns.start)[..columns.len() * CHANNELS]);
        }
        Pixels {
            left: 0,
            top: 0,
            width: columns.len(),
            bytes: Cow::Owned(bytes),
        }
    }

    /// The pixels at the crossings of `columns` and `rows`.
    fn pick(&self, columns: &[usize], rows: &[usize]) -> Pixels<'static> {
        let mut bytes = Vec::with_capacity(columns.len() * rows.len() * CHANNELS);
        for &y in rows {
            let row = self.row(y, self.left);
            for &x in columns {
                bytes.extend_from_slice(&row[x * CHANNELS..][..CHANNELS]);
            }
        }
        Pixels {
            left: 0,
            top: 0,
            width: columns.len(),
            bytes: Cow::Owned(bytes),
        }
    }

    /// Resizes the `rows` across; the result keeps their numbers.
    fn across(&self, coefficients: &Coefficients, rows: &Range<usize>) -> Pixels<'static> {
        let width = coefficients.len();
        let mut bytes = Vec::with_capacity(width * rows.len() * CHANNELS);
        for y in rows.clone() {
            for (start, weights) in coefficients.iter() {
                let (mut red, mut green, mut blue) = (HALF, HALF, HALF);
                let pixels = self.row(y, start).chunks_exact(CHANNELS);
                for (pixel, &weight) in pixels.zip(weights) {
                    red += i32::from(pixel[0]) * weight;
                    green += i32::from(pixel[1]) * weight;
                    blue += i32::from(pixel[2]) * weight;
                }
                bytes.extend_from_slice(&[clip(red), clip(green), clip(blue)]);
            }
        }
        Pixels {
            left: 0,
            top: rows.start,
            width,
            bytes: Cow::Owned(bytes),
        }
    }

    /// Resizes the `columns` down; the result keeps their numbers.
    fn down(&self, coefficients: &Coefficients, columns: &Range<usize>) -> Pixels<'static> {
        let length = columns.len() * CHANNELS;
        let mut bytes = Vec::with_capacity(length * coefficients.len());
        let mut sums = vec![0_i32; length];
        for (start, weights) in coefficients.iter() {
            sums.fill(HALF);
            for (y, &weight) in (start..).zip(weights) {
                for (sum, &value) in sums.iter_mut().zip(self.row(y, columns.start)) {
                    *sum += i32::from(value) * weight;
                }
            }
            bytes.extend(sums.iter().map(|&sum| clip(sum)));
        }
        Pixels {
            left: columns.start,
            top: 0,
            width: columns.len(),
            bytes: Cow::Owned(bytes),
        }
    }
}

/// One half in fixed point: what makes the final shift round.
const HALF: i32 = 1 << (PRECISION_BITS - 1);

/// Back from fixed point to a byte.
fn clip(sum: i32) -> u8 {
    (sum >> PRECISION_BITS).clamp(0, 255) as u8
}

/// The source position of each target position of `window`.
///
/// Positions are reached by adding up the scale, as Pillow does: multiplying would round differently.
fn nearest(source: usize, target: usize, window: &Range<usize>) -> Vec<usize> {
    let scale = source as f64 / target as f64;
    let mut position = scale * 0.5;
    let mut out = Vec::with_capacity(window.len());
    for index in 0..window.end {
        if index >= window.start {
            out.push((position as usize).min(source - 1));
        }
        position += scale;
    }
    out
}
