//! Finds the node at which a graph's results on a platform begin to diverge from the CPU's.
//!
//! A graph is run on both sides with what a CPU session fed it. Inner values are made outputs of a copy of its file, a few at
//! a time, until one is found that diverges though all that its node takes agrees.

mod difference;
mod evaluator;
mod findings;
mod flow;
mod record;
mod search;

use std::fs;
use std::path::Path;

use export::GraphListing;

pub use difference::{Difference, Place, Tolerance};
pub use evaluator::{Evaluator, Given, Here, InWorker, run_once};
pub use findings::{Culprit, GraphFindings, Operand, Operands};
pub use record::{Recorded, record};

use self::flow::Flow;
use self::search::{Differences, Look, Search};
use crate::cache::Progress;
use crate::catalog::{Platform, Precision};
use crate::contract::tolerance;
use crate::engine::Recording;
use crate::error::Error;
use crate::tensor::NamedTensors;

/// What to compare, and how.
pub struct Settings<'s> {
    /// Bound of [`Tolerance`], with nothing added; where it is open, the contract's with what the platform's arithmetic adds.
    pub bound: Option<f64>,
    /// The precision of the graph.
    pub precision: Precision,
    /// The platform whose arithmetic is compared.
    pub platform: Platform,
    /// Whether every value is looked at, even where the outputs agree.
    pub is_every_node: bool,
    /// A folder for copies of the graph, on the file system that its weights lie on.
    pub folder: &'s Path,
    /// Told about every look.
    pub progress: &'s dyn Progress,
}

impl Settings<'_> {
    /// What counts as equal in a graph with these nodes.
    fn tolerance(&self, listing: &GraphListing) -> Tolerance {
        if let Some(bound) = self.bound {
            return Tolerance {
                bound,
                addition: 0.0,
            };
        }
        let operators = listing.nodes.iter().map(|node| node.operator.as_str());
        Tolerance {
            bound: tolerance::reordered(self.precision).bound.into(),
            addition: tolerance::addition(self.platform, operators),
        }
    }
}

/// Runs a graph on both sides and finds where they begin to diverge, if they do.
///
/// # Errors
/// A graph that cannot be read or copied, or that a side does not run as it is.
pub fn bisect(
    recording: &Recording,
    cpu: &mut dyn Evaluator,
    platform: &mut dyn Evaluator,
    settings: &Settings<'_>,
) -> Result<GraphFindings, Error> {
    let file = &recording.graph;
    let name = file.file_stem().unwrap_or_default().to_string_lossy();
    let listing = GraphListing::read(file).map_err(|error| Error::InvalidCheckpoint {
        file: file.display().to_string(),
        reason: error.to_string(),
    })?;
    let flow = Flow::of(&listing);
    let mut pair = Pair {
        name: &name,
        listing: &listing,
        flow: &flow,
        feeds: &recording.feeds,
        cpu,
        platform,
        settings,
        tolerance: settings.tolerance(&listing),
        looks: 0,
    };
    let (outputs, execution) = pair.compare(file, &[])?;
    let mut search = Search::new(&flow, &mut pair, &outputs);
    if settings.is_every_node {
        search.walk()?;
    }
    let first = search.narrow()?;
    let culprit = first.map(|value| Culprit::of(value, &flow, &listing, &search));
    let compared = search.compared();
    let name_of = |value: &usize| flow.values[*value].name.clone();
    let refused = search.refused.iter();
    let refused = refused.map(|(value, reason)| (name_of(value), reason.clone()));
    let refused = refused.collect();
    Ok(GraphFindings {
        name: name.clone().into_owned(),
        run: recording.run,
        nodes: listing.nodes.len(),
        values: flow.values.len(),
        compared,
        refused,
        is_every_node: settings.is_every_node,
        outputs: outputs.into_iter().collect(),
        execution,
        looks: pair.looks,
        culprit,
    })
}

/// A graph on both sides.
struct Pair<'p> {
    name: &'p str,
    listing: &'p GraphListing,
    flow: &'p Flow,
    feeds: &'p NamedTensors,
    cpu: &'p mut dyn Evaluator,
    platform: &'p mut dyn Evaluator,
    settings: &'p Settings<'p>,
    tolerance: Tolerance,
    looks: usize,
}

impl Pair<'_> {
    /// Runs a file on both sides; gives the differences of its outputs and the platform's execution in words.
    fn compare(&mut self, file: &Path, inner: &[&str]) -> Result<(Differences, String), Error> {
        self.looks += 1;
        let platform = self.settings.platform;
        let what = match inner.len() {
            0 => "the outputs".to_owned(),
            count => format!("{count} inner values"),
        };
        let Self { name, looks, .. } = self;
        let text = format!("{name}: run {looks}, {what} on cpu and {platform}");
        self.settings.progress.started(&text, None);
        let expected = self.cpu.evaluate(file, self.feeds);
        let both = expected.and_then(|cpu| Ok((cpu, self.platform.evaluate(file, self.feeds)?)));
        self.settings.progress.finished();
        let (expected, found) = both?;
        let mut differences = Differences::new();
        for (name, tensor) in expected.tensors.iter() {
            let difference = match found.tensors.find(name) {
                Some(other) => Difference::between(tensor, other, self.tolerance),
                None => Difference::missing(tensor),
            };
            differences.insert(name.to_owned(), difference);
        }
        Ok((differences, found.execution))
    }
}

impl Look for Pair<'_> {
    fn look(&mut self, values: &[usize]) -> Result<Result<Differences, String>, Error> {
        let names = values
            .iter()
            .map(|&value| self.flow.values[value].name.as_str());
        let is_output = |name: &str| self.listing.outputs.iter().any(|output| output == name);
        let inner: Vec<&str> = names.filter(|name| !is_output(name)).collect();
        let written = |source| Error::Write {
            path: self.settings.folder.to_owned(),
            source,
        };
        fs::create_dir_all(self.settings.folder).map_err(|it| written(it.into()))?;
        let folder = tempfile::Builder::new()
            .prefix(".bisect-")
            .tempdir_in(self.settings.folder)
            .map_err(|error| written(error.into()))?;
        let copy = self
            .listing
            .copy_giving(&inner, folder.path())
            .map_err(|error| written(error.into()))?;
        let compared = self.compare(&copy, &inner);
        Ok(compared
            .map(|(differences, _)| differences)
            .map_err(|error| one_line(&error.chain())))
    }
}

/// Text without the line breaks that engines put into theirs.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests;
