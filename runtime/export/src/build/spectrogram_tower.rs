//! The hierarchical transformer over spectrograms of CLAP (Chen et al., 2022, arXiv:2202.00874), as transformers'
//! `ClapAudioEncoder` has it.

use serde_json::Value as Json;

use super::activation::Activation;
use super::batch_norm;
use super::net::{Linear, Net, numbered};
use super::patch_merging::PatchMerging;
use super::spectrogram_fusion::{CLIPS, Fusion};
use super::spectrogram_window::WindowAttention;
use super::window::Windows;
use crate::config::Config;
use crate::error::ExportError;
use crate::graph::{Axis, Dim, Element, Reduction, Stride, Value};
use crate::recipe::SpectrogramTower;

/// Torch's own epsilon, which all normalisations outside of blocks have.
const EPSILON: f32 = 1e-5;

/// More stages than this are refused.
const MOST_STAGES: usize = 16;

/// More patches than this are refused: the tables of windows would need gigabytes.
const MOST_PATCHES: u64 = 1 << 16;

/// The sizes of the tower and what the parts of its graph share.
pub(super) struct Tower<'a> {
    recipe: &'a SpectrogramTower,
    config: &'a Config,
    mel_bins: u64,
    /// Side of the square that a spectrogram is folded to.
    side: u64,
    patch: (u64, u64),
    step: (u64, u64),
    /// Width of an embedded patch.
    width: u64,
    /// Blocks of each stage.
    depths: Vec<u64>,
    /// Heads of each stage.
    heads: Vec<u64>,
    window: u64,
    epsilon: f32,
    activation: Activation,
    is_fused: bool,
}

/// What the tower gives.
pub(super) struct Heard {
    /// `(batch, width, bins, frames)`.
    pub(super) hidden: Value,
    /// Their mean, `(batch, width)`.
    pub(super) pooled: Value,
}

impl<'a> Tower<'a> {
    pub(super) fn new(
        recipe: &'a SpectrogramTower,
        config: &'a Config,
    ) -> Result<Self, ExportError> {
        let depths = config.sizes_up_to("depths", MOST_STAGES)?;
        let tower = Self {
            recipe,
            config,
            mel_bins: config.size("num_mel_bins")?,
            side: config.size("spec_size")?,
            patch: config.pair("patch_size")?,
            step: config.pair("patch_stride")?,
            width: config.size("patch_embeds_hidden_size")?,
            heads: config.as_many("num_attention_heads", &depths)?,
            depths,
            window: config.size("window_size")?,
            epsilon: config.epsilon(recipe.norm_eps)?,
            activation: Activation::of(config, "hidden_act")?,
            is_fused: config.flag("enable_fusion", false)?,
        };
        tower.check()?;
        Ok(tower)
    }

    /// Refuses sizes that do not go together.
    fn check(&self) -> Result<(), ExportError> {
        let refuse = |key: &str, found: Json, allowed: String| {
            Err(self.config.unexpected(key, &found, allowed))
        };
        if !self.side.is_multiple_of(self.mel_bins) || !self.side.is_multiple_of(self.ratio()) {
            let allowed = format!("divisors of the square's {}", self.side);
            return refuse("num_mel_bins", self.mel_bins.into(), allowed);
        }
        if self.patch.0 < self.step.0 || self.patch.1 < self.step.1 {
            let allowed = "steps no larger than a patch".to_owned();
            return refuse(
                "patch_stride",
                vec![self.step.0, self.step.1].into(),
                allowed,
            );
        }
        if self.is_fused {
            self.config
                .only("flatten_patch_embeds", &Json::from(true))?;
            if self
                .config
                .name("fusion_type")
                .is_ok_and(|name| name == "channel_map")
            {
                return refuse(
                    "fusion_type",
                    "channel_map".into(),
                    "fusion by weighing".to_owned(),
                );
            }
        }
        let patches = (self.side / self.step.0).saturating_mul(self.side / self.step.1);
        if !(1..=MOST_PATCHES).contains(&patches) {
            let allowed = format!("squares of 1 to {MOST_PATCHES} patches");
            return refuse("spec_size", self.side.into(), allowed);
        }
        for (stage, &heads) in self.heads.iter().enumerate() {
            if !self.width_of(stage).is_multiple_of(heads) {
                let allowed = format!("divisors of each stage's width, {} at first", self.width);
                return refuse("num_attention_heads", self.heads.clone().into(), allowed);
            }
        }
        Ok(())
    }

    /// Strips that a spectrogram is cut into on its way to a square.
    fn ratio(&self) -> u64 {
        self.side / self.mel_bins
    }

