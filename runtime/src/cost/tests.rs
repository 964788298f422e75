//! Costs of small graphs, worked out by hand.

use std::collections::BTreeMap;

use export::outline::{Attribute, Axis, ElementType, Graph, Node, Numbers, Outline, Port, Stored};

use super::*;
use crate::tensor::{NamedTensors, Tensor};

fn port(name: &str, element: ElementType) -> Port {
    Port {
        name: name.to_owned(),
        element: Some(element),
        axes: None,
    }
}

fn weight(shape: &[u64]) -> Stored {
    Stored {
        element: ElementType::FLOAT32,
        shape: shape.to_vec(),
        numbers: None,
    }
}

fn node(operator: &str, inputs: &[&str], output: &str) -> Node {
    Node {
        name: format!("/{operator}"),
        operator: operator.to_owned(),
        inputs: inputs.iter().map(|&name| name.to_owned()).collect(),
        outputs: vec![output.to_owned()],
        ..Node::default()
    }
}

/// A graph with the input `x` and the output `y`; its stored tensors are `w`, `v` and one that nobody reads.
fn outline(nodes: Vec<Node>) -> Outline {
    let stored = [
        ("w", weight(&[5, 7])),
        ("v", weight(&[7])),
        ("unread", weight(&[1000])),
    ];
    Outline {
        opset: 18,
        graph: Graph {
            nodes,
            stored: stored
                .map(|(name, stored)| (name.to_owned(), stored))
                .into(),
            inputs: vec![port("x", ElementType::FLOAT32)],
            outputs: vec![port("y", ElementType::FLOAT32)],
        },
    }
}

fn fed(shape: &[u64]) -> Givens {
    Givens::from([("x".to_owned(), Given::shape(shape))])
}

#[test]
fn everything_is_counted_once() {
    let outline = outline(vec![
        node("MatMul", &["x", "w"], "a"),
        node("Add", &["a", "v"], "b"),
        node("Mul", &["b", "v"], "c"),
        node("Transpose", &["c"], "y"),
    ]);
    let cost = GraphCost::of(&outline, &fed(&[3, 5])).unwrap();
    assert_eq!(
        (cost.macs, cost.flops(), cost.other_operations),
        (105, 210, 42)
    );
    assert!(!cost.is_lower_bound() && cost.branches.is_empty());
    let Compulsory {
        weight_bytes,
        input_bytes,
        output_bytes,
        ref unsized_values,
    } = cost.compulsory;
    assert_eq!(
        [weight_bytes, input_bytes, output_bytes],
        [4 * 35 + 4 * 7, 60, 84]
    );
    assert!(unsized_values.is_empty());
    let intensity = cost.arithmetic_intensity_flops_per_byte().unwrap();
    assert!((intensity - 210.0 / 312.0).abs() < 1e-12, "{intensity}");
    // A product of 15, 35 and 21 numbers, two sums of 21 and 7, and a movement of 21.
    let words = (15 + 35 + 21) + 2 * (21 + 7 + 21) + 2 * 21;
    assert_eq!(cost.unfused_bytes(), Some(4 * words));
    let shapes: Vec<_> = cost
        .nodes
        .iter()
        .map(|node| node.output_shape.clone().unwrap())
        .collect();
    assert_eq!(shapes, [vec![3, 7], vec![3, 7], vec![3, 7], vec![7, 3]]);
    assert_eq!(cost.operators()[0], ("MatMul", 1, 105, 0));
    let states: Vec<_> = cost.nodes.iter().map(|node| node.state).collect();
    assert_eq!(
        states[1..],
        [
            CountState::Counted,
            CountState::Counted,
            CountState::ZeroByDefinition
        ]
    );
    let json = cost.to_json();
    assert_eq!(json["flops"], 210);
    assert_eq!(json["compulsory_bytes"], 312);
    assert_eq!(json["nodes"].as_array().unwrap().len(), 4);
}

