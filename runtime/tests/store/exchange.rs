//! Rows that go from one store to another, through files or directly.

use std::fs;

use runtime::bench::Row;
use runtime::store::{Added, ExportFormat, Filter, SqliteStore, Store, StoreError, json_rows};

use crate::rows::{Random, row};

fn rows(seed: u64, count: usize) -> Vec<Row> {
    let mut random = Random(seed);
    (0..count).map(|_| row(&mut random)).collect()
}

fn added(added: usize, known: usize) -> Added {
    Added {
        added,
        known,
        conflicts: Vec::new(),
    }
}

const ALL: fn() -> Filter = Filter::default;

#[test]
fn a_merge_adds_what_is_missing_and_tells_what_differs() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let (mine, theirs) = (rows(1, 40), rows(2, 30));
    let into = SqliteStore::open(&path("mine.db")).unwrap();
    let other = SqliteStore::open(&path("theirs.db")).unwrap();
    into.append_all(&mine).unwrap();
    other.append_all(&theirs).unwrap();
    other.append_all(&mine[..5]).unwrap();
    // The other store is open: what stands in its log is merged too.
    assert_eq!(into.merge(&path("theirs.db")).unwrap(), added(30, 5));
    assert_eq!(into.merge(&path("theirs.db")).unwrap(), added(0, 35));
    let both = into.headlines(&ALL()).unwrap();
    assert_eq!(both.len(), 70);
    assert_eq!(into.check().unwrap().faults, Vec::<String>::new());
    // In the other order, the same rows are the newest ones.
    let reverse = SqliteStore::open(&path("reverse.db")).unwrap();
    reverse.merge(&path("theirs.db")).unwrap();
    reverse.merge(&path("mine.db")).unwrap();
    let latest = Filter {
        is_latest: true,
        ..Filter::default()
    };
    let newest = into.headlines(&latest).unwrap();
    assert_eq!(reverse.headlines(&latest).unwrap(), newest);
    assert!(newest.len() < 70);

    let changes: [fn(&mut Row); 3] = [
        |row| row.took_ms += 1.0,
        |row| row.case.batch += 1,
        |row| row.machine.cpus += 1,
    ];
    let changed: Vec<_> = mine
        .iter()
        .zip(changes)
        .map(|(row, change)| {
            let mut row = row.clone();
            change(&mut row);
            row
        })
        .collect();
    let liar = SqliteStore::open(&path("liar.db")).unwrap();
    liar.append_all(&changed).unwrap();
    let told = into.merge(&path("liar.db")).unwrap();
    let ids: Vec<_> = changed.iter().map(|row| row.id.clone()).collect();
    assert_eq!((told.added, told.known, told.conflicts), (0, 0, ids));
    assert_eq!(into.headlines(&ALL()).unwrap(), both);
}

#[test]
fn a_merge_that_fails_adds_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let other = folder.path().join("other.db");
    SqliteStore::open(&other)
        .unwrap()
        .append_all(&rows(3, 10))
        .unwrap();
    let connection = rusqlite::Connection::open(&other).unwrap();
    connection
        .execute_batch(
            "DROP TRIGGER documents_stay; UPDATE documents SET digest = x'00' WHERE row_number = 7",
        )
        .unwrap();
    drop(connection);
    let into = SqliteStore::open(&folder.path().join("into.db")).unwrap();
    let error = into.merge(&other).unwrap_err();
    assert!(matches!(error, StoreError::Unreadable { .. }), "{error:?}");
    assert_eq!(into.rows(&ALL()).unwrap(), []);
    let error = into.merge(&folder.path().join("none.db")).unwrap_err();
    assert!(matches!(error, StoreError::Missing { .. }), "{error:?}");
}

#[test]
fn json_comes_back_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("new/rows.json");
    let store = SqliteStore::open(&folder.path().join("rows.db")).unwrap();
    store.append_all(&rows(4, 60)).unwrap();
    let exported = store.export(&ALL(), ExportFormat::Json, &file).unwrap();
    assert_eq!((exported.rows, exported.files), (60, vec![file.clone()]));
    assert_eq!(json_rows(&file).unwrap(), 60);
    let back = SqliteStore::open(&folder.path().join("back.db")).unwrap();
    assert_eq!(back.import(&file).unwrap(), added(60, 0));
    assert_eq!(back.import(&file).unwrap(), added(0, 60));
    assert_eq!(back.rows(&ALL()).unwrap(), store.rows(&ALL()).unwrap());
    assert_eq!(
        back.headlines(&ALL()).unwrap(),
        store.headlines(&ALL()).unwrap()
    );
    // None, and some.
    let few = Filter {
        limit: Some(0),
        ..ALL()
    };
    store.export(&few, ExportFormat::Json, &file).unwrap();
    assert_eq!(back.import(&file).unwrap(), added(0, 0));
}

