"""Jobs that do next to nothing: what the tests of the laboratory put into it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray


def normal(*, count: int, seed: int) -> tuple[Mapping[str, Any], Mapping[str, NDArray[Any]]]:
    """Standard normal numbers, and the process that drew them."""
    values = np.random.default_rng(seed).normal(size=count)
    return {"mean": float(values.mean()), "process": os.getpid()}, {"values": values}


def broken(*, how: str) -> tuple[Mapping[str, Any], Mapping[str, NDArray[Any]]]:
    """An error (``raise``), or the end of the process (``die``)."""
    if how == "die":
        os._exit(9)
    raise ValueError("a job that fails")
