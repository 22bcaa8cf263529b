"""Options that say what a search minimises."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from placement.basis import Assumptions

_PANEL = "Objectives (docs/objectives.md)"

_SERVES = {
    "--shift-mm": ("shift",),
    "--gain-drift": ("shift",),
    "--connector": ("wiring", "cost"),
    "--sensor-price": ("cost",),
    "--wire-price": ("cost",),
}
"""Options, and the objectives that look at them."""

SHIFT_MM, GAIN_DRIFT, SENSOR_PRICE, WIRE_PRICE = 3.0, 0.05, 1.0, 0.0
"""What holds where the options are not given."""

ObjectivesOption = Annotated[
    str,
    typer.Option(
        help="Two or three of sensors, error, nrmse, vgrf, peak, cop, worst-person, dead-sensor, "
        "shift, wiring, cost; separated by commas.",
        rich_help_panel=_PANEL,
    ),
]
ShiftOption = Annotated[
    float,
    typer.Option(help="For shift: how far a sensor is displaced at most.", rich_help_panel=_PANEL),
]
DriftOption = Annotated[
    float,
    typer.Option(
        help="For shift: standard deviation of a sensor's gain, as a share.", rich_help_panel=_PANEL
    ),
]
ConnectorOption = Annotated[
    tuple[float, float] | None,
    typer.Option(
        metavar="X Y",
        help="For wiring and cost: where the wires end, in mm as in front.csv. Default: "
        "lateral edge of the midfoot.",
        rich_help_panel=_PANEL,
    ),
]
SensorPriceOption = Annotated[
    float, typer.Option(help="For cost: of one sensor.", rich_help_panel=_PANEL)
]
WirePriceOption = Annotated[
    float, typer.Option(help="For cost: of a cm of wire.", rich_help_panel=_PANEL)
]
CalibrationOption = Annotated[
    int,
    typer.Option(
        min=0,
        help="Densely recorded steps of each wearer by which layouts are calibrated before they "
        "are scored.",
        rich_help_panel=_PANEL,
    ),
]


def names(objectives: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in objectives.split(",") if name.strip())


def check_used(objectives: tuple[str, ...], options: Mapping[str, tuple[object, object]]) -> None:
    """Raise ValueError where an option was changed that none of the objectives looks at.

    Args:
        options: value and default, by name.
    """
    for name, (value, default) in options.items():
        if value != default and not set(_SERVES[name]) & set(objectives):
            raise ValueError(
                f"{name} is for the objective {' or '.join(_SERVES[name])}, which is not among "
                f"--objectives {','.join(objectives)}"
            )


def assumed(
    shift_mm: float,
    gain_drift: float,
    connector: tuple[float, float] | None,
    sensor_price: float,
    wire_price: float,
) -> Assumptions:
    from placement.areas import Points
    from placement.basis import Assumptions
    from placement.disturbance import Disturbance

    found = Assumptions(
        disturbance=Disturbance(shift_mm, gain_drift),
        sensor_price=sensor_price,
        wire_price=wire_price,
    )
    if connector is None:
        return found
    from dataclasses import replace

    try:
        return replace(found, connector=Points(mm=(connector,)))
    except ValueError as error:
        raise ValueError(f"connector: {error}") from error
