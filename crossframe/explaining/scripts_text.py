"""What a stand-alone script is written from, and how comments and calls are laid out in both languages."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from crossframe.engines.base import Value

WIDTH = 92
"""Characters to which a line of a script is filled."""


@dataclass(frozen=True)
class Wanted:
    """What a script has to do.

    Attributes
    ----------
    model
        ``engine.model``.
    arguments
        What the model is trained with, in its framework's own spelling.
    table
        CSV file, relative to the script: the target and numeric features, with a header.
    target, positive
        Column to predict, and its class 1 as the file spells it; empty: the column holds numbers.
    scores
        File to write.
    versions
        Of the packages, by the names of `crossframe.environment.versions`.
    purpose
        What the script reproduces, in words.
    """

    model: str
    arguments: Mapping[str, Value]
    table: str
    target: str
    positive: str
    scores: str
    versions: Mapping[str, str]
    purpose: str

    @property
    def numbers(self) -> bool:
        """Whether the target is numbers, not two classes."""
        return not self.positive

    @property
    def gaussian(self) -> bool:
        """Whether a model with a family fits the Gaussian one."""
        named = self.arguments.get("family")
        return named == "gaussian" if named else self.arguments.get("link") == "identity"


def comment(words: str) -> str:
    """``words`` as lines of comment; a line break in them cannot end it."""
    return textwrap.fill(
        " ".join(words.split()), WIDTH, initial_indent="# ", subsequent_indent="# ", break_long_words=False
    )


def call(head: str, arguments: Sequence[str], assign: str, indent: str) -> str:
    """``assign head(arguments)``, on one line where it fits, else an argument a line."""
    line = f"{assign}{head}({', '.join(arguments)})"
    if len(line) <= WIDTH:
        return line
    comma = "," if assign.endswith("= ") else ""  # R takes a last comma for an empty argument
    inside = ",\n".join(indent + argument for argument in arguments)
    return f"{assign}{head}(\n{inside}{comma}\n)"
