//! Turns texts into token ids as a checkpoint's tokenizer files say, and token ids back into text.

mod batch;
mod bucket;
mod cleanup;
mod guard;
mod length;
mod special;
mod tokenizer;

use std::path::Path;

use tokenizers::models::ModelWrapper;
use tokenizers::tokenizer::{Encoding, PostProcessor, Tokenizer};
use tokenizers::utils::truncation::{
    TruncationDirection, TruncationParams, TruncationStrategy, truncate_encodings,
};

pub use self::batch::Encoded;
pub use self::bucket::Bucket;

use self::guard::guarded;
use self::length::Length;
pub(super) use self::special::token as special_token;

use self::special::Special;
use super::ProcessorError;
use super::settings::Settings;

/// The most bytes a text, or each text of a pair, may have: four times what fills a context of 256,000 tokens.
pub const MAX_TEXT_BYTES: usize = 4 << 20;

/// One row of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextInput<'a> {
    /// A text.
    Single(&'a str),
    /// Two texts that the model reads as one sequence.
    Pair(&'a str, &'a str),
}

impl TextInput<'_> {
    /// Whether there is nothing but white space in it; encoding still gives the special tokens.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        match self {
            Self::Single(text) => text.trim().is_empty(),
            Self::Pair(first, second) => first.trim().is_empty() && second.trim().is_empty(),
        }
    }
}

impl<'a> From<&'a str> for TextInput<'a> {
    fn from(text: &'a str) -> Self {
        Self::Single(text)
    }
}

impl<'a> From<&'a String> for TextInput<'a> {
    fn from(text: &'a String) -> Self {
        Self::Single(text)
    }
}

impl<'a> From<(&'a str, &'a str)> for TextInput<'a> {
    fn from((first, second): (&'a str, &'a str)) -> Self {
        Self::Pair(first, second)
    }
}

/// What a caller may ask of one encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EncodeOptions {
    /// Truncate to this many tokens, special ones included, whatever the checkpoint says.
    pub max_length: Option<usize>,
    /// Whether to add the special tokens of a sequence, such as `[CLS]` and `[SEP]`.
    pub special_tokens: bool,
}

impl Default for EncodeOptions {
    fn default() -> Self {
        Self {
            max_length: None,
            special_tokens: true,
        }
    }
}

/// A checkpoint's tokenizer with its special tokens and its limits of length.
#[derive(Debug, Clone)]
pub struct TextProcessor {
    tokenizer: Tokenizer,
    special: Special,
    length: Length,
    direction: TruncationDirection,
    cleans_up: bool,
}

impl TextProcessor {
    /// Reads the tokenizer of a checkpoint folder: `tokenizer.json`, else `vocab.txt` of a `WordPiece` tokenizer.
    ///
    /// `model_limit` is the most tokens the model has positions for. Texts above it are truncated where the
    /// checkpoint says so: to `max_seq_length` of `sentence_bert_config.json`, else to the length that
    /// `tokenizer.json` truncates to. Otherwise they are refused with [`ProcessorError::TooLong`].
    /// Truncation and padding stored in `tokenizer.json` have no other effect.
    pub fn load(dir: &Path, model_limit: Option<usize>) -> Result<Self, ProcessorError> {
        let settings = Settings::load(dir, "tokenizer_config.json")?;
        let mut tokenizer = tokenizer::load(dir, settings.as_ref())?;
        let length = Length::load(dir, &tokenizer, settings.as_ref(), model_limit)?;
        let special = Special::load(dir, &tokenizer, settings.as_ref())?;
        tokenizer.with_padding(None);
        // Only truncation to something can fail.
        tokenizer
            .with_truncation(None)
            .map_err(|source| ProcessorError::Tokenizer {
                path: dir.join("tokenizer.json"),
                source,
            })?;
        let settings = settings.as_ref();
        let is_left = settings
            .map(|settings| settings.text("truncation_side"))
            .transpose()?
            .flatten()
            == Some("left");
        let cleans_up = settings
            .map(|settings| settings.flag("clean_up_tokenization_spaces"))
            .transpose()?
            .flatten();
        Ok(Self {
            tokenizer,
            special,
            length,
            direction: if is_left {
                TruncationDirection::Left
            } else {
                TruncationDirection::Right
            },
            cleans_up: cleans_up.unwrap_or(false),
        })
    }

