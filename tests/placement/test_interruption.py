"""A search that is told to end."""

import contextlib
import csv
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest
from command import process, succeeds


@pytest.mark.parametrize("terminal", [True, False], ids=["ctrl-c", "kill"])
def test_an_interruption_keeps_what_was_scored(
    folder: Path, tmp_path: Path, terminal: bool
) -> None:
    """Amid training: one line, exit code 130, the linear scores on disk, no process left."""
    out = tmp_path / "r"
    options = "--max-sensors 3 --folds 3 --margin-mm 0 --fidelity network --steps 100000"
    command = f"search --cohort {folder} --out {out} {options}"
    search = subprocess.Popen(
        process(command),
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # Shells start background jobs, and so perhaps these tests, with Ctrl-C ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    wait_for_processes(search.pid, 5)  # the search, two trackers and two that train
    time.sleep(3)
    if terminal:
        os.killpg(search.pid, signal.SIGINT)  # as a terminal does: to workers, too
    else:
        os.kill(search.pid, signal.SIGTERM)  # as a scheduler does: to the search alone
    _, complaint = search.communicate(timeout=60)
    assert search.returncode == 130, complaint
    assert "Traceback" not in complaint
    assert "interrupted" in complaint
    rows = list(csv.DictReader((out / "scores.csv").open()))
    assert len(rows) > 500
    assert f"placement resume {out}" in complaint
    assert "stopped" in succeeds(f"status {out}")
    assert vanishes(search.pid)


def wait_for_processes(group: int, count: int, seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while len(members(group)) < count:
        assert time.monotonic() < end, f"{members(group)} after {seconds} s"
        time.sleep(0.2)


def members(group: int) -> list[int]:
    """The processes of a group, as Linux lists them."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = path.read_text().rpartition(")")[2].split()
            if int(fields[2]) == group:
                found.append(int(path.parent.name))
    return found


def vanishes(group: int, seconds: float = 30) -> bool:
    """Whether no process of a group is left, soon."""
    end = time.monotonic() + seconds
    while members(group) and time.monotonic() < end:
        time.sleep(0.2)
    return not members(group)
