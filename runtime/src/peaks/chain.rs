//! Times of chains of one operator: what each node more takes, so that nothing else is in it.

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

/// Nodes by which the longer chain is longer.
pub(super) const MORE: usize = 8;
/// Runs before those that count.
const BEFORE: usize = 2;
/// Most pairs of runs that count, and the least of them.
const PAIRS: usize = 9;
const LEAST: usize = 3;
/// No pair is begun after this, once the least are there.
const LONG: Duration = Duration::from_secs(6);

/// What [`MORE`] nodes took.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Lap {
    /// The best of the longer chain less the best of the shorter one.
    pub(super) took: Duration,
    /// How far the slowest run of the longer chain lies above the best, in percent of it.
    pub(super) spread_percent: f64,
    /// Number of pairs of runs.
    pub(super) pairs: usize,
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

    /// Times a chain: `kernel` gives the one of so many nodes.
    ///
    /// # Errors
    /// A kernel that the platform refuses, runs elsewhere or fails in.
    pub(super) fn time(
        &self,
        kernel: &dyn Fn(usize) -> Kernel,
        precision: export::Precision,
    ) -> Result<Lap, Error> {
        let mut short = self.open(kernel(1), precision)?;
        let mut long = self.open(kernel(1 + MORE), precision)?;
        // The sum of products along a row stays what it was: nothing overflows, or gets slow for being next to nothing.
        let number = match kernel(1) {
            Kernel::Products { side, .. } => 1.0 / side as f32,
            Kernel::Sums { .. } => 1.0,
        };
        let one = Tensor::F32(ArrayD::from_elem(vec![1; kernel(1).shape().len()], number));
        let feeds = [("a", Feed::Tensor(&one)), ("b", Feed::Tensor(&one))];
        let once = |graph: &mut dyn Executable| -> Result<Duration, Error> {
            let began = Instant::now();
            graph.run(&feeds, &|_| false)?;
            Ok(began.elapsed())
        };
        for _ in 0..BEFORE {
            once(short.as_mut())?;
            once(long.as_mut())?;
        }
        let began = Instant::now();
        let (mut of_short, mut of_long) = (Vec::new(), Vec::new());
        while of_long.len() < LEAST || (of_long.len() < PAIRS && began.elapsed() < LONG) {
            of_short.push(once(short.as_mut())?);
            of_long.push(once(long.as_mut())?);
        }
        Ok(Lap::of(&of_short, &of_long))
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

impl Lap {
    fn of(short: &[Duration], long: &[Duration]) -> Self {
        let best = |times: &[Duration]| times.iter().min().copied().unwrap_or_default();
        let worst = long.iter().max().copied().unwrap_or_default();
        let best_long = best(long);
        let excess = worst.saturating_sub(best_long).as_secs_f64();
        Self {
            took: best_long.saturating_sub(best(short)),
            spread_percent: excess / best_long.as_secs_f64() * 100.0,
            pairs: long.len(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_both_chains_take_is_not_in_the_lap() {
        let ms = |times: &[u64]| -> Vec<_> {
            times.iter().copied().map(Duration::from_millis).collect()
        };
        let lap = Lap::of(&ms(&[50, 40, 60]), &ms(&[150, 125, 100]));
        assert_eq!(lap.took, Duration::from_millis(60));
        assert!((lap.spread_percent - 50.0).abs() < 1e-9);
        assert_eq!(lap.pairs, 3);
        // A chain that was slower for being shorter tells nothing.
        assert_eq!(Lap::of(&ms(&[9]), &ms(&[8])).took, Duration::ZERO);
    }
}
