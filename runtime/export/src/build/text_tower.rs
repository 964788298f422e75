//! The tower that reads texts.

use super::net::{Linear, Net};
use super::tower::Layers;
use crate::config::Config;
use crate::error::ExportError;
use crate::graph::{Dim, Element, Reduction, Value};
use crate::recipe::{TextPooling, TextTower, TowerAttention};

/// What a text tower gives.
pub(super) struct Texts {
    /// `(texts, sequence, hidden)`, normalised.
    pub(super) states: Value,
    /// `(texts, hidden)`.
    pub(super) pooled: Value,
    /// `(texts, width)` in the common space.
    pub(super) vectors: Value,
}

/// A text tower with its sizes.
pub(super) struct Reader<'a> {
    recipe: &'a TextTower,
    config: Config,
    /// Its blocks.
    pub(super) layers: Layers<'a>,
    vocabulary: u64,
    positions: u64,
    /// Width of the common space.
    pub(super) width: u64,
}

impl<'a> Reader<'a> {
    pub(super) fn new(
        recipe: &'a TextTower,
        config: &Config,
        width: u64,
    ) -> Result<Self, ExportError> {
        let config = config.part(recipe.section)?;
        Ok(Self {
            recipe,
            layers: Layers::new(&recipe.layers, &config)?,
            vocabulary: config.size("vocab_size")?,
            positions: config.size("max_position_embeddings")?,
            config,
            width,
        })
    }

    /// Declares the mask of padding where the tower takes one.
    pub(super) fn mask(
        &self,
        net: &mut Net<'_, '_>,
        ids: Element,
        texts: &'static str,
    ) -> Option<Value> {
        (self.recipe.attention == TowerAttention::Causal)
            .then(|| net.graph.input("attention_mask", ids, axes(texts)))
    }

    /// Reads the texts.
    pub(super) fn read(
        &self,
        net: &mut Net<'_, '_>,
        ids: Value,
        mask: Option<Value>,
    ) -> Result<Texts, ExportError> {
        let hidden = self.layers.hidden;
        let bias = match (self.recipe.attention, mask) {
            (TowerAttention::Everything, _) => None,
            (_, mask) => Some(net.scope("mask", |net| self.score_bias(net, ids, mask))?),
        };
        let embedded = net.scope("embeddings", |net| self.embed(net, ids))?;
        let states = net.scope("encoder", |net| self.layers.apply(net, embedded, bias))?;
        let states = net.norm(states, self.recipe.norm, hidden, self.layers.epsilon)?;
        let pooled = net.scope("pooler", |net| self.pool(net, ids, states))?;
        let projection = Linear {
            name: self.recipe.projection,
            from: hidden,
            to: self.width,
            has_bias: self.recipe.has_projection_bias,
        };
        Ok(Texts {
            states,
            pooled,
            vectors: net.scope("projection", |net| net.linear(pooled, projection))?,
        })
    }

    fn embed(&self, net: &mut Net<'_, '_>, ids: Value) -> Result<Value, ExportError> {
        let hidden = self.layers.hidden;
        let words = net.tensor(self.recipe.token_embeddings, &[self.vocabulary, hidden]);
        let words = net.graph.gather(words, ids)?;
        let name = self.recipe.position_embeddings;
        let places = if self.recipe.is_batched {
            let table = net.tensor(name, &[1, self.positions, hidden]);
            net.graph.beginning(table, 1, (ids, 1))?
        } else {
            let table = net.tensor(name, &[self.positions, hidden]);
            net.graph.beginning(table, 0, (ids, 1))?
        };
        net.graph.add(words, places)
    }

