"""Results in files, so that an interrupted study goes on where it was."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from recon.files import replacing_file


def kept(path: Path, compute: Callable[[], Any]) -> Any:
    """The JSON value of a file; computed and written where there is none yet."""
    if not path.exists():
        value = compute()
        with replacing_file(path) as new:
            new.write_text(json.dumps(value))
    return json.loads(path.read_text())
