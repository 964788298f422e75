//! Tests of the graph: shape rules, sharing, sweeping.

use super::{Axis, Dim, Element, Graph, Layout, Value};
use crate::error::ExportError;

const BATCH: Dim = Dim::Symbol("batch");
const LENGTH: Dim = Dim::Symbol("length");

fn floats(graph: &mut Graph, shape: &[Dim]) -> Value {
    graph.input("x", Element::Float32, shape.to_vec())
}

#[test]
fn operands_that_do_not_fit_are_named_with_their_shapes() {
    let check = |build: fn(&mut Graph) -> Result<Value, ExportError>, expected: &str| {
        let mut graph = Graph::new(Element::Float32);
        graph.enter("encoder");
        graph.enter("layer.0");
        assert_eq!(build(&mut graph).unwrap_err().to_string(), expected);
    };
    check(
        |graph| {
            let x = floats(graph, &[BATCH, LENGTH, Dim::Fixed(7)]);
            let weight = graph.tensor("w", &[9, 8], Layout::Transposed);
            graph.matmul(x, weight)
        },
        "node `/encoder/layer.0/MatMul`: MatMul of float32 [batch, length, 7], float32 [8, 9]: \
         the inner dimensions 7 and 8 differ",
    );
    check(
        |graph| {
            let x = floats(graph, &[BATCH, Dim::Fixed(4)]);
            let y = floats(graph, &[LENGTH, Dim::Fixed(4)]);
            graph.add(x, y)
        },
        "node `/encoder/layer.0/Add`: Add of float32 [batch, 4], float32 [length, 4]: shapes cannot be broadcast",
    );
    check(
        |graph| {
            let x = floats(graph, &[BATCH]);
            let y = graph.integer(Element::Int64, 1);
            graph.mul(x, y)
        },
        "node `/encoder/layer.0/Mul`: Mul of float32 [batch], int64 []: element types differ",
    );
    check(
        |graph| {
            let x = floats(graph, &[BATCH, LENGTH, Dim::Fixed(8)]);
            graph.reshape(x, &[Axis::Keep, Axis::Keep, Axis::Size(2), Axis::Size(3)])
        },
        "node `/encoder/layer.0/Reshape`: Reshape of float32 [batch, length, 8]: \
         the elements do not fill [batch, length, 2, 3]",
    );
    check(
        |graph| {
            let x = floats(graph, &[BATCH, LENGTH]);
            graph.reshape(x, &[Axis::Keep, Axis::Size(4)])
        },
        "node `/encoder/layer.0/Reshape`: Reshape of float32 [batch, length]: the elements do not fill [batch, 4]",
    );
    check(
        |graph| {
            let x = floats(graph, &[BATCH, LENGTH]);
            graph.transpose(x, &[1, 1])
        },
        "node `/encoder/layer.0/Transpose`: Transpose of float32 [batch, length]: [1, 1] is no order of its dimensions",
    );
    check(
        |graph| {
            let x = floats(
                graph,
                &[BATCH, Dim::Fixed(3), Dim::Fixed(30), Dim::Fixed(32)],
            );
            let weight = graph.tensor("w", &[16, 3, 8, 8], Layout::AsStored);
            let bias = graph.tensor("b", &[16], Layout::AsStored);
            graph.patches(x, weight, Some(bias))
        },
        "node `/encoder/layer.0/Conv`: Conv of float32 [batch, 3, 30, 32], float32 [16, 3, 8, 8], float32 [16]: \
         the patches do not tile the image",
    );
    check(
        |graph| {
            let x = floats(graph, &[BATCH, Dim::Fixed(8)]);
            let weight = graph.tensor("w", &[4], Layout::AsStored);
            graph.layer_norm(x, weight, weight, 1e-5)
        },
        "node `/encoder/layer.0/LayerNormalization`: LayerNormalization of float32 [batch, 8], float32 [4], \
         float32 [4]: scale and shift are not as wide as the last dimension",
    );
    check(
        |graph| {
            let x = floats(graph, &[BATCH, Dim::Fixed(3)]);
            graph.pick(x, 1, 3)
        },
        "node `/encoder/layer.0/Gather`: Gather of float32 [batch, 3]: there is no slice 3 of axis 1",
    );
    check(
        |graph| {
            let x = graph.input("mask", Element::Bool, vec![BATCH, LENGTH]);
            graph.unsqueeze(x, &[1])
        },
        "node `/encoder/layer.0/Unsqueeze`: Unsqueeze of bool [batch, length]: \
         truth values are not reshaped on WebGPU; cast after it",
    );
}

#[test]
fn equal_constants_and_weights_stand_in_the_graph_once() {
    let mut graph = Graph::new(Element::Float32);
    let halves = [graph.scalar(0.5), graph.scalar(0.5), graph.scalar(1.0)];
    assert_eq!(halves[0], halves[1]);
    assert_ne!(halves[0], halves[2]);
    assert_ne!(graph.int64s(&[], &[1]), graph.int64s(&[1], &[1]));
    assert_ne!(
        graph.integer(Element::Int32, 1),
        graph.integer(Element::Int64, 1)
    );
    let stored = graph.tensor("w", &[2, 3], Layout::AsStored);
    let turned = graph.tensor("w", &[2, 3], Layout::Transposed);
    assert_eq!(stored, graph.tensor("w", &[2, 3], Layout::AsStored));
    assert_ne!(stored, turned);
    assert_eq!(graph.initializers.len(), 7);
}

#[test]
fn what_no_output_needs_is_swept() {
    let mut graph = Graph::new(Element::Float32);
    let x = floats(&mut graph, &[BATCH, Dim::Fixed(4)]);
    let needed = graph.tensor("needed", &[4], Layout::AsStored);
    let spare = graph.tensor("spare", &[4], Layout::AsStored);
    let sum = graph.add(x, needed).unwrap();
    graph.mul(sum, spare).unwrap();
    graph.output("y", sum);
    graph.sweep();
    assert_eq!(
        graph.listing(),
        "input x: float32 [batch, 4]\n/Add(x, needed) -> float32 [batch, 4]\noutput y: float32 [batch, 4]\n"
    );
    assert_eq!(graph.initializers.len(), 1);
}

#[test]
fn names_are_paths_and_unique() {
    let mut graph = Graph::new(Element::Float32);
    let x = floats(&mut graph, &[BATCH]);
    graph.enter("a");
    graph.tanh(x).unwrap();
    graph.tanh(x).unwrap();
    graph.leave();
    graph.tanh(x).unwrap();
    let names: Vec<&str> = graph.nodes.iter().map(|node| node.name.as_str()).collect();
    assert_eq!(names, ["/a/Tanh", "/a/Tanh_1", "/Tanh"]);
}
