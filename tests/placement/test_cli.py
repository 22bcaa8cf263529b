"""Whole commands, as a user types them."""

import contextlib
import csv
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner, Result
from walkers import walkers

from placement.cli import app

QUICK = "--fidelity linear --max-sensors 2 --folds 3 --margin-mm 0"


def placement(command: str) -> Result:
    return CliRunner().invoke(app, command.split())


def succeeds(command: str) -> str:
    result = placement(command)
    assert result.exit_code == 0, result.output
    return result.output


def fails(command: str) -> str:
    """Fails with one line that is no traceback, and returns it."""
    result = placement(command)
    assert result.exit_code == 1, result.output
    assert result.stderr.startswith("error: ")
    assert result.stderr.count("\n") == 1
    return result.stderr


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cohort of tiny walkers as files."""
    path = tmp_path_factory.mktemp("cli") / "walkers"
    walkers(people=6).save(path)
    return path


@pytest.fixture(scope="module")
def run(folder: Path) -> Path:
    """A finished search on it, networks included."""
    out = folder.parent / "run"
    succeeds(
        f"search --cohort {folder} --out {out} --max-sensors 2 --folds 3 --margin-mm 0 "
        "--fidelity network --steps 10 --retrain-steps 5"
    )
    return out


def test_a_search_writes_everything_it_promises(run: Path) -> None:
    names = {path.name for path in run.glob("[!.]*")}
    assert names == {
        "front.json",
        "front.csv",
        "run.db",
        "run.json",
        "scores.csv",
        "pareto.png",
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
    for file in ("front.csv", "front.json", "scores.csv", "pareto.png", "layouts.png"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


def test_plot_draws_again_without_searching(run: Path) -> None:
    before = (run / "pareto.png").read_bytes()
    (run / "pareto.png").unlink()
    succeeds(f"plot {run}")
    assert (run / "pareto.png").read_bytes() == before


@pytest.mark.parametrize("reconstructor", ["mean", "linear", "kernel", "ensemble", "network"])
def test_evaluate_scores_a_layout_of_a_front(run: Path, folder: Path, reconstructor: str) -> None:
    output = succeeds(
        f"evaluate --layout {run / 'front.csv'} --id 2a --cohort {folder} --folds 3 "
        f"--fidelity {reconstructor} --steps 5"
    )
    for word in ("2a", "NRMSE", "mean map", "1.000", "SIMULATED", "Searched on these very people"):
        assert word in output


def test_evaluate_knows_the_published_layouts(folder: Path) -> None:
    with_linear = f"--cohort {folder} --folds 3 --fidelity linear"
    output = succeeds(f"evaluate --layout published-16 {with_linear}")
    assert "16" in output and "Searched" not in output


def test_a_layout_of_ones_own_was_not_searched(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text("x_mm,y_mm\n20,12\n15,55\n")
    with_linear = f"--cohort {folder} --folds 3 --fidelity linear"
    output = succeeds(f"evaluate --layout {tmp_path / 'mine.csv'} {with_linear}")
    assert "mine" in output and "Searched" not in output


def test_simulate_writes_a_cohort_that_search_takes(tmp_path: Path) -> None:
    output = succeeds(f"simulate --out {tmp_path / 'c'} --people 5 --steps 1 --frames 6")
    assert "5 SIMULATED people, 10 stances" in output
    succeeds(
        f"search --cohort {tmp_path / 'c'} --out {tmp_path / 'r'} --fidelity linear "
        "--max-sensors 1 --folds 3"
    )


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
    resumed = placement(f"resume {tmp_path}")
    assert isinstance(resumed.exception, SystemExit)
    assert "no settings noted" in resumed.stderr
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
    assert "finished" in fails(f"resume {run}")
    assert "is it the folder of a search" in fails(f"status {tmp_path}")
    assert "holdout" in fails(f"search --cohort {folder} --out {tmp_path / 'r'} --holdout 2")
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


def test_from_scans_and_recordings_to_pictures_of_every_foot(tmp_path: Path) -> None:
    """simulate -> files -> import -> inspect, as a user with a lab's folder goes."""
    lab, cohort = tmp_path / "lab", tmp_path / "cohort"
    succeeds(f"simulate --out {lab} --people 2 --steps 2 --recordings")
    (lab / "sim000" / "left" / "broken.asf").write_text("?")
    shutil.copy(lab / "sim000" / "scan_left.stl", lab / "sim001" / "scan_right.stl")
    (lab / "notes.bin").write_text("?")
    output = succeeds(f"import {lab} --out {cohort}")
    assert "sim000 left" in output
    assert "broken.asf" in output
    assert "are the sides swapped?" in " ".join(output.split())  # a left foot named right
    assert "warning: sim001/scan_right.stl: is named right" in output  # before the table
    assert "no usable scan" in " ".join(output.split())
    assert "left alone: notes.bin" in " ".join(output.split())
    assert "6 stances" in output
    assert "8 stances" in succeeds(f"import {lab} --out {cohort} --no-scans --overwrite")
    assert "holds the recordings" in fails(f"import {lab} --out {lab} --overwrite")
    (lab / "manifest.csv").write_text(
        "file,subject,side,units\n"
        "sim000/scan_left.stl,a,left,mm\n"
        "sim000/left/0.json,a,left,\n"
        "sim000/scan_right.stl,a,right,miles\n"
        "sim000/right/0.json,a,right,\n"
    )
    output = succeeds(f"import {lab} --out {tmp_path / 'stated'}")
    assert "1 stance of" in output
    assert "units must be one of m, cm, mm, found 'miles'" in " ".join(output.split())
    output = succeeds(f"inspect {cohort}")
    assert "footprint length" in output
    assert "body weights" in output
    pages = sorted((tmp_path / "cohort-feet").glob("[!.]*"))
    assert [page.name for page in pages] == ["feet-01.png"]
    assert "--overwrite" in fails(f"inspect {cohort}")
    assert "no such cohort" in fails(f"inspect {tmp_path / 'none'}")


