//! Image and prompts to masks: resize and pad, embed the image once, decode every prompt, enlarge to the picture's size.

use export::Head;
use ndarray::{Array2, Array3, Array4, Array5, ArrayView2, Axis, Ix3, Ix4, Ix5, s};

use super::bilinear::Bilinear;
use super::{Bounds, ImageInput, PromptPoint, Task, image_input, output};
use crate::catalog::Model;
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::processor::image::{ImageProcessor, Picture, Prepared};
use crate::session::Call;
use crate::skill::{Answer, Ask};
use crate::tensor::NamedTensors;

const ENCODER: &str = "vision_encoder";
const DECODER: &str = "prompt_encoder_mask_decoder";

/// The name that the axis of points has in graphs that take a box's corners among them, with labels of their own.
const CORNERS: &str = "nb_points_and_corners_per_image";

/// Labels of points beside the object and on it, and of a box's corners.
const LABELS: [i64; 4] = [0, 1, 2, 3];

/// Image and prompts to masks.
#[derive(Debug, Clone, Copy)]
pub struct MaskGeneration;

/// A picture, and what is asked for in it.
#[derive(Debug, Clone)]
pub struct MaskRequest {
    /// The picture.
    pub image: ImageInput,
    /// What is asked for, one object each.
    pub prompts: Vec<MaskPrompt>,
}

/// What tells an object from the rest of a picture: points, a box, or both.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct MaskPrompt {
    /// Points on the object and beside it.
    pub points: Vec<PromptPoint>,
    /// A box around the object.
    pub bounds: Option<Bounds>,
}

/// A mask of an object, one of several that the model offers for a prompt.
#[derive(Debug, Clone, PartialEq)]
pub struct ObjectMask {
    /// Whether a pixel of the picture belongs to the object, `(height, width)`.
    pub pixels: Array2<bool>,
    /// How good the model takes the mask to be, about 0 to 1.
    pub score: f32,
}

/// The masks of every prompt, in the order of the model's outputs.
#[derive(Debug, Clone, PartialEq)]
pub struct Masks {
    /// The masks of each prompt.
    pub prompts: Vec<Vec<ObjectMask>>,
    /// `(prompts, masks, rows, columns)` as the graph gives them, smaller than the picture; above 0 is inside.
    pub logits: Array4<f32>,
}

impl Masks {
    /// The mask of a prompt that the model takes for the best.
    #[must_use]
    pub fn best(&self, prompt: usize) -> Option<&ObjectMask> {
        let masks = self.prompts.get(prompt)?.iter();
        masks.reduce(|best, mask| if mask.score > best.score { mask } else { best })
    }
}

impl Task for MaskGeneration {
    type Input = MaskRequest;
    type Output = Masks;
    type Processor = ImageProcessor;

