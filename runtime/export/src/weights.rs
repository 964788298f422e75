//! What a builder asks of a checkpoint, tensor by tensor; faults are collected so that all are
//! reported at once.

use std::collections::BTreeMap;

use crate::checkpoint::Checkpoint;
use crate::error::{ExportError, TensorFault, TensorFaultKind};

/// The tensors a graph is built from: those of a checkpoint, or a record of those a checkpoint
/// would need.
#[derive(Debug)]
pub(crate) struct Weights<'a> {
    checkpoint: Option<&'a Checkpoint>,
    needed: BTreeMap<String, Vec<u64>>,
    faults: BTreeMap<String, TensorFaultKind>,
}

impl<'a> Weights<'a> {
    /// The tensors of a checkpoint.
    pub(crate) fn of(checkpoint: &'a Checkpoint) -> Self {
        Self {
            checkpoint: Some(checkpoint),
            needed: BTreeMap::new(),
            faults: BTreeMap::new(),
        }
    }

    /// A record of what is asked for.
    pub(crate) fn recording() -> Self {
        Self {
            checkpoint: None,
            needed: BTreeMap::new(),
            faults: BTreeMap::new(),
        }
    }

    /// Whether the checkpoint has a tensor; a record has none yet.
    pub(crate) fn contains(&self, name: &str) -> bool {
        self.checkpoint
            .is_some_and(|checkpoint| checkpoint.find(name).is_some())
    }

    /// Whether only a configuration is at hand, so that nothing is known of a checkpoint's tensors.
    pub(crate) fn is_recording(&self) -> bool {
        self.checkpoint.is_none()
    }

    /// Asks for a tensor of a shape.
    pub(crate) fn require(&mut self, name: &str, shape: &[u64]) {
        self.needed.insert(name.to_owned(), shape.to_vec());
        let Some(checkpoint) = self.checkpoint else {
            return;
        };
        let fault = match checkpoint.find(name) {
            None => Some(TensorFaultKind::Missing),
            Some(stored) if stored.shape != shape => Some(TensorFaultKind::Shape {
                expected: shape.to_vec(),
                found: stored.shape.clone(),
            }),
            Some(stored) if !stored.encoding.is_readable() => Some(TensorFaultKind::Element {
                found: stored.encoding.name(),
            }),
            Some(_) => None,
        };
        if let Some(fault) = fault {
            self.faults.insert(name.to_owned(), fault);
        }
    }

    /// The tensors asked for with their shapes, or all that is wrong with them.
    pub(crate) fn finish(self) -> Result<BTreeMap<String, Vec<u64>>, ExportError> {
        match self.checkpoint {
            Some(checkpoint) if !self.faults.is_empty() => {
                let fault = |(tensor, kind)| TensorFault { tensor, kind };
                Err(ExportError::Tensors {
                    dir: checkpoint.dir.clone(),
                    faults: self.faults.into_iter().map(fault).collect(),
                })
            }
            _ => Ok(self.needed),
        }
    }
}
