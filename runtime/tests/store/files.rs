//! Files that are no store, of another version, damaged or made to deceive.

use std::fs;
use std::path::{Path, PathBuf};

use runtime::store::{Filter, SqliteStore, Store, StoreError};
use rusqlite::Connection;

use crate::rows::{Random, measured_row, row};

/// Checks that a file is refused, by writers and readers alike, and that not a byte of it or beside it changes.
fn refused(path: &Path, is_expected: fn(&StoreError) -> bool) {
    let before = fs::read(path).unwrap();
    for opened in [SqliteStore::open(path), SqliteStore::open_read_only(path)] {
        let error = opened.unwrap_err();
        assert!(is_expected(&error), "{error:?}");
        assert!(error.is_bad_input(), "{error:?}");
        assert!(
            error.to_string().contains(path.to_str().unwrap()),
            "{error}"
        );
    }
    assert_eq!(fs::read(path).unwrap(), before);
}

/// A store of some rows, closed.
fn filled(folder: &Path) -> PathBuf {
    let path = folder.join("rows.db");
    let store = SqliteStore::open(&path).unwrap();
    let mut random = Random(5);
    store
        .append_all(&(0..50).map(|_| row(&mut random)).collect::<Vec<_>>())
        .unwrap();
    path
}

#[test]
fn what_is_no_store_is_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    for garbage in [
        b"SQLite".to_vec(),
        vec![7; 5000],
        b"id,model\n1,bert\n".repeat(30),
    ] {
        fs::write(&path, garbage).unwrap();
        refused(&path, |error| {
            matches!(error, StoreError::NoDatabase { .. })
        });
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
    let other = folder.path().join("other.db");
    let connection = Connection::open(&other).unwrap();
    connection
        .execute_batch("CREATE TABLE bookmarks (url TEXT)")
        .unwrap();
    drop(connection);
    refused(&other, |error| matches!(error, StoreError::Foreign { .. }));
    let missing = SqliteStore::open_read_only(&folder.path().join("none.db")).unwrap_err();
    assert!(matches!(missing, StoreError::Missing { .. }), "{missing}");
    assert!(!folder.path().join("none.db").exists());
    let folder_error = SqliteStore::open(folder.path()).unwrap_err();
    assert!(matches!(folder_error, StoreError::NoDatabase { .. }));
}

#[test]
fn a_newer_store_is_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = filled(folder.path());
    let connection = Connection::open(&path).unwrap();
    connection.pragma_update(None, "user_version", 99).unwrap();
    drop(connection);
    refused(&path, |error| {
        matches!(error, StoreError::Newer { found: 99, .. })
    });
}

#[test]
fn a_cut_store_is_damaged_and_never_takes_more_rows() {
    let folder = tempfile::tempdir().unwrap();
    let path = filled(folder.path());
    let whole = fs::read(&path).unwrap();
    for share in [1, 2, 5, 9] {
        let cut = folder.path().join(format!("cut-{share}.db"));
        let length = whole.len() * share / 10 / 4096 * 4096;
        fs::write(&cut, &whole[..length.max(4096)]).unwrap();
        // Whether opening notices depends on which pages are gone; reading everything always does.
        let error = SqliteStore::open_read_only(&cut)
            .and_then(|store| {
                let checked = store.check()?;
                assert_ne!(checked.faults, Vec::<String>::new());
                store.rows(&Filter::default())
            })
            .unwrap_err();
        assert!(matches!(error, StoreError::Damaged { .. }), "{error:?}");
        assert!(error.is_bad_input());
    }
    let short = folder.path().join("short.db");
    fs::write(&short, &whole[..80]).unwrap();
    refused(&short, |error| {
        matches!(error, StoreError::NoDatabase { .. })
    });
}

#[test]
fn bytes_that_change_are_found_or_mean_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = filled(folder.path());
    let whole = fs::read(&path).unwrap();
    let rows = SqliteStore::open_read_only(&path)
        .unwrap()
        .rows(&Filter::default())
        .unwrap();
    let mut random = Random(17);
    for _ in 0..60 {
        let mut bytes = whole.clone();
        let at = 100 + random.below(bytes.len() as u64 - 100) as usize;
        bytes[at] ^= 1 << random.below(8);
        let changed = folder.path().join("changed.db");
        fs::write(&changed, &bytes).unwrap();
        // Reading must end, with rows or with an error. What it gives is either what was written or found by the check.
        let read = SqliteStore::open_read_only(&changed).and_then(|store| {
            let found = store.rows(&Filter::default())?;
            Ok((found, store.check()?.faults))
        });
        if let Ok((found, faults)) = read
            && faults.is_empty()
        {
            assert_eq!(found, rows, "byte {at}");
        }
    }
}