    const GRAPHS: &'static [&'static [&'static str]] = &[&[ENCODER, DECODER]];
    const HEAD: Head = Head::Auto;

    fn processor(_model: &Model, checkpoint: &Checkpoint) -> Result<ImageProcessor, Error> {
        Ok(ImageProcessor::load(checkpoint.root())?)
    }

    /// Pictures are embedded as one batch; prompts of one length are decoded together.
    fn run(call: &Call<'_, Self>, items: &[MaskRequest]) -> Result<Vec<Masks>, Error> {
        let inputs = call.graph(DECODER)?.inputs();
        let takes_corners = inputs
            .iter()
            .any(|input| input.axes.iter().any(|axis| axis == CORNERS));
        for item in items {
            check(item, takes_corners)?;
        }
        let images: Vec<_> = items.iter().map(|item| item.image.clone()).collect();
        let pictures = image_input::pictures(&images)?;
        let prepared = call.processor().prepare_all(&pictures)?;
        let feeds = NamedTensors::new().with("pixel_values", prepared.pixel_values.clone());
        let embedded = call.forward(ENCODER, &feeds)?;
        let expected = "float (batch, width, rows, columns)";
        let names = ["image_embeddings", "image_positional_embeddings"];
        let [embeddings, positions] =
            names.map(|name| output::floats::<Ix4>(&embedded, name, expected));
        let (embeddings, positions) = (embeddings?, positions?);
        let one = |index: usize| {
            let (item, picture) = (&items[index], &pictures[index]);
            let image = NamedTensors::new()
                .with(
                    names[0],
                    embeddings.slice(s![index..=index, .., .., ..]).to_owned(),
                )
                .with(
                    names[1],
                    positions.slice(s![index..=index, .., .., ..]).to_owned(),
                );
            let scale = Scale::of(picture, &prepared, index);
            decode(call, &image, &item.prompts, &scale)
        };
        (0..items.len()).map(one).collect()
    }

    fn parse(ask: &Ask) -> Result<Vec<MaskRequest>, Error> {
        if ask.vision.points.is_empty() && ask.vision.boxes.is_empty() {
            return Err(Error::EmptyInput(
                "masks are asked for by points or boxes; give `--point x,y` or `--box left,top,right,bottom`",
            ));
        }
        let mut boxes = ask.vision.boxes.iter().copied();
        let mut prompts = Vec::new();
        if !ask.vision.points.is_empty() {
            prompts.push(MaskPrompt {
                points: ask.vision.points.clone(),
                bounds: boxes.next(),
            });
        }
        prompts.extend(boxes.map(|bounds| MaskPrompt {
            points: Vec::new(),
            bounds: Some(bounds),
        }));
        let request = |image| MaskRequest {
            image,
            prompts: prompts.clone(),
        };
        Ok(image_input::files(ask).into_iter().map(request).collect())
    }

    fn present(ask: &Ask, outputs: &[Masks]) -> Answer {
        let mut text = String::new();
        let mut json = Vec::new();
        for (argument, output) in ask.arguments.iter().zip(outputs) {
            text.push_str(&format!("{argument}\n"));
            let mut prompts = Vec::new();
            for (number, masks) in output.prompts.iter().enumerate() {
                text.push_str(&format!("prompt {}\n", number + 1));
                let mut described = Vec::new();
                for mask in masks {
                    let area = mask.pixels.iter().filter(|&&inside| inside).count();
                    let share = area as f64 / mask.pixels.len().max(1) as f64;
                    text.push_str(&format!(
                        "  score {:.3}, {area} pixels, {:.2} % of the picture\n",
                        mask.score,
                        share * 100.0
                    ));
                    described.push(serde_json::json!({
                        "score": mask.score, "pixels": area, "share": share,
                        "bounds": extent(&mask.pixels.view()),
                    }));
                }
                prompts.push(described);
            }
            json.push(serde_json::json!({ "image": argument, "prompts": prompts }));
        }
        Answer {
            text,
            json: json.into(),
        }
    }
}

/// Refuses prompts that ask for nothing, or for what the graph cannot answer.
fn check(item: &MaskRequest, takes_corners: bool) -> Result<(), Error> {
    if item.prompts.is_empty() {
        return Err(Error::EmptyInput(
            "masks are asked for by points or boxes, and there is neither",
        ));
    }
    for prompt in &item.prompts {
        if prompt.points.is_empty() && prompt.bounds.is_none() {
            return Err(Error::EmptyInput("a prompt holds neither point nor box"));
        }
        if prompt.bounds.is_some() && !takes_corners {
            return Err(Error::InvalidInput(format!(
                "the graph `{DECODER}` takes points only; our own export takes boxes too"
            )));
        }
        let points = prompt.points.iter().flat_map(|point| [point.x, point.y]);
        let bounds = prompt.bounds.iter();
        let corners = bounds.flat_map(|b| [b.left, b.top, b.right, b.bottom]);
        if points.chain(corners).any(|number| !number.is_finite()) {
            return Err(Error::InvalidInput(
                "a prompt lies at no finite place".to_owned(),
            ));
        }
    }
    Ok(())
}

/// The sizes of a picture on its way, each `(height, width)`.
#[derive(Debug, Clone, Copy)]
struct Scale {
    original: (usize, usize),
    resized: (usize, usize),
    padded: (usize, usize),
}

impl Scale {
    fn of(picture: &Picture, prepared: &Prepared, index: usize) -> Self {
        let (_, _, height, width) = prepared.pixel_values.dim();
        Self {
            original: (picture.height(), picture.width()),
            resized: prepared.sizes[index],
            padded: (height, width),
        }
    }

    /// A place of the picture in the prepared one, in double precision as `SamProcessor` of transformers has it.
    fn prepared(&self, x: f32, y: f32) -> [f32; 2] {
        let factor = |resized: usize, original: usize| resized as f64 / original as f64;
        [
            (f64::from(x) * factor(self.resized.1, self.original.1)) as f32,
            (f64::from(y) * factor(self.resized.0, self.original.0)) as f32,
        ]
    }

    /// The points of a prompt with their labels, a box's corners last.
    fn tokens(&self, prompt: &MaskPrompt) -> Vec<([f32; 2], i64)> {
        let [beside, on, first, second] = LABELS;
        let point = |point: &PromptPoint| {
            let label = if point.is_on_object { on } else { beside };
            (self.prepared(point.x, point.y), label)
        };
        let mut tokens: Vec<_> = prompt.points.iter().map(point).collect();
        if let Some(bounds) = prompt.bounds {
            tokens.push((self.prepared(bounds.left, bounds.top), first));
            tokens.push((self.prepared(bounds.right, bounds.bottom), second));
        }
        tokens
    }

