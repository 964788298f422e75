//! Costs for people.

use super::Costed;
use crate::cost::{Givens, GraphCost, NodeCost};

/// Width of a node's name; longer ones lose their beginning.
const NAME: usize = 40;

/// What every graph costs, and its most expensive nodes and operators.
pub(super) fn table(costs: &[Costed], top: usize) -> String {
    let texts = costs.iter().map(|costed| {
        let Costed { name, givens, cost } = costed;
        let mut text = format!("{name}\n");
        inputs(givens, &mut text);
        totals(cost, &mut text);
        for branch in &cost.branches {
            text.push_str(&format!("  if {} takes {}\n", branch.node, branch.branch));
            totals(&branch.cost, &mut text);
        }
        nodes(cost, top, &mut text);
        operators(cost, top, &mut text);
        text
    });
    texts.collect::<Vec<_>>().join("\n")
}

/// Inputs of one shape on one line: caches have dozens.
fn inputs(givens: &Givens, text: &mut String) {
    let mut shapes: Vec<(&Vec<u64>, Vec<&str>)> = Vec::new();
    for (name, given) in givens {
        match shapes.iter_mut().find(|(shape, _)| **shape == given.shape) {
            Some((_, names)) => names.push(name),
            None => shapes.push((&given.shape, vec![name])),
        }
    }
    for (shape, names) in shapes {
        let names = match &names[..] {
            [first, .., last] if names.len() > 3 => {
                format!("{first} … {last} ({} inputs)", names.len())
            }
            names => names.join(", "),
        };
        text.push_str(&format!("  {:<20} {names}\n", size(shape)));
    }
}

fn totals(cost: &GraphCost, text: &mut String) {
    let bound = if cost.is_lower_bound() {
        "at least "
    } else {
        ""
    };
    let mut line = |label: &str, value: String| {
        text.push_str(&format!("  {label:<20} {value}\n"));
    };
    line("MACs", format!("{bound}{}", grouped(cost.macs)));
    line("FLOPs", format!("{bound}{}", grouped(cost.flops())));
    line(
        "other operations",
        format!("{bound}{}", grouped(cost.other_operations)),
    );
    let moved = &cost.compulsory;
    line("weights", format!("{} bytes", grouped(moved.weight_bytes)));
    let bound = if moved.unsized_values.is_empty() {
        ""
    } else {
        "at least "
    };
    line(
        "compulsory",
        format!(
            "{bound}{} bytes (with inputs {}, outputs {})",
            grouped(moved.bytes()),
            grouped(moved.input_bytes),
            grouped(moved.output_bytes)
        ),
    );
    line(
        "unfused",
        match cost.unfused_bytes() {
            Some(bytes) => format!("{} bytes", grouped(bytes)),
            None => "not known".to_owned(),
        },
    );
    line(
        "activations",
        match cost.peak_activation_bytes {
            Some(bytes) => format!("{} bytes at once, at most", grouped(bytes)),
            None => "not known".to_owned(),
        },
    );
    line(
        "intensity",
        match cost.arithmetic_intensity_flops_per_byte() {
            Some(intensity) => format!("{intensity:.2} FLOP/byte of compulsory bytes"),
            None => "not known".to_owned(),
        },
    );
    if let Some(first) = cost.unknown.first() {
        line(
            "unknown",
            format!(
                "{} of {} nodes, first {} `{}`:",
                cost.unknown.len(),
                cost.nodes.len(),
                first.operator,
                short(&first.name)
            ),
        );
        line("", first.reason.clone());
    }
}

fn nodes(cost: &GraphCost, top: usize, text: &mut String) {
    let mut dearest: Vec<&NodeCost> = cost
        .nodes
        .iter()
        .filter(|node| work(node) > (0, 0))
        .collect();
    dearest.sort_by_key(|node| std::cmp::Reverse(work(node)));
    dearest.truncate(top);
    if dearest.is_empty() {
        return;
    }
    text.push_str(&format!(
        "  {:<NAME$} {:>15} {:>6} {:>13}  {}\n",
        "node", "MACs", "share", "other", "output"
    ));
    for node in dearest {
        text.push_str(&format!(
            "  {:<NAME$} {:>15} {:>6} {:>13}  {}\n",
            short(&node.name),
            grouped(node.macs),
            share(node.macs, cost.macs),
            grouped(node.other_operations),
            node.output_shape.as_deref().map_or_else(String::new, size)
        ));
    }
}

fn operators(cost: &GraphCost, top: usize, text: &mut String) {
    let mut listed = cost.operators();
    listed.retain(|&(_, _, macs, others)| (macs, others) > (0, 0));
    listed.truncate(top);
    if listed.is_empty() {
        return;
    }
    text.push_str(&format!(
        "  {:<NAME$} {:>15} {:>6} {:>13}  {}\n",
        "operator", "MACs", "share", "other", "nodes"
    ));
    for (operator, nodes, macs, others) in listed {
        text.push_str(&format!(
            "  {operator:<NAME$} {:>15} {:>6} {:>13}  {nodes}\n",
            grouped(macs),
            share(macs, cost.macs),
            grouped(others)
        ));
    }
}

fn work(node: &NodeCost) -> (u64, u64) {
    (node.macs, node.other_operations)
}

fn share(part: u64, whole: u64) -> String {
    if whole == 0 {
        return "-".to_owned();
    }
    format!("{:.1}%", 100.0 * part as f64 / whole as f64)
}

/// A shape, as `1x128x768`; a number has none.
fn size(shape: &[u64]) -> String {
    if shape.is_empty() {
        return "number".to_owned();
    }
    let sizes: Vec<_> = shape.iter().map(ToString::to_string).collect();
    sizes.join("x")
}

/// The end of a long name: it says more than the beginning.
fn short(name: &str) -> String {
    let length = name.chars().count();
    if length <= NAME {
        return name.to_owned();
    }
    let end: String = name.chars().skip(length + 1 - NAME).collect();
    format!("…{end}")
}

/// A number with commas between thousands.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_names_are_readable() {
        assert_eq!(
            [0, 999, 1000, 1_234_567].map(grouped),
            ["0", "999", "1,000", "1,234,567"]
        );
        assert_eq!(size(&[1, 128, 768]), "1x128x768");
        let long = "/a/very/long/path/of/scopes/in/a/graph/MatMul_1";
        assert_eq!(short(long).chars().count(), NAME);
        assert!(short(long).ends_with("graph/MatMul_1"));
        assert_eq!((share(1, 3).as_str(), share(1, 0).as_str()), ("33.3%", "-"));
    }
}
