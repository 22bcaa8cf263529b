from pathlib import Path
from shutil import copytree

import numpy as np
import pytest

from recon.importing import import_recordings
from recon.simulate import simulate, write_people


def test_simulated_files_are_imported_as_the_same_cohort(tmp_path: Path) -> None:
    """Scans and recordings on disk, through every reader: the pressures to the last bit."""
    write_people(tmp_path / "lab", 2, steps=2, seed=1)
    made = simulate(2, steps=2, seed=1)
    cohort, report = import_recordings(tmp_path / "lab")
    assert report.rejected == ()
    assert [s.name for s in cohort.samples] == [s.name for s in made.samples]
    np.testing.assert_array_equal(cohort.pressure, made.pressure)
    assert cohort.geometry == pytest.approx(made.geometry, abs=1e-4)
    assert cohort.mm_per_pixel == pytest.approx(made.mm_per_pixel, rel=1e-9)
    assert cohort.simulated  # and so do all pictures made of it say
    assert import_recordings(tmp_path / "lab" / "sim000")[0].simulated  # of one person, too
    copytree(tmp_path / "lab" / "sim001" / "left", tmp_path / "mine" / "anna" / "left")
    assert import_recordings(tmp_path / "mine")[0].simulated  # and a copy among others' files
    for key in ("subjects", "feet"):
        assert cohort.provenance[key] == made.provenance[key]


def test_no_folder_of_no_steps(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least 1 step"):
        write_people(tmp_path / "lab", 1, steps=0)
    assert not (tmp_path / "lab").exists()