#[test]
fn values_hold_memory_until_their_last_reader() {
    // Of 21 numbers each: `a` is read again by the third node, `d` is `c` in another form, and `t` follows from weights alone.
    let outline = outline(vec![
        node("MatMul", &["x", "w"], "a"),
        node("Add", &["a", "v"], "b"),
        node("Mul", &["b", "a"], "c"),
        node("Transpose", &["w"], "t"),
        node("Flatten", &["c"], "d"),
        node("Add", &["d", "v"], "e"),
        node("MatMul", &["e", "t"], "y"),
    ]);
    let held = |rows| {
        let cost = GraphCost::of(&outline, &fed(&[rows, 5])).unwrap();
        cost.peak_activation_bytes.unwrap()
    };
    assert_eq!(held(3), 4 * 3 * 21);
    assert_eq!(held(30), 10 * held(3));
    let cost = GraphCost::of(&outline, &fed(&[3, 5])).unwrap();
    assert_eq!(cost.to_json()["peak_activation_bytes"], 4 * 3 * 21);
    assert_eq!(cost.read_weight_bytes, Some(4 * 35 + 4 * 7));
}

#[test]
fn of_a_table_the_rows_that_are_picked_are_read() {
    let mut outline = outline(vec![
        node("Gather", &["unread", "x"], "a"),
        node("Gather", &["w", "x"], "b"),
        node("Mul", &["w", "w"], "y"),
    ]);
    outline.graph.inputs = vec![port("x", ElementType::INT64)];
    let cost = GraphCost::of(&outline, &fed(&[3])).unwrap();
    // Three numbers of the one, and all of the other, for another node reads it too.
    assert_eq!(cost.read_weight_bytes, Some(4 * 3 + 4 * 35));
    assert_eq!(cost.compulsory.weight_bytes, 4 * 1000 + 4 * 35);
}

#[test]
fn what_is_unknown_makes_totals_lower_bounds_and_names_the_culprit() {
    let outline = outline(vec![
        node("MatMul", &["x", "w"], "a"),
        node("Loop", &["a"], "b"),
        node("Add", &["b", "v"], "c"),
        node("Reshape", &["c", "v"], "y"),
    ]);
    let cost = GraphCost::of(&outline, &fed(&[3, 5])).unwrap();
    assert_eq!(cost.macs, 105);
    assert!(cost.is_lower_bound());
    assert_eq!(cost.arithmetic_intensity_flops_per_byte(), None);
    assert_eq!(cost.unfused_bytes(), None);
    assert_eq!(cost.peak_activation_bytes, None);
    assert_eq!(cost.compulsory.unsized_values, ["y"]);
    let unknown: Vec<_> = cost
        .unknown
        .iter()
        .map(|node| node.operator.as_str())
        .collect();
    // The view is nothing by definition, whatever its shape.
    assert_eq!(unknown, ["Loop", "Add"]);
    assert!(
        cost.unknown[1].reason.starts_with("Loop `/Loop`: "),
        "{:?}",
        cost.unknown
    );
    let json = cost.to_json();
    assert_eq!(json["is_lower_bound"], true);
    assert!(json["nodes"][2]["other_operations"].is_null());
    assert_eq!(json["nodes"][0]["macs"], 105);
}

#[test]
fn operators_of_others_are_unknown() {
    let mut fused = node("MatMul", &["x", "w"], "y");
    fused.domain = "com.example".to_owned();
    let cost = GraphCost::of(&outline(vec![fused]), &fed(&[3, 5])).unwrap();
    assert_eq!((cost.macs, cost.is_lower_bound()), (0, true));
}

#[test]
fn counts_beyond_64_bits_are_unknown() {
    let outline = outline(vec![
        node("MatMul", &["x", "x"], "y"),
        node("MatMul", &["y", "x"], "z"),
    ]);
    let cost = GraphCost::of(&outline, &fed(&[1 << 20, 1 << 20])).unwrap();
    // 2^60 each: both together are 2^61, of which two operations each still fit.
    assert_eq!((cost.macs, cost.is_lower_bound()), (1 << 61, false));
    let cost = GraphCost::of(&outline, &fed(&[3 << 20, 3 << 20])).unwrap();
    assert!(cost.is_lower_bound());
    // Values of 2^60 bytes, all of which wait for their readers.
    let held = |values: usize| {
        let names: Vec<String> = (0..values).map(|value| format!("v{value}")).collect();
        let mut nodes: Vec<_> = names.iter().map(|name| node("Neg", &["x"], name)).collect();
        let readers = names.iter().map(|name| node("Mul", &[name, "x"], "y"));
        nodes.extend(readers.rev());
        let cost = GraphCost::of(&self::outline(nodes), &fed(&[1 << 30, 1 << 28])).unwrap();
        cost.peak_activation_bytes
    };
    assert_eq!(held(10), Some(11 << 60));
    assert_eq!(held(17), None);
    assert!(cost.macs < 1 << 63);
}

