"""A plain right foot as a closed mesh, for tests of scans without real ones."""

import numpy as np
import trimesh
from scipy.interpolate import PchipInterpolator

# Edges of a foot of 260 mm, mm: distance from the heel, medial and lateral edge.
ALONG = np.array([0, 8, 30, 60, 100, 140, 180, 205, 230, 250, 260.0])
MEDIAL = np.array([35, 19, 8, 8, 12, 12, 6, 4, 7, 14, 28.0])
LATERAL = np.array([35, 52, 66, 72, 79, 87, 96, 97, 82, 56, 32.0])


def foot_mesh(
    length_mm: float = 260.0, arch_mm: float = 15.0, ankle_mm: float = 90.0, detail: int = 80
) -> trimesh.Trimesh:
    """A right foot in mm, toes along +y, the medial edge at low x, its sole on z = 0."""
    y = 130 - 130 * np.cos(np.linspace(0, np.pi, detail))
    medial, lateral = PchipInterpolator(ALONG, MEDIAL)(y), PchipInterpolator(ALONG, LATERAL)(y)
    outline = np.concatenate([np.c_[lateral, y], np.c_[medial, y][-2:0:-1]])
    around = np.arctan2(outline[:, 1] - 130, outline[:, 0] - 45)
    ankle = np.c_[38 + 33 * np.cos(around), 60 + 45 * np.sin(around)]
    spine = np.clip(outline[:, 1], 30, 230)
    middle = np.c_[np.interp(spine, ALONG, (MEDIAL + LATERAL) / 2), spine]

    rings = []
    for share in np.linspace(0, 1, detail // 2):  # the sole, from its middle to its edge
        x, along = (middle + share * (outline - middle)).T
        arch = arch_mm * np.exp(-(((along - 105) / 38) ** 2)) * np.clip((60 - x) / 50, 0, 1)
        rings.append(np.c_[x, along, arch + 14 * np.clip((share - 0.75) / 0.25, 0, 1) ** 3])
    edge = rings[-1]
    for share in np.linspace(0, 1, detail // 3)[1:]:  # the back of the foot up to the ankle
        xy = (1 - share) * edge[:, :2] + share * ankle
        rings.append(np.c_[xy, edge[:, 2] + (ankle_mm - edge[:, 2]) * share**0.7])
    n, layers = len(outline), len(rings)
    grid = np.arange(n * layers).reshape(layers, n)
    a, b = grid[:-1], np.roll(grid, -1, axis=1)[:-1]
    c, d = grid[1:], np.roll(grid, -1, axis=1)[1:]
    top = np.c_[np.full(n, n * layers), grid[-1], np.roll(grid[-1], -1)]
    quads = [np.stack([a, b, c], -1).reshape(-1, 3), np.stack([b, d, c], -1).reshape(-1, 3)]
    vertices = np.concatenate([*rings, rings[-1].mean(axis=0, keepdims=True)])
    mesh = trimesh.Trimesh(vertices * (length_mm / 260), np.concatenate([*quads, top]))
    mesh.update_faces(mesh.nondegenerate_faces())  # the first ring is folded to a line
    return mesh
