from dataclasses import replace

import numpy as np
import pytest
from walkers import walkers

from recon import Cohort, Layout, MeanMap
from recon.study import PRESETS, Preset, StudyUNet
from recon.study_network import StudyNet
from recon.validate import reconstruct

LAYOUT = Layout(((0.2, 0.5), (0.72, 0.5)))
TINY = Preset(
    widths=(8, 16), image=None, border=0, epochs=2, learning_rate=5e-3, halve_every=3, batch=8
)


@pytest.fixture(scope="module")
def shod() -> Cohort:
    return walkers(people=4, geometry=True)


def test_the_published_network_has_about_the_published_size() -> None:
    net = StudyNet((1, 1), PRESETS["published"].widths)
    assert sum(p.numel() for p in net.parameters()) == pytest.approx(24.7e6, rel=0.01)


@pytest.mark.parametrize("fusion", ["feature", "data"])
def test_it_learns_and_keeps_to_pressures(fusion, shod: Cohort) -> None:
    model = StudyUNet(replace(TINY, epochs=30), fusion=fusion).fit(shod, LAYOUT)
    maps = reconstruct(model, shod, LAYOUT)
    assert (maps >= 0).all() and maps.dtype == np.float32
    assert maps.max() <= shod.pressure.max() * 1.001
    blank = np.abs(reconstruct(MeanMap().fit(shod), shod, LAYOUT) - shod.pressure).mean()
    assert np.abs(maps - shod.pressure).mean() < 0.7 * blank


def test_ablations_ignore_what_they_do_not_see(shod: Cohort) -> None:
    blind = StudyUNet(TINY, inputs="geometry").fit(shod, LAYOUT)
    assert shod.geometry is not None
    read = np.full((3, 2), 50.0)
    np.testing.assert_array_equal(
        blind.predict(read, LAYOUT, shod.geometry[:3]),
        blind.predict(2 * read, LAYOUT, shod.geometry[:3]),
    )
    one_foot = blind.predict(read, LAYOUT, shod.geometry[0])
    np.testing.assert_array_equal(one_foot[0], one_foot[2])
    without = walkers(people=4)
    StudyUNet(TINY, inputs="landmarks").fit(without, LAYOUT)
    with pytest.raises(ValueError, match="geometry"):
        StudyUNet(TINY).fit(without, LAYOUT)


def test_one_seed_gives_one_network(shod: Cohort) -> None:
    first, again = (reconstruct(StudyUNet(TINY).fit(shod, LAYOUT), shod, LAYOUT) for _ in range(2))
    np.testing.assert_array_equal(first, again)


def test_what_it_does_not_serve_is_refused(shod: Cohort) -> None:
    with pytest.raises(ValueError, match="one layout"):
        StudyUNet(TINY).fit(shod)
    with pytest.raises(ValueError, match="fusion"):
        StudyUNet(TINY, fusion="late")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="multiples"):
        replace(TINY, widths=(8, 12))
    model = StudyUNet(TINY).fit(shod, LAYOUT)
    with pytest.raises(ValueError, match="one column per sensor"):
        model.predict(np.ones((2, 5)), LAYOUT, shod.geometry)
