"""From a folder of recordings and scans to a cohort, with a reason for all that is left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recon.cohort import Cohort, Sample
from recon.folder import Holdings, Item, side_in, survey
from recon.grid import FootGrid
from recon.intake import Intake, Progress, Stance, read_stances
from recon.lay import lay
from recon.readers import FORMATS, Problem
from recon.recording import Side
from recon.register import Registration, register, resampler
from recon.scan import Scan, read_scan

LEAST_CORRELATION = 0.75
"""A step is an outlier where its peak map, laid on the others', correlates less with the median."""

MOST_RATIO = 4.0
"""... or where its duration, impulse or peak is that many times the foot's median, or its inverse.
Honest steps of slow and fast walking stay within 3."""

LEAST_OVERLAP = 0.6
"""A foot whose footprint overlaps the scan's contact outline less does not belong to that scan."""

Foot = tuple[str, Side]


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
    feet: dict[str, dict[str, Any]] = field(default_factory=dict)
    load_lost: float = 0.0


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
    if not intake.stances and not intake.rejected:
        raise ValueError(f"{folder}: holds no recording in a known format ({', '.join(FORMATS)})")
    outcome = _Outcome(rejected=[*holdings.problems, *intake.rejected])
    feet = _by_foot(intake.stances, outcome)
    found = _read_scans(holdings.scans, feet, outcome, progress) if scans else {}
    for done, (foot, stances) in enumerate(feet.items(), 1):
        if found and foot not in found:
            reason = "has no usable scan though others have one; --no-scans does without any"
            outcome.rejected.append(Problem("/".join(foot), reason))
        else:
            _register_foot(stances, found.get(foot), grid, outcome)
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
            subject, scan = item.subject or item.path.stem, _read_scan(item)
        except (ValueError, OSError) as error:
            reason = str(error).removeprefix(f"{item.path}: ")
            outcome.rejected.append(Problem(item.path.name, reason))
            continue
        foot = (subject, scan.side)
        if foot in found:
            outcome.rejected.append(Problem(item.path.name, f"second scan of {'/'.join(foot)}"))
        elif foot not in feet:
            reason = f"scan of {'/'.join(foot)}, of which there is no usable recording"
            outcome.rejected.append(Problem(item.path.name, reason))
        else:
            found[foot] = scan
        progress("reading scans", done, len(items))
    return found


def _read_scan(item: Item) -> Scan:
    """A scan, its side checked against what the folder says of it."""
    try:
        scan = read_scan(item.path)
    except ValueError:
        if item.side is None:
            raise
        return read_scan(item.path, side=item.side)  # where only the side was in doubt
    if item.side is not None and scan.side != item.side:
        if side_in(item.path.name) is None:  # the manifest says so
            return read_scan(item.path, side=item.side)
        raise ValueError(
            f"is named {item.side} and shaped like a {scan.side} foot: are the sides swapped? "
            "If the name is right, say so in manifest.csv"
        )
    return scan


def _register_foot(
    stances: list[Stance], scan: Scan | None, grid: FootGrid, outcome: _Outcome
) -> None:
    foot = f"{stances[0].subject}/{stances[0].side}"
    poses, alike = lay([stance.peak for stance in stances])
    reasons = _outliers(stances, alike)
    outcome.rejected += [
        Problem(stance.name, f"outlier: {reason}")
        for stance, reason in zip(stances, reasons, strict=True)
        if reason
    ]
    kept = [stance for stance, reason in zip(stances, reasons, strict=True) if not reason]
    if not kept:
        return
    peaks = [stance.peak for stance in kept]
    kept_poses = [pose for pose, reason in zip(poses, reasons, strict=True) if not reason]
    registration = register(peaks, kept_poses, scan)
    if registration.overlap is not None and registration.overlap < LEAST_OVERLAP:
        reason = (
            f"its footprint overlaps the scan's contact outline by {registration.overlap:.2f}, at "
            f"least {LEAST_OVERLAP} is expected: is it another person's or the other foot's?"
        )
        outcome.rejected.append(Problem(foot, reason))
        return
    outcome.feet[foot] = _facts(registration, scan)
    geometry = None if scan is None else scan.geometry(grid)
    size = grid.mm_per_pixel(registration.length_mm, registration.width_mm)
    before = after = 0.0
    for number, stance in enumerate(kept):
        matrix = resampler(registration, number, stance.peak, grid)
        flat = stance.frames.reshape(len(stance.frames), -1)
        pressure = (matrix @ flat.T).T.astype(np.float32)
        before += float(flat.sum(dtype=np.float64) * np.prod(stance.peak.pitch_mm))
        after += float(pressure.sum(dtype=np.float64) * np.prod(size))
        outcome.samples.append(
            Sample(
                subject=stance.subject,
                side=stance.side,
                trial=stance.trial,
                pressure=pressure.reshape(-1, *grid.shape),
                mm_per_pixel=size,
                stance_s=stance.stance_s,
                units=stance.units,
                geometry=geometry,
            )
        )
    outcome.load_lost = max(outcome.load_lost, 1 - after / before)


def _facts(registration: Registration, scan: Scan | None) -> dict[str, float]:
    """What is known of a foot beside its maps: both lengths, and how well it lies on its scan."""
    facts = {
        "footprint_length_mm": round(registration.length_mm, 1),
        "footprint_width_mm": round(registration.width_mm, 1),
    }
    if scan is not None and registration.overlap is not None:
        facts |= {
            "foot_length_mm": round(scan.length_mm, 1),
            "foot_width_mm": round(scan.width_mm, 1),
            "overlap": round(registration.overlap, 3),
        }
    return facts


def _outliers(stances: list[Stance], alike: NDArray[np.float64]) -> list[str]:
    """For each step of a foot why it is unlike the others, or ""."""
    reasons = [""] * len(stances)
    if len(stances) < 3:  # of two, none can be told apart
        return reasons
    measures = [_measures(stance) for stance in stances]
    median = {name: float(np.median([m[name] for m in measures])) for name in measures[0]}
    for i, (own, r) in enumerate(zip(measures, alike, strict=True)):
        if r < LEAST_CORRELATION:
            reasons[i] = (
                f"its peak map correlates {r:.2f} with the foot's median map, "
                f"at least {LEAST_CORRELATION} is expected"
            )
        for name, value in own.items():
            ratio = value / median[name]
            if not 1 / MOST_RATIO <= ratio <= MOST_RATIO:
                reasons[i] = (
                    f"its {name} is {ratio:.2g} times the foot's median, "
                    f"{1 / MOST_RATIO} to {MOST_RATIO} is expected"
                )
    return reasons


def _measures(stance: Stance) -> dict[str, float]:
    """What must not differ wildly between the steps of a foot."""
    load = float(stance.frames.sum(dtype=np.float64))
    return {
        "duration": stance.stance_s,
        "impulse": load * stance.stance_s,
        "peak": float(stance.peak.pressure.max()),
    }
