"""A run can be killed at any moment and resumed to the same bytes; a folder has one search."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from command import process
from test_search import SMALL
from walkers import walkers

from placement import run_folder
from placement.constraints_file import from_values
from placement.front import Front
from placement.journal import FORMAT, Journal
from placement.search import search
from placement.settings import Settings
from recon import Cohort, Layout

QUICK = replace(SMALL, fidelity="kernel", max_sensors=2, population=12, generations=3)
FILES = ("front.json", "front.csv", "scores.csv")


class Killed(BaseException):
    pass


class Mortal(Journal):
    """Dies at the n-th write, which no longer reaches the disc."""

    left = 10**9

    def _write(self, statement: str, rows: list[tuple[Any, ...]]) -> None:
        self.left -= 1
        if self.left < 0:
            raise Killed
        super()._write(statement, rows)


def no_figures(front: Front, folder: Path) -> None:
    pass


@pytest.mark.parametrize(("fidelity", "most"), [("kernel", 40), ("network", 80)])
def test_stopped_at_any_write_and_resumed_the_front_is_the_same(
    cohort: Cohort, tmp_path: Path, fidelity: str, most: int
) -> None:
    settings = replace(QUICK, fidelity=fidelity, jobs=1)
    whole = search(cohort, settings)
    rng = np.random.default_rng(0)
    stops = 0
    while True:
        with Mortal(tmp_path / "run.db") as journal:
            journal.left = int(rng.integers(1, most))
            try:
                front = search(cohort, settings, journal=journal)
                break
            except Killed:
                stops += 1
    assert stops > 3
    assert front.to_json() == whole.to_json()


@pytest.fixture(scope="module")
def folder(cohort: Cohort, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("killed") / "cohort"
    cohort.save(path)
    return path


KILLS = int(os.environ.get("KILLS", "2"))
"""How often the search below is killed; more of them take longer."""


def test_killed_at_random_moments_and_resumed_the_files_are_the_same(
    folder: Path, tmp_path: Path
) -> None:
    """With SIGKILL, by which a process can do nothing any more, and with other jobs."""
    options = f"--cohort {folder} --folds 3 --margin-mm 0 --fidelity kernel --max-sensors 2"
    whole, out = tmp_path / "whole", tmp_path / "killed"
    start = time.monotonic()
    subprocess.run(process(f"search {options} --jobs 1 --out {whole}"), check=True)
    seconds = time.monotonic() - start
    rng = np.random.default_rng(1)
    run, kills = f"search {options} --jobs 2 --out {out}", 0
    while kills < KILLS:
        running = subprocess.Popen(process(run), stdout=subprocess.DEVNULL, start_new_session=True)
        with contextlib.suppress(subprocess.TimeoutExpired):
            running.wait(rng.uniform(0.2, 1) * seconds)
        running.kill()  # with SIGKILL; of its workers, nobody tells
        running.wait()
        begun = (out / "run.db").exists()
        if begun and run_folder.status(out).state == "finished":
            if kills:
                break
            shutil.rmtree(out)  # it was quicker than the first one: again, and sooner
            seconds *= 0.7
            continue
        kills += 1
        if begun:
            assert run_folder.status(out).state == "stopped"
            assert not any((out / name).exists() for name in FILES)
            run = f"resume {out}"
    if not (out / "front.json").exists():
        subprocess.run(process(run), check=True)
    assert kills
    assert run_folder.status(out).state == "finished"
    for name in FILES:
        assert (out / name).read_bytes() == (whole / name).read_bytes(), name


def begin(folder: Path, cohort: Cohort, overwrite: bool = False) -> Any:
    source = run_folder.source(cohort, None)
    return run_folder.started(folder, QUICK, source, overwrite=overwrite)


def test_a_second_search_is_kept_out(cohort: Cohort, tmp_path: Path) -> None:
    run = tmp_path / "run"
    with begin(run, cohort) as journal:
        journal.add("linear search", {Layout(((0.5, 0.5),)): 0.5})
        assert run_folder.status(run).state == "running"
        with (
            pytest.raises(BlockingIOError, match=f"process {os.getpid()} "),
            begin(run, cohort, overwrite=True),
        ):
            pass
        with pytest.raises(BlockingIOError, match="at work"), run_folder.reopened(run):
            pass
    found = run_folder.status(run)
    assert found.state == "stopped"
    assert found.best == {1: ("linear search", 0.5)}
    with pytest.raises(FileExistsError, match="placement resume"), begin(run, cohort):
        pass
    with run_folder.reopened(run) as journal:
        assert journal.counts() == {"linear search": 1}
        journal.within("outer fold 1 of 2").add("kernel", {Layout(((0.5, 0.4),)): 0.1})
    assert run_folder.status(run).best == {1: ("linear search", 0.5)}  # of other people


def test_what_is_replaced_stays_until_something_is_scored(cohort: Cohort, tmp_path: Path) -> None:
    run = tmp_path / "run"
    with begin(run, cohort) as journal:
        run_folder.finish(run, journal, search(cohort, QUICK, journal=journal), no_figures)
    before = (run / "front.json").read_bytes()
    with pytest.raises(ValueError, match="folds"), begin(run, cohort, overwrite=True):
        raise ValueError("folds")
    assert (run / "front.json").read_bytes() == before
    assert run_folder.status(run).state == "finished"
    with pytest.raises(FileExistsError, match="finished"), run_folder.reopened(run):
        pass
    with begin(run, cohort, overwrite=True) as journal:
        journal.add("linear search", {Layout(((0.5, 0.5),)): 0.5})
    assert not (run / "front.json").exists()
    assert {path.name for path in run.glob("[!.]*")} == {"run.db"}


def overwrite_in_vain(run: Path, cohort: Cohort) -> None:
    with pytest.raises(ValueError, match="folds"), begin(run, cohort, overwrite=True):
        raise ValueError("folds")


def resume(run: Path, cohort: Cohort) -> None:
    with pytest.raises(FileExistsError, match="finished"), run_folder.reopened(run):
        pass


def ask(run: Path, cohort: Cohort) -> None:
    assert run_folder.status(run).state == "finished"


@pytest.mark.parametrize("begun", [True, False])
@pytest.mark.parametrize("look", [overwrite_in_vain, resume, ask])
def test_killed_at_once_the_replaced_run_is_still_there(
    cohort: Cohort, tmp_path: Path, look: Callable[[Path, Cohort], None], begun: bool
) -> None:
    run = tmp_path / "run"
    with begin(run, cohort) as journal:
        run_folder.finish(run, journal, search(cohort, QUICK, journal=journal), no_figures)
    before = (run / "front.json").read_bytes()
    aside = run / ".replaced"  # as SIGKILL leaves it before anything is scored
    aside.mkdir()
    for path in run.glob("[!.]*"):
        path.rename(aside / path.name)
    if begun:
        Journal(run / "run.db").__exit__()
    look(run, cohort)
    assert (run / "front.json").read_bytes() == before
    assert run_folder.status(run).state == "finished"


def test_a_search_that_scored_nothing_leaves_nothing(cohort: Cohort, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="folds"), begin(tmp_path / "run", cohort):
        raise ValueError("folds")
    assert list(tmp_path.iterdir()) == []


def test_a_full_disc_is_told_and_loses_nothing(cohort: Cohort, tmp_path: Path) -> None:
    run = tmp_path / "run"
    with (
        pytest.raises(OSError, match=r"run\.db: database or disk is full"),
        begin(run, cohort) as full,
    ):
        full._base.execute("PRAGMA max_page_count = 12")
        search(cohort, QUICK, journal=full)
    found = run_folder.status(run)
    assert found.state == "stopped"
    with run_folder.reopened(run) as journal:
        front = search(cohort, QUICK, journal=journal)
    assert front.to_json() == search(cohort, QUICK).to_json()


def test_another_cohort_is_refused(cohort: Cohort) -> None:
    source = run_folder.source(cohort, None)
    run_folder.check_same(cohort, None, source)
    with pytest.raises(ValueError, match="other: not the cohort that this search began with"):
        run_folder.check_same(walkers(seed=5), Path("other"), source)


def test_settings_come_back_from_json() -> None:
    constraints = from_values(
        {
            "spacing_mm": 2.0,
            "keep_out": [{"name": "screw", "mm": [[10, 10], [20, 10], [20, 20]]}],
            "zones": [{"name": "heel", "min": 1}],
            "required": {"uv": [[0.5, 0.5]]},
        }
    )
    settings = replace(QUICK, constraints=constraints)
    assert Settings.from_json(json.loads(json.dumps(asdict(settings)))) == settings
    with pytest.raises(ValueError, match="unknown settings magic"):
        Settings.from_json({"magic": 1})


@pytest.mark.parametrize("content", [b"", b"not a database" * 100, None])
def test_a_damaged_run_is_told(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "run.db"
    if content is not None:
        path.write_bytes(content)
    else:
        with sqlite3.connect(path) as base:
            base.execute("PRAGMA user_version = 99")
    if content == b"":  # killed before its first write
        assert run_folder.status(tmp_path).state == "stopped"
    else:
        with pytest.raises(ValueError, match=r"run\.db"):
            run_folder.status(tmp_path)


def test_of_two_that_open_a_new_journal_one_makes_the_tables(tmp_path: Path) -> None:
    path = tmp_path / "run.db"
    with (
        contextlib.closing(sqlite3.connect(path, isolation_level=None)) as first,
        ThreadPoolExecutor(1) as pool,
    ):
        first.execute("BEGIN IMMEDIATE")
        second = pool.submit(lambda: Journal(path).__exit__())
        time.sleep(0.3)  # it waits for the lock by now
        first.execute("CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL)")
        first.execute(f"PRAGMA user_version = {FORMAT}")
        first.execute("COMMIT")
        second.result(timeout=20)
    with Journal(path) as journal:
        assert journal.facts() == {}


def test_no_run_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="is it the folder of a search"):
        run_folder.status(tmp_path)
