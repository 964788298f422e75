//! Transformers over image patches: ViT, DeiT, DINOv2 and their like.

use serde_json::json;

use super::activation::Activation;
use super::attention::Attention;
use super::net::{Linear, Net, numbered};
use super::resize::resize_positions;
use super::variant::Variant;
use super::{Form, NamedGraph};
use crate::config::Config;
use crate::error::ExportError;
use crate::graph::{Axis, Dim, Element, Value};
use crate::recipe::{Classifier, VisionTransformer};
use crate::weights::Weights;

/// Images of more patches are refused: attention over them would need terabytes.
const MOST_PATCHES: u64 = 1 << 20;

/// The sizes of a vision transformer and what the parts of its graph share.
struct Encoder<'a> {
    recipe: &'a VisionTransformer,
    config: &'a Config,
    prefix: &'static str,
    hidden: u64,
    layers: u64,
    heads: u64,
    intermediate: u64,
    patch: u64,
    channels: u64,
    /// Height and width of the image in pixels.
    image: (u64, u64),
    epsilon: f32,
    activation: Activation,
    has_qkv_bias: bool,
}

/// Builds the graph: `pixel_values` `(batch, channels, height, width)`, all but the batch fixed,
/// because positions are baked in. With a classifier it returns `logits` and `last_hidden_state`
/// before the final normalisation; without one `last_hidden_state` after it and, in families that
/// have no classifier, the class token of it as `pooler_output`.
pub(super) fn build(
    recipe: &VisionTransformer,
    config: &Config,
    form: Form,
    weights: &mut Weights<'_>,
) -> Result<Vec<NamedGraph>, ExportError> {
    let variant = Variant::of_vision_transformer(recipe, config, form.head, weights)?;
    let mut net = Net::new(form, weights);
    fill(&mut net, recipe, config, &variant, form)?;
    Ok(vec![("model", net.finish())])
}

fn fill(
    net: &mut Net<'_, '_>,
    recipe: &VisionTransformer,
    config: &Config,
    variant: &Variant,
    form: Form,
) -> Result<(), ExportError> {
    let encoder = Encoder::new(recipe, config, variant, form.image_size)?;
    let shape = vec![
        Dim::Symbol("batch_size"),
        Dim::Fixed(encoder.channels),
        Dim::Fixed(encoder.image.0),
        Dim::Fixed(encoder.image.1),
    ];
    let pixels = net.graph.input("pixel_values", Element::Float32, shape);
    let pixels = net.graph.cast(pixels, net.graph.float());
    let embedded = net.scope("embeddings", |net| encoder.embed(net, pixels))?;
    let hidden = net.scope("encoder", |net| encoder.blocks(net, embedded))?;
    if let Some(classifier) = recipe.classifier.filter(|_| variant.has_head) {
        let logits = net.scope("classifier", |net| {
            encoder.classify(net, &classifier, hidden)
        })?;
        net.output("logits", logits);
        net.output("last_hidden_state", hidden);
        return Ok(());
    }
    let normed = encoder.final_norm(net, hidden)?;
    net.output("last_hidden_state", normed);
    if recipe.classifier.is_none() {
        let class_token = net.scope("pooler", |net| net.graph.pick(normed, 1, 0))?;
        net.output("pooler_output", class_token);
    }
    Ok(())
}

impl<'a> Encoder<'a> {
    fn new(
        recipe: &'a VisionTransformer,
        config: &'a Config,
        variant: &Variant,
        image_size: Option<(u64, u64)>,
    ) -> Result<Self, ExportError> {
        config.only("use_swiglu_ffn", &json!(false))?;
        let keys = &recipe.config;
        let hidden = config.size(keys.hidden_size)?;
        let patch = config.size(keys.patch_size)?;
        let image = match image_size {
            Some(size) => size,
            None => config.pair(keys.image_size)?,
        };
        grid(image, patch)?;
        let intermediate = config.feed_forward(keys.feed_forward, hidden)?;
        Ok(Self {
            recipe,
            config,
            prefix: variant.prefix,
            hidden,
            layers: config.layers(keys.layers)?,
            heads: config.divisor(keys.heads, hidden)?,
            intermediate,
            patch,
            channels: config.size(keys.channels)?,
            image,
            epsilon: config.epsilon(keys.norm_eps)?,
            activation: Activation::of(config, keys.activation)?,
            has_qkv_bias: config.flag("qkv_bias", true)?,
        })
    }

    /// Patches through a convolution, room for the leading tokens in front, positions and leading
    /// tokens added. Padding and one table take the place of the usual Expand and Concat, so that
    /// no shape is computed at run time.
    fn embed(&self, net: &mut Net<'_, '_>, pixels: Value) -> Result<Value, ExportError> {
        let Self { hidden, patch, .. } = *self;
        let projection = format!("{}{}", self.prefix, self.recipe.weights.patch_projection);
        let weight = [hidden, self.channels, patch, patch];
        let weight = net.tensor(&format!("{projection}.weight"), &weight);
        let bias = net.tensor(&format!("{projection}.bias"), &[hidden]);
        let table = self.position_table(net)?;
        let (rows, columns) = grid(self.image, patch)?;
        let graph = &mut net.graph;
        let patches = graph.patches(pixels, weight, Some(bias))?;
        let patches = graph.reshape(
            patches,
            &[Axis::Keep, Axis::Keep, Axis::Size(rows * columns)],
        )?;
        let patches = graph.transpose(patches, &[0, 2, 1])?;
        let leading = self.recipe.weights.leading_tokens.len() as u64;
        let padded = graph.pad_before(patches, 1, leading)?;
        graph.add(padded, table)
    }

