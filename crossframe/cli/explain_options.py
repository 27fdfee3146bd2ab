"""Which options of ``crossframe explain`` belong to which of its questions."""

from __future__ import annotations

import argparse

from crossframe.cli import belonging

_WORDS = {
    "pair": "two models",
    "file": "two models on --data",
    "gaps": "the gaps of a compare run",
    "run": "two contestants of a compare run",
    "script": "a script, which has its own rows",
    "list": "--list of scripts",
    "table": "a table of coefficients",
}
"""What the questions are called where that is not ``--NAME``."""

_BY_NAME = ("pair", "file")
_MODELS = (*_BY_NAME, "gaps", "run")
_BELONGS = {
    "data": ("file", "script", "list", "table"),
    "target": (*_BY_NAME, "table"),
    "positive": (*_BY_NAME, "table"),
    **dict.fromkeys(
        ("classes", "features", "drop", "formula", "weights", "offset", "exposure", "missing"), _BY_NAME
    ),
    **dict.fromkeys(("dataset", "data_dir"), ("pair",)),
    **dict.fromkeys(("draw", "draws", "seeds", "design", "metric", "budget"), _BY_NAME),
    "n": (*_BY_NAME, "run"),
    "threads": (*_BY_NAME, "script"),
    "compared": ("gaps", "run"),
    "top": ("gaps",),
    "fail_over": (*_MODELS, "script"),
    "listed": ("list",),
    "time_limit": ("script", "list", "table"),
    **dict.fromkeys(("family", "cases", "seed", "by"), ("self_test",)),
    "store": (*_MODELS, "script", "table"),
    "report": (*_MODELS, "script", "table", "self_test"),
    **dict.fromkeys(("shard", "json_lines"), _MODELS),
}
"""Option -> the questions that use it; those of a user's file are refused without one by `explain` itself."""


def refuse_useless(a: argparse.Namespace, mode: str) -> None:
    """Raise `UsageError` for options that the question has no use for; all of them at once."""
    belonging.refuse_useless(a, mode, _BELONGS, _WORDS, {"compared": "--run", "listed": "--list"})