/// A graph that multiplies by a weight of its branch where `holds`, else adds one.
fn branching() -> Outline {
    let branch = |nodes, stored: &[(&str, Stored)]| {
        let stored = stored
            .iter()
            .map(|(name, stored)| ((*name).to_owned(), stored.clone()));
        Attribute::Graph(Graph {
            nodes,
            stored: stored.collect(),
            inputs: vec![],
            outputs: vec![port("inner", ElementType::FLOAT32)],
        })
    };
    let then = branch(
        vec![node("MatMul", &["x", "u"], "inner")],
        &[("u", weight(&[5, 5]))],
    );
    let other = branch(vec![node("Add", &["x", "x"], "inner")], &[]);
    let mut branching = node("If", &["holds"], "y");
    branching.attributes = BTreeMap::from([
        ("then_branch".to_owned(), then),
        ("else_branch".to_owned(), other),
    ]);
    let mut outline = outline(vec![branching]);
    let mut holds = port("holds", ElementType::BOOL);
    holds.axes = Some(vec![Axis::Fixed(1)]);
    outline.graph.inputs.push(holds);
    outline
}

#[test]
fn a_branch_counts_where_it_is_known_to_be_taken() {
    let cost = |numbers: Option<i64>| {
        let mut givens = fed(&[3, 5]);
        let numbers = numbers.map(|number| Numbers::Integers(vec![number]));
        let holds = Given {
            shape: vec![1],
            numbers,
        };
        givens.insert("holds".to_owned(), holds);
        GraphCost::of(&branching(), &givens).unwrap()
    };
    let (then, other) = (cost(Some(1)), cost(Some(0)));
    assert_eq!((then.macs, then.other_operations), (75, 0));
    assert_eq!((other.macs, other.other_operations), (0, 15));
    assert_eq!(
        [then, other].map(|cost| cost.compulsory.weight_bytes),
        [100, 0]
    );
    let open = cost(None);
    assert_eq!((open.macs, open.is_lower_bound()), (0, true));
    let apart: Vec<_> = open
        .branches
        .iter()
        .map(|branch| (branch.branch, branch.cost.macs))
        .collect();
    assert_eq!(apart, [("then_branch", 75), ("else_branch", 0)]);
    // Both give the same shape, so the output is known all the same.
    assert_eq!(open.compulsory.output_bytes, 60);
    assert_eq!(
        open.branches[0].cost.arithmetic_intensity_flops_per_byte(),
        None
    );
}

#[test]
fn tensors_tell_their_shapes_and_few_integers() {
    let feeds = NamedTensors::new()
        .with("holds", Tensor::from(ndarray::arr1(&[true])))
        .with("x", Tensor::from(ndarray::Array2::<f32>::zeros((3, 5))))
        .with("ids", Tensor::from(ndarray::Array2::<i64>::zeros((30, 5))));
    let givens = given(&feeds);
    assert_eq!(givens["holds"].numbers, Some(Numbers::Integers(vec![1])));
    assert_eq!(givens["x"], Given::shape([3, 5]));
    assert_eq!(givens["ids"], Given::shape([30, 5]));
}

#[test]
fn usual_lengths_leave_nothing_open_but_what_is_unusual() {
    let mut outline = outline(vec![]);
    let named = |names: &[&str]| {
        let axes = names.iter().map(|name| Axis::Named((*name).to_owned()));
        Some(axes.collect())
    };
    outline.graph.inputs[0].axes = named(&[
        "batch_size",
        "past_sequence_length + sequence_length",
        "height",
    ]);
    let chosen = BTreeMap::from([("sequence_length".to_owned(), 9)]);
    assert_eq!(usual(&outline, &chosen).unwrap()["x"].shape, [1, 9, 256]);
    outline.graph.inputs[0].axes = named(&["marbles"]);
    let error = usual(&outline, &chosen).unwrap_err();
    assert!(error.is_bad_input());
    assert!(error.to_string().contains("--axis marbles="), "{error}");
}
