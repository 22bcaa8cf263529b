"""A run's memory: each score and each finished piece of work, on disc as soon as it is made.

A search is deterministic, so it is resumed by running it again: what takes long is looked up here
before it is computed. Values are JSON, whose floats come back to the last bit.
"""

from __future__ import annotations

import copy
import csv
import json
import platform
import sqlite3
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar

from recon.layout import Layout

FORMAT = 1
WITHIN = ": "
"""Ends the name of a search within the search, before what it is the scope of."""

_WAIT_S = 30  # for somebody who reads meanwhile
_COLUMNS = ("fidelity", "sensors", "relative_error", "sites_uv")
_SCHEMA = f"""
PRAGMA user_version = {FORMAT};
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE results (kind TEXT, key TEXT, value TEXT NOT NULL, PRIMARY KEY (kind, key));
CREATE TABLE scores (
    number INTEGER PRIMARY KEY, stage TEXT, sensors INTEGER, relative_error REAL, sites TEXT,
    UNIQUE (stage, sites)
);
CREATE TABLE stages (name TEXT PRIMARY KEY, done INTEGER, total INTEGER, seconds REAL)
"""

T = TypeVar("T")


class Facts(dict[str, Any]):
    """What was noted of a run, by name; ValueError where its settings or the like never were."""

    def __init__(self, noted: Mapping[str, Any], where: str) -> None:
        super().__init__(noted)
        self._where = where

    def __missing__(self, name: str) -> Any:  # a run killed at once, or an empty run.db
        raise ValueError(
            f"{self._where}: a run that never began (no {name} noted); start it anew with "
            "placement search --overwrite"
        )


