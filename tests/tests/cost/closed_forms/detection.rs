//! DETR.

use super::{Config, attention, check, convolution, encoder, feed_forward, linear, weighed};
use crate::graphs::Lengths;

/// A `ResNet` of basic blocks: gives its multiplications, the channels and the side of its last map.
fn backbone(config: &Config, batch: u64, pixels: u64) -> (u64, u64, u64) {
    let mut channels = config.size("embedding_size");
    // A convolution of 7 x 7 and a pool, both with a stride of 2.
    let mut side = pixels.div_ceil(2);
    let stem = batch * side * side;
    let mut all = convolution(stem, config.size("num_channels"), channels, 7);
    side = side.div_ceil(2);
    let stages = config
        .sizes("hidden_sizes")
        .into_iter()
        .zip(config.sizes("depths"));
    for (stage, (width, depth)) in stages.enumerate() {
        for block in 0..depth {
            // Every stage but the first begins with a stride of 2.
            let halves = stage > 0 && block == 0;
            if halves {
                side = side.div_ceil(2);
            }
            let places = batch * side * side;
            all += convolution(places, channels, width, 3) + convolution(places, width, width, 3);
            if halves || channels != width {
                all += convolution(places, channels, width, 1);
            }
            channels = width;
        }
    }
    (all, channels, side)
}

fn detr(config: &Config, lengths: Lengths) -> u64 {
    let batch = lengths.batch;
    let (seen, channels, side) = backbone(&config.part("backbone_config"), batch, lengths.side);
    let width = config.size("d_model");
    let rows = side * side;
    let queries = config.size("num_queries");
    let mut all = seen + linear(batch * rows, channels, width);
    let layers = config.size("encoder_layers");
    all += encoder(layers, batch, rows, width, config.size("encoder_ffn_dim"));
    for layer in 0..config.size("decoder_layers") {
        // Before the first look at the picture the queries are the same for the whole batch.
        let asking = if layer == 0 { 1 } else { batch };
        all += attention(asking, queries, width)
            + linear(asking * queries, width, width)
            + 2 * linear(batch * rows, width, width)
            + weighed(batch, queries, rows, width)
            + linear(batch * queries, width, width)
            + feed_forward(batch * queries, width, config.size("decoder_ffn_dim"));
    }
    // One class more stands for no object; boxes take two layers and one of four numbers.
    let found = batch * queries;
    let classes = linear(found, width, config.count("id2label") + 1);
    let boxes = 2 * linear(found, width, width) + linear(found, width, 4);
    all + classes + boxes
}

#[test]
fn detr_asks_a_picture_for_objects() {
    check("detr", &[("model", detr)]);
}
