//! What the graphs of a call are fed, kept for who wants to count or repeat it.

use crate::cost::{self, Givens};
use crate::engine::Feed;
use crate::tensor::NamedTensors;
use export::propagate::Given;

/// What one run of a graph was fed.
#[derive(Debug, Clone, PartialEq)]
pub struct Traced {
    /// The graph, by the stem of its file.
    pub graph: &'static str,
    /// Shapes of all inputs, with the integers of those that have few.
    pub givens: Givens,
    /// The tensors of the inputs that came from the host.
    pub feeds: NamedTensors,
    /// Whether all inputs did, so that the run can be repeated from them.
    pub is_whole: bool,
}

impl Traced {
    pub(super) fn new(graph: &'static str, feeds: &[(&str, Feed<'_>)]) -> Self {
        let mut kept = NamedTensors::new();
        let mut held = Givens::new();
        for (name, feed) in feeds {
            match feed {
                Feed::Tensor(tensor) => kept.insert((*name).to_owned(), (*tensor).clone()),
                Feed::Held(value) => {
                    let shape: Vec<u64> = value.shape().iter().map(|&size| size as u64).collect();
                    held.insert((*name).to_owned(), Given::shape(shape));
                }
            }
        }
        let is_whole = held.is_empty();
        let mut givens = cost::given(&kept);
        givens.append(&mut held);
        Self {
            graph,
            givens,
            feeds: kept,
            is_whole,
        }
    }
}
