"""What a study is, and what it gives back."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from crossframe.data import Dataset
from crossframe.report.document import Part
from crossframe.studies.claim import Finding
from crossframe.studies.lab import Lab

SCHEMA = 1


@dataclass(frozen=True)
class Ask:
    """A pair for ``crossframe explain``; ``options`` are those of `crossframe.explain`.

    ``table`` holds the study's own rows, where they are no named data set; the report has them as a file.
    """

    left: str
    right: str
    options: Mapping[str, Any] = field(default_factory=dict)
    table: Dataset | None = None

    @property
    def command(self) -> str:
        """The same on the command line, beside the study's report."""
        words = ["crossframe", "explain", self.left, self.right]
        if self.table is not None:
            words += ["--data", f"{self.table.name}.csv", "--target", "class"]
        for name, value in self.options.items():
            words += [f"--{name}"] if value is True else [f"--{name}", str(value)]
        return shlex.join(words)


@dataclass(frozen=True)
class Answer:
    """What the explanation said: its verdict, and its sentences."""

    ask: Ask
    verdict: str
    words: tuple[str, ...]


@dataclass(frozen=True)
class Found:
    """What a study's experiments gave.

    Attributes
    ----------
    findings
        One per claim, in the order of the texts.
    parts
        The page: figures and tables.
    data
        What the experiments ran on, in a phrase.
    explain
        Pairs of frameworks on which a phenomenon depends, to be explained.
    """

    findings: tuple[Finding, ...]
    parts: tuple[Part, ...]
    data: str
    explain: tuple[Ask, ...] = ()


class Study(Protocol):
    """A module of `crossframe.studies.catalogue`: it has a ``run``.

    One whose experiments fall into parts that can be run alone also has ``PARTS``, a mapping by their names.
    """

    def run(self, lab: Lab) -> Found:
        """Do all experiments, as far as they are not stored, and judge the claims."""


@dataclass(frozen=True)
class StudyResult:
    """A finished study.

    Attributes
    ----------
    seconds
        Wall-clock seconds, what was stored already not counted.
    computed
        Jobs and fits made by this call.
    answers
        Explanations of the pairs in ``found.explain``.
    parts
        Those that were run, where that is not all of the study.
    """

    name: str
    title: str
    scale: str
    found: Found
    seconds: float
    computed: int
    answers: tuple[Answer, ...] = ()
    parts: tuple[str, ...] = ()

    @property
    def command(self) -> str:
        """The study on the command line."""
        only = f" --parts {','.join(self.parts)}" if self.parts else ""
        return f"crossframe study {self.name} --scale {self.scale}{only}"

    def to_dict(self) -> Mapping[str, Any]:
        """Schema 1."""
        return {
            "schema": SCHEMA,
            "study": self.name,
            "title": self.title,
            "scale": self.scale,
            "parts": list(self.parts),
            "data": self.found.data,
            "findings": [f.to_dict() for f in self.found.findings],
            "explanations": [
                {"command": a.ask.command, "verdict": a.verdict, "found": list(a.words)} for a in self.answers
            ],
            "seconds": self.seconds,
            "computed": self.computed,
        }
