"""Whole commands, as a user types them."""

import csv
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from command import fails, placement, succeeds
from walkers import walkers

QUICK = "--fidelity linear --max-sensors 2 --folds 3 --margin-mm 0"


def test_a_search_writes_everything_it_promises(run: Path) -> None:
    names = {path.name for path in run.glob("[!.]*")}
    assert names == {
        "front.json",
        "front.csv",
        "run.db",
        "run.json",
        "scores.csv",
        "pareto.png",
        "pareto.csv",
        "layouts.png",
    }
    rows = list(csv.DictReader((run / "front.csv").open()))
    assert {row["sensors"] for row in rows} == {"1", "2"}
    assert rows[0]["layout"] == "1a"
    settings = json.loads((run / "run.json").read_text())
    assert settings["settings"]["seed"] == 0
    assert settings["versions"].keys() >= {"torch", "numpy", "pymoo", "insole-placement"}
    stages = {"exploring layouts", "screening layouts", "fitting for each finalist"}
    assert settings["seconds"].keys() >= stages
    for picture in ("pareto.png", "layouts.png"):
        assert (run / picture).read_bytes().startswith(b"\x89PNG")


def test_the_table_shows_both_scores_and_says_what_is_simulated(folder: Path) -> None:
    output = succeeds(f"search --cohort {folder} --out {folder.parent / 'shown'} {QUICK}")
    for word in ("SIMULATED", "search", "untouched", "published 16", "mean map", "2a", "CoP"):
        assert word in output


def test_the_same_seed_writes_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        succeeds(f"search --cohort {folder} --out {tmp_path / name} {QUICK} --seed 3")
    for file in (
        "front.csv",
        "front.json",
        "scores.csv",
        "pareto.png",
        "pareto.csv",
        "layouts.png",
    ):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


def test_plot_draws_again_without_searching(run: Path) -> None:
    before = (run / "pareto.png").read_bytes()
    (run / "pareto.png").unlink()
    succeeds(f"plot {run}")
    assert (run / "pareto.png").read_bytes() == before


def test_paths_and_ids_are_printed_as_they_are(folder: Path, tmp_path: Path) -> None:
    """In brackets and between colons too, which the library that prints gives a meaning."""
    out = tmp_path / "run[draft]:cat:"
    told = succeeds(f"simulate --out {out} --people 3 --steps 1 --frames 6")
    assert f"writtento{out}" in "".join(told.split())  # long lines are wrapped
    (tmp_path / "mine.csv").write_text("layout,u,v\n[/x],0.3,0.4\n")
    scored = f"evaluate --layout {tmp_path / 'mine.csv'} --cohort {folder} --folds 3 --fidelity"
    assert "[/x]" in succeeds(f"{scored} linear --id [/x]")


def test_a_run_that_never_began_is_told(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "run.db").touch()
    assert "no settings noted" in fails(f"resume {tmp_path}")
    out = tmp_path / "new"
    again = fails(f"search --cohort {folder} --out {out} --reuse {tmp_path} {QUICK}")
    assert f"{tmp_path}: a run that never began" in again
    assert "start it anew" in succeeds(f"status {tmp_path}")


def test_bad_input_gets_one_clear_line(run: Path, folder: Path, tmp_path: Path) -> None:
    assert "no such cohort" in fails(f"search --cohort {tmp_path / 'none'}")
    assert "placement import" in fails(f"search --cohort {tmp_path}")
    assert "--overwrite" in fails(f"search --cohort {folder} --out {run} {QUICK}")
    assert "--overwrite" in fails(f"simulate --out {run}")
    assert "candidate sites" in fails(
        f"search --cohort {folder} --out {tmp_path / 'r'} "
        f"--fidelity linear --folds 3 --max-sensors 999"
    )
    assert "folds" in fails(f"search --cohort {folder} --out {tmp_path / 'r'} --folds 6")
    assert "--backend dask --scheduler" in fails(f"search --cohort {folder} --backend dask")
    assert "--backend dask --scheduler" in fails(f"resume {run} --scheduler tcp://here:1")
    assert "finished" in succeeds(f"resume {run}")
    assert "is it the folder of a search" in fails(f"status {tmp_path}")
    assert "holdout" in fails(f"search --cohort {folder} --out {tmp_path / 'r'} --holdout 2")
    assert "--steps is for --fidelity network, not linear" in fails(
        f"search --cohort {folder} --out {tmp_path / 'r'} --fidelity linear --steps 5"
    )
    assert "finished run" in fails(f"plot {tmp_path}")
    assert "no such file" in fails(f"evaluate --layout nothing.csv --cohort {folder}")
    assert "--id" in fails(f"evaluate --layout {run / 'front.csv'} --cohort {folder}")
    assert f"pass {run / 'front.csv'}" in fails(f"evaluate --layout {run} --cohort {folder}")
    assert "CSV file with columns" in fails(f"evaluate --layout {tmp_path} --cohort {folder}")
    assert "--folds 6" in fails(f"evaluate --layout published-2 --cohort {folder} --folds 7")
    assert "no such" in fails(f"import {tmp_path / 'none'} --out {tmp_path / 'c'}")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("count", ["0", "-3", "two"])
