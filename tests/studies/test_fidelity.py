"""How the study of fidelity compares scores, on made-up ones."""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import typer

from recon import Cohort

STUDY = Path(__file__).parents[2] / "studies" / "fidelity"
SHARED = ("report", "layouts", "judges", "run")  # names that other studies' modules have as well


@pytest.fixture(autouse=True)
def importable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(STUDY))
    for name in SHARED:
        monkeypatch.delitem(sys.modules, name, raising=False)


def measured(judge: str, relative: list[float]) -> pd.DataFrame:
    columns = dict.fromkeys(("nrmse", "force", "cop", "relative"), relative)
    return pd.DataFrame(
        {"layout": range(len(relative)), "sensors": 2, "judge": judge, **columns},
    )


def test_ranks_and_regret_of_a_judge() -> None:
    from report import regret, side_by_side, tau

    truth = measured("retrained U-Net", [0.50, 0.40, 0.44, 0.60])
    same = measured("linear", [5.0, 4.0, 4.4, 6.0])
    misled = measured("kernel", [0.5, 0.9, 0.4, 0.6])
    frame = pd.concat([truth, same, misled])
    both = side_by_side(frame, "retrained U-Net", "linear")
    assert tau(both) == 1
    assert regret(both) == 0
    both = side_by_side(frame, "retrained U-Net", "kernel")
    assert tau(both) == pytest.approx(0)  # three pairs agree, three do not
    assert regret(both) == pytest.approx(10)  # it picks 0.44 where 0.40 is to be had


def test_sixty_layouts_of_which_half_are_good(cohort: Cohort) -> None:
    from layouts import COUNTS, sixty

    from placement.scoring import errors_of
    from recon import Linear
    from recon.validate import cross_validate, make_folds

    found = sixty(cohort, 0)
    sizes = [len(layout) for layout in found]
    assert {count: sizes.count(count) for count in COUNTS} == COUNTS
    assert sum(COUNTS.values()) == 60
    two = [layout for layout in found if len(layout) == 2]
    scores = cross_validate(Linear, cohort, two, make_folds(cohort.subjects, 3, 0))
    nrmse = np.array([errors_of(score)[0] for score in scores])
    assert np.median(nrmse[1::2]) < np.median(nrmse[::2])
    assert sixty(cohort, 0) == found


def test_a_folder_holds_scores_made_in_one_way(tmp_path: Path) -> None:
    from run import claim

    claim(tmp_path / "made_with.json", {"cohort": "a", "seed": 0})
    claim(tmp_path / "made_with.json", {"cohort": "a", "seed": 0})
    with pytest.raises(typer.BadParameter, match="pass a new folder"):
        claim(tmp_path / "made_with.json", {"cohort": "a", "seed": 1})
