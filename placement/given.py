"""Layouts that somebody else chose: in CSV files, or published ones by name."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from placement.layout_file import layout_from_csv, layout_names
from recon.cohort import Cohort
from recon.grid import FootGrid
from recon.landmarks import PUBLISHED
from recon.layout import Layout, Sensor


def read_layouts(
    sources: Sequence[str], names: Sequence[str], sensor_mm: float, grid: FootGrid
) -> dict[str, Layout]:
    """Layouts of CSV files, or published ones ("published-2", "published-16"), by what to call
    them: the name in the file, or else the file's.

    Args:
        names: which layouts of the files that hold several.
        grid: whose reference foot the files' mm are measured on.

    Raises:
        FileNotFoundError: neither a file nor a published name.
        ValueError: a folder, a file or name given twice, or a file that holds no such layout.
    """
    sensor = Sensor(sensor_mm)
    published = {key.replace(" ", "-"): layout for key, layout in PUBLISHED.items()}
    found: list[tuple[str, str | None, Layout]] = []
    sought = set(names)
    for source in sources:
        if source in published:
            found.append((source, None, Layout(published[source].sites, sensor)))
            continue
        text = _text(source, list(published))
        held = layout_names(text, source)
        wanted: list[str | None] = [name for name in names if name in held]
        sought -= held
        for name in wanted or [None]:
            found.append((source, name, layout_from_csv(text, name, source, sensor, grid)))
    if sought:
        raise ValueError(
            f"--id {' --id '.join(sorted(sought))}: no such layout in {', '.join(sources)}, whose "
            "column 'layout' would name it"
        )
    return _labelled(found)


def searched_on(source: str, cohort: Cohort) -> bool:
    """Whether a layout's file lies in the folder of a search on this very cohort."""
    try:
        run = json.loads(Path(source).with_name("run.json").read_text())
        return bool(run["cohort"]["fingerprint"] == cohort.fingerprint)
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _text(source: str, published: list[str]) -> str:
    path = Path(source)
    if path.is_dir():
        front = path / "front.csv"
        wanted = front if front.is_file() else "a CSV file with columns u and v, or x_mm and y_mm"
        raise ValueError(f"{source}: a folder; pass {wanted}")
    if not path.is_file():
        raise FileNotFoundError(f"{source}: no such file, and none of {', '.join(published)}")
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
            raise ValueError(f"{whole}: given twice; a layout is compared with others")
        labels[whole] = layout
    return labels
