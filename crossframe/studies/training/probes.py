"""Jobs that do next to nothing, for the tests of the laboratory."""

from __future__ import annotations

import os

import numpy as np

from crossframe.studies.training import Outcome


def normal(*, count: int, seed: int) -> Outcome:
    """Standard normal numbers, and the process that drew them."""
    values = np.random.default_rng(seed).normal(size=count)
    return {"mean": float(values.mean()), "process": os.getpid()}, {"values": values}


def broken(*, how: str) -> Outcome:
    """An error (``raise``), or the end of the process (``die``)."""
    if how == "die":
        os._exit(9)
    raise ValueError("a job that fails")
