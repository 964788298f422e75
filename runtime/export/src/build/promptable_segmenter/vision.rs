//! The image encoder: blocks that attend within windows or to the whole image, and two convolutions.

use serde_json::json;

use super::embedded_place;
use super::relative::Square;
use crate::build::Form;
use crate::build::activation::Activation;
use crate::build::map::{Conv, MOST_PATCHES, unfit};
use crate::build::net::{Linear, Net, numbered};
use crate::build::window::Windows;
use crate::config::Config;
use crate::error::ExportError;
use crate::graph::{Axis, Dim, Graph, Sliding, Value};
use crate::recipe::PromptableSegmenter;
use crate::weights::Weights;

/// The sizes of the image encoder and what the parts of its graph share.
pub(super) struct Vision<'a> {
    recipe: &'a PromptableSegmenter,
    width: u64,
    output: u64,
    layers: u64,
    heads: u64,
    feed_forward: u64,
    channels: u64,
    image: u64,
    patch: u64,
    window: u64,
    whole: Vec<u64>,
    frequencies: u64,
    activation: Activation,
    epsilon: f32,
    has_qkv_bias: bool,
    has_positions: bool,
    has_relative_positions: bool,
}

impl<'a> Vision<'a> {
    pub(super) fn new(
        recipe: &'a PromptableSegmenter,
        config: &Config,
    ) -> Result<Self, ExportError> {
        let keys = &recipe.config;
        let config = config.section(keys.vision)?;
        let width = config.size(keys.width)?;
        let (image, patch) = (config.size("image_size")?, config.size("patch_size")?);
        let side = image / patch;
        if !image.is_multiple_of(patch) || side * side > MOST_PATCHES {
            return Err(unfit((image, image), patch));
        }
        let output = config.size("output_channels")?;
        let frequencies = config.size("num_pos_feats")?;
        if 2 * frequencies != output {
            let allowed = format!("half of `output_channels`, {output}");
            return Err(config.unexpected("num_pos_feats", &json!(frequencies), allowed));
        }
        Ok(Self {
            recipe,
            width,
            output,
            layers: config.layers(keys.layers)?,
            heads: config.divisor(keys.heads, width)?,
            feed_forward: match config.number(keys.feed_forward, 0.0)? {
                0.0 => config.multiple("mlp_ratio", width)?,
                _ => config.size(keys.feed_forward)?,
            },
            channels: config.size("num_channels")?,
            image,
            patch,
            window: config.number("window_size", 0.0)? as u64,
            whole: config.layer_numbers("global_attn_indexes")?,
            frequencies,
            activation: Activation::of(&config, keys.activation)?,
            epsilon: config.epsilon(keys.norm_eps)?,
            has_qkv_bias: config.flag("qkv_bias", true)?,
            has_positions: config.flag("use_abs_pos", true)?,
            has_relative_positions: config.flag("use_rel_pos", true)?,
        })
    }

    /// Rows, columns and width of the map that comes out.
    pub(super) const fn grid(&self) -> (u64, u64) {
        (self.image / self.patch, self.output)
    }

    pub(super) fn build(
        &self,
        form: Form,
        weights: &mut Weights<'_>,
    ) -> Result<Graph, ExportError> {
        let mut net = Net::new(form, weights);
        let side = Dim::Fixed(self.image);
        let pixels = net.pixels(self.channels, side, side);
        let hidden = net.scope("embeddings", |net| self.embed(net, pixels))?;
        let mut hidden = hidden;
        for layer in 0..self.layers {
            hidden = net.scope(&format!("layer.{layer}"), |net| {
                self.block(net, hidden, layer)
            })?;
        }
        let map = net.scope("neck", |net| self.neck(net, hidden))?;
        let positions = net.scope("positions", |net| {
            let table = self.positions(net);
            net.graph.repeated(table, map)
        })?;
        net.output("image_embeddings", map);
        net.output("image_positional_embeddings", positions);
        Ok(net.finish())
    }

    fn embed(&self, net: &mut Net<'_, '_>, pixels: Value) -> Result<Value, ExportError> {
        let names = &self.recipe.weights;
        let sliding = Sliding::tiles(self.patch);
        let conv = Conv::new(names.patch_projection, self.channels, self.width, sliding);
        let patches = net.conv(pixels, conv)?;
        let patches = net.sequence(patches)?;
        if !self.has_positions {
            return Ok(patches);
        }
        let (side, _) = self.grid();
        let table = net.computed(
            &format!("{}.sequence", names.position_embeddings),
            vec![1, side * side, self.width],
            vec![(
                names.position_embeddings.to_owned(),
                vec![1, side, side, self.width],
            )],
            Box::new(|tensors| tensors[0].clone()),
        );
        net.graph.add(patches, table)
    }

