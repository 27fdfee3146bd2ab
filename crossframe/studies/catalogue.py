"""The studies by name."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import cast

from crossframe.studies.study import Study


@dataclass(frozen=True)
class StudyEntry:
    """A study that can be run.

    Attributes
    ----------
    module
        Its folder in `crossframe.studies`.
    title, question
        In a few words, and in a sentence.
    leads
        The two claims by which the page of several studies sums it up, where the study has no answer in
        sentences.
    """

    module: str
    title: str
    question: str
    leads: tuple[str, ...] = ()

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
        ("centre", "pairs"),
    ),
    "arenas": StudyEntry(
        "arenas",
        "Harder arenas",
        "Where does a network start to win: on which digits, from how many images on, on which tables?",
        ("all-pixels", "nets-at-most"),
    ),
    "sgd": StudyEntry(
        "sgd",
        "Where SGD ends",
        "Do learning rate and batch size decide how wide the minimum is, and do convex models have one?",
        ("rate", "convex"),
    ),
    "transfer": StudyEntry(
        "transfer",
        "Pre-training",
        "Does what was learnt on other data make a handful of examples enough?",
        ("sentences", "images"),
    ),
    "phenomena": StudyEntry(
        "phenomena",
        "Six phenomena",
        "Which of the six phenomena of 'Lessons from Optics' show in a small network, and how large?",
        ("batch-norm-best", "shallow-minima"),
    ),
    "practice": StudyEntry(
        "practice",
        "Rules of practice",
        "Do the texts' rules hold on the data a network needs, on tuning, bias, variance and fooling images?",
        ("data-for-size", "optimiser"),
    ),
    "gradient-failures": StudyEntry(
        "gradient_failures",
        "Where gradients fail",
        "Do parities, undecomposed tasks, ill-conditioned and flat functions defeat learning by gradient?",
        ("parity-30", "lines-end-to-end"),
    ),
}
"""In the order in which they run and are reported."""
