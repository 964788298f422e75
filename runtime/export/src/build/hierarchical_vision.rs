//! Transformers over windows of image patches that are merged from stage to stage: Swin.

use serde_json::json;

use super::activation::Activation;
use super::heads::{Attended, Heads};
use super::map::{MOST_PATCHES, classified, staged, unfit};
use super::net::{Linear, Net};
use super::window::{Windows, squares};
use super::{Form, NamedGraph};
use crate::config::Config;
use crate::error::ExportError;
use crate::graph::{Axis, Dim, Sliding, Value};
use crate::recipe::HierarchicalVision;
use crate::weights::Weights;

/// Added to the scores of tokens that do not lie side by side in the image, as `SwinLayer` of transformers has it.
const APART: f32 = -100.0;

/// The sizes of the encoder and what the parts of its graph share.
struct Encoder<'a> {
    recipe: &'a HierarchicalVision,
    config: &'a Config,
    prefix: &'static str,
    depths: Vec<u64>,
    heads: Vec<u64>,
    width: u64,
    window: u64,
    ratio: f64,
    patch: u64,
    epsilon: f32,
    stage_epsilon: f32,
    activation: Activation,
    has_qkv_bias: bool,
}

/// Builds the graph: `pixel_values` `(batch, channels, height, width)`, all but the batch fixed; `logits` `(batch,
/// labels)` where there is a classifier, with `last_hidden_state` `(batch, patches, width)` before the final
/// normalisation; without one `last_hidden_state` after it and its mean as `pooler_output`.
pub(super) fn build(
    recipe: &HierarchicalVision,
    config: &Config,
    form: Form,
    weights: &mut Weights<'_>,
) -> Result<Vec<NamedGraph>, ExportError> {
    let first = format!("{}.weight", recipe.weights.patch_projection);
    let (prefix, classifier) = classified(
        recipe.prefix,
        &first,
        recipe.classifier,
        (config, form),
        weights,
    )?;
    let encoder = Encoder::new(recipe, config, prefix)?;
    let image = match form.image_size {
        Some(size) => size,
        None => config.pair(recipe.config.image_size)?,
    };
    let channels = config.size(recipe.config.channels)?;
    let mut net = Net::new(form, weights);
    let pixels = net.pixels(channels, Dim::Fixed(image.0), Dim::Fixed(image.1));
    let (hidden, grid) = net.scope("embeddings", |net| {
        encoder.embed(net, pixels, channels, image)
    })?;
    let hidden = net.scope("encoder", |net| encoder.stages(net, hidden, grid))?;
    let width = encoder.stage_width(encoder.depths.len() - 1);
    let norm = format!("{prefix}{}", recipe.weights.norm);
    let normed = net.norm(hidden, &norm, width, encoder.epsilon)?;
    let pooled = net.scope("pooler", |net| net.graph.mean_over(normed, &[1]))?;
    if let Some(classifier) = classifier {
        let logits = net.scope("classifier", |net| {
            net.rows(pooled, classifier, width, config.labels()?)
        })?;
        net.output("logits", logits);
        net.output("last_hidden_state", hidden);
    } else {
        net.output("last_hidden_state", normed);
        net.output("pooler_output", pooled);
    }
    Ok(vec![("model", net.finish())])
}

impl<'a> Encoder<'a> {
    fn new(
        recipe: &'a HierarchicalVision,
        config: &'a Config,
        prefix: &'static str,
    ) -> Result<Self, ExportError> {
        config.only("use_absolute_embeddings", &json!(false))?;
        let keys = &recipe.config;
        let depths = config.depths(keys.depths, None)?;
        let heads = config.sizes(keys.heads, Some(depths.len()))?;
        let width = config.size(keys.width)?;
        let fits = |(stage, heads): (usize, &u64)| (width << stage).is_multiple_of(*heads);
        if depths.len() > 16 || !heads.iter().enumerate().all(fits) {
            let widths = format!("divisors of {width} x 2^stage, for 16 stages at most");
            return Err(config.unexpected(keys.heads, &json!(heads), widths));
        }
        Ok(Self {
            recipe,
            config,
            prefix,
            depths,
            heads,
            width,
            window: config.size(keys.window)?,
            ratio: config.positive(keys.feed_forward_ratio)?,
            patch: config.size(keys.patch_size)?,
            epsilon: config.epsilon(keys.norm_eps)?,
            stage_epsilon: keys.stage_norm_eps as f32,
            activation: Activation::of(config, keys.activation)?,
            has_qkv_bias: config.flag("qkv_bias", true)?,
        })
    }

