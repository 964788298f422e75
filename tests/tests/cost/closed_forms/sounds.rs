//! CLAP and Wav2Vec2.

use super::{Config, attention, check, convolution, encoder, feed_forward, linear, weighed};
use crate::graphs::Lengths;

/// A Swin transformer over a spectrogram folded into a square; whatever its length, it is stretched to that first.
fn spectrograms(config: &Config, batch: u64) -> u64 {
    let mut side = config.size("spec_size") / config.size("patch_size");
    let mut width = config.size("patch_embeds_hidden_size");
    let window = config.size("window_size");
    // `mlp_ratio` is written as a float.
    let ratio = config.0["mlp_ratio"].as_f64().unwrap() as u64;
    let depths = config.sizes("depths");
    let channels = config.size("patch_embed_input_channels");
    let mut all = convolution(
        batch * side * side,
        channels,
        width,
        config.size("patch_size"),
    );
    for (stage, depth) in depths.iter().enumerate() {
        let windows = batch * (side / window) * (side / window);
        let rows = batch * side * side;
        let layer = 4 * linear(rows, width, width)
            + weighed(windows, window * window, window * window, width)
            + feed_forward(rows, width, ratio * width);
        all += depth * layer;
        if stage + 1 < depths.len() {
            // Four neighbours become one of twice the width.
            side /= 2;
            all += linear(batch * side * side, 4 * width, 2 * width);
            width *= 2;
        }
    }
    all
}

fn clap(config: &Config, lengths: Lengths) -> u64 {
    let (batch, texts, tokens) = (lengths.batch, lengths.batch + 1, lengths.tokens);
    let (text, audio) = (config.part("text_config"), config.part("audio_config"));
    let width = text.size("hidden_size");
    let layers = text.size("num_hidden_layers");
    let shared = config.size("projection_dim");
    let read = encoder(layers, texts, tokens, width, text.size("intermediate_size"))
        + linear(texts, width, width);
    // Both projections are two layers.
    let projections = linear(texts, width, shared)
        + linear(texts, shared, shared)
        + linear(batch, audio.size("hidden_size"), shared)
        + linear(batch, shared, shared);
    read + spectrograms(&audio, batch) + projections + batch * texts * shared
}

fn wav2vec2(config: &Config, lengths: Lengths) -> u64 {
    let batch = lengths.batch;
    let widths = config.sizes("conv_dim");
    let (kernels, strides) = (config.sizes("conv_kernel"), config.sizes("conv_stride"));
    let (mut frames, mut channels, mut all) = (lengths.samples, 1, 0);
    for ((&width, &kernel), &stride) in widths.iter().zip(&kernels).zip(&strides) {
        frames = (frames - kernel) / stride + 1;
        all += batch * frames * width * channels * kernel;
        channels = width;
    }
    let width = config.size("hidden_size");
    let rows = batch * frames;
    // Positions come from a convolution in groups, one place for each frame.
    let within = width / config.size("num_conv_pos_embedding_groups");
    let positions = rows * width * within * config.size("num_conv_pos_embeddings");
    let layer = attention(batch, frames, width)
        + feed_forward(rows, width, config.size("intermediate_size"));
    all + linear(rows, channels, width)
        + positions
        + config.size("num_hidden_layers") * layer
        + linear(rows, width, config.size("vocab_size"))
}

#[test]
fn clap_attends_within_windows() {
    check("clap", &[("model", clap)]);
}

#[test]
fn wav2vec2_hears_samples() {
    check("wav2vec2", &[("model", wav2vec2)]);
}
