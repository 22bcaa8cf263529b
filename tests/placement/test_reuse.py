from collections.abc import Iterator
from dataclasses import asdict, replace
from typing import Any

import pytest
from test_search import SMALL
from walkers import walkers

from placement import networks, run_folder
from placement.constraints import Constraints
from placement.journal import Journal, package_versions
from placement.reuse import SAME, reuse
from placement.search import search
from placement.settings import Settings
from recon import Cohort

QUICK = replace(SMALL, fidelity="kernel", max_sensors=2, population=12, generations=3, jobs=1)


def done(cohort: Cohort, settings: Settings) -> Journal:
    """The journal of a finished search."""
    journal = Journal()
    facts = {"settings": asdict(settings), "cohort": run_folder.source(cohort, None)}
    journal.note(**facts, versions=package_versions())
    search(cohort, settings, journal=journal)
    return journal


@pytest.fixture(scope="module")
def first(cohort: Cohort) -> Iterator[Journal]:
    with done(cohort, QUICK) as journal:
        yield journal


def warm(first: Journal, cohort: Cohort, settings: Settings) -> Journal:
    journal = Journal()
    reuse(journal, first, settings, run_folder.source(cohort, None))
    return journal


def no_fit(*arguments: Any) -> None:
    raise AssertionError("fitted again")


def test_the_same_search_fits_nothing_again(
    first: Journal, cohort: Cohort, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = search(cohort, QUICK)
    monkeypatch.setattr(networks, "_fit_and_score", no_fit)
    assert search(cohort, QUICK, journal=warm(first, cohort, QUICK)).to_json() == whole.to_json()
    with pytest.raises(AssertionError, match="fitted again"):
        search(cohort, QUICK)


@pytest.mark.parametrize(
    "change",
    [
        {"max_sensors": 3},
        {"constraints": Constraints(spacing_mm=3)},
        {"objectives": ("sensors", "cop")},
        {"calibration_steps": 1},
    ],
    ids=str,
)
def test_another_search_is_as_if_it_were_the_first(
    first: Journal, cohort: Cohort, change: dict
) -> None:
    settings = replace(QUICK, **change)
    cold = search(cohort, settings)
    assert search(cohort, settings, journal=warm(first, cohort, settings)).to_json() == (
        cold.to_json()
    )


def test_only_what_would_be_the_same_is_taken(first: Journal, cohort: Cohort) -> None:
    def kinds(**change: Any) -> set[str]:
        journal = warm(first, cohort, replace(QUICK, **change))
        return {kind for kind in SAME if journal.results(kind)}

    fits, explored = {"kernel"}, {"enumeration"}
    assert fits | explored <= kinds()
    assert not fits & kinds(calibration_steps=1) and explored <= kinds(calibration_steps=1)
    inner = kinds(constraints=Constraints(margin_mm=1))
    assert not explored & inner and fits <= inner


def test_a_search_of_others_is_refused(first: Journal, cohort: Cohort) -> None:
    with pytest.raises(ValueError, match=r"nothing of .* holds .* seed was 0, is 1"):
        warm(first, cohort, replace(QUICK, seed=1))
    with pytest.raises(ValueError, match="another cohort"):
        warm(first, walkers(seed=5), QUICK)
    with Journal() as older:
        older.note(
            **{**first.facts(), "versions": package_versions() | {"insole-placement": "0.1"}}
        )
        with pytest.raises(ValueError, match=r"by release 0\.1, this is"):
            warm(older, cohort, QUICK)
