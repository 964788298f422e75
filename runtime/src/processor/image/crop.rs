//! Cuts the middle out of a resized picture, and resizes no more than that middle.

use std::ops::Range;

use super::class::CropStart;
use super::config::Plan;
use super::filter::Filter;
use super::picture::{CHANNELS, Picture};
use super::resample::{Window, resize};

/// Resizes and centre-crops; a side smaller than the crop is padded with zeros.
///
/// Rows and columns start at half of `side - crop`, which `start` rounds where it is positive; zeros are put before a side
/// as `center_crop` of transformers does.
pub(super) fn resize_and_crop(
    picture: &Picture,
    plan: &Plan,
    filter: Filter,
    start: CropStart,
) -> Picture {
    let ((width, height), (crop_width, crop_height)) = (plan.resized, plan.cropped);
    let (columns, left) = middle(width, crop_width, start);
    let (rows, top) = middle(height, crop_height, start);
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
fn middle(side: usize, crop: usize, start: CropStart) -> (Range<usize>, usize) {
    if side >= crop {
        let rest = side - crop;
        let start = match start {
            CropStart::Floor => rest / 2,
            // A half goes up from an odd number, down from an even one.
            CropStart::Even => rest / 2 + usize::from(rest % 4 == 3),
        };
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
        let check = |side, crop, expected| {
            let found = middle(side, crop, CropStart::Floor);
            assert_eq!(found, expected, "{side} to {crop}");
        };
        check(10, 4, (3..7, 0));
        check(9, 4, (2..6, 0));
        check(4, 4, (0..4, 0));
        check(3, 4, (0..3, 1));
        check(1, 4, (0..1, 2));
    }

    #[test]
    fn torchvision_rounds_halves_to_even_numbers() {
        // `int(round((side - crop) / 2.0))` of Python.
        for (side, start) in [(4, 0), (5, 0), (6, 1), (7, 2), (8, 2), (9, 2), (11, 4)] {
            let (places, _) = middle(side, 4, CropStart::Even);
            assert_eq!(places, start..start + 4, "{side}");
        }
    }
}
