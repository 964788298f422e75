//! Neither batch, nor padding, nor threads change a result.

use std::thread;

use super::{examples, repeated};
use crate::contract::cell::Bench;
use crate::contract::exercise::Exercise;
use crate::contract::outcome::{Outcome, Stop};
use crate::contract::tolerance;

/// A batch of one example repeated gives what single runs give.
///
/// # Errors
/// [`Stop`].
pub fn batch_equals_single_runs<T: Exercise>(bench: &Bench<T>) -> Outcome {
    const SIZE: usize = 3;
    bench.session()?;
    let examples = repeated(bench)?;
    let mut worst = 0.0_f32;
    for example in &examples {
        worst = worst.max(compare(bench, std::slice::from_ref(example), SIZE)?);
    }
    Ok(format!(
        "batches of {SIZE} within {worst:.1e} of single runs"
    ))
}

/// Items of different size in one batch, padded as the task pads them, give what single runs give.
///
/// # Errors
/// [`Stop`].
pub fn ragged_batch_equals_single_runs<T: Exercise>(bench: &Bench<T>) -> Outcome {
    bench.session()?;
    let examples = examples::<T>()?;
    let worst = compare(bench, &examples, 1)?;
    Ok(format!(
        "{} items of different size within {worst:.1e} of single runs",
        examples.len()
    ))
}

/// The largest deviation between one batch, which holds all items several times, and single runs of them.
fn compare<T: Exercise>(bench: &Bench<T>, items: &[T::Input], times: usize) -> Result<f32, Stop> {
    let session = bench.session()?;
    let level = tolerance::reordered(bench.precision());
    let single = |item: &T::Input| Ok(T::values(&session.run(item.clone())?.output));
    let alone = items.iter().map(single).collect::<Result<Vec<_>, Stop>>()?;
    let items = vec![items; times].concat();
    let together = session.run_batch(&items)?.output;
    if together.len() != items.len() {
        return Err(Stop::failed(format!(
            "expected {} outputs, got {}",
            items.len(),
            together.len()
        )));
    }
    let mut worst = 0.0_f32;
    for (index, (alone, in_batch)) in alone.iter().cycle().zip(&together).enumerate() {
        let deviation = level.compare(
            &format!("item {index} of {}", items.len()),
            alone,
            &T::values(in_batch),
        );
        worst = worst.max(deviation.map_err(Stop::Failed)?);
    }
    Ok(worst)
}

/// Two threads that use the session at once get what one gets.
///
/// # Errors
/// [`Stop`].
pub fn two_threads_equal_one<T: Exercise>(bench: &Bench<T>) -> Outcome {
    // Where graphs take turns, one round shows as much as several.
    let rounds = if bench.is_slow() { 1 } else { 4 };
    let session = bench.session()?;
    let examples = repeated(bench)?;
    let run = |example: &T::Input| session.run(example.clone()).map(|run| run.output);
    let alone = examples.iter().map(run).collect::<Result<Vec<_>, _>>()?;
    let round = || -> Result<Vec<T::Output>, crate::Error> {
        let mut last = Vec::new();
        for _ in 0..rounds {
            last = examples.iter().map(run).collect::<Result<_, _>>()?;
        }
        Ok(last)
    };
    let both = thread::scope(|scope| {
        [scope.spawn(round), scope.spawn(round)].map(thread::ScopedJoinHandle::join)
    });
    for (thread, outputs) in both.into_iter().enumerate() {
        let outputs = outputs.map_err(|_| Stop::failed(format!("thread {thread} panicked")))??;
        if outputs != alone {
            return Err(Stop::failed(format!(
                "thread {thread} got other outputs than a single thread, expected equal bits"
            )));
        }
    }
    Ok(format!(
        "2 threads × {rounds} rounds × {} examples equal to the bit",
        examples.len()
    ))
}
