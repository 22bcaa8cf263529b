"""`placement status`."""

from __future__ import annotations

from placement.cli.options import RunArgument
from placement.cli.shared import console, one_line_errors


def status(run: RunArgument) -> None:
    """Tell how a search stands: running, stopped or finished, and what it scored so far."""
    with one_line_errors():
        from placement import run_folder
        from placement.report_runs import best_table, stage_table

        found = run_folder.status(run)
        console.print(f"{run}: {found.state} ({found.process})", soft_wrap=True)
        if found.stages:
            console.print(stage_table(found.stages))
        else:
            console.print("No stage has begun yet; the first takes seconds to set up.")
        if found.best:
            console.print(best_table(found.best))
        if found.state == "stopped" and "settings" not in found.facts:
            console.print(
                "It was ended before it began; start it anew with placement search --overwrite"
            )
        elif found.state == "stopped":
            console.print(f"Go on with it: placement resume {run}", soft_wrap=True)
