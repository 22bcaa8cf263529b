"""The anatomy of a sole: its unloaded surface, as a smooth lower envelope of simple bodies.

Heel, lateral column, the vault of the medial arch, a ridge over the five metatarsal heads, the
web in front of it and five toes are each a rounded body over the floor. All is laid out on a
reference right foot (x from medial to lateral, y from heel to toes, mm) and then fitted to the
length, width and toe length of the foot. Few shape factors move many bodies at once, so shapes
covary as they do in feet. Sizes are those of barefoot footprints; see docs/simulation.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator

from recon.simulate.people import Person

Floats = NDArray[np.float64]

LENGTH_MM, WIDTH_MM = 262.0, 100.0  # of the reference foot
BREADTH = 0.385  # mean foot width over length
RIM_MM = 8.0  # a body's semi-axes are those of its section at this height
BLEND_MM = 0.8  # over which neighbouring bodies merge

# Centre x, y, semi-axes across and along (mm), and clearance over the floor (mm).
HEEL = (37.5, 39.0, 28.0, 38.0, 0.0)
HEADS = np.array([[18.0, 185.0], [35.0, 187.0], [52.0, 182.0], [68.0, 171.0], [83.0, 155.0]])
HEAD_CLEARANCE = np.array([0.5, 0.2, 0.0, 0.2, 0.8])
BALL_ALONG, BALL_ENDS = 27.0, (15.0, 13.0)  # semi-axes: along; beyond first and fifth head
COLUMN = (np.array([56.0, 75.0]), np.array([80.0, 150.0]), 15.0)  # its ends, and half width
VAULT = (30.0, 108.0, 45.0, 75.0)
WEB_AHEAD, WEB_ALONG, WEB_CLEARANCE = 28.0, 26.0, 7.0
TOES = np.array(
    [
        [21.0, 231.0, 14.5, 18.0, 0.5],
        [46.0, 243.0, 8.0, 10.0, 2.2],
        [60.0, 236.0, 8.0, 10.0, 2.4],
        [73.0, 223.0, 8.0, 9.5, 2.6],
        [83.0, 208.0, 8.0, 9.0, 2.6],
    ]
)
TOES_FROM = 165.0  # a foot with long toes is stretched beyond this y
# Outline, (y, x): medial and lateral edge of the foot seen from above.
MEDIAL = np.array(
    [[0, 40], [2, 29], [7, 20], [18, 12], [40, 8], [70, 9], [110, 11], [150, 5], [187, 0],
     [212, 4], [235, 7], [250, 11], [258, 17], [262, 27]], float
)  # fmt: skip
LATERAL = np.array(
    [[0, 40], [2, 51], [7, 60], [18, 68], [40, 73], [70, 79], [110, 90], [150, 99], [160, 100],
     [190, 98], [210, 92], [228, 80], [242, 67], [252, 54], [258, 44], [262, 27]], float
)  # fmt: skip


@dataclass(frozen=True)
class Sole:
    """The shape of one sole, as a right foot.

    Args:
        length_mm, width_mm: of the foot.
        arch_mm: height of the medial vault.
        toe_stretch: factor on the length of the toes.
        heel, toes: (5,), (5, 5) as `HEEL` and `TOES`.
        heads: (5, 2) places of the metatarsal heads; clearance: (5,) of them, mm.
        ball_along: semi-axis of the ridge over the heads, mm.
        column_mm: clearance of the lateral column.
    """

    length_mm: float
    width_mm: float
    arch_mm: float
    toe_stretch: float
    heel: Floats
    toes: Floats
    heads: Floats
    clearance: Floats
    ball_along: float
    column_mm: float

    def reference(self, xy_mm: Floats) -> Floats:
        """(..., 2) mm on this foot -> (..., 2) mm on the reference foot."""
        x, y = np.moveaxis(np.asarray(xy_mm, float), -1, 0)
        reach = TOES_FROM + (LENGTH_MM - TOES_FROM) * self.toe_stretch
        y = y * reach / self.length_mm
        beyond = np.maximum(y - TOES_FROM, 0)
        return np.stack(
            [x * WIDTH_MM / self.width_mm, y - beyond + beyond / self.toe_stretch], axis=-1
        )

    def own(self, xy_mm: Floats) -> Floats:
        """The inverse of `reference`."""
        x, y = np.moveaxis(np.asarray(xy_mm, float), -1, 0)
        reach = TOES_FROM + (LENGTH_MM - TOES_FROM) * self.toe_stretch
        y = y + np.maximum(y - TOES_FROM, 0) * (self.toe_stretch - 1)
        return np.stack([x * self.width_mm / WIDTH_MM, y * self.length_mm / reach], axis=-1)

    def edges(self, y_mm: Floats) -> tuple[Floats, Floats]:
        """x in mm of the medial and lateral edge of the foot at `y_mm`."""
        y = self.reference(np.stack([np.zeros_like(y_mm), y_mm], axis=-1))[..., 1]
        y = np.clip(y, 0, LENGTH_MM)
        medial, lateral = (PchipInterpolator(*edge.T)(y) for edge in (MEDIAL, LATERAL))
        scale = self.width_mm / WIDTH_MM
        return medial * scale, lateral * scale


class Bodies(NamedTuple):
    """Height in mm over the floor of the unloaded parts of a sole, each over the same points.

    Heel, forefoot (heads and lateral column) and toes move against each other; the vault of the
    arch and the web hang above the floor.
    """

    heel: Floats
    forefoot: Floats
    toes: Floats
    rest: Floats

    def lowest(self) -> Floats:
        """The surface of the whole sole."""
        return _envelope(self)


def bodies(sole: Sole, xy_mm: Floats) -> Bodies:
    """Height of the parts of a sole over points (..., 2) of the foot's own plane, mm."""
    x, y = np.moveaxis(sole.reference(xy_mm), -1, 0)
    first, last = sole.heads[0, 0], sole.heads[-1, 0]
    along = np.clip(x, first, last)
    row = PchipInterpolator(*sole.heads.T)
    ahead = (y - row(along)) / np.hypot(1, row.derivative()(along))
    side = np.maximum(first - x, 0) / BALL_ENDS[0] + np.maximum(x - last, 0) / BALL_ENDS[1]
    clearance = PchipInterpolator(sole.heads[:, 0], sole.clearance)(along)
    ball = clearance + _rise(ahead / sole.ball_along, side)
    web = WEB_CLEARANCE + _rise((ahead - WEB_AHEAD) / WEB_ALONG, side)
    vault = sole.arch_mm + _rise((x - VAULT[0]) / VAULT[2], (y - VAULT[1]) / VAULT[3])
    return Bodies(
        heel=_pad(x, y, sole.heel),
        forefoot=_envelope([ball, _column(x, y, sole.column_mm)]),
        toes=_envelope([_pad(x, y, toe) for toe in sole.toes]),
        rest=_envelope([web, vault]),
    )


