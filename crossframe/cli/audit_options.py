"""Which options of ``crossframe audit`` belong to which of its questions."""

from __future__ import annotations

import argparse

from crossframe.cli import belonging

MODES = ("setting", "check", "conflicts", "learning_rates", "suspicions", "against", "history")
"""The questions that an option asks; without one it is the plain audit, or that of two models."""

_BELONGS = {
    "save": ("plain",),
    "ignore": ("against",),
    "accepted": ("against",),
    "accept": ("against",),
    "all": ("plain", "setting"),
    "n": ("plain", "pair", "setting", "conflicts", "against"),
    "three_classes": ("plain", "pair", "setting", "check", "conflicts"),
    "models": ("plain", "pair", "setting", "check", "conflicts", "against"),
    "dataset": ("suspicions",),
    "draws": ("suspicions",),
    "store": ("plain", "pair", "setting", "check", "conflicts", "learning_rates", "suspicions", "against"),
    "h2o_url": ("plain", "pair", "setting", "check", "conflicts"),
    "shard": ("plain", "pair", "setting", "check", "conflicts", "learning_rates", "suspicions"),
    "json_lines": ("plain", "pair", "setting", "check", "conflicts", "learning_rates", "suspicions"),
    "cluster": ("plain", "pair", "setting", "check", "conflicts", "learning_rates", "suspicions"),
    "force": ("plain", "setting", "check", "conflicts", "learning_rates", "against"),
    "json": ("plain", "pair", "setting", "check", "conflicts", "learning_rates", "suspicions", "against"),
    "markdown": ("plain", "pair", "setting", "check", "conflicts", "learning_rates", "suspicions", "against"),
    "csv": ("plain", "pair", "setting", "check", "conflicts", "learning_rates", "suspicions", "against"),
}
"""Option -> the questions that use it."""


def refuse_useless(a: argparse.Namespace, mode: str) -> None:
    """Raise `UsageError` for options that the question has no use for; all of them at once."""
    words = {"plain": "the plain audit", "pair": "two models"}
    belonging.refuse_useless(a, mode, _BELONGS, words, {"models": "MODEL"})
