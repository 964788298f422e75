//! T5 and Whisper: an encoder, a decoder that begins, and one that goes on.

use super::{Config, check, encoder, feed_forward, linear, weighed};
use crate::graphs::Lengths;

/// The sizes of a decoder that reads an encoder's states.
struct Sizes {
    layers: u64,
    width: u64,
    /// Width of all heads together.
    heads: u64,
    inner: u64,
    vocabulary: u64,
}

impl Sizes {
    /// A decoder; one that goes on has `past` tokens and the encoder's keys and values in its cache.
    fn decoder(&self, lengths: Lengths, goes_on: bool) -> u64 {
        let Lengths {
            batch,
            tokens,
            encoded,
            ..
        } = lengths;
        let past = if goes_on { lengths.past } else { 0 };
        let rows = batch * tokens;
        let own = 4 * linear(rows, self.width, self.heads)
            + weighed(batch, tokens, past + tokens, self.heads);
        // Queries and output; keys and values of the encoder's states are made once.
        let made = if goes_on {
            0
        } else {
            2 * linear(batch * encoded, self.width, self.heads)
        };
        let cross = 2 * linear(rows, self.width, self.heads)
            + made
            + weighed(batch, tokens, encoded, self.heads);
        let layer = own + cross + feed_forward(rows, self.width, self.inner);
        self.layers * layer + linear(rows, self.width, self.vocabulary)
    }
}

fn t5(config: &Config) -> Sizes {
    Sizes {
        layers: config.size("num_decoder_layers"),
        width: config.size("d_model"),
        heads: config.size("num_heads") * config.size("d_kv"),
        inner: config.size("d_ff"),
        vocabulary: config.size("vocab_size"),
    }
}

fn t5_encoder(config: &Config, lengths: Lengths) -> u64 {
    let Lengths { batch, encoded, .. } = lengths;
    let Sizes {
        width,
        heads,
        inner,
        ..
    } = t5(config);
    let rows = batch * encoded;
    let attention = 4 * linear(rows, width, heads) + weighed(batch, encoded, encoded, heads);
    config.size("num_layers") * (attention + feed_forward(rows, width, inner))
}

fn whisper(config: &Config) -> Sizes {
    Sizes {
        layers: config.size("decoder_layers"),
        width: config.size("d_model"),
        heads: config.size("d_model"),
        inner: config.size("decoder_ffn_dim"),
        vocabulary: config.size("vocab_size"),
    }
}

/// Two convolutions of three frames, the second with a stride of 2, and the layers.
fn whisper_encoder(config: &Config, lengths: Lengths) -> u64 {
    let width = config.size("d_model");
    let places = config.size("max_source_positions");
    let first = lengths.batch * 2 * places * width * config.size("num_mel_bins") * 3;
    let second = lengths.batch * places * width * width * 3;
    let layers = config.size("encoder_layers");
    let inner = config.size("encoder_ffn_dim");
    first + second + encoder(layers, lengths.batch, places, width, inner)
}

#[test]
fn t5_has_heads_of_their_own_width() {
    check(
        "t5",
        &[
            ("encoder_model", t5_encoder),
            ("decoder_model", |config, lengths| {
                t5(config).decoder(lengths, false)
            }),
            ("decoder_with_past_model", |config, lengths| {
                t5(config).decoder(lengths, true)
            }),
        ],
    );
}

#[test]
fn whisper_hears_through_two_convolutions() {
    check(
        "whisper",
        &[
            ("encoder_model", whisper_encoder),
            ("decoder_model", |config, lengths| {
                whisper(config).decoder(lengths, false)
            }),
            ("decoder_with_past_model", |config, lengths| {
                whisper(config).decoder(lengths, true)
            }),
        ],
    );
}
