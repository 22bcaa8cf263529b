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
                f"of {settings.holdout} keeps {aside} aside and leaves {max(total - aside, 0)} to "
                f"search on; at least {aside + settings.folds} people are needed, or fewer --folds "
                "(2 at the least) or a smaller --holdout"
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
