//! Flags about generated text.

use clap::Args;

use crate::generation::GenerationOptions;
use crate::skill::GenerationAsk;

#[derive(Debug, Args)]
#[command(next_help_heading = "Generated text")]
pub(super) struct GenerationArguments {
    /// The most tokens to add; the checkpoint says how many by default.
    #[arg(long, value_name = "TOKENS")]
    max_new_tokens: Option<usize>,
    /// Number of beams, for models whose decoder an encoder feeds; 1 is greedy.
    #[arg(long)]
    beams: Option<usize>,
    /// Take the likeliest token each time, whatever the checkpoint says.
    #[arg(long, conflicts_with_all = ["sample", "temperature", "top_k", "top_p", "min_p", "seed"])]
    greedy: bool,
    /// Draw tokens by their probability; implied by the flags about drawing.
    #[arg(long)]
    sample: bool,
    /// What scores are divided by before a token is drawn.
    #[arg(long)]
    temperature: Option<f32>,
    /// Draw from this many of the likeliest tokens; 0 for all.
    #[arg(long)]
    top_k: Option<usize>,
    /// Draw from the likeliest tokens that have this share of probability together.
    #[arg(long)]
    top_p: Option<f32>,
    /// Draw from tokens with at least this share of the likeliest one's probability.
    #[arg(long)]
    min_p: Option<f32>,
    /// What the scores of tokens that occurred already are divided by.
    #[arg(long)]
    repetition_penalty: Option<f32>,
    /// Beginning of the random numbers: the same seed gives the same text or sound.
    #[arg(long)]
    seed: Option<u64>,
    /// What the model is told to be, where it chats.
    #[arg(long, value_name = "TEXT", conflicts_with = "raw")]
    system: Option<String>,
    /// Give the text to the model as it is, even where the checkpoint has a template for chats.
    #[arg(long)]
    raw: bool,
}

impl GenerationArguments {
    pub(super) fn ask(&self, is_streamed: bool) -> GenerationAsk {
        let is_drawn = self.sample
            || self.temperature.is_some()
            || self.top_k.is_some()
            || self.top_p.is_some()
            || self.min_p.is_some()
            || self.seed.is_some();
        let is_sampled = match (self.greedy, is_drawn) {
            (true, _) => Some(false),
            (false, true) => Some(true),
            (false, false) => None,
        };
        GenerationAsk {
            options: GenerationOptions {
                max_new_tokens: self.max_new_tokens,
                is_sampled,
                temperature: self.temperature,
                top_k: self.top_k,
                top_p: self.top_p,
                min_p: self.min_p,
                repetition_penalty: self.repetition_penalty,
                beams: self.beams,
                seed: self.seed,
                ..GenerationOptions::default()
            },
            system: self.system.clone(),
            is_raw: self.raw,
            is_streamed,
        }
    }
}
