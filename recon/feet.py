"""From the stances of one foot, and its scan, to samples in foot coordinates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recon.cohort import Sample
from recon.grid import FootGrid
from recon.intake import Stance
from recon.lay import extent_mm, lay, upside_down
from recon.readers import Problem
from recon.register import Registration, register, resampler
from recon.scan import Scan

LEAST_CORRELATION = 0.75
"""A step is an outlier where its peak map, laid on the others', correlates less with the median."""

MOST_RATIO = 4.0
"""... or where its duration, impulse or peak is that many times the foot's median, or its inverse.
Honest steps of slow and fast walking stay within 3."""

LEAST_OVERLAP = 0.6
"""A foot whose footprint overlaps the scan's contact outline less does not belong to that scan."""


FOOTPRINT_MM = (100.0, 330.0)
"""Lengths of a footprint from a small child's to the longest adult's."""


@dataclass(frozen=True)
class PlacedFoot:
    """What became of the stances of a foot.

    Args:
        samples: the stances in foot coordinates.
        rejected: stances left out, with the reason.
        facts: lengths and widths of foot and footprint in mm, overlap with the scan.
        load_lost: share of the load that fell outside the grid.
    """

    samples: tuple[Sample, ...]
    rejected: tuple[Problem, ...]
    facts: Mapping[str, float]
    load_lost: float


def place_foot(stances: Sequence[Stance], scan: Scan | None, grid: FootGrid) -> PlacedFoot:
    """Lay the stances of one foot on each other and on its scan, and resample them to the grid."""
    foot = f"{stances[0].subject}/{stances[0].side}"
    across = float(np.median([extent_mm(stance.peak) for stance in stances]))
    low, high = FOOTPRINT_MM
    if not low / 2 < across < 2 * high:  # nothing that could be laid
        return PlacedFoot((), (_no_foot(foot, across),), {}, 0.0)
    poses, alike = lay([stance.peak for stance in stances])
    reasons = _outliers(stances, alike, upside_down([stance.peak for stance in stances], poses))
    rejected = [
        Problem(stance.name, f"outlier: {reason}")
        for stance, reason in zip(stances, reasons, strict=True)
        if reason
    ]
    kept = [stance for stance, reason in zip(stances, reasons, strict=True) if not reason]
    if not kept:
        return PlacedFoot((), tuple(rejected), {}, 0.0)
    peaks = [stance.peak for stance in kept]
    kept_poses = [pose for pose, reason in zip(poses, reasons, strict=True) if not reason]
    registration = register(peaks, kept_poses, scan)
    if registration.overlap is not None and registration.overlap < LEAST_OVERLAP:
        reason = (
            f"its footprint overlaps the scan's contact outline by {registration.overlap:.2f}, at "
            f"least {LEAST_OVERLAP} is expected: is it another person's or the other foot's?"
        )
        return PlacedFoot((), (*rejected, Problem(foot, reason)), {}, 0.0)
    if not low <= registration.length_mm <= high:
        return PlacedFoot((), (*rejected, _no_foot(foot, registration.length_mm)), {}, 0.0)
    geometry = None if scan is None else scan.geometry(grid)
    size = grid.mm_per_pixel(registration.length_mm, registration.width_mm)
    before = after = 0.0
    samples = []
    for number, stance in enumerate(kept):
        matrix = resampler(registration, number, stance.peak, grid)
        flat = stance.frames.reshape(len(stance.frames), -1)
        pressure = (matrix @ flat.T).T.astype(np.float32)
        before += float(flat.sum(dtype=np.float64) * np.prod(stance.peak.pitch_mm))
        after += float(pressure.sum(dtype=np.float64) * np.prod(size))
        samples.append(
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
    lost = max(0.0, 1 - after / before)
    return PlacedFoot(tuple(samples), tuple(rejected), _facts(registration, scan), lost)


def _no_foot(name: str, length_mm: float) -> Problem:
    low, high = FOOTPRINT_MM
    return Problem(
        name,
        f"its footprint is {length_mm:.3g} mm long, {low:.0f} to {high:.0f} are expected: is the "
        "distance of the instrument's cells right, in mm?",
    )


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


def _outliers(
    stances: Sequence[Stance], alike: NDArray[np.float64], turned: NDArray[np.bool_]
) -> list[str]:
    """For each step of a foot why it is unlike the others, or ""."""
    reasons = [""] * len(stances)
    if len(stances) < 3:  # of two, none can be told apart
        return reasons
    measures = [_measures(stance) for stance in stances]
    median = {name: float(np.median([m[name] for m in measures])) for name in measures[0]}
    for i, (own, r) in enumerate(zip(measures, alike, strict=True)):
        if turned[i]:
            reasons[i] = "it lies the other way round than the foot's other steps"
        elif r < LEAST_CORRELATION:
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
