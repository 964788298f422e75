//! Positions: tables that are added to embeddings, distances that bias scores, and the decoder's
//! view of nothing but the past.

use super::sizes::{Model, Places, Stack};
use super::{LONGEST_BY_DISTANCE, TARGET, TOTAL};
use crate::build::fixed_cache::Slot;
use crate::build::net::Net;
use crate::build::relative_bias::{bucket, past_bucket};
use crate::error::ExportError;
use crate::graph::{Dim, Element, Value};

/// Where the decoder's tokens stand.
pub(super) enum Targets {
    /// From `start` to before `end` of the sequence, which has `end` tokens so far.
    Span {
        start: Value,
        end: Value,
        /// Length of the sequence so far.
        total: Dim,
    },
    /// One token a row, at a position `(1)` and its slot in a cache of fixed length.
    At(Value, Slot),
}

impl Targets {
    /// Where the decoder's tokens stand; `past` is a cached key, `(batch, heads, past, width)`.
    pub(super) fn new(
        net: &mut Net<'_, '_>,
        ids: Value,
        past: Option<Value>,
    ) -> Result<Self, ExportError> {
        let count = net.graph.length_of(ids, 1)?;
        Ok(match past {
            None => Self::Span {
                start: net.graph.int64s(&[1], &[0]),
                end: count,
                total: TARGET,
            },
            Some(past) => {
                let start = net.graph.length_of(past, 2)?;
                Self::Span {
                    start,
                    end: net.graph.add(start, count)?,
                    total: TOTAL,
                }
            }
        })
    }

    /// Those rows of a table that belong to the decoder's tokens.
    pub(super) fn rows(&self, net: &mut Net<'_, '_>, table: Value) -> Result<Value, ExportError> {
        match *self {
            Self::Span { start, end, .. } => net.graph.rows_between(table, start, end, TARGET),
            Self::At(position, _) => net.graph.gather(table, position),
        }
    }

    /// Key position minus query position, `(target, total)`, in single precision: integers cut to
    /// the sequence's length land on the CPU under WebGPU.
    fn distances(&self, net: &mut Net<'_, '_>, longest: u64) -> Result<Value, ExportError> {
        let (end, total) = match *self {
            Self::Span { end, total, .. } => (end, total),
            Self::At(_, slot) => {
                let keys = net.graph.unsqueeze(slot.places, &[0])?;
                return net.graph.sub(keys, slot.position);
            }
        };
        let places = net
            .graph
            .range("constant/positions", vec![longest], 0..longest);
        let zero = net.graph.int64s(&[1], &[0]);
        let keys = net.graph.rows_between(places, zero, end, total)?;
        let queries = self.rows(net, places)?;
        let keys = net.graph.unsqueeze(keys, &[0])?;
        let queries = net.graph.unsqueeze(queries, &[1])?;
        net.graph.sub(keys, queries)
    }
}

