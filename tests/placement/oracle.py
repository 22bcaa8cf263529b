"""The constraints again, from their definitions, to hold the vectorised ones against."""

import numpy as np

from placement.constraints import Constraints
from placement.zones import Zone
from recon import FootGrid

AROUND = np.linspace(0, 2 * np.pi, 48, endpoint=False)
BANDS = {"heel": (-9, 0.8 / 3), "midfoot": (0.8 / 3, 1.6 / 3), "forefoot": (1.6 / 3, 0.8)}


def inside(corners: np.ndarray, points: np.ndarray) -> np.ndarray:
    """By the angle that a polygon, whose corners are in order, sweeps around points (..., 2)."""
    to = corners - points[..., None, :]
    angle = np.arctan2(to[..., 1], to[..., 0])
    step = np.diff(angle, axis=-1, append=angle[..., :1])
    return np.abs(((step + np.pi) % (2 * np.pi) - np.pi).sum(axis=-1)) > np.pi


def broken_by_a_site(
    mm: np.ndarray, what: Constraints, grid: FootGrid, diameter_mm: float, slack_mm: float
) -> list[str]:
    """What any of the sites (k, 2) breaks by more than the slack, edge and margin excepted."""
    found = []
    radius = diameter_mm / 2 - slack_mm
    discs = mm[:, None] + radius * np.stack([np.cos(AROUND), np.sin(AROUND)], axis=-1)
    for area in what.keep_out:
        corners = area.corners.on(grid)
        in_disc = np.linalg.norm(corners - mm[:, None], axis=-1).min() < radius
        if in_disc or inside(corners, discs).any():
            found.append(area.name)
    if what.keep_in:
        homes = [inside(area.corners.on(grid), discs).all(axis=1) for area in what.keep_in]
        if not np.any(homes, axis=0).all():
            found.append("keep-in")
    for point in what.forbidden.on(grid):
        if np.linalg.norm(mm - point, axis=-1).min() < slack_mm:
            found.append("forbidden")
    if what.snap is not None:
        steps = (mm - what.snap.origin_mm) / what.snap.pitch_mm
        if (np.abs(steps - np.round(steps)) * what.snap.pitch_mm > slack_mm).any():
            found.append("snap")
    return found


def broken_by_the_set(
    mm: np.ndarray, what: Constraints, grid: FootGrid, diameter_mm: float, slack_mm: float
) -> list[str]:
    """What a layout of sites (k, 2) breaks as a whole by more than the slack."""
    found = []
    gap = np.linalg.norm(mm[:, None] - mm, axis=-1)[np.triu_indices(len(mm), 1)]
    if (gap < what.spacing_mm + diameter_mm - slack_mm).any():
        found.append("spacing")
    for point in what.required.on(grid):
        if np.linalg.norm(mm - point, axis=-1).min() > slack_mm:
            found.append("required")
    for zone in what.zones:
        count = _in_zone(mm, zone, grid).sum()
        if count < zone.min or (zone.max is not None and count > zone.max):
            found.append(zone.name)
    return found


def _in_zone(mm: np.ndarray, zone: Zone, grid: FootGrid) -> np.ndarray:
    if len(zone.corners):
        return inside(zone.corners.on(grid), mm)
    u = mm[:, 1] / grid.foot_mm[0]
    low, high = BANDS.get(zone.name, (0.8, 9))
    return (low <= u) & (u < high)
