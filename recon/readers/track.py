"""What readers yield."""

from __future__ import annotations

from dataclasses import dataclass

from recon.recording import Recording, Side


@dataclass(frozen=True)
class Track:
    """One recording of one foot, and what the file itself says of whose it is.

    Args:
        recording: of one step or of a whole walk.
        name: of the part of the file, unique in it; "" where the file is one recording.
        subject, side: None where the file does not say.
    """

    recording: Recording
    name: str = ""
    subject: str | None = None
    side: Side | None = None


@dataclass(frozen=True)
class Problem:
    """A file, part of a file or step that is not taken.

    Args:
        name: what it is.
        reason: why.
    """

    name: str
    reason: str
