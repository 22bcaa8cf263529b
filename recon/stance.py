"""From a recorded step to its stance: when the foot is down, and a fixed number of instants."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from recon.recording import Recording

CONTACT = 0.02
"""The foot is down while the load is at least this share of the step's highest."""

PARTIAL = 0.25
"""A recording that begins or ends above this share of the step's highest load lacks a part."""


class RejectedStep(ValueError):
    """A step that cannot be used; the message is the reason."""


def stance_span(recording: Recording) -> tuple[int, int]:
    """First frame of the stance and the one after its last, in a recording of one step.

    A recording may begin or end on the step, but not under load: plates cut the first faint
    frames off (up to 10 % of the highest load in SpeedPP2DS).

    Raises:
        RejectedStep: no load at all, no load for a moment inside the contact, a contact of
            fewer than 5 frames, or one that was under way when the recording began or ended.
    """
    load = recording.frames.sum(axis=(1, 2), dtype=np.float64)
    if not load.any():
        raise RejectedStep("no load in any frame")
    down = np.flatnonzero(load >= CONTACT * load.max())
    start, stop = int(down[0]), int(down[-1]) + 1
    # Toes that flicker while they leave the floor are below the contact's threshold: no gap.
    gaps = np.flatnonzero(load[start:stop] == 0) + start
    if len(gaps):
        ms = 1000 * gaps[0] / recording.rate_hz
        raise RejectedStep(f"{len(gaps)} empty frame(s) inside the contact, from {ms:.0f} ms on")
    if stop - start < 5:
        raise RejectedStep(f"contact of {stop - start} frame(s) only, at least 5 are needed")
    for share, event in ((load[0], "begins"), (load[-1], "ends")):
        if share > PARTIAL * load.max():
            raise RejectedStep(
                f"partial step: the recording {event} at {100 * share / load.max():.0f} % of the "
                f"highest load, at most {100 * PARTIAL:.0f} % is expected"
            )
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
