"""The study's measures on known truth; its figures are in its README."""

from pathlib import Path

import numpy as np
import pytest

from recon import PUBLISHED, Cohort, FootGrid, Layout

STUDY = Path(__file__).parents[2] / "studies" / "published_layouts"


@pytest.fixture(autouse=True)
def importable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(STUDY))


def test_distances_to_the_nearest_landmark() -> None:
    from localisation import distance_mm

    grid = FootGrid()
    layout = PUBLISHED["published 2"]
    radial, square = distance_mm(layout, grid)
    row, column = np.rint(grid.pixel(layout.uv[0])).astype(int)
    assert radial[row, column] < 5  # a pixel is 5 mm wide
    assert radial[row - 4, column] == pytest.approx(20, abs=4)
    assert (square <= radial).all()
    assert (radial <= square * np.sqrt(2) + 1e-9).all()


def test_an_even_error_lies_inside_by_area(cohort: Cohort) -> None:
    from localisation import SHARES, localise

    pixels = np.ones(cohort.grid.shape, bool)
    peak = cohort.pressure.max(axis=(1, 2, 3), keepdims=True)
    layout = Layout(((0.2, 0.5),))
    found = localise(cohort, cohort.pressure + 0.2 * peak, layout, pixels)
    for key in (*(k for k in found.values if k[0].isdigit()), "inside", "outside"):
        assert found.values[key] == pytest.approx([0.2] * len(cohort.subjects), rel=1e-4)
    area = found.values["area"][0]
    assert area == pytest.approx(64 / 128, abs=0.1)  # 8 x 8 pixels of 16 x 8
    for key in SHARES[2:]:
        assert found.values[key] == pytest.approx([area] * len(cohort.subjects), rel=1e-4)
    none = localise(cohort, cohort.pressure, layout, pixels)
    assert none.mean("error") == none.mean("inside") == 0


def test_a_torn_ledger_is_read_on(tmp_path: Path) -> None:
    import ledger

    path = tmp_path / "scores.jsonl"
    assert ledger.read(path) == []
    ledger.append(path, {"model": "a", "fold": 0, "seconds": 1.0})
    with path.open("a") as stream:
        stream.write('{"model": "a", "fo')
    ledger.append(path, {"model": "a", "fold": 1, "seconds": 2.0})
    records = ledger.read(path)
    assert [r["fold"] for r in records] == [0, 1]
    assert ledger.find(records, {"model": "a", "fold": 1})["seconds"] == 2.0
    assert ledger.find(records, {"model": "b", "fold": 1}) is None


def test_scores_of_other_people_are_not_taken_up(cohort: Cohort) -> None:

    some = cohort.subset(cohort.subjects[:4])
    assert cohort.fingerprint == cohort.subset(cohort.subjects).fingerprint
    assert cohort.fingerprint != some.fingerprint


def test_folds_by_people_steps_and_frames(cohort: Cohort) -> None:
    from splits import chosen, fold_of

    for split in ("people", "steps", "frames"):
        fold = fold_of(cohort, split, 4, seed=0)
        assert fold.shape == cohort.pressure.shape[:2]
        assert np.bincount(fold.ravel(), minlength=4).min() == fold.size / 4
        together = {"people": cohort.subject_index, "steps": np.arange(len(fold))}.get(split)
        if together is not None:
            assert all(len(np.unique(fold[together == i])) == 1 for i in np.unique(together))
        assert chosen(cohort, fold == 0).pressure.size == cohort.pressure.size / 4
