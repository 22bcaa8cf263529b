import os
import sys
from pathlib import Path

import pytest
import torch
from hypothesis import settings

sys.path.insert(0, str(Path(__file__).parent))

from walkers import walkers

from recon import Cohort

# The same cases on every run; HYPOTHESIS_PROFILE=explore draws new ones.
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.register_profile("explore", derandomize=False, max_examples=1000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))

os.environ.pop("COLUMNS", None)  # of pytest-xdist: what commands print to a pipe would hang on it

torch.set_num_threads(1)  # networks this small lose time on more


@pytest.fixture(scope="session")
def cohort() -> Cohort:
    """Eight tiny people without geometry."""
    return walkers()


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real recordings, which licences keep out of the project."""
    default = Path(__file__).parents[2] / "shared" / "data"
    folder = Path(os.environ.get("INSOLE_DATA", default))
    if not folder.is_dir():
        pytest.skip(f"real recordings not found at {folder}; set INSOLE_DATA to their folder")
    return folder