def draw_soles(person: Person, rng: np.random.Generator) -> tuple[Sole, Sole]:
    """Left and right sole of a person: common factors and, a third as large, each side's own."""
    common = np.clip(rng.standard_normal(_FACTORS), -2, 2)  # healthy people only
    left, right = (common + 0.33 * rng.standard_normal(_FACTORS) for _ in range(2))
    return (
        _shape(person, person.foot_length_mm[0], left),
        _shape(person, person.foot_length_mm[1], right),
    )


def posture(sole: Sole, rng: np.random.Generator) -> Sole:
    """The sole as it is held in one step: its parts move a little on each other."""
    heel, toes = sole.heel.copy(), sole.toes.copy()
    heel[:2] += rng.normal(0, 1.5, 2)
    toes[:, :2] += rng.normal(0, 1.5, 2) + rng.normal(0, 0.8, (5, 2))
    toes[:, 4] += rng.normal(0, 0.5, 5)
    return replace(
        sole,
        heel=heel,
        toes=toes,
        heads=sole.heads + rng.normal(0, 1.5, 2),
        clearance=sole.clearance + rng.normal(0, 0.4, 5),
    )


_FACTORS = 35


def _shape(person: Person, length_mm: float, z: Floats) -> Sole:
    """A sole of standard normal factors `z`: first those of the whole foot, then of its bodies."""
    width, toe_length, valgus, first_ray, parabola, fat, curl, heel_width = z[:8]
    heads, clearance, places, sizes, lifts = z[8:13], z[13:18], z[18:23], z[23:28], z[28:33]
    low = (11.0 - person.arch_mm) / 4  # 1 for a low, -1 for a high arch
    toes = TOES.copy()
    toes[:, 0] += np.array([3.0, 1.5, 0.7, 0.3, 0.0]) * valgus + 0.8 * places
    toes[:, 1] += 1.2 * places[::-1]
    toes[:, 2:4] *= np.exp(0.06 * fat + 0.06 * sizes)[:, None]
    toes[:, 4] += np.array([0.2, 0.7, 0.7, 0.7, 0.7]) * curl + 0.4 * lifts
    heel = np.array(HEEL)
    heel[2] *= np.exp(0.05 * heel_width + 0.03 * fat + 0.03 * low)
    heel[3] *= np.exp(0.04 * z[33] + 0.03 * fat)
    shift = np.array([-1.0, 0.3, 0.6, 0.3, -0.5])  # a more or less curved row of heads
    return Sole(
        length_mm=length_mm,
        width_mm=BREADTH * length_mm * float(np.exp(0.035 * width + 0.01 * low)),
        arch_mm=person.arch_mm,
        toe_stretch=float(np.exp(0.04 * toe_length)),
        heel=heel,
        toes=toes,
        heads=HEADS + np.stack([0.8 * heads, 2.5 * shift * parabola + 1.0 * heads[::-1]], axis=-1),
        clearance=np.maximum(
            HEAD_CLEARANCE + np.array([0.7, 0, -0.1, 0, 0.2]) * first_ray + 0.4 * clearance, 0
        ),
        ball_along=BALL_ALONG * float(np.exp(0.05 * fat + 0.05 * z[34])),
        column_mm=max(0.5, 1.5 - 1.2 * low),
    )


def _rise(across: Floats, along: Floats, power: float = 2.6) -> Floats:
    """Height of a rounded body, flatter than a paraboloid at its bottom; `RIM_MM` on its rim."""
    return RIM_MM * (across**2 + along**2) ** (power / 2)


def _pad(x: Floats, y: Floats, body: Floats) -> Floats:
    centre_x, centre_y, wide, long, clearance = body
    return clearance + _rise((x - centre_x) / wide, (y - centre_y) / long)


def _column(x: Floats, y: Floats, clearance: float) -> Floats:
    start, end, half = COLUMN
    length = np.hypot(*(end - start))
    axis = (end - start) / length
    offset = np.stack([x, y], axis=-1) - start
    down = offset @ axis
    past = (down - np.clip(down, 0, length)) / half
    return clearance + _rise(offset @ np.array([axis[1], -axis[0]]) / half, past)


def _envelope(bodies: Sequence[Floats]) -> Floats:
    """The smooth lower envelope of several surfaces."""
    lowest = np.min(bodies, axis=0)
    total = sum(np.exp((lowest - body) / BLEND_MM) for body in bodies)
    return lowest - BLEND_MM * np.log(total)
