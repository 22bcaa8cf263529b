"""What is measured of one reconstructor, one count of sensors and one untouched person."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from models import MODELS, PERSONAL, SURE

from recon import Cohort, Layout, gait, readings
from recon.calibration import visit
from recon.footprint import insole_pixels
from recon.personal import personalise
from recon.reconstructor import Reconstructor
from recon.uncertainty import Errors
from recon.validate import reconstruct, score, training_people

STEPS = (0, 1, 3, 5, 10, 20)
"""Calibration steps, of both feet in turn; all are scored on the same steps, never among these."""

LEVELS = (0.5, 0.8, 0.95)

Row = dict[str, Any]


def rows(
    cohort: Cohort, name: str, choose: Callable[[Cohort], Layout], model_name: str
) -> list[Row]:
    """All measurements, each with what it is of.

    Args:
        choose: from people, a layout.
    """
    train, person = cohort.subset(training_people(cohort, [name])), cohort.subset([name])
    layout = choose(train)
    make = MODELS[model_name]
    model = make().fit(train, layout)
    found = [{"what": "score", **metrics(model, person, layout, cohort)}]
    if model_name in PERSONAL:
        found += calibrated(model, person, layout, cohort)
    if len(layout) in SURE.get(model_name, ()):
        found += coverage(make, model, train, person, layout, "coverage", choose)
        found += coverage(make, model, train, person, layout, "coverage, layout as given")
    key = {"person": name, "sensors": len(layout), "model": model_name}
    return [{**key, **row} for row in found]


def metrics(model: Reconstructor, person: Cohort, layout: Layout, cohort: Cohort) -> Row:
    found = score(model, person, layout, insole_pixels(cohort))  # those of all people, README.md
    return {metric: found.mean(metric) for metric in gait.METRICS}


def calibrated(
    model: Reconstructor, person: Cohort, layout: Layout, cohort: Cohort
) -> Iterator[Row]:
    test = visit(person, max(STEPS))[1]
    for steps in STEPS:
        fitted = personalise(model, visit(person, steps)[0]) if steps else model
        yield {"what": "calibration", "steps": steps, **metrics(fitted, test, layout, cohort)}


def coverage(
    make: Callable[[], Reconstructor],
    model: Reconstructor,
    train: Cohort,
    person: Cohort,
    layout: Layout,
    what: str,
    choose: Callable[[Cohort], Layout] | None = None,
) -> Iterator[Row]:
    errors = Errors.measure(make, train, layout, choose=choose)
    frames = person.pressure.shape[1]
    truth = person.pressure.reshape(-1, *person.grid.shape)
    maps = reconstruct(model, person, layout).reshape(truth.shape)
    size = np.repeat(person.mm_per_pixel, frames, axis=0)
    force = gait.vertical_force(truth[:, None], size)[:, 0]
    highest = np.repeat(force.reshape(-1, frames).max(axis=1), frames)
    loaded = force >= gait.LOADED_SHARE * highest
    cop = gait.centre_of_pressure(truth[:, None], size)[:, 0]
    pixels = insole_pixels(train)
    for level in LEVELS:
        spread = errors.spread(readings(truth, layout, person.grid), maps, size, level)
        for quantity, covered in (
            ("vertical force", inside(force, spread.force)),
            ("peak pressure", inside(truth.max(axis=(1, 2)), spread.peak)),
            ("centre of pressure", inside(cop, spread.cop_mm)[loaded]),
        ):
            yield {
                "what": what,
                "quantity": quantity,
                "level": level,
                "covered": float(covered.mean()),
            }
    for factor, level in ((1.0, 0.683), (1.96, 0.95)):
        within = np.abs(truth - maps)[:, pixels] <= factor * spread.sd[:, pixels] + 1e-6
        yield {
            "what": what,
            "quantity": "pixel",
            "level": level,
            "covered": float(within.mean()),
        }


def inside(values: np.ndarray, interval: np.ndarray) -> np.ndarray:
    return (values >= interval[..., 0] - 1e-6) & (values <= interval[..., 1] + 1e-6)
