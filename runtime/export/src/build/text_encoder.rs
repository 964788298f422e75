//! Bidirectional text encoders: BERT, RoBERTa, DistilBERT, MPNet and their like.

use serde_json::json;

use super::activation::Activation;
use super::attention::Attention;
use super::net::{Linear, Net, numbered};
use super::padding;
use super::relative_bias::relative_bias;
use super::variant::Variant;
use super::{Form, NamedGraph};
use crate::config::Config;
use crate::error::ExportError;
use crate::graph::{Dim, Element, Value};
use crate::recipe::{MaskHead, NormPlace, Positions, TextEncoder, TokenTypes};
use crate::weights::Weights;

/// The sizes of a text encoder and what the parts of its graph share.
struct Encoder<'a> {
    recipe: &'a TextEncoder,
    config: &'a Config,
    prefix: &'static str,
    hidden: u64,
    layers: u64,
    heads: u64,
    intermediate: u64,
    vocabulary: u64,
    positions: u64,
    epsilon: f32,
    activation: Activation,
}

/// Builds the graph: `input_ids`, `attention_mask` and, by recipe, `token_type_ids`, all `(batch,
/// sequence)`; returns `last_hidden_state` and where it exists `pooler_output`, or the head's
/// `logits`.
pub(super) fn build(
    recipe: &TextEncoder,
    config: &Config,
    form: Form,
    weights: &mut Weights<'_>,
) -> Result<Vec<NamedGraph>, ExportError> {
    let variant = Variant::of_text_encoder(recipe, config, form.head, weights)?;
    let mut net = Net::new(form, weights);
    fill(&mut net, recipe, config, &variant, form)?;
    Ok(vec![("model", net.finish())])
}

fn fill(
    net: &mut Net<'_, '_>,
    recipe: &TextEncoder,
    config: &Config,
    variant: &Variant,
    form: Form,
) -> Result<(), ExportError> {
    let encoder = Encoder::new(recipe, config, variant)?;
    let shape = || vec![Dim::Symbol("batch_size"), Dim::Symbol("sequence_length")];
    let input_ids = net.graph.input("input_ids", form.ids, shape());
    let attention_mask = net.graph.input("attention_mask", form.ids, shape());
    let token_types = (recipe.token_types == TokenTypes::Input)
        .then(|| net.graph.input("token_type_ids", form.ids, shape()));

    let bias = net.scope("mask", |net| {
        encoder.score_bias(net, input_ids, attention_mask)
    })?;
    let embedded = net.scope("embeddings", |net| {
        encoder.embed(net, input_ids, token_types)
    })?;
    let hidden = net.scope("encoder", |net| encoder.blocks(net, embedded, bias))?;
    if let Some(head) = recipe.mask_head.filter(|_| variant.has_head) {
        let logits = net.scope("head", |net| encoder.predict(net, &head, hidden))?;
        net.output("logits", logits);
        return Ok(());
    }
    net.output("last_hidden_state", hidden);
    if let Some(pooler) = recipe.weights.pooler.filter(|_| variant.has_pooler) {
        let pooled = net.scope("pooler", |net| encoder.pool(net, pooler, hidden))?;
        net.output("pooler_output", pooled);
    }
    Ok(())
}

/// The tower of a model that compares texts with something else: pooled hidden states `(batch, hidden)` of `input_ids` and
/// `attention_mask`, both `(batch, sequence)`.
pub(super) fn pooled(
    net: &mut Net<'_, '_>,
    recipe: &TextEncoder,
    config: &Config,
    (ids, mask): (Value, Value),
) -> Result<Value, ExportError> {
    let variant = Variant {
        prefix: recipe.prefix,
        has_head: false,
        has_pooler: true,
    };
    let pooler = recipe.weights.pooler.ok_or(ExportError::Recipe {
        part: "a tower of texts",
        field: "text.weights.pooler",
    })?;
    if recipe.token_types == TokenTypes::Input {
        return Err(ExportError::Recipe {
            part: "a tower of texts",
            field: "text.token_types: zero",
        });
    }
    let encoder = Encoder::new(recipe, config, &variant)?;
    let bias = net.scope("mask", |net| encoder.score_bias(net, ids, mask))?;
    let embedded = net.scope("embeddings", |net| encoder.embed(net, ids, None))?;
    let hidden = net.scope("encoder", |net| encoder.blocks(net, embedded, bias))?;
    net.scope("pooler", |net| encoder.pool(net, pooler, hidden))
}

