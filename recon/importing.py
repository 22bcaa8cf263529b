"""From a folder of recordings and scans to a cohort, with a reason for all that is left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from recon.cohort import Cohort, Sample
from recon.feet import PlacedFoot, place_foot
from recon.files import SIMULATED
from recon.folder import Holdings, survey
from recon.grid import FootGrid
from recon.intake import Progress, Recognised, Stance, read_stances, recognise
from recon.readers import FORMATS, Problem
from recon.scan import Scan
from recon.scan_intake import Foot, read_scans


@dataclass(frozen=True)
class Report:
    """What an import took and what it did not.

    Args:
        taken: steps of each (subject, side).
        rejected: files and steps left out, with the reason.
        ignored: names of files that are no recordings.
        load_lost: largest share of a foot's load that fell outside the grid.
        assumed: what was taken for granted of each format that was read, in words.
    """

    taken: dict[Foot, int]
    rejected: tuple[Problem, ...]
    ignored: tuple[str, ...]
    load_lost: float
    assumed: dict[str, str]


@dataclass
class _Outcome:
    """Grows foot by foot."""

    samples: list[Sample] = field(default_factory=list)
    rejected: list[Problem] = field(default_factory=list)
    feet: dict[str, Mapping[str, float]] = field(default_factory=dict)
    load_lost: float = 0.0

    def add(self, foot: str, placed: PlacedFoot) -> None:
        self.samples += placed.samples
        self.rejected += placed.rejected
        self.load_lost = max(self.load_lost, placed.load_lost)
        if placed.samples:
            self.feet[foot] = placed.facts


def import_recordings(
    folder: str | Path,
    *,
    format: str | None = None,
    frames: int = 20,
    grid: FootGrid | None = None,
    scans: bool = True,
    progress: Progress = lambda stage, done, total: None,
    checked: Callable[[Sequence[Problem]], None] = lambda problems: None,
) -> tuple[Cohort, Report]:
    """Read, cut, thin and register all steps in a folder.

    The folder, its tables, its scans and the kinds of all files are checked before the first
    recording is read, which takes longest. A bad file or step never stops the others.

    Args:
        folder: laid out as `recon.folder` describes, or one file.
        format: name of the recordings' format; recognised from the content where None.
        frames: instants a stance is thinned to.
        scans: whether to use foot scans where the folder holds some.
        checked: called with what is wrong, if anything, before the recordings are read.

    Raises:
        FileNotFoundError: no such folder.
        ValueError: no known format, or no usable step at all.
    """
    folder, grid = Path(folder), grid or FootGrid()
    if frames < 2:
        raise ValueError(f"frames must be at least 2, got {frames}")
    holdings = survey(folder)
    files = recognise(holdings.recordings, format)
    if not (files.readable or files.rejected or holdings.problems):
        raise ValueError(f"{folder}: holds no recording in a known format ({', '.join(FORMATS)})")
    outcome = _Outcome(rejected=[*holdings.problems, *_unheld(holdings, files), *files.rejected])
    if not files.readable:
        raise _nothing(folder, outcome)
    seen, bad = read_scans(holdings.scans if scans else (), progress)
    outcome.rejected += bad
    if outcome.rejected:
        checked(tuple(outcome.rejected))
    read, unusable = read_stances(files.readable, frames, progress)
    outcome.rejected += unusable
    feet = _by_foot(read, outcome)
    found = _of_feet(seen, feet, outcome)
    for done, (foot, stances) in enumerate(feet.items(), 1):
        if found and foot not in found:
            reason = "has no usable scan though others have one; --no-scans does without any"
            outcome.rejected.append(Problem("/".join(foot), reason))
        else:
            outcome.add("/".join(foot), place_foot(stances, found.get(foot), grid))
        progress("registering feet", done, len(feet))
    if not outcome.samples:
        raise _nothing(folder, outcome)
    taken = Counter((sample.subject, sample.side) for sample in outcome.samples)
    assumed = {reader.NAME: reader.ASSUMED for _, reader in files.readable if reader.ASSUMED}
    report = Report(
        {foot: taken[foot] for foot in sorted(taken)},
        tuple(outcome.rejected),
        files.ignored,
        outcome.load_lost,
        assumed,
    )
    return Cohort(tuple(outcome.samples), grid, _provenance(folder, holdings, outcome)), report


def _unheld(holdings: Holdings, files: Recognised) -> list[Problem]:
    """People with facts and without files, where each recording's place says whose it is."""
    if any(item.subject is None for item, _ in files.readable):
        return []
    held = {item.subject for item in (*holdings.recordings, *holdings.scans)}
    return [
        Problem("subjects.csv", f"names {name}, of whom the folder holds nothing")
        for name in holdings.people
        if name not in held
    ]


def _nothing(folder: Path, outcome: _Outcome) -> ValueError:
    reasons = "; ".join(f"{p.name}: {p.reason}" for p in outcome.rejected[:3])
    return ValueError(f"{folder}: no usable step ({reasons or 'nothing was found'})")


def _provenance(folder: Path, holdings: Holdings, outcome: _Outcome) -> dict[str, Any]:
    return {
        "kind": "simulated" if _simulated(folder, holdings) else "recorded",
        "source": folder.resolve().name,
        "subjects": {name: dict(facts) for name, facts in holdings.people.items()},
        "feet": outcome.feet,
        "rejected": [{"name": p.name, "reason": p.reason} for p in outcome.rejected],
    }


def _simulated(folder: Path, holdings: Holdings) -> bool:
    """Whether the folder, one that holds it or one that it holds files in, is so marked."""
    within = {item.path.parent for item in (*holdings.recordings, *holdings.scans)}
    places = {place.resolve() for place in (folder, *within)}
    return any((x / SIMULATED).exists() for place in places for x in (place, *place.parents))


def _by_foot(stances: Sequence[Stance], outcome: _Outcome) -> dict[Foot, list[Stance]]:
    """Stances of each foot; those in units that differ from most are refused."""
    if not stances:
        return {}
    units = Counter(stance.units for stance in stances).most_common(1)[0][0]
    feet: dict[Foot, list[Stance]] = {}
    for stance in stances:
        if stance.units != units:
            reason = f"its pressures are {stance.units}, most others {units}: import it separately"
            outcome.rejected.append(Problem(stance.name, reason))
        else:
            feet.setdefault((stance.subject, stance.side), []).append(stance)
    return feet


def _of_feet(
    seen: Mapping[Foot, tuple[str, Scan]], feet: Mapping[Foot, Sequence[Stance]], outcome: _Outcome
) -> dict[Foot, Scan]:
    """The scans of feet that have a recording; the others are refused."""
    for foot, (name, _) in seen.items():
        if foot not in feet:
            reason = f"scan of {'/'.join(foot)}, of which there is no usable recording"
            outcome.rejected.append(Problem(name, reason))
    return {foot: scan for foot, (_, scan) in seen.items() if foot in feet}