    fn width_of(&self, stage: usize) -> u64 {
        self.width << stage
    }

    /// Width of what comes out.
    pub(super) fn output_width(&self) -> u64 {
        self.width_of(self.depths.len() - 1)
    }

    /// Adds `input_features` `(batch, channels, time, mel)`, one channel, or where the checkpoint fuses four and
    /// `is_longer` `(batch, 1)`.
    pub(super) fn build(&self, net: &mut Net<'_, '_>) -> Result<Heard, ExportError> {
        let batch = Dim::Symbol("audio_batch_size");
        let channels = if self.is_fused { 1 + CLIPS } else { 1 };
        let shape = vec![
            batch,
            Dim::Fixed(channels),
            Dim::Symbol("time_length"),
            Dim::Fixed(self.mel_bins),
        ];
        let features = net.graph.input("input_features", Element::Float32, shape);
        let is_longer = self.is_fused.then(|| {
            net.graph
                .input("is_longer", Element::Bool, vec![batch, Dim::Fixed(1)])
        });
        net.scope("audio", |net| {
            let picture = net.scope("fold", |net| self.fold(net, features, channels))?;
            let mut x = net.scope("patch_embed", |net| self.embed(net, picture, is_longer))?;
            let mut grid = (self.side / self.step.0, self.side / self.step.1);
            for stage in 0..self.depths.len() {
                (x, grid) = net.scope(&format!("stage.{stage}"), |net| {
                    self.stage(net, stage, x, grid)
                })?;
            }
            let norm = self.named(self.recipe.weights.norm);
            let normed = net.norm(x, &norm, self.output_width(), EPSILON)?;
            let pooled = net.graph.reduce(Reduction::Mean, normed, 1, false)?;
            let hidden = self.unfold(net, normed, grid)?;
            Ok(Heard { hidden, pooled })
        })
    }

    fn named(&self, name: &str) -> String {
        format!("{}{name}", self.recipe.prefix)
    }

    fn numbered(&self, name: &str, stage: usize, layer: u64) -> String {
        let name = name.replace("{stage}", &stage.to_string());
        numbered(self.recipe.prefix, &name, layer)
    }

    /// A spectrogram normalised, stretched and folded to a square: `(batch, channels, side, side)`.
    fn fold(
        &self,
        net: &mut Net<'_, '_>,
        features: Value,
        channels: u64,
    ) -> Result<Value, ExportError> {
        let norm = self.named(self.recipe.weights.mel_norm);
        let (scale, shift) = batch_norm::affine(net, &norm, self.mel_bins);
        let (ratio, long) = (self.ratio(), self.side * self.ratio());
        let graph = &mut net.graph;
        let x = graph.cast(features, graph.float());
        let x = graph.mul(x, scale)?;
        let x = graph.add(x, shift)?;
        let x = graph.interpolate(x, long)?;
        let size = Axis::Size;
        let strips = [
            Axis::Keep,
            size(channels * ratio),
            size(self.side),
            size(self.mel_bins),
        ];
        let x = graph.reshape(x, &strips)?;
        let x = graph.transpose(x, &[0, 1, 3, 2])?;
        graph.reshape(
            x,
            &[Axis::Keep, size(channels), size(self.side), size(self.side)],
        )
    }

    /// Patches of the square, `(batch, patches, width)`.
    fn embed(
        &self,
        net: &mut Net<'_, '_>,
        picture: Value,
        is_longer: Option<Value>,
    ) -> Result<Value, ExportError> {
        let names = &self.recipe.weights;
        let name = self.named(names.patch_projection);
        let kernel = [self.width, 1, self.patch.0, self.patch.1];
        let weight = net.tensor(&format!("{name}.weight"), &kernel);
        let bias = net.tensor(&format!("{name}.bias"), &[self.width]);
        let padding = [
            (self.patch.0 - self.step.0) / 2,
            (self.patch.1 - self.step.1) / 2,
        ];
        let stride = Stride::padded(&[self.step.0, self.step.1], &padding);
        let batch = net.graph.shape(picture)[0];
        let mut whole = picture;
        if is_longer.is_some() {
            whole = net.graph.section(picture, 1, 0..1)?;
        }
        let mut patches = net
            .graph
            .convolution(whole, weight, Some(bias), &stride, batch)?;
        if let Some(is_longer) = is_longer {
            let fusion = Fusion {
                prefix: self.recipe.prefix,
                names,
                patch: self.patch,
                step: self.step,
                width: self.width,
                inner: (self.width / self.config.size("aff_block_r")?).max(1),
            };
            patches = net.scope("fusion", |net| {
                fusion.apply(net, patches, picture, is_longer)
            })?;
        }
        let count = (self.side / self.step.0) * (self.side / self.step.1);
        let flat = [Axis::Keep, Axis::Keep, Axis::Size(count)];
        let patches = net.graph.reshape(patches, &flat)?;
        let patches = net.graph.transpose(patches, &[0, 2, 1])?;
        if !self.config.flag("enable_patch_layer_norm", true)? {
            return Ok(patches);
        }
        net.norm(patches, &self.named(names.patch_norm), self.width, EPSILON)
    }

