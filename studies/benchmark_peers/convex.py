"""Joshi and Boyd (2009), Sensor selection via convex optimization, IEEE Trans. Signal Proc. 57."""

import cvxpy as cp
import numpy as np
from numpy.typing import NDArray
from task import Sets, Task

from recon.linear import RIDGE

MODES = 16
ROUNDS = 30


def convex_relaxation(task: Task, counts: tuple[int, ...]) -> Sets:
    """Weights of sites that maximise the log determinant; rounded; then local swaps.

    The posterior information of the modes (their Section V, with a prior), so that it is defined
    for fewer sensors than modes: log det(P^-1 + sum_i z_i a_i a_i' / s^2), 0 <= z <= 1,
    sum z = k, with P the variances of the modes and s^2 the noise of our linear reconstructor.
    """
    covariance = np.cov(task.read.T)
    variances, vectors = np.linalg.eigh(covariance)
    noise = RIDGE * np.trace(covariance) / len(covariance)
    # In units of each mode's deviation the prior is the identity.
    basis = vectors[:, -MODES:] * np.sqrt(variances[-MODES:] / noise)
    weights = cp.Variable(len(basis), nonneg=True)
    count = cp.Parameter()
    information = np.eye(MODES) + basis.T @ cp.diag(weights) @ basis
    problem = cp.Problem(
        cp.Maximize(cp.log_det(information)), [weights <= 1, cp.sum(weights) == count]
    )
    found = {}
    for k in counts:
        count.value = k
        problem.solve(solver=cp.SCS, eps=1e-4)
        found[k] = _swapped(basis, np.argsort(-weights.value)[:k].tolist())
    return found


def _swapped(basis: NDArray, chosen: list[int]) -> list[int]:
    """Swap one site at a time as long as the determinant grows (their Section IV)."""
    for _ in range(ROUNDS):
        before = list(chosen)
        for place in range(len(chosen)):
            rest = chosen[:place] + chosen[place + 1 :]
            information = np.eye(basis.shape[1]) + basis[rest].T @ basis[rest]
            gain = np.einsum("sm,mn,sn->s", basis, np.linalg.inv(information), basis)
            gain[rest] = -np.inf
            if gain.max() > gain[chosen[place]] * (1 + 1e-9):
                chosen = [*chosen]
                chosen[place] = int(gain.argmax())
        if chosen == before:
            break
    return chosen
