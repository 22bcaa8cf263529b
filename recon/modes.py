"""An ensemble of small networks from readings to the principal modes of pressure maps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import eigh
from torch import Tensor, nn

from recon.augment import varied
from recon.cohort import Cohort
from recon.descent import descend, one_thread, seeded
from recon.foot_shape import FootShapes
from recon.gait import LOADED_SHARE
from recon.grid import FootGrid
from recon.history import inputs, parts
from recon.kernel import reading_unit
from recon.layout import Layout, Sensor, reading_matrix
from recon.linear import RIDGE, solve_weights
from recon.nonnegative import nonnegative
from recon.reconstructor import Shown, check_fit, check_fitted, check_readings

MODES = 50
"""Principal components that the networks speak in."""

HIDDEN = (96, 96)
MAP, FORCE, COP_PER_MM, PEAK = 100.0, 1.0, 0.02, 0.15
"""Weights of the errors in the loss; they bring them to a like size at four sensors."""

GAIN = 0.2
"""Frames are trained on at random gains of this log SD: people differ in weight."""

FOOT_JITTER = 0.5
"""Feet are trained on with their shape's numbers off by this SD, of the first component's: few
people's feet would be learned by heart."""

_FAINT = 0.2  # of the mean reading: loads below hardly change the features
_PEAK_FRAMES = 32  # of each member's batch, whose whole maps are formed to find their peaks


class ModeNet(nn.Module):
    """Rows of c numbers, the first k of them the readings now, and g numbers of the foot's shape
    -> P pixels: a linear map of the readings, corrected by the mean of m small networks.

    All is in principal modes of the frames. Little is painted where little is read: the linear map
    has no offset, and the correction grows with the load, for the centre of pressure of a faint
    frame would hang on what is. Features are each sensor's share of the load, the load's
    logarithm, and roots of the readings. Rows count in mean readings, but for `forward`.
    """

    unit: Tensor  # mean reading
    modes: Tensor
    base: Tensor
    feature_mean: Tensor
    feature_sd: Tensor
    spread: Tensor  # of the modes

    def __init__(
        self, sensors: int, columns: int, feet: int, pixels: int, modes: int, members: int
    ) -> None:
        super().__init__()
        self.sensors = sensors
        self.parts = parts(columns, sensors)
        features = 2 * columns + len(self.parts)
        for name, shape in {
            "unit": (),
            "modes": (modes, pixels),
            "base": (sensors, modes),
            "feature_mean": (features,),
            "feature_sd": (features,),
            "spread": (),
        }.items():
            self.register_buffer(name, torch.zeros(shape))
        sizes = (features + feet, *HIDDEN, modes)
        layers = list(pairwise(sizes))
        self.weights = nn.ParameterList(
            torch.randn(members, a, b) * (2 / a) ** 0.5 for a, b in layers
        )
        self.biases = nn.ParameterList(torch.zeros(members, 1, b) for _, b in layers)
        with torch.no_grad():
            self.weights[-1].zero_()  # training starts from the linear map

    @property
    def foot(self) -> NDArray[np.bool_]:
        """(P,) pixels that somebody loaded."""
        return self.modes.any(dim=0).numpy()

    def features(self, rows: Tensor) -> Tensor:
        """(..., c) -> (..., 2 c + parts), not standardised."""
        found = []
        for part in self.parts:
            read = rows[..., part].clamp(min=0)
            load = _load(read)
            found += [read / load, torch.log(load), torch.sqrt(read)]
        return torch.cat(found, dim=-1)

    def coefficients(self, rows: Tensor, feet: Tensor) -> Tensor:
        """By each member: (m, n, c), (m, n, g) -> (m, n, modes)."""
        read = rows[..., : self.sensors]
        x = torch.cat([(self.features(rows) - self.feature_mean) / self.feature_sd, feet], dim=-1)
        for weight, bias in zip(self.weights[:-1], self.biases[:-1], strict=True):
            x = nn.functional.silu(torch.baddbmm(bias, x, weight))
        x = torch.baddbmm(self.biases[-1], x, self.weights[-1])
        return read @ self.base + x * _load(read.clamp(min=0)) * self.spread

    def forward(self, rows: Tensor, feet: Tensor) -> Tensor:
        """Rows (n, c) and feet (n, g) -> maps (n, P), in the units of the readings; they may
        be negative."""
        members = len(self.biases[0])
        scaled, feet = (x.expand(members, -1, -1) for x in (rows / self.unit, feet))
        maps = self.coefficients(scaled, feet).mean(dim=0) @ self.modes
        return maps * self.unit


