"""Anatomy: the sole of a foot as a surface over the floor.

A sole is made of flat-bottomed pads: heel, lateral column (two), medial arch, five metatarsal
heads, hallux, four toes. The pads of a segment are one smooth surface, so that neighbouring
metatarsal heads bear on one band of tissue. Foot axes: x from the medial to the lateral edge,
y from the heel to the toes, mm.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator

from recon.recording import Side
from recon.simulate.people import Person

Floats = NDArray[np.float64]

# Pad: segment, u, v of its lowest point in the box of the footprint, half axes along and across the
# foot of the area that touches when pressed in by PRESSED_MM (mm, of a foot of MEAN_MM), height
# over the floor (mm).
PADS: dict[str, tuple[str, float, float, float, float, float]] = {
    "heel": ("heel", 0.158, 0.385, 31.0, 21.0, 0.0),
    "cuboid": ("midfoot", 0.37, 0.60, 40.0, 11.0, 1.2),
    "MT5 base": ("midfoot", 0.50, 0.75, 34.0, 11.0, 0.9),
    "arch": ("midfoot", 0.42, 0.22, 42.0, 22.0, 0.0),
    "MT1": ("forefoot", 0.700, 0.22, 17.0, 14.0, 0.4),
    "MT2": ("forefoot", 0.712, 0.39, 17.0, 12.0, 0.0),
    "MT3": ("forefoot", 0.692, 0.55, 17.0, 12.0, 0.1),
    "MT4": ("forefoot", 0.650, 0.70, 18.0, 12.0, 0.7),
    "MT5": ("forefoot", 0.600, 0.84, 20.0, 12.0, 1.2),
    "hallux": ("hallux", 0.880, 0.20, 17.0, 12.0, 0.2),
    "toe2": ("toes", 0.915, 0.46, 11.0, 8.0, 0.6),
    "toe3": ("toes", 0.875, 0.61, 10.0, 8.0, 0.8),
    "toe4": ("toes", 0.820, 0.74, 10.0, 8.0, 1.0),
    "toe5": ("toes", 0.760, 0.86, 10.0, 8.0, 1.2),
}
PRESSED_MM = 4.0
FLATNESS = 0.35  # 0: paraboloids; 1: flat bottoms that curve up at their rim
SEGMENTS = ("heel", "midfoot", "forefoot", "hallux", "toes")
SEGMENT = np.array([SEGMENTS.index(pad[0]) for pad in PADS.values()])

MEAN_MM = 254.0
BOX = ((0.02, 0.035), (0.955, 0.93))
"""Where the footprint's box lies in the foot's: origin and size in shares of length and width."""
WIDTH = 0.385  # of the length

_BLEND_MM = np.array([1.0, 1.5, 1.0, 1.0, 0.6])  # over which pads of a segment blend
_FLATTENED_MM = 4.5  # tissue that a standing foot presses flat, in a scan
# The outline, shares of width (medial, lateral) at shares of length.
_ALONG = np.array([0, 0.03, 0.11, 0.23, 0.38, 0.54, 0.69, 0.79, 0.88, 0.96, 1.0])
_MEDIAL = np.array([0.38, 0.20, 0.09, 0.10, 0.16, 0.13, 0.04, 0.01, 0.02, 0.08, 0.25])
_LATERAL = np.array([0.38, 0.56, 0.69, 0.75, 0.83, 0.93, 0.995, 0.98, 0.84, 0.58, 0.25])


@dataclass(frozen=True)
class Sole:
    """One foot's sole.

    Args:
        side: which foot; the surface is that of a right one.
        length_mm, width_mm: of the foot.
        place_mm: (pads, 2) x, y of the lowest points.
        half_axes_mm: (pads, 2) along and across the foot, see `PADS`.
        clearance_mm: (pads,) height of the lowest points over the floor.
    """

    side: Side
    length_mm: float
    width_mm: float
    place_mm: Floats
    half_axes_mm: Floats
    clearance_mm: Floats


@dataclass(frozen=True)
class Shape:
    """How a sole differs from the mean, in SDs or logs; a person's feet share most of it."""

    shift: Floats  # (pads, 2) of u and v
    size: Floats  # (pads, 2) log factors on half axes
    clearance: Floats  # (pads,) mm
    width: float  # log factor

    @staticmethod
    def draw(rng: np.random.Generator, scale: float) -> Shape:
        """Neighbouring metatarsal heads and toes differ alike: their segment's half."""
        pads, segments = len(PADS), len(SEGMENTS)
        common = rng.standard_normal((segments, 2))[SEGMENT]
        own = rng.standard_normal((pads, 2))
        return Shape(
            shift=scale * (common + own) / np.sqrt(2) * [0.016, 0.028],
            size=scale * 0.09 * rng.standard_normal((pads, 2)),
            clearance=scale * 0.6 * rng.standard_normal(pads),
            width=scale * 0.04 * float(rng.standard_normal()),
        )

    def __add__(self, other: Shape) -> Shape:
        return Shape(
            *(a + b for a, b in zip(vars(self).values(), vars(other).values(), strict=True))
        )


