"""Fronts and scores as tables for the terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich import box
from rich.table import Table

from placement.front import Entry, Front, Pair
from placement.gains import FEW_PEOPLE, leads
from placement.objectives import DEFAULT
from placement.scoring import relative_of
from recon.validate import Score

HEADINGS = {
    "nrmse": ("map\nNRMSE", ".3f"),
    "vgrf_accuracy": ("vGRF\nacc. %", ".1f"),
    "peak_accuracy": ("peak\nacc. %", ".1f"),
    "cop_error_cm": ("CoP error\ncm", ".2f"),
}
_GAP = (
    "of the published layouts and the mean map, which nothing was chosen for here, it tells how "
    "much the people differ, of ours the selection bias too"
)
_GAP_NESTED = (
    "of the published layouts and the mean map, which nothing was chosen for here, it tells what "
    "other folds do, of ours the selection bias too"
)
WIDE = 118
"""Columns of a terminal from which on an interval stands beside its mean, not below."""


def front_table(front: Front, reconstructor: str, width: int) -> Table:
    """Members and references: search score and untouched score, with 95 % intervals.

    Of objectives chosen by the user only the first layout of each count: all trade-offs have a
    table of their own, see `placement.report_objectives`.
    """
    table = _table(f"With the {reconstructor} reconstructor, 95 % intervals over people", width)
    table.add_column("relative\nerror" if width >= WIDE else "rel.\nerror", justify="right")
    base, confirmed = front.mean_map, confirmation(front)
    rows = [("mean map", 0, base)]
    members = front.members if front.objectives == DEFAULT else leads(front)
    for group in (members, front.references):
        rows += [(e.name, len(e.layout), e.scores[reconstructor]) for e in group]
    for name, sensors, pair in rows:
        searched = front.relative_error(pair.search)
        final = front.relative_error(pair.untouched, untouched=True)
        search, untouched = _cells(pair.search, width), _cells(pair.untouched, width)
        table.add_row(name, str(sensors), "search", *search, f"{searched:.3f}")
        table.add_row("", "", confirmed, *untouched, f"{final:.3f}")
        table.add_row(
            "", "", "gap", *_gaps(pair), signed(final - searched, ".3f"), end_section=True
        )
    table.caption_justify = "left"
    table.caption = _who(front)
    return table


def confirmation(front: Front) -> str:
    """What to call the second score: of people kept aside, or of nested searches."""
    return "nested" if front.nested else "untouched"


def _who(front: Front) -> str:
    """Whom the rows of the table are about."""
    pair = front.mean_map
    searched, kept = len(pair.search.subjects), len(pair.untouched.subjects)
    told = [
        f"search: cross-validated on the {searched} people searched on, and thus a little too good"
    ]
    if front.nested:
        told.append(f"nested: all {kept} people, each by a search for this count without them")
    else:
        few = (
            ", too few for an interval to mean more than their range (--confirm nested keeps "
            "everybody aside in turn)"
        )
        told.append(f"untouched: {kept} people kept aside{few if kept < FEW_PEOPLE else ''}")
    if steps := front.run.get("settings", {}).get("calibration_steps"):
        told.append(
            f"all but the mean map calibrated with {steps} step{'s' * (steps > 1)} of each person"
        )
    told.append(
        "gap: the second less the first, of errors worse if above 0; "
        + (_GAP_NESTED if front.nested else _GAP)
    )
    return "; ".join(told) + "."


def _gaps(pair: Pair) -> list[str]:
    return [
        signed(pair.untouched.mean(metric) - pair.search.mean(metric), form)
        for metric, (_, form) in HEADINGS.items()
    ]


def signed(value: float, form: str) -> str:
    """With its sign; 0 has none."""
    text = f"{value:+z{form}}"
    return text[1:] if float(text) == 0 else text


def optimality_table(front: Front, width: int) -> Table:
    """For each count, the best by the linear search score, and how sure it is that it is best."""
    table = Table(title="By the linear search score", title_justify="left", box=box.SIMPLE_HEAD)
    table.padding, table.pad_edge = (0, 1, 0, 0), False
    for heading in ("sensors" if width >= WIDE else "n", "relative\nerror", "map\nNRMSE"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("least\npossible", justify="right", no_wrap=True)
    table.add_column("effi-\nciency", justify="right", no_wrap=True)
    table.add_column("how sure", overflow="fold")
    for claim in front.run.get("optimality", ()):
        table.add_row(
            str(claim["sensors"]),
            f"{claim['relative_error']:.3f}",
            f"{claim['nrmse']:.4f}",
            f"{claim['nrmse_bound']:.4f}",
            f"{100 * claim['efficiency']:.0f} %",
            how_sure(claim, front.run["candidate_sites"]),
        )
    table.caption_justify = "left"
    table.caption = (
        "least possible: the NRMSE that this many linear readings, of whatever kind, cannot better "
        "on these people, from their principal components; efficiency: its ratio to that reached. "
        "Scored as sets are explored (docs/metrics.md), a little off the linear reconstructor's "
        "own score."
    )
    return table


def how_sure(claim: Mapping[str, Any], sites: int) -> str:
    """Whether a layout is proven to be the best of its count, or of how much it is the best."""
    one = claim["enumerated"] == 1
    enumerated = "the only allowed set" if one else f"all {claim['enumerated']:,} allowed sets"
    if claim["proven"]:
        return f"proven optimal: {enumerated} on {sites} sites scored"
    descents = claim["descents"]
    looked = [f"best of {descents} swap descents, {claim['agreeing']} ended there"]
    if claim["enumerated"]:
        looked.append(f"none better of {enumerated} on a coarser grid of {claim['grid_sites']}")
    return "; ".join(looked) if descents or claim["enumerated"] else "best of the genetic search"


def score_table(
    scores: Mapping[str, tuple[int, Score]], mean_map: Score, title: str, width: int
) -> Table:
    """Cross-validated scores of layouts, with their sensor counts, under that of the mean map."""
    table = _table(title, width)
    table.add_column("relative\nerror" if width >= WIDE else "rel.\nerror", justify="right")
    for label, (count, row) in {"mean map": (0, mean_map), **scores}.items():
        people = f"all {len(row.subjects)}"
        relative = f"{relative_of(row, mean_map):.3f}"
        table.add_row(label, str(count), people, *_cells(row, width), relative)
    return table


def missing_counts(front: Front, max_sensors: int) -> list[int]:
    """Sensor counts that the front leaves out, since no layout of theirs beat fewer sensors."""
    impossible = impossible_counts(front, max_sensors)
    return [k for k in range(1, max_sensors + 1) if front.best(k) is None and k not in impossible]


def impossible_counts(front: Front, max_sensors: int) -> list[int]:
    """Sensor counts of which the constraints allow no layout."""
    every = range(1, max_sensors + 1)
    return [k for k in every if k not in front.run.get("possible_counts", every)]


def better_linear(front: Front) -> list[str]:
    """Where the linear reconstructor beats the front's on the untouched people, in words."""
    found = []
    members = front.members if front.objectives == DEFAULT else leads(front)
    for entry in (*members, *front.references):
        ours, linear = (entry.scores[x].untouched for x in (front.reconstructor, "linear"))
        wins = [
            heading.replace("\n", " ")
            for metric, (heading, _) in HEADINGS.items()
            if (linear.mean(metric) - ours.mean(metric)) * _sign(metric) > 0
        ]
        if wins:
            found.append(f"{entry.name} ({', '.join(wins)})")
    return found


