//! The sizes of a decoder, read from config.json and checked.

use serde_json::Value as Json;

use crate::build::activation::Activation;
use crate::config::Config;
use crate::error::ExportError;
use crate::recipe::{Bias, Decoder, MatrixStorage, Window};

/// The sizes of a decoder and its switches.
#[derive(Debug)]
pub(super) struct Sizes {
    pub(super) hidden: u64,
    pub(super) layers: u64,
    pub(super) heads: u64,
    pub(super) key_value_heads: u64,
    pub(super) head_width: u64,
    pub(super) intermediate: u64,
    pub(super) vocabulary: u64,
    pub(super) positions: u64,
    pub(super) epsilon: f32,
    pub(super) activation: Activation,
    pub(super) storage: MatrixStorage,
    pub(super) biases: Biases,
    pub(super) is_tied: bool,
    /// Tokens that attention sees, and the first block that is so limited.
    pub(super) window: Option<(u64, u64)>,
}

/// Which linear layers have a bias.
#[derive(Debug, Clone, Copy)]
pub(super) struct Biases {
    /// Query, key and value.
    pub(super) in_projections: bool,
    /// Attention's output projection.
    pub(super) in_output: bool,
    pub(super) in_feed_forward: bool,
}

impl Sizes {
    pub(super) fn read(recipe: &Decoder, config: &Config) -> Result<Self, ExportError> {
        let keys = &recipe.config;
        for &(key, allowed) in keys.only {
            config.only(key, &serde_json::from_str(allowed).unwrap_or(Json::Null))?;
        }
        let hidden = config.size(keys.hidden_size)?;
        let heads = config.size(keys.heads)?;
        let head_width = match keys.head_width.filter(|key| config.find(key).is_some()) {
            Some(key) => config.size(key)?,
            None => hidden / config.divisor(keys.heads, hidden)?,
        };
        let key_value_heads = match keys
            .key_value_heads
            .filter(|key| config.find(key).is_some())
        {
            Some(key) => config.divisor(key, heads)?,
            None => heads,
        };
        let intermediate = match config.find(keys.intermediate_size) {
            Some(_) => config.size(keys.intermediate_size)?,
            None => 4 * hidden,
        };
        let has = |bias| match bias {
            Bias::Always => Ok(true),
            Bias::Never => Ok(false),
            Bias::Key(key) => config.flag(key, false),
        };
        Ok(Self {
            hidden,
            layers: config.layers(keys.layers)?,
            heads,
            key_value_heads,
            head_width,
            intermediate,
            vocabulary: config.size("vocab_size")?,
            positions: config.size(keys.positions)?,
            epsilon: config.epsilon(keys.norm_eps)?,
            activation: Activation::of(config, keys.activation)?,
            storage: recipe.storage,
            biases: Biases {
                in_projections: has(keys.qkv_bias)?,
                in_output: has(keys.output_bias)?,
                in_feed_forward: has(keys.feed_forward_bias)?,
            },
            is_tied: config.flag("tie_word_embeddings", keys.is_tied)?,
            window: keys.window.map_or(Ok(None), |keys| window(keys, config))?,
        })
    }

    /// Width of the queries of all heads.
    pub(super) fn query_width(&self) -> u64 {
        self.heads * self.head_width
    }

    /// Width of the keys, or of the values, of all heads.
    pub(super) fn key_width(&self) -> u64 {
        self.key_value_heads * self.head_width
    }

    /// Query heads that share a head of keys and values.
    pub(super) fn group(&self) -> u64 {
        self.heads / self.key_value_heads
    }

    /// The window of a block.
    pub(super) fn window_of(&self, layer: u64) -> Option<u64> {
        let (size, first) = self.window?;
        (layer >= first).then_some(size)
    }
}

fn window(keys: Window, config: &Config) -> Result<Option<(u64, u64)>, ExportError> {
    let is_on = keys
        .switch
        .map_or(Ok(true), |key| config.flag(key, false))?;
    if !is_on || config.find(keys.size).is_none() {
        return Ok(None);
    }
    let first = keys.first_layer.map_or(Ok(0), |key| config.token(key))?;
    Ok(Some((config.size(keys.size)?, first)))
}
