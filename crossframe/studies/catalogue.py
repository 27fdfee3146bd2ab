"""The studies by name."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import cast

from crossframe.studies.study import Study


@dataclass(frozen=True)
class StudyEntry:
    """A study that can be run: its ``module``, its title, and the question in a sentence."""

    module: str
    title: str
    question: str

    def load(self) -> Study:
        """The module that holds the study's ``run``, imported at the first call."""
        return cast(Study, import_module(f"crossframe.studies.{self.module}.study"))


STUDIES: dict[str, StudyEntry] = {
    "leek-beam": StudyEntry(
        "leek_beam",
        "The argument of 2017",
        "Who was right about small data and deep learning, Leek or Beam, and why?",
    ),
    "pixels": StudyEntry(
        "pixels",
        "One pixel",
        "How much of MNIST's 0 against 1, and of the other 44 pairs of digits, is in a single pixel?",
    ),
    "sgd": StudyEntry(
        "sgd",
        "Where SGD ends",
        "Do learning rate and batch size decide how wide the minimum is, and do convex models have one?",
    ),
    "transfer": StudyEntry(
        "transfer",
        "Pre-training",
        "Does what was learnt on other data make a handful of examples enough?",
    ),
    "phenomena": StudyEntry(
        "phenomena",
        "Six phenomena",
        "Which of the six phenomena of 'Lessons from Optics' show in a small network, and how large?",
    ),
    "gradient-failures": StudyEntry(
        "gradient_failures",
        "Where gradients fail",
        "Do parities, undecomposed tasks, ill-conditioned and flat functions defeat learning by gradient?",
    ),
}
"""In the order in which they run and are reported."""
