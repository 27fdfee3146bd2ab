"""Where a line may end, so that no word is broken and no number is torn from its interval or unit."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rich.cells import cell_len
from rich.text import Text

WORD = 26
"""Cells up to which a word without a space, such as the name of a setting, is kept on one line."""

_KEPT = re.compile(
    r"\[[^\[\]]{1,26}\]"  # an interval
    r"|\d [%s](?![a-z])"  # a number and its unit
    r"|\b[a-zA-Z] [=<>≥≤] \S+"  # n = 10
)
"""What stays on one line although it has spaces."""

_JOINT = re.compile(
    r"(?<=[,;|&?/\\])(?=[^\s,;|&?/\\])|(?<=[=:])(?=[A-Za-z(\[])|(?<=[A-Za-z0-9][._-])(?=[A-Za-z])"
)
"""Where a long word may be continued on the next line: between the parts of a name, an option or a path."""


def joints(word: str, most: int = WORD) -> list[str]:
    """A word of more than ``most`` cells in the pieces between which a line may end; a shorter one whole."""
    return _JOINT.split(word) if cell_len(word) > most else [word]


def least(text: str, most: int = WORD) -> int:
    """Cells of the widest piece of ``text`` that is to stay on one line; `WORD` at most.

    A word of up to ``most`` cells is one piece, a longer one as many as it has `joints`.
    """
    pieces = (piece for start, end in _words(text) for piece in joints(text[start:end], most))
    return min(max(map(cell_len, pieces), default=0), WORD)


def lines(text: str, width: int) -> list[tuple[int, int]]:
    """(start, end) of the lines of ``text``, each at most ``width`` cells.

    Lines end at spaces; a word that is longer than a line ends at a joint, and only what has neither is cut.
    """
    out: list[tuple[int, int]] = []
    start = 0
    for paragraph in text.split("\n"):
        out += _lines(text, start, start + len(paragraph), width)
        start += len(paragraph) + 1
    return out


def wrapped(text: Text, width: int) -> Text:
    """The styled text with its lines ended as by `lines`."""
    whole = text.plain
    return Text("\n").join([text[start:end] for start, end in lines(whole, max(width, 1))])


def _lines(text: str, start: int, end: int, width: int) -> Iterator[tuple[int, int]]:
    begin = stop = start
    for first, last in _words(text, start, end):
        for piece_start, piece_end in _pieces(text, first, last, width):
            if stop > begin and cell_len(text[begin:piece_end]) > width:
                yield begin, stop
                begin = piece_start
            stop = piece_end
    yield begin, stop


def _pieces(text: str, start: int, end: int, width: int) -> Iterator[tuple[int, int]]:
    """A word whole, at its joints, or cut, whichever comes first to fit ``width``."""
    if cell_len(text[start:end]) <= width:
        yield start, end
        return
    for word in text[start:end].split(" "):
        for piece in _JOINT.split(word):
            while cell_len(piece) > width:
                cut = next(k for k in range(len(piece), 0, -1) if cell_len(piece[:k]) <= width or k == 1)
                yield start, start + cut
                start, piece = start + cut, piece[cut:]
            yield start, start + len(piece)
            start += len(piece)
        start += 1


def _words(text: str, start: int = 0, end: int | None = None) -> Iterator[tuple[int, int]]:
    """(start, end) of the runs between which a line may end."""
    kept = _KEPT.sub(lambda match: match[0].replace(" ", "\0"), text[start:end])
    for run in re.finditer(r"[^ ]+", kept):
        yield start + run.start(), start + run.end()


def shares(longest: Sequence[int], least: Sequence[int], room: int) -> list[int]:
    """Cells by column: at least ``least``, and what is left goes evenly to those that want more."""
    given = list(least)
    left = room - sum(given)
    while left > 0 and (wanting := [k for k, n in enumerate(longest) if given[k] < n]):
        for k in wanting[:left]:
            given[k] += 1
            left -= 1
    return given
