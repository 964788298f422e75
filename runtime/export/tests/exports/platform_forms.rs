//! Graphs of the form that web platforms take hold nothing that one of their providers leaves to the CPU or refuses.

use std::collections::{BTreeMap, BTreeSet};

use export::recipe::Recipe;
use export::{ExportError, ExportOptions, GraphAxes, IdWidth, KvCache, Shapes, axes, export};

use crate::checkpoint_files::kit;
use crate::families::{FAMILIES, decoders};
use crate::onnx_file::{Dimension, Graph, Node, read};
use crate::sequences::{T5, WHISPER};
use crate::staged::STAGED;

const INT32: i32 = 6;
const INT64: i32 = 7;
const BOOL: i32 = 9;
/// Operators that a graph with numbers for all its axes has no need of, or that a provider does not take.
const FORBIDDEN: [&str; 9] = [
    "ArgMax",
    "GatherND",
    "GlobalAveragePool",
    "If",
    "IsNaN",
    "Loop",
    "NonZero",
    "Range",
    "Shape",
];
/// Operators that move elements; of truth values `WebGPU` moves none.
const MOVES: [&str; 5] = ["Concat", "Expand", "Gather", "Reshape", "Slice"];
/// Arithmetic, which is done on lengths before the graph is written.
const ARITHMETIC: [&str; 5] = ["Add", "Concat", "Div", "Mul", "Sub"];

/// All families of the kit with a builder.
fn families() -> Vec<(&'static str, Recipe)> {
    let decoders = [
        ("gemma", Recipe::Decoder(decoders::GEMMA)),
        ("mistral", Recipe::Decoder(decoders::MISTRAL)),
        ("olmo", Recipe::Decoder(decoders::OLMO)),
        ("olmo2", Recipe::Decoder(decoders::OLMO2)),
        ("t5", Recipe::EncoderDecoder(&T5)),
        ("whisper", Recipe::EncoderDecoder(&WHISPER)),
    ];
    FAMILIES
        .into_iter()
        .chain(decoders)
        .chain(STAGED)
        .chain(crate::towers::FAMILIES)
        .chain(crate::vision_languages::FAMILIES)
        .collect()
}

/// A number for an axis, by what it counts.
fn length(family: &str, axis: &str) -> u64 {
    match axis {
        "height" | "width" | "time_length" => 64,
        "sequence_length" if family == "wav2vec2" => 1600,
        _ if axis.ends_with("batch_size") => 1,
        _ => 7,
    }
}

fn options(family: &str, recipe: &Recipe, cache: KvCache) -> ExportOptions {
    let options = ExportOptions {
        ids: IdWidth::Int32,
        image_size: match family {
            "dinov2" => Some((28, 28)),
            "segformer" => Some((32, 32)),
            _ => None,
        },
        cache,
        ..ExportOptions::default()
    };
    let graphs = axes(recipe, &kit(family), &options).unwrap();
    let names: BTreeSet<_> = graphs.iter().flat_map(GraphAxes::names).collect();
    let lengths = names
        .into_iter()
        .map(|axis| (axis.to_owned(), length(family, axis)))
        .collect();
    ExportOptions {
        shapes: Shapes::Static(lengths),
        ..options
    }
}

/// What a graph knows of its values.
struct Known<'g> {
    elements: BTreeMap<&'g str, i32>,
    shapes: BTreeMap<&'g str, &'g [Dimension]>,
    constants: BTreeSet<&'g str>,
}

impl<'g> Known<'g> {
    fn of(graph: &'g Graph) -> Self {
        let mut known = Self {
            elements: BTreeMap::new(),
            shapes: BTreeMap::new(),
            constants: BTreeSet::new(),
        };
        for tensor in &graph.initializer {
            known.elements.insert(&tensor.name, tensor.data_type);
            known.constants.insert(&tensor.name);
        }
        for value in graph
            .input
            .iter()
            .chain(&graph.output)
            .chain(&graph.value_info)
        {
            let tensor = value.r#type.as_ref().and_then(|kind| kind.tensor.as_ref());
            let tensor = tensor.unwrap();
            known.elements.insert(&value.name, tensor.element);
            known
                .shapes
                .insert(&value.name, &tensor.shape.as_ref().unwrap().dim);
        }
        for node in &graph.node {
            let is_known =
                |input: &String| input.is_empty() || known.constants.contains(input.as_str());
            if node.input.iter().all(is_known) {
                known
                    .constants
                    .extend(node.output.iter().map(String::as_str));
            }
        }
        known
    }

    fn element(&self, value: &str) -> i32 {
        self.elements[value]
    }

