"""Constraints as values and as TOML files."""

import json
import re
import tempfile
import tomllib
from dataclasses import asdict
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from placement.areas import Points
from placement.constraints import Area, Constraints, Snap
from placement.constraints_file import (
    from_values,
    read_constraints,
    to_toml,
    to_values,
)
from placement.sites import MARGIN_MM
from placement.zones import ANATOMICAL, Zone

DOCUMENT = (Path(__file__).parents[2] / "docs" / "constraints.md").read_text()

names = st.text("abc äß\"'\\#=[]{}🦶", min_size=1).filter(str.strip)
numbers = st.floats(2, 300) | st.integers(2, 300)
points = st.lists(st.tuples(numbers, numbers), min_size=1, max_size=4, unique=True).map(
    lambda pairs: Points(mm=tuple(pairs))
)
areas = st.builds(
    lambda name, x, y, size: Area(name, mm=((x, y), (x + size, y), (x, y + size))),
    names,
    numbers,
    numbers,
    numbers,
)
zones = st.builds(
    lambda name, least, more: Zone(name, least, None if more is None else least + more),
    st.sampled_from(list(ANATOMICAL)),
    st.integers(0, 3),
    st.none() | st.integers(0, 3),
)
constraints = st.builds(
    Constraints,
    margin_mm=st.floats(0, 20),
    spacing_mm=st.floats(0, 50),
    keep_out=st.lists(areas, max_size=2, unique_by=lambda x: x.name),
    keep_in=st.lists(areas, max_size=2, unique_by=lambda x: x.name),
    required=st.just(Points()) | points,
    forbidden=st.just(Points()) | points,
    zones=st.lists(zones, max_size=3, unique_by=lambda x: x.name),
    snap=st.none() | st.builds(Snap, st.floats(1, 30), st.tuples(numbers, numbers)),
)


@settings(max_examples=50, deadline=None)
@given(constraints)
def test_toml_and_json_give_back_what_went_in(what: Constraints) -> None:
    assert from_values(tomllib.loads(to_toml(what))) == what
    assert from_values(json.loads(json.dumps(asdict(what)))) == what
    assert from_values(to_values(what)) == what


