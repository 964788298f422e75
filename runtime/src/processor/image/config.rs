//! What `preprocessor_config.json` says, old and new forms, with the class's defaults filled in.

mod fit;
mod pad;

use std::path::Path;

pub(super) use pad::Pad;

use serde_json::Value;

use super::class::{CLASSES, Class, CropStart, Sizing};
use super::filter::Filter;
use super::picture::MAX_PIXELS;
use crate::processor::ProcessorError;
use crate::processor::settings::Settings;

const FILE: &str = "preprocessor_config.json";

/// The longest side that `size` and `crop_size` may ask for.
const MAX_SETTING: usize = 8192;

/// The longest side a picture may get on its way to being cropped; beyond, Pillow's own arithmetic is inexact.
const MAX_RESIZED: usize = 1 << 24;

/// The shorter side from which on a processor that crops by share does not.
const NO_CROP_FROM: usize = 384;

/// `crop_pct` where none is given.
const CROP_SHARE: f64 = 224.0 / 256.0;

/// A processor's settings, every one decided.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Config {
    resize: Option<Resize>,
    /// `(height, width)`.
    crop: Option<(usize, usize)>,
    /// Where the crop begins.
    pub(super) crop_start: CropStart,
    /// Where zeros are put below and beside a picture.
    pub(super) pad: Option<Pad>,
    /// How pixels are weighted.
    pub(super) filter: Filter,
    rescale: Option<f64>,
    /// Mean and standard deviation per channel.
    normalise: Option<([f64; 3], [f64; 3])>,
}

/// The size that a picture is resized to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Resize {
    /// This size, whatever the picture's ratio.
    Exact { height: usize, width: usize },
    /// The shorter side gets this, the longer one keeps the ratio.
    ShortestEdge(usize),
    /// The shorter side gets the one, unless the longer one would exceed the other.
    Bounded { shortest: usize, longest: usize },
    /// The longer side gets this, the shorter one keeps the ratio.
    LongestEdge(usize),
}

/// What happens to one picture; sizes are `(width, height)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Plan {
    /// Size to resize to.
    pub(super) resized: (usize, usize),
    /// Size to cut out of the middle, zeros where the picture does not reach.
    pub(super) cropped: (usize, usize),
}

impl Config {
    /// Reads the settings of a checkpoint folder; `absent` is what they are where there is no file.
    pub(super) fn load(dir: &Path, absent: Option<&str>) -> Result<Self, ProcessorError> {
        let settings = Settings::load_or(dir, FILE, absent)?;
        let class = class(dir, &settings)?;
        let does_resize = settings.flag("do_resize")?.unwrap_or(true);
        let (resize, share) = size(&settings, class)?;
        let crop = match (class.crop, share) {
            (Some(side), _) if settings.flag("do_center_crop")?.unwrap_or(true) => {
                Some(crop_size(&settings)?.unwrap_or((side, side)))
            }
            (None, Some(side)) if does_resize => Some((side, side)),
            _ => None,
        };
        let pad = pad::read(&settings, class, does_resize.then_some(resize))?;
        let rescale = settings.flag("do_rescale")?.unwrap_or(true);
        let normalise = settings.flag("do_normalize")?.unwrap_or(true);
        Ok(Self {
            resize: does_resize.then_some(resize),
            crop,
            crop_start: class.crop_start,
            pad,
            filter: filter(&settings, class)?,
            rescale: if rescale {
                Some(factor(&settings)?)
            } else {
                None
            },
            normalise: if normalise {
                let mean = channels(&settings, "image_mean", |_| true)?.unwrap_or(class.mean);
                let std =
                    channels(&settings, "image_std", |value| value > 0.0)?.unwrap_or(class.std);
                Some((mean, std))
            } else {
                None
            },
        })
    }

    /// The `(height, width)` of every output, where it does not depend on the picture.
    pub(super) fn output_size(&self) -> Option<(usize, usize)> {
        if let Some(Pad::To { height, width }) = self.pad {
            return Some((height, width));
        }
        self.crop.or(match self.resize {
            Some(Resize::Exact { height, width }) => Some((height, width)),
            _ => None,
        })
    }

