"""Sensors by QR factorisation with column pivoting: the strong cheap rival.

Manohar, Brunton, Kutz and Brunton 2018, IEEE Control Systems 38(3) 63-86; the default of
PySensors: as many modes as sensors, no centring.
"""

import numpy as np
from scipy.linalg import qr

from placement.sites import candidate_sites
from placement.split import Split
from recon import Layout, Sensor
from recon.layout import reading_matrix


def qr_layout(split: Split, sensors: int, sensor: Sensor) -> Layout:
    """Pivot on the leading modes of what candidate sites read from the people searched on."""
    people = split.people
    sites = candidate_sites(split.pixels, people.grid)
    matrix = reading_matrix([(u, v) for u, v in sites], sensor, people.grid)
    frames = people.pressure.reshape(-1, matrix.shape[1])
    read = frames @ matrix.T
    _, vectors = np.linalg.eigh(read.T @ read)  # modes by ascending energy
    pivots = qr(vectors[:, -sensors:].T, pivoting=True, mode="r")[1]
    return Layout(tuple((u, v) for u, v in sites[pivots[:sensors]]), sensor)
