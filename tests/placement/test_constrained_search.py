"""A whole search under constraints, from the file to the front."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner
from walkers import GRID, walkers

from placement.cli import app

TOML = """
margin_mm = 0
spacing_mm = 1

[required]
mm = [[14.3, 12.2]]

[[keep_out]]
name = "plug"
mm = [[0, 28], [30, 28], [30, 40], [0, 40]]

[[zones]]
name = "heel"
min = 1
max = 1

[[zones]]
name = "forefoot"
min = 1
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("constrained") / "walkers"
    walkers(people=6).save(path)
    return path


def search(folder: Path, toml: str, out: Path, more: str = ""):
    file = out.with_suffix(".toml")
    file.write_text(toml)
    command = f"search --cohort {folder} --constraints {file} --out {out} --fidelity linear"
    return CliRunner().invoke(app, f"{command} --folds 3 --max-sensors 3 {more}".split())


def test_every_score_of_a_run_keeps_the_file(folder: Path, tmp_path: Path) -> None:
    result = search(folder, TOML, tmp_path / "run")
    assert result.exit_code == 0, result.output
    assert "The constraints allow no layout of 1." in result.output
    assert "published 16" in result.output  # references are shown, whatever they break
    rows = list(csv.DictReader((tmp_path / "run" / "front.csv").open()))
    assert {row["sensors"] for row in rows} <= {"2", "3"}
    scores = list(csv.DictReader((tmp_path / "run" / "scores.csv").open()))
    assert len(scores) > 100
    for row in scores:
        uv = np.array([[float(x) for x in site.split(",")] for site in row["sites_uv"].split()])
        x, y = GRID.mm(uv).T
        assert (np.hypot(x - 14.3, y - 12.2) < 0.05).sum() == 1
        assert ((y < 23.1) | (y > 44.9)).all()
        gap = np.hypot(x[:, None] - x, y[:, None] - y)[np.triu_indices(len(x), 1)]
        assert (gap >= 10.9).all()
        assert (uv[:, 0] < 0.8 / 3).sum() == 1
        assert ((uv[:, 0] >= 1.6 / 3) & (uv[:, 0] < 0.8)).sum() >= 1
    kept = json.loads((tmp_path / "run" / "run.json").read_text())
    assert kept["settings"]["constraints"]["spacing_mm"] == 1
    assert kept["possible_counts"] == [2, 3]


@pytest.mark.parametrize(
    ("toml", "more", "words"),
    [
        (TOML.replace("min = 1\nmax = 1", "min = 4"), "", "in the heel, 4 are required"),
        (TOML, "--margin-mm 2", "give one"),
        ("spacings = 3", "", "no key 'spacings'"),
        ("margin_mm = 300", "", "no site is left"),
    ],
)
def test_what_cannot_be_is_one_line_and_no_folder(
    folder: Path, tmp_path: Path, toml: str, more: str, words: str
) -> None:
    result = search(folder, toml, tmp_path / "run", more)
    assert result.exit_code == 1
    assert words in result.stderr.replace("\n", " ")
    assert result.stderr.count("\n") == 1
    assert not (tmp_path / "run").exists()
