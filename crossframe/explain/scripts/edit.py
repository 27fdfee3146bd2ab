"""The smallest change of a user's own script that passes other arguments to one of its calls."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence

from crossframe.core.errors import UsageError
from crossframe.core.types import Value
from crossframe.explain.scripts import edit_keras, edit_python, edit_r, edit_statsmodels
from crossframe.explain.scripts.calls import Call, calls


def edited(
    script: str,
    language: str,
    call: str,
    line: int,
    construct_line: int,
    arguments: Mapping[str, Value | None],
) -> str:
    """The script with other arguments in one call, and every other character as it was.

    Parameters
    ----------
    script
        Its text, with the line ends that it has.
    language
        ``python`` or ``r``.
    call, line, construct_line
        As in `crossframe.frameworks.fitted.FittedModel`. Of Keras a name of the model: ``Sequential``,
        ``fit``, ``model.fit``.
    arguments
        In the framework's own spelling, as `crossframe.explain.directions.Recipe` has them; None: the
        framework's default, so that the argument is removed. What the call passes already stays as it is.

    Raises
    ------
    UsageError
        Where it is not certain what to change in the text; the remedy says what to change by hand.
    """
    name = call.rpartition(".")[2] if language == "python" else call
    if language == "python" and name in edit_keras.CALLS:
        return edit_keras.edited(script, line, arguments)
    if language == "python" and name in edit_statsmodels.CALLS:
        return edit_statsmodels.edited(script, line, arguments)
    written, listed, change = (
        (edit_python.written, edit_python.listed, edit_python.edited)
        if language == "python"
        else (edit_r.written, edit_r.listed, edit_r.edited)
    )
    values = written(name, arguments)
    by_hand = f"pass {listed(values)} to {name} by hand"
    at = _chosen(calls(script, language, name), name, language, (construct_line, line), by_hand)
    return change(script, name, at, values)


def diff(before: str, after: str, name: str) -> str:
    """A unified diff of two versions of the file ``name``: the changed lines alone; empty: they are equal."""
    # Not splitlines(), which ends a line at a form feed as well.
    old, new = ([each.rstrip("\r") for each in text.split("\n")] for text in (before, after))
    return "".join(f"{each}\n" for each in difflib.unified_diff(old, new, name, name, lineterm="", n=0))


def _chosen(matches: Sequence[Call], name: str, language: str, lines: Sequence[int], by_hand: str) -> int:
    """The position of the call on one of the lines, or of the only one."""
    if not matches:
        raise UsageError(f"the script has no call {name}(...) of its own", by_hand)
    for line in filter(None, lines):
        here = [i for i, call in enumerate(matches) if call.line == line]
        around = [i for i, call in enumerate(matches) if call.line <= line <= call.last_line]
        # R gives the line where the statement begins.
        below = [i for i, call in enumerate(matches) if call.line > line][:1] if language == "r" else []
        if len(here) > 1 or (not here and len(around) > 1):
            raise UsageError(f"line {line} has several calls of {name}", by_hand)
        if near := here or around or (below if len(matches) > 1 else []):
            return near[0]
    if len(matches) == 1:
        return 0
    places = ", ".join(str(call.line) for call in matches)
    raise UsageError(f"it is not known which call of {name} makes the fit (lines {places})", by_hand)
