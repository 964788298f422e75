//! Processes that write at once, and processes that are killed while they write.

use std::collections::BTreeSet;
use std::env;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use runtime::store::{Filter, SqliteStore, Store};

use crate::rows::{Random, row};

/// Where the child's store is, the seed of its rows, and how many times it adds some.
const STORE: &str = "STORE_OF_THE_CHILD";
const SEED: &str = "SEED_OF_THE_CHILD";
const TIMES: &str = "TIMES_OF_THE_CHILD";

/// What stands before the id of a row that was added.
const ADDED: &str = "added ";

/// Adds rows, one or ten at a time, and says which once it is told that they are stored.
#[test]
#[ignore = "the tests below start it as a process of its own"]
fn child() {
    let Ok(path) = env::var(STORE) else { return };
    let number = |name| env::var(name).unwrap().parse::<u64>().unwrap();
    let store = SqliteStore::open(Path::new(&path)).unwrap();
    let mut random = Random(number(SEED));
    for time in 0..number(TIMES) {
        let rows: Vec<_> = (0..=9 * (time % 2)).map(|_| row(&mut random)).collect();
        match &rows[..] {
            [row] => store.append(row).unwrap(),
            rows => assert_eq!(store.append_all(rows).unwrap().added, rows.len()),
        }
        let mut output = std::io::stdout().lock();
        for row in rows {
            writeln!(output, "{ADDED}{}", row.id).unwrap();
        }
        output.flush().unwrap();
    }
}

fn start(path: &Path, seed: u64, times: u64) -> Child {
    Command::new(env::current_exe().unwrap())
        .args(["processes::child", "--exact", "--ignored", "--nocapture"])
        .env(STORE, path)
        .env(SEED, seed.to_string())
        .env(TIMES, times.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// The ids that a child says until it ends or `most` were said.
fn said(child: &mut Child, most: usize) -> Vec<String> {
    let output = BufReader::new(child.stdout.as_mut().unwrap());
    // The first may stand behind what the test's harness says.
    let lines = output.lines().map_while(Result::ok);
    let ids = lines.filter_map(|line| Some(line.split_once(ADDED)?.1.to_owned()));
    ids.take(most).collect()
}

fn ids(store: &SqliteStore) -> BTreeSet<String> {
    let found = store.headlines(&Filter::default()).unwrap();
    found.into_iter().map(|headline| headline.id).collect()
}

#[test]
fn what_was_acknowledged_outlives_the_process() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rows.db");
    let mut acknowledged = BTreeSet::new();
    let mut random = Random(31);
    for round in 0..8 {
        // It would end by itself long after it is killed.
        let mut child = start(&path, 100 + round, 10_000);
        acknowledged.extend(said(&mut child, 1 + random.below(30) as usize));
        std::thread::sleep(Duration::from_micros(random.below(20_000)));
        child.kill().unwrap();
        let status = child.wait().unwrap();
        assert!(!status.success(), "it ended before it was killed");
        // What it wrote last may have been stored without its saying so.
        acknowledged.extend(said(&mut child, usize::MAX));
        let store = SqliteStore::open(&path).unwrap();
        assert_eq!(store.check().unwrap().faults, Vec::<String>::new());
        let stored = ids(&store);
        let lost: Vec<_> = acknowledged.difference(&stored).collect();
        assert!(lost.is_empty(), "{lost:?}");
        assert_eq!(store.rows(&Filter::default()).unwrap().len(), stored.len());
    }
    assert!(acknowledged.len() > 20, "{}", acknowledged.len());
}

#[test]
fn four_processes_at_once_lose_nothing() {
    let folder = tempfile::tempdir().unwrap();
    // They also make the file together.
    let path = folder.path().join("new/rows.db");
    let mut children: Vec<_> = (0..4).map(|seed| start(&path, seed, 20)).collect();
    let mut acknowledged = BTreeSet::new();
    for child in &mut children {
        let said = said(child, usize::MAX);
        assert_eq!(said.len(), 110);
        acknowledged.extend(said);
        assert!(child.wait().unwrap().success());
    }
    let store = SqliteStore::open_read_only(&path).unwrap();
    assert_eq!(ids(&store), acknowledged);
    assert_eq!(acknowledged.len(), 440);
    assert_eq!(store.check().unwrap().faults, Vec::<String>::new());
}
