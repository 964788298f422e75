//! Shapes of all values, compared with those that ONNX Runtime's profiler tells of every node of the unfused graph.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use ort::session::builder::GraphOptimizationLevel;
use ort::session::{Session, SessionInputValue};
use ort::value::Tensor;
use runtime::cache::Silent;
use runtime::catalog::Platform;
use runtime::engine::ort::OrtEngine;
use runtime::export::outline::{ElementType, Numbers, Outline};
use runtime::export::propagate::{Decided, Givens, Operand, Step};
use runtime::export::{ExportOptions, IdWidth, KvCache};
use serde_json::Value;

use crate::graphs::{Exported, LENGTHS, families, shipped};

/// Input that shapes or branches depend on: what it is fed with must be what is given.
fn numbers(name: &str, count: usize, branch: i64) -> Vec<i64> {
    if name == "use_cache_branch" {
        return vec![branch; count];
    }
    // Positions and labels of anything small will do; a mask that hides nothing keeps every row a number.
    let number = i64::from(!name.contains("position"));
    vec![number; count]
}

/// The same shapes with the integers that [`profile`] feeds.
pub(crate) fn fed(outline: &Outline, givens: &Givens, branch: i64) -> Givens {
    let mut givens = givens.clone();
    for input in &outline.graph.inputs {
        if input.element.unwrap().is_integer() {
            let given = givens.get_mut(&input.name).unwrap();
            let count = given.shape.iter().product::<u64>() as usize;
            given.numbers = Some(Numbers::Integers(numbers(&input.name, count, branch)));
        }
    }
    givens
}

/// Runs a model once and gives the profiler's events of nodes.
pub(crate) fn profile(model: &Path, outline: &Outline, givens: &Givens, branch: i64) -> Vec<Value> {
    let engine = OrtEngine::load(Platform::Cpu, &Silent).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut session = Session::builder(engine.environment())
        .unwrap()
        .with_optimization_level(GraphOptimizationLevel::Disable)
        .unwrap()
        .with_intra_threads(1)
        .unwrap()
        // The profiler does not show weights that were laid out anew.
        .with_config_entry("session.disable_prepacking", "1")
        .unwrap()
        .with_profiling(folder.path().join("profile"))
        .unwrap()
        .commit_from_file(model)
        .unwrap();
    let mut feeds: Vec<(String, SessionInputValue<'_>)> = Vec::new();
    for input in &outline.graph.inputs {
        let shape: Vec<i64> = givens[&input.name]
            .shape
            .iter()
            .map(|&n| n as i64)
            .collect();
        let count = shape.iter().product::<i64>() as usize;
        let integers = numbers(&input.name, count, branch);
        let element = input.element.unwrap();
        let value: SessionInputValue<'_> = match element {
            ElementType::INT64 => Tensor::from_array((shape, integers)).unwrap().into(),
            ElementType::INT32 => {
                let narrow: Vec<i32> = integers.iter().map(|&n| n as i32).collect();
                Tensor::from_array((shape, narrow)).unwrap().into()
            }
            ElementType::BOOL => Tensor::from_array((shape, vec![branch != 0; count]))
                .unwrap()
                .into(),
            ElementType::FLOAT32 => Tensor::from_array((shape, vec![0.5_f32; count]))
                .unwrap()
                .into(),
            other => panic!("{}: an input of {other}", input.name),
        };
        feeds.push((input.name.clone(), value));
    }
    session.run(feeds).unwrap();
    let file = session.end_profiling().unwrap();
    let events: Vec<Value> = serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
    let is_node =
        |event: &Value| event["cat"] == "Node" && event["args"]["output_type_shape"].is_array();
    events.into_iter().filter(is_node).collect()
}

/// Element types and shapes of a node's operands, as the profiler spells them.
pub(crate) type Operands = Vec<(String, Vec<u64>)>;

/// Nodes by their place in their graph and their operator: name, what they read, what they give.
type Nodes<'s> = BTreeMap<(usize, String), Vec<(&'s str, Operands, Operands)>>;

/// Every node that runs, by its place in its graph and its operator. Branches have places of their own.
fn listed<'s>(steps: &'s [Step<'s>], found: &mut Nodes<'s>) {
    let told = |operands: &'s [Option<Operand<'_>>]| -> Operands {
        let told = operands.iter().flatten().map(|operand| {
            let known = operand.fact.as_ref();
            let known = known.unwrap_or_else(|unknown| panic!("{}: {unknown:?}", operand.name));
            let name = match known.element.name() {
                "float32" => "float",
                "float64" => "double",
                name => name,
            };
            (name.to_owned(), known.shape.clone())
        });
        told.collect()
    };
    // Constants are no nodes to ONNX Runtime.
    let nodes = steps.iter().filter(|step| step.node.operator != "Constant");
    for (place, step) in nodes.enumerate() {
        let key = (place, step.node.operator.clone());
        let entry = (step.node.label(), told(&step.inputs), told(&step.outputs));
        found.entry(key).or_default().push(entry);
        for branch in &step.branches {
            assert!(branch.is_taken, "{}", step.node.label());
            listed(&branch.steps, found);
        }
    }
}

