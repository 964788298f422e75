//! Makes embeddings of tokens, with vectors of pictures in place of some.

use ndarray::{Array2, Axis, Ix3};

use super::cached_decoder::integers;
use super::{Task, output};
use crate::error::Error;
use crate::session::Call;
use crate::tensor::{NamedTensors, Tensor};

/// What makes embeddings of tokens, with vectors of pictures in place of some.
pub(super) struct Embedder {
    graph: &'static str,
    /// The token that stands for a vector.
    token: i64,
    /// For each row of the batch its vectors, `(vectors, width)`, and how many were read.
    vectors: Vec<(Array2<f32>, usize)>,
}

impl Embedder {
    /// An embedder by the graph of that name, with the vectors of each row of the batch.
    pub(super) fn new(graph: &'static str, token: i64, vectors: Vec<Array2<f32>>) -> Self {
        Self {
            graph,
            token,
            vectors: vectors.into_iter().map(|vectors| (vectors, 0)).collect(),
        }
    }

    /// Embeddings of tokens `(batch, length)`, `(batch, length, width)`. The tokens of pictures take their vectors in
    /// order; once those are used up the token is one like others.
    pub(super) fn embed<T: Task>(
        &mut self,
        call: &Call<'_, T>,
        tokens: &Array2<i64>,
    ) -> Result<Tensor, Error> {
        let mut feeds = NamedTensors::new();
        for input in call.graph(self.graph)?.inputs() {
            feeds.insert(input.name.clone(), integers(input, tokens.clone()));
        }
        let outputs = call.forward(self.graph, &feeds)?;
        let form = "float (batch, tokens, width)";
        let mut embedded = output::floats::<Ix3>(&outputs, "inputs_embeds", form)?;
        let rows = tokens.rows().into_iter().zip(embedded.outer_iter_mut());
        for ((tokens, mut row), (vectors, read)) in rows.zip(&mut self.vectors) {
            for (token, mut place) in tokens.iter().zip(row.axis_iter_mut(Axis(0))) {
                if *token != self.token || *read == vectors.nrows() {
                    continue;
                }
                if place.len() != vectors.ncols() {
                    return Err(Error::WrongOutput {
                        output: "image_features".to_owned(),
                        found: format!("{} wide", vectors.ncols()),
                        expected: "as wide as the embeddings of tokens",
                    });
                }
                place.assign(&vectors.row(*read));
                *read += 1;
            }
        }
        Ok(Tensor::from(embedded))
    }
}
