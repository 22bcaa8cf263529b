"""Scans in a folder are checked before the recordings are read."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from recon.importing import import_recordings
from recon.readers import Problem
from recon.simulate import write_people


@pytest.fixture
def lab(tmp_path: Path) -> Path:
    write_people(tmp_path / "lab", 1, steps=1)
    return tmp_path / "lab"


def told(folder: Path, **options: bool) -> tuple[list[str], list[Problem], tuple[Problem, ...]]:
    """The stages in their order, what was told before the recordings, and all that was rejected."""
    stages: list[str] = []
    early: list[Problem] = []

    def progress(stage: str, done: int, total: int) -> None:
        assert 0 < done <= total
        stages.append(stage)

    def checked(problems: Sequence[Problem]) -> None:
        stages.append("checked")
        early.extend(problems)

    _, report = import_recordings(folder, progress=progress, checked=checked, **options)
    return list(dict.fromkeys(stages)), early, report.rejected


def test_what_is_wrong_with_scans_is_told_before_recordings_are_read(lab: Path) -> None:
    left = lab / "sim000" / "scan_left.stl"
    shutil.copy(left, lab / "sim000" / "zweite_left.stl")
    shutil.copy(left, lab / "anna_left.stl")
    (lab / "sim000" / "scan_right.stl").write_bytes(left.read_bytes()[:500])
    stages, early, rejected = told(lab)
    assert stages == ["reading scans", "checked", "reading files", "registering feet"]
    assert [problem.name for problem in early] == [
        "sim000/scan_right.stl",
        "sim000/zweite_left.stl",
    ]
    assert "truncated" in early[0].reason
    assert "second scan of sim000/left, after sim000/scan_left.stl" in early[1].reason
    assert rejected[:2] == tuple(early)
    later = {problem.name: problem.reason for problem in rejected[2:]}
    assert "of which there is no usable recording" in later["anna_left.stl"]
    assert "no usable scan" in later["sim000/right"]
    assert len(rejected) == 4


def test_where_nothing_is_wrong_nothing_is_told(lab: Path) -> None:
    assert told(lab) == (["reading scans", "reading files", "registering feet"], [], ())
    (lab / "sim000" / "scan_left.stl").write_text("?")
    assert told(lab, scans=False) == (["reading files", "registering feet"], [], ())


def test_a_scan_of_nobody_else_asks_no_scan_of_others(lab: Path) -> None:
    (lab / "sim000" / "scan_right.stl").unlink()
    (lab / "sim000" / "scan_left.stl").rename(lab / "anna_left.stl")
    _, early, rejected = told(lab)
    assert early == []
    assert [problem.name for problem in rejected] == ["anna_left.stl"]


def test_nothing_to_import_is_said_before_scans_are_read(lab: Path) -> None:
    for side in ("left", "right"):
        shutil.rmtree(lab / "sim000" / side)
    with pytest.raises(ValueError, match="known format"):
        told(lab)
