//! Rows come back as they were, by every filter, and their figures follow from their samples.

use runtime::bench::Outcome;
use runtime::store::{Filter, SqliteStore, Store, StoreError};

use crate::rows::{Random, measured_row, row};

#[test]
fn rows_come_back_bit_for_bit_newest_first() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new/folder/rows.db");
    let store = SqliteStore::open(&path).unwrap();
    let mut random = Random(7);
    let mut rows: Vec<_> = (0..200).map(|_| row(&mut random)).collect();
    // Numbers of every size and sign: what has few decimals would hide a loss.
    for row in &mut rows {
        if let Outcome::Measured(measurement) = &mut row.outcome {
            let any = std::iter::repeat_with(|| f64::from_bits(random.next()));
            let any = any.filter(|number| number.is_finite()).take(50).collect();
            measurement.samples.insert("any".to_owned(), any);
            measurement.load_ms = f64::from_bits(random.next() >> 2);
        }
        store.append(row).unwrap();
        store.append(row).unwrap();
    }
    rows.sort_by(|a, b| (b.started_ms, &b.id).cmp(&(a.started_ms, &a.id)));
    drop(store);
    let store = SqliteStore::open_read_only(&path).unwrap();
    let found = store.rows(&Filter::default()).unwrap();
    assert_eq!(found, rows);
    let bits = |rows: &[runtime::bench::Row]| -> Vec<u64> {
        let measured = rows.iter().filter_map(|row| match &row.outcome {
            Outcome::Measured(measurement) => Some(measurement),
            _ => None,
        });
        let samples = measured.flat_map(|measured| measured.samples.values().flatten());
        samples.map(|sample| sample.to_bits()).collect()
    };
    assert_eq!(bits(&found), bits(&rows));
    let machines = store.machines().unwrap();
    assert_eq!(machines.len(), 3);
    let fingerprint = store.headlines(&Filter::default()).unwrap()[0]
        .machine
        .clone();
    assert_eq!(machines[&fingerprint], found[0].machine);
}

#[test]
fn what_would_not_come_back_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(&folder.path().join("rows.db")).unwrap();
    let good = measured_row(&mut Random(1));
    let spoil = |change: &dyn Fn(&mut runtime::bench::Measurement)| {
        let mut row = good.clone();
        let Outcome::Measured(measurement) = &mut row.outcome else {
            panic!("it was measured");
        };
        change(measurement);
        row
    };
    for bad in [
        spoil(&|measurement| measurement.load_ms = f64::NAN),
        spoil(&|measurement| measurement.wall_seconds = f64::INFINITY),
        spoil(&|measurement| measurement.samples.get_mut("call_ms").unwrap()[3] = f64::NAN),
    ] {
        let error = store.append(&bad).unwrap_err();
        assert!(matches!(error, StoreError::Unstorable { .. }), "{error}");
        assert!(error.is_bad_input());
        // All or none.
        store.append_all([&good, &bad]).unwrap_err();
    }
    assert_eq!(store.rows(&Filter::default()).unwrap(), []);
}

#[test]
fn figures_follow_from_the_samples() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(&folder.path().join("rows.db")).unwrap();
    let mut random = Random(3);
    let mut states = std::collections::BTreeSet::new();
    for _ in 0..100 {
        store.append(&row(&mut random)).unwrap();
    }
    let rows = store.rows(&Filter::default()).unwrap();
    let headlines = store.headlines(&Filter::default()).unwrap();
    assert_eq!(rows.len(), headlines.len());
    for (row, headline) in rows.iter().zip(&headlines) {
        states.insert(headline.state.clone());
        assert_eq!(
            (&row.id, row.started_ms),
            (&headline.id, headline.started_ms)
        );
        assert_eq!(
            (&row.case, &row.subject),
            (&headline.case, &headline.subject)
        );
        assert_eq!(headline.case_id, row.case.id());
        match &row.outcome {
            Outcome::Measured(measurement) => {
                let latency = measurement.latency();
                let p50 = latency.percentiles_ms()[0].1.ok();
                assert_eq!(headline.p50_ms, p50.map(|p| (p.value, p.low, p.high)));
                assert_eq!(headline.p50_ms.is_some(), measurement.items >= 88);
                assert_eq!(headline.range_ms, latency.range_ms());
                assert_eq!(headline.samples, latency.samples_ms().len() as u64);
                assert_eq!(headline.device.as_deref(), Some("AMD EPYC"));
                assert_eq!(headline.library.as_deref(), Some("onnxruntime 1.31.1"));
                let joules = measurement.energy.energy_joules.value().unwrap();
                let items = measurement.items as f64;
                let expected =
                    (items > 0.0).then(|| (items / measurement.wall_seconds, joules / items));
                assert_eq!(headline.throughput.zip(headline.joules_per_item), expected);
                assert_eq!(
                    headline.peak_rss_bytes.as_ref(),
                    measurement.peak_rss_bytes.value()
                );
            }
            Outcome::Simulated(simulation) => {
                assert_eq!(
                    headline.predicted_ms.as_ref(),
                    simulation.predicted_ms.value()
                );
                assert_eq!((headline.p50_ms, headline.throughput), (None, None));
            }
            Outcome::Failed { .. } => {
                let reason = headline.reason.as_deref().unwrap();
                assert_eq!(
                    reason,
                    "timeout: the cpu worker did not answer within 600 s"
                );
                assert_eq!(headline.is_synthetic, row.case.checkpoint == "synthetic");
            }
            Outcome::Skipped { .. } => {
                assert_eq!(headline.reason.as_deref(), Some("memory: it needs 80 GB"));
            }
        }
    }
    assert_eq!(states.len(), 4);
}
