"""``python -m benchmarks.side_by_side``: how well a run fills the cores, on a part of the Leek grid.

Three runs of the same cells: one cell at a time, side by side with one process of each framework, and side by
side with as many as crossframe starts. What the engines take themselves, one cell at a time, divided by the
cores, is what a run would take that starts nothing, does nothing else, and whose engines use one core each.
H2O computes with all cores, so the processor time divided by the cores is printed too: no run is shorter.
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
from typing import Any

import psutil

_RUN = """
import sys
from crossframe.cli.main import main
from crossframe.experiment import workload
if sys.argv[1] == "one":
    workload._STARTS_SAVED = float("inf")
sys.exit(main(sys.argv[2:]))
"""


def measure(*words: str) -> None:
    """Print the ratios for ``crossframe compare`` with these arguments."""
    cores = os.cpu_count() or 1
    alone, _, cells = _timed("many", *words, "--jobs", "1")
    own = sum(cell["seconds_engine"] or 0.0 for cell in cells)
    print(f"(e) {len(cells)} cells, one at a time: {alone:.0f} s, in the engines {own:.0f} s; "
          f"divided by {cores} cores {own / cores:.0f} s")  # fmt: skip
    for processes, words_for_it in (
        ("one", "one process a framework"),
        ("many", "more where they are worth it"),
    ):
        wall, processor, _ = _timed(processes, *words)
        print(f"    side by side, {words_for_it}: {wall:.0f} s, ratio {wall * cores / own:.2f}")
        print(
            f"        processor time / cores {processor / cores:.0f} s, ratio {wall * cores / processor:.2f}"
        )


def _timed(processes: str, *words: str) -> tuple[float, float, list[dict[str, Any]]]:
    """Wall and processor seconds of a run, and its cells."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-c", _RUN, processes, "compare", *words, "--quiet", "--json",
                   "--no-report", "--store", f"{folder}/store.sqlite"]  # fmt: skip
        begin = time.perf_counter()
        process = psutil.Popen(command, stdout=subprocess.PIPE)
        taken: dict[int, float] = {}
        watch = threading.Thread(target=_watch, args=(process, taken), daemon=True)
        watch.start()
        out, _ = process.communicate()
        wall = time.perf_counter() - begin
        watch.join()
    if process.returncode:
        raise SystemExit(f"crossframe compare {' '.join(words)} ended with {process.returncode}")
    return wall, sum(taken.values()), json.loads(out)["cells"]


def _watch(process: Any, taken: dict[int, float]) -> None:
    """Keep the processor seconds of a process and of all below it up to date, until it ends."""
    while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
        for member in (process, *process.children(recursive=True)):
            try:
                times = member.cpu_times()
            except psutil.Error:
                continue
            taken[member.pid] = times.user + times.system
        time.sleep(0.2)


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.side_by_side", description=__doc__.split("\n")[0]
    )
    parser.add_argument("--n", default="10,20", help="sizes of the Leek grid (default 10,20)")
    parser.add_argument("--draws", default="5")
    options = parser.parse_args()
    measure("--preset", "leek-2017", "--dataset", "auto", "--n", options.n, "--draws", options.draws)


if __name__ == "__main__":
    main()
