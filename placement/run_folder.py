"""The folder of a run: its journal at once, its front in the end, and one search at a time."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from placement.front import Front
from placement.journal import WITHIN, Journal, package_versions
from placement.settings import Settings
from recon.cohort import Cohort
from recon.files import MARK, check_output, replacing_file

JOURNAL = "run.db"
SCORES = "scores.csv"
_LOCK = ".lock"
_REPLACED = ".replaced"
_NEW = ".new"


@dataclass(frozen=True)
class Status:
    """How a run stands.

    Args:
        state: "running", "finished" or "stopped", which can be resumed.
        process: "process 12 on host, since ..." (or "from ... to ...") of the last search in the
            folder.
        facts: settings, cohort and versions, as JSON values.
        stages: name, steps done, steps in all and seconds of each.
        scored: layouts that each stage scored.
        best: for each sensor count, the lowest relative error of the last stage that scored it,
            of the search itself and not of those within it.
    """

    state: str
    process: str
    facts: dict[str, Any]
    stages: list[tuple[str, int | None, int | None, float | None]]
    scored: dict[str, int]
    best: dict[int, tuple[str, float]]


def check(folder: Path, *, overwrite: bool) -> None:
    """Raise, before any work, where `started` would."""
    if _held(folder):
        with _locked(folder, wait_s=0):
            _recover(folder)
    if not overwrite and (folder / JOURNAL).exists() and not (folder / "front.json").exists():
        raise FileExistsError(
            f"{folder}: holds an unfinished search; go on with it by `placement resume {folder}`, "
            "or pass --overwrite to start anew"
        )
    check_output(folder, overwrite=overwrite)


def source(cohort: Cohort, folder: Path | None) -> dict[str, Any]:
    """What to find and to know a cohort by; `folder` is None for the demo cohort."""
    return {"folder": folder and str(folder.resolve()), "fingerprint": cohort.fingerprint}


def place(source: Mapping[str, Any]) -> Path | None:
    """Where the cohort was; None for the demo cohort.

    Raises:
        FileNotFoundError: it is no longer there.
    """
    if source["folder"] is None:
        return None
    folder = Path(source["folder"])
    if not folder.exists():
        raise FileNotFoundError(f"{folder}: the cohort is gone; pass --cohort if it was moved")
    return folder


def check_same(cohort: Cohort, folder: Path | None, source: Mapping[str, Any]) -> None:
    """Raise ValueError where this, from `folder`, is not the cohort that the run began with."""
    if cohort.fingerprint != source["fingerprint"]:
        raise ValueError(
            f"{folder or 'the demo cohort'}: not the cohort that this search began with "
            f"(fingerprint {cohort.fingerprint}, expected {source['fingerprint']}); "
            "pass --cohort for that one, or start a new search"
        )


def changed_versions(before: Mapping[str, str]) -> list[str]:
    """Sentences on packages that differ from those the run began with."""
    return [
        f"{name} {now} goes on where {before.get(name)} began; the front may differ a little"
        for name, now in package_versions().items()
        if now != before.get(name)
    ]


@contextmanager
def started(
    folder: Path, settings: Settings, cohort: dict[str, Any], *, overwrite: bool = False
) -> Iterator[Journal]:
    """A new run: its journal, in a folder that no other search can enter meanwhile.

    What `overwrite` replaces is thrown away once the new run has scored something; a run that
    ends without that leaves the folder as it was.

    Args:
        cohort: what to find and to know the cohort by when the run is resumed, JSON values.

    Raises:
        FileExistsError: the folder holds an unfinished run or something else, and `overwrite`
            is False or others wrote it.
        OSError: another search runs in it, or it cannot be written.
    """
    check(folder, overwrite=overwrite)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARK).touch()
    with _locked(folder), _replacing(folder), Journal(folder / JOURNAL) as journal:
        facts = {"settings": asdict(settings), "cohort": cohort}
        journal.note(**facts, versions=package_versions())
        with _noted(journal, folder):
            yield journal


@contextmanager
def reopened(folder: Path) -> Iterator[Journal]:
    """The journal of a run that was stopped.

    Raises:
        FileNotFoundError: there is no run in the folder.
        FileExistsError: it is finished.
        OSError: another search runs in it, or it cannot be written.
        ValueError: a damaged journal.
    """
    _check_run(folder)
    with _locked(folder):
        _recover(folder)
        if (folder / "front.json").exists():
            raise FileExistsError(f"{folder}: this search is finished; its front is in front.csv")
        with Journal(folder / JOURNAL) as journal, _noted(journal, folder):
            yield journal
        shutil.rmtree(folder / _REPLACED, ignore_errors=True)  # the killed search could not


def finish(
    folder: Path, journal: Journal, front: Front, draw: Callable[[Front, Path], object]
) -> None:
    """Write the front, its figures and all scores into the folder; `front.json` comes last."""
    new = folder / _NEW
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir()
    try:
        front.save(new)
        journal.save(new / SCORES)
        draw(front, new)
        for file in sorted(new.iterdir(), key=lambda path: path.name == "front.json"):
            file.replace(folder / file.name)
    finally:
        shutil.rmtree(new, ignore_errors=True)
    shutil.rmtree(folder / "networks", ignore_errors=True)  # states of training


def state(folder: Path) -> str:
    """Whether a run is "running", "finished" or "stopped".

    Raises:
        FileNotFoundError: there is no run in the folder.
    """
    _check_run(folder)
    try:
        with _locked(folder, wait_s=0):
            _recover(folder)
    except BlockingIOError:
        return "running"
    except OSError:  # a copy that may only be read
        pass
    return "finished" if (folder / "front.json").exists() else "stopped"


def status(folder: Path) -> Status:
    """How a run stands, be it running, killed or finished.

    Raises:
        FileNotFoundError: there is no run in the folder.
        OSError, ValueError: its journal cannot be read.
    """
    stands = state(folder)
    with opened(folder) as journal:
        facts = journal.facts()
        best: dict[int, tuple[str, float]] = {}
        most = facts.get("settings", {}).get("max_sensors", 0)
        for stage, sensors, error, _ in journal.scores():
            if WITHIN in stage or sensors > most:
                continue  # of other people than the search itself, or a published layout
            before = best.get(sensors)
            if before is None or before[0] != stage or error < before[1]:
                best[sensors] = (stage, error)
        return Status(
            state=stands,
            process=facts.get("process", ""),
            facts=facts,
            stages=journal.stages(),
            scored=journal.counts(),
            best=dict(sorted(best.items())),
        )


def opened(folder: Path) -> Journal:
    """The journal of any run, to read.

    Raises:
        FileNotFoundError: there is no run in the folder.
        OSError, ValueError: it cannot be read.
    """
    _check_run(folder)
    if not (folder / JOURNAL).exists():
        with _locked(folder):
            _recover(folder)
    return Journal(folder / JOURNAL)


def _check_run(folder: Path) -> None:
    if not folder.exists():
        raise FileNotFoundError(f"{folder}: no such folder")
    if not _held(folder):
        raise FileNotFoundError(f"{folder}: holds no {JOURNAL}; is it the folder of a search?")


def _held(folder: Path) -> bool:
    """Whether there is a run, be it put aside for a search that was killed at once."""
    return any((place / JOURNAL).is_file() for place in (folder, folder / _REPLACED))


def goes_on(folder: Path) -> bool:
    """Whether the last search in a folder was this process's, and can be resumed."""
    if not _held(folder) or (folder / "front.json").exists():
        return False
    with suppress(OSError, ValueError), opened(folder) as journal:
        return str(journal.facts().get("process", "")).startswith(f"{_me()},")
    return False


