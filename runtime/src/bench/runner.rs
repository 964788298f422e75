//! Runs the cases of a sweep, each in a process of its own, and makes rows of what becomes of them.

use std::collections::hash_map::RandomState;
use std::collections::{BTreeMap, BTreeSet};
use std::hash::{BuildHasher, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime};

use metrics::Environment;
use metrics::tree::Rooted;

use super::effort::milliseconds;
use super::{Case, Effort, Metric, Order, Outcome, Planned, RoofFigures, Row, Sweep};
use crate::catalog::{Platform, Precision};
use crate::error::Error;
use crate::peaks::DevicePeaks;
use crate::worker::{Launch, Worker, WorkerError};

/// Time that a device's peaks may take: an adapter in software is slow.
const PEAKS: Duration = Duration::from_mins(2);

/// Version of this project, in rows. Code that runs between graphs takes longer where it is not optimised, so such rows stand
/// apart.
pub const VERSION: &str = if cfg!(debug_assertions) {
    concat!(env!("CARGO_PKG_VERSION"), "-debug")
} else {
    env!("CARGO_PKG_VERSION")
};

/// How often a device's peaks are measured at most.
const MOST_PEAKS: u32 = 4;

/// What is told while cases run.
pub trait Observer {
    /// A case begins.
    ///
    /// # Errors
    /// Whatever keeps it from being told.
    fn begins(&mut self, planned: &Planned) -> Result<(), Error>;
    /// It has become a row.
    ///
    /// # Errors
    /// A row that cannot be kept.
    fn ended(&mut self, row: &Row) -> Result<(), Error>;
}

/// A platform with the options that choose its device.
type Device = (Platform, Vec<String>);

/// What is made once for cases: model, platform, checkpoint and precision say which export it is.
type Exported = (String, Platform, String, Precision);

/// The peaks of a device.
struct Probed {
    peaks: Result<DevicePeaks, WorkerError>,
    /// How often they were measured.
    times: u32,
}

/// Runs cases one after the other.
pub struct Runner {
    effort: Effort,
    limit: Duration,
    has_power: bool,
    has_roof: bool,
    machine: Environment,
    is_stopped: Arc<AtomicBool>,
    absent: BTreeMap<Platform, String>,
    /// What was measured of devices.
    peaks: BTreeMap<Device, Probed>,
    /// What was made for cases.
    ready: BTreeSet<Exported>,
}

impl Runner {
    /// A runner for the cases of a sweep, which begins none any more once it is stopped.
    ///
    /// # Errors
    /// Those of [`Sweep::effort`] and [`Sweep::limit`].
    pub fn new(sweep: &Sweep, is_stopped: Arc<AtomicBool>) -> Result<Self, Error> {
        Ok(Self {
            effort: sweep.effort()?,
            limit: sweep.limit()?,
            has_power: sweep.metrics.contains(&Metric::Power),
            has_roof: sweep.metrics.contains(&Metric::Bandwidth),
            machine: Environment::read(&Rooted::system()),
            is_stopped,
            absent: BTreeMap::new(),
            peaks: BTreeMap::new(),
            ready: BTreeSet::new(),
        })
    }

    /// This machine.
    #[must_use]
    pub const fn machine(&self) -> &Environment {
        &self.machine
    }

    /// Runs cases and hands each row on. Gives how many were begun; a stop ends the case that runs, of which no row is made.
    ///
    /// # Errors
    /// What the observer says of a row; a case that fails is a row.
    pub fn run(
        &mut self,
        planned: &[Planned],
        observer: &mut dyn Observer,
    ) -> Result<usize, Error> {
        for (index, one) in planned.iter().enumerate() {
            if self.is_stopped.load(Ordering::Relaxed) {
                return Ok(index);
            }
            observer.begins(one)?;
            let (started, start) = (unix_ms(), Instant::now());
            let outcome = match &one.skipped {
                Some((kind, reason)) => skipped(kind, reason),
                None => self.outcome(one),
            };
            // Who stops the parent stops its child too, which is no failure of the case.
            if self.is_stopped.load(Ordering::Relaxed) && matches!(outcome, Outcome::Failed { .. })
            {
                return Ok(index);
            }
            let row = Row::new(one, &self.machine, (started, start.elapsed()), outcome);
            observer.ended(&row)?;
        }
        Ok(planned.len())
    }

