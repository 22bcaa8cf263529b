"""What each further sensor buys, as a table and in words."""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.table import Table

from placement.front import Front
from placement.gains import ENOUGH, Change, Difference, Gain, beside_published, gains, knee
from placement.report import HEADINGS, WIDE, signed


def gain_table(front: Front, width: int) -> Table:
    """What each further sensor changes on the confirming people, and whether that is shown."""
    people = "people of nested searches" if front.nested else "untouched people"
    rows = [
        (f"{gain.fewer.name} \N{RIGHTWARDS ARROW} {gain.more.name}", gain.difference)
        for gain in gains(front)
    ]
    title = f"What one more sensor buys, on the {people}"
    return difference_table(title, "The layout after the arrow less that before it", rows, width)


def difference_table(
    title: str, what: str, rows: Sequence[tuple[str, Difference]], width: int
) -> Table:
    """What changes from one layout to another, and whether that is shown.

    Args:
        what: what is subtracted from what, in words.
    """
    table = Table(title=title, title_justify="left")
    table.box, table.pad_edge, table.padding = box.SIMPLE_HEAD, False, (0, 1, 0, 0)
    table.add_column("layouts", overflow="fold", min_width=9)
    for heading, _ in HEADINGS.values():
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("relative\nerror" if width >= WIDE else "rel.\nerror", justify="right")
    table.add_column("better?", no_wrap=True)
    for label, found in rows:
        cells = [_change(found.metrics[name], form, width) for name, (_, form) in HEADINGS.items()]
        table.add_row(
            label,
            *cells,
            _change(found.relative, ".3f", width),
            verdict(found),
            end_section=True,
        )
    table.caption_justify = "left"
    table.caption = (
        f"{what}: errors are better below 0, accuracies above. 95 % "
        "intervals by a paired bootstrap over people. better? yes or worse: the interval of the "
        f"relative error leaves out 0; not sure: it does not; too few: fewer than {ENOUGH} people."
    )
    return table


def _change(change: Change, form: str, width: int) -> str:
    if change.low != change.low:  # NaN: one person
        return signed(change.mean, form)
    gap = " " if width >= WIDE else "\n"
    around = f"{signed(change.low, form)} to{gap}{signed(change.high, form)}"
    return f"{signed(change.mean, form)}\n{around}"


def verdict(found: Difference) -> str:
    """Whether the second layout is better, as far as the people tell."""
    if found.relative.mean == found.relative.low == found.relative.high == 0:
        return "the same"
    if found.relative.people < ENOUGH:
        return "too few"
    if not found.relative.shown:
        return "not sure"
    return "yes" if found.relative.mean < 0 else "worse"


def knee_words(front: Front) -> str:
    """The knee, what it reaches, and what the next sensor buys, in sentences; "" without a knee."""
    entry = knee(front)
    if entry is None:
        return ""
    score = entry.scores[front.reconstructor].untouched
    count = len(entry.layout)
    words = [
        f"Knee: {entry.name}, {count} sensor{'s' * (count > 1)}. On people it was not chosen for: "
        f"map error {100 * score.mean('nrmse'):.1f} % of the peak, force "
        f"{score.mean('vgrf_accuracy'):.1f} % and peak {score.mean('peak_accuracy'):.1f} % right, "
        f"centre of pressure {10 * score.mean('cop_error_cm'):.1f} mm off."
    ]
    words += [_bought(gain, front) for gain in gains(front) if entry.name == gain.fewer.name]
    if (gain := beside_published(front, entry)) is not None:
        words.append(_beside(gain, front))
    return " ".join(words)


def _beside(gain: Gain, front: Front) -> str:
    ours, theirs = (
        front.relative_error(x.scores[front.reconstructor].untouched, untouched=True)
        for x in (gain.more, gain.fewer)
    )
    told = {
        "yes": f"{gain.more.name} is better than chance explains.",
        "worse": "they are better than chance explains.",
        "not sure": "not told apart.",
        "too few": "too few people to tell them apart.",
        "the same": "the same.",
    }[verdict(gain.difference)]
    return (
        f"Beside the {len(gain.fewer.layout)} published landmarks, on the same people: relative "
        f"error {ours:.3f} against {theirs:.3f}; {told}"
    )


def _bought(gain: Gain, front: Front) -> str:
    error = gain.fewer.scores[front.reconstructor].untouched.mean("nrmse")
    more = len(gain.more.layout) - len(gain.fewer.layout)
    sensors = "One more sensor" if more == 1 else f"{more} more sensors"
    change = gain.difference.metrics
    return (
        f"{sensors} ({gain.more.name}): map error {100 * change['nrmse'].mean / error:+.0f} %, "
        f"force {change['vgrf_accuracy'].mean:+.1f} and peak "
        f"{change['peak_accuracy'].mean:+.1f} points, centre of pressure "
        f"{10 * change['cop_error_cm'].mean:+.1f} mm; "
        + {
            "yes": "more than chance.",
            "not sure": "not told from chance.",
            "too few": "too few people to tell it from chance.",
            "worse": "in all, worse.",
            "the same": "nothing changes.",
        }[verdict(gain.difference)]
    )
