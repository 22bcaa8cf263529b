"""The Pareto front of accuracy against sensor count, as a value and as files."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from placement.objectives import DEFAULT
from placement.scoring import relative_of
from recon.files import replacing_file
from recon.grid import FootGrid
from recon.layout import Layout, Sensor
from recon.validate import Score

FORMAT = "insole-front"
VERSION = 2


@dataclass(frozen=True)
class Pair:
    """The two scores of one reconstructor.

    Args:
        search: cross-validated on the people that the search used; layouts were chosen by it.
        untouched: on the people kept aside, once, by a model of all the others.
    """

    search: Score
    untouched: Score


@dataclass(frozen=True)
class Entry:
    """A layout and how well it did.

    Args:
        name: such as "4a" for the best of four sensors, or "published 2".
        layout: the sites.
        scores: by reconstructor, "linear" and that of the search's fidelity.
        values: of the search's objectives, in their order.
    """

    name: str
    layout: Layout
    scores: Mapping[str, Pair]
    values: tuple[float, ...] = ()


@dataclass(frozen=True)
class Front:
    """The layouts that no other betters in all objectives of a search.

    Args:
        members: by sensor count, best first in the first objective of accuracy; chosen by
            `placement.selection`.
        references: published layouts, scored likewise.
        mean_map: scores of the mean map, which needs no sensor.
        reconstructor: whose scores ranked the members, the search's fidelity.
        objectives: names of what was minimised, see `placement.objectives.OBJECTIVES`.
        grid: of the cohort.
        mean_peak: (rows, columns) mean peak map of the search's people, to draw layouts on.
        units: of `mean_peak`.
        run: configuration, seed, versions, people, wall times, and of each count how sure its
            best is ("optimality", see `placement.optimality.Optimum`), JSON values.
    """

    members: tuple[Entry, ...]
    references: tuple[Entry, ...]
    mean_map: Pair
    reconstructor: str
    grid: FootGrid
    mean_peak: NDArray[np.float32]
    units: str
    run: Mapping[str, Any]
    objectives: tuple[str, ...] = DEFAULT

    def __repr__(self) -> str:
        counts = [len(member.layout) for member in self.members]
        span = f"{min(counts)} to {max(counts)}" if counts else "no"
        return f"Front({len(counts)} layouts of {span} sensors, by {self.reconstructor})"

    @property
    def nested(self) -> bool:
        """Whether nested searches confirmed it, so that everybody was untouched by one of them."""
        return "outer_folds" in self.run

    def relative_error(self, score: Score, *, untouched: bool = False) -> float:
        """Relative error of a search score, or of one on the untouched people; see scoring."""
        base = self.mean_map.untouched if untouched else self.mean_map.search
        return relative_of(score, base)

    def best(self, sensors: int) -> Entry | None:
        """The best layout of this many sensors, or None where the front holds none."""
        return next((m for m in self.members if len(m.layout) == sensors), None)

    def rows(self) -> list[dict[str, Any]]:
        """One row per sensor of each member, as in `front.csv`; mm on the reference foot."""
        return [
            {
                "layout": member.name,
                "sensors": len(member.layout),
                "sensor": number,
                "u": f"{u:.4f}",
                "v": f"{v:.4f}",
                "x_mm": f"{self.grid.mm((u, v))[0]:.1f}",
                "y_mm": f"{self.grid.mm((u, v))[1]:.1f}",
                "sensor_mm": f"{member.layout.sensor.diameter_mm:g}",
            }
            for member in self.members
            for number, (u, v) in enumerate(member.layout.sites, 1)
        ]

    def csv(self) -> str:
        """`rows` as CSV text."""
        rows = self.rows()
        text = io.StringIO()
        writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        return text.getvalue()

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values; `Front.from_json` is the inverse."""
        return {
            "format": FORMAT,
            "version": VERSION,
            "reconstructor": self.reconstructor,
            "objectives": list(self.objectives),
            "members": [_entry_to_json(entry) for entry in self.members],
            "references": [_entry_to_json(entry) for entry in self.references],
            "mean_map": _pair_to_json(self.mean_map),
            "grid": {
                "shape": list(self.grid.shape),
                "pitch_mm": self.grid.pitch_mm,
                "foot_mm": list(self.grid.foot_mm),
            },
            "units": self.units,
            "mean_peak": np.round(self.mean_peak.astype(float), 3).tolist(),
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any], run: Mapping[str, Any]) -> Self:
        found = (stored.get("format"), stored.get("version"))
        if found != (FORMAT, VERSION):
            raise ValueError(f"expected {FORMAT} version {VERSION}, found {found[0]} {found[1]}")
        grid = stored["grid"]
        return cls(
            members=tuple(_entry_from_json(entry) for entry in stored["members"]),
            references=tuple(_entry_from_json(entry) for entry in stored["references"]),
            mean_map=_pair_from_json(stored["mean_map"]),
            reconstructor=stored["reconstructor"],
            objectives=tuple(stored["objectives"]),
            grid=FootGrid(tuple(grid["shape"]), grid["pitch_mm"], tuple(grid["foot_mm"])),
            mean_peak=np.array(stored["mean_peak"], np.float32),
            units=stored["units"],
            run=run,
        )

    def save(self, folder: str | Path) -> None:
        """Write `front.csv`, `run.json` and last `front.json` into an existing folder."""
        texts = {
            "front.csv": self.csv(),
            "run.json": json.dumps(dict(self.run), indent=1) + "\n",
            "front.json": json.dumps(self.to_json()) + "\n",
        }
        for name, text in texts.items():
            with replacing_file(Path(folder) / name) as partial:
                partial.write_text(text)

    @classmethod
    def load(cls, folder: str | Path) -> Self:
        """Read a folder written by `save`.

        Raises:
            FileNotFoundError: the folder holds no finished run.
            ValueError: a damaged or foreign file.
        """
        folder = Path(folder)
        for name in ("front.json", "run.json"):
            if not (folder / name).is_file():
                begun = (folder / "run.db").is_file()
                hint = f"placement resume {folder} goes on" if begun else "is it a run's folder?"
                raise FileNotFoundError(f"{folder}: holds no {name} of a finished run; {hint}")
        try:
            stored = json.loads((folder / "front.json").read_text())
            run = json.loads((folder / "run.json").read_text())
            if "cohort" not in run:
                raise ValueError("run.json says nothing of a cohort")
            return cls.from_json(stored, run)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"{folder}: damaged run ({error})") from error


def _entry_to_json(entry: Entry) -> dict[str, Any]:
    return {
        "name": entry.name,
        "sites": [list(site) for site in entry.layout.sites],
        "sensor_diameter_mm": entry.layout.sensor.diameter_mm,
        "scores": {name: _pair_to_json(pair) for name, pair in entry.scores.items()},
        "objectives": list(entry.values),
    }


def _entry_from_json(stored: Mapping[str, Any]) -> Entry:
    return Entry(
        name=stored["name"],
        layout=Layout(
            tuple((u, v) for u, v in stored["sites"]), Sensor(stored["sensor_diameter_mm"])
        ),
        scores={name: _pair_from_json(pair) for name, pair in stored["scores"].items()},
        values=tuple(stored["objectives"]),
    )


def _pair_to_json(pair: Pair) -> dict[str, Any]:
    return {"search": pair.search.to_json(), "untouched": pair.untouched.to_json()}


def _pair_from_json(stored: Mapping[str, Any]) -> Pair:
    return Pair(Score.from_json(stored["search"]), Score.from_json(stored["untouched"]))