    fn outcome(&mut self, planned: &Planned) -> Outcome {
        let case = &planned.case;
        let platform = case.platform;
        if let Some(reason) = self.absent.get(&platform) {
            return skipped("unavailable", reason);
        }
        let order = Order {
            case: case.clone(),
            effort: self.effort,
            has_power: self.has_power,
            roof: self.roof(planned),
        };
        let worker = || {
            Launch::this_program(platform, self.limit)
                .and_then(|launch| Worker::start(platform, &launch.with_options(&case.options)))
        };
        // In a process of its own, whose memory then is none of those that are measured.
        let ready = if self.ready.insert(exported(case)) {
            worker().and_then(|mut worker| worker.make_ready(case.clone()))
        } else {
            Ok(())
        };
        match ready.and_then(|()| worker()?.measure(order)) {
            Ok(Outcome::Measured(mut measured)) => {
                // A roof that a run exceeds was measured while something else ran: it is measured again, a few times at most.
                if measured.is_above_roof() && self.measures_again(planned) {
                    measured.stand_below(self.roof(planned));
                }
                Outcome::Measured(measured)
            }
            Ok(outcome) => outcome,
            Err(WorkerError::Remote {
                is_unavailable: true,
                message,
                ..
            }) => {
                self.absent.insert(platform, message.clone());
                skipped("unavailable", &message)
            }
            Err(error) => Outcome::Failed {
                kind: kind(&error).to_owned(),
                error: Error::from(error).chain(),
            },
        }
    }

    /// Measures the peaks of a device again, and keeps the higher ones; false when that was done often enough.
    fn measures_again(&mut self, planned: &Planned) -> bool {
        let case = &planned.case;
        let key = (case.platform, case.options.clone());
        let Some(known) = self.peaks.get_mut(&key) else {
            return false;
        };
        if known.times == MOST_PEAKS {
            return false;
        }
        known.times += 1;
        let Ok(again) = peaks(case.platform, &case.options) else {
            return false;
        };
        if let Ok(first) = &mut known.peaks {
            *first = first.clone().or_higher(again);
        }
        true
    }

    /// The measured peaks of a platform's device, once for all cases.
    fn roof(&mut self, planned: &Planned) -> RoofFigures {
        if !self.has_roof {
            return RoofFigures::unknown("not asked for: `--metrics` names no bandwidth");
        }
        let Case {
            platform,
            precision,
            options,
            ..
        } = &planned.case;
        let key = (*platform, options.clone());
        let known = self.peaks.entry(key);
        let known = known.or_insert_with(|| Probed {
            peaks: peaks(*platform, options),
            times: 1,
        });
        match &known.peaks {
            Ok(peaks) => RoofFigures::of(peaks, *precision),
            Err(error) => RoofFigures::unknown(&error.to_string()),
        }
    }
}

fn exported(case: &Case) -> Exported {
    let checkpoint = case.checkpoint.clone();
    (
        case.model.clone(),
        case.platform,
        checkpoint,
        case.precision,
    )
}

/// Measures the peaks of a platform's device in a process of its own.
fn peaks(platform: Platform, options: &[String]) -> Result<DevicePeaks, WorkerError> {
    let launch = Launch::this_program(platform, PEAKS)?.with_options(options);
    Worker::start(platform, &launch)?.peaks(options.to_vec())
}

impl Row {
    /// What became of a case that began at a time, in milliseconds since 1970, and took so long.
    pub(super) fn new(
        planned: &Planned,
        machine: &Environment,
        (started_ms, took): (i64, Duration),
        outcome: Outcome,
    ) -> Self {
        Self {
            id: random_id(),
            case: planned.case.clone(),
            subject: planned.subject.clone(),
            started_ms,
            took_ms: milliseconds(took),
            machine: machine.clone(),
            version: VERSION.to_owned(),
            outcome,
        }
    }
}

pub(super) fn skipped(kind: &str, reason: &str) -> Outcome {
    Outcome::Skipped {
        kind: kind.to_owned(),
        reason: reason.to_owned(),
    }
}

fn kind(error: &WorkerError) -> &'static str {
    match error {
        WorkerError::Died { .. } => "died",
        WorkerError::Silent { .. } => "timeout",
        _ => "error",
    }
}

/// Milliseconds since 1970.
pub(super) fn unix_ms() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.map_or(0, |since| since.as_millis() as i64)
}

/// 32 hexadecimal digits that no other row has: the standard library seeds every hasher from the system's random numbers.
fn random_id() -> String {
    let half = || RandomState::new().build_hasher().finish();
    // Keys of one thread follow each other, so the time is mixed in.
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let mut hasher = RandomState::new().build_hasher();
    hasher.write_u128(now.map_or(0, |now| now.as_nanos()));
    hasher.write_u32(std::process::id());
    format!("{:016x}{:016x}", half(), hasher.finish())
}
