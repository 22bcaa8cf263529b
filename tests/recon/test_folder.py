"""Folders as a lab has them: the convention, and a manifest for any other."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from recon.folder import side_in, survey, without_side
from recon.importing import import_recordings
from recon.readers import Problem, Track, neutral
from recon.recording import Recording


def put(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("x")
    return folder


@pytest.mark.parametrize(
    ("name", "side"),
    [
        ("left", "left"),
        ("scan_Right", "right"),
        ("LEFT-foot", "left"),
        ("FrasP01L", "left"),
        ("walk_R", "right"),
        ("bright", None),
        ("cleft3", None),
        ("left_and_right", None),
        ("GIRL", None),
        ("walk", None),
    ],
)
def test_names_tell_the_side(name: str, side: str | None) -> None:
    assert side_in(name) == side


def test_the_convention_tells_whose_a_file_is(tmp_path: Path) -> None:
    put(
        tmp_path,
        "anna/scan_left.stl",
        "anna/left/walk1.asf",
        "anna/right/walk1.asf",
        "ben/walk_R.asf",
        "ben/plate.txt",
        "group.h5",
        "LICENSE",
        "anna/readme.md",
        ".git/left/x.asf",
    )
    holdings = survey(tmp_path)
    found = {
        str(item.path.relative_to(tmp_path)): (item.subject, item.side)
        for item in (*holdings.recordings, *holdings.scans)
    }
    assert found == {
        "anna/scan_left.stl": ("anna", "left"),
        "anna/left/walk1.asf": ("anna", "left"),
        "anna/right/walk1.asf": ("anna", "right"),
        "ben/walk_R.asf": ("ben", "right"),
        "ben/plate.txt": ("ben", None),
        "group.h5": (None, None),
    }
    assert len(holdings.scans) == 1
    assert holdings.problems == ()


def test_the_folder_of_one_person_is_its_name(tmp_path: Path) -> None:
    put(tmp_path / "cleo", "left/a.asf", "scan_left.stl")
    holdings = survey(tmp_path / "cleo")
    for item in (*holdings.recordings, *holdings.scans):
        assert (item.subject, item.side) == ("cleo", "left")


def test_folders_within_a_persons_tell_side_and_session(tmp_path: Path) -> None:
    put(
        tmp_path,
        "anna/monday/left/a.asf",
        "anna/left/monday/late/a.asf",
        "anna/monday/a_R.asf",
        "anna/right/a_L.asf",
    )
    items = survey(tmp_path).recordings
    assert {item.name: (item.subject, item.side, item.folders) for item in items} == {
        "anna/monday/left/a.asf": ("anna", "left", ("monday",)),
        "anna/left/monday/late/a.asf": ("anna", "left", ("monday", "late")),
        "anna/monday/a_R.asf": ("anna", "right", ("monday",)),
        "anna/right/a_L.asf": ("anna", "right", ()),
    }
    owners = {item.name: item.subject for item in survey(tmp_path / "anna").recordings}
    assert owners["left/monday/late/a.asf"] == "anna"


def test_both_feet_of_a_walk_have_one_owner() -> None:
    assert without_side("FrasP01L") == without_side("FrasP01R") == "FrasP01"
    assert without_side("anna_left") == "anna"
    assert without_side("GIRL") == "GIRL"
    assert without_side("left") == "left"


def test_a_manifest_counts_alone(tmp_path: Path) -> None:
    put(tmp_path, "a.txt", "b.stl", "other/left/c.asf")
    (tmp_path / "manifest.csv").write_text(
        "File;Subject;Side;Part\n"
        "a.txt;anna;left;first\n"
        "a.txt;anna;Right;second\n"
        "b.stl;anna;left;\n"
        "gone.txt;anna;left;\n"
        "../outside.txt;anna;left;\n"
        "a.txt;anna;middle;\n"
    )
    holdings = survey(tmp_path)
    assert [(i.path.name, i.side, i.part) for i in holdings.recordings] == [
        ("a.txt", "left", "first"),
        ("a.txt", "right", "second"),
    ]
    assert [scan.path.name for scan in holdings.scans] == ["b.stl"]
    reasons = {problem.name: problem.reason for problem in holdings.problems}
    assert "no such file" in reasons["manifest.csv line 5"]
    assert "no file in this folder" in reasons["manifest.csv line 6"]
    assert "left or right, found 'middle'" in reasons["manifest.csv line 7"]


def test_subjects_have_facts(tmp_path: Path) -> None:
    put(tmp_path, "anna/left/a.asf")
    (tmp_path / "subjects.csv").write_text(
        "subject,mass_kg,height_cm,shoe_size\nanna,61.5,170,39\nben,heavy,,\nanna,70,170,39\n"
    )
    holdings = survey(tmp_path)
    assert holdings.people["anna"] == {"mass_kg": 61.5, "height_cm": 170, "shoe_size": 39}
    bad, again = holdings.problems
    assert "mass_kg must be 10 to 300, found 'heavy'" in bad.reason
    assert again == Problem("subjects.csv line 4", "names anna again")
    (tmp_path / "subjects.csv").write_text("subject,weight\nanna,61.5\n")
    (useless,) = survey(tmp_path).problems
    assert "tells none of mass_kg, height_cm, shoe_size, only subject, weight" in useless.reason


def test_people_without_files_are_told(tmp_path: Path) -> None:
    """Whatever else lies there; but not where a recording may be anybody's."""
    (tmp_path / "anna" / "right").mkdir(parents=True)
    neutral.write(tmp_path / "anna" / "right" / "a.json", Track(step()))
    (tmp_path / "notes.xyz").write_text("?")
    (tmp_path / "subjects.csv").write_text("subject,mass_kg\nanna,61.5\nben,70\n")
    _, report = import_recordings(tmp_path)
    assert report.rejected == (
        Problem("subjects.csv", "names ben, of whom the folder holds nothing"),
    )
    neutral.write(tmp_path / "anybody.json", Track(step(), subject="ben", side="right"))
    assert import_recordings(tmp_path)[1].rejected == ()


