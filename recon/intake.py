"""From files to the stances in them, each still on its instrument's cells."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from recon.folder import Item, side_in, without_side
from recon.lay import PeakMap, has_footprint, without_crosstalk
from recon.readers import Problem, Reader, Track, reader_for
from recon.recording import Recording, Side, Units
from recon.stance import instants, stances

Progress = Callable[[str, int, int], None]
"""Called with the stage, how much of it is done, and of how much (0: unknown)."""

KNOWN_ENDINGS = (".asf", ".lst", ".h5", ".hdf5")
"""A file of such a name that no reader recognises is damaged, not something else."""


@dataclass(frozen=True)
class Stance:
    """One stance phase, cut and thinned in time.

    Args:
        subject, side, trial: whose and which; left feet are mirrored.
        frames: (T, rows, columns).
        peak: the time-maximum over all recorded frames, without crosstalk, by which it is laid.
        stance_s: duration, s.
        units: of the pressure.
        source: file it came from, relative to the folder of all.
    """

    subject: str
    side: Side
    trial: str
    frames: NDArray[np.float32]
    peak: PeakMap
    stance_s: float
    units: Units
    source: str

    @property
    def name(self) -> str:
        return f"{self.subject}/{self.side}/{self.trial}"


@dataclass(frozen=True)
class Recognised:
    """Which files are recordings.

    Args:
        readable: files in a known format, with their reader.
        rejected: files that seem to be recordings and cannot be read, with the reason.
        ignored: names of files in no known format.
    """

    readable: tuple[tuple[Item, Reader], ...]
    rejected: tuple[Problem, ...]
    ignored: tuple[str, ...]


def recognise(items: Sequence[Item], format: str | None) -> Recognised:
    """Look at the content of files, without reading them.

    Args:
        format: name of the format of all files; recognised one by one where None.

    Raises:
        ValueError: an unknown format.
    """
    readable: list[tuple[Item, Reader]] = []
    rejected: list[Problem] = []
    ignored: list[str] = []
    for item in items:
        try:
            reader = reader_for(item.path, format)
        except OSError as error:
            rejected.append(Problem(item.name, f"cannot be read ({error.strerror})"))
            continue
        if reader is None:
            _pass_over(item, rejected, ignored)
        else:
            readable.append((item, reader))
    return Recognised(tuple(readable), tuple(rejected), tuple(ignored))


def read_stances(
    readable: Sequence[tuple[Item, Reader]], frames: int, progress: Progress
) -> tuple[list[Stance], list[Problem]]:
    """Read files one after the other; a bad one never stops the others.

    Args:
        frames: instants a stance is thinned to.

    Returns:
        All stances that can be used, in order of files and time, and the files, parts and steps
        that cannot, with the reason.
    """
    rejected: list[Problem] = []
    found: dict[str, Stance] = {}
    for done, (item, reader) in enumerate(readable, 1):
        for one in _read(item, reader, frames):
            if isinstance(one, Stance) and one.name in found:
                reason = f"{one.name} was in {found[one.name].source} already"
                one = Problem(one.source, reason)
            if isinstance(one, Problem):
                rejected.append(one)
            else:
                found[one.name] = one
        progress("reading files", done, len(readable))
    return list(found.values()), rejected


def _read(item: Item, reader: Reader, frames: int) -> Iterator[Stance | Problem]:
    others: list[str] = []
    for track in reader.read(item.path):
        if isinstance(track, Problem):
            yield replace(track, name=track.name.replace(item.path.name, item.name, 1))
        elif item.part in ("", track.name):
            others = []
            yield from stances_of(track, item, frames)
            if item.part:
                return
        else:
            others.append(track.name or "(unnamed)")
    if others:
        yield Problem(item.name, f"has no part {item.part!r}, only {', '.join(others)}")


def _pass_over(item: Item, rejected: list[Problem], ignored: list[str]) -> None:
    in_side_folder = any(side_in(folder) for folder in Path(item.name).parts[:-1])
    if in_side_folder or item.path.suffix.lower() in KNOWN_ENDINGS:
        if item.path.stat().st_size == 0:
            reason = "is empty"
        elif item.path.suffix == ".npz":  # of the neutral form; with its .json it is no item
            reason = f"{item.path.with_suffix('.json').name} is missing beside it"
        else:
            reason = "cannot be read as a recording in any known format (docs/recordings.md)"
        rejected.append(Problem(item.name, reason))
    else:
        ignored.append(item.name)


def stances_of(track: Track, item: Item, count: int) -> Iterator[Stance | Problem]:
    """Every stance of a track, and a problem for every step that is none.

    Args:
        item: the file, and whose it is as far as the folder says.
        count: instants a stance is thinned to.
    """
    recording = track.recording
    side = item.side or track.side
    subject = item.subject or track.subject or without_side(item.path.stem)
    if item.side and track.side and item.side != track.side and not item.stated:
        reason = f"its place says {item.side}, the file itself {track.side}: say so in manifest.csv"
        yield Problem(item.name, reason)
        return
    if side is None:
        yield Problem(
            item.name,
            "which foot is it? Put the file into a folder left or right, or say so in manifest.csv",
        )
        return
    if side == "left":  # mirrored onto the right
        recording = _mirrored(recording)
    parts = [track.name] if track.subject and track.name else [item.path.stem, track.name]
    trial = "-".join(part for part in (*item.folders, *parts) if part)
    spans, reasons = stances(recording)
    single = len(spans) + len(reasons) == 1
    for reason in reasons:
        yield Problem(f"{subject}/{side}/{trial}", reason)
    for number, (start, stop) in enumerate(spans, 1):
        peak = without_crosstalk(recording.frames[start:stop].max(axis=0))
        name = trial if single else f"{trial}-{number}"
        if not has_footprint(peak):
            yield Problem(f"{subject}/{side}/{name}", "only specks of the instrument carry load")
            continue
        yield Stance(
            subject=subject,
            side=side,
            trial=name,
            frames=instants(recording, (start, stop), count),
            peak=PeakMap(peak, recording.pitch_mm),
            stance_s=(stop - start) / recording.rate_hz,
            units=recording.units,
            source=recording.source.replace(item.path.name, item.name, 1),
        )


def _mirrored(recording: Recording) -> Recording:
    cells = None if recording.cells is None else recording.cells[:, ::-1]
    return replace(recording, frames=recording.frames[:, :, ::-1], cells=cells)
