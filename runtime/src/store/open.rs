//! Opening a store's file: what is no store is refused before anything is written to it.

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode, OpenFlags};
use tempfile::TempDir;

use super::StoreError;
use super::schema::{self, APPLICATION, Found, VERSION};

/// How long a process waits for others that write.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);

/// How every SQLite database begins (<https://www.sqlite.org/fileformat2.html#the_database_header>).
const MAGIC: &[u8] = b"SQLite format 3\0";

/// Length of that header, and where the application's id stands in it.
const HEADER_BYTES: usize = 100;
const APPLICATION_AT: std::ops::Range<usize> = 68..72;

/// Opens a store to write, and makes it or brings it to this version where needed.
pub(super) fn write(path: &Path) -> Result<Connection, StoreError> {
    let folder = folder(path);
    fs::create_dir_all(folder)
        .map_err(|error| StoreError::file("make the folder", folder, error))?;
    check_header(path)?;
    check_writable(path, folder)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
    let tell = |error| told(path, error);
    let connection = connect(path, flags).map_err(tell)?;
    match schema::migrate(&connection).map_err(tell)? {
        Found::Foreign => return Err(StoreError::Foreign { path: path.into() }),
        Found::Store(version) => check_version(path, version)?,
        Found::Empty => {}
    }
    log_ahead(&connection).map_err(tell)?;
    // A benchmark can take its machine down. A row costs seconds to measure and milliseconds to flush: with FULL, what was
    // acknowledged outlives a loss of power too, where NORMAL would only outlive the process.
    let full = connection.pragma_update(None, "synchronous", "FULL");
    full.map_err(tell)?;
    Ok(connection)
}

/// A store that was opened to be read.
pub(super) struct Opened {
    pub(super) connection: Connection,
    /// The version of the file.
    pub(super) version: i64,
    /// Where the copy is that is read in place of an older version.
    pub(super) copy: Option<TempDir>,
}

/// Opens a store to read it. Nothing is written to it: one of an older version is copied, and the copy brought to this one.
pub(super) fn read(path: &Path) -> Result<Opened, StoreError> {
    if !path.exists() {
        return Err(StoreError::Missing { path: path.into() });
    }
    check_header(path)?;
    let tell = |error| told(path, error);
    let connection = readable(path).map_err(tell)?;
    let version = match schema::found(&connection).map_err(tell)? {
        Found::Empty | Found::Foreign => return Err(StoreError::Foreign { path: path.into() }),
        Found::Store(version) => version,
    };
    check_version(path, version)?;
    let (connection, copy) = if version < VERSION {
        let folder = tempfile::tempdir();
        let folder = folder.map_err(|error| StoreError::file("copy", path, error))?;
        let copy = folder.path().join("copy.db");
        (renewed(&connection, &copy).map_err(tell)?, Some(folder))
    } else {
        (connection, None)
    };
    Ok(Opened {
        connection,
        version,
        copy,
    })
}

/// A copy of an older store, of this version.
fn renewed(connection: &Connection, copy: &Path) -> rusqlite::Result<Connection> {
    connection.execute("VACUUM INTO ?", [copy.to_string_lossy()])?;
    let copy = connect(copy, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    schema::migrate(&copy)?;
    Ok(copy)
}

/// Readers share an index with writers, in a file beside. Where it cannot be made, and nobody has written since the store was
/// closed, the file is read as one that does not change.
fn readable(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
    let shared = connect(path, flags);
    match shared.and_then(|connection| schema::found(&connection).map(|_| connection)) {
        Err(rusqlite::Error::SqliteFailure(error, _))
            if matches!(error.code, ErrorCode::CannotOpen | ErrorCode::ReadOnly)
                && fs::metadata(beside(path, "-wal")).map_or(0, |log| log.len()) == 0 =>
        {
            let flags = flags | OpenFlags::SQLITE_OPEN_URI;
            connect(Path::new(&format!("{}?immutable=1", uri(path))), flags)
        }
        opened => opened,
    }
}

/// A path as SQLite's URIs spell it (<https://www.sqlite.org/uri.html>).
fn uri(path: &Path) -> String {
    let path = path.to_string_lossy();
    let path = path.replace('%', "%25");
    format!("file:{}", path.replace('?', "%3f").replace('#', "%23"))
}

fn connect(path: &Path, flags: OpenFlags) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(PATIENCE)?;
    // A file that was made to deceive must not make this program call functions or write to pages of the schema.
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    Ok(connection)
}

