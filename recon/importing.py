"""From a folder of recordings and scans to a cohort, with a reason for all that is left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar, get_args

from recon.cohort import Cohort, Sample
from recon.feet import PlacedFoot, place_foot
from recon.folder import Holdings, Item, survey, without_side
from recon.grid import FootGrid
from recon.intake import Intake, Progress, Stance, read_stances
from recon.readers import FORMATS, Problem
from recon.recording import Side
from recon.scan import Axis, LengthUnits, Scan, read_scan

Foot = tuple[str, Side]
T = TypeVar("T")


@dataclass(frozen=True)
class Report:
    """What an import took and what it did not.

    Args:
        taken: steps of each (subject, side).
        rejected: files and steps left out, with the reason.
        ignored: names of files that are no recordings.
        load_lost: largest share of a foot's load that fell outside the grid.
    """

    taken: dict[Foot, int]
    rejected: tuple[Problem, ...]
    ignored: tuple[str, ...]
    load_lost: float


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
) -> tuple[Cohort, Report]:
    """Read, cut, thin and register all steps in a folder.

    A bad file or step never stops the others.

    Args:
        folder: laid out as `recon.folder` describes, or one file.
        format: name of the recordings' format; recognised from the content where None.
        frames: instants a stance is thinned to.
        scans: whether to use foot scans where the folder holds some.

    Raises:
        FileNotFoundError: no such folder.
        ValueError: no known format, or no usable step at all.
    """
    folder, grid = Path(folder), grid or FootGrid()
    if frames < 2:
        raise ValueError(f"frames must be at least 2, got {frames}")
    holdings = survey(folder)
    intake = read_stances(holdings.recordings, format, frames, progress)
    if not (intake.stances or intake.rejected or holdings.problems):
        raise ValueError(f"{folder}: holds no recording in a known format ({', '.join(FORMATS)})")
    outcome = _Outcome(rejected=[*holdings.problems, *intake.rejected])
    feet = _by_foot(intake.stances, outcome)
    found = _read_scans(holdings.scans, feet, outcome, progress) if scans else {}
    for done, (foot, stances) in enumerate(feet.items(), 1):
        if found and foot not in found:
            reason = "has no usable scan though others have one; --no-scans does without any"
            outcome.rejected.append(Problem("/".join(foot), reason))
        else:
            outcome.add("/".join(foot), place_foot(stances, found.get(foot), grid))
        progress("registering feet", done, len(feet))
    if not outcome.samples:
        reasons = "; ".join(f"{p.name}: {p.reason}" for p in outcome.rejected[:3])
        raise ValueError(f"{folder}: no usable step ({reasons or 'nothing was found'})")
    taken = Counter((sample.subject, sample.side) for sample in outcome.samples)
    report = Report(
        {foot: taken[foot] for foot in sorted(taken)},
        tuple(outcome.rejected),
        intake.ignored,
        outcome.load_lost,
    )
    return Cohort(
        tuple(outcome.samples), grid, _provenance(folder, holdings, intake, outcome)
    ), report


def _provenance(
    folder: Path, holdings: Holdings, intake: Intake, outcome: _Outcome
) -> dict[str, Any]:
    return {
        "kind": "recorded",
        "source": folder.resolve().name,
        "subjects": {name: dict(facts) for name, facts in holdings.people.items()},
        "feet": outcome.feet,
        "rejected": [{"name": p.name, "reason": p.reason} for p in outcome.rejected],
    }


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


def _read_scans(
    items: Sequence[Item], feet: dict[Foot, list[Stance]], outcome: _Outcome, progress: Progress
) -> dict[Foot, Scan]:
    found: dict[Foot, Scan] = {}
    for done, item in enumerate(items, 1):
        try:
            subject = item.subject or without_side(item.path.stem)
            scan = _read_scan(item)
        except (ValueError, OSError) as error:
            reason = str(error).removeprefix(f"{item.path}: ")
            outcome.rejected.append(Problem(item.name, reason))
            continue
        foot = (subject, scan.side)
        if foot in found:
            outcome.rejected.append(Problem(item.name, f"second scan of {'/'.join(foot)}"))
        elif foot not in feet:
            reason = f"scan of {'/'.join(foot)}, of which there is no usable recording"
            outcome.rejected.append(Problem(item.name, reason))
        else:
            found[foot] = scan
        progress("reading scans", done, len(items))
    return found


def _read_scan(item: Item) -> Scan:
    """A scan, its side checked against what the folder says of it."""
    units = _hint(item, "units", get_args(LengthUnits))
    up, toes = (_hint(item, name, get_args(Axis)) for name in ("up", "toes"))
    stated = item.side if item.stated else None
    try:
        scan = read_scan(item.path, units=units, side=stated, up=up, toes=toes)
    except ValueError:
        if item.side is None:
            raise
        # perhaps only the side was in doubt
        return read_scan(item.path, units=units, side=item.side, up=up, toes=toes)
    if item.side is not None and scan.side != item.side:
        raise ValueError(
            f"is named {item.side} and shaped like a {scan.side} foot: are the sides swapped? "
            "If the name is right, say so in manifest.csv"
        )
    return scan


def _hint(item: Item, name: str, known: tuple[T, ...]) -> T | None:
    """What a manifest says of a scan, checked."""
    text = item.hints.get(name)
    if text is not None and text not in known:
        raise ValueError(f"{name} must be one of {', '.join(map(str, known))}, found {text!r}")
    return next((one for one in known if one == text), None)
