"""Options of a command that answers several questions: those that a question has no use for are refused."""

from __future__ import annotations

import argparse
from collections.abc import Mapping

from crossframe.core.errors import UsageError


def refuse_useless(
    a: argparse.Namespace,
    mode: str,
    belongs: Mapping[str, tuple[str, ...]],
    words: Mapping[str, str],
    spelled: Mapping[str, str],
) -> None:
    """Raise `UsageError` for options that the question has no use for; all of them at once.

    ``belongs`` is option -> the questions that use it, ``words`` and ``spelled`` are what a question and an
    option are called where that is not ``--NAME``.
    """

    def option_of(name: str) -> str:
        return "--" + name.replace("_", "-")

    errors = []
    for option, modes in belongs.items():
        given = getattr(a, option)
        if option == "store" and (a.shard or a.json_lines or a.cluster):
            continue  # it is that of these options, which are judged themselves
        if mode not in modes and given is not None and given is not False and given != []:
            name = spelled.get(option) or option_of(option)
            fits = ", ".join(words.get(one) or option_of(one) for one in modes)
            question = words.get(mode) or option_of(mode)
            errors.append(UsageError(f"{name} has no use with {question}", f"it belongs to {fits}"))
    if errors:
        raise UsageError.many(errors)
