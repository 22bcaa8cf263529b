"""From a folder of recordings to a cohort, with a reason for every step that is left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from recon.cohort import Cohort, Sample
from recon.grid import FootGrid
from recon.readers import Problem, Step, reader_for
from recon.register import has_footprint, lay, register, resampler
from recon.stance import RejectedStep, instants, stance_span

LEAST_CORRELATION = 0.75
"""A step is an outlier where its peak map, laid on the others', correlates less with the median."""

MOST_RATIO = 4.0
"""... or where its duration, impulse or peak is that many times the foot's median, or its inverse.
Honest steps of slow and fast walking stay within 3."""

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Report:
    """What an import took and what it did not.

    Args:
        taken: steps of each (subject, side).
        rejected: files and steps left out, with the reason.
        load_lost: largest share of a foot's load that fell outside the grid.
    """

    taken: dict[tuple[str, str], int]
    rejected: tuple[Problem, ...]
    load_lost: float


@dataclass(frozen=True)
class _Stance:
    """A usable step, cut and thinned in time but still on its instrument's cells."""

    step: Step  # without its frames, which would fill the memory
    frames: NDArray[np.float32]  # (T, rows, columns)
    peak: NDArray[np.float32]  # (rows, columns) over all recorded frames
    stance_s: float

    def measures(self) -> dict[str, float]:
        """What must not differ wildly between the steps of a foot."""
        load = float(self.frames.sum(dtype=np.float64))
        return {
            "duration": self.stance_s,
            "impulse": load * self.stance_s,
            "peak": float(self.peak.max()),
        }


def import_recordings(
    folder: str | Path,
    *,
    format: str | None = None,
    frames: int = 20,
    grid: FootGrid | None = None,
    progress: Progress = lambda stage, done, total: None,
) -> tuple[Cohort, Report]:
    """Read, cut, thin and register all steps in a folder.

    A bad file or step never stops the others.

    Args:
        folder: of recordings, in a format of `recon.readers`.
        format: name of the format; recognised from the content where None.
        frames: instants a stance is thinned to.

    Raises:
        FileNotFoundError: no such folder.
        ValueError: no known format, or no usable step at all.
    """
    folder, grid = Path(folder), grid or FootGrid()
    if frames < 2:
        raise ValueError(f"frames must be at least 2, got {frames}")
    reader = reader_for(folder, format)
    feet: dict[tuple[str, str], list[_Stance]] = {}
    rejected: list[Problem] = []
    names: set[str] = set()
    for count, found in enumerate(reader.read(folder), 1):
        progress("reading steps", count, 0)
        if isinstance(found, Problem):
            rejected.append(found)
            continue
        if found.name in names:
            reason = "another file holds a step of this name"
            rejected.append(Problem(found.recording.source, reason))
            continue
        names.add(found.name)
        try:
            stance = _cut(found, frames)
        except RejectedStep as reason:
            rejected.append(Problem(found.name, str(reason)))
        else:
            feet.setdefault((found.subject, found.side), []).append(stance)

    samples: list[Sample] = []
    lost = 0.0
    for done, stances in enumerate(feet.values(), 1):
        kept, outliers, outside = _register_foot(stances, grid)
        samples += kept
        rejected += outliers
        lost = max(lost, outside)
        progress("registering feet", done, len(feet))
    if not samples:
        reasons = "; ".join(f"{p.name}: {p.reason}" for p in rejected[:3])
        raise ValueError(f"{folder}: no usable step ({reasons or 'nothing was found'})")
    provenance = {
        "kind": "recorded",
        "format": reader.NAME,
        "source": folder.resolve().name,
        "rejected": [{"name": p.name, "reason": p.reason} for p in rejected],
    }
    taken = Counter((sample.subject, sample.side) for sample in samples)
    report = Report({foot: taken[foot] for foot in sorted(taken)}, tuple(rejected), lost)
    return Cohort(tuple(samples), grid, provenance), report


def _cut(step: Step, frames: int) -> _Stance:
    recording = step.recording
    if step.side == "left":  # mirrored onto the right
        recording = replace(recording, frames=recording.frames[:, :, ::-1])
    span = stance_span(recording)
    peak = recording.frames.max(axis=0)
    if not has_footprint(peak):
        raise RejectedStep("no footprint: only specks of the plate carry load")
    return _Stance(
        step=replace(step, recording=replace(recording, frames=recording.frames[:1].copy())),
        frames=instants(recording, span, frames),
        peak=peak,
        stance_s=(span[1] - span[0]) / recording.rate_hz,
    )


def _register_foot(
    stances: list[_Stance], grid: FootGrid
) -> tuple[list[Sample], list[Problem], float]:
    """Samples of one foot, its outliers, and the share of load outside the grid."""
    pitch = stances[0].step.recording.pitch_mm
    poses, alike = lay([stance.peak for stance in stances], pitch)
    reasons = _outliers(stances, alike)
    outliers = [
        Problem(stance.step.name, f"outlier: {reason}")
        for stance, reason in zip(stances, reasons, strict=True)
        if reason
    ]
    kept = [stance for stance, reason in zip(stances, reasons, strict=True) if not reason]
    poses = [pose for pose, reason in zip(poses, reasons, strict=True) if not reason]
    if not kept:
        return [], outliers, 0.0
    registration = register([stance.peak for stance in kept], poses, pitch)
    size = grid.mm_per_pixel(registration.length_mm, registration.width_mm)
    before = after = 0.0
    samples = []
    for number, stance in enumerate(kept):
        matrix = resampler(registration, number, stance.peak.shape, pitch, grid)
        flat = stance.frames.reshape(len(stance.frames), -1)
        pressure = (matrix @ flat.T).T.astype(np.float32)
        before += float(flat.sum(dtype=np.float64) * np.prod(pitch))
        after += float(pressure.sum(dtype=np.float64) * np.prod(size))
        samples.append(
            Sample(
                subject=stance.step.subject,
                side=stance.step.side,
                trial=stance.step.trial,
                pressure=pressure.reshape(-1, *grid.shape),
                mm_per_pixel=size,
                stance_s=stance.stance_s,
                units=stance.step.recording.units,
            )
        )
    return samples, outliers, max(0.0, 1 - after / before)


def _outliers(stances: list[_Stance], alike: NDArray[np.float64]) -> list[str]:
    """For each step of a foot why it is unlike the others, or ""."""
    reasons = [""] * len(stances)
    if len(stances) < 3:  # of two, none can be told apart
        return reasons
    measures = [stance.measures() for stance in stances]
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