    /// What happens to a picture of this size.
    pub(super) fn plan(&self, width: usize, height: usize) -> Result<Plan, ProcessorError> {
        let resized = match self.resize {
            None => (width, height),
            Some(Resize::Exact { height, width }) => (width, height),
            Some(Resize::ShortestEdge(edge)) => fit::shortest(width, height, edge),
            Some(Resize::Bounded { shortest, longest }) => {
                fit::bounded(width, height, shortest, longest)
            }
            Some(Resize::LongestEdge(edge)) => fit::longest(width, height, edge),
        };
        let cropped = self.crop.map_or(resized, |(height, width)| (width, height));
        if resized.0.max(resized.1) > MAX_RESIZED
            || cropped.0.saturating_mul(cropped.1) > MAX_PIXELS
        {
            return Err(ProcessorError::TooManyPixels {
                name: format!("{width} × {height} picture resized as {FILE} says"),
                width: resized.0,
                height: resized.1,
                limit: MAX_PIXELS,
                side: MAX_RESIZED,
            });
        }
        Ok(Plan { resized, cropped })
    }

    /// A byte after rescaling and normalising: a product in double precision rounded to single, then difference and
    /// quotient in single precision, as `image_transforms.py` of transformers has it.
    pub(super) fn value(&self, channel: usize, byte: u8) -> f32 {
        let value = self
            .rescale
            .map_or(f32::from(byte), |factor| (f64::from(byte) * factor) as f32);
        match self.normalise {
            Some((mean, std)) => (value - mean[channel] as f32) / std[channel] as f32,
            None => value,
        }
    }
}

/// The processor's class: named in the file, else by the model type of `config.json`.
fn class(dir: &Path, settings: &Settings) -> Result<&'static Class, ProcessorError> {
    let named = match settings.text("image_processor_type")? {
        Some(name) => Some(name),
        None => settings.text("feature_extractor_type")?,
    };
    let unknown = |path: &Path, found: &str| ProcessorError::UnknownImageProcessor {
        path: path.to_owned(),
        found: found.to_owned(),
        known: CLASSES
            .iter()
            .map(|class| class.name)
            .collect::<Vec<_>>()
            .join(", "),
    };
    if let Some(name) = named {
        return Class::by_name(name).ok_or_else(|| unknown(settings.path(), &format!("`{name}`")));
    }
    let model = Settings::load(dir, "config.json")?;
    let model_type = model
        .as_ref()
        .map(|model| model.text("model_type"))
        .transpose()?
        .flatten();
    model_type
        .and_then(Class::by_model_type)
        .ok_or_else(|| match (&model, model_type) {
            (Some(model), Some(model_type)) => {
                unknown(model.path(), &format!("for model type `{model_type}`"))
            }
            _ => unknown(settings.path(), "that no key names"),
        })
}

