//! Compulsory bytes, compared with those that ONNX Runtime's profiler tells of the same run.
//!
//! With graph optimisation and prepacking off the profiler tells of every node the bytes of what it read from the file
//! (`parameter_size`), what else it read (`activation_size`) and what it gave (`output_size`), and element type and shape of
//! each operand. It names no tensors, so that adding these sums up would count a weight as often as nodes read it, and every
//! value in between. The honest comparison is: the operands of each node get their names from the file, their bytes from the
//! profile, and their sums must be those three figures; then every initializer counts once, and of the rest what is an input
//! or an output of the graph. Both are the same to the byte: what ONNX Runtime leaves out even so, casts that change nothing,
//! is nowhere the only node that reads a weight or an input, or gives an output.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;

use runtime::cost::GraphCost;
use runtime::export::ExportOptions;
use runtime::export::outline::{Node, Outline};
use runtime::export::propagate::Givens;
use serde_json::Value;

use crate::against_onnxruntime::{Operands, decided, fed, operands, profile};
use crate::graphs::{Exported, LENGTHS, families};

/// Bytes by the names of tensors.
type Bytes<'n> = BTreeMap<&'n str, u64>;

/// What the profile tells of a run, every tensor once.
#[derive(Default)]
struct Told<'n> {
    weights: Bytes<'n>,
    inputs: Bytes<'n>,
    outputs: Bytes<'n>,
}

fn total(bytes: &Bytes<'_>) -> u64 {
    bytes.values().sum()
}

/// Bytes of an element, by the name that the profiler gives its type.
fn width(element: &str) -> u64 {
    match element {
        "double" | "int64" => 8,
        "float" | "int32" => 4,
        "float16" | "bfloat16" => 2,
        "bool" | "uint8" | "int8" => 1,
        other => panic!("an element of {other}"),
    }
}

/// Operands with their bytes. ONNX Runtime lists those that are there, in their order.
fn sized<'n>(names: &'n [String], listed: &Operands) -> Vec<(&'n str, u64)> {
    let names: Vec<_> = names.iter().filter(|name| !name.is_empty()).collect();
    assert_eq!(names.len(), listed.len(), "{names:?}: {listed:?}");
    let bytes =
        |(element, shape): &(String, Vec<u64>)| shape.iter().product::<u64>() * width(element);
    let sizes = listed.iter().map(bytes);
    names.into_iter().map(String::as_str).zip(sizes).collect()
}

fn told<'n>(outline: &'n Outline, events: &[Value]) -> Told<'n> {
    let graph = &outline.graph;
    let nodes: HashMap<&str, &Node> = graph
        .nodes
        .iter()
        .map(|node| (node.name.as_str(), node))
        .collect();
    let inputs: HashSet<&str> = graph
        .inputs
        .iter()
        .map(|input| input.name.as_str())
        .collect();
    let outputs: HashSet<&str> = graph
        .outputs
        .iter()
        .map(|output| output.name.as_str())
        .collect();
    let mut told = Told::default();
    for event in events {
        let name = event["name"].as_str().unwrap();
        let name = name.strip_suffix("_kernel_time").unwrap();
        let node = nodes[name];
        let args = &event["args"];
        let size = |key: &str| args[key].as_str().unwrap().parse::<u64>().unwrap();
        let (mut parameters, mut activations, mut given) = (0, 0, 0);
        for (name, bytes) in sized(&node.inputs, &operands(&args["input_type_shape"])) {
            if graph.stored.contains_key(name) {
                parameters += bytes;
                told.weights.insert(name, bytes);
            } else {
                activations += bytes;
                if inputs.contains(name) {
                    told.inputs.insert(name, bytes);
                }
            }
        }
        for (name, bytes) in sized(&node.outputs, &operands(&args["output_type_shape"])) {
            given += bytes;
            if outputs.contains(name) {
                told.outputs.insert(name, bytes);
            }
        }
        let found = (
            size("parameter_size"),
            size("activation_size"),
            size("output_size"),
        );
        assert_eq!(found, (parameters, activations, given), "{name}");
    }
    told
}

/// Compares a graph's compulsory bytes, each kind alone; gives how many there are.
fn compare(model: &Path, givens: &Givens) -> u64 {
    let outline = Outline::read(model).unwrap();
    let givens = fed(&outline, givens, 1);
    let events = profile(model, &outline, &givens, 1);
    let cost = GraphCost::deciding(&outline, &givens, &decided(&outline, &events)).unwrap();
    let counted = &cost.compulsory;
    assert!(counted.unsized_values.is_empty(), "{counted:?}");
    let told = told(&outline, &events);
    for (what, counted, told) in [
        ("weights", counted.weight_bytes, total(&told.weights)),
        ("inputs", counted.input_bytes, total(&told.inputs)),
        ("outputs", counted.output_bytes, total(&told.outputs)),
    ] {
        assert_eq!(counted, told, "{}: bytes of {what}", model.display());
    }
    counted.bytes()
}

#[test]
fn compulsory_bytes_are_those_of_a_profile() {
    let (mut graphs, mut bytes) = (0, 0);
    for family in families() {
        let exported = Exported::new(family, ExportOptions::default());
        for name in &exported.names {
            let model = exported.file(name);
            let outline = Outline::read(&model).unwrap();
            for lengths in LENGTHS {
                bytes += compare(&model, &lengths.of(&outline, None));
                graphs += 1;
            }
        }
    }
    println!("{graphs} graphs, {bytes} bytes");
    assert!(graphs >= 2 * families().len());
}
