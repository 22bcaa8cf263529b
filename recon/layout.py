"""Layouts: where the sensors are, and what they read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from recon.grid import FootGrid

_DIGITS = 4  # (u, v) are kept to 0.03 mm on the reference foot, so equal layouts compare equal
U_RANGE, V_RANGE = (-0.05, 1.05), (-0.1, 1.1)
"""Where a site may be: on the foot, or a centimetre beside it, since feet differ."""

_SUBPIXELS = 8  # per pixel edge, when the area of a disc over a pixel is measured
_LEAST_MM = 1.0  # on pixels of 5 mm, a disc below 0.9 mm may lie between four subpixels' centres


@dataclass(frozen=True)
class Sensor:
    """A sensor that reads the mean pressure under a disc.

    Args:
        diameter_mm: of the disc, on the reference foot.

    Raises:
        ValueError: a disc too small to be measured on the pixels, or larger than a foot.
    """

    diameter_mm: float = 10.0

    def __post_init__(self) -> None:
        if not _LEAST_MM <= self.diameter_mm < 100:
            raise ValueError(
                f"diameter_mm must lie in [{_LEAST_MM:g}, 100) mm, got {self.diameter_mm}; "
                "a smaller disc falls between the points at which pixels are sampled"
            )


@dataclass(frozen=True)
class Layout:
    """A set of sensor sites in foot coordinates. Hashable; the order of sites does not matter.

    Args:
        sites: (u, v) pairs that differ; stored rounded and sorted from heel to toes.
        sensor: what sits at every site.

    Raises:
        ValueError: no site, a site repeated, or one that lies off the foot.
    """

    sites: tuple[tuple[float, float], ...]
    sensor: Sensor = field(default_factory=Sensor)

    def __post_init__(self) -> None:
        try:
            pairs = [(round(float(u), _DIGITS), round(float(v), _DIGITS)) for u, v in self.sites]
        except (TypeError, ValueError) as error:
            raise ValueError(f"sites must be (u, v) pairs of numbers, got {self.sites}") from error
        if not pairs:
            raise ValueError("a layout needs at least one site")
        for u, v in pairs:
            if not (U_RANGE[0] <= u <= U_RANGE[1] and V_RANGE[0] <= v <= V_RANGE[1]):
                raise ValueError(
                    f"site (u={u}, v={v}) is off the foot: u runs from 0 (heel) to 1 (toes), "
                    "v from 0 (medial) to 1 (lateral); were millimetres given?"
                )
        if len(set(pairs)) < len(pairs):
            raise ValueError(f"a layout's sites must differ, got {sorted(pairs)}")
        object.__setattr__(self, "sites", tuple(sorted(pairs)))

    def __len__(self) -> int:
        return len(self.sites)

    @property
    def uv(self) -> NDArray[np.float64]:
        """The sites as an array (k, 2)."""
        return np.array(self.sites)


def check_layout(layout: object) -> None:
    """Raise ValueError where something else stands for a layout."""
    if not isinstance(layout, Layout):
        raise ValueError(
            f"layout must be a recon.Layout, got {type(layout).__name__}; "
            "make one of (u, v) pairs: Layout(((0.12, 0.38), (0.69, 0.58)))"
        )


def reading_matrix(
    sites: Iterable[tuple[float, float]], sensor: Sensor, grid: FootGrid
) -> NDArray[np.float64]:
    """The fixed linear map from a frame to its readings.

    A reading is the mean pressure under the sensor's disc: each pixel weighs as much as the
    share of the disc that lies on it; what lies off the grid is left out. The disc has its nominal
    size on the reference foot.

    Returns:
        (k, rows * columns), rows in the order of `sites`; each sums to 1.

    Raises:
        ValueError: a disc off the grid, or too small for its pixels.
    """
    centre = grid.pixel(np.array(list(sites), float).reshape(-1, 2))
    radius = sensor.diameter_mm / 2 / grid.pitch_mm
    offset = (np.arange(_SUBPIXELS) + 0.5) / _SUBPIXELS - 0.5
    rows = (np.arange(grid.shape[0])[:, None] + offset).ravel()
    columns = (np.arange(grid.shape[1])[:, None] + offset).ravel()
    inside = (rows[None, :, None] - centre[:, 0, None, None]) ** 2 + (
        columns[None, None, :] - centre[:, 1, None, None]
    ) ** 2 < radius**2
    fine = inside.reshape(len(centre), grid.shape[0], _SUBPIXELS, grid.shape[1], _SUBPIXELS)
    weight = fine.sum(axis=(2, 4)).reshape(len(centre), -1).astype(float)
    total = weight.sum(axis=1, keepdims=True)
    if np.any(total == 0):
        raise ValueError(
            f"a sensor disc of {sensor.diameter_mm} mm touches none of the "
            f"{_SUBPIXELS} x {_SUBPIXELS} points sampled in each pixel of {grid}"
        )
    return weight / total


def painted_discs(reading_matrix: NDArray[np.float64]) -> NDArray[np.float32]:
    """Images of the discs (k, rows * columns), 1 under the middle of a sensor."""
    return (reading_matrix / reading_matrix.max(axis=1, keepdims=True)).astype(np.float32)


def readings(
    pressure: NDArray[np.floating], layout: Layout, grid: FootGrid
) -> NDArray[np.floating]:
    """What the sensors of `layout` read: pressure (..., rows, columns) -> (..., k).

    Columns follow `layout.sites`, units are those of the pressure.

    Raises:
        ValueError: pressures on another grid, or something else than a layout.
    """
    check_layout(layout)
    if pressure.shape[-2:] != grid.shape:
        raise ValueError(
            f"pressure must be (..., {', '.join(map(str, grid.shape))}) on {grid}, "
            f"got {pressure.shape}"
        )
    matrix = reading_matrix(layout.sites, layout.sensor, grid)
    flat = pressure.reshape(*pressure.shape[:-2], -1)
    return flat @ matrix.T.astype(np.result_type(pressure, np.float32))
