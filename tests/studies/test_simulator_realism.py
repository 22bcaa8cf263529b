"""The comparison of simulated with real people."""

from dataclasses import replace
from pathlib import Path

import pytest

from recon import Cohort

STUDY = Path(__file__).parents[2] / "studies" / "simulator_realism"


def test_transfer_knows_neither_scale_nor_units(
    cohort: Cohort, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(STUDY))
    from measures import transfer

    people = cohort.subset(cohort.subjects[:4])
    scaled = tuple(replace(s, pressure=3 * s.pressure, units="arbitrary") for s in people.samples)
    for known, others in transfer(people, Cohort(scaled, people.grid)).values():
        assert known < others  # trained on the very people, and on the others of them