    /// What is added to attention scores, `(texts or 1, 1, sequence, sequence)`: nothing where a token
    /// looks back at one that is no padding, the most negative number elsewhere. A key counts as
    /// visible from its own place on, padding that is known from a place that no token reaches.
    fn score_bias(
        &self,
        net: &mut Net<'_, '_>,
        ids: Value,
        mask: Option<Value>,
    ) -> Result<Value, ExportError> {
        let graph = &mut net.graph;
        let hidden = graph.float().lowest_score();
        let places = 0..self.positions;
        let rows = graph.range("places.rows", vec![1, 1, self.positions, 1], places.clone());
        let rows = graph.beginning(rows, 2, (ids, 1))?;
        let columns = graph.range("places.columns", vec![1, 1, 1, self.positions], places);
        let columns = graph.beginning(columns, 3, (ids, 1))?;
        let seen_from = match mask {
            None => columns,
            Some(mask) => {
                let mask = graph.unsqueeze(mask, &[1, 2])?;
                let mask = graph.cast(mask, Element::Bool);
                let never = graph.scalar_as(Element::Float32, self.positions as f64);
                graph.select(mask, columns, never)?
            }
        };
        let is_seen = graph.at_most(seen_from, rows)?;
        let nothing = graph.scalar(0.0);
        let hidden = graph.scalar(hidden);
        graph.select(is_seen, nothing, hidden)
    }

    /// The state of the token that stands for the text, `(texts, hidden)`: a product with a row that
    /// is 1 at its place, because an `ArgMax` and a gather of pairs leave integers to the CPU.
    fn pool(&self, net: &mut Net<'_, '_>, ids: Value, states: Value) -> Result<Value, ExportError> {
        let graph = &mut net.graph;
        let places = graph.range("places", vec![1, self.positions], 0..self.positions);
        let places = graph.beginning(places, 1, (ids, 1))?;
        let rank = match self.end_token()? {
            End::LastPosition => places,
            End::Token(id) => {
                let id = graph.integer(graph.element(ids), id as i64);
                let is_end = graph.equal(ids, id)?;
                self.earliest(net, is_end, places)?
            }
            End::HighestId => {
                // Exact: ids are below 2^24.
                let numbers = graph.cast(ids, Element::Float32);
                let highest = graph.reduce(Reduction::Max, numbers, 1, true)?;
                let is_end = graph.equal(numbers, highest)?;
                self.earliest(net, is_end, places)?
            }
        };
        let graph = &mut net.graph;
        let best = graph.reduce(Reduction::Max, rank, 1, true)?;
        let is_best = graph.equal(rank, best)?;
        let row = graph.cast(is_best, graph.float());
        let row = graph.unsqueeze(row, &[1])?;
        let state = graph.matmul(row, states)?;
        graph.pick(state, 1, 0)
    }

    /// A rank that is highest at the first place where the condition holds, and at the first of all
    /// where it holds nowhere.
    fn earliest(
        &self,
        net: &mut Net<'_, '_>,
        holds: Value,
        places: Value,
    ) -> Result<Value, ExportError> {
        let graph = &mut net.graph;
        let start = graph.scalar_as(Element::Float32, self.positions as f64);
        let bonus = graph.cast(holds, Element::Float32);
        let bonus = graph.mul(bonus, start)?;
        graph.sub(bonus, places)
    }

    fn end_token(&self) -> Result<End, ExportError> {
        match self.recipe.pooling {
            TextPooling::LastPosition => Ok(End::LastPosition),
            TextPooling::HighestId => Ok(End::HighestId),
            TextPooling::EndToken => match self.config.token("eos_token_id")? {
                ORIGINAL_END => Ok(End::HighestId),
                id => Ok(End::Token(id)),
            },
        }
    }
}

/// The `eos_token_id` of the original CLIP checkpoints, whose end token is another one.
const ORIGINAL_END: u64 = 2;

/// The token whose state stands for a text.
enum End {
    Token(u64),
    HighestId,
    LastPosition,
}

/// Declares the token ids, `(texts, sequence)`.
pub(super) fn token_ids(net: &mut Net<'_, '_>, ids: Element, texts: &'static str) -> Value {
    net.graph.input("input_ids", ids, axes(texts))
}

fn axes(texts: &'static str) -> Vec<Dim> {
    vec![Dim::Symbol(texts), Dim::Symbol("sequence_length")]
}