def build(person: Person, side: Side, shape: Shape) -> Sole:
    """The sole of one of a person's feet."""
    length = person.foot_length_mm[0 if side == "left" else 1]
    width = WIDTH * length * np.exp(shape.width)
    pads = np.array([pad[1:] for pad in PADS.values()])
    u, v = (pads[:, :2] + shape.shift).T
    (u0, v0), (tall, wide) = BOX
    lift = pads[:, 4].copy()
    names = list(PADS)
    lift[names.index("arch")] = person.arch_mm
    # A high arch lifts the lateral column, too.
    lift[SEGMENTS.index("midfoot") == SEGMENT] += 0.10 * (person.arch_mm - 11.0)
    return Sole(
        side=side,
        length_mm=length,
        width_mm=float(width),
        place_mm=np.stack([(v0 + wide * v) * width, (u0 + tall * u) * length], axis=-1),
        half_axes_mm=pads[:, 2:4] * (length / MEAN_MM) * np.exp(shape.size),
        clearance_mm=np.maximum(lift + shape.clearance, 0.0),
    )


def segment_heights(sole: Sole, xy_mm: Floats, roll_mm: Floats) -> Floats:
    """Height of each segment's surface over the floor, mm: (t, segments, points).

    Args:
        xy_mm: (points, 2) in foot axes.
        roll_mm: (t, segments) how far a segment's lowest points have rolled towards the toes.
    """
    centre_x, centre_y = sole.place_mm.T[:, :, None]
    across = ((xy_mm[:, 0] - centre_x) / sole.half_axes_mm[:, 1:]) ** 2  # (pads, points)
    along = xy_mm[:, 1] - centre_y
    found = np.empty((len(roll_mm), len(SEGMENTS), len(xy_mm)))
    for number in range(len(SEGMENTS)):
        mine = number == SEGMENT
        y = (along[mine] - roll_mm[:, number, None, None]) / sole.half_axes_mm[mine, :1]
        q = y**2 + across[mine]  # 1 on the rim
        pads = PRESSED_MM * q * (1 - FLATNESS + FLATNESS * q) + sole.clearance_mm[mine, None]
        found[:, number] = _soft_minimum(pads, _BLEND_MM[number], axis=1)
    return found


def surface(sole: Sole, xy_mm: Floats) -> Floats:
    """Height of the standing sole over the floor, mm >= 0: (points,); it curves up at its edge."""
    segments = segment_heights(sole, xy_mm, np.zeros((1, len(SEGMENTS))))[0]
    height = _soft_minimum(segments, 1.5, axis=0)
    medial, lateral = edges(sole, xy_mm[:, 1])
    inside = np.minimum(xy_mm[:, 0] - medial, lateral - xy_mm[:, 0])
    rim = 10 * np.clip(1 - inside / 6.0, 0, 1.5) ** 2
    return np.clip(height - _FLATTENED_MM + rim, 0, 25.0)


def edges(sole: Sole, y_mm: Floats) -> tuple[Floats, Floats]:
    """x of the outline's medial and lateral edge at distances from the heel, mm."""
    share = np.clip(y_mm / sole.length_mm, 0, 1)
    return (
        sole.width_mm * PchipInterpolator(_ALONG, _MEDIAL)(share),
        sole.width_mm * PchipInterpolator(_ALONG, _LATERAL)(share),
    )


def _soft_minimum(heights: Floats, blend_mm: float, axis: int) -> Floats:
    """-b log sum exp(-h / b), shifted so that far from each other pads keep their height."""
    least = heights.min(axis=axis, keepdims=True)
    total = np.exp((least - heights) / blend_mm).sum(axis=axis)
    return np.squeeze(least, axis) - blend_mm * np.log(total)