impl Model<'_> {
    /// What the decoder adds to its self-attention scores: the most negative number for tokens to
    /// come, and the bias of distances where positions enter so. Broadcast to `(batch, heads,
    /// target, total)`.
    pub(super) fn causal_bias(
        &self,
        net: &mut Net<'_, '_>,
        targets: &Targets,
    ) -> Result<Value, ExportError> {
        match self.decoder.places {
            Places::Table { rows, .. } => {
                let distances = targets.distances(net, rows)?;
                let graph = &mut net.graph;
                let zero = graph.scalar_as(Element::Float32, 0.0);
                let is_to_come = graph.greater(distances, zero)?;
                let hidden = graph.scalar(self.hidden);
                let nothing = graph.scalar(0.0);
                graph.select(is_to_come, hidden, nothing)
            }
            Places::Buckets {
                buckets,
                max_distance,
            } => {
                let distances = targets.distances(net, LONGEST_BY_DISTANCE)?;
                let hidden = self.hidden as f32;
                let row = move |table: &[f32], heads: usize, distance: i64| {
                    if distance > 0 {
                        return vec![hidden; heads];
                    }
                    let bucket =
                        past_bucket(distance.unsigned_abs(), buckets, max_distance) as usize;
                    table[bucket * heads..][..heads].to_vec()
                };
                self.biases(
                    net,
                    &self.decoder,
                    (-i64::from(max_distance), 1),
                    distances,
                    row,
                )
            }
        }
    }

    /// What the encoder adds to its scores for distances, `(1, heads, source, source)`.
    pub(super) fn encoder_distances(
        &self,
        net: &mut Net<'_, '_>,
        ids: Value,
    ) -> Result<Value, ExportError> {
        let Places::Buckets {
            buckets,
            max_distance,
        } = self.encoder.places
        else {
            return Ok(net.graph.scalar(0.0));
        };
        let graph = &mut net.graph;
        let places = graph.range(
            "constant/positions",
            vec![LONGEST_BY_DISTANCE],
            0..LONGEST_BY_DISTANCE,
        );
        let places = graph.beginning(places, 0, (ids, 1))?;
        let keys = graph.unsqueeze(places, &[0])?;
        let queries = graph.unsqueeze(places, &[1])?;
        let distances = graph.sub(keys, queries)?;
        let row = move |table: &[f32], heads: usize, distance: i64| {
            let bucket = bucket(distance, buckets, max_distance) as usize;
            table[bucket * heads..][..heads].to_vec()
        };
        let far = i64::from(max_distance);
        self.biases(net, &self.encoder, (-far, far), distances, row)
    }

    /// The bias of each distance, `(1, heads, queries, keys)`, from a table with a row for each
    /// distance from `least` to `most`; those beyond have the row at the end.
    fn biases(
        &self,
        net: &mut Net<'_, '_>,
        stack: &Stack,
        (least, most): (i64, i64),
        distances: Value,
        row: impl Fn(&[f32], usize, i64) -> Vec<f32> + 'static,
    ) -> Result<Value, ExportError> {
        let Places::Buckets { buckets, .. } = stack.places else {
            return Ok(distances);
        };
        let name = stack.named(self.prefix, self.recipe.stack.positions);
        let heads = stack.heads as usize;
        let compute = move |tensors: &[Vec<f32>]| {
            (least..=most)
                .flat_map(|distance| row(&tensors[0], heads, distance))
                .collect()
        };
        let label = format!("{name}.by_distance");
        let count = (most - least) as u64 + 1;
        let from = vec![(name, vec![buckets.into(), stack.heads])];
        let table = net.computed(&label, vec![count, stack.heads], from, Box::new(compute));
        let graph = &mut net.graph;
        let bounded = graph.clip(distances, least as f64, most as f64)?;
        let first = graph.scalar_as(Element::Float32, least as f64);
        let rows = graph.sub(bounded, first)?;
        let rows = graph.cast(rows, Element::Int32);
        let biases = graph.gather(table, rows)?;
        let biases = graph.transpose(biases, &[2, 0, 1])?;
        graph.unsqueeze(biases, &[0])
    }

    /// A stack's table of positions, `(positions, width)`, without the rows that none uses.
    pub(super) fn position_table(
        &self,
        net: &mut Net<'_, '_>,
        stack: &Stack,
    ) -> Result<Value, ExportError> {
        let Places::Table { rows, unused } = stack.places else {
            return Err(ExportError::Recipe {
                part: "a table of positions",
                field: "positions.table",
            });
        };
        let name = stack.named(self.prefix, self.recipe.stack.positions);
        if unused == 0 {
            return Ok(net.tensor(&name, &[rows, self.width]));
        }
        let skipped = (unused * self.width) as usize;
        let label = format!("{name}.used");
        let from = vec![(name, vec![rows + unused, self.width])];
        let compute = move |tensors: &[Vec<f32>]| tensors[0][skipped..].to_vec();
        Ok(net.computed(&label, vec![rows, self.width], from, Box::new(compute)))
    }

    /// Normalisation of embeddings, where a stack has one.
    pub(super) fn norm_embeddings(
        &self,
        net: &mut Net<'_, '_>,
        stack: &Stack,
        x: Value,
    ) -> Result<Value, ExportError> {
        self.norm_named(net, stack, self.recipe.stack.embedding_norm, x)
    }

    /// Normalisation after the last block, where a stack has one.
    pub(super) fn norm_last(
        &self,
        net: &mut Net<'_, '_>,
        stack: &Stack,
        x: Value,
    ) -> Result<Value, ExportError> {
        self.norm_named(net, stack, self.recipe.stack.norm, x)
    }

    fn norm_named(
        &self,
        net: &mut Net<'_, '_>,
        stack: &Stack,
        name: Option<&str>,
        x: Value,
    ) -> Result<Value, ExportError> {
        match name {
            None => Ok(x),
            Some(name) => self.norm(net, x, &stack.named(self.prefix, name)),
        }
    }
}