    /// The rules that a node breaks.
    fn broken_by(&self, node: &Node) -> Vec<&'static str> {
        let op = node.op_type.as_str();
        let first = self.element(&node.input[0]);
        let rules = [
            (FORBIDDEN.contains(&op), "an operator that is forbidden"),
            (
                MOVES.contains(&op) && first == BOOL,
                "truth values are moved",
            ),
            (
                op == "CumSum" && [INT32, INT64].contains(&first),
                "integers are summed up",
            ),
            (
                op == "Cast" && [first, self.element(&node.output[0])].contains(&INT64),
                "a cast of 64-bit integers",
            ),
            (
                ARITHMETIC.contains(&op) && [INT32, INT64].contains(&first),
                "arithmetic on integers",
            ),
        ];
        rules
            .into_iter()
            .filter_map(|(is_broken, rule)| is_broken.then_some(rule))
            .collect()
    }
}

/// What a graph holds that it must not, a line each.
fn faults(graph: &Graph) -> Vec<String> {
    let known = Known::of(graph);
    let mut faults = Vec::new();
    for node in &graph.node {
        for rule in known.broken_by(node) {
            faults.push(format!("node `{}` ({}): {rule}", node.name, node.op_type));
        }
    }
    for (value, shape) in &known.shapes {
        let is_number = |dim: &Dimension| dim.value.is_some_and(|length| length > 0);
        if !shape.iter().all(is_number) {
            faults.push(format!(
                "value `{value}`: a dimension without a positive number"
            ));
        }
    }
    for output in &graph.output {
        if known.constants.contains(output.name.as_str()) {
            faults.push(format!("output `{}`: it is constant", output.name));
        }
    }
    for input in &graph.input {
        if known.element(&input.name) == INT64 {
            faults.push(format!("input `{}`: 64-bit integers", input.name));
        }
    }
    faults
}

#[test]
fn graphs_of_all_families_hold_nothing_that_is_forbidden() {
    let mut graphs = 0;
    for (family, recipe) in families() {
        for cache in [KvCache::Fixed(12), KvCache::None] {
            let dir = tempfile::tempdir().unwrap();
            let options = options(family, &recipe, cache);
            let report = export(&recipe, &kit(family), &options, dir.path()).unwrap();
            for graph in report.graphs {
                let written = read(&graph.files[0]).graph.unwrap();
                let faults = faults(&written);
                assert!(
                    faults.is_empty(),
                    "{family} {}:\n{}",
                    graph.name,
                    faults.join("\n")
                );
                graphs += 1;
            }
        }
    }
    assert_eq!(graphs, 89, "graphs of all families");
}

#[test]
fn what_is_forbidden_is_found() {
    let recipe = crate::families::recipe("bert").unwrap();
    let dir = tempfile::tempdir().unwrap();
    let report = export(&recipe, &kit("bert"), &ExportOptions::default(), dir.path()).unwrap();
    let graph = read(&report.graphs[0].files[0]).graph.unwrap();
    let faults = faults(&graph).join("\n");
    for expected in [
        "node `/embeddings/Shape` (Shape): an operator that is forbidden",
        "a cast of 64-bit integers",
        "value `input_ids`: a dimension without a positive number",
        "input `input_ids`: 64-bit integers",
    ] {
        assert!(faults.contains(expected), "no {expected} in:\n{faults}");
    }
}

#[test]
fn axes_are_bound_by_their_names_or_refused() {
    let recipe = crate::families::recipe("llama").unwrap();
    let refused = |lengths: &[(&str, u64)], cache| {
        let dir = tempfile::tempdir().unwrap();
        let lengths = lengths
            .iter()
            .map(|&(axis, length)| (axis.to_owned(), length));
        let options = ExportOptions {
            shapes: Shapes::Static(lengths.collect()),
            cache,
            ..ExportOptions::default()
        };
        let error: ExportError = export(&recipe, &kit("llama"), &options, dir.path()).unwrap_err();
        error.to_string()
    };
    let growing = KvCache::Growing;
    let all = "the graphs have: batch_size, past_sequence_length, sequence_length";
    assert_eq!(
        refused(&[("rows", 1)], growing),
        format!("axis `rows` is no axis of the graphs; {all}")
    );
    assert_eq!(
        refused(&[("batch", 1), ("sequence_length", 4)], growing),
        format!(
            "axis `past_sequence_length` has no length; every axis of a static graph needs one; {all}"
        )
    );
    assert_eq!(
        refused(
            &[("batch", 0), ("sequence", 4), ("past_sequence", 4)],
            growing
        ),
        format!("axis `batch_size` cannot have the length 0; {all}")
    );
    let both = [("batch", 1), ("sequence", 9)];
    assert_eq!(
        refused(&both, KvCache::Fixed(8)),
        "a cache of 8 places: a sequence of 9 tokens is longer"
    );
    assert_eq!(
        refused(&both, KvCache::Fixed(1000)),
        "a cache of 1000 places: the model has 1 to 256 positions"
    );
}
