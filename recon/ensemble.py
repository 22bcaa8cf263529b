"""Several reconstructors that err differently, averaged."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from recon.cohort import Cohort
from recon.grid import FootGrid
from recon.layout import Layout
from recon.reconstructor import Reconstructor, Shown


class Ensemble(Shown):
    """The mean of what its members reconstruct.

    Args:
        members: reconstructors, at least one; fitted together by `fit`, or fitted before. All of
            them look back within a stance (`memory`), or none.

    Raises:
        ValueError: no member, some with and some without memory, or some fitted on another grid or
            in other units than others.
    """

    def __init__(self, members: Sequence[Reconstructor]) -> None:
        if not members:
            raise ValueError("an ensemble needs at least one member")
        memories = {bool(getattr(member, "memory", False)) for member in members}
        if len(memories) > 1:
            raise ValueError("some members of the ensemble have a memory and some have none")
        for name, what in (("grid_", "on other grids"), ("units_", "in other units")):
            if len({getattr(m, name) for m in members if hasattr(m, name)}) > 1:
                raise ValueError(f"members of the ensemble were fitted {what} than others")
        self.members = tuple(members)
        self.memory = memories.pop()

    @property
    def units_(self) -> str:
        """Of the pressures that it takes and gives; AttributeError where members do not say."""
        return self.members[0].units_  # type: ignore[attr-defined]  # AttributeError, as said

    @property
    def grid_(self) -> FootGrid:
        """Of the maps; AttributeError where members do not say."""
        return self.members[0].grid_  # type: ignore[attr-defined]  # AttributeError, as said

    def __copy__(self) -> Self:
        """Members are copied too: what each keeps for its last layout and foot is its own."""
        return type(self)([copy.copy(member) for member in self.members])

    def fit(self, cohort: Cohort, layout: Layout | None = None) -> Self:
        """Fit every member."""
        for member in self.members:
            member.fit(cohort, layout)
        return self

    def predict(
        self,
        readings: ArrayLike,
        layout: Layout,
        geometry: ArrayLike | None = None,
    ) -> NDArray[np.float32]:
        """See `Reconstructor.predict`."""
        maps = [member.predict(readings, layout, geometry) for member in self.members]
        return np.mean(maps, axis=0, dtype=np.float32)

    def state(self) -> dict[str, Any]:
        """See `recon.model_file.Storable`."""
        return {"members": dict(enumerate(self.members))}

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> Self:
        return cls(tuple(state["members"].values()))
