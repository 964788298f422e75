//! Cuts the middle out of a resized picture, and resizes no more than that middle.

use std::ops::Range;

use super::config::Plan;
use super::filter::Filter;
use super::picture::{CHANNELS, Picture};
use super::resample::{Window, resize};

/// Resizes and centre-crops; a side smaller than the crop is padded with zeros.
///
/// Rows and columns start at `floor((side - crop) / 2)`, as `center_crop` of transformers has it for both signs.
pub(super) fn resize_and_crop(picture: &Picture, plan: &Plan, filter: Filter) -> Picture {
    let ((width, height), (crop_width, crop_height)) = (plan.resized, plan.cropped);
    let (columns, left) = middle(width, crop_width);
    let (rows, top) = middle(height, crop_height);
    let window = Window { columns, rows };
    let inner = resize(picture, plan.resized, &window, filter);
    if (inner.width(), inner.height()) == plan.cropped {
        return inner;
    }
    let mut bytes = vec![0; crop_width * crop_height * CHANNELS];
    let padded = bytes.chunks_exact_mut(crop_width * CHANNELS).skip(top);
    for (target, row) in padded.zip(inner.rgb().chunks_exact(inner.width() * CHANNELS)) {
        target[left * CHANNELS..][..row.len()].copy_from_slice(row);
    }
    Picture::from_parts(crop_width, crop_height, bytes)
}

/// The positions that a crop takes from a side, and how many zeros stand before them.
fn middle(side: usize, crop: usize) -> (Range<usize>, usize) {
    if side >= crop {
        let start = (side - crop) / 2;
        (start..start + crop, 0)
    } else {
        (0..side, (crop - side).div_ceil(2))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_is_where_transformers_cuts() {
        let check =
            |side, crop, expected| assert_eq!(middle(side, crop), expected, "{side} to {crop}");
        check(10, 4, (3..7, 0));
        check(9, 4, (2..6, 0));
        check(4, 4, (0..4, 0));
        check(3, 4, (0..3, 1));
        check(1, 4, (0..1, 2));
    }
}
