//! Runs a decoder's graph step by step: what it remembers stays with the engine, whether that grows, has a fixed length, or
//! is nothing, so that the whole sequence is given each time.

use std::num::NonZeroUsize;

use half::{bf16, f16};
use ndarray::{Array2, Array3, ArrayD, Axis, Ix3, concatenate, s};

use super::embedder::Embedder;
use super::fixed_decoder::{self, FixedDecoder};
use super::{Task, output};
use crate::engine::{Feed, Held, Outlet};
use crate::error::Error;
use crate::session::Call;
use crate::tensor::{NamedTensors, Tensor};

/// What the names of a graph's memory begin with, on its way in and out.
const PAST: &str = "past_key_values.";
const PRESENT: &str = "present.";
/// The output that holds the scores.
const LOGITS: &str = "logits";
/// Most scores that one run may bring to the host, in numbers: 128 MiB of them.
const MOST_SCORES: usize = 32 << 20;

/// A decoder's graph and what it remembers of a batch.
pub(super) struct CachedDecoder<'c, 's, T: Task> {
    call: &'c Call<'s, T>,
    graph: &'static str,
    inputs: &'s [Outlet],
    /// Keys and values so far, under the names of the inputs that take them.
    memory: Memory,
    /// `(batch, length so far)`: 1 for tokens, 0 for padding.
    mask: Array2<i64>,
    /// What makes embeddings of tokens, where the graph takes those.
    embedder: Option<Embedder>,
    /// The most tokens that one run takes.
    piece: Option<NonZeroUsize>,
}

/// What a graph remembers.
enum Memory {
    /// Nothing yet.
    Empty(NamedTensors),
    /// What its last run gave.
    Held(Vec<(String, Held)>),
    /// Nothing ever: these tokens so far, or their embeddings, are given again.
    Whole(Option<Tensor>),
    /// Places of a fixed number.
    Fixed(FixedDecoder),
}

impl<'c, 's, T: Task> CachedDecoder<'c, 's, T> {
    /// A decoder that has seen nothing yet of `batch` rows, by the graph of that name or, where there is none, by those of
    /// a fixed cache.
    pub(super) fn new(
        call: &'c Call<'s, T>,
        graph: &'static str,
        batch: usize,
    ) -> Result<Self, Error> {
        if !call.has(graph) && call.has(fixed_decoder::GO_ON) {
            let inputs = call.graph(fixed_decoder::BEGIN)?.inputs();
            let memory = Memory::Fixed(FixedDecoder::new(call)?);
            return Ok(Self::of(call, fixed_decoder::BEGIN, inputs, memory, batch));
        }
        let inputs = call.graph(graph)?.inputs();
        if !inputs.iter().any(|input| input.name.starts_with(PAST)) {
            return Ok(Self::of(call, graph, inputs, Memory::Whole(None), batch));
        }
        let mut empty = NamedTensors::new();
        for input in inputs {
            if let Some(nothing) = empty_memory(input, batch)? {
                empty.insert(input.name.clone(), nothing);
            }
        }
        Ok(Self::of(call, graph, inputs, Memory::Empty(empty), batch))
    }

    fn of(
        call: &'c Call<'s, T>,
        graph: &'static str,
        inputs: &'s [Outlet],
        memory: Memory,
        batch: usize,
    ) -> Self {
        Self {
            call,
            graph,
            inputs,
            memory,
            mask: Array2::zeros((batch, 0)),
            embedder: None,
            piece: None,
        }
    }

    /// The most tokens of a row, where the graph is limited.
    pub(super) fn room(&self) -> Result<Option<usize>, Error> {
        match &self.memory {
            Memory::Fixed(decoder) => Ok(Some(decoder.places())),
            Memory::Whole(_) => Ok(self.call.graph(self.graph)?.tokens()),
            Memory::Empty(_) | Memory::Held(_) => Ok(None),
        }
    }

    /// The same for a graph that takes embeddings.
    pub(super) fn reading(self, embedder: Embedder) -> Self {
        Self {
            embedder: Some(embedder),
            ..self
        }
    }

    /// The same that feeds at most so many tokens to one run.
    pub(super) fn in_pieces_of(self, piece: Option<NonZeroUsize>) -> Self {
        Self { piece, ..self }
    }

    /// Feeds tokens `(batch, length)` of which `mask` says which are no padding, and returns the scores of what follows
    /// the last, `(batch, vocabulary)`. Long ones go in pieces, so that scores nobody asks for do not fill the memory.
    pub(super) fn feed(
        &mut self,
        tokens: &Array2<i64>,
        mask: &Array2<i64>,
    ) -> Result<Array2<f32>, Error> {
        if let Memory::Fixed(decoder) = &mut self.memory {
            return decoder.feed(self.call, &mut self.embedder, tokens, mask);
        }
        let (batch, length) = tokens.dim();
        let vocabulary = self.vocabulary()?;
        let most = (MOST_SCORES / (batch * vocabulary).max(1)).max(1);
        let most = self.piece.map_or(most, |piece| most.min(piece.get()));
        let mut start = 0;
        // The last piece brings its scores to the host: only one token's are wanted of a long one.
        while length - start > most {
            let end = (start + most).min(length - 1);
            let piece = s![.., start..end];
            self.step(
                &tokens.slice(piece).to_owned(),
                &mask.slice(piece).to_owned(),
                false,
            )?;
            start = end;
        }
        let piece = s![.., start..];
        let mut outputs = self.step(
            &tokens.slice(piece).to_owned(),
            &mask.slice(piece).to_owned(),
            true,
        )?;
        let scores: Array3<f32> =
            output::take_floats::<Ix3>(&mut outputs, LOGITS, "float (batch, tokens, vocabulary)")?;
        match scores.len_of(Axis(1)) {
            0 => Err(Error::EmptyInput("there is no token to score")),
            1 => Ok(scores.index_axis_move(Axis(1), 0)),
            _ => Ok(scores.slice(s![.., -1, ..]).to_owned()),
        }
    }