    fn block(&self, net: &mut Net<'_, '_>, x: Value, layer: u64) -> Result<Value, ExportError> {
        let block = numbered("", self.recipe.weights.vision_block, layer);
        let width = self.width;
        let x = net.scope("attention", |net| {
            let norm = format!("{block}.layer_norm1");
            let normed = net.norm(x, &norm, width, self.epsilon)?;
            let name = format!("{block}.attn");
            let is_whole = self.window == 0 || self.whole.contains(&layer);
            let change = if is_whole {
                self.attend(net, normed, &name, self.square(self.grid().0, "batch_size"))?
            } else {
                self.attend_in_windows(net, normed, &name)?
            };
            net.graph.add(change, x)
        })?;
        net.scope("feed_forward", |net| {
            let normed = net.norm(x, &format!("{block}.layer_norm2"), width, self.epsilon)?;
            let widen = format!("{block}.mlp.lin1");
            let inner = net.linear(normed, Linear::new(&widen, width, self.feed_forward))?;
            let inner = self.activation.apply(net, inner)?;
            let narrow = format!("{block}.mlp.lin2");
            let change = net.linear(inner, Linear::new(&narrow, self.feed_forward, width))?;
            net.graph.add(change, x)
        })
    }

    fn square(&self, side: u64, count: &'static str) -> Square {
        Square {
            side,
            heads: self.heads,
            head_width: self.width / self.heads,
            count,
        }
    }

    fn attend_in_windows(
        &self,
        net: &mut Net<'_, '_>,
        x: Value,
        name: &str,
    ) -> Result<Value, ExportError> {
        let (side, _) = self.grid();
        let windows = Windows {
            grid: (side, side),
            window: (self.window, self.window),
            shift: 0,
        };
        let label = "constant/windows";
        let cut = net.regroup(x, label, &windows.sources(), windows.is_padded())?;
        let (tokens, width) = (Axis::Size(windows.tokens()), Axis::Size(self.width));
        let cut = net
            .graph
            .reshape(cut, &[Axis::Rest("windows"), tokens, width])?;
        let attended = self.attend(net, cut, name, self.square(self.window, "windows"))?;
        let all = Axis::Size(windows.count() * windows.tokens());
        let joined = [Axis::Rest("batch_size"), all, width];
        let joined = net.graph.reshape(attended, &joined)?;
        net.regroup(joined, "constant/windows/back", &windows.returns(), false)
    }

    /// Attention of squares of tokens `(squares, tokens, width)` to themselves.
    fn attend(
        &self,
        net: &mut Net<'_, '_>,
        x: Value,
        name: &str,
        square: Square,
    ) -> Result<Value, ExportError> {
        let packed = Linear {
            name: &format!("{name}.qkv"),
            from: self.width,
            to: 3 * self.width,
            has_bias: self.has_qkv_bias,
        };
        let packed = net.linear(x, packed)?;
        let heads = [
            Axis::Keep,
            Axis::Keep,
            Axis::Size(3),
            Axis::Size(self.heads),
            Axis::Size(square.head_width),
        ];
        let graph = &mut net.graph;
        let packed = graph.reshape(packed, &heads)?;
        let packed = graph.transpose(packed, &[2, 0, 3, 1, 4])?;
        let query = graph.pick(packed, 0, 0)?;
        let key = graph.pick(packed, 0, 1)?;
        let value = graph.pick(packed, 0, 2)?;
        let key = graph.transpose(key, &[0, 1, 3, 2])?;
        let root = graph.scalar((square.head_width as f64).sqrt());
        let scaled = graph.div(query, root)?;
        let mut scores = graph.matmul(scaled, key)?;
        if self.has_relative_positions {
            let bias = net.scope("relative", |net| square.bias(net, query, name))?;
            scores = net.graph.add(scores, bias)?;
        }
        let graph = &mut net.graph;
        let shares = graph.softmax(scores)?;
        let context = graph.matmul(shares, value)?;
        let context = graph.transpose(context, &[0, 2, 1, 3])?;
        let joined = [Axis::Keep, Axis::Keep, Axis::Size(self.width)];
        let context = graph.reshape(context, &joined)?;
        let output = format!("{name}.proj");
        net.linear(context, Linear::new(&output, self.width, self.width))
    }

    fn neck(&self, net: &mut Net<'_, '_>, hidden: Value) -> Result<Value, ExportError> {
        let neck = self.recipe.weights.neck;
        let epsilon = self.recipe.config.stage_norm_eps as f32;
        let (side, output) = self.grid();
        let mut map = net.map(hidden, (side, side))?;
        let kernels = [(1, self.width, 1), (2, output, 3)];
        for (number, from, kernel) in kernels {
            let name = format!("{neck}.conv{number}");
            let conv = Conv {
                has_bias: false,
                ..Conv::new(&name, from, output, Sliding::same(kernel))
            };
            map = net.conv(map, conv)?;
            let norm = format!("{neck}.layer_norm{number}");
            map = net.map_norm(map, &norm, output, epsilon)?;
        }
        Ok(map)
    }

    /// Embeddings of the middles of all places: `(1, width, rows, columns)`.
    fn positions(&self, net: &mut Net<'_, '_>) -> Value {
        let name = self.recipe.weights.shared_positions;
        let (side, output) = self.grid();
        let compute = move |tensors: &[Vec<f32>]| {
            let (sides, width) = (side as usize, output as usize);
            let mut table = vec![0.0; width * sides * sides];
            for place in 0..sides * sides {
                let share = |index: usize| (index as f32 + 0.5) / side as f32;
                let at = [share(place % sides), share(place / sides)];
                for (channel, value) in embedded_place(at, &tensors[0]).into_iter().enumerate() {
                    table[channel * sides * sides + place] = value;
                }
            }
            table
        };
        net.computed(
            &format!("{name}.of_places"),
            vec![1, output, side, side],
            vec![(name.to_owned(), vec![2, self.frequencies])],
            Box::new(compute),
        )
    }
}
