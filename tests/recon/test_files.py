"""What cannot be written is named, not the temporary file that the system complains of."""

import sys
from pathlib import Path

import pytest

from recon.files import check_output, replacing_file


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason=f"no /proc on {sys.platform}")
def test_what_cannot_be_written_is_named() -> None:
    with pytest.raises(OSError, match=r"^/proc/run: cannot be written: No such file"):
        check_output(Path("/proc/run"), overwrite=False)
    with (
        pytest.raises(OSError, match=r"^/proc/s\.csv: cannot be written: No such file"),
        replacing_file(Path("/proc/s.csv")),
    ):
        pass
