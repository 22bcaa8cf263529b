"""How far to trust a reconstruction: errors measured on people that the model had not seen.

The posterior of a Gaussian model counts every training frame as new evidence, though frames of
one person are alike, and so claims too much; a network claims nothing. So the spread is measured
for all of them in the same way: in turn, some people are left out and reconstructed, and what was
missed in frames like the one at hand, by its readings, is how far this one may be off. This is
cross-conformal prediction (Vovk 2015, Ann Math Artif Intell 74, 9-28) with people as the units
and with weights by likeness. Intervals are widened until, made of the errors of the others, they
cover these people's frames, all together, at the level wanted (one person's alone may be covered
less). A layout that was chosen on the same people fits them better than the next person; so it can
be chosen anew, too, without those left out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from recon import gait
from recon.cohort import Cohort
from recon.kernel import likeness, load_of, reading_unit
from recon.layout import Layout, check_layout
from recon.layout import readings as read_at
from recon.reconstructor import Reconstructor, check_fit, check_readings
from recon.validate import make_folds, reconstruct, training_people

FOLDS = 6
"""Groups of people left out in turn; one each where there are fewer people."""

_NARROW = 4  # power of the likeness: errors count where frames are this alike
_MOST = 3000  # frames whose errors are kept
_ASKED = 1000  # of them, when intervals are tried on the people themselves
_CHUNK = 256

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Spread:
    """How far n reconstructed frames may be off.

    Args:
        sd: (n, rows, columns) standard deviation of the pressure, in its units.
        force: (n, 2) interval of the vertical force, N where pressures are in kPa.
        peak: (n, 2) interval of the frame's highest pressure.
        cop_mm: (n, 2, 2) intervals of x and y of the centre of pressure, from the left and lower
            edge of the image (see `gait.centre_of_pressure`); meaningless where the foot is hardly
            loaded.
        level: the share of unseen people's values that intervals are to cover. Those of each level
            are widened by what it needs, so of few people a higher level's may be no wider.
    """

    sd: NDArray[np.float32] = field(repr=False)
    force: Floats = field(repr=False)
    peak: Floats = field(repr=False)
    cop_mm: Floats = field(repr=False)
    level: float


@dataclass(frozen=True, eq=False)
class Errors:
    """What a reconstructor missed on people it had not seen, for one layout of k sensors.

    Args:
        layout: the layout.
        scale: mean reading.
        read: (m, k) readings of the frames, over the mean one.
        person: (m,) whose.
        maps: (m, P) missed pressure, over the frame's load by its readings.
        values: (m, 4) missed summed load and peak over the same load, and missed centre of
            pressure in pixels; NaN where the foot is hardly loaded.
    """

    layout: Layout
    scale: float = field(repr=False)
    read: Floats = field(repr=False)
    person: NDArray[np.int64] = field(repr=False)
    maps: NDArray[np.float32] = field(repr=False)
    values: Floats = field(repr=False)
    _widening: dict[float, Floats] = field(default_factory=dict, init=False, repr=False)

    @classmethod
    def measure(
        cls,
        make: Callable[[], Reconstructor],
        cohort: Cohort,
        layout: Layout,
        *,
        choose: Callable[[Cohort], Layout] | None = None,
        folds: int = FOLDS,
        seed: int = 0,
    ) -> Self:
        """Reconstruct everybody by a model that was fitted without them.

        Args:
            make: a fresh, unfitted reconstructor.
            choose: how the layout was chosen, where it was on these very people: from people, a
                layout of as many sensors. Called without those left out, whose errors are then
                those of its layout; None where others or nobody's data chose.

        Raises:
            TypeError: a reconstructor instead of what makes one.
            ValueError: a cohort of fewer than three people, a choice of another number of
                sensors, or a `make` that gives a fitted reconstructor.
        """
        if not callable(make):
            raise TypeError(
                f"make must be what makes a reconstructor, a class or a function without "
                f"arguments, got a {type(make).__name__}; pass {type(make).__name__} itself"
            )
        check_fit(cohort, None)
        check_layout(layout)
        if len(cohort.subjects) < 3:
            raise ValueError(
                "how people differ is learned from at least 3 of them, better from ten or more; "
                f"this cohort has {len(cohort.subjects)}"
            )
        count = min(folds, len(cohort.subjects))
        parts = []
        for test in make_folds(cohort.subjects, count, seed):
            others, unseen = cohort.subset(training_people(cohort, test)), cohort.subset(test)
            chosen = layout if choose is None else choose(others)
            check_layout(chosen)
            if len(chosen) != len(layout):
                raise ValueError(
                    f"choose must give layouts of {len(layout)} sensors, got one of {len(chosen)}"
                )
            model = make()
            if hasattr(model, "units_"):  # it would be fitted anew, and lost to who holds it
                raise ValueError(
                    "make must give a fresh, unfitted reconstructor each time, got a fitted "
                    f"{type(model).__name__}"
                )
            model.fit(others, chosen)
            parts.append((unseen, reconstruct(model, unseen, chosen)))
        names = {name: i for i, name in enumerate(cohort.subjects)}
        truth = np.concatenate([unseen.pressure for unseen, _ in parts])
        estimate = np.concatenate([maps for _, maps in parts])
        person = np.array([names[s.subject] for unseen, _ in parts for s in unseen.samples])
        read = read_at(truth, layout, cohort.grid).astype(float)
        scale = reading_unit(read, truth)
        read = read.reshape(-1, len(layout)) / scale
        load = load_of(read) * scale
        values = (_values(truth) - _values(estimate)).reshape(-1, 4)
        values[:, :2] /= load[:, None]
        total = gait.total_load(truth)
        faint = total < gait.LOADED_SHARE * total.max(axis=1, keepdims=True)
        values[faint.ravel(), 2:] = np.nan
        missed = (truth - estimate).reshape(len(read), -1) / load[:, None].astype(np.float32)
        kept = np.random.default_rng(seed).permutation(len(read))[:_MOST]
        person = np.repeat(person, truth.shape[1])
        return cls(layout, scale, read[kept], person[kept], missed[kept], values[kept])

    def spread(
        self,
        readings: NDArray[np.floating],
        maps: NDArray[np.floating],
        mm_per_pixel: ArrayLike,
        level: float = 0.95,
    ) -> Spread:
        """How far reconstructions may be off.

        Args:
            readings: (n, k) what the sensors read.
            maps: (n, rows, columns) what the reconstructor made of it.
            mm_per_pixel: (2,) or (n, 2) row and column size of a pixel on the foot.
            level: of the intervals, in (0, 1).

        Raises:
            ValueError: readings of another layout, maps or sizes of other frames, or a level
                outside (0, 1).
        """
        read = check_readings(readings, self.layout).astype(float) / self.scale
        if np.ndim(maps) != 3 or np.prod(np.shape(maps)[1:]) != self.maps.shape[1]:
            raise ValueError(
                f"maps must be (n, rows, columns) of {self.maps.shape[1]} pixels, as those that "
                f"errors were measured on, got {np.shape(maps)}"
            )
        if len(maps) != len(read) or np.shape(mm_per_pixel) not in ((2,), (len(read), 2)):
            raise ValueError(
                f"readings are of {len(read)} frames, maps of {len(maps)}; mm_per_pixel must "
                f"be (2,) or ({len(read)}, 2), got {np.shape(mm_per_pixel)}"
            )
        if not 0 < level < 1:
            raise ValueError(f"level must lie in (0, 1), got {level}")
        load = load_of(read) * self.scale
        sd = np.empty((len(read), self.maps.shape[1]), np.float32)
        quantiles = np.empty((len(read), 4, 3))
        squares = self.maps**2
        for i in range(0, len(read), _CHUNK):
            part = slice(i, i + _CHUNK)
            weight = likeness(read[part], self.read, len(self.layout)) ** _NARROW
            weight /= weight.sum(axis=1, keepdims=True)
            sd[part] = np.sqrt(weight.astype(np.float32) @ squares) * load[part, None]
            quantiles[part] = _quantiles(self.values, weight, level)
        middle = quantiles[..., 1:2]
        quantiles = middle + (quantiles[..., ::2] - middle) * self.widening(level)[:, None]
        quantiles[:, :2] *= load[:, None, None]
        low_high = _values(maps[:, None])[:, 0, :, None] + quantiles  # (n, 4, 2)
        size = np.broadcast_to(np.asarray(mm_per_pixel, float), (len(read), 2))
        area = np.prod(size, axis=1)[:, None] * 1e-3  # kPa mm2 = 1e-3 N
        return Spread(
            sd=sd.reshape(maps.shape),
            force=np.maximum(low_high[:, 0], 0) * area,
            peak=np.maximum(low_high[:, 1], 0),
            cop_mm=low_high[:, 2:] * size[:, ::-1, None],
            level=level,
        )

    def widening(self, level: float) -> Floats:
        """(4,) factors on intervals so that they cover the people left out."""
        if level not in self._widening:  # found once, not for every frame
            self._widening[level] = self._widened(level)
        return self._widening[level]

    def _widened(self, level: float) -> Floats:
        asked = np.random.default_rng(0).permutation(len(self.read))[:_ASKED]
        weight = likeness(self.read[asked], self.read, len(self.layout)) ** _NARROW
        weight[self.person[asked][:, None] == self.person] = 0
        low, middle, high = np.moveaxis(_quantiles(self.values, weight, level), -1, 0)
        error = self.values[asked] - middle
        reach = np.where(error > 0, high - middle, middle - low)
        needed = np.abs(error) / np.maximum(reach, np.finfo(float).tiny)
        return np.maximum(np.nanquantile(needed, level, axis=0), 1.0)


def _values(maps: NDArray[np.floating]) -> Floats:
    """Summed load, peak, and centre of pressure x, y in pixels: (..., T, h, w) -> (..., T, 4)."""
    cop = gait.centre_of_pressure(maps, np.ones(2))
    summed, peak = gait.total_load(maps), maps.max(axis=(-2, -1))
    return np.concatenate([np.stack([summed, peak], axis=-1), cop], axis=-1).astype(float)


def _quantiles(values: Floats, weight: Floats, level: float) -> Floats:
    """Low, middle and high weighted quantile of each column: (m, v) and (n, m) -> (n, v, 3)."""
    found = np.empty((len(weight), values.shape[1], 3))
    for column, errors in enumerate(values.T):
        order = np.argsort(errors)[: np.isfinite(errors).sum()]  # NaN come last
        share = np.cumsum(weight[:, order], axis=1)
        share /= np.maximum(share[:, -1:], np.finfo(float).tiny)
        for i, at in enumerate(((1 - level) / 2, 0.5, (1 + level) / 2)):
            place = np.minimum((share < at).sum(axis=1), len(order) - 1)
            found[:, column, i] = errors[order[place]]
    return found