impl<'a> Encoder<'a> {
    fn new(
        recipe: &'a TextEncoder,
        config: &'a Config,
        variant: &Variant,
    ) -> Result<Self, ExportError> {
        config.only("position_embedding_type", &json!("absolute"))?;
        config.only("is_decoder", &json!(false))?;
        let keys = &recipe.config;
        let hidden = config.size(keys.hidden_size)?;
        Ok(Self {
            recipe,
            config,
            prefix: variant.prefix,
            hidden,
            layers: config.layers(keys.layers)?,
            heads: config.divisor(keys.heads, hidden)?,
            intermediate: config.size(keys.intermediate_size)?,
            vocabulary: config.size("vocab_size")?,
            positions: config.size("max_position_embeddings")?,
            epsilon: config.epsilon(keys.norm_eps)?,
            activation: Activation::of(config, keys.activation)?,
        })
    }

    /// What is added to attention scores: nothing for tokens, the most negative number for padding,
    /// and the relative bias where the family has one.
    fn score_bias(
        &self,
        net: &mut Net<'_, '_>,
        ids: Value,
        mask: Value,
    ) -> Result<Value, ExportError> {
        let bias = padding::score_bias(net, mask)?;
        match &self.recipe.relative_bias {
            None => Ok(bias),
            Some(recipe) => {
                let relative =
                    relative_bias(net, recipe, self.prefix, self.heads, self.positions, ids)?;
                net.graph.add(relative, bias)
            }
        }
    }

    /// Token embeddings plus types plus positions, normalised where the recipe says so.
    fn embed(
        &self,
        net: &mut Net<'_, '_>,
        ids: Value,
        types: Option<Value>,
    ) -> Result<Value, ExportError> {
        let Self { prefix, hidden, .. } = *self;
        let names = &self.recipe.weights;
        let words = net.tensor(
            &format!("{prefix}{}", names.word_embeddings),
            &[self.vocabulary, hidden],
        );
        let mut sum = net.graph.gather(words, ids)?;
        if let Some(types) = types {
            let (name, shape) = self.type_table()?;
            let table = net.tensor(&name, &shape);
            let types = net.graph.gather(table, types)?;
            sum = net.graph.add(sum, types)?;
        }
        let table = self.position_table(net)?;
        let positions = match self.recipe.positions {
            Positions::Index => net.graph.beginning(table, 0, (ids, 1))?,
            Positions::AfterPadding => {
                let rows = self.rows_after_padding(net, ids)?;
                net.graph.gather(table, rows)?
            }
        };
        sum = net.graph.add(sum, positions)?;
        match self.recipe.norm {
            NormPlace::Post => net.norm(
                sum,
                &format!("{prefix}{}", names.norm),
                hidden,
                self.epsilon,
            ),
            NormPlace::Pre => Ok(sum),
        }
    }

    /// Name and shape of the table of token types.
    fn type_table(&self) -> Result<(String, [u64; 2]), ExportError> {
        let name = self
            .recipe
            .weights
            .token_type_embeddings
            .ok_or(ExportError::Recipe {
                part: "token types",
                field: "weights.token_type_embeddings",
            })?;
        let types = self.config.size("type_vocab_size")?;
        Ok((format!("{}{name}", self.prefix), [types, self.hidden]))
    }

    /// The table of positions; a token type that never changes is added to it at export time.
    fn position_table(&self, net: &mut Net<'_, '_>) -> Result<Value, ExportError> {
        let name = format!("{}{}", self.prefix, self.recipe.weights.position_embeddings);
        let shape = vec![self.positions, self.hidden];
        if self.recipe.token_types != TokenTypes::Zero {
            return Ok(net.tensor(&name, &shape));
        }
        let (types, types_shape) = self.type_table()?;
        let width = self.hidden as usize;
        let compute = move |tensors: &[Vec<f32>]| {
            let of_type_zero = tensors[1][..width].iter().cycle();
            tensors[0]
                .iter()
                .zip(of_type_zero)
                .map(|(place, kind)| place + kind)
                .collect()
        };
        let label = format!("{name}.with_token_type");
        let from = vec![(name, shape.clone()), (types, types_shape.to_vec())];
        Ok(net.computed(&label, shape, from, Box::new(compute)))
    }

