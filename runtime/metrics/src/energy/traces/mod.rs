//! 100,000 random machines and windows: every result is exactly right, or absent for the right reason.

use std::collections::BTreeMap;
use std::io;
use std::mem::{Discriminant, discriminant};
use std::sync::Arc;

use super::{Consumed, Reader, Unavailable, powercap};
use crate::moment::FakeClock;
use crate::tree::fake::FakeTree;
use machine::Trace;

mod machine;
mod oracle;

const TRACES: u64 = 100_000;

/// What the reader under test says of a trace.
fn read(trace: &Trace) -> Result<Consumed, Unavailable> {
    let (tree, clock) = (FakeTree::default(), FakeClock::default());
    trace.build(&tree);
    let mut reader = powercap(&tree, Arc::new(clock.clone()))?;
    for (place, reading) in trace.readings.iter().enumerate() {
        clock.set(reading.moment());
        trace.show(&tree, place);
        if place == 0 {
            // The end tells what went wrong at the beginning.
            let _ = reader.begin();
        } else if place + 1 < trace.readings.len() {
            reader.keep();
        }
    }
    reader.end()
}

/// Kinds of results, for counting.
#[derive(Default)]
struct Tally {
    exact: usize,
    wrapped: usize,
    absent: BTreeMap<String, usize>,
}

fn kind(error: &Unavailable) -> Discriminant<Unavailable> {
    discriminant(error)
}

fn check(seed: u64, tally: &mut Tally) {
    let trace = Trace::random(seed);
    let expected = oracle::judge(&trace);
    match (read(&trace), expected) {
        (Ok(found), Ok(truth)) => {
            let microjoules = (found.joules * 1e6).round() as u128;
            assert_eq!(microjoules, truth.microjoules, "trace {seed}: {trace:?}");
            assert!((found.joules - truth.microjoules as f64 / 1e6).abs() < 4e-7);
            assert_eq!(found.duration, truth.duration, "trace {seed}");
            tally.exact += 1;
            tally.wrapped += usize::from(truth.wraps > 0);
        }
        (Err(found), Err(reasons)) => {
            assert!(
                reasons
                    .iter()
                    .map(kind)
                    .any(|reason| reason == kind(&found)),
                "trace {seed}: {found} instead of {reasons:?}: {trace:?}"
            );
            let name = format!("{found:?}");
            let name = name.split([' ', '(', '{']).next().unwrap_or_default();
            *tally.absent.entry(name.to_owned()).or_default() += 1;
        }
        (found, expected) => {
            panic!("trace {seed}: {found:?} instead of {expected:?}: {trace:?}")
        }
    }
}

#[test]
fn every_trace_is_exactly_right_or_absent_for_the_right_reason() {
    let mut tally = Tally::default();
    for seed in 0..TRACES {
        check(seed, &mut tally);
    }
    println!(
        "{} exact, {} of them over wraps; absent: {:?}",
        tally.exact, tally.wrapped, tally.absent
    );
    // A test in which something never happens proves nothing of it.
    assert!(tally.exact > 40_000 && tally.wrapped > 10_000);
    for reason in [
        "Absent",
        "Denied",
        "NoMaximum",
        "TooShort",
        "ReadFailed",
        "Slept",
        "Gap",
        "Restarted",
        "FellTogether",
        "Impossible",
    ] {
        let found = tally.absent.get(reason).copied().unwrap_or_default();
        assert!(found >= 50, "{reason}: {found} of {TRACES}");
    }
}

#[test]
fn the_oracle_notices_a_reader_that_ignores_wraps_or_restarts() {
    // The oracle's joules differ from the plain difference of the readings wherever there were wraps.
    let mut differing = 0;
    for seed in 0..2_000 {
        let trace = Trace::random(seed);
        let Ok(truth) = oracle::judge(&trace) else {
            continue;
        };
        let last = trace.readings.len() - 1;
        let plain: i128 = (0..trace.domains.len())
            .map(|domain| {
                i128::from(trace.shown(domain, last)) - i128::from(trace.shown(domain, 0))
            })
            .sum();
        let differs = plain != truth.microjoules as i128;
        assert_eq!(differs, truth.wraps > 0);
        differing += usize::from(differs);
    }
    assert!(differing > 100, "{differing}");
}

/// Reasons as the oracle gives them: their contents do not matter.
fn reasons_by_kind() -> [(machine::Fault, Unavailable); 3] {
    let domain = String::new;
    [
        (
            machine::Fault::Denied,
            Unavailable::Denied { file: domain() },
        ),
        (
            machine::Fault::NoMaximum,
            Unavailable::NoMaximum {
                domain: domain(),
                file: domain(),
            },
        ),
        (
            machine::Fault::NoZones,
            Unavailable::Absent {
                source_name: "",
                why: domain(),
            },
        ),
    ]
}

/// The error that a reading in mid-window gives.
const LOST: [io::ErrorKind; 3] = [
    io::ErrorKind::PermissionDenied,
    io::ErrorKind::NotFound,
    io::ErrorKind::InvalidData,
];