def _load(read: Tensor) -> Tensor:
    """Sum of readings (..., k), never below a faint load: (..., 1)."""
    return read.sum(-1, keepdim=True) + _FAINT * read.shape[-1]


class ModeNetwork(Shown):
    """Small networks for one layout, trained on feet as they are and as they might be.

    The loss is made of the errors that scores count: map, force, centre of pressure and peak.
    Training sees each stance in variations (`recon.augment`), so that few people say more about
    the next one. Without a layout it trains for each one when it is first used. Where there are
    scans, networks are told the foot's shape (`recon.foot_shape`).

    Args:
        members: networks in the ensemble, each drawing its own batches.
        memory: whether to use what was read earlier in the same stance (`recon.history`);
            `predict` then takes readings of whole stances, (n, T, k), and gives (n, T, ...).
        steps: optimiser steps; batch: frames a step and member.
        learning_rate: peak of AdamW's, which warms up and then falls to 0.
        copies: variations of each stance, beside the stance itself.
        seed: of initial weights, variations and batches.

    Raises:
        ValueError: counts below 1, or a learning rate not above 0.
    """

    def __init__(
        self,
        members: int = 2,
        *,
        memory: bool = False,
        steps: int = 1500,
        batch: int = 256,
        learning_rate: float = 3e-3,
        copies: int = 4,
        seed: int = 0,
    ) -> None:
        if min(members, steps, batch) < 1 or copies < 0:
            raise ValueError("members, steps and batch must be at least 1, copies at least 0")
        if not 0 < learning_rate < np.inf:
            raise ValueError(f"learning_rate must be > 0 and finite, got {learning_rate}")
        self.members = members
        self.memory = memory
        self.steps = steps
        self.batch = batch
        self.learning_rate = learning_rate
        self.copies = copies
        self.seed = seed

    def fit(self, cohort: Cohort, layout: Layout | None = None) -> Self:
        """Train for the layout, or for each one when it is first used.

        Raises:
            recon.descent.Diverged: the loss is no longer finite.
        """
        check_fit(cohort, layout)
        self.cohort_: Cohort | None = cohort
        self.grid_, self.units_ = cohort.grid, cohort.units
        self.shapes_ = FootShapes.of(cohort.geometry, cohort.grid.shape)
        self._trained: tuple[Layout, ModeNet] | None = None
        if layout is not None:
            self.one_layout(layout)
        return self

    def predict(
        self,
        readings: ArrayLike,
        layout: Layout,
        geometry: ArrayLike | None = None,
    ) -> NDArray[np.float32]:
        """See `Reconstructor.predict`; without a geometry the foot is taken for a mean one."""
        check_fitted(self)
        read = check_readings(readings, layout, stances=self.memory)
        rows = inputs(read, self.memory).astype(np.float32)
        frames = read.shape[1] if self.memory else 1
        feet = self.shapes_.features(geometry, len(read), frames).astype(np.float32)
        net = self.one_layout(layout)
        with torch.inference_mode():
            maps = net(torch.from_numpy(rows), torch.from_numpy(feet)).numpy()
        shape = (*read.shape[:-1], *self.grid_.shape)
        return nonnegative(maps, net.foot, self.grid_.shape).reshape(shape)

    def state(self) -> dict[str, Any]:
        """See `recon.model_file.Storable`: the network of the layout that was trained last."""
        if self._trained is None:
            raise ValueError(
                "a mode network can be saved once it has a layout: fit(cohort, layout)"
            )
        layout, net = self._trained
        names = ("members", "memory", "steps", "batch", "learning_rate", "copies", "seed")
        return {
            "settings": {name: getattr(self, name) for name in names},
            "grid": asdict(self.grid_),
            "shapes": self.shapes_.state(),
            "sites": layout.uv,
            "diameter_mm": layout.sensor.diameter_mm,
            "columns": net.parts[-1].stop,
            "net": {name: value.clone() for name, value in net.state_dict().items()},
        }

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> Self:
        model = cls(**state["settings"])
        model.cohort_ = None
        model.grid_ = FootGrid(**state["grid"])
        model.shapes_ = FootShapes(**state["shapes"])
        weights = {name: torch.as_tensor(value) for name, value in state["net"].items()}
        modes, pixels = weights["modes"].shape
        columns = state["columns"]
        net = ModeNet(
            len(state["sites"]), columns, model.shapes_.count, pixels, modes, model.members
        )
        net.load_state_dict(weights)
        sites = tuple((u, v) for u, v in state["sites"].tolist())
        model._trained = Layout(sites, Sensor(state["diameter_mm"])), net.eval()
        return model

    def one_layout(self, layout: Layout) -> ModeNet:
        """The trained networks of a layout; the last ones are kept.

        Raises:
            ValueError: saved for another layout.
        """
        if self._trained is None or self._trained[0] != layout:
            if self.cohort_ is None:
                raise ValueError("this mode network was saved for another layout; fit it anew")
            with one_thread():
                self._trained = layout, self._train(self.cohort_, layout)
        return self._trained[1]

    def _train(self, cohort: Cohort, layout: Layout) -> ModeNet:
        generator = torch.Generator().manual_seed(self.seed)
        feet = self.shapes_.features(cohort.geometry, len(cohort.samples))
        data = _Frames.of(cohort, feet, layout, self.memory, self.copies, generator)
        with seeded(self.seed):
            net = data.start(self.members)
        size = (self.members, self.batch)
        loss_of = data.losses(net)

        def loss(_: np.random.Generator) -> Tensor:
            frame = torch.randint(len(data.rows), size)
            gain = torch.exp(GAIN * torch.randn(*size, 1))
            return loss_of(frame, gain)

        descend(net, loss, steps=self.steps, learning_rate=self.learning_rate, seed=self.seed)
        return net.eval()


