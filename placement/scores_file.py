"""Scores of layouts as CSV, person by person."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

from recon import gait
from recon.files import replacing_file
from recon.layout import Layout
from recon.validate import Score


def check_new(path: Path) -> None:
    """Whether a file can be written there, before what takes long.

    Raises:
        FileExistsError: it is there already.
        FileNotFoundError: its folder is not.
    """
    if path.exists():
        raise FileExistsError(f"{path}: exists already; name another file")
    if not path.parent.is_dir():
        raise FileNotFoundError(f"{path.parent}: no such folder to write {path.name} to")


def write_scores(
    path: Path, layouts: Mapping[str, Layout], scores: Mapping[str, Score], mean_map: Score
) -> None:
    """A row for each layout and person, and for the mean map, which needs no sensor.

    Columns: layout, sensors, person, and `gait.METRICS` in their units.

    Args:
        layouts, scores: by the same names.
    """
    sensors = {name: len(layout) for name, layout in layouts.items()}
    with replacing_file(path) as partial, partial.open("w", newline="") as stream:
        rows = csv.writer(stream, lineterminator="\n")
        rows.writerow(["layout", "sensors", "person", *gait.METRICS])
        for name, score in {"mean map": mean_map, **scores}.items():
            columns = (score.subjects, *(score.values[metric] for metric in gait.METRICS))
            for person, *values in zip(*columns, strict=True):
                numbers = (f"{value:.6g}" for value in values)
                rows.writerow([name, sensors.get(name, 0), person, *numbers])
