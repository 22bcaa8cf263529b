"""What a folder of recordings and scans holds, before any of it is read.

Either the folder follows the convention

    SUBJECT/scan_left.stl            (or .obj, .ply; any name with left or right in it)
    SUBJECT/left/ANYTHING            recordings of the left foot
    SUBJECT/monday/left/ANYTHING     the same, of a session; its folder names the steps, too
    SUBJECT/ANYTHING                 recordings whose file, or file name, says which foot
    subjects.csv                     optional: subject, mass_kg, height_cm, shoe_size

or it has a `manifest.csv` with the columns file, subject, side (and part, for files of two feet;
units, up and toes, for scans that do not tell them), and then that alone counts. Files directly in
the folder belong to the subject that they name, or else to one of their own name.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

import pandas as pd

from recon.readers import Problem
from recon.recording import SIDES, Side

MESHES = (".stl", ".obj", ".ply")
FACTS = {"mass_kg": (10, 300), "height_cm": (50, 250), "shoe_size": (15, 55)}
"""Columns of `subjects.csv`, and the range in which each is plausible; shoe sizes are European."""

HINTS = ("units", "up", "toes")
"""Columns of `manifest.csv` that tell what a scan does not."""

_COLUMNS = ("file", "subject", "side", "part", *HINTS)
_MANIFEST, _SUBJECTS = "manifest.csv", "subjects.csv"
_MOST_BYTES = 10_000_000  # of either table
_NO_RECORDING = re.compile(
    r"(licen[cs]e|readme|citation|changelog)(\..*)?|\..*|.*\.(md|rst|pdf|png|jpe?g|docx?|xlsx?|log)",
    re.IGNORECASE,
)
_SIDE_WORD = re.compile(r"(?<![a-z])(left|right)(?![a-z])", re.IGNORECASE)
_SIDE_LETTER_ALONE = re.compile(r"(?<=[\d_\-. ])[LR]$")
_SIDE_LETTER = re.compile(r"(?:[\d_\-. ])([LR])$")  # FrasP01L, walk_R


@dataclass(frozen=True)
class Item:
    """One file, and whose it is as far as the folder says.

    Args:
        path: of the file.
        name: of the file, relative to the folder.
        subject, side: None where only the file itself can tell.
        folders: within the person's, but for those called left or right.
        part: of a file with several recordings, the one meant; "" for all.
        stated: whether a manifest says so, which counts more than what a file looks like.
        hints: of a scan, what the manifest says of its `units`, `up` and `toes`, see
            `recon.scan.scan_from_mesh`.
    """

    path: Path
    name: str
    subject: str | None
    side: Side | None
    folders: tuple[str, ...] = ()
    part: str = ""
    stated: bool = False
    hints: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Holdings:
    """What was found.

    Args:
        recordings: candidates; whether a reader knows them is seen when they are read.
        scans: mesh files.
        people: facts from `subjects.csv`, by subject.
        problems: what is wrong with the folder itself.
    """

    recordings: tuple[Item, ...]
    scans: tuple[Item, ...] = ()
    people: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()


def survey(folder: Path) -> Holdings:
    """List a folder's recordings, scans and people.

    Raises:
        FileNotFoundError: no such folder.
        ValueError: a manifest or table of subjects that cannot be read at all.
    """
    if not folder.exists():
        raise FileNotFoundError(f"{folder}: no such folder of recordings")
    if folder.is_file():
        return Holdings((_by_convention(folder, folder.parent, None),))
    problems: list[Problem] = []
    people: dict[str, dict[str, float]] = {}
    if (folder / _SUBJECTS).is_file():
        try:
            people = _people(folder / _SUBJECTS, problems)
        except ValueError as error:
            problems.append(Problem(_SUBJECTS, str(error).removeprefix(f"{folder / _SUBJECTS}: ")))
    if (folder / _MANIFEST).is_file():
        items = _by_manifest(folder, problems)
    else:
        # A folder with the folders left and right is that of one person.
        alone = any((folder / side).is_dir() for side in SIDES)
        owner = folder.resolve().name if alone else None
        items = [_by_convention(path, folder, owner) for path in _files(folder)]
    scans = tuple(item for item in items if item.path.suffix.lower() in MESHES)
    recordings = tuple(item for item in items if item.path.suffix.lower() not in MESHES)
    return Holdings(recordings, scans, people, tuple(problems))


def without_side(stem: str) -> str:
    """A file name less the side that it tells, so that both feet have one owner."""
    bare = _SIDE_LETTER_ALONE.sub("", _SIDE_WORD.sub("", stem)).strip("_-. ")
    return bare or stem


def side_in(name: str) -> Side | None:
    """The side that a file or folder name tells, or None: left_foot, scan-right, walk_L, P01R."""
    words = {word.lower() for word in _SIDE_WORD.findall(name)}
    if not words and (letter := _SIDE_LETTER.search(name)):
        words = {"left" if letter[1] == "L" else "right"}
    return next((side for side in SIDES if words == {side}), None)


def _files(folder: Path) -> Iterable[Path]:
    for path in sorted(folder.rglob("*")):
        names = path.relative_to(folder).parts
        hidden = any(part.startswith(".") for part in names)
        table = names == (_SUBJECTS,)
        payload = path.suffix in (".npz", ".csv") and path.with_suffix(".json").exists()
        foreign = hidden or table or payload or _NO_RECORDING.fullmatch(path.name)
        if path.is_file() and not foreign:
            yield path


def _by_convention(path: Path, folder: Path, owner: str | None) -> Item:
    relative = path.relative_to(folder)
    *above, _ = relative.parts
    subject = owner if not above or above[0].lower() in SIDES else above.pop(0)
    sides = [name for name in above if name.lower() in SIDES]
    return Item(
        path=path,
        name=relative.as_posix(),
        subject=subject,
        side=side_in(sides[-1] if sides else path.stem),
        folders=tuple(name for name in above if name not in sides),
    )


def _by_manifest(folder: Path, problems: list[Problem]) -> list[Item]:
    table = _table(folder / _MANIFEST, ("file", "subject"))
    for name in set(table) - set(_COLUMNS):  # others are the user's own
        if meant := get_close_matches(name, set(_COLUMNS) - set(table), 1):
            raise ValueError(f"{folder / _MANIFEST}: column {name!r}: is {meant[0]!r} meant?")
    items = []
    for line, row in enumerate(table.to_dict("records"), 2):
        where = f"{_MANIFEST} line {line}"
        side = row.get("side", "").lower()
        side = {"l": "left", "r": "right"}.get(side, side)
        path = folder / row["file"]
        if not row["file"] or not path.resolve().is_relative_to(folder.resolve()):
            problems.append(Problem(where, f"{row['file']!r} is no file in this folder"))
        elif not path.is_file():
            problems.append(Problem(where, f"{row['file']}: no such file"))
        elif side not in ("", *SIDES):
            problems.append(Problem(where, f"side must be left or right, found {row['side']!r}"))
        else:
            known = next((one for one in SIDES if one == side), None)
            hints = {name: row[name].lower() for name in HINTS if row.get(name)}
            items.append(
                Item(
                    path=path,
                    name=row["file"],
                    subject=row["subject"] or None,
                    side=known,
                    part=row.get("part", ""),
                    stated=True,
                    hints=hints,
                )
            )
    return items


def _people(path: Path, problems: list[Problem]) -> dict[str, dict[str, float]]:
    people: dict[str, dict[str, float]] = {}
    table = _table(path, ("subject",))
    if not set(FACTS) & set(table):
        reason = f"tells none of {', '.join(FACTS)}, only {', '.join(table)}"
        problems.append(Problem(_SUBJECTS, reason))
    for line, row in enumerate(table.to_dict("records"), 2):
        facts = {}
        if row["subject"] in people:
            problems.append(Problem(f"{_SUBJECTS} line {line}", f"names {row['subject']} again"))
            continue
        for name, (low, high) in FACTS.items():
            text = row.get(name, "").replace(",", ".")
            value = pd.to_numeric(text, errors="coerce")
            if text and not low <= value <= high:
                unit = name.partition("_")[2].replace("size", "European sizes")
                reason = f"{name} must be {low} to {high}, found {row[name]!r}; is it in {unit}?"
                problems.append(Problem(f"{_SUBJECTS} line {line}", reason))
            elif text:
                facts[name] = float(value)
        people[row["subject"]] = facts
    return people


def _table(path: Path, needed: tuple[str, ...]) -> pd.DataFrame:
    """A CSV of texts, separated by commas, semicolons or tabs; column names in lower case."""
    if path.stat().st_size > _MOST_BYTES:
        raise ValueError(f"{path}: larger than {_MOST_BYTES / 1e6:.0f} MB; is it a table?")
    try:
        text = path.read_text(encoding="utf-8-sig")
        separator = max(",;\t", key=text.partition("\n")[0].count)
        table = pd.read_csv(io.StringIO(text), sep=separator, dtype=str, keep_default_na=False)
        if not isinstance(table.index, pd.RangeIndex):  # pandas takes the first for an index
            raise ValueError(
                f"lines hold more fields than there are column names; is there a {separator!r} too "
                "many at their ends?"
            )
    except ValueError as error:  # pandas' and unicode's errors are ValueErrors
        reason = " ".join(str(error).split())
        raise ValueError(f"{path}: cannot be read as CSV ({reason})") from error
    table.columns = [str(name).strip().lower() for name in table.columns]
    if missing := [name for name in needed if name not in table]:
        raise ValueError(
            f"{path}: has no column {' and no column '.join(missing)}, only "
            f"{', '.join(table.columns)}"
        )
    return table.apply(lambda column: column.str.strip())
