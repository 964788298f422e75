//! Every filter, alone and with others, selects what a plain reading of it does.

use std::collections::BTreeMap;

use runtime::bench::{Row, Size};
use runtime::catalog::Platform;
use runtime::store::{Filter, Headline, SqliteStore, Store};

use crate::rows::{MODELS, Random, row};

/// What a filter selects, read from its documentation.
fn plainly(filter: &Filter, rows: &[(Row, Headline)]) -> Vec<String> {
    fn has<T: PartialEq>(wanted: &[T], found: &T) -> bool {
        wanted.is_empty() || wanted.contains(found)
    }
    let mut found: Vec<_> = rows
        .iter()
        .filter(|(row, headline)| {
            let subject = &row.subject;
            has(&filter.models, &row.case.model)
                && (has(&filter.families, &subject.family) || has(&filter.families, &subject.group))
                && has(&filter.platforms, &row.case.platform)
                && has(&filter.sizes, &row.case.size)
                && has(&filter.states, &headline.state)
                && has(&filter.cases, &row.case.id())
                && has(&filter.ids, &row.id)
                && filter
                    .machine
                    .iter()
                    .all(|wanted| *wanted == headline.machine)
                && filter.since_ms.is_none_or(|since| row.started_ms >= since)
                && filter.until_ms.is_none_or(|until| row.started_ms < until)
        })
        .collect();
    found.sort_by(|(a, _), (b, _)| (b.started_ms, &b.id).cmp(&(a.started_ms, &a.id)));
    if filter.is_latest {
        let mut newest = BTreeMap::new();
        for (row, headline) in &found {
            let key = (row.case.id(), headline.machine.clone());
            newest.entry(key).or_insert(row.id.clone());
        }
        found.retain(|(row, _)| newest.values().any(|id| *id == row.id));
    }
    found.truncate(filter.limit.unwrap_or(usize::MAX));
    found.into_iter().map(|(row, _)| row.id.clone()).collect()
}

fn random_filter(random: &mut Random, rows: &[(Row, Headline)]) -> Filter {
    let mut pick = |share: u64| {
        let is_taken = random.below(100) < share;
        is_taken.then(|| rows[random.below(rows.len() as u64) as usize].clone())
    };
    let of = |picked: [Option<(Row, Headline)>; 2], name: fn(&(Row, Headline)) -> String| {
        picked.iter().flatten().map(name).collect::<Vec<_>>()
    };
    Filter {
        models: of([pick(30), pick(30)], |(row, _)| row.case.model.clone()),
        families: of([pick(20), pick(20)], |(row, _)| row.subject.family.clone()),
        platforms: pick(30)
            .map(|(row, _)| row.case.platform)
            .into_iter()
            .collect(),
        sizes: pick(30).map(|(row, _)| row.case.size).into_iter().collect(),
        states: of([pick(30), pick(10)], |(_, headline)| headline.state.clone()),
        cases: of([pick(20), None], |(row, _)| row.case.id()),
        ids: of([pick(5), pick(5)], |(row, _)| row.id.clone()),
        machine: pick(30).map(|(_, headline)| headline.machine),
        since_ms: pick(20).map(|(row, _)| row.started_ms),
        until_ms: pick(20).map(|(row, _)| row.started_ms),
        is_latest: pick(50).is_some(),
        limit: pick(20).map(|(row, _)| row.case.batch as usize),
    }
}

fn ids(headlines: &[Headline]) -> Vec<String> {
    headlines
        .iter()
        .map(|headline| headline.id.clone())
        .collect()
}

#[test]
fn a_filter_selects_what_it_says() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(&folder.path().join("rows.db")).unwrap();
    let mut random = Random(11);
    let mut rows: Vec<_> = (0..500).map(|_| row(&mut random)).collect();
    // Rows of the same time are told apart by their ids.
    for at in (0..rows.len()).step_by(7) {
        rows[at].started_ms = 1_760_000_000_000;
    }
    store.append_all(&rows).unwrap();
    let rows = store.rows(&Filter::default()).unwrap();
    let headlines = store.headlines(&Filter::default()).unwrap();
    let rows: Vec<_> = rows.into_iter().zip(headlines).collect();
    let check = |filter: &Filter| {
        let expected = plainly(filter, &rows);
        assert_eq!(
            ids(&store.headlines(filter).unwrap()),
            expected,
            "{filter:?}"
        );
        // Putting whole rows together takes long without optimisation.
        if expected.len() < 20 {
            let found = store.rows(filter).unwrap();
            let found: Vec<_> = found.into_iter().map(|row| row.id).collect();
            assert_eq!(found, expected, "{filter:?}");
        }
        expected.len()
    };
    let mut selecting = 0;
    for _ in 0..400 {
        selecting += usize::from(check(&random_filter(&mut random, &rows)) > 0);
    }
    assert!(selecting > 100, "filters that select nothing prove nothing");
    let one = |change: fn(&mut Filter)| {
        let mut filter = Filter::default();
        change(&mut filter);
        let found = check(&filter);
        assert!(found > 0 && found < rows.len(), "{filter:?}: {found}");
    };
    one(|filter| filter.models = vec![MODELS[0].0.to_owned()]);
    one(|filter| filter.families = vec!["family-a".to_owned()]);
    one(|filter| filter.families = vec!["vision".to_owned()]);
    one(|filter| filter.platforms = vec![Platform::WebGpu]);
    one(|filter| filter.sizes = vec![Size::Full]);
    one(|filter| filter.states = vec!["failed".to_owned(), "skipped".to_owned()]);
    one(|filter| filter.since_ms = Some(1_760_010_000_000));
    one(|filter| filter.until_ms = Some(1_760_010_000_000));
    one(|filter| filter.is_latest = true);
    one(|filter| filter.limit = Some(3));
    let hostile = Filter {
        models: vec!["model-a') OR 1=1 --".to_owned(), "\"]".to_owned()],
        ..Filter::default()
    };
    assert_eq!(check(&hostile), 0);
}
