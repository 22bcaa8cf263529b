"""What readers yield."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from recon.recording import Recording, Side

UNREADABLE = (ValueError, OverflowError, OSError)
"""What parsing a damaged file may raise; a reader yields a `Problem` instead."""

_LONGEST_REASON = 300  # characters: errors may quote the file


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


def problem(path: Path, error: Exception) -> Problem:
    """What went wrong with a file, on one line."""
    says = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    line = " ".join(says.removeprefix(f"{path.name}: ").split())
    return Problem(path.name, line[:_LONGEST_REASON] or type(error).__name__)