    /// A mask in the picture's own size: enlarged to the prepared picture, cut to what is no padding, resized, above 0.
    fn mask(&self, logits: &ArrayView2<'_, f32>) -> Array2<bool> {
        let padded = Bilinear::new(logits.dim(), self.padded).map(logits);
        let inner = padded.slice(s![..self.resized.0, ..self.resized.1]);
        let resize = Bilinear::new(self.resized, self.original);
        let mut mask = Array2::from_elem(self.original, false);
        let mut values = vec![0.0; self.original.1];
        for (row, mut pixels) in mask.outer_iter_mut().enumerate() {
            resize.row(&inner, row, &mut values);
            for (pixel, value) in pixels.iter_mut().zip(&values) {
                *pixel = *value > 0.0;
            }
        }
        mask
    }
}

/// Decodes the prompts of one embedded image: all at once where they have as many points, else one by one, for what fills
/// a list up is attended to.
fn decode(
    call: &Call<'_, MaskGeneration>,
    image: &NamedTensors,
    prompts: &[MaskPrompt],
    scale: &Scale,
) -> Result<Masks, Error> {
    let tokens: Vec<_> = prompts.iter().map(|prompt| scale.tokens(prompt)).collect();
    let has_one_form = tokens.windows(2).all(|pair| {
        let labels = |tokens: &[([f32; 2], i64)]| {
            let corners = |(_, label): &&([f32; 2], i64)| *label >= LABELS[2];
            (tokens.len(), tokens.iter().filter(corners).count())
        };
        labels(&pair[0]) == labels(&pair[1])
    });
    let size = if has_one_form { tokens.len() } else { 1 };
    let mut masks = Vec::with_capacity(prompts.len());
    let mut logits = Vec::with_capacity(prompts.len());
    for tokens in tokens.chunks(size) {
        let shape = (1, tokens.len(), tokens[0].len());
        let flat = tokens.iter().flatten();
        let points = Array4::from_shape_vec(
            (shape.0, shape.1, shape.2, 2),
            flat.clone().flat_map(|(place, _)| *place).collect(),
        );
        let labels = Array3::from_shape_vec(shape, flat.map(|(_, label)| *label).collect());
        let (Ok(points), Ok(labels)) = (points, labels) else {
            return Err(Error::InvalidInput("prompts of unequal length".to_owned()));
        };
        let feeds = image
            .clone()
            .with("input_points", points)
            .with("input_labels", labels);
        let outputs = call.forward(DECODER, &feeds)?;
        let expected = "float (batch, prompts, masks)";
        let scores = output::floats::<Ix3>(&outputs, "iou_scores", expected)?;
        let expected = "float (batch, prompts, masks, rows, columns)";
        let maps: Array5<f32> = output::floats::<Ix5>(&outputs, "pred_masks", expected)?;
        let maps = maps.index_axis_move(Axis(0), 0);
        for (maps, scores) in maps
            .outer_iter()
            .zip(scores.index_axis(Axis(0), 0).outer_iter())
        {
            let mask = |(map, &score): (ArrayView2<'_, f32>, &f32)| ObjectMask {
                pixels: scale.mask(&map),
                score,
            };
            masks.push(maps.outer_iter().zip(&scores).map(mask).collect());
        }
        logits.push(maps);
    }
    let logits: Vec<_> = logits.iter().map(|maps| maps.view()).collect();
    let logits = ndarray::concatenate(Axis(0), &logits)
        .map_err(|error| Error::InvalidInput(format!("masks of unequal size: {error}")))?;
    Ok(Masks {
        prompts: masks,
        logits,
    })
}

/// The smallest box that holds a mask; `None` of an empty one.
fn extent(mask: &ArrayView2<'_, bool>) -> Option<Bounds> {
    let inside = |line: ndarray::ArrayView1<'_, bool>| line.iter().any(|inside| *inside);
    let rows: Vec<usize> = (0..mask.nrows())
        .filter(|&row| inside(mask.row(row)))
        .collect();
    let columns: Vec<usize> = (0..mask.ncols())
        .filter(|&column| inside(mask.column(column)))
        .collect();
    Some(Bounds {
        left: *columns.first()? as f32,
        top: *rows.first()? as f32,
        right: (columns.last()? + 1) as f32,
        bottom: (rows.last()? + 1) as f32,
    })
}

#[cfg(test)]
mod tests {
    use ndarray::arr2;

    use super::*;

    const SCALE: Scale = Scale {
        original: (64, 96),
        resized: (43, 64),
        padded: (64, 64),
    };

    #[test]
    fn prompts_are_scaled_with_the_picture_and_corners_come_last() {
        let prompt = MaskPrompt {
            points: vec![PromptPoint {
                x: 48.0,
                y: 32.0,
                is_on_object: false,
            }],
            bounds: Some(Bounds {
                left: 0.0,
                top: 0.0,
                right: 96.0,
                bottom: 64.0,
            }),
        };
        let expected = [([32.0, 21.5], 0), ([0.0, 0.0], 2), ([64.0, 43.0], 3)];
        assert_eq!(SCALE.tokens(&prompt), expected);
    }

    #[test]
    fn masks_lose_their_padding() {
        // The lower half is padding but for a few rows: what is there never reaches the picture.
        let logits = arr2(&[[-1.0_f32, 1.0], [9.0, 9.0]]);
        let mask = Scale {
            original: (4, 8),
            resized: (2, 4),
            padded: (4, 4),
        }
        .mask(&logits.view());
        assert_eq!(mask.dim(), (4, 8));
        assert!(!mask[[0, 0]] && mask[[0, 7]]);
        let bounds = extent(&mask.view()).unwrap();
        assert_eq!((bounds.top, bounds.right, bounds.bottom), (0.0, 8.0, 4.0));
        assert!(extent(&arr2(&[[false]]).view()).is_none());
    }
}
