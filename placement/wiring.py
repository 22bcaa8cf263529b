"""How much wire a layout takes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import minimum_spanning_tree
from scipy.spatial import distance_matrix

Floats = NDArray[np.float64]

CONNECTOR_UV = (0.35, 1.0)
"""Lateral edge of the midfoot, in front of the ankle: wires leave the shoe there on the side away
from the other leg and without crossing the heel, which is loaded, or the arch, which is curved."""

_LEAST_MM = 1e-6  # between two in one place; a graph takes 0, or 1e-9, for no edge


def wire_cm(places_mm: Floats, connector_mm: Floats) -> Floats:
    """Least wire that joins sensors and connector, in straight lines from one to the next.

    The length of the minimum spanning tree; wires branch at sensors, as a bus does.

    Args:
        places_mm: (b, k, 2) sensors of b layouts on the reference foot.
        connector_mm: (2,)

    Returns:
        (b,) cm.
    """
    layouts, count = places_mm.shape[:2]
    end = np.broadcast_to(connector_mm, (layouts, 1, 2))
    nodes = np.concatenate([end, places_mm], axis=1)
    first, second = np.triu_indices(count + 1, 1)
    gap = np.linalg.norm(nodes[:, first] - nodes[:, second], axis=-1)
    gap = np.maximum(gap, _LEAST_MM)
    # One forest with a tree for each layout.
    base = (np.arange(layouts) * (count + 1))[:, None]
    edges = gap.ravel(), ((base + first).ravel(), (base + second).ravel())
    size = layouts * (count + 1)
    tree = minimum_spanning_tree(coo_array(edges, shape=(size, size)).tocsr()).tocoo()
    total = np.bincount(tree.row // (count + 1), tree.data, minlength=layouts)
    return np.round(total / 10, 6)  # whatever the order in which edges were added


def wires(places_mm: Floats, connector_mm: Floats) -> Floats:
    """The wires of one layout, k sensors (k, 2): (k, 2, 2), from where to where."""
    nodes = np.concatenate([np.atleast_2d(connector_mm), places_mm])
    gap = np.maximum(distance_matrix(nodes, nodes), _LEAST_MM)
    tree = minimum_spanning_tree(gap).tocoo()
    return np.stack([nodes[tree.row], nodes[tree.col]], axis=1)
