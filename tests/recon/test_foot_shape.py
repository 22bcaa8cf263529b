from dataclasses import replace

import numpy as np
import pytest

from recon import Cohort, Layout
from recon.contract import tiny_cohort
from recon.foot_shape import COMPONENTS, FootShapes
from recon.kernel import Kernel
from recon.modes import ModeNetwork
from recon.validate import score

LAYOUT = Layout(((0.15, 0.5), (0.75, 0.55)))


@pytest.fixture(scope="module")
def feet() -> Cohort:
    """Twenty people whose geometry tells where their three loads stand."""
    return tiny_cohort(people=20)


def test_few_numbers_restore_a_foot(feet: Cohort) -> None:
    images = feet.geometry
    assert images is not None
    shapes = FootShapes.of(images, feet.grid.shape)
    numbers = shapes.features(images, len(images))
    assert numbers.shape == (len(images), COMPONENTS)
    np.testing.assert_allclose(numbers[:, 0].std(), 1, rtol=1e-6)
    axes = shapes.axes.reshape(COMPONENTS, -1)
    restored = shapes.mean + (numbers @ axes / (axes**2).sum(axis=1).max()).reshape(images.shape)
    assert np.abs(restored - images).mean() < 0.1 * np.abs(images - shapes.mean).mean()


def test_steps_of_a_foot_count_once(feet: Cohort) -> None:
    images = feet.geometry
    assert images is not None
    once, often = (
        FootShapes.of(x, feet.grid.shape) for x in (images, np.concatenate([images, images[:30]]))
    )
    np.testing.assert_allclose(once.mean, often.mean)
    np.testing.assert_allclose(
        once.features(images, len(images)), often.features(images, len(images)), atol=1e-6
    )


def test_no_scan_is_a_mean_foot(feet: Cohort) -> None:
    shapes = FootShapes.of(feet.geometry, feet.grid.shape)
    mean = shapes.features(shapes.mean, 3, frames=2)
    np.testing.assert_allclose(shapes.features(None, 3, frames=2), mean, atol=1e-9)
    assert mean.shape == (6, COMPONENTS)


def test_people_alike_or_without_scans_have_no_shape(feet: Cohort) -> None:
    same = np.repeat(feet.samples[0].geometry[None], 4, axis=0)
    for images in (None, same):
        shapes = FootShapes.of(images, feet.grid.shape)
        assert shapes.features(images, 4).shape == (4, 0)


@pytest.mark.parametrize(
    "make", [Kernel, lambda: ModeNetwork(1, steps=400)], ids=["kernel", "mode network"]
)
def test_geometry_that_tells_something_helps(feet: Cohort, make) -> None:
    blind = replace(feet, samples=tuple(replace(s, geometry=None) for s in feet.samples))
    errors = []
    for cohort in (feet, blind):
        train, test = cohort.subset(cohort.subjects[:14]), cohort.subset(cohort.subjects[14:])
        errors.append(score(make().fit(train, LAYOUT), test, LAYOUT).mean("nrmse"))
    assert errors[0] < 0.95 * errors[1]
