"""Small tables of a user, good and bad."""

from __future__ import annotations

import numpy as np
import pandas as pd


def table(rows: int = 60, **columns) -> pd.DataFrame:
    """Two features, x and z, and y of the classes no and yes; ``columns`` are added or replace others."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=rows)
    data = {"x": x, "z": rng.normal(size=rows), "y": np.where(x + rng.normal(size=rows) > 0, "yes", "no")}
    return pd.DataFrame(data | columns)


BAD = {
    "one class": (lambda: table(y="yes"), ["'y'", "yes"]),
    "three classes": (lambda: table(y=np.resize(["a", "b", "c"], 60)), ["3 classes", "r.multinom"]),
    "infinity": (lambda: table(w=np.r_[np.inf, np.zeros(59)]), ["'w'", "row 2"]),
    "hole": (lambda: table(w=np.r_[np.nan, np.zeros(59)]), ["w", "--missing"]),
    "levels": (lambda: table(10_000, name=[f"person {i}" for i in range(10_000)]), ["'name'", "10,000"]),
}
"""Tables that cannot be used: how to make one, and what the message has to name."""
