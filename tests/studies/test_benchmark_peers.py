"""The study of peers, on tiny people and with searches cut short."""

import json
import re
import sys
from functools import partial
from itertools import combinations, product
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import typer

from placement.settings import Settings
from recon import Cohort, Layout
from recon.footprint import insole_pixels
from recon.linear import RIDGE
from recon.modes import ModeNetwork

for peer in ("pysensors", "optuna", "cvxpy", "tabulate"):
    pytest.importorskip(peer, reason="pip install -r studies/benchmark_peers/requirements.txt")

QUICK = partial(Settings, population=20, generations=3, restarts=1, enumerate=10_000)
STUDY = Path(__file__).parents[2] / "studies" / "benchmark_peers"


@pytest.fixture(autouse=True)
def importable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(STUDY))
    for path in STUDY.glob("*.py"):  # names that other studies' modules have as well
        monkeypatch.delitem(sys.modules, path.stem, raising=False)


def test_every_method_is_scored_alike_and_what_is_done_is_kept(
    cohort: Cohort, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import blackbox
    import run

    for name, value in {"GENERATIONS": 3, "TRIALS": 60, "POPULATION": 12}.items():
        monkeypatch.setattr(blackbox, name, value)
    monkeypatch.setattr(run, "COUNTS", (1, 2, 3, 4))
    monkeypatch.setattr(run, "Settings", QUICK)
    four = cohort.subset(cohort.subjects[:4])
    four.save(tmp_path / "people")
    out = tmp_path / "out"
    names = [name for name in run.METHODS if name not in ("convex relaxation", *run.SCREENED)]
    run.main(tmp_path / "people", 0, False, 0, 35, ";".join(names), 1, 0, out)
    assert (out / "peers.png").is_file() and (out / "tables.md").is_file()
    for folds, seed, differs in ((0, 1, "seed"), (2, 0, "folds")):
        with pytest.raises(typer.BadParameter, match=f"another {differs}, .*pass a new folder"):
            run.main(tmp_path / "people", folds, False, 0, 35, ";".join(names), 1, seed, out)

    import report
    from search_scores import search_scores, summary
    from task import Task

    from recon.validate import make_folds

    settings = Settings(max_sensors=4)
    task = Task.of(four, make_folds(four.subjects, 4, 0), settings)
    found = search_scores(task, names, (1, 2, 3, 4), out)
    assert task.evaluations == 0  # all was kept
    assert set(found["method"]) == set(names)
    for _, row in found.iterrows():
        assert len(set(row["sites"])) == row["sensors"]
        assert row["relative"] == pytest.approx(
            task.scorer.relative(np.array([row["sites"]]))[0], rel=1e-9
        )
    best = found.groupby("sensors")["relative"].min()
    ours = found[found["method"] == "ours"].set_index("sensors")["relative"]
    assert (ours[[1, 2]] == best[[1, 2]]).all()  # enumerated
    assert "**" in report.searched(found)
    assert summary(found)["hypervolume"].idxmax() == "ours"


def test_untouched_people_are_scored_by_models_that_never_saw_them(
    cohort: Cohort, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import report
    import untouched_scores as study

    from recon.kernel import Kernel
    from recon.validate import make_folds, score, training_people

    four = cohort.subset(cohort.subjects[:4])
    tests = make_folds(four.subjects, 4, 0)
    names, counts = ["published", "uniform", "PySensors GQR", "ours, screened"], (1, 2)
    monkeypatch.setattr(study, "Settings", QUICK)
    monkeypatch.setitem(ModeNetwork.__init__.__kwdefaults__, "steps", 20)
    finest = {"published": [2]}
    frame = study.untouched_scores(four, tests, names, counts, finest, tmp_path, 1, 0)
    assert set(frame["person"]) == set(four.subjects)
    assert {"linear", "kernel"} < set(frame["by"])  # and PySensors' own reconstructions
    assert {"ensemble", study.MEMORY} < set(frame.query("method == 'published'")["by"])
    person = four.subjects[0]
    train = four.subset(training_people(four, [person]))
    (row,) = frame.query("person == @person and method == 'published' and by == 'kernel'").iloc
    number = next(i for i, test in enumerate(tests) if person in test)
    chosen = json.loads((tmp_path / f"chosen {number} published.json").read_text())["2"]
    layout = Layout(tuple((u, v) for u, v in chosen))
    found = score(Kernel(seed=0).fit(train), four.subset([person]), layout, insole_pixels(train))
    assert row["nrmse"] == pytest.approx(found.mean("nrmse"), rel=1e-6)
    assert "published" in report.untouched(frame, [2])


def test_report_tells_by_how_much_ours_is_better_and_how_few_sensors_match_the_published() -> None:
    import report
    from untouched_scores import MEMORY

    from recon import gait

    rng = np.random.default_rng(0)
    methods = {
        "ours": ((1, 2, 3, 4, 16), ("kernel", "ensemble", MEMORY)),
        "ours, screened": ((4,), ("ensemble",)),
        "PySensors QR": ((4,), ("ensemble", MEMORY)),
        "PySensors GQR": ((4,), ("ensemble", MEMORY, *report.OWN)),
        "published": ((16,), ("kernel", "ensemble")),
    }
    rows = []
    for method, (counts, bys) in methods.items():
        for count, by, person in product(counts, bys, range(6)):
            error = (2 if method.startswith("PySensors") else 1) / count + 1e-3 * rng.random()
            error = 0.3 if method == "published" else error  # between three and four of ours
            values = {
                name: 100 - error if name.endswith("accuracy") else error for name in gait.METRICS
            }
            rows.append({"person": person, "method": method, "sensors": count, "by": by, **values})
    frame = pd.DataFrame(rows)
    for by in ("kernel", "ensemble"):
        table = report.matching(frame, by).set_index("metric")
        assert set(table["ours, sensors"]) == {"4"} and set(table["95 % interval"]) == {"4 to 4"}
    shares = re.findall(r"([\d.]+) % \(([\d.]+) to ([\d.]+)\)", report.claims(frame))
    assert len(shares) == 24
    assert np.array(shares, float) == pytest.approx(50, abs=1)


def test_hindsight_is_no_worse_than_what_was_chosen(
    cohort: Cohort, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import hindsight
    from untouched_scores import untouched_scores

    from recon.validate import make_folds

    three = cohort.subset(cohort.subjects[:3])
    three.save(tmp_path / "people")
    tests = make_folds(three.subjects, 3, 0)
    names = ["published", "uniform", "PySensors QR"]
    frame = untouched_scores(three, tests, names, (2,), {}, tmp_path, 1, 0)
    frame.to_csv(tmp_path / "untouched.csv", index=False)
    (tmp_path / "made_with.json").write_text(json.dumps({"cohort": three.fingerprint}))
    monkeypatch.setattr(hindsight, "SENSORS", 2)
    monkeypatch.setattr(hindsight, "NEAR_MM", 5.1)
    hindsight.main(tmp_path / "people", tmp_path, starts=1, most=8, jobs=1)
    reached = ["reached", *hindsight.METRICS]
    chosen, moved = pd.read_csv(tmp_path / "hindsight.csv")[reached].to_numpy()
    assert moved[0] <= chosen[0]
    peer = frame.query("by == 'kernel' and method == 'PySensors QR'")
    least = [1 - wanted for wanted in hindsight.METRICS.values()]
    shares = np.array(moved[1:]) / peer[list(hindsight.METRICS)].mean().to_numpy() / least
    assert moved[0] == pytest.approx(shares.max())


def test_convex_relaxation_ends_at_the_largest_determinant_of_few() -> None:
    from convex import MODES, convex_relaxation

    rng = np.random.default_rng(0)
    read = rng.normal(size=(400, 20)) * np.linspace(1, 3, 20)
    found = convex_relaxation(SimpleNamespace(read=read), (1, 2))
    covariance = np.cov(read.T)
    variances, vectors = np.linalg.eigh(covariance)
    noise = RIDGE * np.trace(covariance) / 20
    basis = vectors[:, -MODES:] * np.sqrt(variances[-MODES:] / noise)
    for count, sites in found.items():
        every = {
            x: np.linalg.slogdet(np.eye(MODES) + basis[list(x)].T @ basis[list(x)])[1]
            for x in combinations(range(20), count)
        }
        assert every[tuple(sorted(sites))] == pytest.approx(max(every.values()))
