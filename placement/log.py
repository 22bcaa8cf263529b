"""What a search did on its way."""

from __future__ import annotations

import csv
import platform
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

from recon.layout import Layout

_COLUMNS = ("fidelity", "sensors", "relative_error", "sites_uv")


@dataclass
class Log:
    """Every score in the order it was made, and the seconds each stage took.

    It is filled while a search runs, so that an interruption loses none of it.
    """

    scored: list[tuple[str, Layout, float]] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Measure the wall time of a block."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[name] = round(time.perf_counter() - start, 2)

    def add(self, fidelity: str, layout: Layout, relative: float) -> None:
        """Note the relative error of a layout at a fidelity."""
        self.scored.append((fidelity, layout, relative))

    def save(self, path: Path) -> None:
        """Write all scores as CSV."""
        with path.open("w", newline="") as stream:
            writer = csv.writer(stream, lineterminator="\n")
            writer.writerow(_COLUMNS)
            for fidelity, layout, relative in self.scored:
                sites = " ".join(f"{u:.4f},{v:.4f}" for u, v in layout.sites)
                writer.writerow((fidelity, len(layout), f"{relative:.6f}", sites))


def package_versions() -> dict[str, str]:
    """What the result depends on."""
    names = ("insole-placement", "numpy", "scipy", "torch", "pymoo", "joblib")
    return {"python": platform.python_version(), **{name: version(name) for name in names}}
