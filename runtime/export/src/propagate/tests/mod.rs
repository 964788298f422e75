//! Graphs of one node: rules of operators, and what a propagation says of inputs, branches and what it does not know.

mod facts;
mod rules;

use super::*;
use crate::outline::{Attribute, Axis, Port};

/// An operand: a shape of floats, or integers that are known.
#[derive(Clone)]
enum Fed {
    Shape(Vec<u64>),
    Integers(Vec<i64>),
    Floats(Vec<f64>),
    Absent,
}

fn stored(element: ElementType, numbers: Numbers) -> Stored {
    Stored {
        element,
        shape: vec![numbers.len() as u64],
        numbers: Some(numbers),
    }
}

fn ints(numbers: &[i64]) -> Attribute {
    Attribute::Integers(numbers.to_vec())
}

/// A graph of one node, whose operands are inputs or stored lists.
fn outline(operator: &str, fed: &[Fed], attributes: &[(&str, Attribute)]) -> (Outline, Givens) {
    let mut graph = Graph::default();
    let mut givens = Givens::new();
    let mut inputs = Vec::new();
    for (place, fed) in fed.iter().enumerate() {
        let name = format!("operand{place}");
        inputs.push(name.clone());
        match fed {
            Fed::Shape(shape) => {
                graph.inputs.push(Port {
                    name: name.clone(),
                    element: Some(ElementType::FLOAT32),
                    axes: Some(vec![Axis::Free; shape.len()]),
                });
                givens.insert(name, Given::shape(shape.clone()));
            }
            Fed::Integers(numbers) => {
                let numbers = Numbers::Integers(numbers.clone());
                graph
                    .stored
                    .insert(name, stored(ElementType::INT64, numbers));
            }
            Fed::Floats(numbers) => {
                let numbers = Numbers::Floats(numbers.clone());
                graph
                    .stored
                    .insert(name, stored(ElementType::FLOAT32, numbers));
            }
            Fed::Absent => {
                inputs.pop();
                inputs.push(String::new());
            }
        }
    }
    let attributes = attributes
        .iter()
        .map(|(name, value)| ((*name).to_owned(), value.clone()));
    graph.nodes.push(Node {
        name: "node".to_owned(),
        operator: operator.to_owned(),
        inputs,
        outputs: vec!["a".to_owned(), "b".to_owned()],
        attributes: attributes.collect(),
        ..Node::default()
    });
    (Outline { opset: 18, graph }, givens)
}

/// What a node's first output is.
fn first(operator: &str, fed: &[Fed], attributes: &[(&str, Attribute)]) -> Fact {
    let (outline, givens) = outline(operator, fed, attributes);
    let propagation = outline.propagate(&givens).unwrap();
    let output = propagation.steps[0].outputs[0].as_ref().unwrap();
    output.fact.clone()
}

fn shape(operator: &str, fed: &[Fed], attributes: &[(&str, Attribute)]) -> Vec<u64> {
    let fact = first(operator, fed, attributes);
    fact.unwrap_or_else(|unknown| panic!("{operator}: {unknown:?}"))
        .shape
        .clone()
}

fn reason(operator: &str, fed: &[Fed], attributes: &[(&str, Attribute)]) -> String {
    first(operator, fed, attributes).unwrap_err().reason.clone()
}

fn computed(operator: &str, fed: &[Fed], attributes: &[(&str, Attribute)]) -> Vec<i64> {
    let fact = first(operator, fed, attributes).unwrap();
    let integers = fact.numbers.as_ref().and_then(Numbers::integers);
    integers
        .unwrap_or_else(|| panic!("{operator} computes nothing"))
        .to_vec()
}