/// Turns the write-ahead log on: readers and the one writer do not wait for each other.
fn log_ahead(connection: &Connection) -> rusqlite::Result<()> {
    let start = Instant::now();
    loop {
        // SQLite does not wait by itself here, lest two processes wait for each other.
        match connection.pragma_update(None, "journal_mode", "WAL") {
            Err(error) if is_busy(&error) && start.elapsed() < PATIENCE => {
                std::thread::sleep(Duration::from_millis(5));
            }
            done => return done,
        }
    }
}

fn is_busy(error: &rusqlite::Error) -> bool {
    let code = error.sqlite_error_code();
    matches!(
        code,
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked)
    )
}

/// Refuses a file that is no SQLite database or another application's, by its first bytes: SQLite has not touched it yet.
fn check_header(path: &Path) -> Result<(), StoreError> {
    if path.is_dir() {
        return Err(StoreError::NoDatabase { path: path.into() });
    }
    if !path.exists() {
        return Ok(());
    }
    let mut header = Vec::with_capacity(HEADER_BYTES);
    let file = File::open(path).map_err(|error| StoreError::file("read", path, error))?;
    file.take(HEADER_BYTES as u64)
        .read_to_end(&mut header)
        .map_err(|error| StoreError::file("read", path, error))?;
    if header.is_empty() {
        return Ok(());
    }
    if header.len() < HEADER_BYTES || !header.starts_with(MAGIC) {
        return Err(StoreError::NoDatabase { path: path.into() });
    }
    let application: Vec<u8> = APPLICATION.to_be_bytes()[4..].to_vec();
    if header[APPLICATION_AT] == application {
        return Ok(());
    }
    Err(StoreError::Foreign { path: path.into() })
}

fn check_writable(path: &Path, folder: &Path) -> Result<(), StoreError> {
    let is_protected =
        |path: &Path| fs::metadata(path).is_ok_and(|found| found.permissions().readonly());
    for (place, reason) in [
        (path, "it is marked read-only"),
        (folder, "its folder is marked read-only"),
    ] {
        if is_protected(place) {
            return Err(StoreError::Protected {
                path: path.into(),
                reason: reason.to_owned(),
            });
        }
    }
    Ok(())
}

fn check_version(path: &Path, found: i64) -> Result<(), StoreError> {
    if found <= VERSION {
        return Ok(());
    }
    Err(StoreError::Newer {
        path: path.into(),
        found,
        known: VERSION,
    })
}

/// The folder that a file is in.
pub(super) fn folder(path: &Path) -> &Path {
    let folder = path.parent().unwrap_or(Path::new(""));
    if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    }
}

/// A file that SQLite keeps beside the database.
pub(super) fn beside(path: &Path, ending: &str) -> std::path::PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// What SQLite said, as an error of the store.
pub(super) fn told(path: &Path, error: rusqlite::Error) -> StoreError {
    let path = path.to_owned();
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseCorrupt) => StoreError::Damaged {
            path,
            source: Box::new(error),
        },
        Some(ErrorCode::NotADatabase) => StoreError::NoDatabase { path },
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreError::Busy {
            path,
            waited_s: PATIENCE.as_secs(),
        },
        Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
            StoreError::Protected {
                path,
                reason: error.to_string(),
            }
        }
        _ => StoreError::Database {
            path,
            source: Box::new(error),
        },
    }
}
