//! Sizes that keep a picture's ratio, with the rounding of each image processor of transformers; all are `(width, height)`.

/// The shorter side gets `edge`, the longer one `int(edge * long / short)`: one division of exact integers, truncated.
pub(super) fn shortest(width: usize, height: usize, edge: usize) -> (usize, usize) {
    let long = |long: usize, short: usize| ((edge * long) as f64 / short as f64) as usize;
    if width <= height {
        (edge, long(height, width))
    } else {
        (long(width, height), edge)
    }
}

/// The shorter side gets `shortest` unless the longer one would exceed `longest`; then the shorter one gets what `longest`
/// leaves it, rounded half to even, and the longer one follows from what was not rounded, as
/// `get_size_with_aspect_ratio` of transformers has it.
pub(super) fn bounded(
    width: usize,
    height: usize,
    shortest: usize,
    longest: usize,
) -> (usize, usize) {
    let (short, long) = (width.min(height) as f64, width.max(height) as f64);
    let exceeds = long / short * shortest as f64 > longest as f64;
    let raw = longest as f64 * short / long;
    let edge = if exceeds {
        raw.round_ties_even() as usize
    } else {
        shortest
    };
    if width.min(height) == edge {
        return (width, height);
    }
    let factor = if exceeds { raw } else { edge as f64 };
    let other = (factor * long / short) as usize;
    let (edge, other) = (edge.max(1), other.max(1));
    if width < height {
        (edge, other)
    } else {
        (other, edge)
    }
}

/// The longer side gets `edge`, both are rounded half up, as `_get_preprocess_shape` of `SamImageProcessor` has it.
pub(super) fn longest(width: usize, height: usize, edge: usize) -> (usize, usize) {
    let scale = edge as f64 / width.max(height) as f64;
    let side = |side: usize| ((side as f64 * scale + 0.5) as usize).max(1);
    (side(width), side(height))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bound_holds_for_the_longer_side() {
        let check = |size: (usize, usize), expected| {
            assert_eq!(bounded(size.0, size.1, 800, 1333), expected, "{size:?}");
        };
        // Values of `get_size_with_aspect_ratio` of transformers 4.57.
        check((640, 480), (1066, 800));
        check((480, 640), (800, 1066));
        check((1000, 500), (1333, 666));
        check((501, 1000), (668, 1333));
        check((800, 900), (800, 900));
        check((1, 5000), (1, 1333));
    }

    #[test]
    fn the_longer_side_is_rounded_half_up() {
        assert_eq!(longest(96, 64, 64), (64, 43));
        assert_eq!(longest(1, 20_000, 64), (1, 64));
    }
}
