"""Fill the generated parts of README.md: every number there is printed by a command, never typed.

A part stands between ``<!-- begin NAME -->`` and ``<!-- end NAME -->``. Needs the run ``leek-2017`` in
the store (``make reports``) and, for the speed table, the output of ``make bench``.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def _shown(command: list[str]) -> str:
    """What a command prints on a terminal of 120 columns."""
    wide = os.environ | {"COLUMNS": "120"}
    return subprocess.run(command, capture_output=True, text=True, check=True, env=wide).stdout


def excerpt() -> str:
    """The first block of ``crossframe report leek-2017``, n = 10."""
    command = [sys.executable, "-m", "crossframe", "report", "leek-2017", "--no-report"]
    shown = _shown(command)
    block = re.split(r"^n = \d+ ", shown, flags=re.MULTILINE)[1]
    lines = [line.rstrip() for line in ("n = 10 " + block).splitlines()]
    return "```text\n" + "\n".join(lines).strip() + "\n```"


def summary() -> str:
    """What ``crossframe report leek-2017`` says in short."""
    command = [sys.executable, "-m", "crossframe", "report", "leek-2017", "--no-report"]
    shown = _shown(command)
    words = " ".join(shown.partition("in short")[2].split())
    return "> " + words


def bench() -> str:
    """What ``make bench`` printed last."""
    return "```text\n" + (ROOT / "benchmarks/RESULTS.txt").read_text().strip() + "\n```"


def rate() -> str:
    """The experiments on ``rate`` of h2o.deeplearning."""
    shown = _shown([sys.executable, "-m", "crossframe", "audit", "h2o.mlp", "--setting", "rate", "--quiet"])
    rule = shown.partition("The rule, by experiment\n")[2].partition("The same setting in other")[0]
    lines = [line.rstrip() for line in rule.splitlines()]
    return "```text\n" + "\n".join(lines).strip() + "\n```"


def coverage() -> str:
    """The table of models of ``crossframe audit``."""
    shown = _shown([sys.executable, "-m", "crossframe", "audit", "--quiet"])
    table = shown.partition("parameters by model")[2].split("\n\n")[0]
    lines = [line.rstrip() for line in table.splitlines()[1:]]
    kept = [line for k, line in enumerate(lines) if all(lines[: k + 1])]
    return "```text\n" + "\n".join(kept).strip() + "\n```"


def selftest() -> str:
    """The tables of the reports that ``make reports`` wrote of ``crossframe explain --self-test``."""
    rows = []
    for family in ("linear", "networks"):
        lines = (ROOT / f"reports/explain/self-test/{family}/README.md").read_text().splitlines()
        first = next(k for k, line in enumerate(lines) if line.startswith("|"))
        table = [line for line in lines[first:] if line.startswith("|") or not line]
        table = table[: table.index("")] if "" in table else table
        rows += [f"| {family} {line}" for line in table[2:]]
        head = [f"| family {table[0]}", f"|---{table[1]}"]
    return "\n".join(head + rows)


PARTS = {
    "excerpt": excerpt,
    "summary": summary,
    "bench": bench,
    "rate": rate,
    "coverage": coverage,
    "selftest": selftest,
}
"""Name of a part -> what makes it."""


def main() -> None:
    readme = ROOT / "README.md"
    text = readme.read_text()
    for name, make in PARTS.items():
        pattern = rf"(<!-- begin {name} -->\n).*?(<!-- end {name} -->)"
        made = make() + "\n"
        text, found = re.subn(pattern, lambda m, made=made: m[1] + made + m[2], text, flags=re.DOTALL)
        if not found:
            raise SystemExit(f"README.md has no part {name}")
    readme.write_text(text)


if __name__ == "__main__":
    main()