    const fn stage_width(&self, stage: usize) -> u64 {
        self.width << stage
    }

    /// Patches through a convolution, after zeros at the right and at the bottom where they do not tile the image.
    fn embed(
        &self,
        net: &mut Net<'_, '_>,
        pixels: Value,
        channels: u64,
        image: (u64, u64),
    ) -> Result<(Value, (u64, u64)), ExportError> {
        let Self { patch, width, .. } = *self;
        let grid = (image.0.div_ceil(patch), image.1.div_ceil(patch));
        if grid.0.saturating_mul(grid.1) > MOST_PATCHES {
            return Err(unfit(image, patch));
        }
        let (below, beside) = (grid.0 * patch - image.0, grid.1 * patch - image.1);
        let mut pixels = pixels;
        if below + beside > 0 {
            pixels = net
                .graph
                .pad(pixels, &[(2, 0, below), (3, 0, beside)], "padded")?;
        }
        let projection = format!("{}{}", self.prefix, self.recipe.weights.patch_projection);
        let conv = super::map::Conv::new(&projection, channels, width, Sliding::tiles(patch));
        let patches = net.conv(pixels, conv)?;
        let patches = net.sequence(patches)?;
        let norm = format!("{}{}", self.prefix, self.recipe.weights.embedding_norm);
        Ok((net.norm(patches, &norm, width, self.stage_epsilon)?, grid))
    }

    fn stages(
        &self,
        net: &mut Net<'_, '_>,
        embedded: Value,
        grid: (u64, u64),
    ) -> Result<Value, ExportError> {
        let (mut hidden, mut grid) = (embedded, grid);
        for (stage, &depth) in self.depths.iter().enumerate() {
            if stage > 0 {
                let scope = format!("merge.{}", stage - 1);
                hidden = net.scope(&scope, |net| self.merge(net, hidden, stage - 1, grid))?;
                grid = (grid.0.div_ceil(2), grid.1.div_ceil(2));
            }
            for layer in 0..depth {
                hidden = net.scope(&format!("stage.{stage}.layer.{layer}"), |net| {
                    self.block(net, hidden, (stage, layer), grid)
                })?;
            }
        }
        Ok(hidden)
    }

    fn block(
        &self,
        net: &mut Net<'_, '_>,
        x: Value,
        (stage, layer): (usize, u64),
        grid: (u64, u64),
    ) -> Result<Value, ExportError> {
        let names = &self.recipe.weights;
        let named = |name: &str| staged(self.prefix, name, stage, layer);
        let width = self.stage_width(stage);
        let x = net.scope("attention", |net| {
            let normed = net.norm(x, &named(names.norm_before), width, self.epsilon)?;
            let change = self.attend(net, normed, (stage, layer), grid)?;
            net.graph.add(change, x)
        })?;
        net.scope("feed_forward", |net| {
            let inner_width = (self.ratio * width as f64) as u64;
            let normed = net.norm(x, &named(names.norm_after), width, self.epsilon)?;
            let widen = named(names.intermediate);
            let inner = net.linear(normed, Linear::new(&widen, width, inner_width))?;
            let inner = self.activation.apply(net, inner)?;
            let narrow = named(names.output);
            let change = net.linear(inner, Linear::new(&narrow, inner_width, width))?;
            net.graph.add(change, x)
        })
    }

