//! The mask decoder: tokens of prompts and masks and the places of the image attend to each other.

use serde_json::json;

use super::prompt::{Prompts, Tokens};
use crate::build::Form;
use crate::build::activation::Activation;
use crate::build::heads::{Attended, Heads};
use crate::build::net::{Linear, Net, numbered};
use crate::config::Config;
use crate::error::ExportError;
use crate::graph::{Dim, Element, Graph, Value};
use crate::recipe::PromptableSegmenter;
use crate::weights::Weights;

/// The sizes of the decoder and what the parts of its graph share.
pub(super) struct Decoder<'a> {
    pub(super) recipe: &'a PromptableSegmenter,
    pub(super) width: u64,
    /// Rows and columns of the image's map.
    pub(super) side: u64,
    /// Side of the prepared image in pixels.
    pub(super) image: u64,
    pub(super) layers: u64,
    pub(super) heads: u64,
    pub(super) narrowed: u64,
    pub(super) feed_forward: u64,
    pub(super) masks: u64,
    pub(super) score_width: u64,
    pub(super) score_depth: u64,
    pub(super) activation: Activation,
    pub(super) epsilon: f32,
}

/// Tokens and places on their way through the blocks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pair {
    pub(super) tokens: Value,
    pub(super) places: Value,
}

/// What is added to both before they attend.
#[derive(Debug, Clone, Copy)]
struct Positions {
    of: Pair,
    /// What is added to the scores of tokens as keys, `(batch, prompts, 1, 1, tokens)`.
    bias: Value,
}

impl<'a> Decoder<'a> {
    pub(super) fn new(
        recipe: &'a PromptableSegmenter,
        config: &Config,
        (side, width): (u64, u64),
    ) -> Result<Self, ExportError> {
        let keys = &recipe.config;
        let prompt = config.section(keys.prompt)?;
        let config = config.section(keys.decoder)?;
        for section in [&prompt, &config] {
            section.only(keys.width, &json!(width))?;
        }
        let rate = config.divisor("attention_downsample_rate", width)?;
        let narrowed = width / rate;
        if !width.is_multiple_of(8) {
            let allowed = "multiples of 8".to_owned();
            return Err(config.unexpected(keys.width, &json!(width), allowed));
        }
        Ok(Self {
            recipe,
            width,
            side,
            image: prompt.size("image_size")?,
            layers: config.layers(keys.layers)?,
            heads: config.divisor(keys.heads, narrowed)?,
            narrowed,
            feed_forward: config.size(keys.feed_forward)?,
            masks: config.layers("num_multimask_outputs")?,
            score_width: config.size("iou_head_hidden_dim")?,
            score_depth: config.layers("iou_head_depth")?.max(2),
            activation: Activation::of(&config, keys.activation)?,
            epsilon: config.epsilon(keys.norm_eps)?,
        })
    }

    pub(super) fn build(
        &self,
        form: Form,
        weights: &mut Weights<'_>,
    ) -> Result<Graph, ExportError> {
        let mut net = Net::new(form, weights);
        // The last name tells whoever opens the graph that labels of corners are taken.
        let [batch, prompts, points] = [
            "batch_size",
            "point_batch_size",
            "nb_points_and_corners_per_image",
        ]
        .map(Dim::Symbol);
        let shape = vec![batch, prompts, points, Dim::Fixed(2)];
        let given_points = net.graph.input("input_points", Element::Float32, shape);
        let given_labels = net
            .graph
            .input("input_labels", form.ids, vec![batch, prompts, points]);
        let side = Dim::Fixed(self.side);
        let mut map = |name: &str| {
            let shape = vec![batch, Dim::Fixed(self.width), side, side];
            let map = net.graph.input(name, Element::Float32, shape);
            net.graph.cast(map, net.graph.float())
        };
        let maps = [map("image_embeddings"), map("image_positional_embeddings")];
        let prompts = Prompts {
            recipe: self.recipe,
            width: self.width,
            image: self.image,
        };
        let given = net.scope("prompts", |net| {
            prompts.embed(net, given_points, given_labels)
        })?;
        let (pair, positions) = net.scope("tokens", |net| self.begin(net, given, maps))?;
        let pair = net.scope("transformer", |net| self.transform(net, pair, positions))?;
        let scores = net.scope("scores", |net| self.scores(net, pair.tokens))?;
        let masks = net.scope("masks", |net| self.masks(net, pair))?;
        net.output("iou_scores", scores);
        net.output("pred_masks", masks);
        Ok(net.finish())
    }

