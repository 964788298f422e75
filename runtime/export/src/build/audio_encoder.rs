//! Transformers over a waveform: Wav2Vec2 (Baevski et al., 2020, arXiv:2006.11477), HuBERT and their like.

use serde_json::json;

use super::activation::Activation;
use super::attention::Attention;
use super::gated_bias;
use super::net::{Linear, Net, numbered};
use super::padding;
use super::waveform_frames::WaveformFrames;
use super::{Form, NamedGraph};
use crate::config::Config;
use crate::error::ExportError;
use crate::graph::{Dim, Element, Stride, Value};
use crate::options::Head;
use crate::recipe::AudioEncoder;
use crate::weights::Weights;

/// The sizes of an audio encoder and what the parts of its graph share.
struct Encoder<'a> {
    recipe: &'a AudioEncoder,
    config: &'a Config,
    prefix: &'static str,
    hidden: u64,
    layers: u64,
    heads: u64,
    intermediate: u64,
    epsilon: f32,
    activation: Activation,
    frames: WaveformFrames<'a>,
    /// Whether normalisation stands before attention and before the feed-forward part.
    is_stable: bool,
}

/// What is added to the attention scores of every layer.
#[derive(Debug, Clone, Copy)]
struct Bias {
    /// For padding.
    padding: Option<Value>,
    /// For distances, before a layer's gates.
    distance: Option<Value>,
}

/// Builds the graph: `input_values` `(batch, sequence)` and, where the convolutions are layer-normalised,
/// `attention_mask` of the same shape, padded on the right: families whose first convolution is normalised over the
/// whole sequence were trained without. Returns the CTC head's `logits` `(batch, frames, vocabulary)`, or
/// `last_hidden_state`.
pub(super) fn build(
    recipe: &AudioEncoder,
    config: &Config,
    form: Form,
    weights: &mut Weights<'_>,
) -> Result<Vec<NamedGraph>, ExportError> {
    let has_head = has_head(recipe, config, form.head, weights)?;
    let query = format!("{}{}.weight", recipe.prefix, recipe.weights.query);
    let is_prefixed = if weights.is_recording() {
        has_head
    } else {
        weights.contains(&numbered("", &query, 0))
    };
    let prefix = if is_prefixed { recipe.prefix } else { "" };
    let encoder = Encoder::new(recipe, config, prefix)?;
    let mut net = Net::new(form, weights);
    let hidden = encoder.fill(&mut net, form)?;
    match recipe.ctc_head.filter(|_| has_head) {
        Some(name) => {
            let vocabulary = config.size("vocab_size")?;
            let head = Linear::new(name, encoder.hidden, vocabulary);
            let logits = net.scope("head", |net| net.linear(hidden, head))?;
            net.output("logits", logits);
        }
        None => net.output("last_hidden_state", hidden),
    }
    Ok(vec![("model", net.finish())])
}

/// Whether the graph ends in the CTC head. Where only a configuration is at hand, the class it names decides, and without
/// one there is the head.
fn has_head(
    recipe: &AudioEncoder,
    config: &Config,
    head: Head,
    weights: &Weights<'_>,
) -> Result<bool, ExportError> {
    match (head, recipe.ctc_head) {
        (Head::Base, _) | (Head::Auto, None) => Ok(false),
        (Head::Auto, Some(_)) if weights.is_recording() => {
            Ok(config.class().is_none_or(|class| class.ends_with("ForCTC")))
        }
        (Head::Auto, Some(name)) => Ok(weights.contains(&format!("{name}.weight"))),
        (head, _) => Err(ExportError::Head {
            head: head.name(),
            reason: "audio encoders are exported with a CTC head or with none".to_owned(),
        }),
    }
}

impl<'a> Encoder<'a> {
    fn new(
        recipe: &'a AudioEncoder,
        config: &'a Config,
        prefix: &'static str,
    ) -> Result<Self, ExportError> {
        config.only("add_adapter", &json!(false))?;
        config.only("adapter_attn_dim", &json!(null))?;
        config.only("conv_pos_batch_norm", &json!(false))?;
        let keys = &recipe.config;
        let hidden = config.size(keys.hidden_size)?;
        Ok(Self {
            recipe,
            config,
            prefix,
            hidden,
            layers: config.layers(keys.layers)?,
            heads: config.divisor(keys.heads, hidden)?,
            intermediate: config.size(keys.intermediate_size)?,
            epsilon: config.epsilon(keys.norm_eps)?,
            activation: Activation::of(config, keys.activation)?,
            frames: WaveformFrames::new(config, recipe, prefix)?,
            is_stable: config.flag("do_stable_layer_norm", false)?,
        })
    }

