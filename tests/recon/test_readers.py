"""Every reader gives back the truth that a file was written from, and reads the real files."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from recording_files import (
    WRITERS,
    outline,
    truth,
    write_emed,
    write_medilogic,
    write_neutral,
    write_study_plate,
    write_tekscan,
)
from scipy.signal import find_peaks

from recon.readers import FORMATS, Problem, Track, neutral, reader_for
from recon.recording import Recording
from recon.stance import stances

pytest.importorskip("h5py", reason="reading HDF5 needs the extra hdf5")


def tracks(path: Path) -> list[Track]:
    reader = reader_for(path)
    assert reader is not None
    found = [track for track in reader.read(path) if isinstance(track, Track)]
    assert found
    return found


def reason(path: Path, format: str) -> str:
    """Why a file cannot be read, checked to be one line that names the file."""
    (found,) = FORMATS[format].read(path)
    assert isinstance(found, Problem)
    assert path.stem in found.name
    assert "\n" not in found.reason
    return found.reason


@pytest.mark.parametrize("format", WRITERS)
def test_a_format_is_recognised_by_content_alone(format: str, tmp_path: Path) -> None:
    assert WRITERS.keys() == FORMATS.keys()
    path = WRITERS[format](tmp_path)
    assert [name for name, reader in FORMATS.items() if reader.recognises(path)] == [format]
    if format != "neutral":  # whose frames lie in a file of the same name
        path = path.rename(tmp_path / "export.txt")
    assert [name for name, reader in FORMATS.items() if reader.recognises(path)] == [format]
    assert all(isinstance(found, Track) for found in FORMATS[format].read(path))


def test_nothing_else_is_recognised(tmp_path: Path) -> None:
    (tmp_path / "notes.csv").write_text("a,b\n1,2\n")
    assert reader_for(tmp_path / "notes.csv") is None
    assert reader_for(tmp_path) is None
    with pytest.raises(ValueError, match=r"'novel' is not known; known are: .*tekscan"):
        reader_for(tmp_path, "novel")


@pytest.mark.parametrize("separator", [",", ";"])
@pytest.mark.parametrize(("units", "kpa"), [("KPa", 1), ("PSI", 6.894757), ("N/cm2", 10)])
def test_tekscan(units: str, kpa: float, separator: str, tmp_path: Path) -> None:
    pressure = truth() / 4  # not whole, so that the decimal sign matters
    path = write_tekscan(tmp_path / "walkL.asf", pressure, units=units, separator=separator)
    (track,) = tracks(path)
    cells = outline(*pressure.shape[1:])
    assert track.recording.frames == pytest.approx(pressure * cells * kpa, rel=1e-6)
    assert track.recording.cells == pytest.approx(cells)
    assert track.recording.units == "kPa"
    assert track.recording.rate_hz == pytest.approx(31.25)
    assert track.recording.pitch_mm == pytest.approx((5.08, 2.54))
    assert (track.subject, track.side) == (None, None)


def test_tekscan_refuses_what_it_would_misread(tmp_path: Path) -> None:
    path = tmp_path / "walk.asf"
    assert "UNITS must be one of kpa" in reason(
        write_tekscan(path, truth(), units="furlong"), "tekscan"
    )
    mirrored = write_tekscan(path, truth(), facts="MIRROR_COL 1")
    assert "export the movie without mirroring" in reason(mirrored, "tekscan")
    path.write_text("\n".join(write_tekscan(path, truth()).read_text().splitlines()[:-9]))
    assert "cut off" in reason(path, "tekscan")
    (track,) = tracks(write_tekscan(path, truth(), units="RAW"))
    assert track.recording.units == "arbitrary"


def test_tekscan_passes_over_blank_header_lines(tmp_path: Path) -> None:
    (track,) = tracks(write_tekscan(tmp_path / "walk.asf", truth(), facts="  \t"))
    assert track.recording.units == "kPa"


def test_medilogic(tmp_path: Path) -> None:
    (track,) = tracks(write_medilogic(tmp_path / "p.csv", truth() / 4))
    assert track.recording.frames == pytest.approx(truth() / 4, rel=1e-3)
    assert track.recording.rate_hz == pytest.approx(100, rel=1e-3)
    lines = (tmp_path / "p.csv").read_text().splitlines()
    (tmp_path / "p.csv").write_text("\n".join(line + ";" for line in lines))
    (again,) = tracks(tmp_path / "p.csv")
    assert (again.recording.frames == track.recording.frames).all()
    (tmp_path / "p.csv").write_text("\n".join(lines[:6] + lines[7:]))
    assert "is a frame missing" in reason(tmp_path / "p.csv", "medilogic")


def test_study_plate(tmp_path: Path) -> None:
    first, second = truth(3, 64, 48), truth(3, 64, 48, seed=1)
    found = tracks(write_study_plate(tmp_path / "two.txt", first, second))
    assert [track.name for track in found] == ["first", "second"]
    assert (found[0].recording.frames == first).all()
    assert (found[1].recording.frames == second).all()
    assert {track.side for track in found} == {None}
    text = (tmp_path / "two.txt").read_text()
    (tmp_path / "two.txt").write_text(text.replace("header 7\n", "Rate: 50 Hz\n"))
    assert tracks(tmp_path / "two.txt")[0].recording.rate_hz == 50
    (tmp_path / "two.txt").write_text(text[:-3000])
    assert "98 lines a frame" in reason(tmp_path / "two.txt", "study-plate")


@pytest.mark.parametrize("tabs", [True, False])
@pytest.mark.parametrize("split", [None, 4])
@pytest.mark.parametrize(
    "header",
    [
        "Sensor size: 0.500 x 0.500 cm\nTime/picture: 20.00 ms",
        "Sensor size: 5,0 mm x 5,0 mm",
        "Resolution: 4 sensors/cm2\nFrequency: 50 Hz",
    ],
)
def test_emed(tabs: bool, split: int | None, header: str, tmp_path: Path) -> None:
    path = write_emed(tmp_path / "s.lst", truth(), tabs=tabs, split=split, header=header)
    (track,) = tracks(path)
    assert (track.recording.frames == truth()).all()  # and neither maxima nor means
    assert track.recording.pitch_mm == pytest.approx((5, 5))
    assert track.recording.rate_hz == pytest.approx(50)
    assert track.recording.units == "kPa"
    assert track.side is None


def test_emed_places_every_page_by_its_numbers(tmp_path: Path) -> None:
    """Lists may print only what a single picture loads."""
    text = "emed\nSensor size: 0.5 x 0.5 cm\nFrequency: 100 Hz\nSide: right\n"
    text += "Pict-No.: 1\n  3 4\n7 10 20\n8 30 40\n"
    text += "Pict-No.: 2\nrow/column\n5\t6\n6\t50\t \n7\t \t60\n"
    (tmp_path / "s.lst").write_text(text)
    (track,) = tracks(tmp_path / "s.lst")
    first = [[0, 0, 0, 0], [10, 20, 0, 0], [30, 40, 0, 0]]
    second = [[0, 0, 50, 0], [0, 0, 0, 60], [0, 0, 0, 0]]
    assert track.recording.frames.tolist() == [first, second]
    assert track.side == "right"


def test_emed_checks_forces_and_numbers(tmp_path: Path) -> None:
    path = write_emed(tmp_path / "s.lst", truth(), force_scale=1.1)
    assert "is the sensor size in the header right" in reason(path, "emed")
    text = write_emed(path, truth()).read_text()
    path.write_text(text.replace("Pict-No.: 3", "Pict-No.: 2"))
    assert "picture 3 is missing" in reason(path, "emed")
    path.write_text(text.replace("Pict-No.: 6", "Pict-No.: 999999999"))
    assert "picture 6 is missing" in reason(path, "emed")
    path.write_text(text + text)
    assert "there twice: one step per file" in reason(path, "emed")


def test_jiku(tmp_path: Path) -> None:
    found = tracks(WRITERS["jiku"](tmp_path))
    assert [track.name for track in found] == ["000", "001"]
    assert (found[1].recording.frames == truth(seed=1)).all()
    assert {(track.subject, track.side) for track in found} == {("subj000", "right")}


@given(
    frames=arrays.arrays(
        np.float32,
        arrays.array_shapes(min_dims=3, max_dims=3, max_side=6),
        elements=st.floats(0, 1e6, width=32),
    ),
    pitch=st.tuples(st.floats(0.5, 50), st.floats(0.5, 50)),
    rate=st.floats(1, 2000),
    units=st.sampled_from(["kPa", "arbitrary"]),
    side=st.sampled_from(["left", "right", None]),
    subject=st.none() | st.text(min_size=1, max_size=20),
    outlined=st.booleans(),
)
def test_the_neutral_form_keeps_everything(
    tmp_path_factory: pytest.TempPathFactory,
    frames: np.ndarray,
    pitch: tuple[float, float],
    rate: float,
    units: str,
    side: str | None,
    subject: str | None,
    outlined: bool,
) -> None:
    path = tmp_path_factory.mktemp("neutral") / "walk.json"
    cells = np.indices(frames.shape[1:]).sum(axis=0) % 2 == 0 if outlined else None
    wrote = Track(Recording(frames, pitch, rate, units, "walk.json", cells), "", subject, side)
    neutral.write(path, wrote)
    (read,) = tracks(path)
    assert (read.recording.frames == frames).all()
    assert read.recording.cells is None or (read.recording.cells == cells).all()
    assert (read.recording.cells is None) == (cells is None)
    for name in ("pitch_mm", "rate_hz", "units", "source"):
        assert getattr(read.recording, name) == getattr(wrote.recording, name)
    assert (read.name, read.subject, read.side) == ("", subject, side)


def test_the_neutral_form_as_csv(tmp_path: Path) -> None:
    (tmp_path / "walk.json").write_text(
        '{"format": "insole-recording", "version": 1, "units": "kPa", "pitch_mm": [5, 4],'
        ' "rate_hz": 50, "shape": [3, 2]}'
    )
    (tmp_path / "walk.csv").write_text("1,2,3,4,5,6\n7,8,9,10,11,12.5\n")
    (track,) = tracks(tmp_path / "walk.json")
    frames = [[[1, 2], [3, 4], [5, 6]], [[7, 8], [9, 10], [11, 12.5]]]
    assert track.recording.frames.tolist() == frames
    (tmp_path / "walk.csv").write_text("1,2,3,4,5\n")
    assert "6 values a line are expected" in reason(tmp_path / "walk.json", "neutral")
    (tmp_path / "walk.csv").unlink()
    assert "neither walk.npz nor walk.csv" in reason(tmp_path / "walk.json", "neutral")


def test_the_neutral_form_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"named by its \.json"):
        write_neutral(tmp_path / "walk.npz", truth())
    write_neutral(tmp_path / "walk.json", truth())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["walk.json", "walk.npz"]


@pytest.mark.parametrize("foot", ["L", "R"])
def test_the_real_walk(foot: str, real_data: Path) -> None:
    """Five steps of each foot are whole: the files last 6.6 s."""
    (track,) = tracks(real_data / "fscan" / f"FrasP01{foot}.asf")
    recording = track.recording
    assert recording.frames.shape == (205, 60, 21)
    assert recording.units == "kPa"
    spans, reasons = stances(recording)
    assert len(spans) == 5
    assert len(reasons) == 1
    assert "partial" in reasons[0]
    newton = recording.frames.sum(axis=(1, 2)) * np.prod(recording.pitch_mm) / 1000
    peaks = [newton[start:stop].max() for start, stop in spans]
    assert 600 < np.mean(peaks) < 950
    time = np.linspace(0, 1, 60)
    curves = [
        np.interp(time, np.linspace(0, 1, stop - start), newton[start:stop])
        for start, stop in spans
    ]

    # Two humps; one step of the right foot lacks the first, which is low there (430 of 750 N).
    def peaks_of(curve: np.ndarray) -> int:
        return len(find_peaks(curve, prominence=0.01 * curve.max())[0])

    assert peaks_of(np.mean(curves, axis=0)) == 2
    assert [peaks_of(curve) for curve in curves] == ([2] * 5 if foot == "L" else [2, 1, 2, 2, 2])
    # From the heel, at the bottom, to the toes.
    rows = np.arange(60)
    for start, stop in spans:
        load = recording.frames[start:stop].sum(axis=2)
        centre = load @ rows / load.sum(axis=1)
        assert centre[1] - centre[-2] > 20
    # The insole's waist is narrow on the medial side: left for a right foot.
    assert recording.cells is not None
    left, right = ~recording.cells[20:45, :8], ~recording.cells[20:45, -8:]
    assert (left.sum() < right.sum()) == (foot == "L")


def test_the_real_plate(real_data: Path) -> None:
    (track,) = tracks(real_data / "plate" / "raw_pressure.csv")
    recording = track.recording
    assert recording.frames.shape == (806, 64, 32)
    assert recording.units == "arbitrary"
    assert stances(recording) == ([(59, 140)], [])
    rows = np.flatnonzero(recording.frames.max(axis=(0, 2)))
    assert (rows[-1] - rows[0] + 1) * recording.pitch_mm[0] == pytest.approx(273, abs=1)


def test_the_real_steps(real_data: Path) -> None:
    found = [
        stances(track.recording)
        for path in sorted((real_data / "speedpp2ds").glob("subj*.h5"))
        for track in tracks(path)
    ]
    assert len(found) == 420
    assert sum(len(spans) == 1 and not reasons for spans, reasons in found) == 419


def test_the_documented_example_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = (Path(__file__).parents[2] / "docs" / "recordings.md").read_text()
    code = text.split("```python\n")[1].split("```")[0]
    exec(code, {"frames": truth()})
    (track,) = tracks(tmp_path / "walk1.json")
    assert (track.recording.frames == truth()).all()
    assert (track.side, track.recording.rate_hz) == ("left", 100)
