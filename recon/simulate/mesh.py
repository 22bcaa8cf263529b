"""A whole foot, cut at the ankle, whose sole is a simulated one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.interpolate import PchipInterpolator

from recon.simulate.sole import Floats, Sole, edges, surface

if TYPE_CHECKING:
    import trimesh

_ROWS, _COLUMNS = 130, 56  # vertices along and across the sole, and again over the back
_ANKLE_MM = 95.0
# Height of the back of the foot over its edge, mm, at shares of its length; the leg is cut off.
_BACK = ((0, 0), (0.03, 60), (0.08, 120), (0.42, 120), (0.55, 68), (0.75, 34), (0.92, 20), (1, 0))


def foot_mesh(sole: Sole) -> trimesh.Trimesh:
    """A watertight mesh in mm, standing on z = 0 with its toes along +y.

    The medial edge of a right foot is at low x; a left foot is its mirror image.
    """
    import trimesh  # half a second

    y = sole.length_mm * (1 - np.cos(np.linspace(0, np.pi, _ROWS))) / 2
    medial, lateral = edges(sole, y)
    share = (1 - np.cos(np.linspace(0, np.pi, _COLUMNS))) / 2
    x = medial[:, None] + share * (lateral - medial)[:, None]
    xy = np.stack([x, np.broadcast_to(y[:, None], x.shape)], axis=-1)
    bottom = surface(sole, xy.reshape(-1, 2)).reshape(x.shape)
    rise = PchipInterpolator(*np.array(_BACK, float).T)(y / sole.length_mm)
    arch = 2 * np.sqrt(share * (1 - share))  # 0 at both edges, where back and sole meet
    edge = np.linspace(0, 1, _COLUMNS) * (bottom[:, -1:] - bottom[:, :1]) + bottom[:, :1]
    top = np.minimum(np.maximum(edge + arch * rise[:, None], bottom), _ANKLE_MM)
    top[:, [0, -1]], top[[0, -1]] = bottom[:, [0, -1]], bottom[[0, -1]]

    points = np.concatenate([_stack(xy, bottom), _stack(xy, top)])
    down = _triangles()
    faces = np.concatenate([down, down[:, ::-1] + _ROWS * _COLUMNS])
    if sole.side == "left":
        points[:, 0] = sole.width_mm - points[:, 0]
        faces = faces[:, ::-1]
    mesh = trimesh.Trimesh(points, faces)  # merges the vertices that back and sole share
    mesh.update_faces(mesh.nondegenerate_faces() & mesh.unique_faces())
    mesh.remove_unreferenced_vertices()
    return mesh


def _stack(xy: Floats, z: Floats) -> Floats:
    return np.concatenate([xy, z[..., None]], axis=-1).reshape(-1, 3)


def _triangles() -> np.ndarray:
    """(n, 3) of a grid of vertices, their normals down."""
    grid = np.arange(_ROWS * _COLUMNS).reshape(_ROWS, _COLUMNS)
    a, b, c, d = (
        part.ravel() for part in (grid[:-1, :-1], grid[:-1, 1:], grid[1:, :-1], grid[1:, 1:])
    )
    return np.concatenate([np.stack([a, c, b], -1), np.stack([b, c, d], -1)])
