"""What readers yield."""

from __future__ import annotations

from dataclasses import dataclass

from recon.recording import Recording, Side


@dataclass(frozen=True)
class Step:
    """A recording of one step, and whose it is."""

    subject: str
    side: Side
    trial: str
    recording: Recording

    @property
    def name(self) -> str:
        return f"{self.subject}/{self.side}/{self.trial}"


@dataclass(frozen=True)
class Problem:
    """A file or step that is not taken.

    Args:
        name: of the file or step.
        reason: why.
    """

    name: str
    reason: str
