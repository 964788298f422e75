//! The shapes that a caller gives for a graph's inputs.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Known, Operand};
use crate::error::ExportError;
use crate::outline::{Axis, Graph, Numbers, Outline, Port};

/// What a caller says of an input.
#[derive(Debug, Clone, PartialEq)]
pub struct Given {
    /// Size of each axis.
    pub shape: Vec<u64>,
    /// Its elements, where a shape or a branch depends on them.
    pub numbers: Option<Numbers>,
}

/// What a caller says of each input, by its name.
pub type Givens = BTreeMap<String, Given>;

impl Given {
    /// An input of which nothing but the shape matters.
    #[must_use]
    pub fn shape(shape: impl Into<Vec<u64>>) -> Self {
        Self {
            shape: shape.into(),
            numbers: None,
        }
    }
}

impl Outline {
    /// The shapes of all inputs from the lengths of their named axes. A name may be a sum: then the lengths of its parts
    /// are added, unless the sum itself has a length.
    ///
    /// # Errors
    /// An axis without a name and a length, or one whose length is not given.
    pub fn shaped(&self, length: impl Fn(&str) -> Option<u64>) -> Result<Givens, ExportError> {
        let mut givens = Givens::new();
        for input in &self.graph.inputs {
            let refuse = |reason: String| ExportError::InputShape {
                input: input.name.clone(),
                reason,
            };
            let axes = input.axes.as_deref();
            let axes =
                axes.ok_or_else(|| refuse("the file does not say how many axes it has".into()))?;
            let size = |axis: &Axis| match axis {
                Axis::Fixed(size) => Ok(*size),
                Axis::Named(name) => sum(name, &length).ok_or_else(|| {
                    refuse(format!(
                        "its axis `{name}` has no length; choose one, as by `--axis {name}=128`"
                    ))
                }),
                Axis::Free => Err(refuse(
                    "it has an axis without a name; give its shape".into(),
                )),
            };
            let shape = axes.iter().map(size).collect::<Result<Vec<_>, _>>()?;
            givens.insert(input.name.clone(), Given::shape(shape));
        }
        Ok(givens)
    }

    /// The names of its inputs' axes, without those that are sums of others, sorted.
    #[must_use]
    pub fn axes(&self) -> Vec<&str> {
        let axes = self
            .graph
            .inputs
            .iter()
            .filter_map(|input| input.axes.as_deref());
        let named = axes.flatten().filter_map(|axis| match axis {
            Axis::Named(name) => Some(name.as_str()),
            _ => None,
        });
        let mut parts: Vec<_> = named.flat_map(|name| name.split(" + ")).collect();
        parts.sort_unstable();
        parts.dedup();
        parts
    }
}

fn sum(name: &str, length: &impl Fn(&str) -> Option<u64>) -> Option<u64> {
    length(name).or_else(|| {
        let mut parts = name.split(" + ");
        parts.try_fold(0_u64, |all, part| all.checked_add(length(part)?))
    })
}

/// The graph's inputs with the shapes that are given for them.
pub(super) fn checked<'o>(
    graph: &'o Graph,
    givens: &Givens,
) -> Result<Vec<Operand<'o>>, ExportError> {
    let is_input = |name: &&String| graph.inputs.iter().any(|input| input.name == **name);
    if let Some(unknown) = givens.keys().find(|name| !is_input(name)) {
        let known: Vec<_> = graph.inputs.iter().map(|i| i.name.as_str()).collect();
        return Err(ExportError::InputShape {
            input: unknown.clone(),
            reason: format!("the graph has no such input; it has: {}", known.join(", ")),
        });
    }
    let operand = |input: &'o Port| {
        let known = known(input, givens.get(&input.name));
        let fact = known.map_err(|reason| ExportError::InputShape {
            input: input.name.clone(),
            reason,
        })?;
        Ok(Operand {
            name: &input.name,
            fact: Ok(Arc::new(fact)),
        })
    };
    graph.inputs.iter().map(operand).collect()
}

fn known(input: &Port, given: Option<&Given>) -> Result<Known, String> {
    let given = given.ok_or("its shape is not given")?;
    let known = Known::new(
        input.element.ok_or("it is no tensor of a known type")?,
        given.shape.clone(),
    );
    if let Some(axes) = &input.axes {
        let fits =
            |(axis, size): (&Axis, &u64)| !matches!(axis, Axis::Fixed(fixed) if fixed != size);
        if axes.len() != given.shape.len() || !axes.iter().zip(&given.shape).all(fits) {
            let axes: Vec<_> = axes.iter().map(told).collect();
            return Err(format!(
                "its shape is {:?}, and the graph takes [{}]",
                given.shape,
                axes.join(", ")
            ));
        }
    }
    if !known.is_countable() {
        return Err(format!("its size {:?} is beyond 64 bits", known.shape));
    }
    match &given.numbers {
        Some(numbers) => known.decided(numbers),
        None => Ok(known),
    }
}

fn told(axis: &Axis) -> String {
    match axis {
        Axis::Fixed(size) => size.to_string(),
        Axis::Named(name) => name.clone(),
        Axis::Free => "any".to_owned(),
    }
}
