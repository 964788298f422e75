//! Graphs and values in words, for error messages and for tests.

use super::shape::bracketed;
use super::{Graph, Value};

impl Graph {
    /// A value's type, with its name where it has one a reader knows.
    pub(crate) fn describe(&self, value: Value) -> String {
        let slot = &self.values[value.0];
        format!("{} {}", slot.element, bracketed(&slot.shape))
    }
}

#[cfg(test)]
impl Graph {
    /// One line a node: path, operands, attributes, result.
    pub(crate) fn listing(&self) -> String {
        let mut lines = Vec::new();
        let typed = |&value: &Value| format!("{}: {}", self.name(value), self.describe(value));
        lines.extend(
            self.inputs
                .iter()
                .map(|value| format!("input {}", typed(value))),
        );
        for node in &self.nodes {
            let short = |&value: &Value| self.name(value).trim_end_matches("_output").to_owned();
            let attribute = |(name, value): &(&str, super::Attribute)| format!("{name}={value:?}");
            let mut operands: Vec<String> = node.inputs.iter().map(short).collect();
            operands.extend(node.attributes.iter().map(attribute));
            let operands = operands.join(", ");
            lines.push(format!(
                "{}({operands}) -> {}",
                node.name,
                self.describe(node.output)
            ));
        }
        lines.extend(
            self.outputs
                .iter()
                .map(|value| format!("output {}", typed(value))),
        );
        lines.join("\n") + "\n"
    }
}
