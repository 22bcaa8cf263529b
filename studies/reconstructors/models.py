"""The reconstructors that are compared, by name."""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from recon import Layout
from recon.ensemble import Ensemble
from recon.kernel import Kernel
from recon.linear import Linear, MeanMap
from recon.modes import ModeNetwork
from recon.reconstructor import Reconstructor, check_readings


class Cut(Linear):
    """What was linear up to release 0.3: negative pressures are cut at 0, each by itself."""

    def predict(
        self, readings: ArrayLike, layout: Layout, geometry: ArrayLike | None = None
    ) -> NDArray[np.float32]:
        maps = self.maps(check_readings(readings, layout), layout)
        return np.maximum(maps, 0).reshape(-1, *self.grid_.shape)


def unet() -> Reconstructor:
    from recon.unet import UNetReconstructor

    return UNetReconstructor()


MODELS: dict[str, Callable[[], Reconstructor]] = {
    "mean map": MeanMap,
    "linear, cut at 0": Cut,
    "linear": Linear,
    "linear, no offset": lambda: Linear(offset=False),
    "kernel, pooled": lambda: Kernel(people=0, noise=0.2),  # the noise that suits it
    "kernel": Kernel,
    "mode network": ModeNetwork,
    "kernel + mode network": lambda: Ensemble([Kernel(), ModeNetwork()]),
    "U-Net": unet,
    "kernel, memory": lambda: Kernel(memory=True),
    "kernel + mode network, memory": lambda: Ensemble(
        [Kernel(memory=True), ModeNetwork(memory=True)]
    ),
}
PERSONAL = ("linear", "kernel", "kernel + mode network")
"""Those that are also calibrated to the wearer."""

SURE = {
    "linear": (2, 4, 8, 16),
    "kernel": (2, 4, 8, 16),
    "kernel + mode network": (4,),
}
"""Those whose intervals are checked, and at how many sensors: it takes a fit for every group."""
