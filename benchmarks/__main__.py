"""``make bench``: crossframe against plain framework calls, measured in one run, printed as ratios.

(a) The whole Leek grid (15 sizes, 5 draws, every contestant of the preset leek-2017) by crossframe,
    and the same fits by plain scripts. The plain side is timed at two sizes and is linear in between
    and beyond: steps, and with them time, are proportional to n; what it costs in all is so computed.
(b) crossframe's share of a run's wall time that is not spent in the engines' fit and predict.
(c) Start-up: ``crossframe --help``.
(d) The same command again, everything stored.
(e) How well the run fills the cores, with one process a framework and with as many as crossframe starts.

Times depend on the machine, ratios much less: quote ratios.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from benchmarks import plain_h2o, plain_keras, plain_r, plain_sklearn, side_by_side
from crossframe.data import DESIGNS, load
from crossframe.experiment.plan import Experiment, Requests
from crossframe.experiment.presets import PRESETS
from crossframe.experiment.spec import parse_many

PLAIN: dict[str, Callable[..., float]] = {
    "lm": plain_r.fit_lm,
    "glm": plain_r.fit_glm,
    "liblinear": plain_sklearn.fit_liblinear,
    "lbfgs": plain_sklearn.fit_lbfgs,
    "h2o": plain_h2o.fit_glm,
    "sklearn.logistic": plain_sklearn.fit_logistic,
    "r.glm": plain_r.fit_glm,
    "h2o.glm": plain_h2o.fit_glm,
    "keras.logistic": plain_keras.fit_logistic,
    "leek.h2o.mlp": plain_h2o.fit_deep,
    "keras.mlp": plain_keras.fit_mlp,
    "leek.keras.mlp": plain_keras.fit_mlp_leek,
    "rkeras.mlp": plain_keras.fit_redux,
    "beam.sklearn.mlp": plain_sklearn.fit_mlp,
    "pixel.best": plain_sklearn.fit_liblinear,
}
TIMED_AT = (10, 40)


@dataclass
class Ran:
    """One run of the command."""

    seconds: float
    peak_memory: int
    result: dict[str, Any]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__.split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="3 sizes, 2 draws: a look, not a measurement")
    options = parser.parse_args()
    sizes, draws = ("10:80:35", 2) if options.quick else ("10:80:5", 5)
    words = ["compare", "--preset", "leek-2017", "--dataset", "auto", "--n", sizes, "--draws", str(draws)]
    with tempfile.TemporaryDirectory() as folder:
        store = ["--store", f"{folder}/store.sqlite", "--report", f"{folder}/report"]
        print("crossframe, engines side by side ...", file=sys.stderr)
        together = _crossframe(*words, *store)
        again = _crossframe(*words, *store)
        print("crossframe, one engine at a time ...", file=sys.stderr)
        alone = _crossframe(*words, "--jobs", "1", "--store", f"{folder}/alone.sqlite", "--no-report")
        helps = min(_time_help() for _ in range(5))
    print("plain scripts ...", file=sys.stderr)
    plain = _plain_seconds(together.result)
    _print_ratios(together, alone, plain)
    cells = alone.result["cells"]
    inside = sum((c["seconds_fit"] or 0) + (c["seconds_predict"] or 0) for c in cells)
    print(f"(b) wall time outside the engines' fit and predict, one engine at a time: "
          f"{1 - inside / alone.seconds:.1%} of {alone.seconds:.0f} s")  # fmt: skip
    print(f"(c) crossframe --help: {helps:.2f} s")
    print(f"(d) the same command again, {len(cells)} cells stored, with its report: {again.seconds:.1f} s")
    side_by_side.measure(*words[1:])
    print(f"peak memory of all processes together: {together.peak_memory / 2**30:.2f} GiB")


def _crossframe(*words: str) -> Ran:
    begin = time.perf_counter()
    process = psutil.Popen(
        [sys.executable, "-m", "crossframe", *words, "--quiet", "--json"], stdout=subprocess.PIPE
    )
    peak = [0]
    watch = threading.Thread(target=_watch, args=(process, peak), daemon=True)
    watch.start()
    out, _ = process.communicate()
    seconds = time.perf_counter() - begin
    watch.join()
    if process.returncode:
        raise SystemExit(f"crossframe {' '.join(words)} ended with {process.returncode}")
    return Ran(seconds, peak[0], json.loads(out))


def _watch(process: Any, peak: list[int]) -> None:
    while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
        total = 0
        for member in (process, *process.children(recursive=True)):
            try:
                # Proportional: pages that processes share are counted once.
                total += member.memory_full_info().pss
            except psutil.Error:
                continue
        peak[0] = max(peak[0], total)
        time.sleep(0.5)


def _time_help() -> float:
    command = Path(sys.executable).with_name("crossframe")
    begin = time.perf_counter()
    subprocess.run([command, "--help"], stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - begin


def _plain(name: str) -> Callable[..., float] | None:
    base = name.partition(":")[0]
    return PLAIN.get(base) or PLAIN.get(base.rpartition(".")[2])


def _plain_seconds(result: dict[str, Any]) -> dict[str, dict[int, float]]:
    """Seconds per fit of each contestant's plain script at `TIMED_AT`, a warm-up fit before."""
    preset = PRESETS["leek-2017"]
    experiment = Experiment(
        load("auto"), DESIGNS[preset.design], TIMED_AT, 1, preset.seed, tuple(parse_many(preset.contestants))
    )
    requests = Requests(experiment)
    plain_h2o.start()
    warm: set[object] = set()
    found: dict[str, dict[int, float]] = {}
    for cell in experiment.cells():
        script, request = _plain(cell.contestant.name), requests.request(cell)
        if script is None or request is None:
            continue
        y_eval = experiment.dataset.y[experiment.draw(cell.n, cell.draw).evaluate]
        arguments = (request.X_train, request.y_train, request.X_eval, y_eval)
        if script not in warm and script is not plain_keras.fit_redux:
            warm.add(script)
            script(*arguments)
        begin = time.perf_counter()
        script(*arguments)
        found.setdefault(cell.contestant.name, {})[cell.n] = time.perf_counter() - begin
    plain_h2o.stop()
    return found


def _print_ratios(together: Ran, alone: Ran, plain: dict[str, dict[int, float]]) -> None:
    print("(a) seconds per fit, plain script against crossframe (transfer, fit, predict and check),")
    print("    both one fit at a time")
    total = 0.0
    for name, seconds in plain.items():
        mine = [c for c in alone.result["cells"] if c["contestant"] == name and c["seconds_engine"]]
        sizes = np.array([c["n"] for c in mine], dtype=float)
        slope, base = np.polyfit(list(seconds), list(seconds.values()), 1)
        expected = np.maximum(base + slope * sizes, min(seconds.values()))
        engine = np.array([c["seconds_engine"] for c in mine])
        total += float(expected.sum())
        ratio = expected.mean() / engine.mean()
        print(f"    {name:36s} {expected.mean():9.3f} s {engine.mean():8.3f} s   ratio {ratio:7.1f}")
    timed = " and ".join(map(str, TIMED_AT))
    print(
        f"    whole grid, {len(alone.result['cells'])} fits: plain {total:.0f} s (from fits at n = {timed}),"
    )
    print(
        f"    crossframe {together.seconds:.0f} s wall, engines side by side: "
        f"ratio {total / together.seconds:.1f}"
    )


if __name__ == "__main__":
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    main()
