"""From files to the scans in them, checked against what the folder says of each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar, get_args

from recon.folder import Item, without_side
from recon.intake import Progress
from recon.readers import Problem
from recon.recording import Side
from recon.scan import Axis, LengthUnits, Scan, read_scan

Foot = tuple[str, Side]
"""Subject and side."""

T = TypeVar("T")


def read_scans(
    items: Sequence[Item], progress: Progress
) -> tuple[dict[Foot, tuple[str, Scan]], list[Problem]]:
    """Read files one after the other; a bad one never stops the others.

    Returns:
        The first scan of each foot with the name of its file, and the files that cannot be used,
        with the reason.
    """
    found: dict[Foot, tuple[str, Scan]] = {}
    rejected: list[Problem] = []
    for done, item in enumerate(items, 1):
        try:
            scan = _read(item)
            foot = (item.subject or without_side(item.path.stem), scan.side)
            if foot in found:
                raise ValueError(f"second scan of {'/'.join(foot)}, after {found[foot][0]}")
            found[foot] = item.name, scan
        except (ValueError, OSError) as error:
            reason = str(error).removeprefix(f"{item.path}: ")
            rejected.append(Problem(item.name, reason))
        progress("reading scans", done, len(items))
    return found, rejected


def _read(item: Item) -> Scan:
    """A scan, its side checked against what the folder says of it."""
    units = _hint(item, "units", get_args(LengthUnits))
    up, toes = (_hint(item, name, get_args(Axis)) for name in ("up", "toes"))
    stated = item.side if item.stated else None
    try:
        scan = read_scan(item.path, units=units, side=stated, up=up, toes=toes)
    except ValueError:
        if item.side is None:
            raise
        # perhaps only the side was in doubt
        return read_scan(item.path, units=units, side=item.side, up=up, toes=toes)
    if item.side is not None and scan.side != item.side:
        raise ValueError(
            f"is named {item.side} and shaped like a {scan.side} foot: are the sides swapped? "
            "If the name is right, say so in manifest.csv"
        )
    return scan


def _hint(item: Item, name: str, known: tuple[T, ...]) -> T | None:
    """What a manifest says of a scan, checked."""
    text = item.hints.get(name)
    if text is not None and text not in known:
        raise ValueError(f"{name} must be one of {', '.join(map(str, known))}, found {text!r}")
    return next((one for one in known if one == text), None)