def test_overwrite_replaces_a_run(folder: Path, tmp_path: Path) -> None:
    search = f"search --cohort {folder} --out {tmp_path / 'r'} {QUICK}"
    succeeds(search)
    (tmp_path / "r" / "old.txt").write_text("old")
    succeeds(f"{search} --overwrite")
    assert not (tmp_path / "r" / "old.txt").exists()


@pytest.mark.parametrize("terminal", [True, False], ids=["ctrl-c", "kill"])
def test_an_interruption_keeps_what_was_scored(
    folder: Path, tmp_path: Path, terminal: bool
) -> None:
    """Amid training: one line, exit code 130, the linear scores on disk, no process left."""
    out = tmp_path / "r"
    command = f"search --cohort {folder} --out {out} --folds 3 --margin-mm 0 --steps 100000"
    process = subprocess.Popen(
        [sys.executable, "-c", "from placement.cli import app; app()", *command.split()],
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # Shells start background jobs, and so perhaps these tests, with Ctrl-C ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    wait_for_processes(process.pid, 5)  # the search, two trackers and two that train
    time.sleep(3)
    if terminal:
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to workers, too
    else:
        os.kill(process.pid, signal.SIGTERM)  # as a scheduler does: to the search alone
    _, complaint = process.communicate(timeout=60)
    assert process.returncode == 130, complaint
    assert "Traceback" not in complaint
    assert "interrupted" in complaint
    rows = list(csv.DictReader((out / "scores.csv").open()))
    assert len(rows) > 500
    assert f"placement resume {out}" in complaint
    assert "stopped" in succeeds(f"status {out}")
    assert vanishes(process.pid)


def wait_for_processes(group: int, count: int, seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while len(members(group)) < count:
        assert time.monotonic() < end, f"{members(group)} after {seconds} s"
        time.sleep(0.2)


def members(group: int) -> list[int]:
    """The processes of a group, as Linux lists them."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = path.read_text().rpartition(")")[2].split()
            if int(fields[2]) == group:
                found.append(int(path.parent.name))
    return found


def vanishes(group: int, seconds: float = 30) -> bool:
    """Whether no process of a group is left, soon."""
    end = time.monotonic() + seconds
    while members(group) and time.monotonic() < end:
        time.sleep(0.2)
    return not members(group)


def test_the_version_is_told() -> None:
    assert succeeds("--version").strip().count(".") == 2


def test_help_is_quick_to_load() -> None:
    code = "import placement.cli, sys; sys.exit(bool({'torch', 'pymoo'} & sys.modules.keys()))"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_import_tells_what_it_took_and_what_not(tmp_path: Path) -> None:
    h5py = pytest.importorskip("h5py", reason="reading HDF5 needs the extra hdf5")
    rows, columns = np.indices((63, 33))
    foot = 100 * np.exp(-(((rows - 31) / 18) ** 2 + ((columns - 16) / 6) ** 2))
    load = np.sin(np.linspace(0, np.pi, 42))[1:-1]
    with h5py.File(tmp_path / "subj000.h5", "w") as file:
        for number in range(3):
            file[f"img{number:03d}"] = foot[:, :, None] * load
        file["img003"] = np.zeros((63, 33, 40))
    output = succeeds(f"import {tmp_path} --out {tmp_path / 'cohort'}")
    assert "1 person, 3 stances" in output
    assert "no load in any frame" in output
    assert len(walkers_of(tmp_path / "cohort")) == 3
    (tmp_path / "subj000.h5").write_bytes(b"\x89HDF\r\n\x1a\n")
    assert "no usable step" in fails(f"import {tmp_path} --out {tmp_path / 'other'}")
    assert not (tmp_path / "other").exists()


def test_import_tells_of_load_beside_the_foot(real_data: Path, tmp_path: Path) -> None:
    """Two columns of the F-Scan walk's right sheet leak."""
    output = succeeds(f"import {real_data / 'fscan'} --out {tmp_path / 'cohort'}")
    assert "Up to 2.4 % of a foot's load lies off the grid" in output


def walkers_of(folder: Path) -> list[str]:
    return [row["trial"] for row in json.loads((folder / "cohort.json").read_text())["samples"]]


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
    assert "holds no run.db" in fails(f"{other} {tmp_path / 'nowhere'}")
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


def test_the_mean_map_cannot_be_calibrated(folder: Path) -> None:
    output = succeeds(
        f"evaluate --layout published-2 --cohort {folder} --folds 3 --fidelity mean "
        "--calibration-steps 1"
    )
    assert output.count("1.000") == 2


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
