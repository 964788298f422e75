//! BERT.

use super::{Config, check, encoder, linear};
use crate::graphs::Lengths;

/// The reference BERT at so many tokens of so many texts.
pub(crate) fn reference_bert(batch: u64, tokens: u64) -> u64 {
    with_pooler(&Config::of("bert"), batch, tokens)
}

fn layers(config: &Config, batch: u64, tokens: u64) -> u64 {
    let width = config.size("hidden_size");
    let inner = config.size("intermediate_size");
    encoder(
        config.size("num_hidden_layers"),
        batch,
        tokens,
        width,
        inner,
    )
}

fn with_pooler(config: &Config, batch: u64, tokens: u64) -> u64 {
    let width = config.size("hidden_size");
    layers(config, batch, tokens) + linear(batch, width, width)
}

fn bert(config: &Config, lengths: Lengths) -> u64 {
    with_pooler(config, lengths.batch, lengths.tokens)
}

/// The head for masked words: a square layer, and the embeddings of all words.
fn masked(config: &Config, lengths: Lengths) -> u64 {
    let Lengths { batch, tokens, .. } = lengths;
    let width = config.size("hidden_size");
    let rows = batch * tokens;
    let head = linear(rows, width, width) + linear(rows, width, config.size("vocab_size"));
    layers(config, batch, tokens) + head
}

#[test]
fn bert_is_an_encoder_with_a_pooler_or_a_head() {
    check("bert", &[("model", bert)]);
    check("bert-mlm", &[("model", masked)]);
}
