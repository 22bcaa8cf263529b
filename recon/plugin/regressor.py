"""Other people's regressors as reconstructors: anything like scikit-learn's."""

from __future__ import annotations

import copy
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from recon.cohort import Cohort
from recon.layout import Layout
from recon.nonnegative import nonnegative
from recon.plugin.frames import ServesOneLayout, training_frames
from recon.reconstructor import distinct_images


class Regressor(Protocol):
    """What scikit-learn's multi-output regressors are."""

    def fit(self, X: Any, y: Any) -> Any: ...

    def predict(self, X: Any) -> Any: ...


class RegressorReconstructor(ServesOneLayout):
    """Any regressor with scikit-learn's `fit(X, y)` and `predict(X)`, for one layout.

    X (n, k + c) holds the readings and c numbers that describe the foot, y (n, pixels) the maps;
    pressures are in units of the mean peak of the cohort's stances. Maps that it takes below 0 are
    made non-negative as ours are (`recon.nonnegative`).

    Args:
        regressor: left as it is; `fit` works on a copy, `regressor_`.
        components: c, principal components of the feet's geometry, each of unit variance.
    """

    learned = "regressor_"

    def __init__(self, regressor: Regressor, *, components: int = 0) -> None:
        if components < 0:
            raise ValueError(f"components must be at least 0, got {components}")
        self.regressor = regressor
        self.components = components

    def fit(self, cohort: Cohort, layout: Layout | None = None) -> Self:
        """Fit for the layout.

        Raises:
            ValueError: no layout; components of a geometry that the cohort has not, or more of
                them than it has feet.
        """
        if layout is None:
            raise ValueError("a regressor is fitted for one layout; pass it to fit")
        self._prepare(cohort, layout, self.components > 0)
        if self.components:
            self._describe(cohort)
        read, geometry, maps = training_frames(cohort, layout)
        regressor = copy.deepcopy(self.regressor)
        regressor.fit(self._table(read, geometry), maps.reshape(len(maps), -1) / self.scale_)
        self.regressor_ = regressor
        self.foot_ = maps.any(axis=0).ravel()  # pixels that somebody loaded
        return self

    def predict(
        self,
        readings: ArrayLike,
        layout: Layout,
        geometry: ArrayLike | None = None,
    ) -> NDArray[np.float32]:
        """See `Reconstructor.predict`.

        Raises:
            ValueError: another layout than fitted, or a geometry missing.
        """
        read, foot = self._check(readings, layout, geometry)
        shape = (len(read), *self.grid_.shape)
        if not len(read):
            return np.empty(shape, np.float32)
        scaled = np.asarray(self.regressor_.predict(self._table(read, foot)))
        maps = (scaled * self.scale_).reshape(len(read), -1)
        return nonnegative(maps, self.foot_, self.grid_.shape).reshape(shape)

    def _describe(self, cohort: Cohort) -> None:
        """Learn the mean foot and the leading directions in which feet differ."""
        if cohort.geometry is None:
            raise ValueError("components describe a foot's geometry, but the cohort has none")
        feet = distinct_images(cohort.geometry)[0].reshape(-1, int(np.prod(cohort.grid.shape)))
        if self.components >= len(feet):
            raise ValueError(
                f"components must be below the {len(feet)} feet, got {self.components}"
            )
        self.mean_foot_ = feet.mean(axis=0)
        _, spread, directions = np.linalg.svd(feet - self.mean_foot_, full_matrices=False)
        deviation = spread[: self.components, None] / np.sqrt(len(feet))
        self.directions_ = directions[: self.components] / deviation

    def _table(
        self, readings: NDArray[np.floating], geometry: NDArray[np.floating] | None
    ) -> NDArray[np.floating]:
        """X (n, k + c)."""
        table = np.asarray(readings, float) / self.scale_
        if geometry is None or not self.components:
            return table
        feet = geometry.reshape(len(geometry), -1) - self.mean_foot_
        return np.hstack([table, feet @ self.directions_.T])
