"""``crossframe demo``: two scripts that crossframe brings, and why they differ."""

from __future__ import annotations

import argparse
import sys
import textwrap
from pathlib import Path
from typing import Any

import crossframe
from crossframe.core.errors import ExitCode

_WIDTH = 80
_INTRODUCTION = (
    "Two scripts fit a logistic regression to the same 23 rows, and predict different probabilities. "
    "crossframe runs both, compares what they fitted, and switches the settings that differ."
)


def add(commands: Any) -> None:
    """Add the parser of ``crossframe demo`` to the subparsers."""
    p = commands.add_parser("demo", help="explain two small scripts; needs scikit-learn alone, takes seconds")
    p.set_defaults(run=_run)


def _run(a: argparse.Namespace) -> ExitCode:
    from crossframe.explain.scripts.record import Started

    folder = Path(crossframe.__file__).parent / "demo"
    left, right = str(folder / "left.py"), str(folder / "right.py")
    print(f"{_filled(_INTRODUCTION)}\n\n  {left}\n  {right}\n", flush=True)
    with Started(Path(left)) as started:
        # These take as long as the script, and are imported beside it.
        from crossframe.explain.fitted.answer import answer
        from crossframe.explain.fitted.api import explain_texts
        from crossframe.explain.fitted.brought import Runner

        why = explain_texts(
            left, right, Runner(None, None, _pass_on, started), changes=1, on_progress=_progress
        )
    print("\n".join(map(_filled, answer(why))))
    change = next((recipe.diff for recipe in why.recipes if recipe.diff), "")
    print(f"\nThe change, as a diff:\n\n{textwrap.indent(change, '  ')}" if change else "")
    print(
        "Next: all the evidence, two scripts of your own, and what is installed here\n\n"
        f"  crossframe explain {left} {right}\n"
        "  crossframe explain mine.py other.R --data mine.csv\n"
        "  crossframe doctor"
    )
    return why.verdict.exit_code


def _filled(text: str) -> str:
    return textwrap.fill(text, _WIDTH, break_long_words=False, break_on_hyphens=False)


def _pass_on(text: str) -> None:
    print(text, end="", file=sys.stderr, flush=True)


def _progress(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
