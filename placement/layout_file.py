"""Layouts as people write them: CSV text, and what to think twice about in them."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import pdist

from placement.sites import FEW_MM, check_on_foot, edge_depth_mm, told_mm
from recon.grid import FootGrid
from recon.layout import Layout, Sensor

UV, MM, SENSOR_MM = ("u", "v"), ("x_mm", "y_mm"), "sensor_mm"

_SAME_MM = 0.1
"""front.csv rounds: (u, v) to 0.03 mm, mm to 0.1 mm."""


def layout_from_csv(
    text: str, name: str | None, source: str, grid: FootGrid, sensor_mm: float | None = None
) -> Layout:
    """Read a layout from CSV text with columns u, v or x_mm, y_mm and, for several, layout.

    Args:
        name: which layout to take; None for the only one.
        source: what to call the text in errors.
        grid: whose reference foot x_mm and y_mm are measured on.
        sensor_mm: diameter of the sensors; None for the column sensor_mm, or else 10.

    Raises:
        ValueError: no CSV, columns missing, no number, u, v and mm that contradict each other, a
            site off the foot, sensors of several sizes, several layouts and no name, or no such
            name.
    """
    columns, rows = _table(text, source)
    pairs = [pair for pair in (UV, MM) if set(pair) <= set(columns)]
    if not pairs:
        raise ValueError(
            f"{source}: expected CSV with a header and columns u and v (0 to 1), or x_mm from the "
            f"medial edge and y_mm from the heel, as in front.csv; found {', '.join(columns)!r:.80}"
        )
    rows = _of_layout(rows, "layout" in columns, name, source)
    try:
        sites = [_site(row, pairs, f"row {number}", grid) for number, row in rows.items()]
        for (first, one), (second, other) in combinations(zip(rows, sites, strict=True), 2):
            if one == other:
                raise ValueError(f"rows {first} and {second} are the same place")
        return Layout(tuple(sites), _sensor(rows, sensor_mm))
    except ValueError as error:
        raise ValueError(f"{source}: {error}") from error


def layout_names(text: str, source: str) -> set[str]:
    """What the column "layout" of CSV text holds; empty where there is none.

    Raises:
        ValueError: no CSV.
    """
    _, rows = _table(text, source)
    return {row["layout"] for row in rows.values() if row.get("layout")}


def doubts(layout: Layout, outline: NDArray[np.bool_], grid: FootGrid) -> list[str]:
    """What cannot be built, or reads nothing, in words: sites off the footprint, discs overlapping.

    Args:
        outline: (rows, columns), True inside the footprint.
    """
    places = grid.mm(layout.uv)
    told = []
    outside = places[edge_depth_mm(layout.uv, outline, grid) < 0]
    if len(outside):
        where = ", ".join(told_mm(place) for place in outside)
        meant = "; were centimetres given?" if (places < FEW_MM).all() else ""
        told.append(f"outside the footprint of these people: a sensor at {where}{meant}")
    apart = pdist(places) if len(places) > 1 else np.array([np.inf])
    wide = layout.sensor.diameter_mm
    if overlaps := int((apart < wide - _SAME_MM).sum()):
        a, b = list(combinations(places, 2))[int(apart.argmin())]
        more = f"; {overlaps - 1} more pairs overlap" if overlaps > 1 else ""
        told.append(
            f"the sensors at {told_mm(a)} and {told_mm(b)}, {wide:g} mm wide, overlap: "
            f"their centres are {apart.min():.1f} mm apart{more}"
        )
    return told


def _table(text: str, source: str) -> tuple[list[str], dict[int, dict[str, str]]]:
    """Names of the columns, in small letters, and the rows by number."""
    first = next((line for line in text.splitlines() if line), "")
    table = csv.reader(io.StringIO(text), delimiter=max(",;\t", key=first.count))
    try:
        header, *lines = [[cell.strip() for cell in row] for row in table if row] or [[]]
    except csv.Error as error:
        raise ValueError(f"{source}: no CSV, line {table.line_num}: {error}") from error
    columns = [cell.lower() for cell in header]
    for number, line in enumerate(lines, 1):
        if any(line[len(columns) :]):
            raise ValueError(
                f"{source}: row {number} has {len(line)} values for {len(columns)} columns: a "
                "decimal comma, where a point is wanted, or a text without quotes?"
            )
    return columns, {n: dict(zip(columns, line, strict=False)) for n, line in enumerate(lines, 1)}


def _of_layout(
    rows: dict[int, dict[str, str]], named: bool, name: str | None, source: str
) -> dict[int, dict[str, str]]:
    """The rows of one layout, by number."""
    names = list(dict.fromkeys(row["layout"] for row in rows.values() if row.get("layout")))
    if name is None:
        if len(names) > 1:
            raise ValueError(f"{source}: holds the layouts {', '.join(names)}; pick one with --id")
        return rows
    if not named:
        raise ValueError(f"{source}: has no column 'layout' to find {name!r} in; leave --id out")
    if name not in names:
        raise ValueError(f"{source}: no layout {name!r}; it holds {', '.join(names) or 'none'}")
    return {number: row for number, row in rows.items() if row.get("layout") == name}


def _site(
    row: Mapping[str, str], pairs: list[tuple[str, str]], where: str, grid: FootGrid
) -> tuple[float, float]:
    """(u, v) of a row, whichever way it tells them."""
    told = {}
    for pair in [x for x in pairs if any(row.get(column) for column in x)] or pairs:
        a, b = (_number(row, column, where) for column in pair)
        if pair == MM:
            check_on_foot(a, b, where, grid)
            told[pair] = grid.uv_from_mm((a, b))
        else:
            told[pair] = np.array([a, b])
    if len(told) > 1:
        ours, theirs = (grid.mm(told[pair]) for pair in (UV, MM))
        if np.abs(ours - theirs).max() > _SAME_MM:
            raise ValueError(
                f"{where}: u, v are the place {told_mm(ours)}, x_mm, y_mm say "
                f"{told_mm(theirs)}; leave out the two columns that were not meant"
            )
    u, v = next(iter(told.values()))
    return float(u), float(v)


def _sensor(rows: Mapping[int, Mapping[str, str]], sensor_mm: float | None) -> Sensor:
    """Of the diameter given, or that which the rows tell, or else the usual one."""
    if sensor_mm is not None:
        return Sensor(sensor_mm)
    told = {_number(row, SENSOR_MM, f"row {n}"): n for n, row in rows.items() if row.get(SENSOR_MM)}
    if len(told) > 1:
        sizes = " and ".join(f"{x:g}" for x in sorted(told))
        raise ValueError(f"{SENSOR_MM}: a layout's sensors are of one size, found {sizes}")
    try:
        return Sensor(*told)
    except ValueError as error:
        raise ValueError(f"{SENSOR_MM}: {error}") from error


def _number(row: Mapping[str, str], column: str, where: str) -> float:
    text = row.get(column, "")
    try:
        return float(text)
    except ValueError:
        hint = ", with a decimal point" if "," in text else ""
        raise ValueError(f"{where}: {column} must be a number{hint}, got {text!r}") from None
