"""``python -m benchmarks.explain [ROWS ...]``: how long an explanation takes beyond the fits, and its memory.

Pairs of logistic regressions on random rows, each with an empty store, from CSV and from Parquet, and a pair
of networks on the smallest table. Printed are the seconds that frameworks took to start and to fit, those
beyond them and their ratio, which is held against 1, and the peak memory of crossframe's own process, which
is held against 1 GiB; the networks are held against a minute in all. What is measured and what it is compared
with come from one run: seconds depend on the machine and its load, ratios much less.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.special import expit

SIZES = {400: 5, 10_000: 50, 200_000: 30}
"""Columns by rows."""
PAIR = ("sklearn.logistic", "r.glm")
SOLVERS = ("sklearn.logistic:solver=liblinear", "sklearn.logistic")
NETWORKS = (
    "h2o.mlp:hidden=8,activation=Tanh,epochs=10,seed=1,reproducible=true",
    "keras.mlp:hidden=8,head=sigmoid1,dropout=0,batch_size=32,epochs=10,activation=tanh",
)


def main() -> None:
    asked = [int(word) for word in sys.argv[1:]] or list(SIZES)
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; one thread a framework")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for rows in asked:
            table = _table(rows, SIZES[rows])
            table.to_csv(folder / "table.csv", index=False)
            table.to_parquet(folder / "table.parquet")
            for file, pair in (("table.csv", PAIR), ("table.parquet", PAIR), ("table.csv", SOLVERS)):
                _measure(folder / file, pair, rows)
            if rows == min(SIZES):
                _measure(folder / "table.csv", NETWORKS, rows)


def _table(rows: int, columns: int) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    X = rng.standard_normal((rows, columns))
    y = rng.random(rows) < expit(X @ rng.normal(0, 1 / np.sqrt(columns), columns) + 0.3)
    return pd.DataFrame({**{f"x{j}": X[:, j] for j in range(columns)}, "y": y.astype(int)})


def _measure(file: Path, pair: tuple[str, str], rows: int) -> None:
    store = file.with_name("store.sqlite")
    begin = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "crossframe", "explain", *pair, "--data", str(file),
         "--target", "y", "--json", "--store", str(store)],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False,
    )  # fmt: skip
    wall = time.perf_counter() - begin
    store.unlink()
    explanation = json.loads(done.stdout)
    seconds, memory = explanation["time"], explanation["memory"]
    # Of networks the starts of the engines are measured as a part of the fits.
    start = seconds.get("engine_start", 0.0)
    started = f"engines start {start:.1f} s, " if start else ""
    fits = seconds["fits"] - start
    beyond = seconds["total"] - seconds["fits"]
    print(f"{rows:7,d} x {SIZES[rows]:2d} {file.suffix[1:]:7s} {' | '.join(pair)}: {explanation['verdict']}")
    print(
        f"    {started}fits {fits:.1f} s, beyond them {beyond:.1f} s "
        f"(ratio {beyond / fits:.2f}), {wall:.1f} s in all\n"
        f"    start of Python, reading and writing {wall - seconds['total']:.1f} s; "
        f"{memory['crossframe'] / 2**20:.0f} MiB",
        flush=True,
    )


if __name__ == "__main__":
    main()