    /// The whole graph up to the last hidden state.
    fn fill(&self, net: &mut Net<'_, '_>, form: Form) -> Result<Value, ExportError> {
        let shape = || vec![Dim::Symbol("batch_size"), Dim::Symbol("sequence_length")];
        let wave = net.graph.input("input_values", Element::Float32, shape());
        let wave = net.graph.cast(wave, net.graph.float());
        let mask = self
            .frames
            .are_layer_normalised()
            .then(|| net.graph.input("attention_mask", form.ids, shape()));
        let frames = net.scope("feature_extractor", |net| self.frames.cut(net, wave))?;
        let mask = match mask {
            None => None,
            Some(mask) => Some(net.scope("mask", |net| self.frames.mask(net, mask))?),
        };
        let projected = net.scope("feature_projection", |net| self.project(net, frames))?;
        net.scope("encoder", |net| {
            let silenced = match mask {
                None => projected,
                Some(mask) => {
                    let mask = net.graph.unsqueeze(mask, &[2])?;
                    net.graph.mul(projected, mask)?
                }
            };
            let placed = net.scope("positions", |net| self.place(net, silenced))?;
            let padding = match mask {
                None => None,
                Some(mask) => Some(padding::score_bias(net, mask)?),
            };
            let distance = match &self.recipe.gated_bias {
                None => None,
                Some(recipe) => Some(gated_bias::shared(
                    net,
                    recipe,
                    self.config,
                    self.prefix,
                    self.heads,
                    placed,
                )?),
            };
            self.blocks(net, placed, Bias { padding, distance })
        })
    }

    /// Frames normalised and brought to the hidden width: `(batch, frames, hidden)`.
    fn project(&self, net: &mut Net<'_, '_>, frames: Value) -> Result<Value, ExportError> {
        let names = &self.recipe.weights;
        let width = self.frames.width();
        let key = self.recipe.config.projection_norm;
        let is_normed = match key {
            None => true,
            Some(key) => self.config.flag(key, true)?,
        };
        let frames = if is_normed {
            let norm = format!("{}{}", self.prefix, names.projection_norm);
            net.norm(frames, &norm, width, self.epsilon)?
        } else {
            frames
        };
        let projection = format!("{}{}", self.prefix, names.projection);
        net.linear(frames, Linear::new(&projection, width, self.hidden))
    }

    /// Frames with their positions added, which a grouped convolution derives from the frames around. With an even kernel
    /// the last frame is dropped; one zero less at the end gives the same.
    fn place(&self, net: &mut Net<'_, '_>, x: Value) -> Result<Value, ExportError> {
        let kernel = self.config.size("num_conv_pos_embeddings")?;
        let groups = self
            .config
            .divisor("num_conv_pos_embedding_groups", self.hidden)?;
        let name = format!(
            "{}{}",
            self.prefix, self.recipe.weights.position_convolution
        );
        let weight = self.position_weight(net, &name, groups, kernel);
        let bias = net.tensor(&format!("{name}.bias"), &[self.hidden]);
        let activation = Activation::of(self.config, "feat_extract_activation")?;
        let graph = &mut net.graph;
        let turned = graph.transpose(x, &[0, 2, 1])?;
        let stride = Stride {
            before: vec![kernel / 2],
            after: vec![(kernel - 1) / 2],
            groups,
            ..Stride::bare(&[1])
        };
        let length = graph.shape(turned)[2];
        let placed = graph.convolution(turned, weight, Some(bias), &stride, length)?;
        let placed = activation.apply(net, placed)?;
        let placed = net.graph.transpose(placed, &[0, 2, 1])?;
        let sum = net.graph.add(x, placed)?;
        if self.is_stable {
            return Ok(sum);
        }
        self.final_norm(net, sum)
    }

