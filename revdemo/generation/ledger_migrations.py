"""The tables of the ledger, and what makes a ledger of an older version one of this."""

import sqlite3

RUNS = """
CREATE TABLE runs (
    id TEXT PRIMARY KEY,
    owner TEXT NOT NULL,
    process TEXT NOT NULL,
    started TEXT NOT NULL,
    ended TEXT,
    request TEXT NOT NULL,
    models TEXT NOT NULL
)
"""
REVIEWS = """
CREATE TABLE reviews (
    run TEXT NOT NULL REFERENCES runs (id),
    position INTEGER NOT NULL,
    round INTEGER NOT NULL,
    text TEXT NOT NULL,
    requested INTEGER NOT NULL,
    predicted INTEGER,
    confidence REAL,
    probabilities TEXT,
    accepted INTEGER NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (run, position)
) WITHOUT ROWID
"""


def _first_version(connection: sqlite3.Connection) -> None:
    connection.execute(RUNS)
    connection.execute("CREATE INDEX runs_of_owner ON runs (owner, started)")
    connection.execute(REVIEWS)


def _number_runs(connection: sqlite3.Connection) -> None:
    """Runs are numbered as they begin, because a clock may go back; restored ones stand by their time."""
    connection.execute("ALTER TABLE runs ADD COLUMN sequence INTEGER NOT NULL DEFAULT 0")
    connection.execute("UPDATE runs SET sequence = rowid WHERE process <> 'elsewhere'")
    connection.execute(
        "UPDATE runs SET sequence = (SELECT coalesce(max(own.sequence), 0) FROM runs AS own"
        " WHERE own.process <> 'elsewhere' AND own.started <= runs.started) WHERE process = 'elsewhere'"
    )
    connection.execute("DROP INDEX runs_of_owner")
    connection.execute("CREATE INDEX runs_of_owner ON runs (owner, sequence)")


def _keep_decisions(connection: sqlite3.Connection) -> None:
    """What a person decides stands beside the filter's verdict: 1 is taken in, 0 is kept out."""
    connection.execute("ALTER TABLE reviews ADD COLUMN by_hand INTEGER")
    connection.execute("CREATE INDEX reviews_by_hand ON reviews (run, by_hand) WHERE by_hand IS NOT NULL")


MIGRATIONS = (_first_version, _number_runs, _keep_decisions)
