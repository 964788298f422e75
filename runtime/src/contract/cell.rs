//! One cell under test: its session, loaded once for all of its checks.

use std::num::NonZeroUsize;
use std::sync::{Arc, OnceLock};

use super::exercise::Exercise;
use super::outcome::{Outcome, Stop, Why};
use super::run::{Checked, Trial};
use super::sharing;
use crate::cache::{Silent, Terminal};
use crate::catalog::{Cell, Model, Platform, Precision, Support};
use crate::checkpoint::CheckpointSpec;
use crate::engine::{self, ProviderOptions, Settings};
use crate::session::{LoadOptions, Session};
use crate::skill::Skill;

/// A cell under test.
pub struct CellContract<T: Exercise> {
    module: &'static str,
    bench: Arc<Bench<T>>,
}

/// What a check has to work with.
pub struct Bench<T: Exercise> {
    pub(super) skill: Skill<T>,
    provider: ProviderOptions,
    session: OnceLock<Result<Session<T>, Stop>>,
}

/// Puts a cell under test; `module` is the test file's `module_path!()`.
#[must_use]
pub fn cell<T: Exercise>(module: &'static str, skill: Skill<T>) -> CellContract<T> {
    CellContract {
        module,
        bench: Arc::new(Bench::new(skill, ProviderOptions::default())),
    }
}

/// The one trial of an unsupported cell: ignored, with the registry's reason; `module` is the test file's `module_path!()`.
#[must_use]
pub fn unsupported(module: &'static str, model: &'static Model, cell: &'static Cell) -> Vec<Trial> {
    let outcome = move || match cell.support {
        Support::Unsupported { reason } => Err(Stop::ignored(Why::Unsupported, reason)),
        Support::Native | Support::Simulated { .. } => Err(Stop::failed(
            "the test file says unsupported, the catalogue does not: run `cargo gen`",
        )),
    };
    vec![Trial::new(
        module,
        "is_unsupported",
        model,
        Box::new(move || Checked {
            outcome: outcome(),
            is_simulated: false,
            is_shared: false,
        }),
    )]
}

impl<T: Exercise> CellContract<T> {
    /// A check of this cell under the given name.
    #[must_use]
    pub fn check(&self, name: &'static str, check: fn(&Bench<T>) -> Outcome) -> Trial {
        let bench = Arc::clone(&self.bench);
        let model = bench.skill.model;
        Trial::new(
            self.module,
            name,
            model,
            Box::new(move || {
                let (outcome, is_shared) = sharing::outcome(&bench, name, check);
                Checked {
                    outcome,
                    is_simulated: bench.is_simulated(),
                    is_shared,
                }
            }),
        )
    }
}

impl<T: Exercise> Bench<T> {
    /// A skill with options of its execution provider.
    pub(super) const fn new(skill: Skill<T>, provider: ProviderOptions) -> Self {
        Self {
            skill,
            provider,
            session: OnceLock::new(),
        }
    }

    /// The precision under test: the cell's first.
    pub(super) fn precision(&self) -> Precision {
        self.skill
            .cell
            .precisions
            .first()
            .copied()
            .unwrap_or(Precision::Fp32)
    }

    /// Whether the platform's runs may be slow: web platforms compute in software where there is no better adapter.
    pub(super) const fn is_slow(&self) -> bool {
        matches!(self.skill.cell.platform, Platform::WebNn | Platform::WebGpu)
    }

    /// Whether the session's outputs come from another platform; not where there is no session.
    fn is_simulated(&self) -> bool {
        let session = self.session.get().and_then(|loaded| loaded.as_ref().ok());
        session.is_some_and(|session| !session.execution().is_native())
    }

    /// The same skill on the CPU provider, from the same checkpoint and with graphs of the same form.
    pub(super) fn on_the_cpu(&self) -> Result<Session<T>, Stop> {
        let options = LoadOptions {
            replicas: NonZeroUsize::MIN,
            ..options(&self.skill, &ProviderOptions::default())
        };
        let cpu = || engine::cpu_here(&Silent);
        Ok(Session::load_on(self.skill, &options, cpu)?)
    }

    /// The session, loaded on first use from the architecture's reference checkpoint, else from a synthetic one.
    pub(super) fn session(&self) -> Result<&Session<T>, Stop> {
        let load = || Ok(self.skill.load(&options(&self.skill, &self.provider))?);
        self.session
            .get_or_init(load)
            .as_ref()
            .map_err(Clone::clone)
    }
}

/// How a cell is loaded under test: two replicas, so that threads really run at the same time.
fn options<T>(skill: &Skill<T>, provider: &ProviderOptions) -> LoadOptions {
    LoadOptions {
        checkpoint: CheckpointSpec::offline(skill.model),
        replicas: NonZeroUsize::MIN.saturating_add(1),
        settings: Settings {
            threads: 1,
            ..Settings::beside_others()
        },
        provider: provider.clone(),
        progress: Arc::new(Terminal::new()),
        ..LoadOptions::default()
    }
}