    /// Runs the graph once; what it remembers stays with the engine, as do scores that are not wanted.
    fn step(
        &mut self,
        tokens: &Array2<i64>,
        mask: &Array2<i64>,
        wants_scores: bool,
    ) -> Result<NamedTensors, Error> {
        self.mask = concatenate(Axis(1), &[self.mask.view(), mask.view()])
            .map_err(|error| Error::InvalidInput(error.to_string()))?;
        let length = match self.memory {
            Memory::Whole(_) => self.mask.ncols(),
            _ => tokens.ncols(),
        };
        let mut host = NamedTensors::new();
        for input in self.inputs {
            let given = match (input.name.as_str(), &mut self.embedder) {
                ("inputs_embeds", Some(embedder)) => Some(embedder.embed(self.call, tokens)?),
                ("input_ids", _) => Some(integers(input, tokens.clone())),
                _ => None,
            };
            if let Some(given) = given {
                host.insert(input.name.clone(), self.memory.whole(given)?);
                continue;
            }
            let values = match input.name.as_str() {
                "attention_mask" => self.mask.clone(),
                "position_ids" => self.places(length),
                _ => continue,
            };
            host.insert(input.name.clone(), integers(input, values));
        }
        let mut feeds: Vec<(&str, Feed<'_>)> = host
            .iter()
            .map(|(name, tensor)| (name, Feed::Tensor(tensor)))
            .collect();
        match &self.memory {
            Memory::Empty(empty) => {
                feeds.extend(
                    empty
                        .iter()
                        .map(|(name, tensor)| (name, Feed::Tensor(tensor))),
                );
            }
            Memory::Held(held) => {
                let held = held.iter();
                feeds.extend(held.map(|(name, value)| (name.as_str(), Feed::Held(value))));
            }
            Memory::Whole(_) | Memory::Fixed(_) => {}
        }
        let keep = |name: &str| name.starts_with(PRESENT) || (!wants_scores && name == LOGITS);
        let outputs = self.call.step(self.graph, &feeds, &keep)?;
        let held = outputs.held.into_iter().filter_map(|(name, value)| {
            let layer = name.strip_prefix(PRESENT)?;
            Some((format!("{PAST}{layer}"), value))
        });
        if !matches!(self.memory, Memory::Whole(_)) {
            self.memory = Memory::Held(held.collect());
        }
        Ok(outputs.tensors)
    }

    /// Places of the last `length` tokens, `(batch, length)`: their count of tokens so far, as transformers numbers rows
    /// that are padded on the left; padding takes place 1.
    fn places(&self, length: usize) -> Array2<i64> {
        let mut places = self.mask.clone();
        for mut row in places.rows_mut() {
            let mut count = 0;
            for place in &mut row {
                count += *place;
                *place = if *place == 0 { 1 } else { count - 1 };
            }
        }
        let start = places.ncols() - length;
        places.slice(s![.., start..]).to_owned()
    }

    /// Number of scores of one token.
    fn vocabulary(&self) -> Result<usize, Error> {
        let outputs = self.call.graph(self.graph)?.outputs();
        let logits = outputs.iter().find(|output| output.name == LOGITS);
        let size = logits.and_then(|logits| *logits.shape.last()?);
        Ok(size.unwrap_or(1))
    }
}

impl Memory {
    /// What a graph is given for tokens: with those before them, where it remembers nothing.
    fn whole(&mut self, given: Tensor) -> Result<Tensor, Error> {
        let Self::Whole(before) = self else {
            return Ok(given);
        };
        let all = match before.as_ref() {
            None => given,
            Some(before) => Tensor::joined(&[before, &given], 1)
                .ok_or(Error::EmptyInput("the tokens do not fit those before them"))?,
        };
        *before = Some(all.clone());
        Ok(all)
    }
}

/// Integers in the width that the graph takes.
pub(super) fn integers(input: &Outlet, values: Array2<i64>) -> Tensor {
    if input.dtype == "int32" {
        Tensor::from(values.mapv(|value| value as i32))
    } else {
        Tensor::from(values)
    }
}

/// The memory of no token at all, for an input that takes one.
///
/// # Errors
/// An input whose form is not that of keys or values.
pub(crate) fn empty_memory(input: &Outlet, batch: usize) -> Result<Option<Tensor>, Error> {
    if !input.name.starts_with(PAST) {
        return Ok(None);
    }
    let &[_, heads, _, width] = input.shape.as_slice() else {
        return Err(unfit(input, "four axes: batch, heads, length, width"));
    };
    let (Some(heads), Some(width)) = (heads, width) else {
        return Err(unfit(input, "a fixed number of heads and a fixed width"));
    };
    let shape = vec![batch, heads, 0, width];
    match input.dtype.as_str() {
        "float32" => Ok(Some(Tensor::F32(ArrayD::zeros(shape)))),
        "float16" => Ok(Some(Tensor::F16(ArrayD::from_elem(shape, f16::ZERO)))),
        "bfloat16" => Ok(Some(Tensor::Bf16(ArrayD::from_elem(shape, bf16::ZERO)))),
        _ => Err(unfit(input, "float32, float16 or bfloat16")),
    }
}

fn unfit(input: &Outlet, expected: &str) -> Error {
    Error::InvalidInput(format!(
        "the graph's input `{}` is {} {:?}; expected {expected}",
        input.name, input.dtype, input.shape
    ))
}
