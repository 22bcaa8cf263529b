"""The reconstructors that are compared, by name."""

from collections.abc import Callable

from recon.ensemble import Ensemble
from recon.kernel import Kernel
from recon.linear import Linear, MeanMap
from recon.modes import ModeNetwork
from recon.reconstructor import Reconstructor


def unet() -> Reconstructor:
    from recon.unet import UNetReconstructor

    return UNetReconstructor()


MODELS: dict[str, Callable[[], Reconstructor]] = {
    "mean map": MeanMap,
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
