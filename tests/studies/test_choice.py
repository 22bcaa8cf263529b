"""The study of choice, on tiny people and with searches cut short."""

import sys
from functools import partial
from pathlib import Path

import pytest
import typer

from placement.settings import Settings
from recon import Cohort

QUICK = partial(Settings, population=20, generations=3, restarts=1, shortlist=3)
STUDY = Path(__file__).parents[2] / "studies" / "choice"


def test_every_rule_is_judged_and_what_is_done_is_kept(
    cohort: Cohort,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.syspath_prepend(str(STUDY))
    monkeypatch.delitem(sys.modules, "run", raising=False)  # other studies have one as well
    import run

    monkeypatch.setattr(run, "Settings", QUICK)
    cohort.save(tmp_path / "people")
    arguments = (tmp_path / "people", 4, 2, 2, 1)  # people, splits, sensors, jobs
    run.main(*arguments, 0, tmp_path / "out")
    told = capsys.readouterr().out
    for rule in list(run.RULES.values())[1:]:
        (row,) = (line for line in told.splitlines() if line.startswith(f"| {rule} |"))
        assert row.count("|") == 4
    best = next(line for line in told.splitlines() if line.startswith("| the best on"))
    assert "/ 0)" in best and "+" not in best.replace("+0.0", "")  # never worse
    monkeypatch.setattr(run, "run_split", None)
    run.main(*arguments, 0, tmp_path / "out")
    assert capsys.readouterr().out.endswith(told[told.index("| %") :])
    with pytest.raises(typer.BadParameter, match="other settings"):
        run.main(*arguments, 1, tmp_path / "out")
    monkeypatch.delitem(sys.modules, "run")
