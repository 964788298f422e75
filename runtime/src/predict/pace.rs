//! What a device really takes, for models at the size of their tests and for kernels of one operator.

use std::time::{Duration, Instant};

use export::Kernel;
use ndarray::ArrayD;
use serde::{Deserialize, Serialize};

use super::{Measured, Work};
use crate::cache::Silent;
use crate::catalog::{Placement, Platform};
use crate::checkpoint::CheckpointSpec;
use crate::contract::Exercise;
use crate::engine::{self, Evidence, Execution, Feed, OpenOptions, ProviderOptions, Settings};
use crate::error::Error;
use crate::session::LoadOptions;
use crate::skill::Skill;
use crate::tensor::Tensor;

/// Runs before the ones that count: the first of a shape prepares memory and kernels.
const BEFORE: usize = 2;
/// Most runs that count.
const RUNS: usize = 9;
/// No run is begun after this, once one counts.
const LONG: Duration = Duration::from_secs(8);

/// What a device took.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pace {
    /// The runs of graphs, and the median of their times.
    pub measured: Measured,
    /// The device, as evidence names it.
    pub device: String,
    /// The library with its version.
    pub library: String,
}

impl Pace {
    fn new(family: Option<&str>, runs: Vec<Work>, time: Duration, evidence: &Evidence) -> Self {
        Self {
            measured: Measured {
                family: family.map(str::to_owned),
                runs,
                microseconds: time.as_secs_f64() * 1e6,
            },
            device: evidence.device().unwrap_or_default().to_owned(),
            library: evidence.library().to_owned(),
        }
    }
}

/// What a skill's first example takes on its platform, from the checkpoint of its tests.
///
/// # Errors
/// A skill that does not load or run for real, or graphs whose work is not known.
pub fn pace<T: Exercise>(skill: Skill<T>, provider: &ProviderOptions) -> Result<Pace, Error> {
    let session = skill.load(&LoadOptions {
        checkpoint: CheckpointSpec::offline(skill.model),
        settings: Settings {
            has_huge_pages: false,
            ..Settings::default()
        },
        provider: provider.clone(),
        ..LoadOptions::default()
    })?;
    let family = skill.model.family.id;
    let example = T::examples().into_iter().next();
    let example = example.ok_or(Error::EmptyInput("the task has no example"))?;
    let mut last = None;
    let time = median(|| {
        let run = session.run(example.clone())?;
        let time = run.timing.graphs;
        last = Some(run);
        time.ok_or_else(|| Error::InvalidInput(format!("{family} is simulated")))
    })?;
    let run = last.ok_or(Error::Poisoned)?;
    let work = run.work.ok_or_else(|| {
        Error::InvalidInput(format!(
            "what the graphs of {family} have to do is not known"
        ))
    })?;
    let runs = work.iter().map(|work| Work::clone(work)).collect();
    Ok(Pace::new(
        Some(family),
        runs,
        time,
        run.execution.evidence(),
    ))
}

/// What large kernels of one operator take on a platform: they show its roofs. Small ones would show nothing of models: a
/// device repeats one operator at a tenth of what it takes to go from each to the next.
///
/// # Errors
/// A platform that is absent, or one that refuses a kernel.
pub fn kernels(platform: Platform, provider: &ProviderOptions) -> Result<Vec<Pace>, Error> {
    let engine = engine::of_platform(platform, &Silent)?;
    let folder = tempfile::tempdir().map_err(|source| Error::Write {
        path: std::env::temp_dir(),
        source: source.into(),
    })?;
    let options = OpenOptions {
        placement: Placement::Whole,
        provider: provider.clone(),
        ..OpenOptions::default()
    };
    let sums = |nodes, length| Kernel::Sums { nodes, length };
    let products = |nodes, side| Kernel::Products { nodes, side };
    let all = [
        sums(1, 1 << 20),
        sums(8, 1 << 20),
        products(1, 128),
        products(1, 512),
        products(4, 512),
    ];
    let mut found = Vec::new();
    for kernel in all {
        let file = folder.path().join("kernel.onnx");
        kernel.write(&file)?;
        let mut graph = engine.open(&file, &options)?;
        let Execution::Native(evidence) = graph.execution().clone() else {
            return Err(Error::InvalidInput(format!("{platform} is simulated")));
        };
        let work = Work::of(&file, graph.inputs());
        let work = work.ok_or(Error::EmptyInput("a kernel has open shapes"))?;
        let shape: Vec<usize> = kernel.shape().iter().map(|&size| size as usize).collect();
        // Small enough that no chain of products overflows.
        let input = Tensor::F32(ArrayD::from_elem(shape, 1e-3));
        let feeds = [("a", Feed::Tensor(&input)), ("b", Feed::Tensor(&input))];
        let time = median(|| {
            let start = Instant::now();
            graph.run(&feeds, &|_| false)?;
            Ok(start.elapsed())
        })?;
        found.push(Pace::new(None, vec![work], time, &evidence));
    }
    Ok(found)
}

/// The median of several times, those before it settles left out.
fn median(mut once: impl FnMut() -> Result<Duration, Error>) -> Result<Duration, Error> {
    for _ in 0..BEFORE {
        once()?;
    }
    let start = Instant::now();
    let mut times = vec![once()?];
    while times.len() < RUNS && start.elapsed() < LONG {
        times.push(once()?);
    }
    times.sort_unstable();
    Ok(times[times.len() / 2])
}