    /// Positions for the image's grid, with the leading tokens added to theirs: `(1, leading +
    /// patches, hidden)`.
    fn position_table(&self, net: &mut Net<'_, '_>) -> Result<Value, ExportError> {
        let Self { prefix, hidden, .. } = *self;
        let names = &self.recipe.weights;
        let leading = names.leading_tokens.len() as u64;
        let trained = grid(self.config.pair(self.recipe.config.image_size)?, self.patch)?;
        let wanted = grid(self.image, self.patch)?;
        let name = format!("{prefix}{}", names.position_embeddings);
        let label = format!("{name}.with_tokens");
        let mut from = vec![(name, vec![1, leading + trained.0 * trained.1, hidden])];
        let token = |name: &&str| (format!("{prefix}{name}"), vec![1, 1, hidden]);
        from.extend(names.leading_tokens.iter().map(token));
        let compute = move |tensors: &[Vec<f32>]| {
            let (positions, tokens) = (&tensors[0], tensors[1..].concat());
            let (of_tokens, of_patches) = positions.split_at(tokens.len());
            let mut table: Vec<f32> = of_tokens
                .iter()
                .zip(&tokens)
                .map(|(place, token)| place + token)
                .collect();
            table.extend(resize_positions(
                of_patches,
                trained,
                wanted,
                hidden as usize,
            ));
            table
        };
        let shape = vec![1, leading + wanted.0 * wanted.1, hidden];
        Ok(net.computed(&label, shape, from, Box::new(compute)))
    }

    fn blocks(&self, net: &mut Net<'_, '_>, embedded: Value) -> Result<Value, ExportError> {
        let mut hidden = embedded;
        for layer in 0..self.layers {
            hidden = net.scope(&format!("layer.{layer}"), |net| {
                self.block(net, layer, hidden)
            })?;
        }
        Ok(hidden)
    }

    fn block(&self, net: &mut Net<'_, '_>, layer: u64, x: Value) -> Result<Value, ExportError> {
        let Self {
            hidden, epsilon, ..
        } = *self;
        let names = &self.recipe.weights;
        let named = |name| numbered(self.prefix, name, layer);
        let attention = Attention {
            query: named(names.query),
            key: named(names.key),
            value: named(names.value),
            output: named(names.attention_output),
            width: hidden,
            heads: self.heads,
            has_bias: self.has_qkv_bias,
            bias: None,
        };
        let x = net.scope("attention", |net| {
            let normed = net.norm(x, &named(names.norm_before), hidden, epsilon)?;
            let change = attention.apply(net, normed)?;
            let change = self.scaled(net, change, names.attention_scale.map(named))?;
            net.graph.add(change, x)
        })?;
        net.scope("feed_forward", |net| {
            let normed = net.norm(x, &named(names.norm_after), hidden, epsilon)?;
            let widen = named(names.intermediate);
            let inner = net.linear(normed, Linear::new(&widen, hidden, self.intermediate))?;
            let inner = self.activation.apply(net, inner)?;
            let narrow = named(names.output);
            let change = net.linear(inner, Linear::new(&narrow, self.intermediate, hidden))?;
            let change = self.scaled(net, change, names.output_scale.map(named))?;
            net.graph.add(change, x)
        })
    }

    /// Layer scale (Touvron et al., 2021, arXiv:2103.17239), where the family has it.
    fn scaled(
        &self,
        net: &mut Net<'_, '_>,
        x: Value,
        scale: Option<String>,
    ) -> Result<Value, ExportError> {
        let Some(scale) = scale else {
            return Ok(x);
        };
        let scale = net.tensor(&scale, &[self.hidden]);
        net.graph.mul(x, scale)
    }

    fn final_norm(&self, net: &mut Net<'_, '_>, x: Value) -> Result<Value, ExportError> {
        let name = format!("{}{}", self.prefix, self.recipe.weights.norm);
        net.norm(x, &name, self.hidden, self.epsilon)
    }

    /// The mean of the heads' logits, each from its own leading token: `(batch, labels)`.
    fn classify(
        &self,
        net: &mut Net<'_, '_>,
        classifier: &Classifier,
        hidden: Value,
    ) -> Result<Value, ExportError> {
        let labels = self.config.labels()?;
        let mut sum = None;
        for (token, name) in classifier.heads.iter().enumerate() {
            let token = net.graph.pick(hidden, 1, token as u64)?;
            let token = self.final_norm(net, token)?;
            let logits = net.rows(token, name, self.hidden, labels)?;
            sum = match sum {
                None => Some(logits),
                Some(sum) => Some(net.graph.add(sum, logits)?),
            };
        }
        let sum = sum.ok_or(ExportError::Recipe {
            part: "a classifier",
            field: "classifier.heads",
        })?;
        if classifier.heads.len() == 1 {
            return Ok(sum);
        }
        let count = net.graph.scalar(classifier.heads.len() as f64);
        net.graph.div(sum, count)
    }
}

/// Rows and columns of patches in an image.
pub(super) fn grid((height, width): (u64, u64), patch: u64) -> Result<(u64, u64), ExportError> {
    let (rows, columns) = (height / patch, width / patch);
    let tiles = height.is_multiple_of(patch) && width.is_multiple_of(patch);
    if tiles && (1..=MOST_PATCHES).contains(&rows.saturating_mul(columns)) {
        return Ok((rows, columns));
    }
    Err(ExportError::ImageSize {
        height,
        width,
        patch,
        most: MOST_PATCHES,
    })
}