/// Compares all shapes of a model, and gives the number of nodes.
fn compare(model: &Path, givens: &Givens, branch: i64) -> usize {
    let outline = Outline::read(model).unwrap();
    let givens = fed(&outline, givens, branch);
    let events = profile(model, &outline, &givens, branch);
    let decided = decided(&outline, &events);
    let propagation = outline.propagate_deciding(&givens, &decided).unwrap();
    let mut expected = BTreeMap::new();
    listed(&propagation.steps, &mut expected);
    for event in &events {
        let args = &event["args"];
        let place = args["node_index"].as_str().unwrap().parse().unwrap();
        let operator = args["op_name"].as_str().unwrap().to_owned();
        let key = (place, operator);
        let told = |which: &str| operands(&args[which]);
        let (inputs, outputs) = (told("input_type_shape"), told("output_type_shape"));
        let Some(candidates) = expected.get_mut(&key) else {
            panic!("{}: {key:?} is no node of the file", model.display());
        };
        let reads = |read: &Operands| match key.1.as_str() {
            // The operands of an `If` are what its branches read.
            "If" => true,
            // Of two casts one after the other, one is left out.
            "Cast" => read[0].1 == inputs[0].1,
            _ => *read == inputs,
        };
        let mut all = candidates.iter();
        let place = all.position(|(_, read, given)| reads(read) && *given == outputs);
        match place {
            Some(place) => drop(candidates.swap_remove(place)),
            None => panic!(
                "{}: {key:?} is {inputs:?} -> {outputs:?}, worked out as {candidates:?}",
                model.display()
            ),
        }
    }
    // ONNX Runtime leaves out casts that change nothing, at every level of optimisation.
    let left = expected.iter().filter(|(_, nodes)| !nodes.is_empty());
    let left: Vec<_> = left
        .filter(|((_, operator), _)| operator != "Cast")
        .collect();
    assert!(
        left.is_empty(),
        "{}: did not run: {left:?}",
        model.display()
    );
    events.len()
}

/// How many frames a voice speaks is decided by its weights: taken from the run, which cuts the numbers of frames to them.
pub(crate) fn decided(outline: &Outline, events: &[Value]) -> Decided {
    const CUT: &str = "/frames/Slice";
    let cut = outline.graph.nodes.iter().find(|node| node.name == CUT);
    let cut = cut.map(|cut| {
        let event = events
            .iter()
            .find(|event| event["name"] == "/frames/Slice_kernel_time");
        let frames = &operands(&event.unwrap()["args"]["output_type_shape"])[0].1;
        let frames = Numbers::Integers(vec![frames[0] as i64]);
        (cut.inputs[2].clone(), frames)
    });
    cut.into_iter().collect()
}

pub(crate) fn operands(told: &Value) -> Operands {
    let operands = told.as_array().unwrap().iter();
    let operand = |operand: &Value| {
        let (element, shape) = operand.as_object().unwrap().iter().next().unwrap();
        let shape = shape.as_array().unwrap().iter();
        (
            element.clone(),
            shape.map(|size| size.as_u64().unwrap()).collect(),
        )
    };
    operands.map(operand).collect()
}

/// Whether positions tie a shipped graph to pictures of one size, in pixels.
fn side(model: &Path) -> Option<u64> {
    let family = model.parent().unwrap().with_file_name("");
    match family.file_name().unwrap().to_str().unwrap() {
        "vit" => Some(32),
        "clip" => Some(24),
        _ => None,
    }
}

#[test]
fn shapes_of_shipped_graphs_are_those_of_onnxruntime() {
    let (mut graphs, mut nodes) = (0, 0);
    for family in families() {
        for model in shipped(family) {
            let outline = Outline::read(&model).unwrap();
            for lengths in LENGTHS {
                let givens = lengths.of(&outline, side(&model));
                let branches: &[i64] = if givens.contains_key("use_cache_branch") {
                    &[0, 1]
                } else {
                    &[1]
                };
                for &branch in branches {
                    nodes += compare(&model, &givens, branch);
                    graphs += 1;
                }
            }
        }
    }
    assert_eq!(
        graphs,
        2 * 21,
        "shipped graphs, one with two branches, at two sets of lengths"
    );
    println!("{graphs} graphs, {nodes} nodes");
}

#[test]
fn shapes_of_own_graphs_are_those_of_onnxruntime() {
    let forms = [
        ExportOptions::default(),
        ExportOptions {
            cache: KvCache::Fixed(24),
            ids: IdWidth::Int32,
            ..ExportOptions::default()
        },
        ExportOptions {
            cache: KvCache::None,
            ..ExportOptions::default()
        },
    ];
    let (mut graphs, mut nodes) = (0, 0);
    for family in families() {
        for form in &forms {
            let exported = Exported::new(family, form.clone());
            for name in &exported.names {
                let model = exported.file(name);
                let outline = Outline::read(&model).unwrap();
                for lengths in LENGTHS {
                    nodes += compare(&model, &lengths.of(&outline, None), 1);
                    graphs += 1;
                }
            }
        }
    }
    println!("{graphs} graphs, {nodes} nodes");
    assert!(graphs >= 6 * families().len());
}