def test_an_empty_file_constrains_nothing(tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_text("")
    assert read_constraints(tmp_path / "c.toml") == Constraints()


def test_the_example_of_the_documentation_is_read(tmp_path: Path) -> None:
    example = re.search(r"```toml\n(.*?)```", DOCUMENT, re.DOTALL)
    assert example
    (tmp_path / "c.toml").write_text(example[1])
    found = read_constraints(tmp_path / "c.toml")
    given_keys = to_values(found).keys()
    assert given_keys == set(Constraints.__dataclass_fields__)


def test_the_python_example_of_the_documentation_runs() -> None:
    example = re.search(r"```python\n(.*?)```", DOCUMENT, re.DOTALL)
    assert example
    exec(compile(example[1], "docs/constraints.md", "exec"), space := {})
    assert space["settings"].constraints.spacing_mm == 2


@pytest.mark.parametrize(
    ("toml", "words"),
    [
        ("spacing = 3", r"c.toml: no key 'spacing'; known are .*; is it spacing_mm\?"),
        ("spacing_mm = -1", "c.toml: spacing_mm must be a number, 0 or more, got -1"),
        ("spacing_mm = nan", "spacing_mm must be a number, 0 or more, got nan"),
        ("spacing_mm = true", "spacing_mm must be a number, 0 or more, got True"),
        ('margin_mm = "5"', "margin_mm must be a number, 0 or more, got '5'"),
        ("spacing_mm = ", "c.toml: not TOML: Invalid value"),
        ("snap = 5", r"c.toml: \[snap\] must be a table of key = value, got 5"),
        ("[snap]", r"c.toml: \[snap\]: pitch_mm is missing"),
        ("[snap]\npitch_mm = 0.1", r"\[snap\]: pitch_mm must be a number, 1 or more, got 0.1"),
        ("[snap]\npitch_mm = 5\norigin_mm = 3", "origin_mm must be two numbers in brackets, got 3"),
        ("zones = 3", r"zones must be tables \[\[zones\]\], got 3"),
        ("[zones]\nname = 'heel'", r"zones must be tables \[\[zones\]\]"),
        ("[[zones]]\nmin = 1", r"\[\[zones\]\] 1: name is missing"),
        ("[[zones]]\nname = 'hel'", r"\[\[zones\]\] 1: name must be heel, .*got 'hel'"),
        ("[[zones]]\nname = 'heel'\nmin = 1.5", "min must be a whole number, 0 or more, got 1.5"),
        ("[[zones]]\nname = 'heel'\nmin = 3\nmax = 2", "max must not be below min = 3, got 2"),
        ("[[zones]]\nname = 'heel'\n[[zones]]\nname = 'heel'", "name 'heel' is given 2 times"),
        ("[required]\nmm = [[1, 2], [3]]", r"\[required\]: mm, point 2, must be two .*got \[3\]"),
        ("[required]\nmm = [38, 31]", "mm, point 1, must be two numbers in brackets, got 38"),
        ("[required]\nmm = [[38, 31], [38, 31]]", "required: a site is given twice"),
        ("[required]\nmm = [[0.3, 0.4]]", "must be in millimetres.*is it uv"),
        ("[required]\nuv = [[38, 31]]", "must run from 0 to 1.*is it mm"),
        ("[required]\nmm = [[38, 31]]\nuv = [[0.3, 0.2]]", "mm and uv are both given"),
        ("[[keep_out]]\nname = 'a'\nmm = [[2, 3]]", r"\[\[keep_out\]\] 1: mm must have three cor"),
        ("[[keep_out]]\nname = 7\nmm = [[2, 3]]", "name must be a text in quotes, got 7"),
        (
            "[[keep_in]]\nname = 'a'\nmm = [[2, 3], [30, 30], [30, 3], [2, 30]]",
            r"\[\[keep_in\]\] 1: mm: the edges of 'a' cross or touch",
        ),
        ("[[keep_in]]\nname = 'a'\nmm = [[2, 3], [4, 6], [6, 9]]", "cross or touch"),
    ],
)
def test_an_error_names_file_key_and_what_is_wanted(tmp_path: Path, toml: str, words: str) -> None:
    (tmp_path / "c.toml").write_text(toml)
    with pytest.raises(ValueError, match=words) as error:
        read_constraints(tmp_path / "c.toml")
    assert str(tmp_path / "c.toml") in str(error.value)
    assert "\n" not in str(error.value)


@settings(deadline=None)
@given(st.binary(max_size=200) | st.text('[]{}=",.\n zonesmm15', max_size=80).map(str.encode))
def test_any_bytes_are_read_or_refused_in_one_line(content: bytes) -> None:
    with tempfile.NamedTemporaryFile(suffix=".toml") as file:
        Path(file.name).write_bytes(content)
        try:
            read_constraints(file.name)
        except ValueError as error:
            assert str(error).startswith(file.name)
            assert "\n" not in str(error)


def test_files_that_are_none_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no such file"):
        read_constraints(tmp_path / "none.toml")
    (tmp_path / "big.toml").write_text("#" * 1_000_001)
    with pytest.raises(ValueError, match="bytes"):
        read_constraints(tmp_path / "big.toml")
    (tmp_path / "deep.toml").write_text("a = " + "[" * 20_000)
    with pytest.raises(ValueError, match="not TOML"):
        read_constraints(tmp_path / "deep.toml")


def test_a_margin_is_given_once(tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_text("margin_mm = 3")
    (tmp_path / "none.toml").touch()
    assert read_constraints(tmp_path / "none.toml", 7) == Constraints(margin_mm=7)
    assert read_constraints(tmp_path / "none.toml") == Constraints(margin_mm=MARGIN_MM)
    assert read_constraints(tmp_path / "c.toml").margin_mm == 3
    with pytest.raises(ValueError, match="margin_mm is 3 here and 7 by --margin-mm; give one"):
        read_constraints(tmp_path / "c.toml", 7)
