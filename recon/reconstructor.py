"""The one contract that every reconstructor keeps."""

from __future__ import annotations

from inspect import signature
from typing import Protocol, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from recon.cohort import Cohort
from recon.layout import Layout, check_layout


class Reconstructor(Protocol):
    """Turns a few readings of one frame back into its pressure map.

    Parameters go to the constructor, data to `fit`, and what was learned ends in an underscore.
    One that looks back within a stance has an attribute `memory`, True, and takes and gives whole
    stances: readings (n, T, k), geometry (n, rows, columns), maps (n, T, rows, columns).
    """

    def fit(self, cohort: Cohort, layout: Layout | None = None) -> Self:
        """Learn from all samples: for one layout, or for any layout where it is None."""
        ...

    def predict(
        self,
        readings: ArrayLike,
        layout: Layout,
        geometry: ArrayLike | None = None,
    ) -> NDArray[np.float32]:
        """Reconstruct frames.

        Args:
            readings: (n, k), columns in the order of `layout.sites`, units of the cohort. Those
                below 0, which an unloaded sensor gives by its noise, count as 0.
            layout: where they were read.
            geometry: (n, rows, columns) in [0, 1] for each frame's foot, (rows, columns) where
                all frames are of one foot, or None.

        Returns:
            (n, rows, columns), >= 0, in the units of the readings.

        Raises:
            ValueError: readings that do not belong to the layout or are not finite, or nothing
                was fitted yet.
        """
        ...


class Shown:
    """Shown as the call that makes it: `Kernel(memory=True)`, settings at their default unsaid."""

    def __repr__(self) -> str:
        said = (
            f"{name}={getattr(self, name)!r}"
            for name, parameter in signature(type(self)).parameters.items()
            if getattr(self, name) != parameter.default
        )
        return f"{type(self).__name__}({', '.join(said)})"


def check_fitted(reconstructor: object, learned: str = "_") -> None:
    """Raise ValueError where nothing was learned: no attribute ends in `learned`."""
    if not any(name.endswith(learned) for name in vars(reconstructor)):
        raise ValueError(
            f"this {type(reconstructor).__name__} is not fitted yet; call fit(cohort, layout) first"
        )


def check_fit(cohort: Cohort, layout: Layout | None) -> None:
    """Raise ValueError where `fit` is not given a cohort, and a layout or None."""
    if not isinstance(cohort, Cohort):
        raise ValueError(
            f"cohort must be a recon.Cohort, got {type(cohort).__name__}; "
            "load one by Cohort.load(folder), or make one of Samples"
        )
    if layout is not None:
        check_layout(layout)


def check_people(reconstructor: object, cohort: Cohort) -> None:
    """Raise ValueError where a reconstructor was fitted on another grid or in other units."""
    grid = getattr(reconstructor, "grid_", cohort.grid)
    if grid != cohort.grid:
        raise ValueError(
            f"the reconstructor was fitted on {grid}, these people lie on {cohort.grid}; "
            "bring both to one grid"
        )
    units = getattr(reconstructor, "units_", cohort.units)
    if units != cohort.units:
        raise ValueError(
            f"the reconstructor was fitted on pressures in {units}, those of these people are in "
            f"{cohort.units}; fit it on recordings of the same kind"
        )


def check_readings(
    readings: ArrayLike, layout: Layout, *, stances: bool = False
) -> NDArray[np.floating]:
    """Readings (n, k) as an array, those below 0 as 0: nothing presses less than not at all.

    Args:
        stances: whether they are those of whole stances, (n, T, k).

    Raises:
        ValueError: no numbers, not finite, or of another shape than the layout's.
    """
    check_layout(layout)
    axes = f"({'stances, ' if stances else ''}frames, {len(layout)})"
    found = _numbers(readings, f"readings must be {axes}")
    if found.ndim != (3 if stances else 2) or found.shape[-1] != len(layout):
        why = "since this reconstructor remembers a stance's earlier frames, " * stances
        one = "stance" if stances else "frame"
        alone = found.ndim == (2 if stances else 1)
        hint = f"; one {one} alone is readings[None]" if alone else ""
        raise ValueError(
            f"readings must be {axes}, {why}one column per sensor of the layout, "
            f"got {found.shape}{hint}"
        )
    if not np.isfinite(found).all():
        raise ValueError("readings contain NaN or infinity; is a sensor disconnected?")
    return np.maximum(found, 0)


def check_geometry(
    geometry: ArrayLike, frames: int, shape: tuple[int, int]
) -> NDArray[np.floating]:
    """A geometry as an array; ValueError where it does not belong to the frames or the grid."""
    axes = f"{shape} for one foot or {(frames, *shape)}, one image a frame"
    found = _numbers(geometry, f"geometry must be {axes}")
    if found.shape not in (shape, (frames, *shape)):
        raise ValueError(f"geometry must be {axes}, got {found.shape}")
    if not (np.isfinite(found).all() and found.min(initial=0) >= 0 and found.max(initial=0) <= 1):
        raise ValueError("geometry must lie in [0, 1]; were millimetres given?")
    return found


def _numbers(values: ArrayLike, wanted: str) -> NDArray[np.floating]:
    try:
        found = np.asarray(values)
        return found if found.dtype.kind == "f" else found.astype(float)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{wanted}, numbers in an array; got {error}") from error


def distinct_images(
    images: NDArray[np.floating],
) -> tuple[NDArray[np.floating], NDArray[np.int64]]:
    """The different ones (m, rows, columns) among images (n, rows, columns), and which each is.

    One image (rows, columns) counts as one for all: m is 1 and the index is empty.
    """
    if images.ndim == 2:
        return images[None], np.empty(0, int)
    place: dict[bytes, int] = {}
    index = np.array([place.setdefault(image.tobytes(), len(place)) for image in images], int)
    first = np.unique(index, return_index=True)[1]
    return images[first], index
