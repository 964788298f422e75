//! Items of several media.

use super::{Lengths, Takes, Workload, generation, image, sound, text};
use crate::catalog::Model;
use crate::error::Error;
use crate::task::{
    Candidates, ImageInput, ImageTextToText, LabelledImage, LabelledSound, LabelledVideo, Medium,
    MultimodalFeatureExtraction, MultimodalItem, MultimodalProcessor, Prompt, SoundProcessor,
    Tensors, VideoInput, VisualProcessor, VisualPrompt, ZeroShotAudioClassification,
    ZeroShotImageClassification, ZeroShotProcessor, ZeroShotVideoClassification,
};
use crate::tensor::NamedTensors;

/// Frames of a video: as many as any model of the registry looks at.
const FRAMES: usize = 16;

/// The same few labels for every item, as a service would have them.
fn labels() -> Candidates {
    Candidates::new([
        "a photo of a cat",
        "a photo of a dog",
        "a photo of a boat",
        "music",
    ])
}

impl Workload for ZeroShotImageClassification {
    fn takes(_model: &Model) -> Takes {
        Takes {
            image: true,
            ..Takes::default()
        }
    }

    fn item(
        _processor: &ZeroShotProcessor,
        lengths: &Lengths,
        index: usize,
    ) -> Result<LabelledImage, Error> {
        Ok(LabelledImage::new(
            image::picture(lengths, index)?,
            labels(),
        ))
    }
}

impl Workload for ZeroShotVideoClassification {
    fn takes(_model: &Model) -> Takes {
        Takes {
            image: true,
            ..Takes::default()
        }
    }

    fn item(
        _processor: &ZeroShotProcessor,
        lengths: &Lengths,
        index: usize,
    ) -> Result<LabelledVideo, Error> {
        let frames = (0..FRAMES).map(|frame| image::picture(lengths, index + frame));
        let frames = frames.collect::<Result<Vec<_>, Error>>()?;
        Ok(LabelledVideo::new(VideoInput::from(frames), labels()))
    }
}

impl Workload for ZeroShotAudioClassification {
    fn takes(_model: &Model) -> Takes {
        Takes {
            sound: true,
            ..Takes::default()
        }
    }

    fn item(
        _processor: &SoundProcessor,
        lengths: &Lengths,
        index: usize,
    ) -> Result<LabelledSound, Error> {
        Ok(LabelledSound::new(sound::sound(lengths, index)?, labels()))
    }
}

impl Workload for ImageTextToText {
    fn takes(_model: &Model) -> Takes {
        Takes {
            text: true,
            new_tokens: true,
            image: true,
            sound: false,
        }
    }

    /// A picture and a question; the tokens that stand for the picture come in addition.
    fn item(
        processor: &VisualProcessor,
        lengths: &Lengths,
        index: usize,
    ) -> Result<VisualPrompt, Error> {
        let question = text::text(processor.generation().text(), lengths, index, "")?;
        let prompt = Prompt::turn(question, None).with(generation(lengths));
        let picture = ImageInput::from(image::picture(lengths, index)?);
        Ok(VisualPrompt::new([picture], prompt))
    }
}

impl Workload for MultimodalFeatureExtraction {
    fn takes(_model: &Model) -> Takes {
        Takes {
            text: true,
            new_tokens: false,
            image: true,
            sound: true,
        }
    }

    /// The tower after the index, of those that there are.
    fn item(
        processor: &MultimodalProcessor,
        lengths: &Lengths,
        index: usize,
    ) -> Result<MultimodalItem, Error> {
        let media = processor.media();
        Ok(match media[index % media.len()] {
            Medium::Text => MultimodalItem::Text(text::text(processor.text(), lengths, index, "")?),
            Medium::Image => MultimodalItem::Image(image::picture(lengths, index)?.into()),
            Medium::Sound => MultimodalItem::Sound(sound::sound(lengths, index)?),
        })
    }

    /// One of each medium for every item.
    fn items(
        processor: &MultimodalProcessor,
        lengths: &Lengths,
        batch: usize,
    ) -> Result<Vec<MultimodalItem>, Error> {
        (0..batch * processor.media().len())
            .map(|index| Self::item(processor, lengths, index))
            .collect()
    }
}

impl Workload for Tensors {
    fn takes(_model: &Model) -> Takes {
        Takes::default()
    }

    fn item(_processor: &(), _lengths: &Lengths, _index: usize) -> Result<NamedTensors, Error> {
        Err(Error::EmptyInput("a task of plain tensors has no items"))
    }
}