#[test]
fn a_file_of_rows_that_is_none_adds_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("rows.json");
    let store = SqliteStore::open(&folder.path().join("rows.db")).unwrap();
    let good = serde_json::to_string(&rows(5, 1)).unwrap();
    let (open, closed) = (&good[..good.len() - 1], good.clone());
    let text = [
        String::new(),
        "{}".to_owned(),
        open.to_owned(),
        format!("{open},{{}}]"),
        format!("{closed} x"),
        good.replace("\"took_ms\":", "\"took_ms\":1e999,\"x\":"),
        "[".repeat(100_000),
    ];
    for text in text {
        fs::write(&file, &text).unwrap();
        let error = store.import(&file).unwrap_err();
        let is_told = matches!(error, StoreError::Import { .. });
        assert!(is_told && error.is_bad_input(), "{error:?}");
        assert!(json_rows(&file).is_err());
        assert_eq!(store.rows(&ALL()).unwrap(), []);
    }
}

#[test]
fn tables_have_a_line_for_each_row_and_sample() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("rows.csv");
    let store = SqliteStore::open(&folder.path().join("rows.db")).unwrap();
    let mut rows = rows(6, 40);
    rows[3].case.model = "a, \"b\"\nc".to_owned();
    store.append_all(&rows).unwrap();
    let exported = store.export(&ALL(), ExportFormat::Csv, &file).unwrap();
    assert_eq!(
        exported.files,
        [file.clone(), folder.path().join("rows.samples.csv")]
    );
    let mut reader = csv::Reader::from_path(&file).unwrap();
    let names = reader.headers().unwrap().clone();
    let column = |name: &str| names.iter().position(|found| found == name).unwrap();
    let lines: Vec<_> = reader.records().map(Result::unwrap).collect();
    let headlines = store.headlines(&ALL()).unwrap();
    assert_eq!(lines.len(), headlines.len());
    for (line, headline) in lines.iter().zip(&headlines) {
        let field = |name: &str| line[column(name)].to_owned();
        assert_eq!(field("id"), headline.id);
        assert_eq!(field("model"), headline.case.model);
        assert_eq!(
            field("p50_ms").parse().ok(),
            headline.p50_ms.map(|p50| p50.0)
        );
        assert_eq!(
            field("throughput_items_per_second").parse().ok(),
            headline.throughput
        );
        assert_eq!(field("predicted_ms").parse().ok(), headline.predicted_ms);
        assert_eq!(field("started_utc").len(), 19);
    }
    let mut samples = std::collections::BTreeMap::<_, Vec<f64>>::new();
    for line in csv::Reader::from_path(&exported.files[1])
        .unwrap()
        .records()
    {
        let line = line.unwrap();
        let series = samples
            .entry((line[0].to_owned(), line[1].to_owned()))
            .or_default();
        assert_eq!(line[2].parse(), Ok(series.len()));
        series.push(line[3].parse().unwrap());
    }
    for row in store.rows(&ALL()).unwrap() {
        if let runtime::bench::Outcome::Measured(measurement) = row.outcome {
            for (name, series) in measurement
                .samples
                .into_iter()
                .filter(|(_, s)| !s.is_empty())
            {
                assert_eq!(samples.remove(&(row.id.clone(), name)), Some(series));
            }
        }
    }
    assert!(samples.is_empty());
}

#[test]
fn what_cannot_be_written_leaves_what_was_there() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rows.db");
    SqliteStore::open(&path)
        .unwrap()
        .append_all(&rows(7, 10))
        .unwrap();
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection
        .execute_batch(
            "DROP TRIGGER documents_stay; UPDATE documents SET digest = x'00' WHERE row_number = 7",
        )
        .unwrap();
    drop(connection);
    let store = SqliteStore::open_read_only(&path).unwrap();
    for (format, name) in [
        (ExportFormat::Json, "out.json"),
        (ExportFormat::Csv, "out.csv"),
    ] {
        let file = folder.path().join(name);
        fs::write(&file, "before").unwrap();
        store.export(&ALL(), format, &file).unwrap_err();
        assert_eq!(fs::read_to_string(&file).unwrap(), "before");
    }
    drop(store);
    let mut left: Vec<_> = fs::read_dir(folder.path())
        .unwrap()
        .map(|f| f.unwrap().file_name())
        .collect();
    // SQLite leaves its own files beside the store when a reader was the last to close it.
    left.retain(|name| !name.to_string_lossy().starts_with("rows.db-"));
    left.sort();
    assert_eq!(left, ["out.csv", "out.json", "rows.db"]);
    let blocked = folder.path().join("out.csv/rows.json");
    let store = SqliteStore::open_read_only(&path).unwrap();
    let error = store
        .export(&ALL(), ExportFormat::Json, &blocked)
        .unwrap_err();
    assert!(matches!(error, StoreError::File { .. }), "{error:?}");
}