#[test]
fn a_count_that_no_bytes_could_hold_is_refused_before_memory_is_taken() {
    let folder = tempfile::tempdir().unwrap();
    for (change, told) in [
        (
            "count = 1152921504606846975",
            "cannot hold 1152921504606846975 samples",
        ),
        ("count = -1", "cannot hold -1 samples"),
        ("count = count + 1", "samples where"),
        ("count = count - 1", "more than"),
        ("content = x'00ff'", "samples"),
        ("content = zeroblob(100000), count = 12000000", "samples"),
    ] {
        let path = folder.path().join("rows.db");
        let store = SqliteStore::open(&path).unwrap();
        store.append(&measured_row(&mut Random(2))).unwrap();
        drop(store);
        let connection = Connection::open(&path).unwrap();
        connection
            .execute_batch(&format!(
                "DROP TRIGGER samples_stay; UPDATE samples SET {change} WHERE name = 'latency_ms'"
            ))
            .unwrap();
        drop(connection);
        let store = SqliteStore::open_read_only(&path).unwrap();
        let error = store.rows(&Filter::default()).unwrap_err();
        assert!(matches!(error, StoreError::Unreadable { .. }), "{error:?}");
        assert!(error.to_string().contains(told), "{change}: {error}");
        let faults = store.check().unwrap().faults;
        assert!(faults.len() == 1 && faults[0].contains(told), "{faults:?}");
        drop(store);
        fs::remove_file(&path).unwrap();
    }
}

#[test]
fn what_was_changed_by_hand_is_found() {
    let folder = tempfile::tempdir().unwrap();
    for (change, told) in [
        (
            "DROP TRIGGER rows_stay; UPDATE rows SET p50_ms = 0.001",
            "its columns",
        ),
        (
            "DROP TRIGGER rows_stay; UPDATE rows SET state = 'failed'",
            "its columns",
        ),
        (
            "DROP TRIGGER cases_stay; UPDATE cases SET document = '{}'",
            "not what was written",
        ),
        (
            "DROP TRIGGER documents_last; DELETE FROM documents",
            "a part of it is missing",
        ),
        (
            "DROP TRIGGER documents_stay; UPDATE documents SET content = x'03'",
            "its document",
        ),
        ("DELETE FROM latest", "the table of newest rows"),
        (
            "UPDATE latest SET started_ms = 5",
            "the table of newest rows",
        ),
        (
            "PRAGMA foreign_keys = OFF; DROP TRIGGER machines_last; DELETE FROM machines",
            "`machines`",
        ),
    ] {
        let path = folder.path().join("rows.db");
        let store = SqliteStore::open(&path).unwrap();
        store.append(&measured_row(&mut Random(2))).unwrap();
        assert_eq!(store.check().unwrap().faults, Vec::<String>::new());
        drop(store);
        Connection::open(&path)
            .unwrap()
            .execute_batch(change)
            .unwrap();
        let checked = SqliteStore::open_read_only(&path).unwrap().check().unwrap();
        assert!(
            checked.faults.iter().any(|fault| fault.contains(told)),
            "{change}: {checked:?}"
        );
        fs::remove_file(&path).unwrap();
    }
}

#[test]
fn rows_are_only_ever_added() {
    let folder = tempfile::tempdir().unwrap();
    let path = filled(folder.path());
    let connection = Connection::open(&path).unwrap();
    let rows: i64 = connection
        .query_row("SELECT count(*) FROM rows", [], |row| row.get(0))
        .unwrap();
    assert_eq!(rows, 50);
    for table in [
        "rows",
        "documents",
        "samples",
        "cases",
        "subjects",
        "machines",
    ] {
        let column = match table {
            "rows" => "started_ms = 5",
            "samples" => "count = 0",
            "documents" => "content = x''",
            _ => "document = '{}'",
        };
        let mut changes = vec![
            format!("UPDATE {table} SET {column}"),
            format!("DELETE FROM {table}"),
        ];
        if ["rows", "documents", "samples"].contains(&table) {
            changes.push(format!(
                "INSERT OR REPLACE INTO {table} SELECT * FROM {table}"
            ));
        }
        for change in changes {
            let error = connection.execute_batch(&change).unwrap_err();
            assert!(
                error.to_string().contains("rows are only ever added"),
                "{change}: {error}"
            );
        }
    }
}

#[cfg(unix)]
#[test]
fn what_is_marked_read_only_is_not_written() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("inner");
    fs::create_dir(&inner).unwrap();
    let path = filled(&inner);
    let mark = |path: &Path, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    };
    for (place, sealed, open) in [(&path, 0o444, 0o644), (&inner, 0o555, 0o755)] {
        mark(place, sealed);
        let error = SqliteStore::open(&path).unwrap_err();
        assert!(matches!(error, StoreError::Protected { .. }), "{error:?}");
        assert!(error.to_string().contains("read-only"), "{error}");
        let store = SqliteStore::open_read_only(&path).unwrap();
        assert_eq!(store.rows(&Filter::default()).unwrap().len(), 50);
        store.append(&row(&mut Random(99))).unwrap_err();
        drop(store);
        mark(place, open);
    }
    let nowhere = Path::new("/proc/none/rows.db");
    assert!(SqliteStore::open(nowhere).is_err());
}
