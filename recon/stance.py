"""From a recording to its stance phases: when the foot is down, and a fixed number of instants."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from recon.recording import Recording

CONTACT = 0.02
"""A contact lasts while the load is at least this share of the recording's highest."""

STEP = 0.3
"""... and counts as a step where it once exceeds this share; less is a scuff."""

PARTIAL = 0.25
"""A step that begins or ends with the recording, above this share of its highest load, lacks a
part. Plates cut the first faint frames off (up to 10 % of the highest load in SpeedPP2DS)."""

SWING_S = 0.15
"""The foot is in the air for at least this long between steps; a shorter gap is a dropout."""

LONGEST_S = 2.0
"""A longer contact is standing, not a step."""

FEWEST_FRAMES = 5

Span = tuple[int, int]
"""First frame of a stance and the one after its last."""


def stances(recording: Recording) -> tuple[list[Span], list[str]]:
    """The stance phases of one step or of a whole walk, and why others are left out.

    Contacts are found with hysteresis: each exceeds STEP and lasts while the load exceeds CONTACT.
    What load stays in swing, as in a laced shoe, is taken off first, and its noise is no contact;
    frames keep it.

    Returns:
        Spans in order of time, and a reason for every contact that is not one: partial at the
        beginning or end of the recording, without load for a moment, too weak, short or long.
    """
    raw = recording.frames.sum(axis=(1, 2), dtype=np.float64)
    if not raw.any():
        return [], ["no load in any frame"]
    swing = max(round(SWING_S * recording.rate_hz), 1)  # frames
    residual, noise = _swing_load(raw, swing)
    load = raw - residual
    spans, reasons = [], []
    for start, stop in _contacts(load, noise, swing):
        reason = _fault(load, raw[start:stop] == 0, start, stop, recording.rate_hz)
        if reason:
            reasons.append(f"step at {start / recording.rate_hz:.2f} s: {reason}")
        else:
            spans.append((start, stop))
    return spans, reasons


def instants(recording: Recording, span: Span, count: int) -> NDArray[np.float32]:
    """Frames at `count` instants evenly spaced inside the stance: (count, rows, columns).

    The i-th lies at (i + 1/2) / count of the stance. Neighbouring recorded frames are mixed
    linearly and not averaged over longer, since a sensor too reads instants, and averaging would
    lower the peaks.
    """
    start, stop = span
    when = start + (np.arange(count) + 0.5) / count * (stop - start) - 0.5
    before = np.clip(np.floor(when).astype(int), start, stop - 1)
    after = np.minimum(before + 1, stop - 1)
    share = np.clip(when - before, 0, 1)[:, None, None].astype(np.float32)
    return (1 - share) * recording.frames[before] + share * recording.frames[after]


def _swing_load(load: NDArray[np.float64], swing: int) -> tuple[float, float]:
    """Median load while the foot is in the air, and three standard deviations of its noise.

    That is where the load stays low for longer than a step takes to build up: a recording cut
    right at a step has no such moment, and nothing is taken off. The deviation comes from the
    median one, which the few frames of touch-down and toe-off in between do not move.
    """
    runs = [run for run in _runs(load < STEP * load.max()) if len(run) > swing]
    if not runs:
        return 0.0, 0.0
    quiet = np.concatenate(runs)
    median = float(np.median(load[quiet]))
    return median, 3 * 1.4826 * float(np.median(np.abs(load[quiet] - median)))


def _contacts(load: NDArray[np.float64], noise: float, swing: int) -> list[Span]:
    """Runs above CONTACT and the noise of swing, gaps of up to `swing` frames closed.

    Where there is noise, its few highest frames count neither as a contact nor as a part of one.
    """
    lasting = [
        run
        for run in _runs(load >= max(CONTACT * load.max(), noise))
        if len(run) >= FEWEST_FRAMES or load[run].max() >= min(2 * noise, STEP * load.max())
    ]
    down = np.concatenate(lasting)
    breaks = np.flatnonzero(np.diff(down) > swing)
    starts = down[np.concatenate([[0], breaks + 1])]
    stops = down[np.concatenate([breaks, [len(down) - 1]])] + 1
    return [
        (int(start), int(stop))
        for start, stop in zip(starts, stops, strict=True)
        if stop - start >= FEWEST_FRAMES or load[start:stop].max() >= STEP * load.max()
    ]


def _runs(where: NDArray[np.bool_]) -> list[NDArray[np.intp]]:
    """Indices of each run of True."""
    found = np.flatnonzero(where)
    return np.split(found, np.flatnonzero(np.diff(found) > 1) + 1)


def _fault(
    load: NDArray[np.float64], empty: NDArray[np.bool_], start: int, stop: int, rate_hz: float
) -> str:
    """Why a contact is no usable stance, or ""."""
    # Toes that flicker while they leave the floor are below the contact's threshold: no gap.
    gaps = np.flatnonzero(empty) + start
    if len(gaps):
        ms = 1000 * gaps[0] / rate_hz
        return f"{len(gaps)} empty frame(s) inside the contact, from {ms:.0f} ms on"
    if stop - start < FEWEST_FRAMES:
        return f"contact of {stop - start} frame(s) only, at least {FEWEST_FRAMES} are needed"
    highest = load[start:stop].max()
    if highest < STEP * load.max():
        return (
            f"weak, {100 * highest / load.max():.0f} % of the recording's highest load, at least "
            f"{100 * STEP:.0f} % is expected: a scuff?"
        )
    for edge, event, at in ((start, "begins", 0), (stop - 1, "ends", len(load) - 1)):
        if edge == at and load[edge] > PARTIAL * highest:
            return (
                f"partial, the recording {event} at {100 * load[edge] / highest:.0f} % of its "
                f"highest load, at most {100 * PARTIAL:.0f} % is expected"
            )
    if stop - start > LONGEST_S * rate_hz:
        return (
            f"contact of {(stop - start) / rate_hz:.1f} s, a step takes at most {LONGEST_S:g} s: "
            "standing?"
        )
    return ""
