"""``python -m benchmarks.explain``: how long an explanation takes, and what memory.

A pair of logistic regressions on random rows, 400 x 5 and 10,000 x 50, with an empty store. The time
beyond engine start is what is held against 5 and 30 seconds.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from scipy.special import expit

SIZES = ((400, 5, 5.0), (10_000, 50, 30.0))
"""Rows, columns, and the seconds beyond engine start that an explanation may take."""
PAIRS = (("sklearn.logistic", "r.glm"), ("sklearn.logistic:solver=liblinear", "sklearn.logistic"))


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for rows, columns, limit in SIZES:
            _table(folder / "table.csv", rows, columns)
            for k, pair in enumerate(PAIRS):
                _measure(folder, pair, rows, columns, limit, f"{rows}-{k}")


def _table(file: Path, rows: int, columns: int) -> None:
    rng = np.random.default_rng(1)
    X = rng.standard_normal((rows, columns))
    y = rng.random(rows) < expit(X @ rng.normal(0, 1 / np.sqrt(columns), columns) + 0.3)
    head = ",".join([*(f"x{j}" for j in range(columns)), "y"])
    np.savetxt(file, np.column_stack([X, y]), "%.17g", ",", header=head, comments="")


def _measure(folder: Path, pair: tuple[str, str], rows: int, columns: int, limit: float, store: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "crossframe", "explain", *pair, "--data", str(folder / "table.csv"),
         "--target", "y", "--json", "--store", str(folder / f"{store}.sqlite")],
        stdout=subprocess.PIPE, check=False,
    )  # fmt: skip
    told = json.loads(done.stdout)
    seconds, memory = told["time"], told["memory"]
    beyond = seconds["total"] - seconds["engine_start"]
    print(
        f"{rows:6d} x {columns:2d}  {' | '.join(pair):52s} {told['verdict']:14s} {beyond:6.1f} s beyond "
        f"engine start of {seconds['engine_start']:.1f} s (at most {limit:g}), fits "
        f"{seconds['fits'] - seconds['engine_start']:.1f} s, {sum(memory.values()) / 2**20:.0f} MiB",
        flush=True,
    )


if __name__ == "__main__":
    main()
