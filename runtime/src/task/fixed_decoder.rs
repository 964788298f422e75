//! Runs a decoder whose cache has a fixed number of places: a graph that reads the prompt, and one that goes on by a token.
//!
//! Rows begin at the first place, whatever padding stood before their tokens, so that a token's place is its position.

use ndarray::{Array2, ArrayView2, Axis, Ix3, s};

use super::cached_decoder::integers;
use super::embedder::Embedder;
use super::{Task, output};
use crate::engine::{Feed, Held};
use crate::error::Error;
use crate::session::Call;
use crate::tensor::NamedTensors;

/// The graph that reads a prompt, by the name that hub exports use.
pub(super) const BEGIN: &str = "decoder_model";
/// The graph that goes on from a cache.
pub(super) const GO_ON: &str = "decoder_with_past_model";

const PAST: &str = "past_key_values.";
const PRESENT: &str = "present.";
const LOGITS: &str = "logits";

/// What a decoder with a fixed cache remembers of a batch.
pub(super) struct FixedDecoder {
    places: usize,
    /// How many places of each row are taken; empty before the prompt.
    taken: Vec<usize>,
    /// Keys and values, under the names of the inputs that take them.
    held: Vec<(String, Held)>,
}

impl FixedDecoder {
    /// A decoder that has seen nothing yet.
    ///
    /// # Errors
    /// Graphs whose cache grows.
    pub(super) fn new<T: Task>(call: &Call<'_, T>) -> Result<Self, Error> {
        let mut inputs = call.graph(GO_ON)?.inputs().iter();
        let past = inputs.find(|input| input.name.starts_with(PAST));
        let places = past.and_then(|past| past.shape.get(2).copied().flatten());
        let places = places.ok_or_else(|| {
            Error::InvalidInput(format!(
                "`{GO_ON}` has no cache of a fixed number of places; use one graph called `model`"
            ))
        })?;
        Ok(Self {
            places,
            taken: Vec::new(),
            held: Vec::new(),
        })
    }

    /// How many tokens a row can have.
    pub(super) const fn places(&self) -> usize {
        self.places
    }

    /// Feeds tokens `(batch, length)` of which `mask` says which are no padding; returns the scores of what follows the
    /// last of each row, `(batch, vocabulary)`.
    pub(super) fn feed<T: Task>(
        &mut self,
        call: &Call<'_, T>,
        embedder: &mut Option<Embedder>,
        tokens: &Array2<i64>,
        mask: &Array2<i64>,
    ) -> Result<Array2<f32>, Error> {
        if self.taken.is_empty() {
            let (rows, lengths) = from_the_start(tokens, mask);
            let places = Array2::from_shape_fn(rows.dim(), |(_, place)| place as i64);
            self.taken.clone_from(&lengths);
            return self.run(call, BEGIN, embedder, &rows, &places, &lengths);
        }
        let mut scores = None;
        for column in tokens.axis_iter(Axis(1)) {
            if let Some(&found) = self.taken.iter().find(|taken| **taken >= self.places) {
                return Err(Error::TooLong {
                    axis: "sequence_length".to_owned(),
                    found: found + 1,
                    length: self.places,
                });
            }
            let column = column.insert_axis(Axis(1)).to_owned();
            let places = Array2::from_shape_fn(column.dim(), |(row, _)| self.taken[row] as i64);
            let ones = vec![1; column.nrows()];
            scores = Some(self.run(call, GO_ON, embedder, &column, &places, &ones)?);
            self.taken.iter_mut().for_each(|taken| *taken += 1);
        }
        scores.ok_or(Error::EmptyInput("there is no token to score"))
    }

    /// Runs a graph on tokens at places, both `(batch, length)`; gives the scores after the last of each row's `lengths`.
    fn run<T: Task>(
        &mut self,
        call: &Call<'_, T>,
        graph: &'static str,
        embedder: &mut Option<Embedder>,
        tokens: &Array2<i64>,
        places: &Array2<i64>,
        lengths: &[usize],
    ) -> Result<Array2<f32>, Error> {
        let mut host = NamedTensors::new();
        for input in call.graph(graph)?.inputs() {
            let tensor = match (input.name.as_str(), embedder.as_mut()) {
                ("inputs_embeds", Some(embedder)) => embedder.embed(call, tokens)?,
                ("input_ids", _) => integers(input, tokens.clone()),
                ("position_ids", _) => integers(input, places.clone()),
                _ => continue,
            };
            host.insert(input.name.clone(), tensor);
        }
        let mut feeds: Vec<(&str, Feed<'_>)> = host
            .iter()
            .map(|(name, tensor)| (name, Feed::Tensor(tensor)))
            .collect();
        let held = self.held.iter();
        feeds.extend(held.map(|(name, value)| (name.as_str(), Feed::Held(value))));
        let outputs = call.step(graph, &feeds, &|name| name.starts_with(PRESENT))?;
        let held = outputs.held.into_iter().filter_map(|(name, value)| {
            let layer = name.strip_prefix(PRESENT)?;
            Some((format!("{PAST}{layer}"), value))
        });
        self.held = held.collect();
        let form = "float (batch, tokens, vocabulary)";
        let scores = output::floats::<Ix3>(&outputs.tensors, LOGITS, form)?;
        let mut last = Array2::zeros((tokens.nrows(), scores.len_of(Axis(2))));
        for ((row, length), mut last) in lengths.iter().enumerate().zip(last.rows_mut()) {
            let place = length
                .checked_sub(1)
                .filter(|place| *place < scores.len_of(Axis(1)));
            let place = place.ok_or(Error::EmptyInput("there is no token to score"))?;
            last.assign(&scores.slice(s![row, place, ..]));
        }
        Ok(last)
    }
}

/// Rows of tokens without the padding before them, as long as the longest, and how many tokens each has.
fn from_the_start(tokens: &Array2<i64>, mask: &Array2<i64>) -> (Array2<i64>, Vec<usize>) {
    let kept = |(row, seen): (ArrayView2<'_, i64>, ArrayView2<'_, i64>)| -> Vec<i64> {
        let pairs = row.iter().zip(seen.iter());
        pairs
            .filter(|(_, seen)| **seen != 0)
            .map(|(token, _)| *token)
            .collect()
    };
    let rows: Vec<Vec<i64>> = tokens
        .axis_chunks_iter(Axis(0), 1)
        .zip(mask.axis_chunks_iter(Axis(0), 1))
        .map(kept)
        .collect();
    let lengths: Vec<_> = rows.iter().map(Vec::len).collect();
    let longest = lengths.iter().max().copied().unwrap_or(0);
    let at = |(row, place): (usize, usize)| rows[row].get(place).copied().unwrap_or(0);
    (Array2::from_shape_fn((rows.len(), longest), at), lengths)
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::from_the_start;

    #[test]
    fn rows_begin_with_their_tokens() {
        let tokens = array![[9, 9, 5], [3, 4, 7]];
        let (rows, lengths) = from_the_start(&tokens, &array![[0, 0, 1], [0, 1, 1]]);
        assert_eq!(rows, array![[5, 0], [4, 7]]);
        assert_eq!(lengths, [1, 2]);
    }
}
