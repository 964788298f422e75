//! Bytes that a node reads and writes when it runs alone, every tensor once.

use super::table::{self, Rule};
use super::{Operand, Operation, beyond, count, sum, times};

/// Bytes that a node moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Traffic {
    /// Read, weights among them.
    pub read_bytes: u64,
    /// Written.
    pub written_bytes: u64,
    /// Read from tensors that the model's file holds.
    pub weight_bytes: u64,
}

impl Operand<'_> {
    /// Its size in bytes.
    ///
    /// # Errors
    /// A shape that is not known, or a size beyond 64 bits.
    pub fn bytes(&self) -> Result<u64, String> {
        let shape = self.shape.ok_or("a shape is not known")?;
        Ok(times(count(shape)?, self.bits)?.div_ceil(8))
    }
}

impl Operation<'_> {
    /// What the node moves: all operands and all outputs once. Views move nothing; what picks some elements of its first
    /// operand reads no others.
    ///
    /// # Errors
    /// A shape that is not known, an operator that is in no table, or a size beyond 64 bits.
    pub fn traffic(&self) -> Result<Traffic, String> {
        let rule = table::rule(self.operator).ok_or("its operator is not in the table of costs")?;
        let mut traffic = Traffic::default();
        if rule == Rule::View {
            return Ok(traffic);
        }
        for output in self.outputs.iter().flatten() {
            traffic.written_bytes = sum(traffic.written_bytes, output.bytes()?)?;
        }
        for (place, input) in self.inputs.iter().enumerate() {
            let Some(input) = input else { continue };
            let mut read = input.bytes()?;
            if place == 0 && picks(self.operator) {
                read = read.min(self.picked(input.bits)?);
            }
            traffic.read_bytes = sum(traffic.read_bytes, read)?;
            if input.is_stored {
                traffic.weight_bytes = traffic.weight_bytes.checked_add(read).ok_or_else(beyond)?;
            }
        }
        Ok(traffic)
    }

    /// Bytes of as many elements of so many bits as all outputs have.
    fn picked(&self, bits: u64) -> Result<u64, String> {
        let outputs = self.outputs.iter().flatten();
        let picked = outputs.map(|output| Operand { bits, ..*output }.bytes());
        picked.sum()
    }
}

/// Whether an operator reads only those elements of its first operand that it gives.
fn picks(operator: &str) -> bool {
    matches!(
        operator,
        "Gather" | "GatherElements" | "GatherND" | "Slice" | "Split"
    )
}