@dataclass(frozen=True)
class _Frames:
    """N training frames of P pixels for one layout of k sensors; pressures over the mean reading.

    The first `recorded` frames are as recorded, the others variations of them.
    """

    frames: Tensor  # (N, P)
    rows: Tensor  # (N, c) readings, now and earlier
    feet: Tensor  # (N, g) numbers of the foot's shape
    sensors: int
    peak: Tensor  # (N,) highest pressure of the frame's stance
    load: Tensor  # (N,) highest summed pressure of the frame's stance
    highest: Tensor  # (N,) highest pressure of the frame
    summed: Tensor  # (N, 3) summed pressure, and its moments about x and y in mm
    places: Tensor  # (P, 3): 1, and x and y in mm
    unit: float
    recorded: int

    @classmethod
    def of(
        cls,
        cohort: Cohort,
        feet: NDArray[np.float64],
        layout: Layout,
        memory: bool,
        copies: int,
        generator: torch.Generator,
    ) -> _Frames:
        grid = cohort.grid
        recorded = torch.from_numpy(cohort.pressure)
        stances = [recorded]
        stances += [varied(recorded, grid.pitch_mm, generator) for _ in range(copies)]
        pressure = torch.cat(stances).flatten(2)  # (n, T, P)
        matrix = reading_matrix(layout.sites, layout.sensor, grid)
        frames = pressure.flatten(0, 1)
        read = pressure @ torch.from_numpy(matrix.T).float()  # (n, T, k)
        unit = reading_unit(read.numpy(), recorded.numpy())
        rows = inputs(read.numpy() / unit, memory)
        row, column = torch.meshgrid(
            torch.arange(grid.shape[0]), torch.arange(grid.shape[1]), indexing="ij"
        )
        places = torch.stack([torch.ones_like(row), column, row], dim=-1).reshape(-1, 3).float()
        places = places * torch.tensor([1.0, grid.pitch_mm, grid.pitch_mm])
        length = pressure.shape[1]
        return cls(
            frames=frames / unit,
            rows=torch.from_numpy(rows).float(),
            feet=torch.from_numpy(
                np.tile(np.repeat(feet, length, axis=0), (1 + copies, 1))
            ).float(),
            sensors=len(layout),
            highest=frames.amax(1) / unit,
            summed=frames @ places / unit,
            peak=(pressure.amax((1, 2)) / unit).repeat_interleave(length),
            load=(pressure.sum(2).amax(1) / unit).repeat_interleave(length),
            places=places,
            unit=unit,
            recorded=recorded.shape[0] * length,
        )

    def start(self, members: int) -> ModeNet:
        """A network that corrects nothing yet; its linear map is fitted in closed form."""
        frames = self.frames[: self.recorded].double()
        read = self.rows[: self.recorded, : self.sensors].double()
        pixels = frames.shape[1]
        count = min(MODES, pixels)
        scatter = (frames.T @ frames).numpy()
        _, largest = eigh(scatter, subset_by_index=(pixels - count, pixels - 1))
        modes = torch.from_numpy(largest[:, ::-1].T.copy())
        modes[:, ~frames.any(dim=0)] = 0  # rounding leaves traces where nobody presses
        coefficients = frames @ modes.T
        base = solve_weights((read.T @ read).numpy(), (read.T @ coefficients).numpy(), RIDGE)
        columns, feet = self.rows.shape[1], self.feet.shape[1]
        net = ModeNet(self.sensors, columns, feet, pixels, count, members)
        features = net.features(self.rows)
        for name, value in {
            "unit": torch.tensor(self.unit),
            "modes": modes,
            "base": torch.from_numpy(base),
            "feature_mean": features.mean(0),
            "feature_sd": features.std(0) + 1e-6,
            "spread": 3 * coefficients.std(),
        }.items():
            net.get_buffer(name).copy_(value)
        return net

    def losses(self, net: ModeNet) -> Callable[[Tensor, Tensor], Tensor]:
        """The mean error over members and frames, given the frames' numbers, (m, b), and the gains
        to train them at, (m, b, 1)."""
        modes_at = net.modes.T.contiguous()
        mode_places = net.modes @ self.places
        columns = [
            self.rows,
            self.feet,
            self.frames @ net.modes.T,
            self.summed,
            *(x[:, None] for x in (self.peak, self.load, self.highest)),
        ]
        table = torch.cat(columns, dim=1)  # looked up at once
        widths = [column.shape[1] for column in columns]

        def loss(frame: Tensor, gain: Tensor) -> Tensor:
            picked = table[frame]
            rows, feet, projected, true_summed, *ones = picked.split(widths, dim=-1)
            feet = feet + FOOT_JITTER * torch.randn_like(feet)
            found = net.coefficients(rows * gain, feet)  # (m, b, modes)
            target = projected * gain
            true_summed = true_summed * gain
            peak, load, true_highest = (x[..., 0] * gain[..., 0] for x in ones)
            map_error = (found - target).square().sum(-1) / peak.square() / len(modes_at)

            summed = found @ mode_places  # (m, b, 3)
            force_error = (summed[..., 0] - true_summed[..., 0]).abs() / load
            least = LOADED_SHARE * load
            cop, true_cop = (
                s[..., 1:] / torch.maximum(s[..., 0], least)[..., None]
                for s in (summed, true_summed)
            )
            gap = ((cop - true_cop).square().sum(-1) + 1).sqrt() * (true_summed[..., 0] >= least)

            few = slice(None), slice(_PEAK_FRAMES)
            with torch.no_grad():  # where the peak is; only that pixel has a gradient
                at = (found[few] @ net.modes).argmax(-1)
            highest = (found[few] * modes_at[at]).sum(-1)
            peak_error = (highest - true_highest[few]).abs() / peak[few]
            every = (MAP * map_error + FORCE * force_error + COP_PER_MM * gap).mean()
            return every + PEAK * peak_error.mean()

        return loss
