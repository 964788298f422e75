//! Cuts a picture of any proportion into tiles of one size, with the whole picture as the first (LLaVA-NeXT).

use std::path::Path;

use super::filter::Filter;
use super::picture::{CHANNELS, Picture};
use super::resample::{Window, resize};
use super::{ImageProcessor, MAX_PIXELS};
use crate::processor::ProcessorError;
use crate::processor::settings::Settings;

const FILE: &str = "preprocessor_config.json";

/// The most resolutions a checkpoint may offer.
const MOST_PINPOINTS: usize = 1024;

/// What cuts pictures into tiles.
#[derive(Debug, Clone)]
pub struct Tiler {
    /// The resolutions on offer, `(height, width)`, each a multiple of a tile.
    pinpoints: Vec<(usize, usize)>,
    /// Side of a square tile.
    side: usize,
    filter: Filter,
}

/// A picture cut into tiles.
#[derive(Debug, Clone)]
pub struct Tiles {
    /// The whole picture squeezed into a tile, then the tiles row by row.
    pub pictures: Vec<Picture>,
    /// Rows and columns of tiles.
    pub grid: (usize, usize),
}

impl Tiler {
    /// Reads `image_grid_pinpoints` of a checkpoint's `preprocessor_config.json`; `None` where it has none.
    ///
    /// # Errors
    /// Resolutions that the tiles, which are as large as the processor's crop, do not fill.
    pub fn load(dir: &Path, processor: &ImageProcessor) -> Result<Option<Self>, ProcessorError> {
        let Some(settings) = Settings::load(dir, FILE)? else {
            return Ok(None);
        };
        let key = "image_grid_pinpoints";
        let Some(given) = settings.find(key) else {
            return Ok(None);
        };
        let side = processor
            .output_size()
            .filter(|(height, width)| height == width);
        let fits =
            |size: usize| side.is_some_and(|(side, _)| size > 0 && size.is_multiple_of(side));
        let pinpoint = |value: &serde_json::Value| {
            let side = |place: usize| usize::try_from(value.get(place)?.as_u64()?).ok();
            let (height, width) = (side(0)?, side(1)?);
            let is_whole =
                fits(height) && fits(width) && height.saturating_mul(width) <= MAX_PIXELS;
            is_whole.then_some((height, width))
        };
        let pinpoints = given
            .as_array()
            .filter(|given| (1..=MOST_PINPOINTS).contains(&given.len()))
            .and_then(|given| given.iter().map(pinpoint).collect::<Option<Vec<_>>>());
        let (Some(pinpoints), Some((side, _))) = (pinpoints, side) else {
            let expected = "a list of heights and widths that square tiles of `crop_size` fill";
            return Err(settings.refuse(key, given, expected));
        };
        Ok(Some(Self {
            pinpoints,
            side,
            filter: processor.config.filter,
        }))
    }

    /// Cuts a picture: resized into the resolution that keeps most of it, its proportion kept, black around it.
    #[must_use]
    pub fn cut(&self, picture: &Picture) -> Tiles {
        let size = (picture.height(), picture.width());
        let (height, width) = self.best(size);
        let canvas = self.place(picture, (height, width));
        let whole = scaled(picture, (self.side, self.side), self.filter);
        let grid = (height / self.side, width / self.side);
        let mut pictures = vec![whole];
        for row in 0..grid.0 {
            for column in 0..grid.1 {
                pictures.push(self.tile(&canvas, row, column));
            }
        }
        Tiles { pictures, grid }
    }

