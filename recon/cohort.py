"""Cohorts: the registered steps of many people, as values and as plain files."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from recon.files import replacing_folder
from recon.grid import FootGrid
from recon.recording import SIDES, UNITS, Side, Units

FORMAT = "insole-cohort"
VERSION = 1
_MANIFEST = "cohort.json"


@dataclass(frozen=True, eq=False)
class Sample:
    """One stance of one foot, registered to the foot grid.

    Args:
        subject: the person; folds never split one.
        side: which foot; the arrays of a left one are mirrored.
        trial: name of the step, unique within subject and side.
        pressure: (T, rows, columns) float32, T instants evenly spaced over the stance.
        mm_per_pixel: (row, column) size of a pixel on this very foot, so that
            force = sum(pressure) x pixel area.
        stance_s: duration of the stance, s.
        units: "kPa" or "arbitrary".
        geometry: (rows, columns) float32 in [0, 1], height of the sole over the floor from
            20 mm (0) to 0 mm (1), or None where there is no scan.

    Raises:
        ValueError: arrays or numbers of the wrong shape or range.
    """

    subject: str
    side: Side
    trial: str
    pressure: NDArray[np.float32] = field(repr=False)
    mm_per_pixel: tuple[float, float]
    stance_s: float
    units: Units
    geometry: NDArray[np.float32] | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        for image in ("pressure", "geometry"):  # in one order: sums of it round alike
            if (value := getattr(self, image)) is not None:
                object.__setattr__(self, image, np.ascontiguousarray(value, np.float32))
        if self.pressure.ndim != 3 or not self.pressure.size:
            shape = self.pressure.shape
            raise ValueError(f"{self.name}: pressure must be (T, rows, columns), got {shape}")
        if self.side not in SIDES:
            raise ValueError(f"{self.name}: side must be left or right, got {self.side!r}")
        try:  # plain floats, which JSON can hold and the fingerprint reads the same after it
            row, column = map(float, self.mm_per_pixel)
        except (TypeError, ValueError) as error:
            raise ValueError(
                f"{self.name}: mm_per_pixel must be two numbers, got {self.mm_per_pixel}"
            ) from error
        object.__setattr__(self, "mm_per_pixel", (row, column))
        object.__setattr__(self, "stance_s", float(self.stance_s))
        for fact in ("mm_per_pixel", "stance_s"):
            value = getattr(self, fact)
            if not (np.isfinite(value).all() and np.min(value) > 0):
                raise ValueError(f"{self.name}: {fact} must be above 0, got {value}")
        if not np.isfinite(self.pressure).all() or self.pressure.min() < 0:
            raise ValueError(f"{self.name}: pressures must be finite and >= 0")
        if not self.pressure.any():
            raise ValueError(f"{self.name}: the step carries no load")
        if self.units not in UNITS:
            known = " or ".join(map(repr, UNITS))
            raise ValueError(f"{self.name}: units must be {known}, got {self.units!r}")
        if self.geometry is not None:
            if self.geometry.shape != self.pressure.shape[1:]:
                raise ValueError(
                    f"{self.name}: geometry {self.geometry.shape} does not lie on the grid of the "
                    f"pressure {self.pressure.shape[1:]}"
                )
            if not (self.geometry.min() >= 0 and self.geometry.max() <= 1):
                raise ValueError(f"{self.name}: geometry must lie in [0, 1]")

    @property
    def name(self) -> str:
        return f"{self.subject}/{self.side}/{self.trial}"


@dataclass(frozen=True, eq=False)
class Cohort:
    """Samples on one grid, with one number of frames a stance and one kind of units.

    Args:
        samples: at least one; either all or none have a geometry.
        grid: the grid that all arrays lie on.
        provenance: where the cohort comes from, JSON values; "kind" is "simulated" or
            "recorded".

    Raises:
        ValueError: samples that do not fit together.
    """

    samples: tuple[Sample, ...]
    grid: FootGrid = field(default_factory=FootGrid)
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.samples:
            raise ValueError("a cohort needs at least one sample")
        first = self.samples[0]
        for sample in self.samples:
            if sample.pressure.shape != (len(first.pressure), *self.grid.shape):
                raise ValueError(
                    f"{sample.name}: pressure {sample.pressure.shape} differs from "
                    f"{(len(first.pressure), *self.grid.shape)}, that of the cohort and its grid"
                )
            if sample.units != first.units:
                raise ValueError(f"{sample.name}: units {sample.units}, others {first.units}")
            if (sample.geometry is None) != (first.geometry is None):
                raise ValueError(f"{sample.name}: all samples or none must have a geometry")
        names = [sample.name for sample in self.samples]
        if len(set(names)) < len(names):
            raise ValueError("two samples share subject, side and trial")

    def __repr__(self) -> str:
        people, stances = len(self.subjects), len(self.samples)
        whom = "person" if people == 1 else "people"
        return f"Cohort({people} {whom}, {stances} stances, {self.units}, {self.grid})"

    @property
    def units(self) -> Units:
        return self.samples[0].units

    @property
    def simulated(self) -> bool:
        return self.provenance.get("kind") == "simulated"

    @cached_property
    def subjects(self) -> tuple[str, ...]:
        """The people, sorted."""
        return tuple(sorted({sample.subject for sample in self.samples}))

    @cached_property
    def subject_index(self) -> NDArray[np.int64]:
        """(n,) position of each sample's subject in `subjects`."""
        place = {subject: i for i, subject in enumerate(self.subjects)}
        return np.array([place[sample.subject] for sample in self.samples])

    @cached_property
    def fingerprint(self) -> str:
        """16 hexadecimal digits that stand for the people and all their data."""
        digest = hashlib.sha256(f"{self.grid} {self.units}".encode())
        for sample in self.samples:
            digest.update(f"{sample.name} {sample.mm_per_pixel} {sample.stance_s}".encode())
            digest.update(sample.pressure.tobytes())
            if sample.geometry is not None:
                digest.update(sample.geometry.tobytes())
        return digest.hexdigest()[:16]

    @cached_property
    def pressure(self) -> NDArray[np.float32]:
        """(n, T, rows, columns)."""
        return np.stack([sample.pressure for sample in self.samples])

    @cached_property
    def geometry(self) -> NDArray[np.float32] | None:
        """(n, rows, columns), or None."""
        maps = [sample.geometry for sample in self.samples if sample.geometry is not None]
        return np.stack(maps) if maps else None

    @cached_property
    def mm_per_pixel(self) -> NDArray[np.float64]:
        """(n, 2) row and column size of a pixel, mm."""
        return np.array([sample.mm_per_pixel for sample in self.samples])

    def subset(self, subjects: Iterable[str]) -> Self:
        """The cohort of these people alone.

        Raises:
            ValueError: a name that is not in the cohort, no name at all, or a bare text.
        """
        if isinstance(subjects, str):  # else each of its letters would be a name
            raise ValueError(f"subjects must be a list of names, got the text {subjects!r}")
        wanted = set(subjects)
        if unknown := wanted - set(self.subjects):
            raise ValueError(f"not in the cohort: {', '.join(sorted(unknown))}")
        kept = tuple(sample for sample in self.samples if sample.subject in wanted)
        return type(self)(kept, self.grid, self.provenance)

    def save(self, folder: str | Path, *, overwrite: bool = False) -> None:
        """Write the cohort: `cohort.json` and one NPZ of arrays per person.

        The folder appears complete or not at all.

        Raises:
            FileExistsError: the folder holds something and `overwrite` is False.
        """
        rows: list[dict[str, Any]] = []
        with replacing_folder(Path(folder), overwrite=overwrite) as partial:
            for number, subject in enumerate(self.subjects):
                file = f"subject{number:03d}.npz"
                arrays: dict[str, NDArray[Any]] = {}
                for sample in (s for s in self.samples if s.subject == subject):
                    key = f"step{len(arrays):04d}"
                    arrays[key] = sample.pressure
                    row: dict[str, Any] = {
                        "subject": subject,
                        "side": sample.side,
                        "trial": sample.trial,
                        "file": file,
                        "pressure": key,
                        "mm_per_pixel": list(sample.mm_per_pixel),
                        "stance_s": sample.stance_s,
                    }
                    if sample.geometry is not None:
                        row["geometry"] = f"{key}_geometry"
                        arrays[row["geometry"]] = sample.geometry
                    rows.append(row)
                with (partial / file).open("wb") as stream:
                    np.savez_compressed(stream, **arrays)  # type: ignore[arg-type]  # the stub takes names for its flag
            manifest = {
                "format": FORMAT,
                "version": VERSION,
                "units": self.units,
                "grid": asdict(self.grid),
                "provenance": dict(self.provenance),
                "samples": rows,
            }
            (partial / _MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n")

    @classmethod
    def load(cls, folder: str | Path) -> Self:
        """Read a folder written by `save`.

        Raises:
            FileNotFoundError: no such folder, or not a cohort.
            ValueError: a manifest of another format or version, or damaged arrays.
        """
        folder = Path(folder)
        if not folder.is_dir():
            raise FileNotFoundError(f"{folder}: no such cohort folder")
        path = folder / _MANIFEST
        if not path.is_file():
            raise FileNotFoundError(
                f"{folder}: not a cohort, it holds no {_MANIFEST}; "
                "make one with `placement import` or `placement simulate`"
            )
        try:
            manifest = json.loads(path.read_text())
            found = (manifest["format"], manifest["version"])
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise ValueError(f"{path}: not a cohort manifest ({error})") from error
        if found != (FORMAT, VERSION):
            raise ValueError(
                f"{path}: expected {FORMAT} version {VERSION}, found {found[0]} version {found[1]}"
            )
        try:
            return cls._from_manifest(folder, manifest)
        except (LookupError, TypeError, ValueError) as error:
            raise ValueError(f"{folder}: damaged cohort ({error})") from error

    @classmethod
    def _from_manifest(cls, folder: Path, manifest: dict[str, Any]) -> Self:
        arrays: dict[str, dict[str, NDArray[Any]]] = {}
        for file in sorted({row["file"] for row in manifest["samples"]}):
            try:
                with np.load(folder / Path(file).name, allow_pickle=False) as stored:
                    arrays[file] = {key: stored[key] for key in stored.files}
            except Exception as error:  # damage shows in ZIP, compression, headers and arrays
                reason = str(error) or type(error).__name__
                if "pickle" in reason:  # numpy advises to load it in an unsafe way
                    reason = "no arrays in it"
                raise ValueError(f"{file}: {reason}") from error
        grid = manifest["grid"]
        return cls(
            samples=tuple(
                Sample(
                    subject=row["subject"],
                    side=row["side"],
                    trial=row["trial"],
                    pressure=arrays[row["file"]][row["pressure"]],
                    mm_per_pixel=row["mm_per_pixel"],
                    stance_s=row["stance_s"],
                    units=manifest["units"],
                    geometry=arrays[row["file"]][row["geometry"]] if "geometry" in row else None,
                )
                for row in manifest["samples"]
            ),
            grid=FootGrid(grid["shape"], grid["pitch_mm"], grid["foot_mm"]),
            provenance=manifest["provenance"],
        )
