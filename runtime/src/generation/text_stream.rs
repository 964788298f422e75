//! Text of tokens as they come: a piece is given once no later token can change it.

use crate::processor::ProcessorError;
use crate::processor::text::TextProcessor;

/// What stands for bytes that are no character, or not yet.
const INCOMPLETE: char = '\u{fffd}';

/// The tokens of a text so far, and how much of their text has been given.
#[derive(Debug, Clone, Default)]
pub struct TextStream {
    tokens: Vec<i64>,
    /// Tokens before this are not decoded again.
    start: usize,
    /// The text of the tokens before this has been given.
    given: usize,
}

impl TextStream {
    /// Adds a token; returns the piece of text that is certain now, which may be empty.
    ///
    /// Tokens decode differently at the beginning of a text, so a piece is what the latest tokens add to the text of
    /// those before them.
    pub fn push(
        &mut self,
        processor: &TextProcessor,
        token: i64,
    ) -> Result<String, ProcessorError> {
        self.tokens.push(token);
        let piece = self.rest(processor)?;
        if piece.is_empty() || piece.ends_with(INCOMPLETE) || is_byte(processor, token) {
            return Ok(String::new());
        }
        self.start = self.given;
        self.given = self.tokens.len();
        Ok(piece)
    }

    /// What is left at the end, complete or not.
    pub fn finish(self, processor: &TextProcessor) -> Result<String, ProcessorError> {
        self.rest(processor)
    }

    fn rest(&self, processor: &TextProcessor) -> Result<String, ProcessorError> {
        let before = processor.decode(&self.tokens[self.start..self.given], true)?;
        let all = processor.decode(&self.tokens[self.start..], true)?;
        Ok(all.get(before.len()..).unwrap_or_default().to_owned())
    }
}

/// Whether a token stands for a byte, such as `<0x0A>`: bytes in a row are characters only if all of them are.
fn is_byte(processor: &TextProcessor, token: i64) -> bool {
    let token = processor.token(token).unwrap_or_default();
    let digits = token
        .strip_prefix("<0x")
        .and_then(|rest| rest.strip_suffix('>'));
    digits.is_some_and(|digits| digits.len() == 2)
}
