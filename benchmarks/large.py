"""``python -m benchmarks.large [ROWS COLUMNS N]``: a large table of a user's own, beside plain scripts.

A Parquet file of numbers and a target of two classes from a logistic model, by default 200,000 x 20, of
which 100,000 rows train. `compare` runs on it, one engine at a time, and then plain scripts fit as many rows,
each in a process of its own that reads the file itself. Printed are the seconds by phase and their ratio to
the plain script, the peak memory of every process, and what the run took beyond the engines' transfer, fit
and predict, which is held against 25 %. The start of the engines is left out on both sides. Seconds depend
on the machine and its load, ratios much less.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import psutil
import pyarrow as pa
import pyarrow.parquet as pq

MODELS = ("sklearn.logistic", "r.glm", "h2o.glm")
SIZE = (200_000, 20, 100_000)
PHASES = ("transfer", "fit", "predict", "verify")


def main() -> None:
    words = sys.argv[1:]
    if words[:1] == ["--compare"]:
        return _compare(words[1], int(words[2]), words[3])
    if words[:1] == ["--plain"]:
        return _plain(words[1], words[2], int(words[3]))
    rows, columns, n = map(int, words) if words else SIZE
    print(f"{rows:,} x {columns} from Parquet, {n:,} rows train")
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; one engine at a time")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "table.parquet"
        _write(file, rows, columns)
        run = _run("--compare", str(file), str(n), f"{folder}/store.sqlite")
        table = 8 * rows * columns
        inside = 0.0
        for cell in run["cells"]:
            phases = {p: cell[f"seconds_{p}"] or 0.0 for p in PHASES}
            own = sum(phases.values()) - phases["verify"]
            inside += own
            spelled = ", ".join(f"{name} {seconds:.1f}" for name, seconds in phases.items())
            print(f"    {cell['contestant']:17s} {spelled} s; same bytes: {cell['fingerprint_ok']}")
        beyond = run["seconds"] - inside
        print(f"    wall time {run['seconds']:.1f} s, the engines' transfer, fit and predict {inside:.1f} s")
        print(f"    beyond these {beyond:.1f} s, {beyond / inside:.0%} (negative: they overlapped)")
        print(f"    of that, reading the table {run['read']:.1f} s")
        print(f"    peak memory, table {table / 2**20:,.0f} MiB: "
              + ", ".join(f"{name} {size / 2**20:,.0f}" for name, size in run["peaks"].items()),
              flush=True)  # fmt: skip
        for cell in run["cells"]:
            own = sum(cell[f"seconds_{p}"] or 0.0 for p in PHASES if p != "verify")
            plain = _run("--plain", cell["contestant"], str(file), str(n))
            print(
                f"    {cell['contestant']:17s} plain script {plain['seconds']:.1f} s, "
                f"ratio {plain['seconds'] / own:.2f}; {plain['peak'] / 2**20:,.0f} MiB",
                flush=True,
            )


def _write(file: Path, rows: int, columns: int) -> None:
    rng = np.random.default_rng(1)
    weights = rng.normal(0, 1 / np.sqrt(columns), columns)
    score = np.full(rows, 0.3)
    table: dict[str, Any] = {}
    for j, weight in enumerate(weights):
        values = rng.normal(size=rows)
        score += weight * values
        table[f"x{j}"] = pa.array(values)
    table["sick"] = pa.array((score + rng.logistic(size=rows) > 0).astype(np.int64))
    pq.write_table(pa.table(table), file)


def _run(*words: str) -> Any:
    done = subprocess.run(
        [sys.executable, "-P", "-m", "benchmarks.large", *words], stdout=subprocess.PIPE, check=True
    )
    return json.loads(done.stdout.splitlines()[-1])


def _compare(file: str, n: int, store: str) -> None:
    """Print the cells of a run whose engines are started before, its seconds and peaks."""
    import crossframe
    from crossframe.data import load
    from crossframe.frameworks.pool import Pool

    with Pool() as pool:
        # Also imports what the next call needs.
        tiny = Path(store).with_name("tiny.csv")
        pd.DataFrame({"x": np.arange(40.0), "y": np.arange(40) * 7 % 3 > 0}).to_csv(tiny, index=False)
        crossframe.compare(20, draws=1, data=tiny, target="y", contestants=MODELS, store=store, pool=pool)
        begin = time.perf_counter()
        result = crossframe.compare(
            n, draws=1, data=file, target="sick", contestants=MODELS, jobs=1, store=store, pool=pool,
            time_limit=7200,
        )  # fmt: skip
        seconds = time.perf_counter() - begin
        peaks = dict(pool.peak_memory)
    begin = time.perf_counter()
    load(file, target="sick")
    read = time.perf_counter() - begin
    cells = json.loads(result.cells.to_json(orient="records"))
    print(json.dumps({"cells": cells, "seconds": seconds, "read": read, "peaks": peaks}))


def _plain(name: str, file: str, n: int) -> None:
    """Print the seconds of a plain script, its framework started and the file read, and its peak memory."""
    from benchmarks import plain_h2o, plain_r, plain_sklearn
    from crossframe.frameworks import memory

    scripts: dict[str, Callable[..., float]] = {
        "sklearn.logistic": plain_sklearn.fit_logistic,
        "r.glm": plain_r.fit_glm,
        "h2o.glm": plain_h2o.fit_glm,
    }
    frame = pd.read_parquet(file)
    X, y = frame.drop(columns="sick").to_numpy(), frame["sick"].to_numpy()
    test = slice(len(X) - len(X) // 5, len(X))
    if name == "h2o.glm":
        # As much as a server of crossframe has.
        plain_h2o.start(memory=f"{psutil.virtual_memory().total // 4 // 2**20}m")
    scripts[name](X[:50], y[:50], X[:50], y[:50])
    begin = time.perf_counter()
    scripts[name](X[:n], y[:n], X[test], y[test])
    seconds = time.perf_counter() - begin
    peak = memory.peak()
    if name == "h2o.glm":
        plain_h2o.stop()
    print(json.dumps({"seconds": seconds, "peak": peak}))


if __name__ == "__main__":
    main()