class Journal:
    """One SQLite database; without a path it lives in memory. Close it, or use it in a `with`.

    Raises, from each method:
        OSError: the disc is full, or the file cannot be read or written.
        ValueError: the file is damaged, or of another release.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path
        self.scope = ""
        with self._explained():
            self._base = sqlite3.connect(path or ":memory:", _WAIT_S, isolation_level=None)
            try:
                self._prepare()
            except BaseException:
                self._base.close()
                raise

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *_: object) -> None:
        self._base.close()

    def within(self, scope: str) -> Journal:
        """The same journal for a search within the search: its names begin with `scope`."""
        inner = copy.copy(self)
        inner.scope = f"{self.scope}{scope}{WITHIN}"
        return inner

    def folder(self, name: str) -> Path | None:
        """A folder beside the journal for what is too large for it; None for one in memory."""
        if self.path is None:
            return None
        return self.path.parent / name / (self.scope.strip(": ").replace(" ", "-") or "all")

    def recall(self, kind: str, key: Any, compute: Callable[[], T]) -> T:
        """The result of a piece of work: from the journal if it is there, else computed and kept.

        Args:
            kind, key: what names the work; `key` and the result are JSON values.
        """
        text = dumps(key)
        with self._explained():
            row = self._base.execute(
                "SELECT value FROM results WHERE kind = ? AND key = ?", (self.scope + kind, text)
            ).fetchone()
        if row is None:
            result = compute()
            self.keep(kind, text, result)
            return result
        known: T = json.loads(row[0])
        return known

    def results(self, kind: str) -> dict[str, Any]:
        """All results of a kind, by the JSON text of their keys."""
        with self._explained():
            rows = self._base.execute(
                "SELECT key, value FROM results WHERE kind = ?", (self.scope + kind,)
            )
            return {key: json.loads(value) for key, value in rows}

    def keep(self, kind: str, key: str, result: Any) -> None:
        """Store a result; `key` is JSON text."""
        row = (self.scope + kind, key, dumps(result))
        self._write("INSERT OR REPLACE INTO results VALUES (?, ?, ?)", [row])

    def take(self, other: Journal, kinds: Collection[str]) -> int:
        """Copy the results of such kinds, of searches within the search too; how many they are."""
        with self._explained():
            rows = other._base.execute("SELECT kind, key, value FROM results").fetchall()
        rows = [row for row in rows if row[0].rpartition(WITHIN)[2] in kinds]
        self._write("INSERT OR IGNORE INTO results VALUES (?, ?, ?)", rows)
        return len(rows)

    def add(self, stage: str, relative: Mapping[Layout, float]) -> None:
        """Note relative errors of layouts, in their order; what is known stays as it is."""
        self._write(
            "INSERT OR IGNORE INTO scores (stage, sensors, relative_error, sites) "
            "VALUES (?, ?, ?, ?)",
            [(self.scope + stage, len(x), error, dumps(x.sites)) for x, error in relative.items()],
        )

    def scores(self) -> Iterator[tuple[str, int, float, list[tuple[float, float]]]]:
        """Stage, sensors, relative error and sites (u, v) of all scores, in their order."""
        query = "SELECT stage, sensors, relative_error, sites FROM scores ORDER BY number"
        with self._explained():
            for stage, sensors, error, sites in self._base.execute(query):
                yield stage, sensors, error, [(u, v) for u, v in json.loads(sites)]

    def counts(self) -> dict[str, int]:
        """How many layouts each stage scored."""
        query = "SELECT stage, COUNT(*) FROM scores GROUP BY stage ORDER BY MIN(number)"
        with self._explained():
            return dict(self._base.execute(query).fetchall())

    def save(self, path: Path) -> None:
        """Write all scores as CSV."""
        with path.open("w", newline="") as stream:
            writer = csv.writer(stream, lineterminator="\n")
            writer.writerow(_COLUMNS)
            for stage, sensors, error, sites in self.scores():
                places = " ".join(f"{u:.4f},{v:.4f}" for u, v in sites)
                writer.writerow((stage, sensors, f"{error:.6f}", places))

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Measure the wall time of a block; that of a block gone through again is added."""
        start = time.perf_counter()
        try:
            yield
        finally:
            spent = time.perf_counter() - start
            self._write(
                "INSERT INTO stages VALUES (?, NULL, NULL, ?) "
                "ON CONFLICT (name) DO UPDATE SET seconds = ifnull(seconds, 0) + excluded.seconds",
                [(self.scope + name, spent)],
            )

    def progress(self, name: str, done: int, total: int) -> None:
        """Note how far a stage is."""
        self._write(
            "INSERT INTO stages VALUES (?, ?, ?, NULL) "
            "ON CONFLICT (name) DO UPDATE SET done = excluded.done, total = excluded.total",
            [(self.scope + name, done, total)],
        )

    def stages(self) -> list[tuple[str, int | None, int | None, float | None]]:
        """Name, steps done, steps in all and seconds of each stage, in their order."""
        query = "SELECT name, done, total, seconds FROM stages ORDER BY rowid"
        with self._explained():
            return self._base.execute(query).fetchall()

    @property
    def seconds(self) -> dict[str, float]:
        """Wall time of each stage that was measured."""
        return {name: round(spent, 2) for name, _, _, spent in self.stages() if spent is not None}

    def note(self, **facts: Any) -> None:
        """Store what is true of the run as a whole, JSON values by name."""
        rows = [(name, dumps(value)) for name, value in facts.items()]
        self._write("INSERT OR REPLACE INTO facts VALUES (?, ?)", rows)

    def facts(self) -> Facts:
        """All that was noted."""
        with self._explained():
            rows = self._base.execute("SELECT name, value FROM facts")
            noted = {name: json.loads(value) for name, value in rows}
        return Facts(noted, str(self.path.parent) if self.path else "the journal of this run")

    def _write(self, statement: str, rows: list[tuple[Any, ...]]) -> None:
        """One transaction: all rows or none."""
        with self._explained(), self._transaction():
            self._base.executemany(statement, rows)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._base.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._base.execute("COMMIT")
        except BaseException:
            if self._base.in_transaction:
                self._base.execute("ROLLBACK")
            raise

    def _prepare(self) -> None:
        if self._format() == 0:
            with self._transaction():
                if self._format() == 0:  # still: another process may have been quicker
                    for statement in _SCHEMA.split(";"):
                        self._base.execute(statement)
        if (found := self._format()) != FORMAT:
            raise ValueError(f"{self.path}: a run of format {found}, this release has {FORMAT}")

    def _format(self) -> int:
        """0 where no table was made yet."""
        found: int = self._base.execute("PRAGMA user_version").fetchone()[0]
        return found

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:  # no space, no permission, locked for long
            raise OSError(f"{self.path or 'the journal of this run'}: {error}") from error
        except (sqlite3.DatabaseError, json.JSONDecodeError) as error:
            raise ValueError(f"{self.path}: a damaged run ({error})") from error


def dumps(value: Any) -> str:
    """Compact JSON."""
    return json.dumps(value, separators=(",", ":"))


def package_versions() -> dict[str, str]:
    """What the result depends on."""
    names = ("insole-placement", "numpy", "scipy", "torch", "pymoo", "joblib")
    return {"python": platform.python_version(), **{name: version(name) for name in names}}
