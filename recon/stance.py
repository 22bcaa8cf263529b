"""From a recording to its stance phases: when the foot is down, and a fixed number of instants."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from recon.recording import Recording

CONTACT = 0.02
"""A contact lasts while the load is at least this share of the recording's highest."""

STEP = 0.3
"""... and counts as a step where it once exceeds this share; less is noise or a scuffing swing."""

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
    What load never goes away, as in a laced shoe, is taken off first.

    Returns:
        Spans in order of time, and a reason for every contact that is not one: partial at the
        beginning or end of the recording, without load for a moment, too short or too long.
    """
    load = recording.frames.sum(axis=(1, 2), dtype=np.float64)
    if not load.any():
        return [], ["no load in any frame"]
    residual = load.min() if load.min() < STEP * load.max() else 0.0
    load = load - residual
    spans, reasons = [], []
    for start, stop in _contacts(load, round(SWING_S * recording.rate_hz)):
        reason = _fault(load, start, stop, recording.rate_hz)
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


def _contacts(load: NDArray[np.float64], swing: int) -> list[Span]:
    """Runs of contact that are steps, short gaps of up to `swing` frames closed."""
    down = np.flatnonzero(load >= CONTACT * load.max())
    breaks = np.flatnonzero(np.diff(down) > max(swing, 1))
    starts = down[np.concatenate([[0], breaks + 1])]
    stops = down[np.concatenate([breaks, [len(down) - 1]])] + 1
    return [
        (int(start), int(stop))
        for start, stop in zip(starts, stops, strict=True)
        if load[start:stop].max() >= STEP * load.max()
    ]


def _fault(load: NDArray[np.float64], start: int, stop: int, rate_hz: float) -> str:
    """Why a contact is no usable stance, or ""."""
    # Toes that flicker while they leave the floor are below the contact's threshold: no gap.
    gaps = np.flatnonzero(load[start:stop] == 0) + start
    if len(gaps):
        ms = 1000 * gaps[0] / rate_hz
        return f"{len(gaps)} empty frame(s) inside the contact, from {ms:.0f} ms on"
    if stop - start < FEWEST_FRAMES:
        return f"contact of {stop - start} frame(s) only, at least {FEWEST_FRAMES} are needed"
    highest = load[start:stop].max()
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
