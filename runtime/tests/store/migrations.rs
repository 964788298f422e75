//! Stores of earlier versions are brought up to this one with all that is in them.

use std::fs;
use std::path::Path;

use runtime::store::{Filter, SqliteStore, Store};
use rusqlite::Connection;

use crate::rows::{Random, row};

/// The tables of each earlier version, as they were published. Texts are added here and never changed.
const EARLIER: [&str; 1] = [include_str!("version_1.sql")];

/// What every version has held.
const TABLES: [&str; 6] = [
    "cases",
    "subjects",
    "machines",
    "rows",
    "documents",
    "samples",
];

/// A store of an earlier version with the content of one of this version.
fn earlier(tables: &str, path: &Path, content: &Path) {
    let connection = Connection::open(path).unwrap();
    connection.execute_batch(tables).unwrap();
    connection
        .execute("ATTACH ? AS content", [content.to_str().unwrap()])
        .unwrap();
    for table in TABLES {
        let copy = format!("INSERT INTO main.{table} SELECT * FROM content.{table}");
        assert!(connection.execute(&copy, []).unwrap() > 0, "{table}");
    }
}

fn schema(path: &Path) -> Vec<(String, String)> {
    let connection = Connection::open(path).unwrap();
    let sql = "SELECT name, coalesce(sql, '') FROM sqlite_schema ORDER BY name";
    let mut statement = connection.prepare(sql).unwrap();
    let found = statement
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap();
    found.map(Result::unwrap).collect()
}

#[test]
fn earlier_versions_are_brought_up_with_all_their_rows() {
    let folder = tempfile::tempdir().unwrap();
    let now = folder.path().join("now.db");
    let store = SqliteStore::open(&now).unwrap();
    let mut random = Random(23);
    store
        .append_all(&(0..60).map(|_| row(&mut random)).collect::<Vec<_>>())
        .unwrap();
    let latest = Filter {
        is_latest: true,
        ..Filter::default()
    };
    let expected = (
        store.rows(&Filter::default()).unwrap(),
        store.headlines(&latest).unwrap(),
    );
    let version = store.census().unwrap().version;
    assert_eq!(
        version,
        EARLIER.len() as i64 + 1,
        "the tables of each version but the last stand here"
    );
    drop(store);
    for (at, tables) in EARLIER.into_iter().enumerate() {
        let path = folder.path().join(format!("{at}.db"));
        earlier(tables, &path, &now);
        let before = fs::read(&path).unwrap();
        // Who only reads changes nothing.
        let store = SqliteStore::open_read_only(&path).unwrap();
        assert_eq!(store.census().unwrap().version, at as i64 + 1);
        assert_eq!(store.headlines(&latest).unwrap(), expected.1);
        drop(store);
        assert_eq!(fs::read(&path).unwrap(), before);
        // So does who merges it.
        let merged = SqliteStore::open(&folder.path().join(format!("merged-{at}.db"))).unwrap();
        assert_eq!(merged.merge(&path).unwrap().added, 60);
        assert_eq!(merged.rows(&Filter::default()).unwrap(), expected.0);
        assert_eq!(fs::read(&path).unwrap(), before);
        for _ in 0..2 {
            let store = SqliteStore::open(&path).unwrap();
            assert_eq!(store.census().unwrap().version, version);
            assert_eq!(store.rows(&Filter::default()).unwrap(), expected.0);
            assert_eq!(store.headlines(&latest).unwrap(), expected.1);
            assert_eq!(store.check().unwrap().faults, Vec::<String>::new());
        }
        assert_eq!(schema(&path), schema(&now));
    }
}

#[test]
fn a_step_that_fails_leaves_the_version_before() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("old.db");
    let connection = Connection::open(&path).unwrap();
    connection.execute_batch(EARLIER[0]).unwrap();
    // The second step makes a table of this name.
    connection.execute_batch("CREATE TABLE latest (x)").unwrap();
    drop(connection);
    let before = schema(&path);
    SqliteStore::open(&path).unwrap_err();
    assert_eq!(schema(&path), before);
    let connection = Connection::open(&path).unwrap();
    let version: i64 = connection
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .unwrap();
    assert_eq!(version, 1);
}