    /// Tokenises a batch and pads it on the right to its longest row.
    pub fn encode(&self, batch: &[TextInput<'_>]) -> Result<Encoded, ProcessorError> {
        self.encode_with(batch, EncodeOptions::default())
    }

    /// Tokenises a batch under `options` and pads it on the right to its longest row.
    pub fn encode_with(
        &self,
        batch: &[TextInput<'_>],
        options: EncodeOptions,
    ) -> Result<Encoded, ProcessorError> {
        Encoded::pad(self.rows(batch, options)?.iter(), self.special.pad)
    }

    /// Tokenises a batch and splits it into buckets of similar length, each padded to its own longest row.
    pub fn encode_in_buckets(
        &self,
        batch: &[TextInput<'_>],
    ) -> Result<Vec<Bucket>, ProcessorError> {
        bucket::split(
            &self.rows(batch, EncodeOptions::default())?,
            self.special.pad,
        )
    }

    fn rows(
        &self,
        batch: &[TextInput<'_>],
        options: EncodeOptions,
    ) -> Result<Vec<Encoding>, ProcessorError> {
        let row = |(index, &input)| self.encode_row(index, input, options);
        batch.iter().enumerate().map(row).collect()
    }

    /// Text of token ids, cleaned up as the checkpoint says.
    pub fn decode(&self, ids: &[i64], skip_special_tokens: bool) -> Result<String, ProcessorError> {
        let ids: Vec<u32> = ids
            .iter()
            .filter_map(|&id| u32::try_from(id).ok())
            .collect();
        let text = guarded(|| self.tokenizer.decode(&ids, skip_special_tokens))
            .map_err(|source| ProcessorError::Decode { source })?;
        let text = match self.word_end() {
            Some(end) => text.replace(end, " ").trim().to_owned(),
            None => text,
        };
        Ok(if self.cleans_up {
            cleanup::clean_up(&text)
        } else {
            text
        })
    }

    /// What byte-pair tokens at the end of a word end in: `CLIPTokenizerFast` of transformers decodes it as a space,
    /// which the decoder that `tokenizer.json` names does not.
    fn word_end(&self) -> Option<&str> {
        match self.tokenizer.get_model() {
            ModelWrapper::BPE(model) => model.end_of_word_suffix.as_deref(),
            _ => None,
        }
        .filter(|end| !end.is_empty())
    }

    /// The token of an id, such as `##ing`.
    #[must_use]
    pub fn token(&self, id: i64) -> Option<String> {
        self.tokenizer.id_to_token(u32::try_from(id).ok()?)
    }

    /// The id of a token.
    #[must_use]
    pub fn id(&self, token: &str) -> Option<i64> {
        self.tokenizer.token_to_id(token).map(i64::from)
    }

    /// The id of the padding token.
    #[must_use]
    pub fn pad_id(&self) -> Option<i64> {
        self.special.pad
    }

    /// The id of the token that stands for a masked word.
    #[must_use]
    pub fn mask_id(&self) -> Option<i64> {
        self.special.mask
    }

    /// The token that stands for a masked word, as texts spell it: `[MASK]`, `<mask>`.
    #[must_use]
    pub fn mask_token(&self) -> Option<String> {
        self.token(self.special.mask?)
    }

    /// Number of ids, added tokens included.
    #[must_use]
    pub fn vocabulary_size(&self) -> usize {
        self.tokenizer.get_vocab_size(true)
    }

    /// The most tokens that a row comes out with, special ones included; `None` where nothing limits it.
    #[must_use]
    pub fn max_length(&self) -> Option<usize> {
        self.length.limit()
    }

    /// Whether longer texts are truncated to [`Self::max_length`] rather than refused.
    #[must_use]
    pub fn truncates(&self) -> bool {
        self.length.truncates()
    }

    fn encode_row(
        &self,
        index: usize,
        input: TextInput<'_>,
        options: EncodeOptions,
    ) -> Result<Encoding, ProcessorError> {
        let failed = |source| ProcessorError::Tokenise { index, source };
        let tokens = |text: &str| {
            if text.len() > MAX_TEXT_BYTES {
                return Err(ProcessorError::TooManyBytes {
                    index,
                    bytes: text.len(),
                    limit: MAX_TEXT_BYTES,
                });
            }
            guarded(|| self.tokenizer.encode_fast(text, false)).map_err(failed)
        };
        let (first, second) = match input {
            TextInput::Single(text) => (tokens(text)?, None),
            TextInput::Pair(first, second) => {
                let first = tokens(first)?;
                let mut second = tokens(second)?;
                // What a tokenizer without a template leaves the second text with.
                second.set_type_ids(vec![1; second.len()]);
                (first, Some(second))
            }
        };
        let special = match self.tokenizer.get_post_processor() {
            Some(template) if options.special_tokens => template.added_tokens(second.is_some()),
            _ => 0,
        };
        let tokens = first.len() + second.as_ref().map_or(0, Encoding::len) + special;
        let (first, second) = match self.length.cut(index, tokens, options.max_length)? {
            None => (first, second),
            Some(max_length) if max_length <= special => {
                return Err(ProcessorError::MaxLength {
                    max_length,
                    special,
                });
            }
            Some(max_length) => self
                .truncate(first, second, max_length - special)
                .map_err(failed)?,
        };
        guarded(|| {
            self.tokenizer
                .post_process(first, second, options.special_tokens)
        })
        .map_err(failed)
    }

    /// Takes tokens off the longer text first, and forgets what was taken off.
    fn truncate(
        &self,
        first: Encoding,
        second: Option<Encoding>,
        max_length: usize,
    ) -> tokenizers::Result<(Encoding, Option<Encoding>)> {
        let parameters = TruncationParams {
            direction: self.direction,
            max_length,
            strategy: TruncationStrategy::LongestFirst,
            stride: 0,
        };
        let (mut first, mut second) = truncate_encodings(first, second, &parameters)?;
        for encoding in std::iter::once(&mut first).chain(second.as_mut()) {
            encoding.take_overflowing();
        }
        Ok((first, second))
    }
}
