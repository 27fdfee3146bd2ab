"""What a study is, and what it gives back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from crossframe.report.document import Part
from crossframe.studies.claim import Finding
from crossframe.studies.lab import Lab

SCHEMA = 1


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
        Pairs to hand to ``crossframe explain``, as commands.
    """

    findings: tuple[Finding, ...]
    parts: tuple[Part, ...]
    data: str
    explain: tuple[str, ...] = ()


class Study(Protocol):
    """A module of `crossframe.studies.catalogue`: it has a ``run``."""

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
    """

    name: str
    title: str
    scale: str
    found: Found
    seconds: float
    computed: int

    def to_dict(self) -> Mapping[str, Any]:
        """Schema 1."""
        return {
            "schema": SCHEMA,
            "study": self.name,
            "title": self.title,
            "scale": self.scale,
            "data": self.found.data,
            "findings": [f.to_dict() for f in self.found.findings],
            "explain": list(self.found.explain),
            "seconds": self.seconds,
            "computed": self.computed,
        }
