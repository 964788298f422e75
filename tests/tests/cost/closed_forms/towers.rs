//! CLIP and XCLIP: towers for texts beside pictures or videos.

use super::{
    Config, attention, check, encoder, feed_forward, linear, patches, rows_of_picture, weighed,
};
use crate::graphs::Lengths;

/// The text tower: its layers, the state of the last token, and the projection. The state is picked by a product with a
/// row that is 1 at the token's place.
fn texts(config: &Config, lengths: Lengths) -> u64 {
    let (texts, tokens) = (lengths.batch + 1, lengths.tokens);
    let tower = config.part("text_config");
    let width = tower.size("hidden_size");
    let layers = tower.size("num_hidden_layers");
    let inner = tower.size("intermediate_size");
    encoder(layers, texts, tokens, width, inner)
        + linear(texts, tokens, width)
        + linear(texts, width, config.size("projection_dim"))
}

fn clip(config: &Config, lengths: Lengths) -> u64 {
    let tower = config.part("vision_config");
    let width = tower.size("hidden_size");
    let layers = tower.size("num_hidden_layers");
    let inner = tower.size("intermediate_size");
    let shared = config.size("projection_dim");
    let pictures = patches(lengths.batch, &tower, 3)
        + encoder(layers, lengths.batch, rows_of_picture(&tower), width, inner)
        + linear(lengths.batch, width, shared);
    let similarities = lengths.batch * (lengths.batch + 1) * shared;
    texts(config, lengths) + pictures + similarities
}

/// Frames that pass messages to one another in every layer.
fn frames(config: &Config, batch: u64) -> u64 {
    let tower = config.part("vision_config");
    let in_video = tower.size("num_frames");
    let frames = batch * in_video;
    let width = tower.size("hidden_size");
    let inner = tower.size("intermediate_size");
    let rows = rows_of_picture(&tower);
    // A message of each frame, and their attention to one another.
    let message = linear(frames, width, width) + attention(batch, in_video, width);
    // The message is one row more for the attention within the frame, and no longer there for the feed-forward part.
    let layer =
        message + attention(frames, rows + 1, width) + feed_forward(frames * rows, width, inner);
    patches(frames, &tower, 3) + tower.size("num_hidden_layers") * layer
}

/// What a video's patches add to the texts' embeddings, in each prompt layer.
fn prompts(config: &Config, batch: u64) -> u64 {
    let tower = config.part("vision_config");
    let (texts, width) = (batch + 1, config.size("projection_dim"));
    let seen = rows_of_picture(&tower) - 1;
    let mut all = 0;
    for layer in 0..config.size("prompt_layers") {
        // The first layer's queries are the texts alone, the same for every video.
        let asked = if layer == 0 { texts } else { batch * texts };
        all += linear(asked, width, width)
            + 2 * linear(batch * seen, width, width)
            + weighed(batch, texts, seen, width)
            + linear(batch * texts, width, width)
            + feed_forward(batch * texts, width, 4 * width);
    }
    all
}

fn xclip(config: &Config, lengths: Lengths) -> u64 {
    let batch = lengths.batch;
    let tower = config.part("vision_config");
    let (in_video, width) = (tower.size("num_frames"), tower.size("hidden_size"));
    let shared = config.size("projection_dim");
    // Transformers' default for the layers that integrate frames.
    let integrated = encoder(
        tower.0["mit_num_hidden_layers"].as_u64().unwrap_or(1),
        batch,
        in_video,
        tower.size("mit_hidden_size"),
        tower.size("mit_intermediate_size"),
    );
    let seen = rows_of_picture(&tower) - 1;
    // Whole frames and their patches are projected, the latter for the prompts.
    let projected = linear(batch * in_video * (1 + seen), width, shared);
    let similarities = batch * (batch + 1) * shared;
    texts(config, lengths)
        + frames(config, batch)
        + projected
        + integrated
        + prompts(config, batch)
        + similarities
}

#[test]
fn clip_compares_every_picture_with_every_text() {
    check("clip", &[("model", clip)]);
}

#[test]
fn xclip_passes_messages_between_frames() {
    check("xclip", &[("model", xclip)]);
}
