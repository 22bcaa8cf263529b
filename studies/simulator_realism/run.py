"""How far do simulated people stand from real ones? See README.md."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import matplotlib.pyplot as plt
import measures as m
import numpy as np
import typer

from recon import Cohort
from recon.simulate import draw_people, feet, simulate, walk

SHORTEN = {  # Shorten et al. 1989: m/s -> heel and forefoot, mean and SD in kPa
    1.0: {"heel": (367, 115), "forefoot": (635, 211)},
    1.5: {"heel": (517, 158), "forefoot": (737, 226)},
}


def row(name: str, *cells: object) -> None:
    print("| " + " | ".join([name, *map(str, cells)]) + " |")


def joined(values: m.Floats, form: str = ".2f") -> str:
    return " ".join(f"{value:{form}}" for value in values)


def table(cohorts: dict[str, Cohort]) -> None:
    """One column a cohort."""
    columns = list(cohorts.values())
    row("measure", *cohorts)
    row("---", *["---"] * len(cohorts))
    row("people, stances", *[f"{len(c.subjects)}, {len(c.samples)}" for c in columns])
    row("variance in first 1, 2, 4, 8, 16", *[joined(m.cumulative_variance(c)) for c in columns])
    between = [m.between_people(c) if len(c.subjects) > 1 else None for c in columns]
    row("two people's peak maps: r, lowest", *[b and f"{b[0]:.2f}, {b[1]:.2f}" for b in between])
    row("two steps' peak maps: r", *[f"{m.within_foot(c):.2f}" for c in columns])
    for name in m.regions(columns[0].grid):
        row(f"impulse, {name}", *[f"{m.impulse_shares(c)[name]:.3f}" for c in columns])
    peaks = [m.regional_peaks(c) for c in columns]
    for name in ("heel", "hallux", "lesser toes"):
        ratio = [p[name] / p["forefoot"] for p in peaks]
        row(f"peak, {name} over forefoot", *[f"{r.mean():.2f} ± {r.std():.2f}" for r in ratio])
    row("humps and valley over mean force", *[joined(m.humps(c).mean(axis=0)) for c in columns])
    row("CoP u at 10, 25, 50, 75, 90 %", *[joined(m.cop_path(c)[:, 0]) for c in columns])
    row("CoP v at 10, 25, 50, 75, 90 %", *[joined(m.cop_path(c)[:, 1]) for c in columns])
    row("CoP, footprint lengths a stance", *[f"{m.cop_speed(c):.2f}" for c in columns])
    area = [m.contact_area(c) for c in columns]
    row("contact area: cm², share of box", *[f"{a:.0f}, {share:.2f}" for a, share in area])
    row("stance, s", *[f"{np.mean([s.stance_s for s in c.samples]):.2f}" for c in columns])


def print_peaks(people: int, seed: int, like: Cohort) -> None:
    """Peaks of the simulated people at the published speeds, and their force in body weights."""
    row("m/s", "region", "simulated, kPa", "published, kPa", "SDs apart", "humps, valley (BW)", "s")
    row("---", *["---"] * 6)
    for speed, published in SHORTEN.items():
        drawn = [replace(person, speed_m_s=speed) for person in draw_people(people, seed)]
        pairs = [
            (person, sample)
            for person in drawn
            for foot in feet(person)
            for sample in walk(foot, steps=1, frames=20, grid=like.grid)
        ]
        cohort = Cohort(tuple(sample for _, sample in pairs), like.grid)
        force = m.gait.vertical_force(cohort.pressure, cohort.mm_per_pixel).mean(axis=1)
        weight = np.array([person.weight_n for person, _ in pairs])
        levels = joined((m.humps(cohort) * (force / weight)[:, None]).mean(axis=0))
        stance = f"{np.mean([s.stance_s for s in cohort.samples]):.2f}"
        for name, (mean, sd) in published.items():
            found = m.regional_peaks(cohort)[name]
            apart = f"{(found.mean() - mean) / sd:+.2f}"
            simulated = f"{found.mean():.0f} ± {found.std():.0f}"
            row(f"{speed}", name, simulated, f"{mean} ± {sd}", apart, levels, stance)


def print_transfer(simulated: Cohort, real: Cohort) -> None:
    found = m.transfer(simulated, real)
    row("layout", "trained on simulated", "trained on other real", "ratio")
    row("---", *["---"] * 3)
    for name, (ours, theirs) in found.items():
        row(name, f"{ours:.4f}", f"{theirs:.4f}", f"{ours / theirs:.2f}")
    ratios = [ours / theirs for ours, theirs in found.values()]
    row("mean", "", "", f"{np.mean(ratios):.2f}")


def read_speeds(path: Path) -> dict[tuple[str, str], float]:
    """m/s of (subject, trial) from SpeedPP2DS's speeds.csv."""
    with path.open() as stream:
        lines = list(csv.reader(stream))
    return {
        (name, f"{int(line[0]):03d}"): float(value)
        for line in lines[1:]
        for name, value in zip(lines[0][1:], line[1:], strict=True)
    }