    /// The weight of the position convolution, `(hidden, hidden / groups, kernel)`: weight normalisation (Salimans and
    /// Kingma, 2016, arXiv:1602.07868) stores a direction and, for each place of the kernel, a length.
    fn position_weight(
        &self,
        net: &mut Net<'_, '_>,
        name: &str,
        groups: u64,
        kernel: u64,
    ) -> Value {
        let modern = format!("{name}.parametrizations.weight.original0");
        let (length, direction) = if net.weights.contains(&modern) {
            (modern, format!("{name}.parametrizations.weight.original1"))
        } else {
            (format!("{name}.weight_g"), format!("{name}.weight_v"))
        };
        let shape = vec![self.hidden, self.hidden / groups, kernel];
        let places = kernel as usize;
        let compute = move |tensors: &[Vec<f32>]| {
            let (lengths, directions) = (&tensors[0], &tensors[1]);
            let mut squares = vec![0.0_f64; places];
            for (place, &number) in directions.iter().enumerate() {
                squares[place % places] += f64::from(number).powi(2);
            }
            let scale = |(length, square): (&f32, &f64)| f64::from(*length) / square.sqrt();
            let scales: Vec<f64> = lengths.iter().zip(&squares).map(scale).collect();
            let scaled = directions.iter().zip(scales.iter().cycle());
            scaled
                .map(|(&number, scale)| (f64::from(number) * scale) as f32)
                .collect()
        };
        let from = vec![(length, vec![1, 1, kernel]), (direction, shape.clone())];
        net.computed(&format!("{name}.weight"), shape, from, Box::new(compute))
    }

    fn final_norm(&self, net: &mut Net<'_, '_>, x: Value) -> Result<Value, ExportError> {
        let name = format!("{}{}", self.prefix, self.recipe.weights.norm);
        net.norm(x, &name, self.hidden, self.epsilon)
    }

    fn blocks(
        &self,
        net: &mut Net<'_, '_>,
        placed: Value,
        bias: Bias,
    ) -> Result<Value, ExportError> {
        let mut hidden = placed;
        for layer in 0..self.layers {
            hidden = net.scope(&format!("layer.{layer}"), |net| {
                self.block(net, layer, hidden, bias)
            })?;
        }
        if self.is_stable {
            return self.final_norm(net, hidden);
        }
        Ok(hidden)
    }

    fn block(
        &self,
        net: &mut Net<'_, '_>,
        layer: u64,
        x: Value,
        bias: Bias,
    ) -> Result<Value, ExportError> {
        let names = &self.recipe.weights;
        let named = |name| numbered(self.prefix, name, layer);
        let attended = net.scope("attention", |net| {
            self.residual(net, x, &named(names.attention_norm), |net, x| {
                let attention = Attention {
                    query: named(names.query),
                    key: named(names.key),
                    value: named(names.value),
                    output: named(names.attention_output),
                    width: self.hidden,
                    heads: self.heads,
                    has_bias: true,
                    bias: self.score_bias(net, layer, x, bias)?,
                };
                attention.apply(net, x)
            })
        })?;
        net.scope("feed_forward", |net| {
            self.residual(net, attended, &named(names.output_norm), |net, x| {
                let widen = named(names.intermediate);
                let inner = net.linear(x, Linear::new(&widen, self.hidden, self.intermediate))?;
                let inner = self.activation.apply(net, inner)?;
                let narrow = named(names.output);
                net.linear(inner, Linear::new(&narrow, self.intermediate, self.hidden))
            })
        })
    }

    /// What a layer that reads `x` adds to its scores.
    fn score_bias(
        &self,
        net: &mut Net<'_, '_>,
        layer: u64,
        x: Value,
        bias: Bias,
    ) -> Result<Option<Value>, ExportError> {
        let (Some(recipe), Some(distance)) = (&self.recipe.gated_bias, bias.distance) else {
            return Ok(bias.padding);
        };
        let x = (x, self.heads, self.hidden);
        let gated = net.scope("bias", |net| {
            gated_bias::gated(net, recipe, (self.prefix, layer), x, distance)
        })?;
        match bias.padding {
            None => Ok(Some(gated)),
            Some(padding) => net.graph.add(gated, padding).map(Some),
        }
    }

    /// A part of a block with the sum and the normalisation around it.
    fn residual<'n, 'w>(
        &self,
        net: &mut Net<'n, 'w>,
        x: Value,
        norm: &str,
        part: impl FnOnce(&mut Net<'n, 'w>, Value) -> Result<Value, ExportError>,
    ) -> Result<Value, ExportError> {
        if self.is_stable {
            let normed = net.norm(x, norm, self.hidden, self.epsilon)?;
            let change = part(net, normed)?;
            return net.graph.add(change, x);
        }
        let change = part(net, x)?;
        let sum = net.graph.add(change, x)?;
        net.norm(sum, norm, self.hidden, self.epsilon)
    }
}
