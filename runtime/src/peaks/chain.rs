//! Times of chains of one operator, whole: what else is in them makes a rate lower, never higher.

use std::time::{Duration, Instant};

use export::Kernel;
use ndarray::ArrayD;
use tempfile::TempDir;

use crate::catalog::Placement;
use crate::engine::{
    Engine, Evidence, Executable, Execution, Feed, OpenOptions, ProviderOptions, Settings,
};
use crate::error::Error;
use crate::tensor::Tensor;

/// Nodes of a chain: enough that what is done once for each run counts little.
pub(super) const NODES: usize = 8;
/// Runs before those that count.
const BEFORE: usize = 2;
/// Runs that count, the least and the most of them.
const RUNS: (usize, usize) = (3, 200);
/// Runs of chains that take long, though not as long as [`LONG`] together.
const FEW: usize = 9;
/// Quick chains are run again at least this long, so that whatever else the machine does is not beside all of them.
const WHILE: Duration = Duration::from_millis(200);
/// No run is begun after this, once the least are there.
const LONG: Duration = Duration::from_secs(6);

/// What a chain of [`NODES`] took.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Lap {
    /// The best run, with all that goes to the device and comes from it.
    pub(super) took: Duration,
    /// How far the slowest run lies above the best, in percent of it.
    pub(super) spread_percent: f64,
    /// Number of runs.
    pub(super) runs: usize,
}

/// An engine with what its graphs are opened with.
pub(super) struct Bench<'e> {
    engine: &'e dyn Engine,
    options: OpenOptions,
    folder: TempDir,
}

impl<'e> Bench<'e> {
    pub(super) fn new(engine: &'e dyn Engine, provider: &ProviderOptions) -> Result<Self, Error> {
        let folder = tempfile::tempdir().map_err(|source| Error::Write {
            path: std::env::temp_dir(),
            source: source.into(),
        })?;
        Ok(Self {
            engine,
            options: OpenOptions {
                settings: Settings::default(),
                placement: Placement::Whole,
                provider: provider.clone(),
                is_alone: true,
            },
            folder,
        })
    }

    /// Where a small kernel runs.
    pub(super) fn evidence(&self) -> Result<Evidence, Error> {
        let kernel = Kernel::Sums {
            nodes: 1,
            length: 4,
        };
        let graph = self.open(kernel, export::Precision::Fp32)?;
        Ok(graph.execution().evidence().clone())
    }

    /// Times a chain.
    ///
    /// # Errors
    /// A kernel that the platform refuses, runs elsewhere or fails in.
    pub(super) fn time(&self, kernel: Kernel, precision: export::Precision) -> Result<Lap, Error> {
        let mut graph = self.open(kernel, precision)?;
        // The sum of products along a row stays what it was: nothing overflows, or gets slow for being next to nothing.
        let number = match kernel {
            Kernel::Products { side, .. } => 1.0 / side as f32,
            Kernel::Sums { .. } => 1.0,
        };
        let one = Tensor::F32(ArrayD::from_elem(vec![1; kernel.shape().len()], number));
        let feeds = [("a", Feed::Tensor(&one)), ("b", Feed::Tensor(&one))];
        let mut once = || -> Result<Duration, Error> {
            let began = Instant::now();
            graph.run(&feeds, &|_| false)?;
            Ok(began.elapsed())
        };
        for _ in 0..BEFORE {
            once()?;
        }
        let began = Instant::now();
        let mut times = Vec::new();
        while is_wanted(times.len(), began.elapsed()) {
            times.push(once()?);
        }
        Ok(Lap::of(&times))
    }

    /// Opens a kernel on the platform's own provider, whole.
    fn open(
        &self,
        kernel: Kernel,
        precision: export::Precision,
    ) -> Result<Box<dyn Executable>, Error> {
        let file = self.folder.path().join("kernel.onnx");
        kernel.write_enclosed(precision, &file)?;
        let graph = self.engine.open(&file, &self.options)?;
        let elsewhere = |reason| {
            let platform = self.engine.platform();
            Error::InvalidInput(format!("not on {platform}: {reason}"))
        };
        match graph.execution() {
            Execution::Simulated { because, .. } => Err(elsewhere(because.clone())),
            Execution::Native(evidence) => {
                evidence.satisfies(Placement::Whole).map_err(elsewhere)?;
                Ok(graph)
            }
        }
    }
}

/// Whether another run is wanted after so many that took so long together.
fn is_wanted(runs: usize, took: Duration) -> bool {
    runs < RUNS.0 || (runs < RUNS.1 && took < LONG && (runs < FEW || took < WHILE))
}

impl Lap {
    fn of(times: &[Duration]) -> Self {
        let best = times.iter().min().copied().unwrap_or_default();
        let worst = times.iter().max().copied().unwrap_or_default();
        Self {
            took: best,
            spread_percent: worst.saturating_sub(best).as_secs_f64() / best.as_secs_f64() * 100.0,
            runs: times.len(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_run_counts() {
        let lap = Lap::of(&[60, 40, 50].map(Duration::from_millis));
        assert_eq!(lap.took, Duration::from_millis(40));
        assert!((lap.spread_percent - 50.0).abs() < 1e-9);
        assert_eq!(lap.runs, 3);
    }

    #[test]
    fn quick_chains_are_run_for_a_while_and_slow_ones_seldom() {
        let runs = |millis: u64| {
            let each = Duration::from_millis(millis);
            (0..=RUNS.1)
                .take_while(|done| is_wanted(*done, each * *done as u32))
                .count()
        };
        assert_eq!([0, 2, 50, 1_000, 9_000].map(runs), [200, 100, 9, 6, 3]);
    }
}
