"""Where a foot stands: its floor, its long axis, its toes and its side, found from its surface.

Surfaces are clouds of points spread evenly over the triangles, (n, 3) in mm. So stray vertices
weigh nothing, and neither the topology nor the fineness of a mesh matters.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, spatial

Floats = NDArray[np.float64]

FLAT_MM = 3.0  # what lies this close above a plane rests on it
_COARSE_MM = 10.0  # the same while directions are tried in steps of six degrees
_DIRECTIONS = 1000
_CANDIDATES = 4
_APART = np.cos(np.radians(35))
_BELOW = 0.05  # share of the sole that may lie below the floor


def sample_surface(
    vertices: Floats, faces: NDArray[np.integer], count: int
) -> tuple[Floats, Floats]:
    """About `count` points spread evenly over a surface, and its unit normals there.

    Triangles get points by their area in turn; where in a triangle is drawn at random, with a
    fixed seed (Osada et al. 2002, ACM Trans. Graphics 21, 807-832).

    Raises:
        ValueError: all triangles are degenerate.
    """
    corner, *others = np.moveaxis(vertices[faces], 1, 0)
    along, across = (other - corner for other in others)
    normal = np.cross(along, across)
    area = np.linalg.norm(normal, axis=1)
    total = np.cumsum(area)
    if not total[-1] > 0:
        raise ValueError("all its triangles are degenerate, without any area")
    many = np.diff(np.floor(total / total[-1] * count).astype(int), prepend=0)
    face = np.repeat(np.arange(len(faces)), many)
    a, b = np.random.default_rng(0).random((2, len(face), 1))
    outside = a + b > 1
    a, b = np.where(outside, 1 - a, a), np.where(outside, 1 - b, b)
    points = corner[face] + a * along[face] + b * across[face]
    return points, normal[face] / area[face, None]


def diameter(points: Floats) -> float:
    """The longest extent of a surface in any direction, bar its outermost 1 %."""
    low, high = np.quantile(points @ directions(200).T, [0.005, 0.995], axis=0)
    return float((high - low).max())


def directions(count: int) -> Floats:
    """(count, 3) unit vectors spread evenly over the sphere (Fibonacci lattice)."""
    step = np.arange(count) + 0.5
    z = 1 - 2 * step / count
    turn = np.pi * (1 + np.sqrt(5)) * step
    r = np.sqrt(1 - z**2)
    return np.stack([r * np.cos(turn), r * np.sin(turn), z], axis=1)


def standing(points: Floats, up: Floats | None = None) -> Floats:
    """The rotation (3, 3) that puts a foot on its sole, with z up.

    Of all directions the sole's is the one in which most surface rests on the floor, far apart:
    a plane's hold is the moment of inertia of what lies close above it. The cut at the ankle is
    flat but small, the rim of an open shell wide but narrow.

    Args:
        up: the rough direction away from the floor, or None to find it.
    """
    points = _without_spikes(points - points.mean(axis=0))
    tried = directions(_DIRECTIONS)
    if up is not None:
        tried = tried[tried @ up >= np.cos(np.radians(60))]
    height = points @ tried.T
    near = (height < np.quantile(height, 0.01, axis=0) + _COARSE_MM).astype(float)
    many = near.sum(axis=0)
    mean = near.T @ points / many[:, None]
    hold = (points**2).sum(axis=1) @ near - many * (mean**2).sum(axis=1)
    candidates: list[Floats] = []
    for direction in tried[np.argsort(-hold)]:
        if all(direction @ other < _APART for other in candidates):
            candidates.append(direction)
    turns = [_rest(points, _frame(one), pitch=8.0) for one in candidates[:_CANDIDATES]]
    best = max(turns, key=lambda turn: _hold(points @ turn.T))
    return _rest(points, best, pitch=4.0)


def floor(points: Floats) -> float:
    """Height of the floor under points that stand on it."""
    surface, _ = lowest(points, 4.0)
    return float(np.quantile(surface[np.isfinite(surface)], _BELOW))


def lowest(points: Floats, pitch: float) -> tuple[Floats, NDArray[np.int64]]:
    """The surface seen from below, and the number of points in each pixel.

    Both (rows, columns): columns go along x and rows along y, from the lowest ones on. Heights
    are inf where there is no point.
    """
    column, row = ((points[:, :2] - points[:, :2].min(axis=0)) / pitch).astype(int).T
    shape = (row.max() + 1, column.max() + 1)
    surface = np.full(shape, np.inf)
    np.minimum.at(surface, (row, column), points[:, 2])
    count = np.bincount(row * shape[1] + column, minlength=surface.size).reshape(shape)
    return surface, count


def long_axis(points: Floats) -> Floats:
    """The rotation (3, 3) about z that lays the principal axis of the resting sole along y."""
    surface, _ = lowest(points, 2.0)
    row, column = np.nonzero(surface < FLAT_MM)
    _, axes = np.linalg.eigh(np.cov(column, row))
    x, y = axes[:, 1]
    return np.array([[y, -x, 0.0], [x, y, 0.0], [0.0, 0.0, 1.0]])


def forefoot(height: Floats) -> float:
    """How much wider a sole rests at its top end than at its bottom end, as a log ratio.

    Args:
        height: (rows, columns) mm, NaN beside the foot. A forefoot is wider than a heel.
    """
    width = (height < FLAT_MM).sum(axis=1)
    rows = len(width)
    low, high = round(0.10 * rows), round(0.35 * rows)
    return float(
        np.log((width[rows - high : rows - low].mean() + 1) / (width[low:high].mean() + 1))
    )


def medial_left(height: Floats) -> float:
    """How plainly the medial edge of a sole is on the left: about 1, or -1 if on the right.

    The mean of two signs, each over its usual size: the arch rises at the medial edge, and the
    toes reach furthest in front of it.

    Args:
        height: (rows, columns) mm, the first row at the heel, NaN beside the foot.
    """
    inside = np.isfinite(height)
    rows, columns = height.shape
    rank = inside.cumsum(axis=1) / np.maximum(inside.sum(axis=1, keepdims=True), 1)
    raised = np.clip(height, 0, 20.0)
    middle = slice(round(0.35 * rows), round(0.60 * rows))

    def mean_height(where: NDArray[np.bool_]) -> float:
        return float(raised[middle][(where & inside)[middle]].mean())

    arch = mean_height(rank <= 1 / 3) - mean_height(rank > 2 / 3)

    def centre(start: float, stop: float) -> float:
        return float(np.nonzero(inside[round(start * rows) : round(stop * rows)])[1].mean())

    toes = (centre(0.6, 0.8) - centre(0.9, 1.0)) / columns
    return (arch / 6.0 + toes / 0.13) / 2


def _without_spikes(points: Floats) -> Floats:
    """The points with at least a third of the usual number of neighbours within 20 mm."""
    many = spatial.KDTree(points).query_ball_point(points, 20.0, return_length=True)
    return points[many >= np.median(many) / 3]


def _hold(points: Floats) -> float:
    """Second moment of the area that rests on the floor."""
    surface, _ = lowest(points - [0.0, 0.0, floor(points)], 4.0)
    row, column = np.nonzero(surface < FLAT_MM)
    return float(len(row) * (row.var() + column.var()))


def _rest(points: Floats, turn: Floats, pitch: float) -> Floats:
    """Refine a rotation until the points rest level.

    A body rests on the plane below it that is highest under its centre. Let through a share of
    the lowest points, so that noise and skin pressed flat do not carry it, and the plane is the
    linear quantile regression of the heights (Koenker and Bassett 1978, Econometrica 46, 33-50).
    """
    for _ in range(2):
        surface, _ = lowest(points @ turn.T, pitch)
        row, column = np.nonzero(np.isfinite(surface))
        height = surface[row, column]
        # Its dual program has three constraints; their multipliers are the plane. The solver
        # wants numbers around 1.
        terms = np.stack([column - column.mean(), row - row.mean(), np.full(len(row), 10.0)]) / 10
        solved = optimize.linprog(
            (height.mean() - height) / 10,
            A_eq=terms,
            b_eq=np.zeros(3),
            bounds=(_BELOW - 1, _BELOW),
            method="highs-ipm",
        )
        if solved.status != 0:
            raise ValueError("it cannot be stood on a floor; is it a foot?")
        slope_x, slope_y, _ = -solved.eqlin.marginals / pitch
        turn = _frame(np.array([-slope_x, -slope_y, 1.0])) @ turn
    return turn


def _frame(up: Floats) -> Floats:
    """A rotation (3, 3) that takes `up` to z."""
    up = up / np.linalg.norm(up)
    x = np.cross(np.eye(3)[np.abs(up).argmin()], up)
    x /= np.linalg.norm(x)
    return np.stack([x, np.cross(up, x), up])
