//! Benchmarks in a program's own process, as one would write them in a test.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use metrics::Environment;
use metrics::tree::Rooted;

use super::runner::{skipped, unix_ms};
use super::{Metric, Order, Outcome, RoofFigures, Row, Size, Sweep};
use crate::checkpoint::CheckpointSpec;
use crate::engine::{ProviderOptions, Settings};
use crate::error::Error;
use crate::peaks::{self, DevicePeaks};
use crate::report::{self, Format, Report, write_whole};
use crate::skill::AnySkill;

/// What is to be measured of a skill.
///
/// ```no_run
/// # fn measure(skill: &'static dyn runtime::skill::AnySkill) -> Result<(), runtime::Error> {
/// use runtime::bench::{Benchmark, Size};
///
/// let results = Benchmark::new(skill).size(Size::Tiny).batch_sizes([1, 8]).run()?;
/// results.export_html("results.html".as_ref())?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Benchmark {
    skill: &'static dyn AnySkill,
    sweep: Sweep,
}

impl Benchmark {
    /// The usual benchmark of a skill: full size, batch 1, one query after the other.
    #[must_use]
    pub fn new(skill: &'static dyn AnySkill) -> Self {
        Self {
            skill,
            sweep: Sweep {
                platforms: vec![skill.cell().platform],
                ..Sweep::default()
            },
        }
    }

    /// Size of the model.
    #[must_use]
    pub fn size(mut self, size: Size) -> Self {
        self.sweep.size = size;
        self
    }

    /// Where the checkpoint comes from; made-up weights of the size by default.
    #[must_use]
    pub fn checkpoint(mut self, checkpoint: CheckpointSpec) -> Self {
        self.sweep.checkpoint = Some(checkpoint);
        self
    }

    /// Items of a query.
    #[must_use]
    pub fn batch_sizes(mut self, batches: impl IntoIterator<Item = u32>) -> Self {
        self.sweep.batch_sizes = batches.into_iter().collect();
        self
    }

    /// Tokens of texts.
    #[must_use]
    pub fn sequences(mut self, tokens: impl IntoIterator<Item = u32>) -> Self {
        self.sweep.sequences = tokens.into_iter().collect();
        self
    }

    /// Settings to measure under.
    #[must_use]
    pub fn settings(mut self, settings: impl IntoIterator<Item = Settings>) -> Self {
        self.sweep.settings = settings.into_iter().collect();
        self
    }

    /// Queries of a case, in place of as many as a median known to 2 % takes.
    #[must_use]
    pub fn iterations(mut self, queries: usize) -> Self {
        self.sweep.iterations = Some(queries);
        self
    }

    /// What is measured beside times; everything by default.
    #[must_use]
    pub fn metrics(mut self, metrics: impl IntoIterator<Item = Metric>) -> Self {
        self.sweep.metrics = metrics.into_iter().collect();
        self
    }

    /// Everything else that can be said of what is measured.
    #[must_use]
    pub fn sweep(mut self, change: impl FnOnce(&mut Sweep)) -> Self {
        change(&mut self.sweep);
        self
    }

    /// Measures every case in this process. A case that fails is a row.
    ///
    /// # Errors
    /// What was asked for makes no sense.
    pub fn run(&self) -> Result<Results, Error> {
        self.sweep.check()?;
        let tree = Rooted::system();
        let machine = Environment::read(&tree);
        let (model, cell) = (self.skill.model(), self.skill.cell());
        let planned = self.sweep.of_cell(
            model,
            cell.platform,
            Some(cell),
            Some(self.skill),
            machine.memory_bytes,
        )?;
        let effort = self.sweep.effort()?;
        let roof = self.roof();
        let mut rows = Vec::new();
        for one in &planned {
            let (started, start) = (unix_ms(), Instant::now());
            let outcome = if let Some((kind, reason)) = &one.skipped {
                skipped(kind, reason)
            } else {
                let order = Order {
                    case: one.case.clone(),
                    effort,
                    has_power: self.sweep.metrics.contains(&Metric::Power),
                    roof: match &roof {
                        Ok(peaks) => RoofFigures::of(peaks, one.case.precision),
                        Err(reason) => RoofFigures::unknown(reason),
                    },
                };
                let ready = self.skill.make_ready(&one.case);
                match ready.and_then(|()| self.skill.measure(&order)) {
                    Ok(outcome) => outcome,
                    Err(error) if error.is_absence() => skipped("unavailable", &error.chain()),
                    Err(error) => Outcome::Failed {
                        kind: "error".to_owned(),
                        error: error.chain(),
                    },
                }
            };
            rows.push(Row::new(one, &machine, (started, start.elapsed()), outcome));
        }
        Ok(Results { rows })
    }

    /// The measured peaks of the skill's device, where they are asked for.
    fn roof(&self) -> Result<DevicePeaks, String> {
        if !self.sweep.metrics.contains(&Metric::Bandwidth) {
            return Err("not asked for".to_owned());
        }
        let platform = self.skill.cell().platform;
        let provider = ProviderOptions::parse(&self.sweep.options, &[platform]);
        let provider = provider.map_err(|error| error.to_string())?;
        peaks::measure(platform, &provider).map_err(|error| error.chain())
    }
}

/// The rows of a benchmark.
#[derive(Debug, Clone, PartialEq)]
pub struct Results {
    /// One for each case.
    pub rows: Vec<Row>,
}

impl Results {
    /// Every row with its samples, as JSON that can be read back.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn export_json(&self, file: &Path) -> Result<(), Error> {
        let text = serde_json::to_string_pretty(&self.rows)
            .map_err(|error| Error::InvalidInput(format!("a row has no JSON: {error}")))?;
        write(file, &text)
    }

    /// The report in Markdown.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn export_markdown(&self, file: &Path) -> Result<(), Error> {
        write(file, &self.rendered(Format::Markdown))
    }

    /// The figures of the report, a line a row.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn export_csv(&self, file: &Path) -> Result<(), Error> {
        write(file, &self.rendered(Format::Csv))
    }

    /// The report with its charts, in one file that needs no other.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn export_html(&self, file: &Path) -> Result<(), Error> {
        write(file, &self.rendered(Format::Html))
    }

    /// The report in any form.
    #[must_use]
    pub fn rendered(&self, format: Format) -> String {
        report::render(&Report::of(&self.rows, &BTreeMap::new()), format)
    }
}

/// Writes a file whole or not at all.
fn write(file: &Path, text: &str) -> Result<(), Error> {
    write_whole(file, text).map_err(|source| Error::Write {
        path: file.to_owned(),
        source: source.into(),
    })
}
