"""A whole foot as a closed mesh, cut at the ankle, standing on the floor."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator

from recon.simulate.sole import LENGTH_MM
from recon.simulate.walk import Foot, standing_height

if TYPE_CHECKING:
    import trimesh

ANKLE_MM = 95.0  # height of the cut
EDGE_MM = 20.0  # the sole's edge lies no higher

_RINGS, _ARC = 160, 48  # cross-sections, and points along the sole (and over the back) of each

# Height of the foot's back over the floor along the reference foot, (y, z) mm; where it rises
# above the cut there is the shank. Proportions of a standing adult's foot.
_BACK = np.array(
    [[0, 45], [6, 85], [14, 125], [30, 165], [70, 165], [97, 120], [118, 82], [145, 62],
     [170, 48], [195, 37], [220, 30], [245, 26], [257, 22], [262, 14]], float
)  # fmt: skip


def foot_mesh(foot: Foot) -> trimesh.Trimesh:
    """The whole foot in mm: on z = 0, heel at y = 0, toes towards +y; watertight.

    Seen from above a right foot's medial edge is at low x, a left foot's at high x. The sole is
    `standing_height`, clipped at its edge; toes are joined above the floor, as in a coarse scan.
    """
    import trimesh  # half a second, which those who make no mesh need not wait

    share = np.linspace(0, np.pi, _RINGS)
    y = foot.sole.length_mm * (0.002 + 0.996 * (1 - np.cos(share)) / 2)
    medial, lateral = foot.sole.edges(y)
    # closer together at the edges, where the sole curves up
    arc = (1 - np.cos(np.linspace(0, np.pi, _ARC))) / 2
    x = medial[:, None] + arc * (lateral - medial)[:, None]
    along = np.broadcast_to(y[:, None], x.shape)
    inside = np.stack([np.clip(x, medial[:, None] + 1e-6, lateral[:, None] - 1e-6), along], -1)
    under = np.minimum(standing_height(foot, inside), EDGE_MM)

    scale = foot.sole.length_mm / LENGTH_MM
    top = np.maximum(PchipInterpolator(*_BACK.T)(y / scale) * scale, under.max(axis=1) + 4)
    bow = np.sin(np.linspace(0, np.pi, _ARC)[1:-1]) ** 0.8
    edge = under[:, :1] + (under[:, -1:] - under[:, :1]) * arc[1:-1]
    over = np.minimum(edge + (top[:, None] - edge) * bow, ANKLE_MM * scale)

    ring_x = np.concatenate([x, x[:, -2:0:-1]], axis=1)
    ring_z = np.concatenate([under, over[:, ::-1]], axis=1)
    if foot.side == "left":
        ring_x = foot.sole.width_mm - ring_x
    ring_y = np.broadcast_to(y[:, None], ring_x.shape)
    rings = np.stack([ring_x, ring_y, ring_z], axis=-1)
    rings = rings.astype(np.float32).astype(float)  # as an STL file stores them
    ends = rings[[0, -1]].mean(axis=1)
    ends[:, 1] = 0, foot.sole.length_mm
    mesh = trimesh.Trimesh(*_tube(rings, ends), process=False)
    if mesh.volume < 0:
        mesh.invert()
    return mesh


def _tube(
    rings: NDArray[np.float64], ends: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Vertices and faces of closed rings (n, m, 3) joined to each other and to both `ends`."""
    count, around = rings.shape[:2]
    vertex = np.arange(count * around).reshape(count, around)
    a, b = vertex[:-1], vertex[1:]
    after = np.roll(vertex, -1, axis=1)
    c, d = after[1:], after[:-1]
    sides = np.concatenate([np.stack([a, d, b], -1), np.stack([b, d, c], -1)]).reshape(-1, 3)
    first, last = count * around, count * around + 1
    caps = [
        np.stack([np.full(around, first), after[0], vertex[0]], axis=-1),
        np.stack([np.full(around, last), vertex[-1], after[-1]], axis=-1),
    ]
    return np.concatenate([rings.reshape(-1, 3), ends]), np.concatenate([sides, *caps])
