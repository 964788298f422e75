//! What is fed into a model to measure it: items of a wanted size, the same on every machine. One file per medium.

mod image;
mod mixed;
mod sound;
mod text;

use super::{Lengths, Size};
use crate::catalog::Model;
use crate::error::Error;
use crate::generation::GenerationOptions;
use crate::task::Task;

/// What an item of a task has a length of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "any of them may come together"
)]
pub struct Takes {
    /// A text.
    pub text: bool,
    /// Tokens that a decoder adds.
    pub new_tokens: bool,
    /// A picture.
    pub image: bool,
    /// A sound.
    pub sound: bool,
}

/// A task that can be measured.
pub trait Workload: Task {
    /// What the items of a model have a length of.
    fn takes(model: &Model) -> Takes;

    /// One item of these lengths; items of different number differ in content.
    ///
    /// # Errors
    /// Lengths that the model does not take.
    fn item(
        processor: &Self::Processor,
        lengths: &Lengths,
        index: usize,
    ) -> Result<Self::Input, Error>;

    /// The items of a batch.
    ///
    /// # Errors
    /// Those of [`Self::item`].
    fn items(
        processor: &Self::Processor,
        lengths: &Lengths,
        batch: usize,
    ) -> Result<Vec<Self::Input>, Error> {
        (0..batch)
            .map(|index| Self::item(processor, lengths, index))
            .collect()
    }
}

impl Takes {
    /// The lengths of an item: those that are wanted, usual ones for the size of the model elsewhere, and none of what an
    /// item does not have.
    #[must_use]
    pub fn lengths(self, size: Size, wanted: &Lengths) -> Lengths {
        let usual = match size {
            Size::Tiny => Lengths {
                tokens: Some(32),
                new_tokens: Some(8),
                image: Some((64, 48)),
                audio_ms: Some(1_000),
            },
            Size::Full => Lengths {
                tokens: Some(128),
                new_tokens: Some(32),
                image: Some((640, 480)),
                audio_ms: Some(5_000),
            },
        };
        Lengths {
            tokens: wanted.tokens.or(usual.tokens).filter(|_| self.text),
            new_tokens: wanted
                .new_tokens
                .or(usual.new_tokens)
                .filter(|_| self.new_tokens),
            image: wanted.image.or(usual.image).filter(|_| self.image),
            audio_ms: wanted.audio_ms.or(usual.audio_ms).filter(|_| self.sound),
        }
    }
}

/// Exactly so many tokens, the likeliest each time.
fn generation(lengths: &Lengths) -> GenerationOptions {
    let tokens = lengths.new_tokens.unwrap_or(1) as usize;
    GenerationOptions {
        min_new_tokens: Some(tokens),
        // The checkpoint's own choices would make some do more than others.
        repetition_penalty: Some(1.0),
        no_repeat_ngram: Some(0),
        beams: Some(1),
        ..GenerationOptions::greedy().up_to(tokens)
    }
}
