//! Outcomes that cells of web platforms share: where models have checkpoint and graphs in common, what one shows holds for all.
//!
//! On an adapter in software one cell takes half a minute. Each cell is loaded and its placement read for itself.

use std::any::TypeId;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::cell::Bench;
use super::exercise::Exercise;
use super::outcome::{Outcome, Stop};

/// Checks that every cell makes for itself.
const OWN: [&str; 2] = ["loads", "is_placed_on_its_provider"];

/// What an outcome depends on: the task, the family, the checkpoint and the check; the platform is the process's.
type Key = (TypeId, &'static str, String, &'static str);

/// An outcome with the model that it was found for.
type Known = Arc<OnceLock<(&'static str, Outcome)>>;

static KNOWN: Mutex<BTreeMap<Key, Known>> = Mutex::new(BTreeMap::new());

/// The outcome of a check, and whether it is another cell's.
pub(super) fn outcome<T: Exercise>(
    bench: &Bench<T>,
    name: &'static str,
    check: fn(&Bench<T>) -> Outcome,
) -> (Outcome, bool) {
    if !bench.is_slow() {
        return (check(bench), false);
    }
    let Ok(session) = bench.session() else {
        return (check(bench), false);
    };
    if OWN.contains(&name) {
        return (check(bench), false);
    }
    let model = bench.skill.model;
    let checkpoint = format!(
        "{} {} {:?}",
        session.checkpoint().identity(),
        session.execution().is_native(),
        bench.skill.cell
    );
    let key = (TypeId::of::<T>(), model.family.id, checkpoint, name);
    let known = Arc::clone(
        KNOWN
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .entry(key)
            .or_default(),
    );
    let mut is_own = false;
    // Whoever comes second waits for the first.
    let (first, outcome) = known.get_or_init(|| {
        is_own = true;
        (model.id, check(bench))
    });
    if is_own {
        return (outcome.clone(), false);
    }
    let told = |text: &str| format!("as {first}, with the same checkpoint and graphs: {text}");
    let outcome = match outcome {
        Ok(proof) => Ok(told(proof)),
        Err(Stop::Failed(text)) => Err(Stop::Failed(told(text))),
        Err(ignored) => Err(ignored.clone()),
    };
    (outcome, true)
}
