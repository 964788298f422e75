//! One child process a platform, kept for as long as a command asks them about models.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::catalog::{Entry, Platform};
use crate::contract::{Proof, State};
use crate::engine::ProviderOptions;
use crate::error::Error;
use crate::peaks::DevicePeaks;
use crate::predict::Pace;
use crate::worker::{Launch, Worker, WorkerError};

/// Time for one model on one platform: an adapter in software compiles for a while.
const LIMIT: Duration = Duration::from_mins(5);

/// The children, and the platforms that have turned out to be absent.
pub(super) struct Fleet {
    provider: ProviderOptions,
    workers: BTreeMap<Platform, Worker>,
    absent: BTreeMap<Platform, Proof>,
}

impl Fleet {
    /// Children that are given these options of their providers.
    pub(super) fn new(provider: ProviderOptions) -> Self {
        Self {
            provider,
            workers: BTreeMap::new(),
            absent: BTreeMap::new(),
        }
    }

    /// Finds out what a model comes to on a platform; nothing more is tried on one that is absent.
    pub(super) fn prove(&mut self, entry: &Entry, platform: Platform) -> Proof {
        if let Some(absence) = self.absent.get(&platform) {
            return absence.clone();
        }
        let options = self.provider.texts(platform);
        let found = self.ask(platform, |worker| worker.prove(entry.model.id, options));
        let mut proof =
            found.unwrap_or_else(|error| Proof::of_error(&error, platform != Platform::Cpu));
        if proof.state == State::Absent {
            // The state says so already.
            let told = format!("{platform} is unavailable: ");
            if let Some(reason) = proof.told.strip_prefix(&told) {
                proof.told = reason.to_owned();
            }
            self.workers.remove(&platform);
            self.absent.insert(platform, proof.clone());
        }
        proof
    }

    /// Takes the time of a model's first example on a platform, or of kernels of one operator.
    pub(super) fn pace(
        &mut self,
        model: Option<&str>,
        platform: Platform,
    ) -> Result<Vec<Pace>, Error> {
        let options = self.provider.texts(platform);
        self.ask(platform, |worker| worker.pace(model, options))
    }

    /// Measures what a platform's device reaches at most.
    pub(super) fn peaks(&mut self, platform: Platform) -> Result<DevicePeaks, Error> {
        let options = self.provider.texts(platform);
        self.ask(platform, |worker| worker.peaks(options))
    }

    /// Asks a platform's child, which is started first where there is none.
    fn ask<A>(
        &mut self,
        platform: Platform,
        ask: impl FnOnce(&mut Worker) -> Result<A, WorkerError>,
    ) -> Result<A, Error> {
        let mut worker = if let Some(worker) = self.workers.remove(&platform) {
            worker
        } else {
            let launch = Launch::this_program(platform, LIMIT)?;
            let options = self.provider.texts(platform);
            Worker::start(platform, &launch.with_options(&options))?
        };
        let answer = ask(&mut worker);
        // A child that died or fell silent answers nobody any more.
        if matches!(answer, Ok(_) | Err(WorkerError::Remote { .. })) {
            self.workers.insert(platform, worker);
        }
        Ok(answer?)
    }

    /// Ends a platform's child.
    pub(super) fn end(&mut self, platform: Platform) {
        self.workers.remove(&platform);
    }

    /// The platforms that are absent, with the reasons.
    pub(super) fn absent(&self) -> &BTreeMap<Platform, Proof> {
        &self.absent
    }
}