@pytest.mark.parametrize("pitch", [0.005, 0.5, 10.0, 5000.0])
def test_a_footprint_of_no_human_size_is_refused(pitch: float, tmp_path: Path) -> None:
    for name, recording in (("a", step()), ("b", replace(step(), pitch_mm=(pitch, pitch)))):
        (tmp_path / name / "right").mkdir(parents=True)
        neutral.write(tmp_path / name / "right" / "walk.json", Track(recording))
    cohort, report = import_recordings(tmp_path)
    assert cohort.subjects == ("a",)
    (problem,) = report.rejected
    assert problem.name == "b/right"
    assert "mm long, 100 to 330 are expected: is the distance of the" in problem.reason


@pytest.mark.parametrize(
    ("fact", "text", "reason"),
    [
        ("height_cm", "1.75", "height_cm must be 50 to 250, found '1.75'; is it in cm?"),
        ("height_cm", "1750", "found '1750'"),
        ("mass_kg", "70000", "mass_kg must be 10 to 300, found '70000'; is it in kg?"),
        ("mass_kg", "-70", "found '-70'"),
        ("mass_kg", "nan", "found 'nan'"),
        ("mass_kg", "inf", "found 'inf'"),
        ("shoe_size", "9.5", "must be 15 to 55, found '9.5'; is it in European sizes?"),
    ],
)
def test_facts_in_other_units_are_left_out(
    fact: str, text: str, reason: str, tmp_path: Path
) -> None:
    put(tmp_path, "anna/left/a.asf")
    others = {"mass_kg": "61,5", "height_cm": "170", "shoe_size": "39"}
    row = others | {fact: text}
    (tmp_path / "subjects.csv").write_text(
        f"subject;{';'.join(row)}\nanna;{';'.join(row.values())}\n"
    )
    holdings = survey(tmp_path)
    (problem,) = holdings.problems
    assert problem.name == "subjects.csv line 2"
    assert reason in problem.reason
    assert holdings.people["anna"].keys() == others.keys() - {fact}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("who,mass_kg\na,1\n", "no column subject"),
        ("subject,mass_kg\na,60,\n", "more fields than there are column names"),
        ("", "cannot be read"),
        ("\0\0", "no column"),
    ],
)
def test_a_damaged_table_is_named(tmp_path: Path, text: str, reason: str) -> None:
    """And stops nothing, unless it is the manifest."""
    put(tmp_path, "anna/left/a.asf")
    (tmp_path / "subjects.csv").write_text(text)
    holdings = survey(tmp_path)
    assert len(holdings.recordings) == 1
    assert reason in holdings.problems[0].reason
    (tmp_path / "manifest.csv").write_text(text)
    with pytest.raises(ValueError, match=rf"manifest\.csv: .*{reason.replace('subject', 'file')}"):
        survey(tmp_path)


