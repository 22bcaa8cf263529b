"""Score layouts that somebody else chose."""

from __future__ import annotations

from collections.abc import Sequence

from placement.explore import Progress
from placement.judging import scorer
from placement.reconstructors import CLOSED, reconstructor
from placement.settings import Settings
from recon.cohort import Cohort
from recon.footprint import insole_pixels
from recon.layout import Layout
from recon.linear import MeanMap
from recon.validate import Score, cross_validate, make_folds


def evaluate(
    cohort: Cohort,
    layouts: Sequence[Layout],
    name: str,
    settings: Settings,
    progress: Progress,
) -> tuple[list[Score], Score]:
    """Cross-validate layouts over all people of a cohort: their scores, and that of the mean map.

    Args:
        name: of the reconstructor, see `placement.reconstructors`.

    Raises:
        ValueError: fewer people than folds, or fewer steps of a person than to calibrate with.
    """
    people = len(cohort.subjects)
    if people < settings.folds:
        remedy = f"pass --folds {people}" if people > 1 else "two people are the least"
        raise ValueError(
            f"{settings.folds} folds of people are wanted, but the cohort has {people}; {remedy}"
        )
    folds = make_folds(cohort.subjects, settings.folds, settings.seed)
    pixels = insole_pixels(cohort)
    plain, calibrated = (scorer(settings, calibrate=x) for x in (False, True))
    mean_map = cross_validate(MeanMap, cohort, layouts[:1], folds, pixels, scorer=plain)[0]
    model = reconstructor(name, settings)
    if name == "mean":  # it knows no sensor, so it cannot be calibrated by their readings
        return [mean_map] * len(layouts), mean_map
    if name in CLOSED:
        found = cross_validate(lambda: model, cohort, layouts, folds, pixels, scorer=calibrated)
        return found, mean_map
    from placement import networks  # torch takes seconds to import

    unlike = list(dict.fromkeys(layouts))
    rows = networks.fit_and_score(
        networks.fold_tasks(cohort, folds, pixels),
        unlike,
        model,
        settings.workers,
        lambda done, total: progress("training networks", done, total),
        scorer=calibrated,
    )
    scores = dict(zip(unlike, map(Score.pooled, rows), strict=True))
    return [scores[layout] for layout in layouts], mean_map