    /// The resolution that shows most of a picture and of those the one that wastes least
    /// (`select_best_resolution` of transformers).
    fn best(&self, (height, width): (usize, usize)) -> (usize, usize) {
        let quality = |&(rows, columns): &(usize, usize)| {
            let scale = (columns as f64 / width as f64).min(rows as f64 / height as f64);
            let shrunk = |side: usize| (side as f64 * scale) as usize;
            let shown = (shrunk(width) * shrunk(height)).min(width * height);
            (shown, rows * columns - shown)
        };
        let mut best = self
            .pinpoints
            .first()
            .copied()
            .unwrap_or((self.side, self.side));
        let (mut shown, mut wasted) = (0, usize::MAX);
        for pinpoint in &self.pinpoints {
            let (shows, wastes) = quality(pinpoint);
            if shows > shown || (shows == shown && wastes < wasted) {
                (shown, wasted, best) = (shows, wastes, *pinpoint);
            }
        }
        best
    }

    /// The picture in the middle of a black canvas; an odd rest goes to the bottom and the right.
    fn place(&self, picture: &Picture, (height, width): (usize, usize)) -> Picture {
        let across = width as f64 / picture.width() as f64;
        let down = height as f64 / picture.height() as f64;
        let grown = |side: usize, scale: f64, most: usize| {
            ((side as f64 * scale).ceil() as usize).clamp(1, most)
        };
        let (new_height, new_width) = if across < down {
            (grown(picture.height(), across, height), width)
        } else {
            (height, grown(picture.width(), down, width))
        };
        let inner = scaled(picture, (new_width, new_height), self.filter);
        let (top, left) = ((height - new_height) / 2, (width - new_width) / 2);
        let mut bytes = vec![0; width * height * CHANNELS];
        let rows = bytes.chunks_exact_mut(width * CHANNELS).skip(top);
        for (target, row) in rows.zip(inner.rgb().chunks_exact(new_width * CHANNELS)) {
            target[left * CHANNELS..][..row.len()].copy_from_slice(row);
        }
        Picture::from_parts(width, height, bytes)
    }

    fn tile(&self, canvas: &Picture, row: usize, column: usize) -> Picture {
        let side = self.side;
        let stride = canvas.width() * CHANNELS;
        let start = column * side * CHANNELS;
        let rows = canvas
            .rgb()
            .chunks_exact(stride)
            .skip(row * side)
            .take(side);
        let bytes = rows.flat_map(|line| &line[start..start + side * CHANNELS]);
        Picture::from_parts(side, side, bytes.copied().collect())
    }
}

/// The whole picture at another size, `(width, height)`.
fn scaled(picture: &Picture, size: (usize, usize), filter: Filter) -> Picture {
    let window = Window {
        columns: 0..size.0,
        rows: 0..size.1,
    };
    resize(picture, size, &window, filter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_resolution_is_the_one_of_transformers() {
        let tiler = Tiler {
            pinpoints: vec![(24, 48), (48, 24), (48, 48), (72, 24), (24, 72)],
            side: 24,
            filter: Filter::Bicubic,
        };
        // Values of transformers 4.57, select_best_resolution.
        let check = |size, expected| assert_eq!(tiler.best(size), expected, "{size:?}");
        check((64, 96), (48, 48));
        check((70, 45), (48, 48));
        check((30, 100), (24, 72));
        check((10, 10), (24, 48));
        check((1, 1000), (24, 48));
        check((1000, 1), (24, 48));
    }

    #[test]
    fn an_odd_rest_goes_to_the_bottom_and_right() {
        let tiler = Tiler {
            pinpoints: vec![(4, 8)],
            side: 4,
            filter: Filter::Nearest,
        };
        let picture = Picture::from_rgb(1, 4, vec![255; 12]).unwrap();
        let tiles = tiler.cut(&picture);
        assert_eq!((tiles.grid, tiles.pictures.len()), ((1, 2), 3));
        let first: Vec<u8> = tiles.pictures[1].rgb()[..12].to_vec();
        assert_eq!(first, [0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 255]);
        assert!(tiles.pictures[2].rgb().iter().all(|byte| *byte == 0));
        assert!(tiles.pictures[0].rgb().iter().all(|byte| *byte == 255));
    }
}
