"""Which sites, and which sets of them, the constraints allow on one foot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import combinations
from typing import Self

import numpy as np
from numpy.typing import NDArray

from placement.areas import SLACK_MM, Floats, Points, depth_mm
from placement.constraints import Area, Constraints, Snap
from placement.sites import candidate_sites, check_meant, check_on_foot, edge_depth_mm
from placement.zones import Zone
from recon.grid import FootGrid
from recon.layout import Layout, Sensor

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]

MOST_SITES = 2500
"""More candidates than a 3 mm grid has would take gigabytes of second moments."""


@dataclass(frozen=True)
class Place:
    """What the constraints are applied to.

    Args:
        outline: (rows, columns), True inside the footprint.
    """

    constraints: Constraints
    outline: Bools
    grid: FootGrid
    sensor: Sensor

    def points(self) -> Floats:
        """(S, 2) all places (u, v) on the footprint where a site could be, required ones first.

        Raises:
            ValueError: more than `MOST_SITES`, a required site off the foot, or a
                keep-out area that seems to be meant elsewhere.
        """
        for x, y in self.constraints.required.on(self.grid):
            check_on_foot(x, y, "required", self.grid)
        snap = self.constraints.snap
        if snap is None:
            uv = candidate_sites(self.outline, self.grid, 0)
        else:
            uv = _snapped(snap, self.outline, self.grid)
        if len(uv) > MOST_SITES:
            raise ValueError(
                f"snap: a pitch of {snap.pitch_mm if snap else self.grid.pitch_mm:g} mm makes "
                f"{len(uv)} sites on this footprint, {MOST_SITES} are the most; take a wider one"
            )
        required = self.grid.uv_from_mm(self.constraints.required.on(self.grid))
        mm = self.grid.mm(uv)
        for area in self.constraints.keep_out:
            if self._left_by(area, mm).all():
                check_meant(area.corners.on(self.grid), f"keep_out: {area.name!r}", self.grid)
        same = _same(mm, self.grid.mm(required))
        return np.concatenate([required, uv[~same.any(axis=1)]])

    def limits(self, uv: Floats) -> dict[str, Bools]:
        """Which of the points (n, 2) each limit on single sites leaves, by the limit's name."""
        mm, what = self.grid.mm(uv), self.constraints
        radius = self.sensor.diameter_mm / 2 - SLACK_MM
        edge = edge_depth_mm(uv, self.outline, self.grid)
        found = {
            "the footprint's edge": edge >= -SLACK_MM,
            f"the edge margin of {what.margin_mm:g} mm": edge >= what.margin_mm - SLACK_MM,
        }
        if what.snap is not None:
            pitch = what.snap.pitch_mm
            off = mm - what.snap.origin_mm
            gap = np.abs(off - np.round(off / pitch) * pitch).max(axis=-1)
            found[f"the snap grid of {pitch:g} mm"] = gap <= SLACK_MM
        if what.keep_in:
            inside = [depth_mm(x.corners.on(self.grid), mm) >= radius for x in what.keep_in]
            names = " or ".join(repr(x.name) for x in what.keep_in)
            found[f"keep-in {names}"] = np.any(inside, axis=0)
        for area in what.keep_out:
            found[f"keep-out {area.name!r}"] = self._left_by(area, mm)
        half = (what.snap.pitch_mm if what.snap else self.grid.pitch_mm) / 2 + SLACK_MM
        for x, y in what.forbidden.on(self.grid):
            near = np.abs(mm - (x, y)).max(axis=-1) <= half
            found[f"the forbidden site ({x:.1f}, {y:.1f}) mm"] = ~near
        return found

    def _left_by(self, area: Area, mm: Floats) -> Bools:
        """(n,) the places (n, 2) whose discs do not touch a keep-out area."""
        outside = -depth_mm(area.corners.on(self.grid), mm)
        return np.asarray(outside >= self.sensor.diameter_mm / 2 - SLACK_MM)

    def keeps(self, layout: Layout) -> bool:
        """Whether a layout, on candidate sites or not, keeps to all constraints."""
        if not all(left.all() for left in self.limits(layout.uv).values()):
            return False
        required = self.constraints.required.on(self.grid)
        if not _same(required, self.grid.mm(layout.uv)).any(axis=1).all():
            return False
        rest = replace(self.constraints, required=Points())
        rules = Rules.of(rest, layout.uv, self.grid, self.sensor)
        return bool(rules.allowed(np.arange(len(layout))[None])[0])