def draw_maps(cohorts: dict[str, Cohort], path: Path) -> None:
    """Of each cohort ten people's mean peak maps, and a stance."""
    figure, axes = plt.subplots(2 * len(cohorts), 10, figsize=(10, 10), layout="constrained")
    for axis in axes.ravel():
        axis.axis("off")
    for (above, below), (name, cohort) in zip(
        axes.reshape(-1, 2, 10), cohorts.items(), strict=True
    ):
        for axis, one in zip(above, m.peak_maps(cohort), strict=False):
            axis.imshow(one)
        stance = cohort.pressure[len(cohort.samples) // 17, ::2]
        for axis, one in zip(below, stance, strict=False):
            axis.imshow(one, vmin=0, vmax=stance.max())
        above[0].set_title(f"{name}: mean peak maps of people", loc="left", fontsize=9)
        below[0].set_title(f"{name}: a stance", loc="left", fontsize=9)
    figure.savefig(path, dpi=90)
    plt.close(figure)


def draw_curves(cohorts: dict[str, Cohort], path: Path) -> None:
    """Cumulative variance, force and centre of pressure over the stance, impulse by region."""
    figure, axes = plt.subplots(1, 4, figsize=(13, 3.2), layout="constrained")
    for number, (name, cohort) in enumerate(cohorts.items()):
        axes[0].plot(m.COMPONENTS, m.cumulative_variance(cohort), "o-", label=name)
        load = m.gait.total_load(cohort.pressure)
        load = (load / load.mean(axis=1, keepdims=True)).mean(axis=0)
        time = (np.arange(len(load)) + 0.5) / len(load)
        axes[1].plot(time, load)
        axes[2].plot(time, m.cop_path(cohort, tuple(time))[:, 0])
        shares = m.impulse_shares(cohort)
        axes[3].bar(np.arange(len(shares)) + 0.4 * number, list(shares.values()), 0.4)
        axes[3].set_xticks(np.arange(len(shares)) + 0.2, list(shares), fontsize=7)
    axes[0].set(xscale="log", xticks=m.COMPONENTS, xticklabels=m.COMPONENTS)
    axes[0].set(xlabel="principal components", ylabel="share of variance")
    axes[0].legend()
    axes[1].set(xlabel="share of stance", ylabel="force over its mean")
    axes[2].set(xlabel="share of stance", ylabel="centre of pressure, u")
    axes[3].set(ylabel="share of impulse")
    figure.savefig(path, dpi=80)
    plt.close(figure)


def main(
    cohort: Path,
    fscan: Annotated[Path | None, typer.Option(help="Cohort of an F-Scan walk.")] = None,
    template: Annotated[Path | None, typer.Option(help="Folder of MUN104L/R.csv.")] = None,
    speeds: Annotated[Path | None, typer.Option(help="speeds.csv of SpeedPP2DS.")] = None,
    people: int = 35,
    seed: int = 0,
    scans: Annotated[
        bool, typer.Option(help="Register simulated feet on scans; the real ones have none.")
    ] = False,
    figure: Annotated[Path | None, typer.Option(help="PNG of curves.")] = None,
    maps: Annotated[Path | None, typer.Option(help="PNG of pressure maps.")] = None,
) -> None:
    real, simulated = Cohort.load(cohort), simulate(people, seed=seed, scans=scans)
    cohorts = {"real": real, "simulated": simulated}
    if fscan is not None:
        cohorts["F-Scan walk"] = Cohort.load(fscan)
    table(cohorts)
    if template is not None:
        files = (template / "MUN104L.csv", template / "MUN104R.csv")
        found = [f"{m.template_correlation(c, *files):.2f}" for c in cohorts.values()]
        row("mean peak map and template: r", *found)
    if speeds is not None:
        own = {
            (p.subject, s.trial): p.speed_m_s
            for p in draw_people(people, seed)
            for s in simulated.samples
        }
        fits = (m.duration_slope(read_speeds(speeds), real), m.duration_slope(own, simulated))
        row("stance at 1.25 m/s, s, and its slope, s²/m", *[joined(fit) for fit in fits])
    print()
    print_peaks(people, seed, real)
    print()
    print_transfer(simulated, real)
    if figure is not None:
        draw_curves({"real": real, "simulated": simulated}, figure)
    if maps is not None:
        draw_maps({"real": real, "simulated": simulated}, maps)


if __name__ == "__main__":
    typer.run(main)
