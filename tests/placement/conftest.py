from collections.abc import Iterator
from pathlib import Path

import pytest
from command import succeeds
from walkers import walkers

from recon.modes import ModeNetwork


@pytest.fixture(scope="session", autouse=True)
def _few_matings() -> Iterator[None]:
    """Tiny people have few layouts in all, and most matings would find nothing new."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("placement.explore.MATINGS", 1)
        yield


@pytest.fixture
def short_training(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of mode networks, which tiny people teach little."""
    monkeypatch.setitem(ModeNetwork.__init__.__kwdefaults__, "steps", 200)


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cohort of tiny walkers as files."""
    path = tmp_path_factory.mktemp("cli") / "walkers"
    walkers(people=6).save(path)
    return path


@pytest.fixture(scope="session")
def run(folder: Path) -> Path:
    """A finished search on it, networks included."""
    out = folder.parent / "run"
    succeeds(
        f"search --cohort {folder} --out {out} --max-sensors 2 --folds 3 --margin-mm 0 "
        "--fidelity network --steps 10 --retrain-steps 5"
    )
    return out
