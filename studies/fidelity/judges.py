"""The scores that a search could go by, from the cheap to the one it would rather have."""

from collections.abc import Callable, Sequence
from pathlib import Path

from placement import networks
from placement.settings import Settings
from recon import Layout, load, save
from recon.ensemble import Ensemble
from recon.kernel import Kernel
from recon.linear import Linear
from recon.modes import ModeNetwork
from recon.reconstructor import Reconstructor
from recon.unet import UNetReconstructor
from recon.validate import Score, score

Tasks = Sequence[networks.Task]
Judge = Callable[[Layout], Score]
"""Cross-validates a layout."""

FITTED: dict[str, Callable[[], Reconstructor]] = {
    "linear": Linear,
    "kernel": Kernel,
    "retrained kernel + mode network": lambda: Ensemble([Kernel(), ModeNetwork()]),
}
"""Fitted for each layout from scratch."""

ANY, RETRAINED = "any-layout U-Net", "retrained U-Net"
JUDGES = ("linear", "kernel", ANY, RETRAINED, "retrained kernel + mode network")
TRUTHS = (RETRAINED, "retrained kernel + mode network")
"""Those that the others stand for."""


def judge(name: str, tasks: Tasks, settings: Settings, folder: Path) -> Judge:
    """Folder keeps the any-layout networks, which take minutes to train."""
    if name in FITTED:
        make = FITTED[name]
        return lambda layout: Score.pooled(
            networks.fit_and_score(tasks, [layout], make(), settings.workers, silent)[0]
        )
    trained = any_layout(tasks, settings, folder)
    if name == ANY:
        return lambda layout: Score.pooled(
            score(network, task.test, layout, task.pixels)
            for network, task in zip(trained, tasks, strict=True)
        )
    return lambda layout: Score.pooled(
        networks.retrain(trained, tasks, [layout], settings, silent)[0]
    )


def silent(done: int, total: int) -> None:
    """A layout is progress enough."""


def any_layout(tasks: Tasks, settings: Settings, folder: Path) -> list[UNetReconstructor]:
    """One network a fold, trained or from the folder."""
    files = [folder / f"any-layout-{i}.pt" for i in range(len(tasks))]
    if not all(file.exists() for file in files):
        trained = networks.train_any_layout(
            tasks, settings, lambda done, total: print(f"any-layout U-Net {done}/{total}")
        )
        for network, file in zip(trained, files, strict=True):
            save(network, file)
    loaded = [load(file) for file in files]
    return [network for network in loaded if isinstance(network, UNetReconstructor)]