def _me() -> str:
    return f"process {os.getpid()} on {socket.gethostname()}"


@contextmanager
def _locked(folder: Path, wait_s: float = 1) -> Iterator[None]:
    """Hold the folder; the system lets go of it when the process ends, however that happens."""
    lock = FileLock(folder / _LOCK)
    try:
        lock.acquire(timeout=wait_s)
    except Timeout:
        with Journal(folder / JOURNAL) as journal:
            holder = journal.facts().get("process", "unknown process")
        raise BlockingIOError(
            f"{folder}: another search is at work here ({holder}); "
            "wait for it, or choose another folder"
        ) from None
    try:
        yield
    finally:
        lock.release()


@contextmanager
def _noted(journal: Journal, folder: Path) -> Iterator[None]:
    """Note who is at work; write the scores made so far should it end early."""
    who, since = _me(), _now()
    journal.note(process=f"{who}, since {since}")
    try:
        yield
        journal.note(process=f"{who}, from {since} to {_now()}")
    except BaseException:
        with suppress(OSError, ValueError):  # a full disk
            journal.note(process=f"{who}, from {since} to {_now()}")
        if journal.counts():
            with suppress(OSError), replacing_file(folder / SCORES) as new:
                journal.save(new)
        raise


def _now() -> str:
    return datetime.now(UTC).astimezone().strftime("%Y-%m-%d %H:%M:%S")


@contextmanager
def _replacing(folder: Path) -> Iterator[None]:
    """Keep what the folder held until the block ends; bring it back if nothing was scored."""
    aside = folder / _REPLACED
    own = {MARK, _LOCK, _REPLACED}
    _recover(folder)
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir()
    held = [path for path in folder.iterdir() if path.name not in own]
    for path in sorted(held, key=_is_journal, reverse=True):  # first: it tells what is scored
        path.rename(aside / path.name)
    try:
        yield
    finally:
        if not _scored(folder):
            _bring_back(folder, aside)
        shutil.rmtree(aside)
        if {path.name for path in folder.iterdir()} <= own:
            shutil.rmtree(folder)


def _recover(folder: Path) -> None:
    """Bring back what was put aside for a search that was killed before it scored anything."""
    aside = folder / _REPLACED
    if aside.exists() and not _scored(folder):
        _bring_back(folder, aside)
        aside.rmdir()


def _bring_back(folder: Path, aside: Path) -> None:
    """Undo a replacement that scored nothing; a kill amid it loses nothing either."""
    for path in folder.glob(f"{JOURNAL}*"):
        path.unlink()
    for path in sorted(aside.iterdir(), key=_is_journal):
        path.rename(folder / path.name)


def _is_journal(path: Path) -> bool:
    return path.name == JOURNAL


def _scored(folder: Path) -> bool:
    with suppress(OSError, ValueError), Journal(folder / JOURNAL) as journal:
        return bool(journal.counts())
    return False
