"""What a finished search tells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from placement.cli.shared import SIMULATED, console

if TYPE_CHECKING:
    from placement.front import Front


def print_front(front: Front, max_sensors: int) -> None:
    from placement.gains import leads
    from placement.objectives import DEFAULT
    from placement.report import (
        better_linear,
        confirmation,
        front_table,
        impossible_counts,
        maybe_better,
        missing_counts,
        optimality_table,
    )
    from placement.report_gains import gain_table, knee_words
    from placement.report_objectives import objective_table, objective_words
    from placement.report_sites import site_table

    counted = "sensors" in front.objectives
    if front.objectives != DEFAULT:
        console.print(objective_table(front))
        console.print(objective_words(front))
    console.print(front_table(front, front.reconstructor, console.width))
    if counted and len(leads(front)) > 1:
        console.print(gain_table(front, console.width))
    console.print(optimality_table(front, console.width))
    console.print(
        "Relative error: what stays unknown of map (chiefly), force and centre of pressure; "
        "1 with no sensor, 0 is perfect."
    )
    if front.reconstructor != "linear" and (wins := better_linear(front)):
        console.print(
            f"The linear reconstructor, the cheap baseline, does better than the "
            f"{front.reconstructor} on the {confirmation(front)} people, perhaps by chance, at "
            f"{'; '.join(wins)}."
        )
    if front.objectives == DEFAULT and (names := maybe_better(front)):
        console.print(
            f"{', '.join(names)}: lower in search score than the first of as many sensors, but not "
            "by more than chance; so the best by the linear search score stays first."
        )
    if impossible := impossible_counts(front, max_sensors):
        console.print(f"The constraints allow no layout of {', '.join(map(str, impossible))}.")
    for count in missing_counts(front, max_sensors) if counted else ():
        console.print(f"No layout of {count} sensors scored better than one with fewer.")
    if moved := front.run.get("moved_mm"):
        gaps = ", ".join(f"{count}: {mm:g} mm" for count, mm in moved.items())
        console.print(
            f"How far the nested searches' sensors lie from these, on average, by sensors: {gaps}."
        )
    console.print(site_table(front))
    if counted and (words := knee_words(front)):
        console.print(words)
    if front.run["cohort"]["provenance"].get("kind") == "simulated":
        console.print(SIMULATED)
