//! Reads `ModelProto` with all that an outline keeps of it.

use super::tensor::tensor;
use super::wire::{Fault, Field, Message};
use super::{Attribute, Axis, ElementType, Graph, Node, Outline, Port};

/// Graphs within graphs that are followed; a real file has two levels.
const MOST_LEVELS: usize = 8;

/// Domains of the standard operators.
const STANDARD: [&str; 2] = ["", "ai.onnx"];

/// `ModelProto`.
pub(super) fn model(bytes: &[u8]) -> Result<Outline, Fault> {
    let (mut opset, mut graphs) = (None, Vec::new());
    let mut message = Message::new(bytes);
    while let Some((number, field)) = message.field()? {
        match number {
            7 => graphs.push(field.bytes()?),
            8 => opset = operator_set(field.bytes()?)?.or(opset),
            _ => {}
        }
    }
    let [bytes] = graphs[..] else {
        return Err(format!("it has {} graphs, not one", graphs.len()));
    };
    Ok(Outline {
        opset: opset.ok_or("it names no version of the standard operators")?,
        graph: graph(bytes, 1)?,
    })
}

/// The version of an `OperatorSetIdProto` for the standard operators.
fn operator_set(bytes: &[u8]) -> Result<Option<i64>, Fault> {
    let (mut domain, mut version) = (String::new(), 0);
    let mut message = Message::new(bytes);
    while let Some((number, field)) = message.field()? {
        match number {
            1 => domain = field.text()?,
            2 => version = field.integer()?,
            _ => {}
        }
    }
    Ok(STANDARD.contains(&domain.as_str()).then_some(version))
}

/// `GraphProto`.
fn graph(bytes: &[u8], level: usize) -> Result<Graph, Fault> {
    if level > MOST_LEVELS {
        return Err(format!("graphs stand {level} deep in one another"));
    }
    let mut graph = Graph::default();
    let mut message = Message::new(bytes);
    while let Some((number, field)) = message.field()? {
        match number {
            1 => graph.nodes.push(node(field.bytes()?, level)?),
            5 => {
                let (name, stored) = tensor(field.bytes()?)?;
                if graph.stored.insert(name.clone(), stored).is_some() {
                    return Err(format!("two tensors are called `{name}`"));
                }
            }
            11 => graph.inputs.push(port(field.bytes()?)?),
            12 => graph.outputs.push(port(field.bytes()?)?),
            15 => return Err("sparse tensors are not read".to_owned()),
            _ => {}
        }
    }
    let stored = &graph.stored;
    graph
        .inputs
        .retain(|input| !stored.contains_key(&input.name));
    Ok(graph)
}

/// `NodeProto`.
fn node(bytes: &[u8], level: usize) -> Result<Node, Fault> {
    let mut node = Node::default();
    let mut message = Message::new(bytes);
    while let Some((number, field)) = message.field()? {
        match number {
            1 => node.inputs.push(field.text()?),
            2 => node.outputs.push(field.text()?),
            3 => node.name = field.text()?,
            4 => node.operator = field.text()?,
            5 => {
                let (name, value) = attribute(field.bytes()?, level)?;
                node.attributes.insert(name, value);
            }
            7 => node.domain = field.text()?,
            _ => {}
        }
    }
    if STANDARD.contains(&node.domain.as_str()) {
        node.domain.clear();
    }
    Ok(node)
}

/// `AttributeProto`. Where its type is not told, as in files of the first version, it is what it holds.
fn attribute(bytes: &[u8], level: usize) -> Result<(String, Attribute), Fault> {
    let (mut name, mut kind, mut single) = (String::new(), 0, Attribute::Other);
    let (mut integers, mut floats) = (Vec::new(), Vec::new());
    let mut message = Message::new(bytes);
    while let Some((number, field)) = message.field()? {
        match number {
            1 => name = field.text()?,
            2 => single = Attribute::Float(field.float()?),
            3 => single = Attribute::Integer(field.integer()?),
            4 => {
                let text = String::from_utf8_lossy(field.bytes()?);
                single = Attribute::Text(text.into_owned());
            }
            5 => single = Attribute::Tensor(tensor(field.bytes()?)?.1),
            6 => single = Attribute::Graph(graph(field.bytes()?, level + 1)?),
            7 => field.floats_into(4, &mut floats)?,
            8 => field.integers_into(&mut integers)?,
            20 => kind = field.integer()?,
            _ => {}
        }
    }
    let value = match kind {
        // A zero may be left out.
        1 if single == Attribute::Other => Attribute::Float(0.0),
        2 if single == Attribute::Other => Attribute::Integer(0),
        3 if single == Attribute::Other => Attribute::Text(String::new()),
        6 => Attribute::Floats(floats),
        7 => Attribute::Integers(integers),
        0 if !integers.is_empty() => Attribute::Integers(integers),
        0 if !floats.is_empty() => Attribute::Floats(floats),
        _ => single,
    };
    Ok((name, value))
}

/// `ValueInfoProto`.
fn port(bytes: &[u8]) -> Result<Port, Fault> {
    let mut port = Port {
        name: String::new(),
        element: None,
        axes: None,
    };
    let mut message = Message::new(bytes);
    while let Some((number, field)) = message.field()? {
        match number {
            1 => port.name = field.text()?,
            // `TypeProto`, whose first field is a tensor's type.
            2 => {
                let mut of_type = Message::new(field.bytes()?);
                while let Some((number, field)) = of_type.field()? {
                    if number == 1 {
                        tensor_type(field.bytes()?, &mut port)?;
                    }
                }
            }
            _ => {}
        }
    }
    Ok(port)
}

/// `TypeProto.Tensor`.
fn tensor_type(bytes: &[u8], port: &mut Port) -> Result<(), Fault> {
    let mut message = Message::new(bytes);
    while let Some((number, field)) = message.field()? {
        match number {
            1 => {
                let code = i32::try_from(field.integer()?).ok();
                port.element = code.and_then(ElementType::of);
            }
            2 => {
                let mut axes = Vec::new();
                let mut shape = Message::new(field.bytes()?);
                while let Some((number, field)) = shape.field()? {
                    if number == 1 {
                        axes.push(axis(field)?);
                    }
                }
                port.axes = Some(axes);
            }
            _ => {}
        }
    }
    Ok(())
}

/// `TensorShapeProto.Dimension`.
fn axis(field: Field<'_>) -> Result<Axis, Fault> {
    let mut axis = Axis::Free;
    let mut message = Message::new(field.bytes()?);
    while let Some((number, field)) = message.field()? {
        match number {
            // Negative sizes stand for axes of any length.
            1 => axis = u64::try_from(field.integer()?).map_or(Axis::Free, Axis::Fixed),
            2 => axis = Axis::Named(field.text()?),
            _ => {}
        }
    }
    Ok(match axis {
        Axis::Named(name) if name.is_empty() => Axis::Free,
        axis => axis,
    })
}
