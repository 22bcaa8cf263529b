"""What a search of chosen objectives found, as a table for the terminal."""

from __future__ import annotations

from itertools import pairwise

from rich import box
from rich.table import Table

from placement.front import Front
from placement.objectives import DESIGN, OBJECTIVES


def objective_table(front: Front) -> Table:
    """The objectives of all members and of the published layouts."""
    objectives = [OBJECTIVES[name] for name in front.objectives if name != "sensors"]
    table = Table(title="What was minimised", title_justify="left", box=box.SIMPLE_HEAD)
    table.padding, table.pad_edge = (0, 1, 0, 0), False
    table.add_column("layout", no_wrap=True)
    table.add_column("sensors", justify="right")
    for objective in objectives:
        table.add_column(objective.heading, justify="right", max_width=22)
    entries = (*front.members, *front.references)
    ends = [len(a.layout) != len(b.layout) for a, b in pairwise(entries)]
    for entry, end in zip(entries, [*ends, True], strict=True):
        values = dict(zip(front.objectives, entry.values, strict=True))
        cells = [f"{values[x.name]:.{x.digits}f}" for x in objectives]
        table.add_row(entry.name, str(len(entry.layout)), *cells, end_section=end)
    return table


def objective_words(front: Front) -> str:
    """By which scores they are measured."""
    accuracy = [name for name in front.objectives if name not in DESIGN]
    judged = [name for name in accuracy if OBJECTIVES[name].judged is not None]
    told = []
    if judged:
        told.append(
            f"{' and '.join(judged).capitalize()}: search score of the {front.reconstructor} "
            "reconstructor, cross-validated"
        )
    if linear := [name for name in accuracy if name not in judged]:
        told.append(f"{' and '.join(linear)}: search score of the linear reconstructor")
    return f"{'; '.join(told)}."