def maybe_better(front: Front) -> list[str]:
    """What has a lower relative search error than the first of its count, by chance perhaps."""

    def searched(entry: Entry) -> float:
        return front.relative_error(entry.scores[front.reconstructor].search)

    firsts = {len(entry.layout): searched(entry) for entry in leads(front)}
    return [x.name for x in front.members if searched(x) < firsts[len(x.layout)]]


def _sign(metric: str) -> int:
    return 1 if metric.endswith("accuracy") else -1


def _cells(score: Score, width: int) -> list[str]:
    """Mean and 95 % interval of each metric."""
    texts = []
    for metric, (_, form) in HEADINGS.items():
        low, high = score.interval(metric)
        gap = " " if width >= WIDE else "\n"
        around = "" if low != low else f"{gap}{low:{form}}–{high:{form}}"  # NaN: one person
        texts.append(f"{score.mean(metric):{form}}{around}")
    return texts


def _table(title: str, width: int) -> Table:
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    table.padding = (0, 1, 0, 0)
    table.add_column("layout", overflow="fold", min_width=9)
    for heading in ("sensors" if width >= WIDE else "n", "people"):
        table.add_column(heading, no_wrap=True)
    for heading, _ in HEADINGS.values():
        table.add_column(heading, justify="right", no_wrap=True)
    return table