/// What to resize to, and for a rule by share of the side the side to cut out.
fn size(settings: &Settings, class: &Class) -> Result<(Resize, Option<usize>), ProcessorError> {
    const EXPECTED: &str = "whole numbers from 1 to 8192, as a number, a pair, {height, width}, {shortest_edge}, {longest_edge} or \
                            both edges, whichever the class takes";
    let given = settings.find("size");
    let resize = match (given, class.sizing) {
        (None, Sizing::Square) => Some(Resize::Exact {
            height: class.size,
            width: class.size,
        }),
        (None, Sizing::Bounded) => Some(Resize::Bounded {
            shortest: class.size,
            longest: pad::bound(settings)?,
        }),
        (None, Sizing::LongestEdge) => Some(Resize::LongestEdge(class.size)),
        (None, _) => Some(Resize::ShortestEdge(class.size)),
        (Some(value), Sizing::Bounded | Sizing::LongestEdge) => pad::size(settings, class, value)?,
        (Some(value), sizing) => match (sizing, side(value), edge(value), rectangle(value)) {
            (Sizing::Square, Some(side), ..) => Some(Resize::Exact {
                height: side,
                width: side,
            }),
            (Sizing::ShortestEdge | Sizing::CropShare, Some(edge), ..)
            | (Sizing::ShortestEdge | Sizing::CropShare, _, Some(edge), _) => {
                Some(Resize::ShortestEdge(edge))
            }
            (Sizing::Square | Sizing::ShortestEdge, _, _, Some((height, width))) => {
                Some(Resize::Exact { height, width })
            }
            _ => None,
        },
    };
    let refuse = || settings.refuse("size", given.unwrap_or(&Value::Null), EXPECTED);
    let resize = resize.ok_or_else(refuse)?;
    match (class.sizing, resize) {
        (Sizing::CropShare, Resize::ShortestEdge(edge)) if edge < NO_CROP_FROM => {
            let share = settings.number("crop_pct")?.unwrap_or(CROP_SHARE);
            let widened = (edge as f64 / share) as usize;
            if !(1..=MAX_SETTING).contains(&widened) {
                let found = settings.find("crop_pct").unwrap_or(&Value::Null);
                return Err(settings.refuse(
                    "crop_pct",
                    found,
                    "a share of the resized side, above 0",
                ));
            }
            Ok((Resize::ShortestEdge(widened), Some(edge)))
        }
        (Sizing::CropShare, Resize::ShortestEdge(edge)) => Ok((
            Resize::Exact {
                height: edge,
                width: edge,
            },
            None,
        )),
        (Sizing::ShortestEdge, Resize::ShortestEdge(edge))
            if settings.flag("use_square_size")? == Some(true) =>
        {
            Ok((
                Resize::Exact {
                    height: edge,
                    width: edge,
                },
                None,
            ))
        }
        _ => Ok((resize, None)),
    }
}

fn crop_size(settings: &Settings) -> Result<Option<(usize, usize)>, ProcessorError> {
    let Some(value) = settings.find("crop_size") else {
        return Ok(None);
    };
    let size = side(value)
        .map(|side| (side, side))
        .or_else(|| rectangle(value));
    size.map(Some).ok_or_else(|| {
        settings.refuse(
            "crop_size",
            value,
            "whole numbers from 1 to 8192, as a number, a pair or {height, width}",
        )
    })
}

fn filter(settings: &Settings, class: &Class) -> Result<Filter, ProcessorError> {
    let Some(value) = settings.find("resample") else {
        return Ok(class.filter);
    };
    value
        .as_u64()
        .and_then(Filter::from_pillow)
        .ok_or_else(|| settings.refuse("resample", value, "one of Pillow's filters, 0 to 5"))
}

fn factor(settings: &Settings) -> Result<f64, ProcessorError> {
    Ok(settings.number("rescale_factor")?.unwrap_or(1.0 / 255.0))
}

/// One number per channel, given as three or as one for all.
fn channels(
    settings: &Settings,
    key: &str,
    is_allowed: impl Fn(f64) -> bool,
) -> Result<Option<[f64; 3]>, ProcessorError> {
    let Some(value) = settings.find(key) else {
        return Ok(None);
    };
    let numbers = match value {
        Value::Array(values) => values.iter().map(Value::as_f64).collect::<Option<Vec<_>>>(),
        single => single.as_f64().map(|number| vec![number; 3]),
    };
    numbers
        .filter(|numbers| numbers.iter().all(|&number| is_allowed(number)))
        .and_then(|numbers| <[f64; 3]>::try_from(numbers).ok())
        .map(Some)
        .ok_or_else(|| {
            let expected = if key == "image_std" {
                "three numbers above 0"
            } else {
                "three numbers"
            };
            settings.refuse(key, value, expected)
        })
}

fn side(value: &Value) -> Option<usize> {
    let side = usize::try_from(value.as_u64()?).ok()?;
    (1..=MAX_SETTING).contains(&side).then_some(side)
}

/// `{shortest_edge}`; a `longest_edge` beside it is not read by these classes.
fn edge(value: &Value) -> Option<usize> {
    value.get("shortest_edge").and_then(side)
}

/// `{height, width}` or `[height, width]`.
fn rectangle(value: &Value) -> Option<(usize, usize)> {
    match value {
        Value::Array(pair) if pair.len() == 2 => Some((side(&pair[0])?, side(&pair[1])?)),
        _ => Some((side(value.get("height")?)?, side(value.get("width")?)?)),
    }
}