def step(mirrored: bool = False, units: str = "kPa") -> Recording:
    """A foot of three blobs, hallux medial: to the left on a right foot."""
    rows, columns = np.indices((60, 30))
    total = np.zeros((60, 30))
    for row, column, radius in ((48, 15, 7), (22, 14, 9), (10, 9, 4)):
        total += np.maximum(1 - ((rows - row) ** 2 + (columns - column) ** 2) / radius**2, 0)
    load = np.concatenate([np.zeros(5), np.sin(np.linspace(0, np.pi, 62))[1:-1], np.zeros(5)])
    frames = (200 * load[:, None, None] * total).astype(np.float32)
    frames = frames[:, :, ::-1] if mirrored else frames
    return Recording(frames, (5.0, 5.0), 100, "kPa" if units == "kPa" else "arbitrary", "made")


def test_a_folder_of_people_becomes_a_cohort(tmp_path: Path) -> None:
    """Sides from folders, from files and from names; left feet mirrored; one foot unknown."""
    for subject in ("anna", "ben"):
        for side in ("left", "right"):
            folder = tmp_path / subject / side
            folder.mkdir(parents=True)
            neutral.write(folder / "walk.json", Track(step(side == "left")))
    (tmp_path / "cleo").mkdir()
    neutral.write(tmp_path / "cleo" / "a.json", Track(step(), side="right"))
    neutral.write(tmp_path / "cleo" / "b.json", Track(step()))
    neutral.write(tmp_path / "cleo" / "c_R.json", Track(step(units="arbitrary")))
    (tmp_path / "anna" / "left" / "broken.asf").write_text("DATA_TYPE MOVIE\nTekscan\n")
    (tmp_path / "anna" / "left" / "nothing.bin").write_text("?")
    (tmp_path / "anna" / "left" / "alone.npz").write_text("?")
    cohort, report = import_recordings(tmp_path)
    assert [sample.name for sample in cohort.samples] == [
        "anna/left/walk",
        "anna/right/walk",
        "ben/left/walk",
        "ben/right/walk",
        "cleo/right/a",
    ]
    peaks = cohort.pressure.max(axis=1).reshape(5, -1)
    assert np.corrcoef(peaks).min() > 0.995
    reasons = {problem.name: problem.reason for problem in report.rejected}
    assert reasons.keys() == {
        "anna/left/alone.npz",
        "anna/left/broken.asf",
        "anna/left/nothing.bin",
        "cleo/b.json",
        "cleo/right/c_R",
    }
    assert reasons["anna/left/alone.npz"] == "alone.json is missing beside it"
    assert "which foot" in reasons["cleo/b.json"]
    assert "arbitrary, most others kPa" in reasons["cleo/right/c_R"]
    assert report.ignored == ()


def test_sessions_of_a_person_keep_all_their_steps(tmp_path: Path) -> None:
    places = ("friday/left", "monday/left", "left/x", "left")
    names = [f"anna/{place}/walk.json" for place in places] + ["anna/left/x-walk.json"]
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        neutral.write(tmp_path / name, Track(step(mirrored=True)))
    (tmp_path / "anna" / "left" / "x" / "nothing.bin").write_text("?")
    cohort, report = import_recordings(tmp_path)
    assert {sample.name for sample in cohort.samples} == {
        "anna/left/friday-walk",
        "anna/left/monday-walk",
        "anna/left/x-walk",
        "anna/left/walk",
    }
    unreadable, twice = report.rejected
    assert unreadable.name == "anna/left/x/nothing.bin"
    assert twice.name == "anna/left/x-walk.json"
    assert twice.reason == "anna/left/x-walk was in anna/left/x/walk.json already"


def test_what_a_manifest_or_folder_says_wrongly_has_a_reason(tmp_path: Path) -> None:
    (tmp_path / "anna" / "left").mkdir(parents=True)
    neutral.write(tmp_path / "anna" / "left" / "a.json", Track(step(), side="right"))
    neutral.write(tmp_path / "anna" / "left" / "b.json", Track(step(mirrored=True)))
    _, report = import_recordings(tmp_path)
    (problem,) = report.rejected
    assert problem.name == "anna/left/a.json"
    assert "its place says left, the file itself right" in problem.reason
    (tmp_path / "manifest.csv").write_text(
        "file,subject,side,part\nanna/left/a.json,anna,L,\nanna/left/b.json,anna,left,first\n"
    )
    cohort, report = import_recordings(tmp_path)
    assert [sample.name for sample in cohort.samples] == ["anna/left/a"]
    assert "has no part 'first'" in report.rejected[0].reason
    (tmp_path / "manifest.csv").write_text("file,subject\n../x,anna\n")
    with pytest.raises(ValueError, match="no file in this folder"):
        import_recordings(tmp_path)
