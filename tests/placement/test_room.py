"""What is impossible is explained, with numbers."""

import numpy as np
import pytest

from placement import room
from placement.allowed import Place
from placement.areas import Points
from placement.constraints import Area, Constraints, Snap
from placement.room import prepared
from placement.zones import Zone
from recon import FootGrid, Sensor


def place(given: dict, grid: FootGrid) -> Place:
    u, v = np.moveaxis(grid.centres(), -1, 0)
    outline = (np.abs(v - 0.5) < np.where(u < 0.4, 0.3, 0.48)) & (u > 0) & (u < 1)
    return Place(Constraints(**given), outline, grid, Sensor())


COARSE = FootGrid((28, 12), 10.0)  # proofs are the faster, the fewer sites there are
BATTERY = Area("battery", mm=((0, 0), (100, 0), (100, 220), (0, 220)))
CASES = [
    (
        {"spacing_mm": 60, "zones": (Zone("forefoot", min=5),)},
        8,
        r"^minimum spacing 60 mm leaves room for 3 sensors in the forefoot, 5 are required$",
    ),
    (
        {"zones": (Zone("heel", min=3), Zone("toes", min=2))},
        4,
        r"all of these: max_sensors 4; at least 3 in the heel; at least 2 in the toes$",
    ),
    (
        {"spacing_mm": 5, "zones": (Zone("heel", max=1), Zone("midfoot", max=2))},
        200,
        r"minimum spacing 5 mm",
    ),
    (
        {"required": Points(mm=((50, 30), (50, 35))), "spacing_mm": 0},
        4,
        r"site \(50.0, 30.0\) mm; the required site \(50.0, 35.0\) mm; discs that do not overlap$",
    ),
    (
        {"required": Points(mm=((50, 30), (5, 35)))},
        4,
        r"the required site \(5.0, 35.0\) mm; the edge margin of 5 mm$",
    ),
    ({"required": Points(mm=((50, 30), (50, 50)))}, 1, r"max_sensors 1; the required site"),
    (
        {"keep_out": (BATTERY,), "zones": (Zone("heel", min=1),)},
        4,
        r"^keep-out 'battery' leaves room for 0 sensors in the heel, 1 are required$",
    ),
    (
        {"keep_in": (BATTERY,), "keep_out": (BATTERY,)},
        1,
        r"no site is left.*keep-in 'battery' leaves \d+, keep-out 'battery' leaves 0$",
    ),
    (
        {"zones": tuple(Zone(x, max=1) for x in ("heel", "midfoot", "forefoot", "toes"))},
        5,
        r"leave room for 4 sensors in all, 5 are required \(max_sensors\)$",
    ),
    (
        {"zones": (Zone("heel", min=199),)},
        200,
        r"^the footprint has room for \d+ sensors in the heel, 199 are",
    ),
    ({"snap": Snap(1.0)}, 4, r"pitch of 1 mm makes \d+ sites on this footprint, 2500 are the most"),
    ({"snap": Snap(500.0, (250, 0))}, 4, r"no site inside the footprint"),
    ({"snap": Snap(40.0)}, 30, r"only \d+ candidate sites: of \d+ on the footprint"),
]


@pytest.mark.parametrize(("given", "max_sensors", "words"), CASES)
def test_the_impossible_is_explained(given: dict, max_sensors: int, words: str) -> None:
    with pytest.raises(ValueError, match=words) as error:
        prepared(place(given, COARSE), max_sensors)
    assert "\n" not in str(error.value)


def test_what_is_too_hard_to_prove_names_a_count_that_works(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def undecided(*_: object) -> None:
        raise TimeoutError

    crowded = place({"spacing_mm": 120}, COARSE)
    with monkeypatch.context() as patched:
        patched.setattr(room, "solved_sites", undecided)
        with pytest.raises(ValueError, match=r"120 mm.*; lower max_sensors to 3 or"):
            prepared(crowded, 4)
    assert set(prepared(crowded, 3).examples) == {1, 2, 3}


def test_counts_below_what_the_zones_demand_are_left_out() -> None:
    zones = (Zone("heel", min=1), Zone("forefoot", min=2))
    rules = prepared(place({"zones": zones}, COARSE), 5)
    assert rules.sizes(5) == [3, 4, 5]


def test_as_many_as_there_is_room_for_are_found() -> None:
    """Twelve discs find a place only if they are laid with care."""
    rules = prepared(place({"spacing_mm": 40}, FootGrid()), 12)
    assert max(rules.examples) == 12
    gap = rules.distance_mm[rules.examples[12][0]][:, rules.examples[12][0]]
    assert gap[np.triu_indices(12, 1)].min() >= 49.9
