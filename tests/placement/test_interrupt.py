import subprocess
import sys
import time
from pathlib import Path

import pytest

DEAF = """
import time
from pathlib import Path
from placement.interrupt import ending_when_interrupted

with ending_when_interrupted(lambda: Path({kept!r}).write_text("kept"), grace_s=0.5):
    while True:
        try:
            print("ready", flush=True)
            time.sleep(60)
        except KeyboardInterrupt:
            pass
"""


@pytest.mark.parametrize("signal_number", [2, 15])
def test_a_program_ends_though_the_interruption_got_lost(
    tmp_path: Path, signal_number: int
) -> None:
    kept = tmp_path / "kept"
    code = DEAF.format(kept=str(kept))
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    assert process.stdout and process.stdout.readline()
    start = time.monotonic()
    process.send_signal(signal_number)
    assert process.wait(timeout=30) == 130
    assert time.monotonic() - start > 0.4  # it was given its time
    assert kept.read_text() == "kept"
