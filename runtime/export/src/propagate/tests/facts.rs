//! What a propagation says of inputs, of branches, and of what it does not know.

use std::collections::BTreeMap;

use super::Fed::{Integers, Shape};
use super::{first, outline, stored};
use crate::outline::{Attribute, Axis, ElementType, Graph, Node, Numbers, Outline, Port};
use crate::propagate::{Given, Givens};

#[test]
fn what_is_not_known_names_the_first_node_to_blame() {
    let (mut outline, givens) = outline("Loop", &[Shape(vec![2, 3])], &[]);
    outline.graph.nodes.push(Node {
        name: "later".to_owned(),
        operator: "Relu".to_owned(),
        inputs: vec!["a".to_owned()],
        outputs: vec!["later".to_owned()],
        ..Node::default()
    });
    let propagation = outline.propagate(&givens).unwrap();
    let output = propagation.steps[1].outputs[0].as_ref().unwrap();
    let unknown = output.fact.clone().unwrap_err();
    assert_eq!(
        (unknown.culprit.as_str(), unknown.operator.as_str()),
        ("node", "Loop")
    );
    let vast = first(
        "Tile",
        &[Shape(vec![1 << 40]), Integers(vec![1 << 40])],
        &[],
    );
    assert!(vast.is_err());
}

#[test]
fn inputs_that_do_not_fit_are_refused() {
    let (mut outline, givens) = outline("Relu", &[Shape(vec![2, 3])], &[]);
    outline.graph.inputs[0].axes = Some(vec![Axis::Named("batch".to_owned()), Axis::Fixed(3)]);
    assert!(outline.propagate(&givens).is_ok());
    let refused = |givens: &Givens| outline.propagate(givens).unwrap_err().to_string();
    let with = |name: &str, shape: &[u64]| Givens::from([(name.to_owned(), Given::shape(shape))]);
    assert_eq!(
        refused(&with("operand0", &[2, 4])),
        "input `operand0`: its shape is [2, 4], and the graph takes [batch, 3]"
    );
    assert_eq!(
        refused(&BTreeMap::new()),
        "input `operand0`: its shape is not given"
    );
    assert_eq!(
        refused(&with("other", &[2])),
        "input `other`: the graph has no such input; it has: operand0"
    );
    let mut numbered = givens.clone();
    numbered.get_mut("operand0").unwrap().numbers = Some(Numbers::Integers(vec![1; 6]));
    assert_eq!(
        refused(&numbered),
        "input `operand0`: 6 elements are given for [2, 3] of float32"
    );
    assert_eq!(
        outline.shaped(|_| None).unwrap_err().to_string(),
        "input `operand0`: its axis `batch` has no length; choose one, as by `--axis batch=128`"
    );
    let mut rankless = outline.clone();
    rankless.graph.inputs[0].axes = None;
    assert_eq!(
        rankless.shaped(|_| Some(1)).unwrap_err().to_string(),
        "input `operand0`: the file does not say how many axes it has"
    );
    let shaped = outline
        .shaped(|axis| (axis == "batch").then_some(7))
        .unwrap();
    assert_eq!(shaped["operand0"].shape, [7, 3]);
}

#[test]
fn branches_are_taken_where_the_condition_is_known() {
    let branch = |rows: i64| {
        let nodes = vec![Node {
            operator: "Expand".to_owned(),
            inputs: vec!["operand0".to_owned(), "rows".to_owned()],
            outputs: vec!["inner".to_owned()],
            ..Node::default()
        }];
        let rows = stored(ElementType::INT64, Numbers::Integers(vec![rows, 3]));
        let output = Port {
            name: "inner".to_owned(),
            element: None,
            axes: None,
        };
        Attribute::Graph(Graph {
            nodes,
            stored: BTreeMap::from([("rows".to_owned(), rows)]),
            inputs: vec![],
            outputs: vec![output],
        })
    };
    let fed = [Shape(vec![1, 3]), Integers(vec![1])];
    let attributes = [("then_branch", branch(2)), ("else_branch", branch(5))];
    let (mut outline, givens) = outline("If", &fed, &attributes);
    outline.graph.nodes[0].inputs.remove(0);
    let first = |outline: &Outline, givens: &Givens| {
        let propagation = outline.propagate(givens).unwrap();
        let step = &propagation.steps[0];
        let taken: Vec<_> = step.branches.iter().map(|branch| branch.name).collect();
        let known = step.outputs[0].as_ref().unwrap().fact.clone();
        (taken, known.map(|known| known.shape.clone()))
    };
    assert_eq!(
        first(&outline, &givens),
        (vec!["then_branch"], Ok(vec![2, 3]))
    );
    // The caller decides.
    outline.graph.stored.remove("operand1");
    outline.graph.inputs.push(Port {
        name: "operand1".to_owned(),
        element: Some(ElementType::BOOL),
        axes: Some(vec![Axis::Fixed(1)]),
    });
    let mut decided = givens.clone();
    let given = |numbers| Given {
        shape: vec![1],
        numbers,
    };
    decided.insert(
        "operand1".to_owned(),
        given(Some(Numbers::Integers(vec![0]))),
    );
    assert_eq!(
        first(&outline, &decided),
        (vec!["else_branch"], Ok(vec![5, 3]))
    );
    decided.insert("operand1".to_owned(), given(None));
    let (taken, known) = first(&outline, &decided);
    assert_eq!(taken, ["then_branch", "else_branch"]);
    assert_eq!(
        known.unwrap_err().reason,
        "its branches differ, and `operand1` is not known"
    );
}
