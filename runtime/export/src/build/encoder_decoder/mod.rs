//! Encoder–decoder transformers: T5, Whisper, BART and their like.
//!
//! Three graphs: the encoder, a decoder that begins, and a decoder that goes on from the caches of
//! keys and values that the first one gave. Without a cache the second one is all there is of the decoder.

mod attention;
mod block;
mod decoder;
mod encoder;
mod places;
mod sizes;

use super::net::Net;
use super::{Form, NamedGraph};
use crate::config::Config;
use crate::error::ExportError;
use crate::graph::{Dim, Element, Graph, Value};
use crate::options::KvCache;
use crate::recipe::EncoderDecoder;
use crate::weights::Weights;

use sizes::Model;

/// The most tokens of a sequence whose positions enter as distances only.
pub const LONGEST_BY_DISTANCE: u64 = 1 << 14;

const BATCH: Dim = Dim::Symbol("batch_size");
/// Tokens or frames that the encoder gives.
const SOURCE: Dim = Dim::Symbol("encoder_sequence_length");
/// Tokens that the decoder is given.
const TARGET: Dim = Dim::Symbol("decoder_sequence_length");
/// Tokens in the cache.
const PAST: Dim = Dim::Symbol("past_decoder_sequence_length");
/// Tokens in the cache and those given.
const TOTAL: Dim = Dim::Symbol("past_decoder_sequence_length + decoder_sequence_length");

/// Builds `encoder_model`, `decoder_model` and `decoder_with_past_model`; the last is left out where there is no cache.
///
/// With a cache of a fixed number of places, the decoder's own keys and values are `(batch, heads, places, head width)`,
/// and `decoder_with_past_model` takes one token a row and `cache_position` `(1)`, the place where all rows' tokens stand.
pub(super) fn build(
    recipe: &EncoderDecoder,
    config: &Config,
    form: Form,
    weights: &mut Weights<'_>,
) -> Result<Vec<NamedGraph>, ExportError> {
    let model = Model::new(recipe, config, form, weights)?;
    let mut graph = |fill: fn(&Model<'_>, &mut Net<'_, '_>) -> Result<(), ExportError>| {
        let mut net = Net::new(form, weights);
        fill(&model, &mut net)?;
        Ok::<Graph, ExportError>(net.finish())
    };
    let mut graphs = vec![
        ("encoder_model", graph(encoder::fill)?),
        ("decoder_model", graph(decoder::fill_first)?),
    ];
    if form.cache != KvCache::None {
        graphs.push(("decoder_with_past_model", graph(decoder::fill_next)?));
    }
    Ok(graphs)
}

impl Model<'_> {
    /// Embeddings of token ids.
    fn embed(&self, net: &mut Net<'_, '_>, ids: Value) -> Result<Value, ExportError> {
        let words = net.tensor(&self.tokens(), &[self.vocabulary, self.width]);
        let embedded = net.graph.gather(words, ids)?;
        if !self.scales_tokens {
            return Ok(embedded);
        }
        let root = net.graph.scalar((self.width as f64).sqrt());
        net.graph.mul(embedded, root)
    }

    /// What is added to attention scores: nothing for tokens, the most negative number for padding;
    /// `(batch, 1, 1, length)`.
    fn padding_bias(&self, net: &mut Net<'_, '_>, mask: Value) -> Result<Value, ExportError> {
        let graph = &mut net.graph;
        let mask = graph.unsqueeze(mask, &[1, 2])?;
        let mask = graph.cast(mask, Element::Bool);
        let nothing = graph.scalar(0.0);
        let hidden = graph.scalar(self.hidden);
        graph.select(mask, nothing, hidden)
    }
}
