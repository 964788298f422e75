//! How well families are predicted that nothing was learnt from, on real rows.
//!
//! `samples.json` holds what `assay bench` measured at full size on a virtual machine of two CPUs (AMD EPYC, AVX-512), condensed by
//! `cargo run -p workspace-tests --example prediction_samples -- ROWS.json`: of each case its median, its peak of memory, the
//! roof that was measured before, and the graphs of a query, of the steps of a decoder the one in the middle.

use std::collections::BTreeMap;

use generated::CATALOG;
use runtime::bench::{Case, GraphRuns, NodeGroup};
use runtime::predict::{HeldOutError, Predictor, Roof, Sample};
use serde::Deserialize;

/// Nodes that are alike: operator, number, products, other operations, bytes read and written.
type Node = (String, u32, u64, u64, u64, u64);

/// A graph: its name, how often it ran, what its values hold at most, the weights that it reads, and its nodes.
type Graph = (String, u32, Option<u64>, Option<u64>, Vec<Node>);

/// A row of the file.
#[derive(Debug, Deserialize)]
struct Condensed {
    case: Case,
    family: String,
    roof: Roof,
    weight_bytes: u64,
    milliseconds: f64,
    scatter: f64,
    peak_rss_bytes: Option<f64>,
    graphs: Vec<Graph>,
}

impl Condensed {
    fn sample(&self) -> Sample {
        let node = |(operator, nodes, macs, others, read, written): &Node| NodeGroup {
            operator: operator.clone(),
            nodes: *nodes,
            macs: *macs,
            other_operations: *others,
            read_bytes: *read,
            written_bytes: *written,
        };
        let graphs = self
            .graphs
            .iter()
            .map(|(graph, runs, peak, weights, nodes)| GraphRuns {
                graph: graph.clone(),
                inputs: BTreeMap::new(),
                runs: *runs,
                nodes: nodes.iter().map(node).collect(),
                peak_activation_bytes: *peak,
                read_weight_bytes: *weights,
            });
        Sample {
            family: self.family.clone(),
            graphs: graphs.collect(),
            roof: self.roof,
            weight_bytes: self.weight_bytes,
            milliseconds: self.milliseconds,
            scatter: self.scatter,
            peak_rss_bytes: self.peak_rss_bytes,
        }
    }
}

fn condensed() -> Vec<Condensed> {
    serde_json::from_str(include_str!("samples.json")).unwrap()
}

fn predictor() -> Predictor {
    let samples: Vec<Sample> = condensed().iter().map(Condensed::sample).collect();
    Predictor::learn(&samples).unwrap()
}

fn check(held_out: &HeldOutError, most_percent: f64) {
    assert!(held_out.families >= 25, "{held_out:?}");
    assert!(held_out.error_percent <= most_percent, "{held_out:?}");
    let covered = held_out.covered_percent.unwrap();
    assert!((85.0..=95.0).contains(&covered), "{held_out:?}");
}

#[test]
fn times_of_families_held_out_are_predicted() {
    let predictor = predictor();
    check(&predictor.time().held_out, 10.0);
    // Of some cases the times scatter: something ran beside them.
    assert!(
        (1..=10).contains(&predictor.restless()),
        "{}",
        predictor.restless()
    );
}

#[test]
fn memory_of_families_held_out_is_predicted() {
    let predictor = predictor();
    check(&predictor.memory().unwrap().held_out, 11.0);
}

#[test]
fn an_interval_is_as_wide_as_what_was_held_out_is_off() {
    let predictor = predictor();
    let time = predictor.time();
    let within = time.cases.iter().filter(|(_, measured, predicted)| {
        let quotient = measured / predicted;
        quotient.max(1.0 / quotient) <= time.factor
    });
    let share = within.count() as f64 / time.cases.len() as f64;
    assert!((0.85..0.99).contains(&share), "{share}");
}

#[test]
fn what_is_predicted_does_what_was_measured() {
    // One text encoder and one that sees are enough: all families are compared at the size of tests.
    let mut compared = 0;
    for row in condensed() {
        if !["all-minilm-l6-v2", "vit-base-patch16-224"].contains(&row.case.model.as_str()) {
            continue;
        }
        let entry = CATALOG.find(&row.case.model).unwrap();
        let counted = entry.skill(row.case.platform).unwrap().count(&row.case);
        let [graph] = counted.unwrap().graphs.try_into().unwrap();
        let sample = row.sample();
        let mut nodes = graph.nodes;
        nodes.sort();
        let mut measured = sample.graphs[0].nodes.clone();
        measured.sort();
        assert_eq!(nodes, measured, "{}", row.case);
        let of = |weight_bytes: u64| predictor().memory_bytes(&sample.graphs, weight_bytes);
        // The file holds little beside the weights.
        let files =
            of(row.weight_bytes).unwrap().value / of(counted_weights(&row.case)).unwrap().value;
        assert!((0.99..1.02).contains(&files), "{}: {files}", row.case);
        compared += 1;
    }
    assert!(compared >= 4, "{compared}");
}

fn counted_weights(case: &Case) -> u64 {
    let entry = CATALOG.find(&case.model).unwrap();
    entry
        .skill(case.platform)
        .unwrap()
        .count(case)
        .unwrap()
        .weight_bytes
}
