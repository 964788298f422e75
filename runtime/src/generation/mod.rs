//! Generation: from the scores a model gives for the next token to sequences of tokens, as a checkpoint's
//! `generation_config.json` and the caller say.
//!
//! What a model is does not matter here: whoever runs one hands its scores over, or is a `Steps`.

mod beam;
mod config;
mod controls;
mod greedy;
mod likeliest;
mod listener;
mod options;
mod random;
mod rules;
mod sampler;
mod text_stream;
mod timestamps;
mod values;

pub(crate) use beam::search;
pub use config::GenerationConfig;
pub use controls::Controls;
pub(crate) use greedy::greedy;
pub use listener::Listener;
pub use options::GenerationOptions;
pub use random::Random;
pub(crate) use rules::Rules;
pub use sampler::Sampler;
pub use text_stream::TextStream;
pub(crate) use timestamps::Timestamps;
pub use values::GenerationValues;

use ndarray::Array2;

use crate::error::Error;

/// A model that gives scores for the next token of every row and remembers what it was given.
pub(crate) trait Steps {
    /// Scores after prompts `(rows, length)`, as `(rows, vocabulary)`.
    fn begin(&mut self, prompts: &Array2<i64>) -> Result<Array2<f32>, Error>;

    /// Scores after one more token for each row.
    fn next(&mut self, tokens: &[i64]) -> Result<Array2<f32>, Error>;

    /// Lets row `i` go on from what row `rows[i]` remembers.
    fn reorder(&mut self, rows: &[usize]) -> Result<(), Error>;
}

/// What was generated for one row.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Produced {
    /// New tokens, up to and including the one that ends the sequence.
    pub(crate) tokens: Vec<i64>,
    /// Whether an end token was produced, rather than the length exhausted.
    pub(crate) is_finished: bool,
    /// Raw scores of the first steps, as many as were asked for, each of the vocabulary's length.
    pub(crate) scores: Vec<Vec<f32>>,
}

/// How far generation goes, and what ends it.
#[derive(Debug, Clone)]
pub(crate) struct Limits {
    /// The most tokens of a row, its prompt included.
    pub(crate) max_length: usize,
    /// Tokens that end a sequence.
    pub(crate) end: Vec<i64>,
    /// Stands in rows that have ended.
    pub(crate) pad: i64,
    /// For how many steps raw scores are kept.
    pub(crate) kept_scores: usize,
}
