"""Soft tissue on a flat floor: an elastic foundation in equilibrium with its load.

A rigid body covered with tissue sinks, pitches and rolls until the pressure under it balances a
force at a given point. Tissue indented by d presses with p = k d^1.5: it stiffens, as the heel
pad does in walking (Gefen et al. 2001, J Biomech 34, 1661-1665), here without its viscosity. The
energy of such a foundation is convex in depth, pitch and roll, so the equilibrium is unique and
Newton's method finds it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

POWER = 1.5

_N_PER_KPA_MM2 = 1e-3
_START_MM = 6.0  # depth from which the equilibrium is sought
_ROUNDS = 60
_PRECISE = 1e-6  # of the force, and of its moment about the body's middle


@dataclass(frozen=True)
class Body:
    """The underside of a body, cell by cell.

    Args:
        height_mm: (points,) of the unloaded surface over the floor.
        stiffness: (points,) k in kPa mm^-1.5.
        xy_mm: (points, 2) where the cells are; area_mm2: of each.
    """

    height_mm: Floats
    stiffness: Floats
    xy_mm: Floats
    area_mm2: float


@dataclass(frozen=True)
class Contact:
    """A body pressed into the floor at T instants.

    Args:
        pressure: (T, points) kPa.
        depth_mm: (T,) how far the body has sunk at the point where the force acts.
        pitch, roll: (T,) rad, small: > 0 sinks the toes, the lateral edge.
    """

    pressure: Floats
    depth_mm: Floats
    pitch: Floats
    roll: Floats


def press(body: Body, force_n: Floats, point_mm: Floats) -> Contact:
    """Press a body with forces at given points; its pressure balances each of them.

    Args:
        force_n: (T,) >= 0; where it is 0 so is the pressure.
        point_mm: (T, 2) where it acts, above the body.

    Returns:
        Pressures whose sum times area is the force exactly, up to rounding, and whose centre is
        the point, to a millionth of the body's size.
    """
    middle = body.xy_mm.mean(axis=0)
    reach = np.maximum(np.ptp(body.xy_mm, axis=0), 1.0) / 2  # so that unknowns are alike in size
    basis = np.column_stack([np.ones(len(body.xy_mm)), (body.xy_mm - middle) / reach])
    foundation = _Foundation(body.height_mm, body.stiffness * body.area_mm2 * _N_PER_KPA_MM2, basis)
    loaded = np.flatnonzero(force_n > 0)
    lever = np.column_stack([np.ones(len(loaded)), (point_mm[loaded] - middle) / reach])
    position = foundation.settle(force_n[loaded, None] * lever)

    pressure = np.zeros((len(force_n), len(basis)))
    pressure[loaded] = body.stiffness * foundation.indentation(position) ** POWER
    total = pressure.sum(axis=1) * body.area_mm2 * _N_PER_KPA_MM2
    pressure *= np.divide(force_n, total, out=np.zeros_like(total), where=total > 0)[:, None]
    depth, tilt = np.zeros(len(force_n)), np.zeros((len(force_n), 2))
    depth[loaded] = (position * lever).sum(axis=1)
    tilt[loaded] = position[:, 1:] / reach
    return Contact(pressure, depth, pitch=tilt[:, 1], roll=tilt[:, 0])


@dataclass(frozen=True)
class _Foundation:
    """Tissue under a body whose position q is (depth, roll, pitch) in the units of `basis`.

    Args:
        height: (points,) mm.
        stiffness: (points,) of whole cells, N mm^-1.5.
        basis: (points, 3) how far a point sinks for a unit of each component of q.
    """

    height: Floats
    stiffness: Floats
    basis: Floats

    def indentation(self, q: Floats) -> Floats:
        """(T, 3) -> (T, points) mm."""
        return np.maximum(q @ self.basis.T - self.height, 0)

    def energy(self, q: Floats, load: Floats) -> Floats:
        """(T,) potential energy of tissue and load, N mm: convex, lowest in equilibrium."""
        depth = self.indentation(q)
        stored = (depth**2 * np.sqrt(depth)) @ self.stiffness / (POWER + 1)
        return stored - (q * load).sum(axis=1)

    def settle(self, load: Floats) -> Floats:
        """The position (T, 3) in which the tissue balances each load (T, 3), by Newton's method."""
        squares = (self.basis[:, :, None] * self.basis[:, None]).reshape(-1, 9)
        q = np.zeros_like(load)
        q[:, 0] = self.height.min() + _START_MM
        active = np.arange(len(load))
        for _ in range(_ROUNDS):
            root = np.sqrt(self.indentation(q[active]))
            slope = (root**3 * self.stiffness) @ self.basis - load[active]
            off = np.abs(slope).max(axis=1) > _PRECISE * load[active, 0]
            if not off.any():
                break
            active, root, slope = active[off], root[off], slope[off]
            hessian = ((POWER * root * self.stiffness) @ squares).reshape(-1, 3, 3)
            ridge = 1e-9 * (1 + np.trace(hessian, axis1=1, axis2=2))
            hessian += ridge[:, None, None] * np.eye(3)
            step = -np.linalg.solve(hessian, slope[..., None])[..., 0]
            q[active] = self._descend(q[active], step, slope, load[active])
        return q

    def _descend(self, q: Floats, step: Floats, slope: Floats, load: Floats) -> Floats:
        """Newton steps, halved where the energy would not fall (Armijo's rule)."""
        start = self.energy(q, load)
        fall = 1e-4 * (step * slope).sum(axis=1)
        share = np.ones(len(q))
        for _ in range(20):
            rising = self.energy(q + share[:, None] * step, load) > start + share * fall + 1e-12
            if not rising.any():
                break
            share[rising] /= 2
        return q + share[:, None] * step
