//! Settings of the processors that keep a picture's ratio and pad what is missing.

use serde_json::Value;

use super::super::class::{Class, Sizing};
use super::{Resize, rectangle, side};
use crate::processor::ProcessorError;
use crate::processor::settings::Settings;

/// The longest side where none is given, as `DetrImageProcessor` of transformers has it.
const BOUND: usize = 1333;

/// Where zeros are put below and beside a picture, after normalising.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Pad {
    /// Up to the largest height and width of the batch.
    Largest,
    /// Up to this size.
    To { height: usize, width: usize },
}

/// How pictures are padded; `pad_size` must hold whatever they are resized to.
pub(super) fn read(
    settings: &Settings,
    class: &Class,
    resize: Option<Resize>,
) -> Result<Option<Pad>, ProcessorError> {
    if !matches!(class.sizing, Sizing::Bounded | Sizing::LongestEdge) {
        return Ok(None);
    }
    let flag = match settings.flag("do_pad")? {
        None => settings.flag("pad_and_return_pixel_mask")?,
        flag => flag,
    };
    if flag == Some(false) {
        return Ok(None);
    }
    let Some(value) = settings.find("pad_size") else {
        return Ok(Some(match class.sizing {
            Sizing::LongestEdge => Pad::To {
                height: class.size,
                width: class.size,
            },
            _ => Pad::Largest,
        }));
    };
    let (least_height, least_width) = match resize {
        Some(Resize::Exact { height, width }) => (height, width),
        Some(Resize::Bounded { longest, .. }) => (longest, longest),
        Some(Resize::LongestEdge(edge)) => (edge, edge),
        Some(Resize::ShortestEdge(_)) | None => (usize::MAX, usize::MAX),
    };
    let size = side(value)
        .map(|side| (side, side))
        .or_else(|| rectangle(value));
    match size {
        Some((height, width)) if height >= least_height && width >= least_width => {
            Ok(Some(Pad::To { height, width }))
        }
        _ => Err(settings.refuse(
            "pad_size",
            value,
            "{height, width} that hold whatever `size` gives",
        )),
    }
}

/// What a given `size` means to these processors.
pub(super) fn size(
    settings: &Settings,
    class: &Class,
    value: &Value,
) -> Result<Option<Resize>, ProcessorError> {
    let edge = |key: &str| value.get(key).and_then(side);
    if class.sizing == Sizing::LongestEdge {
        return Ok(side(value)
            .or_else(|| edge("longest_edge"))
            .map(Resize::LongestEdge));
    }
    if let Some(shortest) = side(value) {
        let longest = bound(settings)?;
        return Ok(Some(Resize::Bounded { shortest, longest }));
    }
    Ok(match (edge("shortest_edge"), edge("longest_edge")) {
        (Some(shortest), Some(longest)) => Some(Resize::Bounded { shortest, longest }),
        _ => rectangle(value).map(|(height, width)| Resize::Exact { height, width }),
    })
}

/// The longest side beside a single number as `size`.
pub(super) fn bound(settings: &Settings) -> Result<usize, ProcessorError> {
    let Some(value) = settings.find("max_size") else {
        return Ok(BOUND);
    };
    side(value).ok_or_else(|| settings.refuse("max_size", value, "a whole number from 1 to 8192"))
}
