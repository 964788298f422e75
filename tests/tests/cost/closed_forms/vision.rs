//! ViT.

use super::{Config, check, encoder, linear, patches, rows_of_picture};
use crate::graphs::Lengths;

fn vit(config: &Config, lengths: Lengths) -> u64 {
    let width = config.size("hidden_size");
    let layers = config.size("num_hidden_layers");
    let inner = config.size("intermediate_size");
    let classes = linear(lengths.batch, width, config.count("id2label"));
    patches(lengths.batch, config, config.size("num_channels"))
        + encoder(layers, lengths.batch, rows_of_picture(config), width, inner)
        + classes
}

#[test]
fn vit_is_an_encoder_of_patches() {
    check("vit", &[("model", vit)]);
}
