"""Who a search may look at, and when."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from placement.settings import Settings
from recon.cohort import Cohort
from recon.footprint import insole_pixels
from recon.validate import Folds, make_folds, training_people


@dataclass(frozen=True)
class Split:
    """The people searched on, their folds, and those untouched until the end.

    Args:
        untouched: None where nobody is kept aside, since nested searches confirm.
        pixels: (rows, columns) that NRMSE counts, learned from `people` alone.
    """

    people: Cohort
    untouched: Cohort | None
    folds: Folds
    pixels: NDArray[np.bool_]

    @classmethod
    def of(cls, cohort: Cohort, settings: Settings) -> Self:
        """Keep people aside and split the others, both by the seed.

        Raises:
            ValueError: too few people for the holdout and the folds.
        """
        total = len(cohort.subjects)
        aside = max(2, round(settings.holdout * total))
        if total - aside < settings.folds:
            raise ValueError(
                f"folds: {settings.folds} asked for, but of the cohort's {total} people a holdout "
                f"of {settings.holdout} keeps {aside} aside (2 at the least) and leaves "
                f"{max(total - aside, 0)} to search on; {_way_out(total, aside, settings.folds)}"
            )
        order = np.random.default_rng(settings.seed).permutation(total)
        return cls.without(cohort, [cohort.subjects[i] for i in order[:aside]], settings)

    @classmethod
    def without(cls, cohort: Cohort, untouched: Iterable[str], settings: Settings) -> Self:
        """Keep these people aside and split the others by the seed.

        Raises:
            ValueError: fewer others than folds.
        """
        names = sorted(untouched)
        people = cohort.subset(training_people(cohort, names))
        return cls(
            people=people,
            untouched=cohort.subset(names) if names else None,
            folds=make_folds(people.subjects, settings.folds, settings.seed),
            pixels=insole_pixels(people),
        )


def _way_out(people: int, aside: int, folds: int) -> str:
    """What would let so few people be searched on."""
    ways = []
    if people - aside >= 2:
        ways.append(f"--folds {people - aside}")
    if people - 2 >= folds:
        ways.append("a smaller --holdout")
    within = next((k for k in range(folds, 1, -1) if people - -(-people // k) >= k), None)
    if within is not None and people >= 4:
        ways.append(f"--confirm nested --folds {within}, which searches on everybody")
    return f"pass {', or '.join(ways)}" if ways else "a search wants 4 people at the least"
