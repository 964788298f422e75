-- Version 1: rows with what is asked of them in columns, and the rest in a document.

CREATE TABLE cases (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    model TEXT NOT NULL,
    platform TEXT NOT NULL,
    size TEXT NOT NULL,
    document TEXT NOT NULL
) STRICT;
CREATE INDEX cases_of_model ON cases (model);

CREATE TABLE subjects (
    number INTEGER PRIMARY KEY,
    document TEXT NOT NULL UNIQUE,
    family TEXT NOT NULL,
    family_group TEXT NOT NULL
) STRICT;

CREATE TABLE machines (
    number INTEGER PRIMARY KEY,
    fingerprint TEXT NOT NULL UNIQUE,
    document TEXT NOT NULL
) STRICT;

-- Everything but id, case, subject, machine, state and times follows from the document and the samples.
CREATE TABLE rows (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    case_number INTEGER NOT NULL REFERENCES cases,
    subject_number INTEGER NOT NULL REFERENCES subjects,
    machine_number INTEGER NOT NULL REFERENCES machines,
    state TEXT NOT NULL,
    started_ms INTEGER NOT NULL,
    version TEXT NOT NULL,
    device TEXT,
    library TEXT,
    is_synthetic INTEGER NOT NULL,
    samples INTEGER NOT NULL,
    p50_ms REAL,
    p50_low_ms REAL,
    p50_high_ms REAL,
    fastest_ms REAL,
    slowest_ms REAL,
    throughput REAL,
    joules_per_item REAL,
    peak_rss_bytes INTEGER,
    predicted_ms REAL,
    reason TEXT
) STRICT;
CREATE INDEX rows_by_time ON rows (started_ms);
CREATE INDEX rows_of_case ON rows (case_number, started_ms);

-- The row as JSON without case, subject, machine and samples, deflated; and the SHA-256 of all these. Apart, so that lists
-- read little.
CREATE TABLE documents (
    row_number INTEGER PRIMARY KEY REFERENCES rows,
    content BLOB NOT NULL,
    digest BLOB NOT NULL
) STRICT;

CREATE TABLE samples (
    row_number INTEGER NOT NULL REFERENCES rows,
    name TEXT NOT NULL,
    count INTEGER NOT NULL,
    content BLOB NOT NULL,
    PRIMARY KEY (row_number, name)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER cases_stay BEFORE UPDATE ON cases BEGIN SELECT RAISE(ABORT, 'rows are only ever added'); END;
CREATE TRIGGER cases_last BEFORE DELETE ON cases BEGIN SELECT RAISE(ABORT, 'rows are only ever added'); END;
CREATE TRIGGER subjects_stay BEFORE UPDATE ON subjects BEGIN SELECT RAISE(ABORT, 'rows are only ever added'); END;
CREATE TRIGGER subjects_last BEFORE DELETE ON subjects BEGIN SELECT RAISE(ABORT, 'rows are only ever added'); END;
CREATE TRIGGER machines_stay BEFORE UPDATE ON machines BEGIN SELECT RAISE(ABORT, 'rows are only ever added'); END;
CREATE TRIGGER machines_last BEFORE DELETE ON machines BEGIN SELECT RAISE(ABORT, 'rows are only ever added'); END;
CREATE TRIGGER rows_stay BEFORE UPDATE ON rows BEGIN SELECT RAISE(ABORT, 'rows are only ever added'); END;
CREATE TRIGGER rows_last BEFORE DELETE ON rows BEGIN SELECT RAISE(ABORT, 'rows are only ever added'); END;
CREATE TRIGGER documents_stay BEFORE UPDATE ON documents BEGIN SELECT RAISE(ABORT, 'rows are only ever added'); END;
CREATE TRIGGER documents_last BEFORE DELETE ON documents BEGIN SELECT RAISE(ABORT, 'rows are only ever added'); END;
CREATE TRIGGER samples_stay BEFORE UPDATE ON samples BEGIN SELECT RAISE(ABORT, 'rows are only ever added'); END;
CREATE TRIGGER samples_last BEFORE DELETE ON samples BEGIN SELECT RAISE(ABORT, 'rows are only ever added'); END;

-- INSERT OR REPLACE deletes without a DELETE trigger.
CREATE TRIGGER rows_once BEFORE INSERT ON rows
WHEN EXISTS (SELECT 1 FROM rows WHERE id = NEW.id OR number = NEW.number)
BEGIN SELECT RAISE(ABORT, 'rows are only ever added'); END;
CREATE TRIGGER documents_once BEFORE INSERT ON documents
WHEN EXISTS (SELECT 1 FROM documents WHERE row_number = NEW.row_number)
BEGIN SELECT RAISE(ABORT, 'rows are only ever added'); END;
CREATE TRIGGER samples_once BEFORE INSERT ON samples
WHEN EXISTS (SELECT 1 FROM samples WHERE row_number = NEW.row_number AND name = NEW.name)
BEGIN SELECT RAISE(ABORT, 'rows are only ever added'); END;