def test_impossible_sensor_counts_are_refused(count: str) -> None:
    result = placement(f"search --max-sensors {count}")
    assert result.exit_code == 2
    assert "max-sensors" in result.output


def test_a_damaged_cohort_is_named(folder: Path, tmp_path: Path) -> None:
    walkers(people=5).save(tmp_path / "c")
    archive = tmp_path / "c" / "subject001.npz"
    archive.write_bytes(archive.read_bytes()[:500])
    assert "damaged" in fails(f"search --cohort {tmp_path / 'c'} --out {tmp_path / 'r'}")
    with np.errstate(all="ignore"):
        assert not (tmp_path / "r").exists()


def test_overwrite_replaces_a_run(folder: Path, tmp_path: Path) -> None:
    search = f"search --cohort {folder} --out {tmp_path / 'r'} {QUICK}"
    succeeds(search)
    (tmp_path / "r" / "old.txt").write_text("old")
    succeeds(f"{search} --overwrite")
    assert not (tmp_path / "r" / "old.txt").exists()


def test_the_version_is_told() -> None:
    assert succeeds("--version").strip().count(".") == 2


def test_help_is_quick_to_load() -> None:
    code = "import placement.cli, sys; sys.exit(bool({'torch', 'pymoo'} & sys.modules.keys()))"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_other_objectives_are_searched_told_and_drawn(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    told = succeeds(
        f"search --cohort {folder} --out {out} {QUICK} --objectives nrmse,wiring,shift "
        "--connector 95 90 --shift-mm 2 --calibration-steps 1"
    )
    assert "What was minimised" in told and "wire (cm)" in told
    assert re.search(r"calibrated\s+with\s+1\s+step\b", told)
    assert "Where the sensors go" in told
    assert "Knee" not in told  # the number of sensors was not asked for
    assert (out / "objectives.png").is_file()
    stored = json.loads((out / "front.json").read_text())
    assert stored["objectives"] == ["nrmse", "wiring", "shift"]
    values = np.array([member["objectives"] for member in stored["members"]])
    assert not any((a <= b).all() and (a < b).any() for a in values for b in values)
    assumed = json.loads((out / "run.json").read_text())["settings"]["assumptions"]
    assert assumed["connector"]["mm"] == [[95, 90]] and assumed["disturbance"]["shift_mm"] == 2
    before = (out / "objectives.png").read_bytes()
    assert "objectives.png" in succeeds(f"plot {out}")
    assert (out / "objectives.png").read_bytes() == before


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ("--objectives sensors,weight", "no 'weight'; there are sensors, error"),
        ("--objectives sensors,wiring", "nothing of accuracy"),
        ("--objectives error,shift --shift-mm 50", "--shift-mm must lie in 0 to 10 mm"),
        ("--objectives error,wiring --connector 0.3 0.9", "connector: mm must be in millimetres"),
        (
            "--objectives error,wiring --connector 900 -50",
            "connector: (900, -50) mm is more than 100 mm off",
        ),
        ("--calibration-steps 50", "--calibration-steps: 50 wanted, but"),
    ],
)
def test_wrong_objectives_cost_nothing(
    folder: Path, tmp_path: Path, options: str, complaint: str
) -> None:
    assert complaint in fails(f"search --cohort {folder} --out {tmp_path / 'x'} {QUICK} {options}")
    assert not (tmp_path / "x").exists()