    /// Row of the position table for each token: `pad_token_id` plus the count of non-padding
    /// tokens so far. The count is taken in single precision, exact below 2^24, because no GPU
    /// provider sums integers.
    fn rows_after_padding(&self, net: &mut Net<'_, '_>, ids: Value) -> Result<Value, ExportError> {
        let padding = self.config.token("pad_token_id")?;
        let graph = &mut net.graph;
        if let Some(&length) = graph.shape(ids).get(1) {
            // The rows up to the padding's own stand for no position.
            graph.limit(length, self.positions.saturating_sub(padding + 1).max(1));
        }
        let id = graph.integer(graph.element(ids), padding as i64);
        let is_padding = graph.equal(ids, id)?;
        let is_token = graph.not(is_padding)?;
        let counted = graph.cast(is_token, Element::Float32);
        let count = graph.cumulative_sum(counted, 1)?;
        let count = graph.mul(count, counted)?;
        let offset = graph.scalar_as(Element::Float32, padding as f64);
        let row = graph.add(count, offset)?;
        Ok(graph.cast(row, Element::Int32))
    }

    fn blocks(
        &self,
        net: &mut Net<'_, '_>,
        embedded: Value,
        bias: Value,
    ) -> Result<Value, ExportError> {
        let mut hidden = embedded;
        for layer in 0..self.layers {
            hidden = net.scope(&format!("layer.{layer}"), |net| {
                self.block(net, layer, hidden, bias)
            })?;
        }
        match self.recipe.norm {
            NormPlace::Post => Ok(hidden),
            NormPlace::Pre => {
                let name = format!("{}{}", self.prefix, self.recipe.weights.norm);
                net.norm(hidden, &name, self.hidden, self.epsilon)
            }
        }
    }

    fn block(
        &self,
        net: &mut Net<'_, '_>,
        layer: u64,
        x: Value,
        bias: Value,
    ) -> Result<Value, ExportError> {
        let names = &self.recipe.weights;
        let named = |name| numbered(self.prefix, name, layer);
        let attention = Attention {
            query: named(names.query),
            key: named(names.key),
            value: named(names.value),
            output: named(names.attention_output),
            width: self.hidden,
            heads: self.heads,
            has_bias: true,
            bias: Some(bias),
        };
        let attended = net.scope("attention", |net| {
            self.residual(net, x, &named(names.attention_norm), |net, x| {
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

    /// A part of a block with the sum and the normalisation around it.
    fn residual<'n, 'w>(
        &self,
        net: &mut Net<'n, 'w>,
        x: Value,
        norm: &str,
        part: impl FnOnce(&mut Net<'n, 'w>, Value) -> Result<Value, ExportError>,
    ) -> Result<Value, ExportError> {
        match self.recipe.norm {
            NormPlace::Pre => {
                let normed = net.norm(x, norm, self.hidden, self.epsilon)?;
                let change = part(net, normed)?;
                net.graph.add(change, x)
            }
            NormPlace::Post => {
                let change = part(net, x)?;
                let sum = net.graph.add(change, x)?;
                net.norm(sum, norm, self.hidden, self.epsilon)
            }
        }
    }

    /// `tanh` of a linear layer over the first token.
    fn pool(&self, net: &mut Net<'_, '_>, name: &str, hidden: Value) -> Result<Value, ExportError> {
        let first = net.graph.pick(hidden, 1, 0)?;
        let name = format!("{}{name}", self.prefix);
        let dense = net.rows(first, &name, self.hidden, self.hidden)?;
        net.graph.tanh(dense)
    }

    /// The masked-language-model head: `(batch, sequence, vocabulary)`.
    fn predict(
        &self,
        net: &mut Net<'_, '_>,
        head: &MaskHead,
        hidden: Value,
    ) -> Result<Value, ExportError> {
        let dense = net.linear(hidden, Linear::new(head.dense, self.hidden, self.hidden))?;
        let active = self.activation.apply(net, dense)?;
        let normed = net.norm(active, head.norm, self.hidden, self.epsilon)?;
        let matrix = if self.config.flag("tie_word_embeddings", true)? {
            let words = format!("{}{}", self.prefix, self.recipe.weights.word_embeddings);
            let words = net.tensor(&words, &[self.vocabulary, self.hidden]);
            net.graph.transpose(words, &[1, 0])?
        } else {
            let decoder = net.tensor(head.decoder, &[self.vocabulary, self.hidden]);
            net.graph.transpose(decoder, &[1, 0])?
        };
        let logits = net.graph.matmul(normed, matrix)?;
        let bias = net.tensor(head.bias, &[self.vocabulary]);
        net.graph.add(logits, bias)
    }
}
