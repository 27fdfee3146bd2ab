"""What a study is, and what it returns."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from crossframe.claims.claim import Finding
from crossframe.data import Dataset
from crossframe.report.document import Document, Part
from crossframe.studies.lab import SCALES, Lab

SCHEMA = 1


@dataclass(frozen=True)
class PairToExplain:
    """Two contestants for ``crossframe explain``, because a phenomenon of the study depends on them.

    Attributes
    ----------
    left, right
        As ``crossframe explain`` takes them.
    options
        Those of `crossframe.explain`.
    table
        The study's own rows, where they are no named data set; the report has them as a file.
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
class ExplainedPair:
    """The verdict of the explanation of a pair, and its sentences."""

    pair: PairToExplain
    verdict: str
    sentences: tuple[str, ...]


@dataclass(frozen=True)
class StudyOutcome:
    """What a study's experiments gave.

    Attributes
    ----------
    findings
        One per claim, in the order of the texts.
    parts
        The page: figures and tables.
    data
        What the experiments ran on, in a phrase.
    to_explain
        Pairs of frameworks on which a phenomenon depends.
    answer
        Sentences that answer the study's question, where it has one answer; else its verdicts do.
    first
        How many of the parts stand before the claims, because they back the answer.
    """

    findings: tuple[Finding, ...]
    parts: tuple[Part, ...]
    data: str = ""
    to_explain: tuple[PairToExplain, ...] = ()
    answer: tuple[str, ...] = ()
    first: int = 0


class Study(Protocol):
    """A module of `crossframe.studies.catalogue`: it has a ``run``.

    One whose experiments fall into parts that can be run alone also has ``PARTS``, a mapping by their names.
    """

    def run(self, lab: Lab) -> StudyOutcome:
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
    explained
        Explanations of the pairs in ``outcome.to_explain``.
    parts
        Those that were run, where that is not all of the study.
    """

    name: str
    title: str
    scale: str
    outcome: StudyOutcome
    seconds: float
    computed: int
    explained: tuple[ExplainedPair, ...] = ()
    parts: tuple[str, ...] = ()

    @property
    def command(self) -> str:
        """The command that runs the study again."""
        only = f" --parts {','.join(self.parts)}" if self.parts else ""
        return f"crossframe study {self.name} --scale {self.scale}{only}"

    @property
    def basis(self) -> str:
        """What the verdicts rest on, and why they can differ from those at the other scale, in a sentence."""
        other = next(scale for scale in SCALES if scale != self.scale)
        return (
            f"These verdicts rest on the experiments at scale {self.scale}. At scale {other} the same claims "
            "are judged by the same criteria from other sizes, numbers of seeds and lengths of training "
            "(paper: those of the publication), so that a verdict can differ there."
        )

    def document(self) -> Document:
        """The study's page; see `crossframe.studies.report`."""
        from crossframe.studies.report import page

        return page(self)

    def to_dict(self) -> Mapping[str, Any]:
        """Plain values for the JSON, schema 1."""
        return {
            "schema": SCHEMA,
            "study": self.name,
            "title": self.title,
            "scale": self.scale,
            "parts": list(self.parts),
            "data": self.outcome.data,
            "basis": self.basis,
            "answer": list(self.outcome.answer),
            "findings": [f.to_dict() for f in self.outcome.findings],
            "explanations": [
                {"command": e.pair.command, "verdict": e.verdict, "found": list(e.sentences)}
                for e in self.explained
            ],
            "seconds": self.seconds,
            "computed": self.computed,
        }
