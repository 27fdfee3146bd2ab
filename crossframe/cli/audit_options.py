"""Which options of ``crossframe audit`` belong to which of its questions."""

from __future__ import annotations

import argparse

from crossframe.core.errors import UsageError

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
    "json": ("plain", "pair", "setting", "check", "conflicts", "learning_rates", "suspicions", "against"),
    "markdown": ("plain", "pair", "setting", "check", "conflicts", "learning_rates", "suspicions", "against"),
    "csv": ("plain", "pair", "setting", "check", "conflicts", "learning_rates", "suspicions", "against"),
}
"""Option -> the questions that use it; `refuse_useless` rejects it with any other."""


def refuse_useless(a: argparse.Namespace, mode: str) -> None:
    """Raise `UsageError` for options that the question has no use for; all of them at once."""
    words = {"plain": "the plain audit", "pair": "two models"}

    def named(one: str) -> str:
        return words.get(one) or "--" + one.replace("_", "-")

    errors = []
    for option, modes in _BELONGS.items():
        given = getattr(a, option)
        if option == "store" and (a.shard or a.json_lines or a.cluster):
            continue  # it is that of these options, which are judged themselves
        if mode not in modes and given is not None and given is not False and given != []:
            name = "MODEL" if option == "models" else f"--{option.replace('_', '-')}"
            fits = ", ".join(map(named, modes))
            errors.append(UsageError(f"{name} has no use with {named(mode)}", f"it belongs to {fits}"))
    if errors:
        raise UsageError.many(errors)
