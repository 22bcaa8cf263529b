"""Kernel ridge regression: the mean of a Gaussian process over readings, in closed form."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial.distance import cdist

from recon.cohort import Cohort
from recon.foot_shape import FootShapes
from recon.grid import FootGrid
from recon.history import inputs, parts
from recon.layout import Layout
from recon.layout import readings as read_at
from recon.nonnegative import nonnegative
from recon.reconstructor import Shown, check_fit, check_fitted, check_readings

CENTRES = 500
"""Default number of frames that the kernels of `Kernel` stand on."""

LENGTH = 0.5  # of the kernel over features
LOAD = 0.3  # weight of the log load among the features
FAINT = 0.05  # of the mean reading: loads below hardly change the features
STEADY = 0.1  # share of the noise that does not grow with the load
_PAST = 0.4  # weight of earlier readings among the features
_FADES = 0.1  # of the mean reading: at this load the past counts half
CONSTANT = 1e-2  # variance of an offset of the whole map
PEOPLE = 0.02  # variance of what is a person's own, at the mean load
ALWAYS = 0.3
"""How much a person differs in the same way whatever the readings, against how much by them."""
_FEW = 100  # centres that a person's own kernel stands on
FOOT = 0.9  # share of the curved kernel that a foot's shape bears on
FOOT_LENGTH = 9.0  # and how far, over feet's numbers

Floats = NDArray[np.float64]


class Kernel(Shown):
    """Kernel ridge regression on readings and a foot's shape, serving any layout.

    Features are how the load is shared among the sensors, which is what moves the centre of
    pressure whatever the person weighs, and the logarithm of its mean. The kernel is a constant,
    a linear one of the readings and a rational quadratic one of the features (Rasmussen and
    Williams, Gaussian Processes for Machine Learning, 2006, eq. 4.19, alpha = 1). Where there are
    scans, the last is larger between feet of like shape (`recon.foot_shape`). The noise grows with
    the load, so that the faint frames at heel strike and toe-off, which the centre of pressure
    hangs on, are fitted closely. All frames count, projected on the kernels at `centres` of them
    (Nystroem's method, ibid., eq. 8.14). Maps are made non-negative keeping their force
    (`recon.nonnegative`).

    But a hundred frames of one person are not a hundred witnesses of the next. So each person of
    the training has a part of their own, a process that grows with the load and is independent
    of the others' (a mixed-effects Gaussian process: Shi, Wang, Will and West, Statistics in
    Medicine 2012, 31:3165-3177). What is common to all is what predicts; the own part of somebody
    new is found by `recon.personal`.

    Args:
        memory: whether to use what was read earlier in the same stance (`recon.history`);
            `predict` then takes readings of whole stances, (n, T, k), and gives (n, T, ...).
        noise: variance of the noise over that of the kernel, on average.
        people: variance of a person's own part over that of the kernel, at the mean load (where it
            truly is 0.7 of that: the parts of both weigh differently); 0 takes all frames for those
            of one person.
        centres: frames that kernels stand on.
        seed: of their choice.

    Raises:
        ValueError: noise not positive, people negative, or fewer than 2 centres.
    """

    def __init__(
        self,
        *,
        memory: bool = False,
        noise: float = 0.1,
        people: float = PEOPLE,
        centres: int = CENTRES,
        seed: int = 0,
    ) -> None:
        if not 0 < noise < np.inf:
            raise ValueError(f"noise must be > 0 and finite, got {noise}")
        if not 0 <= people < np.inf:
            raise ValueError(f"people must be 0 or more, got {people}")
        if centres < 2 or int(centres) != centres:
            raise ValueError(f"centres must be a whole number of at least 2, got {centres}")
        self.memory = memory
        self.noise = noise
        self.people = people
        self.centres = centres
        self.seed = seed

    def fit(self, cohort: Cohort, layout: Layout | None = None) -> Self:
        """Keep `pressure_` and solve for the layout, or for each one when it is first used."""
        check_fit(cohort, layout)
        shapes = FootShapes.of(cohort.geometry, cohort.grid.shape)
        feet = shapes.features(cohort.geometry, len(cohort.samples))
        self.units_ = cohort.units
        self._learned(cohort.grid, cohort.pressure, cohort.subject_index, shapes, feet)
        if layout is not None:
            self.solution(layout)
        return self

    def predict(
        self,
        readings: ArrayLike,
        layout: Layout,
        geometry: ArrayLike | None = None,
    ) -> NDArray[np.float32]:
        """See `Reconstructor.predict`; without a geometry the foot is taken for a mean one."""
        check_fitted(self)
        read = check_readings(readings, layout, stances=self.memory)
        frames = read.shape[1] if self.memory else 1
        feet = self.shapes_.features(geometry, len(read), frames)
        solution = self.solution(layout)
        maps = solution.maps(inputs(read, self.memory), feet)
        shape = (*read.shape[:-1], *self.grid_.shape)
        return nonnegative(maps, solution.foot, self.grid_.shape, centre=False).reshape(shape)

    def state(self) -> dict[str, Any]:
        """See `recon.model_file.Storable`."""
        names = ("memory", "noise", "people", "centres", "seed")
        settings = {name: getattr(self, name) for name in names}
        learned = {
            "pressure": self.pressure_,
            "owner": self.owner_,
            "feet": self.feet_,
            "shapes": self.shapes_.state(),
        }
        return {"settings": settings, "grid": asdict(self.grid_), **learned}

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> Self:
        grid, shapes = FootGrid(**state["grid"]), FootShapes(**state["shapes"])
        learned = state["pressure"], state["owner"], shapes, state["feet"]
        return cls(**state["settings"])._learned(grid, *learned)

    def _learned(
        self,
        grid: FootGrid,
        pressure: NDArray[np.float32],
        owner: NDArray[np.int64],
        shapes: FootShapes,
        feet: Floats,
    ) -> Self:
        self.grid_ = grid
        self.pressure_ = pressure
        self.owner_ = owner  # (n,) whose each stance is
        self.shapes_ = shapes
        self.feet_ = feet  # (n, c) of each stance
        self._solved: tuple[Layout, Solution] | None = None
        return self

    def solution(self, layout: Layout) -> Solution:
        """The regression for one layout; the last one is kept."""
        if self._solved is None or self._solved[0] != layout:
            read = read_at(self.pressure_, layout, self.grid_)  # (n, T, k)
            frames = self.pressure_.reshape(read.shape[0] * read.shape[1], -1)
            rows = inputs(read, self.memory)
            rng = np.random.default_rng(self.seed)
            centres = rng.permutation(len(rows))[: self.centres]
            self._solved = (
                layout,
                Solution.of(
                    rows,
                    np.repeat(self.feet_, read.shape[1], axis=0),
                    np.repeat(self.owner_, read.shape[1]),
                    len(layout),
                    frames,
                    centres,
                    self.noise,
                    self.people,
                ),
            )
        return self._solved[1]


@dataclass(frozen=True)
class Solution:
    """The regression for one layout of k sensors, on m centres; the first k of c columns are now.

    Args:
        sensors: k.
        scale: mean reading, the unit of what follows.
        centres: (m, c) rows; feet: (m, g) numbers of each one's foot.
        weights: (m, P); offset: (P,).
    """

    sensors: int
    scale: float
    centres: Floats
    feet: Floats
    weights: Floats
    offset: Floats

    @classmethod
    def of(
        cls,
        rows: Floats,
        feet: Floats,
        owner: NDArray[np.int64],
        sensors: int,
        frames: NDArray[np.float32],
        centres: NDArray[np.int64],
        noise: float,
        people: float,
    ) -> Solution:
        """Fit frames (N, P) to their rows (N, c), feet (N, g) and owners (N,)."""
        scale = reading_unit(rows[:, :sensors], frames)
        rows = rows / scale
        now = rows[:, :sensors]
        mean = frames.mean(axis=0, dtype=np.float64)
        across = kernel(rows[centres], rows, sensors, alike(feet[centres], feet))
        between = across[:, centres]
        variance = noise * (1 + CONSTANT + (now**2).mean()) * noise_shape(now)
        weighted = across / variance
        if people > 0:
            few = centres[:_FEW]
            own = people * deviation(rows[few], rows, sensors)
            _discount(weighted, own, own[:, few], variance, owner)
        system = weighted @ across.T + between
        system[np.diag_indices_from(system)] += 1e-8 * np.trace(system) / len(system)
        weights = np.linalg.solve(system, weighted @ (frames - mean))
        return cls(sensors, scale, rows[centres], feet[centres], weights, mean)

    @property
    def foot(self) -> NDArray[np.bool_]:
        """(P,) pixels that somebody loaded."""
        return self.offset > 0

    def maps(self, rows: Floats, feet: Floats) -> Floats:
        """(n, c) rows and (n, g) feet -> (n, P), before they are made non-negative."""
        shape = alike(feet, self.feet)
        across = kernel(rows / self.scale, self.centres, self.sensors, shape)
        return across @ self.weights + self.offset


def _discount(
    weighted: Floats, own: Floats, between: Floats, variance: Floats, owner: NDArray[np.int64]
) -> None:
    """Weigh frames (..., N) by the inverse of their covariance, where a person's belong together.

    In place. They come weighed by the noise alone, 1 / `variance`; by Woodbury's identity
    (Rasmussen and Williams, eq. A.9) each person's own part is taken out of them.

    Args:
        own: (q, N) covariance of the persons' own parts at q centres and the frames.
        between: (q, q) the same among the centres.
        owner: (N,) whose each frame is.
    """
    for person in np.unique(owner):
        mine = owner == person
        part = own[:, mine]
        seen = part / variance[mine]
        inner = between + seen @ part.T
        inner[np.diag_indices_from(inner)] += 1e-8 * np.trace(inner) / len(inner)
        weighted[:, mine] -= (weighted[:, mine] @ part.T) @ np.linalg.solve(inner, seen)


def deviation(first: Floats, second: Floats, sensors: int) -> Floats:
    """Covariance (n, m) of what is one person's own, at scaled rows (n, c) and (m, c).

    It grows with the load: a foot that is hardly loaded hardly differs from another.
    """
    loads = np.outer(load_of(first[:, :sensors]), load_of(second[:, :sensors]))
    return loads * (ALWAYS + likeness(first, second, sensors))


def kernel(first: Floats, second: Floats, sensors: int, feet: Floats | float = 1.0) -> Floats:
    """Covariance (n, m) of the maps at scaled rows (n, c) and (m, c).

    Args:
        feet: (n, m) in (0, 1], how alike the feet are.
    """
    flat = CONSTANT + first[:, :sensors] @ second[:, :sensors].T / sensors
    return flat + likeness(first, second, sensors) * feet


def alike(first: Floats, second: Floats) -> Floats:
    """How alike two feet are by their shapes, (n, g) and (m, g) -> (n, m) in (0, 1]."""
    distance2 = cdist(first, second, "sqeuclidean") if first.shape[1] else 0.0
    return 1 - FOOT + FOOT * np.exp(-distance2 / (2 * FOOT_LENGTH**2))


def likeness(first: Floats, second: Floats, sensors: int) -> Floats:
    """How alike two frames are by their scaled rows, (n, c) and (m, c) -> (n, m) in (0, 1].

    The rational quadratic kernel over each sensor's share of the load and the load's logarithm.
    """
    a, b = features(first, sensors), features(second, sensors)
    distance2 = (a**2).sum(axis=1)[:, None] + (b**2).sum(axis=1) - 2 * a @ b.T
    return np.asarray(1 / (1 + np.maximum(distance2, 0) / (2 * LENGTH**2)))


def reading_unit(read: NDArray[np.floating], pressure: NDArray[np.floating]) -> float:
    """The mean reading, at least a thousandth of the mean pressure.

    The least is for sensors that nobody has loaded so far, whose readings would be infinite.
    """
    return max(float(read.mean()), 1e-3 * float(pressure.mean(dtype=np.float64)))


def load_of(read: Floats) -> Floats:
    """Mean of scaled readings (n, k), never below a faint load: (n,)."""
    return np.asarray(np.maximum(read, 0).mean(axis=1) + FAINT)


def noise_shape(read: Floats) -> Floats:
    """Variance of the noise over its mean, at scaled readings (n, k): (n,), growing with load."""
    load2 = load_of(read) ** 2
    return np.asarray(STEADY + (1 - STEADY) * load2 / load2.mean())


def features(rows: Floats, sensors: int) -> Floats:
    """Each part's shares of its load, and the load's logarithm.

    What was read earlier counts the less, the less is read now: where the last toe lifts, and thus
    the centre of pressure of the faint frames, it does not tell.
    """
    found = []
    present = load_of(rows[:, :sensors])[:, None]
    for part in parts(rows.shape[1], sensors):
        read = rows[:, part]
        load = load_of(read)[:, None]
        weight = 1.0 if part.start == 0 else _PAST * present / (present + _FADES)
        found.append(weight * np.hstack([read / (load * read.shape[1]), LOAD * np.log(load)]))
    return np.hstack(found)
