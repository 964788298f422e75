-- Version 2: the newest row of each case on each machine in each state, so that reports need not look at all rows.
-- Which row is the newest follows from its time, and its id among equals: rows of another store may come in any order.

CREATE TABLE latest (
    case_number INTEGER NOT NULL REFERENCES cases,
    machine_number INTEGER NOT NULL REFERENCES machines,
    state TEXT NOT NULL,
    subject_number INTEGER NOT NULL REFERENCES subjects,
    number INTEGER NOT NULL REFERENCES rows,
    id TEXT NOT NULL,
    started_ms INTEGER NOT NULL,
    PRIMARY KEY (case_number, machine_number, state)
) STRICT, WITHOUT ROWID;

INSERT INTO latest (case_number, machine_number, state, subject_number, number, id, started_ms)
SELECT case_number, machine_number, state, subject_number, number, id, started_ms
FROM (
    SELECT *, row_number() OVER (
        PARTITION BY case_number, machine_number, state ORDER BY started_ms DESC, id DESC
    ) AS place
    FROM rows
)
WHERE place = 1;

CREATE TRIGGER rows_latest AFTER INSERT ON rows BEGIN
    INSERT INTO latest (case_number, machine_number, state, subject_number, number, id, started_ms)
    VALUES (NEW.case_number, NEW.machine_number, NEW.state, NEW.subject_number, NEW.number, NEW.id, NEW.started_ms)
    ON CONFLICT (case_number, machine_number, state) DO UPDATE SET
        subject_number = excluded.subject_number,
        number = excluded.number,
        id = excluded.id,
        started_ms = excluded.started_ms
    WHERE (excluded.started_ms, excluded.id) > (latest.started_ms, latest.id);
END;
