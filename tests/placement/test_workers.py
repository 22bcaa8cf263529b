from __future__ import annotations

import os
import signal
from dataclasses import replace
from pathlib import Path

import pytest
from test_search import SMALL

from placement.search import search
from placement.workers import Workers, run_all
from recon import Cohort

JUDGED = replace(SMALL, fidelity="kernel", max_sensors=2, population=12, generations=3)


def add(a: int, b: int) -> int:
    return a + b


@pytest.mark.parametrize("jobs", [1, 2, 5])
def test_results_come_under_their_keys(jobs: int) -> None:
    found = dict(run_all(add, {"x": (1, 2), "y": (3, 4), "z": (5, 6)}, Workers(jobs)))
    assert found == {"x": 3, "y": 7, "z": 11}
    assert list(run_all(add, {}, Workers(jobs))) == []


def seen(people: list[float], own: int) -> tuple[int, int, float]:
    people.append(own)
    return os.getpid(), len(people), sum(people[:2])


def test_a_process_reads_what_calls_share_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    people = [1.0, 2.0]
    calls = {str(i): (people, i) for i in range(8)}
    found = [value for _, value in run_all(seen, calls, Workers(2))]
    assert people == [1.0, 2.0]
    assert {total for *_, total in found} == {3.0}
    for process in {process for process, *_ in found}:
        lengths = [length for there, length, _ in found if there == process]
        assert sorted(lengths) == [3 + i for i in range(len(lengths))]
    assert not list(tmp_path.glob("placement-*"))


def killed(number: int) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_killed_process_is_told_and_others_work_after_it() -> None:
    with pytest.raises(OSError, match="fewer --jobs"):
        list(run_all(killed, {"x": (1,), "y": (2,)}, Workers(2)))
    assert dict(run_all(add, {"x": (1, 2), "y": (3, 4)}, Workers(2))) == {"x": 3, "y": 7}


def test_a_dask_cluster_finds_the_same_front(cohort: Cohort) -> None:
    distributed = pytest.importorskip("distributed", reason="needs the extra dask")
    with distributed.LocalCluster(2, threads_per_worker=2, dashboard_address=None) as cluster:
        there = search(cohort, replace(JUDGED, scheduler=cluster.scheduler_address))
    assert there.to_json() == search(cohort, JUDGED).to_json()


def test_an_unreachable_scheduler_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed", reason="needs the extra dask")
    monkeypatch.setattr("placement.workers.PATIENCE_S", 0.5)
    with pytest.raises(OSError, match=r"no Dask scheduler answers at tcp://127\.0\.0\.1:1"):
        list(run_all(add, {"x": (1, 2)}, Workers(scheduler="tcp://127.0.0.1:1")))


def test_a_search_asks_for_its_scheduler_first(
    cohort: Cohort, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also one that has nothing to send."""
    pytest.importorskip("distributed", reason="needs the extra dask")
    monkeypatch.setattr("placement.workers.PATIENCE_S", 0.5)
    alone = replace(SMALL, fidelity="linear", scheduler="tcp://127.0.0.1:1")
    with pytest.raises(OSError, match="no Dask scheduler answers"):
        search(cohort, alone, progress=lambda stage, done, total: pytest.fail(stage))