def test_a_search_takes_what_an_earlier_one_fitted(folder: Path, tmp_path: Path) -> None:
    quick = f"--cohort {folder} {QUICK}"
    succeeds(f"search {quick} --out {tmp_path / 'one'}")
    told = succeeds(f"search {quick} --out {tmp_path / 'two'} --reuse {tmp_path / 'one'}")
    assert "results hold for this search" in told
    one, two = ((tmp_path / x / "front.json").read_bytes() for x in ("one", "two"))
    assert one == two
    refused = f"search {quick} --out {tmp_path / 'two'} --overwrite --calibration-steps 50"
    assert "50 wanted" in fails(refused)  # and says nothing of going on with what is finished
    again = f"search {quick} --out {tmp_path / 'one'} --overwrite --reuse {tmp_path / 'one'}"
    assert "write to another folder" in fails(again)
    other = f"search {quick} --out {tmp_path / 'three'} --seed 1 --reuse"
    assert "seed was 0, is 1" in fails(f"{other} {tmp_path / 'one'}")
    assert "no such folder" in fails(f"{other} {tmp_path / 'nowhere'}")
    assert not (tmp_path / "three").exists()


@pytest.mark.parametrize("command", ["search --out {out}", "evaluate --layout published-2"])
def test_a_gpu_that_is_not_there_is_told_before_the_work(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    command = command.format(out=tmp_path / "r")
    told = fails(f"{command} --cohort {folder} --folds 3 --fidelity network --device cuda")
    assert "--device 'cuda' was asked for, but torch finds none here" in told
    assert not (tmp_path / "r").exists()


@pytest.mark.parametrize(
    "command", ["search --cohort {c} --out {c} " + QUICK, "inspect {c} --out {c}"]
)
def test_what_is_read_is_never_replaced(tmp_path: Path, command: str) -> None:
    cohort = tmp_path / "c"
    walkers(people=6).save(cohort)
    before = sorted(path.name for path in cohort.iterdir())
    assert "lies in the output folder" in fails(command.format(c=cohort) + " --overwrite")
    assert sorted(path.name for path in cohort.iterdir()) == before


def test_only_allowed_layouts_are_among_the_scores(folder: Path, tmp_path: Path) -> None:
    """The published landmarks stand beside the front, whatever the constraints."""
    file = tmp_path / "toes.toml"
    file.write_text('[[zones]]\nname = "heel"\nmax = 0\n')
    out = tmp_path / "r"
    quick = "--fidelity kernel --max-sensors 2 --folds 3 --margin-mm 0"
    succeeds(f"search --cohort {folder} --out {out} --constraints {file} {quick}")
    with (out / "scores.csv").open() as stream:
        places = [row["sites_uv"] for row in csv.DictReader(stream)]
    lowest = min(
        float(site.split(",")[0]) for place in places for site in re.split(r"[; ]+", place)
    )
    assert lowest > 0.25


def test_options_that_nothing_looks_at_are_refused(folder: Path, tmp_path: Path) -> None:
    for option, name in (
        ("--sensor-price 3", "cost"),
        ("--connector 50 50", "wiring or cost"),
        ("--shift-mm 2", "shift"),
    ):
        told = fails(f"search --cohort {folder} --out {tmp_path / 'r'} {QUICK} {option}")
        assert f"is for the objective {name}" in told
    assert not (tmp_path / "r").exists()


@pytest.mark.parametrize(
    ("people", "options", "remedy"),
    [
        (6, "", "pass --folds 4, or --confirm nested --folds 4, which searches on everybody"),
        (4, "--folds 3", "pass --folds 2, or --confirm nested --folds 2"),
        (8, "--holdout 0.6", "pass --folds 3, or a smaller --holdout, or --confirm nested"),
        (3, "--folds 2", "a search wants 4 people at the least"),
    ],
)
def test_too_few_people_are_told_what_works(
    tmp_path: Path, people: int, options: str, remedy: str
) -> None:
    walkers(people=people).save(tmp_path / "c")
    told = fails(f"search --cohort {tmp_path / 'c'} --out {tmp_path / 'r'} {options}")
    assert remedy in told


@pytest.mark.parametrize(("columns", "width"), [(None, 120), ("90", 90), ("40", 80)])
def test_what_goes_to_a_pipe_is_as_wide_as_asked(columns: str | None, width: int) -> None:
    environment = {key: value for key, value in os.environ.items() if key != "COLUMNS"}
    if columns:
        environment["COLUMNS"] = columns
    code = "from placement.cli.shared import console; print(console.width)"
    ran = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True)
    assert int(ran.stdout) == width
