"""From a recorded step to its stance: when the foot is down, and a fixed number of instants."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from recon.recording import Recording

CONTACT = 0.02
"""The foot is down while the load is at least this share of the step's highest."""


class RejectedStep(ValueError):
    """A step that cannot be used; the message is the reason."""


def stance_span(recording: Recording) -> tuple[int, int]:
    """First frame of the stance and the one after its last, in a recording of one step.

    Raises:
        RejectedStep: no load at all, no load for a moment inside the contact, or a contact of
            fewer than 5 frames.
    """
    load = recording.frames.sum(axis=(1, 2), dtype=np.float64)
    if not load.any():
        raise RejectedStep("no load in any frame")
    touched = np.flatnonzero(load > 0)
    gaps = np.flatnonzero(load[touched[0] : touched[-1] + 1] == 0) + touched[0]
    if len(gaps):
        ms = 1000 * gaps[0] / recording.rate_hz
        raise RejectedStep(f"{len(gaps)} empty frame(s) inside the contact, from {ms:.0f} ms on")
    down = np.flatnonzero(load >= CONTACT * load.max())
    start, stop = int(down[0]), int(down[-1]) + 1
    if stop - start < 5:
        raise RejectedStep(f"contact of {stop - start} frame(s) only, at least 5 are needed")
    return start, stop


def instants(recording: Recording, span: tuple[int, int], count: int) -> NDArray[np.float32]:
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
