"""Layouts under the reconstructors that decide: the kernel screens, the fidelity's judges."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from placement.explore import Progress
from placement.front import Pair
from placement.journal import Journal
from placement.reconstructors import reconstructor
from placement.scoring import errors_of, relative_error
from placement.settings import Settings
from placement.split import Split
from recon.layout import Layout
from recon.reconstructor import Reconstructor
from recon.validate import Score, cross_validate, score


def closed_form(
    make: Callable[[], Reconstructor], split: Split, layouts: Sequence[Layout]
) -> list[Pair]:
    """Score a reconstructor that serves any layout, by cross-validation and on the untouched.

    Where nobody is untouched, here and in `fitted`, the first score stands for the second.
    """
    searched = cross_validate(make, split.people, layouts, split.folds, split.pixels)
    if split.untouched is None:
        return [Pair(found, found) for found in searched]
    final = make().fit(split.people)
    untouched = [score(final, split.untouched, layout, split.pixels) for layout in layouts]
    return [Pair(*scores) for scores in zip(searched, untouched, strict=True)]


def relative(found: Score, mean_map: Pair) -> float:
    """Relative error of a search score."""
    return float(relative_error(errors_of(found), errors_of(mean_map.search)))


def screened(
    split: Split,
    shortlist: list[list[Layout]],
    mean_map: Pair,
    settings: Settings,
    progress: Progress,
    journal: Journal,
) -> list[list[Layout]]:
    """The shortlist ranked by the kernel, but the linear score's best first.

    The linear score is cruder, but varies less with who happens to be searched on, so its own best
    is a finalist too, and the final judge decides.
    """
    from placement import networks  # torch takes seconds to import, and only this path needs it

    layouts = [layout for of_count in shortlist for layout in of_count]
    with journal.stage("screen"):
        rows = networks.fit_and_score(
            networks.fold_tasks(split.people, split.folds, split.pixels),
            layouts,
            reconstructor("kernel", settings),
            settings.workers,
            lambda done, total: progress("screening layouts", done, total),
            journal,
            "kernel screen",
        )
        found = {
            x: relative(Score.pooled(row), mean_map) for x, row in zip(layouts, rows, strict=True)
        }
        journal.add("kernel screen", found)
    return [
        [best, *sorted(others, key=lambda x: (found[x], x.sites))] for best, *others in shortlist
    ]


def fitted(
    split: Split,
    layouts: Sequence[Layout],
    settings: Settings,
    progress: Progress,
    journal: Journal,
) -> list[Pair]:
    """Scores of the final judge, fitted for each layout in each fold, and on all for the end."""
    from placement import networks

    def tick(stage: str) -> Callable[[int, int], None]:
        return lambda done, total: progress(stage, done, total)

    tasks, stage = networks.tasks(split), tick("fitting for each finalist")
    if settings.fidelity == "network":
        # Trainings keep their state beside the journal; workers elsewhere may not reach that.
        folder = journal.folder("networks") if settings.scheduler is None else None
        training = tick("training any-layout network")
        trained = networks.train_any_layout(tasks, settings, training, folder)
        rows = networks.retrain(trained, tasks, layouts, settings, stage, journal, "network")
    else:
        judge = reconstructor(settings.fidelity, settings)
        rows = networks.fit_and_score(
            tasks, layouts, judge, settings.workers, stage, journal, settings.fidelity
        )
    folds = len(split.folds)
    searched = [Score.pooled(row[:folds]) for row in rows]
    last = [row[-1] for row in rows] if split.untouched is not None else searched
    return [Pair(*scores) for scores in zip(searched, last, strict=True)]
