//! How long a sequence may get, and what happens to a longer one.

use std::path::Path;

use tokenizers::tokenizer::Tokenizer;

use crate::processor::ProcessorError;
use crate::processor::settings::Settings;

/// `model_max_length` above this means that nobody set it (transformers writes 1e30).
const UNSET_ABOVE: f64 = 1e9;

/// A checkpoint's limits of length, in tokens with the special ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Length {
    /// What the checkpoint truncates to.
    truncation: Option<usize>,
    /// What the model takes at most.
    model: Option<usize>,
}

impl Length {
    /// Reads where the checkpoint truncates; `model` is what the model takes, else `model_max_length` is.
    pub(super) fn load(
        dir: &Path,
        tokenizer: &Tokenizer,
        settings: Option<&Settings>,
        model: Option<usize>,
    ) -> Result<Self, ProcessorError> {
        let stated = settings
            .map(|settings| settings.number("model_max_length"))
            .transpose()?
            .flatten();
        let stated = stated
            .filter(|length| (1.0..UNSET_ABOVE).contains(length))
            .map(|length| length as usize);
        let model = model.or(stated);
        let sentence = Settings::load(dir, "sentence_bert_config.json")?;
        let truncation = match sentence {
            // Without a length of its own, sentence-transformers takes the smaller of the two others.
            Some(sentence) => sentence
                .count("max_seq_length")?
                .or(stated.min(model).or(model)),
            None => tokenizer
                .get_truncation()
                .map(|truncation| truncation.max_length),
        };
        Ok(Self {
            truncation: truncation.map(|length| model.map_or(length, |model| length.min(model))),
            model,
        })
    }

    /// The most tokens a row comes out with.
    pub(super) fn limit(&self) -> Option<usize> {
        self.truncation.or(self.model)
    }

    /// Whether longer rows are cut.
    pub(super) fn truncates(&self) -> bool {
        self.truncation.is_some()
    }

    /// The length to cut a row of `tokens` to, if any; `asked` is what the caller wants it cut to.
    pub(super) fn cut(
        &self,
        index: usize,
        tokens: usize,
        asked: Option<usize>,
    ) -> Result<Option<usize>, ProcessorError> {
        let asked = asked.map(|asked| self.model.map_or(asked, |model| asked.min(model)));
        match (asked.or(self.truncation), self.model) {
            (Some(length), _) => Ok((tokens > length).then_some(length)),
            (None, Some(limit)) if tokens > limit => Err(ProcessorError::TooLong {
                index,
                tokens,
                limit,
            }),
            (None, _) => Ok(None),
        }
    }
}
