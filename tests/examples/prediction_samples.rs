//! Condenses rows of benchmarks, as `assay db export --format json` writes them, to what predictions are learnt from: the samples
//! of `tests/tests/predict/samples.json`. Arguments: the files of rows. Standard output: the samples.

use std::collections::BTreeMap;
use std::env;
use std::error::Error;
use std::fs;
use std::io::{self, Write};

use generated::CATALOG;
use runtime::bench::{GraphRuns, Row};
use runtime::predict::Sample;
use serde_json::{Value, json};

fn main() -> Result<(), Box<dyn Error>> {
    let mut lines = Vec::new();
    for file in env::args().skip(1) {
        let rows: Vec<Row> = serde_json::from_str(&fs::read_to_string(file)?)?;
        for row in rows {
            let Some(mut sample) = Sample::of(&row) else {
                continue;
            };
            // Counted anew, for rows of earlier versions may tell less.
            let skill = CATALOG.find(&row.case.model)?.skill(row.case.platform)?;
            sample.graphs = skill.count(&row.case)?.graphs;
            let line = json!({
                "case": row.case,
                "family": sample.family,
                "roof": sample.roof,
                "weight_bytes": sample.weight_bytes,
                "milliseconds": sample.milliseconds,
                "scatter": sample.scatter,
                "peak_rss_bytes": sample.peak_rss_bytes,
                "graphs": condensed(&sample.graphs),
            });
            lines.push(line.to_string());
        }
    }
    lines.sort();
    writeln!(io::stdout(), "[\n{}\n]", lines.join(",\n"))?;
    Ok(())
}

/// The graphs of a query, of the steps of a decoder the one in the middle for all: its name, how often it runs, the most that its
/// values hold at once, the bytes of weights that it reads, and its nodes by operator, number, products, other operations, bytes read and written.
fn condensed(graphs: &[GraphRuns]) -> Vec<Value> {
    let mut alike: BTreeMap<(&str, Vec<&Vec<usize>>), Vec<&GraphRuns>> = BTreeMap::new();
    for graph in graphs {
        let inputs = graph.inputs.iter();
        let fed = inputs.filter(|(name, _)| !name.starts_with("past_") && !name.contains("mask"));
        let fed = fed.map(|(_, shape)| shape).collect();
        alike.entry((&graph.graph, fed)).or_default().push(graph);
    }
    let steps = alike.values().map(|steps| {
        let runs: u32 = steps.iter().map(|step| step.runs).sum();
        let nodes = steps[steps.len() / 2].nodes.iter();
        let nodes = nodes.map(|node| {
            json!([
                node.operator,
                node.nodes,
                node.macs,
                node.other_operations,
                node.read_bytes,
                node.written_bytes,
            ])
        });
        let peaks = steps.iter().map(|step| step.peak_activation_bytes);
        let peak = peaks
            .collect::<Option<Vec<_>>>()
            .and_then(|peaks| peaks.into_iter().max());
        json!([
            steps[0].graph,
            runs,
            peak,
            steps[0].read_weight_bytes,
            nodes.collect::<Vec<_>>()
        ])
    });
    steps.collect()
}
