"""`placement evaluate`, and the layouts it is given."""

import csv
from pathlib import Path

import pytest
from command import fails, succeeds

from placement.given import read_layouts
from recon import Cohort, FootGrid


@pytest.mark.usefixtures("short_training")
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


def test_the_mean_map_cannot_be_calibrated(folder: Path) -> None:
    output = succeeds(
        f"evaluate --layout published-2 --cohort {folder} --folds 3 --fidelity mean "
        "--calibration-steps 1"
    )
    assert output.count("1.000") == 2


@pytest.mark.parametrize("reconstructor", ["linear", "network"])
def test_layouts_are_compared_with_the_first(
    run: Path, folder: Path, tmp_path: Path, reconstructor: str
) -> None:
    """Of a front, of one's own, and published; of equal layouts nothing differs."""
    (tmp_path / "mine.csv").write_text("x_mm,y_mm\n20,12\n15,55\n")
    (tmp_path / "same.csv").write_text("x_mm,y_mm\n20,12\n15,55\n")
    output = succeeds(
        f"evaluate --layout {tmp_path / 'mine.csv'} --layout {run / 'front.csv'} --id 1a --id 2a "
        f"--layout {tmp_path / 'same.csv'} --layout published-16 --cohort {folder} --folds 3 "
        f"--fidelity {reconstructor} --steps 5"
    )
    assert "Compared with mine" in output
    _, compared = output.split("Compared with mine")
    rows = {line.split()[0]: line.split()[1:] for line in compared.splitlines() if line.strip()}
    assert rows.keys() >= {"1a", "2a", "same", "published-16"}
    assert rows["same"] == ["0.000", "0.0", "0.0", "0.00", "0.000", "the", "same"]


def test_layouts_of_like_names_are_told_apart(tmp_path: Path) -> None:
    files = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        files.append(str(tmp_path / name / "front.csv"))
        Path(files[-1]).write_text("layout,u,v\n1a,0.1,0.2\n2a,0.3,0.4\n2a,0.5,0.4\n")
    found = read_layouts([*files, "published 2"], ["2a"], 10.0, FootGrid())
    assert list(found) == [*(f"{file} 2a" for file in files), "published-2"]
    assert all(len(layout) == 2 for layout in found.values())


@pytest.mark.parametrize(
    ("files", "ids", "complaint"),
    [
        (["front.csv"], [], "front.csv: holds the layouts 1a, 2a; pick one with --id"),
        (["front.csv"], ["1a", "9z"], "--id 9z: no such layout in .*front.csv; there are 1a, 2a"),
        (["mine.csv"], ["1a"], "--id 1a: no such layout in .*mine.csv; there are none"),
        (["front.csv", "front.csv"], ["1a"], "front.csv 1a: given twice"),
        (["mine.csv", "nothing.csv"], [], "nothing.csv: no such file, and none of published-2"),
    ],
)
def test_layouts_that_cannot_be_found_are_told(
    tmp_path: Path, files: list[str], ids: list[str], complaint: str
) -> None:
    (tmp_path / "front.csv").write_text("layout,u,v\n1a,0.1,0.2\n2a,0.3,0.4\n")
    (tmp_path / "mine.csv").write_text("u,v\n0.1,0.2\n")
    with pytest.raises((ValueError, FileNotFoundError), match=complaint):
        read_layouts([str(tmp_path / file) for file in files], ids, 10.0, FootGrid())


def test_sensors_are_as_large_as_given_or_as_the_file_says(tmp_path: Path) -> None:
    (tmp_path / "front.csv").write_text("layout,u,v,sensor_mm\n2a,0.3,0.4,14\n2a,0.6,0.4,14\n")
    sources = [str(tmp_path / "front.csv"), "published-2"]
    for given, wide in ((None, [14.0, 10.0]), (7.0, [7.0, 7.0])):
        found = read_layouts(sources, ["2a"], given, FootGrid())
        assert [x.sensor.diameter_mm for x in found.values()] == wide
    with pytest.raises(ValueError, match="diameter"):
        read_layouts(sources, ["2a"], 0.0, FootGrid())


def test_scores_are_written_person_by_person(folder: Path, tmp_path: Path) -> None:
    command = f"evaluate --layout published-2 --layout published-16 --cohort {folder} --folds 3 "
    out = tmp_path / "scores.csv"
    told = succeeds(f"{command} --fidelity linear --out {out}")
    with out.open() as stream:
        rows = list(csv.DictReader(stream))
    people = Cohort.load(folder).subjects
    assert [(row["layout"], row["sensors"], row["person"]) for row in rows] == [
        (name, count, person)
        for name, count in (("mean map", "0"), ("published-2", "2"), ("published-16", "16"))
        for person in people
    ]
    mean = sum(float(row["nrmse"]) for row in rows[-len(people) :]) / len(people)
    assert f"{mean:.3f}" in told and f"Written: {out}" in told.replace("\n", "")
    assert "exists already" in fails(f"{command} --fidelity linear --out {out}")
    assert "no such folder" in fails(f"{command} --out {tmp_path / 'none' / 'scores.csv'}")