@dataclass(frozen=True)
class Rules:
    """Limits on sets of numbered sites, which each keep the limits on single sites.

    Args:
        uv: (S, 2) the sites.
        mm: (S, 2) the same on the reference foot.
        required: (r,) numbers of the sites that every set has.
        spacing_mm: least gap between two rims, None for any.
        diameter_mm: of a sensor.
        zones: the zones with a least or most number of sensors.
        member: (Z, S) which site lies in which zone.
        examples: some allowed sets (n, k) of each size k for which there are any, once
            `placement.room` has looked; of none where nothing but the size is limited.
    """

    uv: Floats
    mm: Floats
    required: Ints
    spacing_mm: float | None
    diameter_mm: float
    zones: tuple[Zone, ...]
    member: Bools
    examples: Mapping[int, Ints] = field(default_factory=dict)

    @classmethod
    def of(cls, constraints: Constraints, uv: Floats, grid: FootGrid, sensor: Sensor) -> Self:
        """The rules among sites (S, 2), of which the required ones come first."""
        zones = tuple(x for x in constraints.zones if x.min or x.max is not None)
        return cls(
            uv=uv,
            mm=grid.mm(uv),
            required=np.arange(len(constraints.required)),
            spacing_mm=constraints.spacing_mm,
            diameter_mm=sensor.diameter_mm,
            zones=zones,
            member=np.array([x.holds(uv, grid) for x in zones], bool).reshape(-1, len(uv)),
        )

    @property
    def gap_mm(self) -> float:
        """Least distance of two centres, 0 for any."""
        return 0.0 if self.spacing_mm is None else self.spacing_mm + self.diameter_mm

    @property
    def least(self) -> Ints:
        """(Z,) sensors that each zone has at least."""
        return np.array([x.min for x in self.zones], int)

    @property
    def most(self) -> Ints:
        """(Z,) sensors that each zone has at most."""
        return np.array([len(self.uv) if x.max is None else x.max for x in self.zones], int)

    @cached_property
    def distance_mm(self) -> NDArray[np.float32]:
        """(S, S) between the sites."""
        offset = self.mm[:, None] - self.mm
        return np.hypot(offset[..., 0], offset[..., 1]).astype(np.float32)

    @cached_property
    def clash(self) -> Bools:
        """(S, S) which sites are too near to each other, each to itself included."""
        return (self.distance_mm < self.gap_mm - SLACK_MM) | np.eye(len(self.uv), dtype=bool)

    @cached_property
    def free(self) -> bool:
        """Whether every set is allowed."""
        close = bool(np.triu(self.clash, 1).any())
        return not (len(self.required) or close or self.zones)

    def sizes(self, most: int) -> list[int]:
        """The numbers of sensors, up to `most`, for which there are allowed sets."""
        return list(range(1, most + 1)) if self.free else sorted(self.examples)

    def allowed(self, sets: NDArray[np.integer]) -> Bools:
        """Which sets of distinct sites, of one size, keep all constraints: (b, k) -> (b,)."""
        good = np.ones(len(sets), bool)
        for site in self.required:
            good &= (sets == site).any(axis=1)
        if self.gap_mm:
            for i, j in combinations(range(sets.shape[1]), 2):
                good &= ~self.clash[sets[:, i], sets[:, j]]
        for zone, least, most in zip(self.member, self.least, self.most, strict=True):
            inside = zone[sets].sum(axis=1)
            good &= (inside >= least) & (inside <= most)
        return good


def _snapped(snap: Snap, outline: Bools, grid: FootGrid) -> Floats:
    """(n, 2) points (u, v) of the snap grid that lie inside the outline, row by row from the toes.

    Raises:
        ValueError: a pitch so wide that there is none.
    """
    border = grid.pitch_mm
    corners = grid.mm(grid.centres()[[0, -1], [0, -1]])
    low, high = corners.min(axis=0) - border, corners.max(axis=0) + border
    axes = [
        o + snap.pitch_mm * np.arange(np.ceil((a - o) / snap.pitch_mm), (b - o) / snap.pitch_mm)
        for o, a, b in zip(snap.origin_mm, low, high, strict=True)
    ]
    y, x = np.meshgrid(axes[1][::-1], axes[0], indexing="ij")
    uv = grid.uv_from_mm(np.stack([x.ravel(), y.ravel()], axis=-1))
    inside = uv[edge_depth_mm(uv, outline, grid) >= 0]
    if not len(inside):
        raise ValueError(
            f"snap: a grid of {snap.pitch_mm:g} mm from {snap.origin_mm} has no site inside the "
            "footprint"
        )
    return inside


def _same(a_mm: Floats, b_mm: Floats) -> Bools:
    """(a, b) which points are one, as far as files tell."""
    return np.asarray(np.abs(a_mm[:, None] - b_mm).max(axis=-1, initial=0) <= 2 * SLACK_MM)
