//! Rankings, trends and rows of files say what was measured, and no more.
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod sample_rows;

use runtime::bench::Size;
use runtime::catalog::Platform;
use runtime::report::{
    GivenRows, Metric, Rules, best_platforms, ranking_text, rankings, trend_text, trends,
};
use runtime::store::Filter;

use self::sample_rows::*;

fn given() -> GivenRows {
    let text = serde_json::to_string(&sample()).unwrap();
    GivenRows::of_json(&text).unwrap()
}

#[test]
fn platforms_are_ranked_by_what_was_measured() {
    let headlines = given().headlines(&Filter::default());
    let found = rankings(&headlines, Metric::Latency);
    let of = |model: &str, batch: u32, others: usize| {
        let found = found
            .iter()
            .filter(|one| one.model == model && one.batch() == batch);
        let found = found
            .filter(|one| one.measured.len() == others)
            .collect::<Vec<_>>();
        found
            .into_iter()
            .next()
            .unwrap_or_else(|| panic!("{model}"))
    };
    let bert = of(BERT.id, 2, 2);
    let platforms: Vec<_> = bert
        .measured
        .iter()
        .map(|place| place.row.case.platform)
        .collect();
    assert_eq!(platforms[1], Platform::Cpu);
    assert!(bert.measured[0].value < bert.measured[1].value);
    assert_eq!(bert.measured[0].is_told_from_next, Some(true));
    assert_eq!(bert.measured[1].is_told_from_next, None);
    let whisper = found
        .iter()
        .find(|one| one.model.contains("whisper"))
        .unwrap();
    assert_eq!((whisper.measured.len(), whisper.predicted.len()), (1, 1));
    assert_eq!(whisper.predicted[0].row.case.platform, Platform::WebNn);
    let text = ranking_text(&found);
    assert!(text.contains("Predicted, not measured") && text.contains("WebNN (simulated)"));
    assert!(
        text.lines().all(|line| line.chars().count() <= 100),
        "{text}"
    );
    // Machines are never mixed.
    for ranking in &found {
        let places = ranking.measured.iter().chain(&ranking.predicted);
        assert!(
            places
                .into_iter()
                .all(|place| place.row.machine == ranking.machine)
        );
    }
}

#[test]
fn more_is_better_for_throughput_and_absent_energy_is_no_place() {
    let headlines = given().headlines(&Filter::default());
    for ranking in rankings(&headlines, Metric::Throughput) {
        assert!(
            ranking
                .measured
                .is_sorted_by(|one, two| one.value >= two.value)
        );
        assert_eq!(ranking.predicted, []);
    }
    for ranking in rankings(&headlines, Metric::Energy) {
        assert!(ranking.measured.iter().all(|place| place.value > 0.0));
        let is_rented = ranking.measured.is_empty();
        assert!(!is_rented || ranking.absent.iter().any(|(_, reason)| !reason.is_empty()));
    }
}

#[test]
fn tiny_models_are_in_no_list() {
    let mut rows = sample();
    for row in &mut rows {
        row.case.size = Size::Tiny;
    }
    let headlines = GivenRows::of_json(&serde_json::to_string(&rows).unwrap()).unwrap();
    let headlines = headlines.headlines(&Filter::default());
    assert!(rankings(&headlines, Metric::Latency).is_empty());
    assert!(trends(&headlines, Metric::Latency, Rules::default()).is_empty());
    assert!(best_platforms(&headlines).is_empty());
}

#[test]
fn a_trend_tells_where_a_case_changed() {
    let cpu = Device::processor(Platform::Cpu);
    let mut rows = Rows::on(rented(), 5);
    for place in 0..30 {
        let ms = if place < 18 { 180.0 } else { 150.0 };
        rows.measured(
            BERT,
            case(BERT, Platform::Cpu, 1, tokens(128)),
            &cpu,
            encoder(1, 128),
            ms,
            20,
        );
        let ms = 90.0;
        rows.measured(
            BERT,
            case(BERT, Platform::Cpu, 1, tokens(64)),
            &cpu,
            encoder(1, 64),
            ms,
            20,
        );
    }
    let given = GivenRows::of_json(&serde_json::to_string(&rows.made).unwrap()).unwrap();
    let headlines = given.headlines(&Filter::default());
    let found = trends(&headlines, Metric::Latency, Rules::default());
    assert_eq!(found.len(), 2);
    let [steady, changed] = &found[..] else {
        panic!()
    };
    let (steady, changed) = if steady.changes.is_empty() {
        (steady, changed)
    } else {
        (changed, steady)
    };
    assert_eq!((steady.points.len(), steady.changes.len()), (30, 0));
    assert_eq!(changed.changes.len(), 1);
    let change = changed.changes[0];
    assert!(
        (change.percent + 16.7).abs() < 1.5 && change.at == 18,
        "{change:?}"
    );
    let best = best_platforms(&headlines);
    assert!(best.iter().all(|one| one.others == 0), "{best:?}");
    let text = trend_text(&found, &best);
    assert!(
        text.contains("-16.") && text.contains("none measured"),
        "{text}"
    );
}

#[test]
fn filters_of_a_file_select_as_those_of_a_store() {
    let given = given();
    let count = |filter: Filter| given.rows(&filter).len();
    let all = count(Filter::default());
    assert_eq!(all, sample().len());
    let model = Filter {
        models: vec![BERT.id.to_owned()],
        ..Filter::default()
    };
    assert!((1..all).contains(&count(model)));
    let group = Filter {
        families: vec!["vision".to_owned()],
        ..Filter::default()
    };
    let family = Filter {
        families: ["vit", "detr", "clip"].map(str::to_owned).into(),
        ..Filter::default()
    };
    assert_eq!(count(group), count(family));
    let platform = Filter {
        platforms: vec![Platform::Cuda],
        ..Filter::default()
    };
    assert!(
        given
            .rows(&platform)
            .iter()
            .all(|row| row.case.platform == Platform::Cuda)
    );
    let failed = Filter {
        states: vec!["failed".to_owned()],
        ..Filter::default()
    };
    assert_eq!(count(failed), 2);
    let (machine, _) = given.machines().pop_first().unwrap();
    let of_machine = Filter {
        machine: Some(machine),
        ..Filter::default()
    };
    assert!((1..all).contains(&count(of_machine)));
    let later = Filter {
        since_ms: Some(BEGUN_MS + 60_000),
        ..Filter::default()
    };
    let earlier = Filter {
        until_ms: Some(BEGUN_MS + 60_000),
        ..Filter::default()
    };
    assert_eq!(count(later) + count(earlier), all);
    assert_eq!(
        count(Filter {
            sizes: vec![Size::Tiny],
            ..Filter::default()
        }),
        0
    );
    let newest = given.rows(&Filter {
        limit: Some(3),
        ..Filter::default()
    });
    assert_eq!(newest.len(), 3);
    assert!(newest.is_sorted_by(|one, two| one.started_ms >= two.started_ms));
    assert_eq!(
        count(Filter {
            is_latest: true,
            ..Filter::default()
        }),
        all
    );
    assert!(GivenRows::of_json("{\"rows\":1}").is_err());
}
