"""Score a layout that somebody else chose."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

from placement.explore import Progress
from placement.layout_file import layout_from_csv
from placement.reconstructors import CLOSED, reconstructor
from placement.settings import Settings
from recon.calibration import calibrated_score
from recon.cohort import Cohort
from recon.footprint import insole_pixels
from recon.grid import FootGrid
from recon.landmarks import PUBLISHED
from recon.layout import Layout, Sensor
from recon.linear import MeanMap
from recon.validate import Score, cross_validate, make_folds


def read_layout(source: str, name: str | None, sensor_mm: float, grid: FootGrid) -> Layout:
    """A layout from a CSV file, or a published one by name ("published-2", "published-16").

    Args:
        name: which layout of the file, None for the only one.
        grid: whose reference foot the file's mm are measured on.

    Raises:
        FileNotFoundError: neither a file nor a published name.
        ValueError: a folder, or a file that holds no such layout.
    """
    sensor = Sensor(sensor_mm)
    published = {key.replace(" ", "-"): layout for key, layout in PUBLISHED.items()}
    if source in published:
        return Layout(published[source].sites, sensor)
    path = Path(source)
    if path.is_dir():
        front = path / "front.csv"
        wanted = front if front.is_file() else "a CSV file with columns u and v, or x_mm and y_mm"
        raise ValueError(f"{source}: a folder; pass {wanted}")
    if not path.is_file():
        raise FileNotFoundError(f"{source}: no such file, and none of {', '.join(published)}")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(
            f"{source}: not a text file; a CSV with columns u and v, or x_mm and y_mm, is wanted"
        ) from error
    return layout_from_csv(text, name, source, sensor, grid)


def searched_on(source: str, cohort: Cohort) -> bool:
    """Whether a layout's file lies in the folder of a search on this very cohort."""
    try:
        run = json.loads(Path(source).with_name("run.json").read_text())
        return bool(run["cohort"]["fingerprint"] == cohort.fingerprint)
    except (OSError, ValueError, KeyError, TypeError):
        return False


def evaluate(
    cohort: Cohort, layout: Layout, name: str, settings: Settings, progress: Progress
) -> tuple[Score, Score]:
    """Cross-validate one layout over all people of a cohort: its score, and that of the mean map.

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
    steps = settings.calibration_steps
    plain, scorer = (partial(calibrated_score, steps=steps, calibrate=x) for x in (False, True))
    mean_map = cross_validate(MeanMap, cohort, [layout], folds, pixels, scorer=plain)[0]
    model = reconstructor(name, settings)
    if name == "mean":  # it knows no sensor, so it cannot be calibrated by their readings
        return mean_map, mean_map
    if name in CLOSED:
        found = cross_validate(lambda: model, cohort, [layout], folds, pixels, scorer=scorer)
        return found[0], mean_map
    from placement import networks  # torch takes seconds to import

    rows = networks.fit_and_score(
        networks.fold_tasks(cohort, folds, pixels),
        [layout],
        model,
        settings.workers,
        lambda done, total: progress("training networks", done, total),
        scorer=scorer,
    )
    return Score.pooled(rows[0]), mean_map
