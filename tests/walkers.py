"""A tiny cohort with a known structure: three blobs of load, loaded one after the other."""

import numpy as np

from recon import Cohort, FootGrid, Sample

GRID = FootGrid((16, 8), 5.0, (70.0, 30.0))


def walkers(people: int = 8, steps: int = 3, frames: int = 8, seed: int = 0, **kwargs) -> Cohort:
    """Arbitrary people; `geometry=True` gives each a random sole height map."""
    rng = np.random.default_rng(seed)
    centres = GRID.centres()
    times = (np.arange(frames) + 0.5) / frames
    samples = []
    for person in range(people):
        strength = rng.uniform(50, 150, 3)
        place = np.array([[0.2, 0.5], [0.7, 0.3], [0.75, 0.8]]) + rng.normal(0, 0.03, (3, 2))
        gap = (centres[None] - place[:, None, None]) / [0.15, 0.25]
        blobs = np.exp(-(gap**2).sum(axis=-1))
        geometry = rng.random(GRID.shape).astype(np.float32) if kwargs.get("geometry") else None
        for step in range(steps):
            active = np.exp(-((times[:, None] - [0.2, 0.6, 0.75]) ** 2) / 0.05)
            active = active * strength * rng.uniform(0.8, 1.2, 3)
            samples.append(
                Sample(
                    subject=f"p{person:02d}",
                    side="right" if step % 2 == 0 else "left",
                    trial=str(step),
                    pressure=np.einsum("tk,kij->tij", active, blobs).astype(np.float32),
                    mm_per_pixel=(5.0 + 0.1 * person, 5.0),
                    stance_s=0.7,
                    units="kPa",
                    geometry=geometry,
                )
            )
    return Cohort(tuple(samples), GRID, {"kind": "simulated"})
