"""Known footprints, written as files with known rotation, offset and faults, and real ones."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from recon import PUBLISHED, Cohort, FootGrid
from recon.importing import import_recordings
from recon.lay import PeakMap, lay
from recon.register import register, resampler

h5py = pytest.importorskip("h5py", reason="reading HDF5 needs the extra hdf5")

PITCH = 5.08
LENGTH, WIDTH = 250.0, 90.0
# (u, v, radius along mm, radius across mm): heel, lateral midfoot, forefoot, hallux
BLOBS = [(0.12, 0.4, 30, 22), (0.4, 0.65, 40, 10), (0.7, 0.5, 22, 44), (0.92, 0.2, 19, 12)]


def footprint(angle: float = 0.0, shift: tuple[float, float] = (0, 0)) -> np.ndarray:
    """(63, 33) pressure of a foot turned by `angle` (degrees) and moved by `shift` (mm)."""
    rows, columns = np.indices((63, 33))
    x, y = (columns - 16) * PITCH - shift[0], (31 - rows) * PITCH - shift[1]
    c, s = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    x, y = c * x - s * y, s * x + c * y
    total = np.zeros((63, 33))
    for u, v, along, across in BLOBS:
        gap = ((y - (u - 0.5) * LENGTH) / along) ** 2 + ((x - (v - 0.5) * WIDTH) / across) ** 2
        total += 300 * np.maximum(1 - gap, 0)
    return total


def movie(*args: object, frames: int = 40) -> np.ndarray:
    """(63, 33, frames) as jiku-data has it: heel first, loaded in the middle of the time."""
    load = np.sin(np.linspace(0, np.pi, frames + 2))[1:-1]
    padded = np.concatenate([load, np.zeros(10)])
    return footprint(*args)[::-1, :, None] * padded


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    def write(name: str = "subj000.h5", **steps: np.ndarray) -> Path:
        with h5py.File(tmp_path / name, "w") as file:
            for key, value in steps.items():
                file[key] = value
        return tmp_path

    return write


def test_turned_and_moved_steps_land_on_each_other(write: Callable[..., Path]) -> None:
    folder = write(
        img000=movie(8.0, (10, -5)), img001=movie(0.0, (0, 0)), img002=movie(4.0, (-12, 6))
    )
    cohort, report = import_recordings(folder)
    assert len(cohort.samples) == 3
    assert report.rejected == ()
    assert report.load_lost < 1e-6
    peaks = cohort.pressure.max(axis=1)
    assert np.corrcoef(peaks.reshape(3, -1)).min() > 0.985
    length, width = cohort.mm_per_pixel[0] / cohort.grid.pitch_mm * cohort.grid.foot_mm
    assert length == pytest.approx(LENGTH, abs=12)
    assert width == pytest.approx(WIDTH, abs=12)
    # The blobs stand where they were put: heel and forefoot on the axis, hallux medial.
    grid = cohort.grid
    for u, v, *_ in BLOBS[::3]:
        row, column = np.rint(grid.pixel((u, v))).astype(int)
        around = peaks.mean(axis=0)[row - 1 : row + 2, column - 1 : column + 2]
        assert around.max() > 0.8 * peaks.mean(axis=0).max()


@pytest.mark.parametrize("angle", [-20.0, 0.0, 13.0])
def test_registration_keeps_the_force(angle: float) -> None:
    peak, grid = PeakMap(footprint(angle), (PITCH, PITCH)), FootGrid()
    poses, _ = lay([peak])
    registration = register([peak], poses)
    on_grid = resampler(registration, 0, peak, grid) @ peak.pressure.ravel()
    size = grid.mm_per_pixel(registration.length_mm, registration.width_mm)
    assert on_grid.sum() * np.prod(size) == pytest.approx(peak.pressure.sum() * PITCH**2, rel=1e-9)


def test_every_fault_has_its_reason_and_stops_nothing_else(write: Callable[..., Path]) -> None:
    gap = movie()
    gap[:, :, 20:22] = 0
    folder = write(
        img000=movie(),
        img001=gap,
        img002=np.zeros((63, 33, 50)),
        img003=np.where(movie() > 299, np.nan, movie()),
        img004=-movie(),
        img005=np.zeros((63, 33)),
        img006=movie(3.0),
        img007=movie()[:, :, :2],
    )
    good = (folder / "subj000.h5").read_bytes()
    (folder / "subj001.h5").write_bytes(good[: len(good) // 2])
    write("subj002.h5", other=np.zeros(3))
    (folder / "subj003.h5").write_text("no HDF5 at all")
    (folder / "notes.txt").write_text("hello")
    cohort, report = import_recordings(folder)
    assert [s.trial for s in cohort.samples] == ["000", "006"]
    reasons = {problem.name: problem.reason for problem in report.rejected}
    assert len(reasons) == len(report.rejected) == 9
    for name, reason in {
        "subj000/right/001": "2 empty frame",
        "subj000/right/002": "no load",
        "subj000.h5:img003": "NaN",
        "subj000.h5:img004": ">= 0",
        "subj000.h5:img005": "expected numbers",
        "subj000/right/007": "2 frame",
        "subj001.h5": "truncated",
        "subj002.h5": "any known format",
        "subj003.h5": "any known format",
    }.items():
        assert reason in reasons[name]


def test_a_step_unlike_the_others_is_an_outlier(write: Callable[..., Path]) -> None:
    other = movie()
    other[31:] = 0  # the heel alone
    steps = {f"img{i:03d}": movie(float(i)) for i in range(5)}
    _, report = import_recordings(write(**steps, img005=other))
    assert [problem.name for problem in report.rejected] == ["subj000/right/005"]
    assert "outlier" in report.rejected[0].reason


def test_a_step_the_other_way_round_is_an_outlier(write: Callable[..., Path]) -> None:
    """As when somebody walks back over the plate."""
    back = movie(3.0)[::-1, ::-1]
    _, report = import_recordings(write(img000=movie(), img001=movie(2.0), img002=back))
    assert [problem.name for problem in report.rejected] == ["subj000/right/002"]
    assert "other way round" in report.rejected[0].reason


def test_foreign_and_repeated_files_stop_nothing(write: Callable[..., Path]) -> None:
    write("aaa.h5", other=np.zeros(3))
    write("subj000.hdf5", img000=movie())
    folder = write("subj000.h5", img000=movie(), img001=movie(2.0))
    cohort, report = import_recordings(folder)
    assert [sample.name for sample in cohort.samples] == ["subj000/right/000", "subj000/right/001"]
    assert [problem.name for problem in report.rejected] == ["aaa.h5", "subj000.hdf5:img000"]


def test_foreign_hdf5_alone_is_not_recognised(write: Callable[..., Path]) -> None:
    with pytest.raises(ValueError, match="known format"):
        import_recordings(write("aaa.h5", other=np.zeros(3)))


def test_numbers_that_cannot_be_pressures_have_a_reason(write: Callable[..., Path]) -> None:
    folder = write(img000=movie(), img001=movie() * 1j, img002=movie() * 1e40)
    _, report = import_recordings(folder)
    assert [problem.name for problem in report.rejected] == [
        "subj000.h5:img001",
        "subj000.h5:img002",
    ]
    assert "infinity" in report.rejected[1].reason


def test_a_speck_is_no_step(write: Callable[..., Path]) -> None:
    speck = np.zeros_like(movie())
    speck[30, 10] = movie()[31, 16] + np.hanning(50)
    speck[30, 10, -1] = 0
    _, report = import_recordings(write(img000=movie(), img001=movie(2.0), img002=speck))
    assert [problem.name for problem in report.rejected] == ["subj000/right/002"]
    assert "specks" in report.rejected[0].reason


def test_a_step_of_another_scale_is_an_outlier(write: Callable[..., Path]) -> None:
    steps = {f"img{i:03d}": movie(float(i)) for i in range(5)}
    _, report = import_recordings(write(**steps, img005=10 * movie()))
    assert [problem.name for problem in report.rejected] == ["subj000/right/005"]
    assert "10 times the foot's median" in report.rejected[0].reason


def test_nothing_usable_is_one_clear_error(tmp_path: Path, write: Callable[..., Path]) -> None:
    with pytest.raises(FileNotFoundError, match="no such folder"):
        import_recordings(tmp_path / "none")
    with pytest.raises(ValueError, match="known format"):
        import_recordings(tmp_path)
    folder = write(img000=np.zeros((63, 33, 50)))
    with pytest.raises(ValueError, match=r"known are: .*jiku"):
        import_recordings(folder, format="novel")
    with pytest.raises(ValueError, match=r"no usable step.*no load"):
        import_recordings(folder)


@pytest.fixture(scope="session")
def two_people(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Cohort:
    folder = tmp_path_factory.mktemp("two")
    for name in ("subj000.h5", "subj005.h5"):
        (folder / name).symlink_to((real_data / "speedpp2ds" / name).resolve())
    cohort, report = import_recordings(folder)
    assert len(cohort.samples) + len(report.rejected) == 120
    assert report.rejected == ()
    assert report.load_lost < 0.01
    return cohort


def test_real_feet_lie_straight_and_alike(two_people: Cohort) -> None:
    """Landmarks meet their anatomy: loaded heel, metatarsal heads and hallux; bare medial arch."""
    assert two_people.units == "arbitrary"
    assert two_people.geometry is None
    peaks = two_people.pressure.max(axis=1)
    grid = two_people.grid
    for subject in range(2):
        mean = peaks[two_people.subject_index == subject].mean(axis=0)
        at = {
            name: mean[tuple(np.rint(grid.pixel(uv)).astype(int))] / mean.max()
            for name, uv in {
                "heel": PUBLISHED["published 2"].sites[0],
                "third metatarsal": PUBLISHED["published 2"].sites[1],
                "hallux": (0.869, 0.154),
                "medial arch": (0.45, 0.2),
            }.items()
        }
        assert at["medial arch"] < 0.05
        assert min(at["heel"], at["third metatarsal"], at["hallux"]) > 0.3
        steps = peaks[two_people.subject_index == subject].reshape(-1, mean.size)
        alike = [np.corrcoef(step, mean.ravel())[0, 1] for step in steps]
        assert min(alike) > 0.85
    lengths = two_people.mm_per_pixel[:, 0] / grid.pitch_mm * grid.foot_mm[0]
    assert lengths.min() > 240
    assert lengths.max() < 310