    /// The decoder's own tokens before those of the prompts, and the image's places as a sequence.
    fn begin(
        &self,
        net: &mut Net<'_, '_>,
        given: Tokens,
        maps: [Value; 2],
    ) -> Result<(Pair, Positions), ExportError> {
        let names = &self.recipe.weights;
        let own = self.masks + 2;
        let table = net.computed(
            "constant/own_tokens",
            vec![own, self.width],
            vec![
                (names.score_token.to_owned(), vec![1, self.width]),
                (names.mask_tokens.to_owned(), vec![own - 1, self.width]),
            ],
            Box::new(<[Vec<f32>]>::concat),
        );
        let no_mask = net.tensor(names.no_mask, &[1, self.width]);
        let [embedded, places] = maps;
        let embedded = net.sequence(embedded)?;
        let places = net.sequence(places)?;
        let graph = &mut net.graph;
        let own_tokens = graph.add(given.zero, table)?;
        let tokens = [own_tokens, given.states];
        let tokens = graph.concat(&tokens, 2, Dim::Symbol("tokens"))?;
        let bias = graph.pad(given.bias, &[(2, own, 0)], "tokens")?;
        let bias = graph.unsqueeze(bias, &[2, 3])?;
        let embedded = graph.add(embedded, no_mask)?;
        let embedded = graph.unsqueeze(embedded, &[1])?;
        let places = graph.unsqueeze(places, &[1])?;
        let pair = Pair {
            tokens,
            places: embedded,
        };
        let of = Pair { tokens, places };
        Ok((pair, Positions { of, bias }))
    }

    fn transform(
        &self,
        net: &mut Net<'_, '_>,
        begun: Pair,
        positions: Positions,
    ) -> Result<Pair, ExportError> {
        let mut pair = begun;
        for layer in 0..self.layers {
            pair = net.scope(&format!("layer.{layer}"), |net| {
                self.block(net, pair, positions, layer)
            })?;
        }
        net.scope("final", |net| {
            let attended = placed(net, pair, positions)?;
            let name = self.recipe.weights.final_attention;
            let change = self.heads(name, self.narrowed).apply(net, attended, &[])?;
            let tokens = net.graph.add(pair.tokens, change)?;
            let epsilon = self.recipe.config.final_norm_eps as f32;
            let norm = self.recipe.weights.final_norm;
            let tokens = net.norm(tokens, norm, self.width, epsilon)?;
            Ok(Pair { tokens, ..pair })
        })
    }

    /// Tokens attend to themselves, then to the image, pass a feed-forward part, and the image attends to them. In the
    /// first block the tokens are their own positions.
    fn block(
        &self,
        net: &mut Net<'_, '_>,
        pair: Pair,
        positions: Positions,
        layer: u64,
    ) -> Result<Pair, ExportError> {
        let Pair { tokens, places } = pair;
        let block = numbered("", self.recipe.weights.decoder_block, layer);
        let named = |part: &str| format!("{block}.{part}");
        let norm = |net: &mut Net<'_, '_>, x: Value, number: u64| {
            let name = named(&format!("layer_norm{number}"));
            net.norm(x, &name, self.width, self.epsilon)
        };
        let tokens = net.scope("self", |net| {
            let attention = self.heads(&named("self_attn"), self.width);
            let attended = if layer == 0 {
                Attended::itself(tokens)
            } else {
                let placed = net.graph.add(tokens, positions.of.tokens)?;
                Attended {
                    query: placed,
                    key: placed,
                    value: tokens,
                }
            };
            let change = attention.apply(net, attended, &[positions.bias])?;
            let sum = if layer == 0 {
                change
            } else {
                net.graph.add(tokens, change)?
            };
            norm(net, sum, 1)
        })?;
        let tokens = net.scope("to_image", |net| {
            let attended = placed(net, Pair { tokens, places }, positions)?;
            let attention = self.heads(&named("cross_attn_token_to_image"), self.narrowed);
            let change = attention.apply(net, attended, &[])?;
            let sum = net.graph.add(tokens, change)?;
            norm(net, sum, 2)
        })?;
        let tokens = net.scope("feed_forward", |net| {
            let widen = named("mlp.lin1");
            let inner = net.linear(tokens, Linear::new(&widen, self.width, self.feed_forward))?;
            let inner = self.activation.apply(net, inner)?;
            let narrow = named("mlp.lin2");
            let change = net.linear(inner, Linear::new(&narrow, self.feed_forward, self.width))?;
            let sum = net.graph.add(tokens, change)?;
            norm(net, sum, 3)
        })?;
        let places = net.scope("to_tokens", |net| {
            let placed = placed(net, Pair { tokens, places }, positions)?;
            let attended = Attended {
                query: placed.key,
                key: placed.query,
                value: tokens,
            };
            let attention = self.heads(&named("cross_attn_image_to_token"), self.narrowed);
            let change = attention.apply(net, attended, &[positions.bias])?;
            let sum = net.graph.add(places, change)?;
            norm(net, sum, 4)
        })?;
        Ok(Pair { tokens, places })
    }

    fn heads(&self, name: &str, inner: u64) -> Heads {
        let named = |part: &str| format!("{name}.{part}");
        Heads {
            query: named("q_proj"),
            key: named("k_proj"),
            value: named("v_proj"),
            output: named("out_proj"),
            width: self.width,
            inner,
            count: self.heads,
            has_bias: true,
        }
    }
}

/// Tokens with their positions attend to places with theirs.
fn placed(
    net: &mut Net<'_, '_>,
    pair: Pair,
    positions: Positions,
) -> Result<Attended, ExportError> {
    Ok(Attended {
        query: net.graph.add(pair.tokens, positions.of.tokens)?,
        key: net.graph.add(pair.places, positions.of.places)?,
        value: pair.places,
    })
}
