"""Constraints as a TOML file, or as the plain values that JSON and TOML share."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

from placement.areas import Points
from placement.constraints import Area, Constraints, Snap
from placement.zones import Zone

LARGEST_BYTES = 1_000_000

T = TypeVar("T", bound=Area | Constraints | Points | Snap | Zone)


def read_constraints(path: str | Path, margin_mm: float | None = None) -> Constraints:
    """Read a TOML file, see docs/constraints.md.

    Args:
        margin_mm: given beside the file, which then has none.

    Raises:
        OSError: no such file, or it cannot be read.
        ValueError: no TOML, an unknown key or a wrong value; it names the file, the key, what was
            expected and what came.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such file; a TOML file of constraints is wanted")
    if path.stat().st_size > LARGEST_BYTES:
        raise ValueError(f"{path}: {path.stat().st_size} bytes; constraints take some kB of TOML")
    try:
        stored = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as error:
        raise ValueError(f"{path}: not a text file; a TOML file is wanted") from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ValueError(f"{path}: not TOML: {error}") from error
    if margin_mm is not None:
        if "margin_mm" in stored:
            raise ValueError(
                f"{path}: margin_mm is {stored['margin_mm']} here and {margin_mm:g} by "
                "--margin-mm; give one"
            )
        stored["margin_mm"] = margin_mm
    return from_values(stored, str(path))


def from_values(stored: Mapping[str, Any], source: str = "constraints") -> Constraints:
    """Constraints from plain values, such as those of TOML or of `to_values`.

    Args:
        source: what to call them in errors.

    What is None counts as not given, so the JSON of a run's settings can be read back.
    """
    values = {key: x for key, x in stored.items() if x is not None}
    for key in ("required", "forbidden"):
        if key in values:
            values[key] = _made(Points, values[key], f"{source}: [{key}]")
    if "snap" in values:
        values["snap"] = _made(Snap, values["snap"], f"{source}: [snap]")
    for key in ("keep_out", "keep_in"):
        values[key] = _all_made(Area, values.get(key, []), key, source)
    values["zones"] = _all_made(Zone, values.get("zones", []), "zones", source)
    return _made(Constraints, values, source)


def to_values(constraints: Constraints) -> dict[str, Any]:
    """What is given of the constraints, as plain values; `from_values` is the inverse."""
    return _given(asdict(constraints))


def to_toml(constraints: Constraints) -> str:
    """The constraints as TOML text; `read_constraints` is the inverse."""
    values = to_values(constraints)
    lines = [_line(key, x) for key, x in values.items() if not isinstance(x, dict | list)]
    for key, value in values.items():
        if isinstance(value, dict):
            lines += ["", f"[{key}]", *(_line(*item) for item in value.items())]
        elif isinstance(value, list):
            for table in value:
                lines += ["", f"[[{key}]]", *(_line(*item) for item in table.items())]
    return "\n".join(lines).strip() + "\n"


def _line(key: str, value: Any) -> str:
    return f"{key} = {json.dumps(value, ensure_ascii=False)}"  # of our values, JSON is TOML


def _given(values: dict[str, Any]) -> dict[str, Any]:
    """Without what is None or empty; tuples of tables as lists."""
    plain: dict[str, Any] = {}
    for key, value in values.items():
        if isinstance(value, dict):
            plain[key] = _given(value)
        elif value and isinstance(value, tuple) and isinstance(value[0], dict):
            plain[key] = [_given(x) for x in value]
        else:
            plain[key] = value
    return {key: x for key, x in plain.items() if x is not None and x not in ((), {})}


def _all_made(kind: type[T], tables: Any, key: str, source: str) -> tuple[T, ...]:
    """Dataclasses from an array of tables."""
    if not isinstance(tables, list | tuple):
        raise ValueError(f"{source}: {key} must be tables [[{key}]], got {_short(tables)}")
    return tuple(_made(kind, x, f"{source}: [[{key}]] {i}") for i, x in enumerate(tables, 1))


def _made(kind: type[T], table: Any, where: str) -> T:
    """One dataclass from one table, with errors that say where."""
    if not isinstance(table, Mapping):
        raise ValueError(f"{where} must be a table of key = value, got {_short(table)}")
    known = [x.name for x in fields(kind)]
    for key in table:
        if key not in known:
            close = get_close_matches(key, known, 1, 0.5)
            hint = f"; is it {close[0]}?" if close else ""
            raise ValueError(f"{where}: no key {key!r}; known are {', '.join(known)}{hint}")
    for key in ("name", "pitch_mm"):
        if key in known and key not in table:
            raise ValueError(f"{where}: {key} is missing")
    try:
        return kind(**{key: x for key, x in table.items() if x is not None})
    except ValueError as error:
        raise ValueError(f"{where}: {error}") from error


def _short(value: Any) -> str:
    return f"{value!r:.60}"
