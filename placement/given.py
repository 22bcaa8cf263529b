"""Layouts that somebody else chose: in CSV files, or published ones by name."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from placement.layout_file import layout_from_csv, layout_names
from recon.cohort import Cohort
from recon.grid import FootGrid
from recon.landmarks import PUBLISHED
from recon.layout import Layout, Sensor

PUBLISHED_NAMES = {key.replace(" ", "-"): layout for key, layout in PUBLISHED.items()}


def read_layouts(
    sources: Sequence[str], names: Sequence[str], sensor_mm: float | None, grid: FootGrid
) -> dict[str, Layout]:
    """Layouts of CSV files, or published ones ("published-2", "published-16"), by what to call
    them: the name in the file, or else the file's.

    Args:
        names: which layouts to take of files that hold several; each file is asked for each.
        sensor_mm: diameter; None for what a file's column sensor_mm tells, or else 10.
        grid: whose reference foot the files' mm are measured on.

    Raises:
        FileNotFoundError: neither a file nor a published name.
        ValueError: a folder, a file or name given twice, or a file that holds no such layout.
    """
    sources = [_dashed(source) for source in sources]
    texts = {x: _text(x) for x in sources if x not in PUBLISHED_NAMES}
    held = {source: layout_names(text, source) for source, text in texts.items()}
    for name in names:
        if not any(name in of_file for of_file in held.values()):
            known = sorted(set().union(*held.values())) or ["none with a name"]
            raise ValueError(
                f"--id {name}: no such layout in {', '.join(sources)}; there are {', '.join(known)}"
            )
    found: list[tuple[str, str | None, Layout]] = []
    for source in sources:
        if source in PUBLISHED_NAMES:
            sensor = Sensor() if sensor_mm is None else Sensor(sensor_mm)
            found.append((source, None, Layout(PUBLISHED_NAMES[source].sites, sensor)))
            continue
        wanted: list[str | None] = [*filter(held[source].__contains__, names)]
        for chosen in wanted or [None]:  # None: its only one
            layout = layout_from_csv(texts[source], chosen, source, grid, sensor_mm)
            found.append((source, chosen, layout))
    return _labelled(found)


def searched_on(source: str, cohort: Cohort) -> bool:
    """Whether a layout's file lies in the folder of a search on this very cohort."""
    with suppress(OSError, ValueError, TypeError, LookupError):  # no run.json, or not ours
        run = json.loads(Path(source).with_name("run.json").read_text())
        return bool(run["cohort"]["fingerprint"] == cohort.fingerprint)
    return False


def _dashed(source: str) -> str:
    """The name of a published layout also as a front's table has it, "published 2"."""
    return source.replace(" ", "-") if source in PUBLISHED else source


def _text(source: str) -> str:
    path = Path(source)
    if path.is_dir():
        front = path / "front.csv"
        wanted = front if front.is_file() else "a CSV file with columns u and v, or x_mm and y_mm"
        raise ValueError(f"{source}: a folder; pass {wanted}")
    if not path.is_file():
        raise FileNotFoundError(f"{source}: no such file, and none of {', '.join(PUBLISHED_NAMES)}")
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(
            f"{source}: not a text file; a CSV with columns u and v, or x_mm and y_mm, is wanted"
        ) from error


def _labelled(found: Sequence[tuple[str, str | None, Layout]]) -> dict[str, Layout]:
    """Each under a short name; of like names under the file's whole path."""
    short = [name or Path(source).stem for source, name, _ in found]
    often = Counter(short)
    labels = {}
    for label, (source, name, layout) in zip(short, found, strict=True):
        whole = label if often[label] == 1 else f"{source} {name}" if name else source
        if whole in labels:
            raise ValueError(f"{whole}: given twice")
        labels[whole] = layout
    return labels