    /// Attention within windows, every second block's shifted by half a window. A grid no larger than a window is one
    /// window of its own.
    fn attend(
        &self,
        net: &mut Net<'_, '_>,
        x: Value,
        (stage, layer): (usize, u64),
        grid: (u64, u64),
    ) -> Result<Value, ExportError> {
        let is_whole = grid.0.min(grid.1) <= self.window;
        if grid.0.min(grid.1) < self.window {
            // The table of relative positions is as large as the window.
            let allowed = format!(
                "at most the {} x {} patches of stage {stage}",
                grid.0, grid.1
            );
            let key = self.recipe.config.window;
            return Err(self.config.unexpected(key, &json!(self.window), allowed));
        }
        let windows = Windows {
            grid,
            window: (self.window, self.window),
            shift: if is_whole || layer % 2 == 0 {
                0
            } else {
                self.window / 2
            },
        };
        let width = self.stage_width(stage);
        let (count, tokens) = (windows.count(), windows.tokens());
        let heads = self.heads[stage];
        let names = &self.recipe.weights;
        let named = |name: &str| staged(self.prefix, name, stage, layer);
        let label = format!("constant/windows/{}x{}/{}", grid.0, grid.1, windows.shift);
        let cut = net.regroup(x, &label, &windows.sources(), windows.is_padded())?;
        let split = [
            Axis::Keep,
            Axis::Size(count),
            Axis::Size(tokens),
            Axis::Size(width),
        ];
        let cut = net.graph.reshape(cut, &split)?;
        let mut biases = vec![self.relative_bias(net, &named(names.relative_bias), heads)];
        if windows.shift > 0 {
            let mask = windows.together().into_iter();
            let mask = mask
                .map(|together| if together { 0.0 } else { APART })
                .collect();
            let label = format!("constant/apart/{}x{}/{tokens}", grid.0, grid.1);
            biases.push(net.table(&label, vec![count, 1, tokens, tokens], mask));
        }
        let attention = Heads {
            query: named(names.query),
            key: named(names.key),
            value: named(names.value),
            output: named(names.attention_output),
            width,
            inner: width,
            count: heads,
            has_bias: self.has_qkv_bias,
        };
        let attended = attention.apply(net, Attended::itself(cut), &biases)?;
        let joined = [Axis::Keep, Axis::Size(count * tokens), Axis::Size(width)];
        let joined = net.graph.reshape(attended, &joined)?;
        net.regroup(joined, &format!("{label}/back"), &windows.returns(), false)
    }

    /// The bias of every pair of tokens of a window: `(heads, tokens, tokens)`.
    fn relative_bias(&self, net: &mut Net<'_, '_>, name: &str, heads: u64) -> Value {
        let tokens = self.window * self.window;
        let rows = Windows::relative_rows(self.window);
        let compute = move |tensors: &[Vec<f32>]| {
            let heads = heads as usize;
            let of_head = |head: usize| rows.iter().map(move |row| (row, head));
            let pairs = (0..heads).flat_map(of_head);
            pairs
                .map(|(row, head)| tensors[0][row * heads + head])
                .collect()
        };
        let table = vec![(2 * self.window - 1).pow(2), heads];
        net.computed(
            &format!("{name}.by_pair"),
            vec![heads, tokens, tokens],
            vec![(name.to_owned(), table)],
            Box::new(compute),
        )
    }

    /// Four neighbours put together and projected to twice the width.
    fn merge(
        &self,
        net: &mut Net<'_, '_>,
        x: Value,
        stage: usize,
        grid: (u64, u64),
    ) -> Result<Value, ExportError> {
        let width = self.stage_width(stage);
        let order = squares(grid);
        let is_odd = order.len() as u64 != grid.0 * grid.1;
        let label = format!("constant/squares/{}x{}", grid.0, grid.1);
        let fours = net.regroup(x, &label, &order, is_odd)?;
        let merged = [
            Axis::Keep,
            Axis::Size(order.len() as u64 / 4),
            Axis::Size(4 * width),
        ];
        let merged = net.graph.reshape(fours, &merged)?;
        let named = |name: &str| staged(self.prefix, name, stage, 0);
        let norm = named(self.recipe.weights.merge_norm);
        let normed = net.norm(merged, &norm, 4 * width, self.stage_epsilon)?;
        let layer = Linear {
            name: &named(self.recipe.weights.merge_reduction),
            from: 4 * width,
            to: 2 * width,
            has_bias: false,
        };
        net.linear(normed, layer)
    }
}
