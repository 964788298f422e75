//! The loop of generation: scores, a token for each row, and on until every row has ended.

use ndarray::Array2;

use super::prompt::Prompt;
use super::{Ending, Generation, GenerationProcessor};
use crate::error::Error;
use crate::generation::{Controls, GenerationOptions, Sampler, TextStream};
use crate::task::Task;
use crate::task::cached_decoder::CachedDecoder;

/// The most new tokens where neither caller nor checkpoint says a number.
const MOST_NEW_TOKENS: usize = 256;

/// Generates a text for each prompt from its tokens, all in one batch that is padded on the left; `first` is the number of
/// the first of them, which chance depends on.
pub(in crate::task) fn generate<T: Task>(
    decoder: CachedDecoder<'_, '_, T>,
    processor: &GenerationProcessor,
    prompts: &[&Prompt],
    tokens: &[Vec<i64>],
    first: usize,
) -> Result<Vec<Generation>, Error> {
    let batch = Batch::pad(tokens, processor.pad());
    let longest = batch.tokens.ncols();
    let mut rows: Vec<Row<'_>> = prompts
        .iter()
        .zip(batch.tokens.rows())
        .enumerate()
        .map(|(index, (prompt, history))| {
            Row::new(processor, prompt, history.to_vec(), first + index)
        })
        .collect();

    let piece = prompts
        .iter()
        .filter_map(|prompt| prompt.piece_tokens)
        .min();
    let mut decoder = decoder.in_pieces_of(piece);
    let room = [processor.positions(), decoder.room()?];
    let room = room.into_iter().flatten().min();
    let mut scores = decoder.feed(&batch.tokens, &batch.mask)?;
    let mut length = longest;
    loop {
        let is_full = room.is_some_and(|most| length >= most);
        for (row, mut scores) in rows.iter_mut().zip(scores.rows_mut()) {
            let scores = scores.as_slice_mut().ok_or_else(no_score)?;
            row.choose(processor, scores, is_full)?;
        }
        if rows.iter().all(|row| row.ending.is_some()) {
            break;
        }
        let latest = |row: &Row<'_>| row.history.last().copied().unwrap_or_default();
        let next = Array2::from_shape_fn((rows.len(), 1), |(row, _)| latest(&rows[row]));
        // Rows that have ended go on with padding that counts as tokens, as in transformers: nobody reads it.
        scores = decoder.feed(&next, &Array2::ones((rows.len(), 1)))?;
        length += 1;
    }
    let prompt_lengths = tokens.iter().map(Vec::len);
    rows.into_iter()
        .zip(prompt_lengths)
        .map(|(row, prompt_tokens)| row.finish(processor, prompt_tokens))
        .collect()
}

/// Prompts of one length.
struct Batch {
    tokens: Array2<i64>,
    mask: Array2<i64>,
}

impl Batch {
    /// Puts padding before the shorter ones.
    fn pad(rows: &[Vec<i64>], pad: i64) -> Self {
        let longest = rows.iter().map(Vec::len).max().unwrap_or(0);
        let shape = (rows.len(), longest);
        let at = |row: usize, column: usize| {
            let missing = longest - rows[row].len();
            column.checked_sub(missing).map(|place| rows[row][place])
        };
        Self {
            tokens: Array2::from_shape_fn(shape, |(row, column)| at(row, column).unwrap_or(pad)),
            mask: Array2::from_shape_fn(shape, |(row, column)| at(row, column).is_some().into()),
        }
    }
}

/// One row of the batch on its way.
struct Row<'p> {
    prompt: &'p Prompt,
    /// Prompt and new tokens, padding included.
    history: Vec<i64>,
    new: Vec<i64>,
    most_new: usize,
    controls: Controls,
    sampler: Sampler,
    stream: TextStream,
    ending: Option<Ending>,
    first_scores: Option<Vec<f32>>,
}

impl<'p> Row<'p> {
    fn new(
        processor: &GenerationProcessor,
        prompt: &'p Prompt,
        history: Vec<i64>,
        index: usize,
    ) -> Self {
        let config = processor.config();
        let options: GenerationOptions = prompt.options.or(&config.options);
        let by_length = |most: usize| most.saturating_sub(history.len()).max(1);
        let most_new = options
            .max_new_tokens
            .or_else(|| config.max_length.map(by_length))
            .unwrap_or(MOST_NEW_TOKENS);
        Self {
            prompt,
            history,
            new: Vec::new(),
            most_new,
            controls: Controls::new(config, &options),
            sampler: Sampler::new(&options, index),
            stream: TextStream::default(),
            ending: None,
            first_scores: None,
        }
    }

    /// Takes the next token by its scores, or padding where the row has ended.
    fn choose(
        &mut self,
        processor: &GenerationProcessor,
        scores: &mut [f32],
        is_full: bool,
    ) -> Result<(), Error> {
        if self.ending.is_some() {
            self.history.push(processor.pad());
            return Ok(());
        }
        if self.prompt.keeps_scores && self.new.is_empty() {
            self.first_scores = Some(scores.to_vec());
        }
        self.controls.apply(scores, &self.history, self.new.len());
        let token = self.sampler.choose(scores).ok_or_else(no_score)?;
        self.history.push(token);
        self.new.push(token);
        if processor.config().end.contains(&token) {
            self.ending = Some(Ending::EndToken);
        } else if self.new.len() >= self.most_new {
            self.ending = Some(Ending::Length);
        } else if is_full {
            self.ending = Some(Ending::Context);
        }
        if let Some(listener) = &self.prompt.listener {
            listener.hear(&self.stream.push(processor.text(), token)?);
            if self.ending.is_some() {
                let stream = std::mem::take(&mut self.stream);
                listener.hear(&stream.finish(processor.text())?);
            }
        }
        Ok(())
    }

    fn finish(
        self,
        processor: &GenerationProcessor,
        prompt_tokens: usize,
    ) -> Result<Generation, Error> {
        Ok(Generation {
            text: processor.text().decode(&self.new, true)?,
            tokens: self.new,
            ending: self.ending.unwrap_or(Ending::Length),
            prompt_tokens,
            first_scores: self.first_scores,
        })
    }
}

fn no_score() -> Error {
    Error::WrongOutput {
        output: "logits".to_owned(),
        found: "without a finite number".to_owned(),
        expected: "scores of which at least one is finite",
    }
}
