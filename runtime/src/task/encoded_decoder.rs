//! The decoder of an encoder–decoder with its caches, as hub exports split or merge it.

use ndarray::{Array1, Array2, Array3, ArrayD, Axis, Ix3, IxDyn, concatenate, s};

use super::{Task, output};
use crate::engine::{Feed, Held, Outlet};
use crate::error::Error;
use crate::generation::Steps;
use crate::session::Call;
use crate::tensor::{NamedTensors, Tensor};

/// The decoder that begins. Alone it is given the whole sequence each time.
const FIRST: &str = "decoder_model";
/// The decoder that goes on.
const NEXT: &str = "decoder_with_past_model";
/// The decoder that does both.
const MERGED: &str = "decoder_model_merged";
/// What the names of caches begin with on their way in.
const PAST: &str = "past_key_values.";

/// Sets of graphs that an encoder–decoder's task can run.
pub(super) const GRAPHS: [&[&str]; 3] = [
    &["encoder_model", FIRST, NEXT],
    &["encoder_model", "decoder_model_merged"],
    &["encoder_model", FIRST],
];

/// What the encoder gave, `(rows, length, width)`.
pub(super) enum States {
    /// Left with the engine.
    Held(Held),
    /// On the host.
    Host(Tensor),
}

/// A decoder over a batch, with the caches of what it was given.
///
/// The keys and values of the encoder's states are computed once and stay with the engine. Those of the decoder do so
/// too, unless rows are to be reordered, which is done on the host.
pub(super) struct EncodedDecoder<'c, 's, T: Task> {
    call: &'c Call<'s, T>,
    states: States,
    /// `(rows, source length)`, 0 where there is padding; `None` for graphs without one.
    mask: Option<Array2<i64>>,
    is_reordered: bool,
    /// Caches by the names of inputs.
    of_encoder: Vec<(String, Held)>,
    held: Vec<(String, Held)>,
    host: Vec<(String, Tensor)>,
    host_of_encoder: Vec<(String, Tensor)>,
    /// The tokens so far, `(rows, length)`.
    tokens: Array2<i64>,
}

impl<'c, 's, T: Task> EncodedDecoder<'c, 's, T> {
    /// Runs the encoder once and repeats its states for `beams` rows an item.
    pub(super) fn new(
        call: &'c Call<'s, T>,
        feeds: &NamedTensors,
        mask: Option<Array2<i64>>,
        beams: usize,
    ) -> Result<Self, Error> {
        let feeds: Vec<_> = feeds
            .iter()
            .map(|(name, tensor)| (name, Feed::Tensor(tensor)))
            .collect();
        let is_reordered = beams > 1;
        let mut outputs = call.step("encoder_model", &feeds, &|_| !is_reordered)?;
        let states = if let Some((_, states)) = outputs.held.pop() {
            States::Held(states)
        } else {
            let states = output::floats::<Ix3>(
                &outputs.tensors,
                "last_hidden_state",
                "float (batch, length, width)",
            )?;
            States::Host(repeated(&states, beams).into())
        };
        let mask = mask.map(|mask| {
            let rows = (0..mask.nrows() * beams).map(|row| row / beams);
            mask.select(Axis(0), &rows.collect::<Vec<_>>())
        });
        Ok(Self {
            call,
            states,
            mask,
            is_reordered,
            of_encoder: Vec::new(),
            held: Vec::new(),
            host: Vec::new(),
            host_of_encoder: Vec::new(),
            tokens: Array2::zeros((0, 0)),
        })
    }

    /// Runs a decoder graph on tokens `(rows, length)`, which stand at `place` and on, and takes over its caches; gives the scores after the last.
    fn run(
        &mut self,
        graph: &'static str,
        tokens: &Array2<i64>,
        place: usize,
    ) -> Result<Array2<f32>, Error> {
        let inputs = self.call.graph(graph)?.inputs();
        let is_first = place == 0;
        // A batch in pieces comes to the host.
        let is_reordered = self.is_reordered;
        let is_whole = !is_reordered || self.call.graph(graph)?.batch().is_none();
        let mut made = Vec::new();
        for input in inputs {
            let tensor = match input.name.as_str() {
                "input_ids" => integers(input, tokens.clone()),
                "encoder_attention_mask" => match &self.mask {
                    Some(mask) => integers(input, mask.clone()),
                    None => continue,
                },
                "cache_position" => position(input, place),
                "use_cache_branch" => Tensor::from(Array1::from_elem(1, !is_first)),
                name if is_first && name.starts_with(PAST) => nothing(input, tokens.nrows()),
                _ => continue,
            };
            made.push((input.name.as_str(), tensor));
        }
        let mut feeds: Vec<(&str, Feed<'_>)> = made
            .iter()
            .map(|(name, tensor)| (*name, Feed::Tensor(tensor)))
            .collect();
        let wants = |name: &str| inputs.iter().any(|input| input.name == name);
        let mut add = |name, feed| {
            if wants(name) {
                feeds.push((name, feed));
            }
        };
        add(
            "encoder_hidden_states",
            match &self.states {
                States::Held(held) => Feed::Held(held),
                States::Host(tensor) => Feed::Tensor(tensor),
            },
        );
        for (name, held) in self.of_encoder.iter().chain(&self.held) {
            add(name, Feed::Held(held));
        }
        for (name, tensor) in self.host.iter().chain(&self.host_of_encoder) {
            add(name, Feed::Tensor(tensor));
        }
        let keep =
            |name: &str| is_whole && is_cache(name) && (is_of_encoder(name) || !is_reordered);
        let outputs = self.call.step(graph, &feeds, &keep)?;
        let (of_encoder, held): (Vec<_>, Vec<_>) = outputs
            .held
            .into_iter()
            .map(|(name, held)| (as_input(&name), held))
            .partition(|(name, _)| is_of_encoder(name));
        if is_first {
            self.of_encoder = of_encoder;
        }
        self.held = held;
        let caches = outputs.tensors.iter().filter(|(name, _)| is_cache(name));
        let (of_encoder, host) = caches
            .map(|(name, tensor)| (as_input(name), tensor.clone()))
            .partition(|(name, _)| is_of_encoder(name));
        self.host = host;
        if is_first {
            self.host_of_encoder = of_encoder;
        }
        let scores =
            output::floats::<Ix3>(&outputs.tensors, "logits", "float (batch, length, tokens)")?;
        last(&scores)
    }
}

impl<T: Task> Steps for EncodedDecoder<'_, '_, T> {
    fn begin(&mut self, prompts: &Array2<i64>) -> Result<Array2<f32>, Error> {
        self.of_encoder.clear();
        self.held.clear();
        self.host.clear();
        self.host_of_encoder.clear();
        self.tokens.clone_from(prompts);
        let graph = if self.call.has(FIRST) { FIRST } else { MERGED };
        self.run(graph, prompts, 0)
    }

