//! Pictures as the vectors that a language model reads in place of their tokens.

use ndarray::{Array2, Array3, ArrayView2, Axis, Ix3, concatenate, s};

use super::{ImageTextToText, VisualProcessor};
use crate::error::Error;
use crate::processor::image::Picture;
use crate::session::Call;
use crate::task::output;
use crate::tensor::NamedTensors;

/// The graph that sees.
const VISION: &str = "vision_encoder";

/// The vectors of a picture, `(tokens, width)`.
pub(super) fn of(
    call: &Call<'_, ImageTextToText>,
    processor: &VisualProcessor,
    picture: &Picture,
) -> Result<Array2<f32>, Error> {
    let Some(tiler) = &processor.tiler else {
        let outputs = see(call, processor, std::slice::from_ref(picture))?;
        return Ok(features(&outputs)?.index_axis_move(Axis(0), 0));
    };
    let tiles = tiler.cut(picture);
    let outputs = see(call, processor, &tiles.pictures)?;
    let features = features(&outputs)?;
    let newline = output::floats::<Ix3>(&outputs, "newline", "float (tiles, 1, width)")?;
    let newline = newline.index_axis_move(Axis(0), 0);
    pack(&features, tiles.grid, picture, &newline.view())
}

fn see(
    call: &Call<'_, ImageTextToText>,
    processor: &VisualProcessor,
    pictures: &[Picture],
) -> Result<NamedTensors, Error> {
    let pixels = processor.image.pixel_values(pictures)?;
    call.forward(VISION, &NamedTensors::new().with("pixel_values", pixels))
}

fn features(outputs: &NamedTensors) -> Result<Array3<f32>, Error> {
    let features = output::floats::<Ix3>(
        outputs,
        "image_features",
        "float (pictures, patches, width)",
    )?;
    if features.len_of(Axis(0)) == 0 {
        return Err(Error::EmptyInput("the graph saw no picture"));
    }
    Ok(features)
}

/// The vectors of the whole picture, then those of the tiles as one large picture, row by row, without the rows or
/// columns that only fill up its proportion, and with the newline after each row (`pack_image_features` of
/// transformers).
fn pack(
    features: &Array3<f32>,
    (rows, columns): (usize, usize),
    picture: &Picture,
    newline: &ArrayView2<'_, f32>,
) -> Result<Array2<f32>, Error> {
    let (tiles, patches, width) = features.dim();
    let side = patches.isqrt();
    if side * side != patches || tiles != 1 + rows * columns {
        return Err(Error::WrongOutput {
            output: "image_features".to_owned(),
            found: format!("{tiles} x {patches}"),
            expected: "a square of patches for each of the tiles",
        });
    }
    let size = (rows * side, columns * side);
    let (across, down) = inside(size, (picture.height(), picture.width()));
    let at = |row: usize, column: usize| {
        let tile = 1 + row / side * columns + column / side;
        features.slice(s![tile, row % side * side + column % side, ..])
    };
    let mut packed = Vec::with_capacity((patches + size.0 * (size.1 + 1)) * width);
    packed.extend(features.index_axis(Axis(0), 0).iter());
    for row in down..size.0 - down {
        for column in across..size.1 - across {
            packed.extend(at(row, column).iter());
        }
        packed.extend(newline.iter());
    }
    Array2::from_shape_vec((packed.len() / width.max(1), width), packed)
        .map_err(|error| Error::InvalidInput(error.to_string()))
}

/// How many columns on either side, and rows above and below, only fill up a picture's proportion (`unpad_image` of
/// transformers); sizes are `(height, width)`.
fn inside(current: (usize, usize), original: (usize, usize)) -> (usize, usize) {
    let ratio = |(height, width): (usize, usize)| width as f64 / height as f64;
    // `int(round(…, 7))`: what is just below a whole number counts as it.
    let kept = |side: usize, scale: f64| ((side as f64 * scale * 1e7).round() / 1e7) as usize;
    if ratio(original) > ratio(current) {
        let height = kept(original.0, current.1 as f64 / original.1 as f64);
        (0, current.0.saturating_sub(height) / 2)
    } else {
        let width = kept(original.1, current.0 as f64 / original.0 as f64);
        (current.1.saturating_sub(width) / 2, 0)
    }
}

/// Vectors of several pictures in the order of their places in a prompt.
pub(super) fn joined(pictures: &[Array2<f32>]) -> Result<Array2<f32>, Error> {
    let views: Vec<_> = pictures.iter().map(|picture| picture.view()).collect();
    if views.is_empty() {
        return Ok(Array2::zeros((0, 0)));
    }
    concatenate(Axis(0), &views).map_err(|error| Error::InvalidInput(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fills_up_the_proportion_is_left_out() {
        let check = |current, original, expected| {
            assert_eq!(
                inside(current, original),
                expected,
                "{original:?} in {current:?}"
            );
        };
        // Values of transformers 4.57, unpad_image.
        check((6, 6), (64, 96), (0, 1));
        check((6, 6), (70, 45), (1, 0));
        check((3, 9), (30, 100), (0, 0));
        check((6, 6), (1, 1000), (0, 3));
        check((6, 6), (40, 40), (0, 0));
    }
}
