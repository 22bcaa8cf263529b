"""Estimated maps that pull on the foot somewhere, made ones that only press."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

ROUNDS = 20
"""Of Newton's method; from two to a dozen are needed."""

CLOSE = 1e-5
"""What may be left of the moments' gap, as a share of the map cut at 0."""

HARDER = 1.05
"""How much harder than the estimate at its highest a map may press anywhere: where it would, the
force and centre asked for hardly go with the map, and all load would be heaped on a few pixels."""

JITTER = 1e-6
"""Of the curvature, which is singular where too few pixels are pressed on to tell all moments
apart, and where the force alone is kept."""


def nonnegative(
    maps: NDArray[np.floating],
    foot: NDArray[np.bool_],
    shape: tuple[int, int],
    *,
    centre: bool = True,
) -> NDArray[np.float32]:
    """The nearest maps without negative pressures, of the same force and centre of pressure.

    An estimate of a pressure map has ripples about 0. Cut at 0, their crests stay, and in the faint
    frames at heel strike and toe-off what they weigh throws the centre of pressure off by
    centimetres. So each map is projected (least squares) onto those that are 0 or more everywhere
    and have its sum and first moments. These are max(map + l' b, 0), b the moments of each pixel
    of the foot and l found by Newton's method on the dual problem (Pang and Qi, SIAM J Optim 1993,
    3:443-465). Where there is no such map, since the force is not positive or its centre lies off
    the foot, or only one that presses much harder (`HARDER`), the map is cut at 0.

    Args:
        maps: (n, P), P = rows x columns of `shape`.
        foot: (P,) pixels that may be pressed harder than estimated.
        centre: False for those of the same force alone.

    Returns:
        (n, P).
    """
    basis = moments(shape, centre)
    return keeping(maps, basis, basis * foot[:, None])


def keeping(
    maps: NDArray[np.floating], basis: NDArray[np.float32], lift: NDArray[np.float32]
) -> NDArray[np.float32]:
    """The same by the `moments` of all pixels, and of those of the foot (others 0)."""
    found = np.maximum(maps, 0, dtype=np.float32)
    products = (lift[:, :, None] * lift[:, None, :]).reshape(len(lift), -1)
    wanted = maps @ basis
    left = np.flatnonzero((wanted[:, 0] > 0) & (maps < 0).any(axis=1))
    multiplier = np.zeros((len(left), 3), np.float32)
    for _ in range(ROUNDS):
        if not len(left):
            break
        moved = maps[left] + multiplier @ lift.T
        np.maximum(moved, 0, out=moved)
        gap = moved @ basis - wanted[left]
        far = np.abs(gap).max(axis=1) > CLOSE * found[left].sum(axis=1)
        fit = ~far & (moved.max(axis=1) <= HARDER * found[left].max(axis=1))
        found[left[fit]] = moved[fit]
        far &= moved[:, lift[:, 0] > 0].any(axis=1)  # else nothing is left that could be raised
        left, multiplier, gap = left[far], multiplier[far], gap[far]
        curvature = ((moved[far] > 0).astype(np.float32) @ products).reshape(-1, 3, 3)
        curvature += JITTER * np.trace(curvature, axis1=1, axis2=2)[:, None, None] * np.eye(3)
        multiplier -= np.linalg.solve(curvature, gap[..., None])[..., 0].astype(np.float32)
    return found


def moments(shape: tuple[int, int], centre: bool = True) -> NDArray[np.float32]:
    """Of each pixel 1 and its place across and along, from -1 to 1; or 1, 0, 0: (P, 3)."""
    along, across = np.meshgrid(*(np.linspace(-1, 1, size) for size in shape), indexing="ij")
    found = np.stack([np.ones(shape), across * centre, along * centre], axis=-1)
    return found.reshape(-1, 3).astype(np.float32)
