"""Where the sensors are, as a table for the terminal."""

from __future__ import annotations

from rich import box
from rich.table import Table

from placement.front import Front
from placement.gains import leads
from placement.objectives import DEFAULT
from placement.zones import ANATOMICAL
from recon.layout import Layout


def site_table(front: Front) -> Table:
    """Sites in mm on the reference footprint, heel first, as in front.csv.

    Of objectives chosen by the user those of the best layout of each count alone.
    """
    table = Table(title="Where the sensors go", title_justify="left", box=box.SIMPLE_HEAD)
    table.pad_edge, table.padding = False, (0, 1, 0, 0)
    table.add_column("layout", no_wrap=True)
    for zone in ANATOMICAL:
        table.add_column(zone)
    shown = front.members if front.objectives == DEFAULT else leads(front)
    for entry in shown:
        table.add_row(entry.name, *_by_zone(entry.layout, front))
    length, width = front.grid.foot_mm
    table.caption_justify = "left"
    table.caption = (
        f"mm from the medial edge, mm from the heel, on a footprint {width:g} mm wide and "
        f"{length:g} mm long; right and left alike."
    )
    if len(shown) < len(front.members):
        table.caption += f" All {len(front.members)} layouts are in front.csv."
    return table


def _by_zone(layout: Layout, front: Front) -> list[str]:
    sites = sorted(zip(layout.uv, front.grid.mm(layout.uv), strict=True), key=lambda x: x[1][1])
    return [
        "  ".join(f"{x:.1f},{y:.1f}" for (u, _), (x, y) in sites if low <= u < up)
        for low, up in ANATOMICAL.values()
    ]