    /// The blocks of a stage, and all but after the last the merging of patches; what comes out with its grid.
    fn stage(
        &self,
        net: &mut Net<'_, '_>,
        stage: usize,
        x: Value,
        grid: (u64, u64),
    ) -> Result<(Value, (u64, u64)), ExportError> {
        let mut x = x;
        for layer in 0..self.depths[stage] {
            x = net.scope(&format!("layer.{layer}"), |net| {
                self.block(net, (stage, layer), x, grid)
            })?;
        }
        if stage + 1 == self.depths.len() {
            return Ok((x, grid));
        }
        let merging = PatchMerging {
            norm: self.numbered(self.recipe.weights.merge_norm, stage, 0),
            reduction: self.numbered(self.recipe.weights.merge, stage, 0),
            width: self.width_of(stage),
            grid,
        };
        net.scope("merge", |net| merging.apply(net, x))
    }

    fn block(
        &self,
        net: &mut Net<'_, '_>,
        (stage, layer): (usize, u64),
        x: Value,
        grid: (u64, u64),
    ) -> Result<Value, ExportError> {
        let names = &self.recipe.weights;
        let named = |name| self.numbered(name, stage, layer);
        let width = self.width_of(stage);
        let smallest = grid.0.min(grid.1);
        if smallest < self.window {
            let allowed = format!("at most {smallest}, the side of the grid in stage {stage}");
            return Err(self
                .config
                .unexpected("window_size", &self.window.into(), allowed));
        }
        let is_shifted = layer % 2 == 1 && smallest > self.window;
        let attention = WindowAttention {
            query: named(names.query),
            key: named(names.key),
            value: named(names.value),
            output: named(names.attention_output),
            position_bias: named(names.position_bias),
            width,
            heads: self.heads[stage],
            has_bias: self.config.flag("qkv_bias", true)?,
            windows: Windows {
                grid,
                window: (self.window, self.window),
                shift: if is_shifted { self.window / 2 } else { 0 },
            },
        };
        let x = net.scope("attention", |net| {
            let normed = net.norm(x, &named(names.norm_before), width, self.epsilon)?;
            let change = attention.apply(net, normed)?;
            net.graph.add(change, x)
        })?;
        net.scope("feed_forward", |net| {
            let inner_width = self.config.multiple("mlp_ratio", width)?;
            let normed = net.norm(x, &named(names.norm_after), width, self.epsilon)?;
            let widen = named(names.intermediate);
            let inner = net.linear(normed, Linear::new(&widen, width, inner_width))?;
            let inner = self.activation.apply(net, inner)?;
            let narrow = named(names.output);
            let change = net.linear(inner, Linear::new(&narrow, inner_width, width))?;
            net.graph.add(change, x)
        })
    }

    /// Hidden states `(batch, rows * columns, width)` by bins and frames: the strips of the fold stand one after the other
    /// again.
    fn unfold(
        &self,
        net: &mut Net<'_, '_>,
        x: Value,
        (rows, columns): (u64, u64),
    ) -> Result<Value, ExportError> {
        let bins = rows / self.ratio();
        if bins == 0 {
            let allowed = format!(
                "squares that leave a strip of {} at least one row",
                self.ratio()
            );
            return Err(self
                .config
                .unexpected("spec_size", &self.side.into(), allowed));
        }
        let strips = rows / bins;
        let size = Axis::Size;
        let graph = &mut net.graph;
        let turned = graph.transpose(x, &[0, 2, 1])?;
        let shape = [
            Axis::Keep,
            Axis::Keep,
            size(strips),
            size(bins),
            size(columns),
        ];
        let apart = graph.reshape(turned, &shape)?;
        let apart = graph.transpose(apart, &[0, 1, 3, 2, 4])?;
        graph.reshape(
            apart,
            &[Axis::Keep, Axis::Keep, size(bins), size(strips * columns)],
        )
    }
}
