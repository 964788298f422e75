//! What the operators of ONNX graphs compute and move: `macs`, other operations and bytes of one node, from its shapes.
//!
//! Operations belong to the graph and its shapes: they are the same on every device, whatever a runtime makes of the node.

mod products;
mod table;
mod traffic;

pub use traffic::Traffic;

use table::Rule;

/// One node with the shapes of its operands.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Operation<'a> {
    /// Operator, of the standard set (<https://onnx.ai/onnx/operators/>).
    pub operator: &'a str,
    /// What it reads; `None` for operands that are left out.
    pub inputs: &'a [Option<Operand<'a>>],
    /// What it gives; `None` for values that nobody wants.
    pub outputs: &'a [Option<Operand<'a>>],
    /// Sizes of a pool's window, the attribute `kernel_shape`.
    pub window: Option<&'a [i64]>,
    /// The attribute `equation` of `Einsum`.
    pub equation: Option<&'a str>,
    /// The attribute `mode` of `Resize`.
    pub mode: Option<&'a str>,
}

/// A tensor that a node reads or gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Operand<'a> {
    /// Size of each axis; `None` where it is not known.
    pub shape: Option<&'a [u64]>,
    /// Bits of an element.
    pub bits: u64,
    /// Whether the model's file holds it: a weight or a constant.
    pub is_stored: bool,
}

/// What a node computes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Work {
    /// This much.
    Counted {
        /// Multiplications with an addition each, of products of matrices and of convolutions; `flops` is twice as much.
        macs: u64,
        /// Operations on single elements, as the table of operators counts them.
        other_operations: u64,
    },
    /// Nothing by definition: it moves, views or converts elements.
    Movement,
    /// Not known, for this reason.
    Unknown(String),
}

impl Operation<'_> {
    /// What the node computes.
    #[must_use]
    pub fn work(&self) -> Work {
        let Some(rule) = table::rule(self.operator) else {
            return Work::Unknown(format!("`{}` is not in the table of costs", self.operator));
        };
        match self.counted(rule) {
            Ok(work) => work,
            Err(reason) => Work::Unknown(reason),
        }
    }

    fn counted(&self, rule: Rule) -> Result<Work, String> {
        let (mut macs, mut others) = (0_u64, 0_u64);
        match rule {
            Rule::Movement | Rule::View => return Ok(Work::Movement),
            Rule::Product => {
                macs = products::macs(self)?;
                // The bias.
                if self.operator != "MatMul" && self.inputs.get(2).is_some_and(Option::is_some) {
                    others = count(self.output(0)?)?;
                }
            }
            Rule::Einsum => match products::einsum(self)? {
                products::Contraction::Product(found) => macs = found,
                products::Contraction::Elements(found) => others = found,
                products::Contraction::Movement => return Ok(Work::Movement),
            },
            Rule::Elements(per_output) => others = times(count(self.output(0)?)?, per_output)?,
            Rule::Fold {
                per_input,
                per_output,
            } => {
                let read = times(count(self.input(0)?)?, per_input)?;
                let given = times(count(self.output(0)?)?, per_output)?;
                others = sum(read, given)?;
            }
            Rule::Joined(per_output) => {
                let joins = (self.inputs.len() as u64).saturating_sub(1);
                others = times(count(self.output(0)?)?, sum(joins, per_output)?)?;
            }
            Rule::Norm(per_element) => {
                let has_bias = self.inputs.get(2).is_some_and(Option::is_some);
                let per_element = per_element + u64::from(has_bias);
                others = times(count(self.input(0)?)?, per_element)?;
            }
            Rule::Pool {
                per_tap,
                per_output,
            } => {
                let window = self.window.ok_or("it has no window")?;
                let taps = window.iter().try_fold(1_u64, |all, &size| {
                    all.checked_mul(u64::try_from(size).ok()?)
                });
                let taps = taps.ok_or_else(beyond)?;
                let each = sum(times(taps, per_tap)?, per_output)?;
                others = times(count(self.output(0)?)?, each)?;
            }
            Rule::Resize => {
                let taps = match self.mode.unwrap_or("nearest") {
                    "nearest" => return Ok(Work::Movement),
                    "linear" => 2_u64,
                    "cubic" => 4,
                    other => return Err(format!("resizing in the mode `{other}`")),
                };
                let (from, to) = (self.input(0)?, self.output(0)?);
                let resized = from.iter().zip(to).filter(|(from, to)| from != to);
                let taps = resized
                    .into_iter()
                    .try_fold(1_u64, |all, _| times(all, taps))?;
                if taps == 1 {
                    return Ok(Work::Movement);
                }
                // Each tap is weighted and added.
                others = times(count(to)?, times(taps, 2)?)?;
            }
        }
        Ok(Work::Counted {
            macs,
            other_operations: others,
        })
    }

    /// The shape of an operand that must be there.
    fn input(&self, place: usize) -> Result<&[u64], String> {
        shape(self.inputs, place)
            .ok_or_else(|| format!("the shape of operand {place} is not known"))
    }

    /// The shape of an output that must be there.
    fn output(&self, place: usize) -> Result<&[u64], String> {
        shape(self.outputs, place)
            .ok_or_else(|| format!("the shape of output {place} is not known"))
    }
}

fn shape<'a>(operands: &[Option<Operand<'a>>], place: usize) -> Option<&'a [u64]> {
    operands.get(place)?.and_then(|operand| operand.shape)
}

fn beyond() -> String {
    "it is more than 64 bits can count".to_owned()
}

/// Number of elements.
fn count(shape: &[u64]) -> Result<u64, String> {
    let all = shape
        .iter()
        .try_fold(1_u64, |all, &size| all.checked_mul(size));
    all.ok_or_else(beyond)
}

fn times(one: u64, other: u64) -> Result<u64, String> {
    one.checked_mul(other).ok_or_else(beyond)
}

fn sum(one: u64, other: u64) -> Result<u64, String> {
    one.checked_add(other).ok_or_else(beyond)
}

#[cfg(test)]
mod tests;
