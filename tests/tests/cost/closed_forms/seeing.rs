//! LLaVA and LLaVA-NeXT: a tower that sees, a projector, and a decoder.

use super::decoders::decoder;
use super::{Config, check, encoder, linear, patches, rows_of_picture};
use crate::graphs::Lengths;

/// The tower up to the layer whose states are read, and two layers that project its patches.
fn vision(config: &Config, lengths: Lengths) -> u64 {
    let tower = config.part("vision_config");
    let read = config.0["vision_feature_layer"].as_i64().unwrap();
    let layers = tower
        .size("num_hidden_layers")
        .checked_add_signed(read + 1)
        .unwrap();
    let rows = rows_of_picture(&tower);
    let (width, inner) = (tower.size("hidden_size"), tower.size("intermediate_size"));
    let text = config.part("text_config").size("hidden_size");
    let seen = lengths.batch * (rows - 1);
    patches(lengths.batch, &tower, 3)
        + encoder(layers, lengths.batch, rows, width, inner)
        + linear(seen, width, text)
        + linear(seen, text, text)
}

#[test]
fn llava_sees_with_all_layers_but_the_last() {
    for family in ["llava", "llava_next"] {
        check(
            family,
            &[
                ("vision_encoder", vision),
                // A table is read.
                ("embed_tokens", |_, _| 0),
                ("decoder_model_merged", |config, lengths| {
                    decoder(&config.part("text_config"), lengths)
                }),
            ],
        );
    }
}