    fn next(&mut self, tokens: &[i64]) -> Result<Array2<f32>, Error> {
        let column = Array2::from_shape_fn((tokens.len(), 1), |(row, _)| tokens[row]);
        let place = self.tokens.ncols();
        self.tokens = concatenate(Axis(1), &[self.tokens.view(), column.view()])
            .map_err(|error| Error::InvalidInput(error.to_string()))?;
        if self.call.has(NEXT) {
            return self.run(NEXT, &column, place);
        }
        if self.call.has(MERGED) {
            return self.run(MERGED, &column, place);
        }
        let whole = self.tokens.clone();
        self.run(FIRST, &whole, 0)
    }

    fn reorder(&mut self, rows: &[usize]) -> Result<(), Error> {
        if rows.iter().copied().eq(0..rows.len()) {
            return Ok(());
        }
        self.tokens = self.tokens.select(Axis(0), rows);
        for (name, tensor) in &mut self.host {
            *tensor = match tensor {
                Tensor::F32(array) => array.select(Axis(0), rows).into(),
                Tensor::F16(array) => array.select(Axis(0), rows).into(),
                Tensor::Bf16(array) => array.select(Axis(0), rows).into(),
                other => {
                    return Err(Error::WrongOutput {
                        output: name.clone(),
                        found: other.dtype().to_owned(),
                        expected: "a cache of floats",
                    });
                }
            };
        }
        Ok(())
    }
}

/// The most tokens that the decoder's graphs take, where they are limited, and that there are `positions` for.
pub(super) fn room<T: Task>(
    call: &Call<'_, T>,
    positions: Option<usize>,
) -> Result<Option<usize>, Error> {
    let room = if call.has(NEXT) {
        let mut inputs = call.graph(NEXT)?.inputs().iter();
        let own = inputs.find(|input| input.name.starts_with(PAST) && !is_of_encoder(&input.name));
        own.and_then(|own| own.shape.get(2).copied().flatten())
    } else if call.has(FIRST) {
        call.graph(FIRST)?.tokens()
    } else {
        None
    };
    Ok([room, positions].into_iter().flatten().min())
}

/// A position in the width that a graph takes.
fn position(input: &Outlet, place: usize) -> Tensor {
    if input.dtype == "int32" {
        Array1::from_elem(1, place as i32).into()
    } else {
        Array1::from_elem(1, place as i64).into()
    }
}

fn is_cache(name: &str) -> bool {
    name.starts_with("present.")
}

fn is_of_encoder(name: &str) -> bool {
    name.contains(".encoder.")
}

/// The input that takes a cache.
fn as_input(output: &str) -> String {
    output.replacen("present.", "past_key_values.", 1)
}

/// Every item `beams` times, one after the other.
fn repeated(states: &Array3<f32>, beams: usize) -> Array3<f32> {
    let rows: Vec<_> = (0..states.len_of(Axis(0)) * beams)
        .map(|row| row / beams)
        .collect();
    states.select(Axis(0), &rows)
}

/// Token ids in the width that a graph takes.
pub(super) fn integers(input: &Outlet, ids: Array2<i64>) -> Tensor {
    if input.dtype == "int32" {
        ids.mapv(|id| id as i32).into()
    } else {
        ids.into()
    }
}

/// What a merged graph's branch without a past is given in place of one: one position of zeros, for providers that
/// take no empty tensors.
fn nothing(input: &Outlet, rows: usize) -> Tensor {
    let mut shape: Vec<usize> = input.shape.iter().map(|size| size.unwrap_or(1)).collect();
    if let Some(first) = shape.first_mut() {
        *first = rows;
    }
    if input.dtype == "float16" {
        ArrayD::from_elem(IxDyn(&shape), half::f16::ZERO).into()
    } else {
        ArrayD::<f32>::zeros(IxDyn(&shape)).into()
    }
}

/// The scores at the last position, `(rows, vocabulary)`.
fn last(scores: &Array3<f32>) -> Result<Array2<f32>, Error> {
    match scores.len_of(Axis(1)).checked_sub(1) {
        Some(last) => Ok(scores.slice(s![.., last, ..]).to_owned()),
        None => Err(Error::EmptyInput("the decoder was given no token")),
    }
}
