"""The answer to one question about two fits."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Names = tuple[str, str]
"""What sentences call the left and the right side."""


class RungVerdict(enum.StrEnum):
    """The answer to one question about two fits."""

    SAME = "same"
    DIFFERS = "differs"
    NOT_COMPARED = "not compared"


@dataclass(frozen=True)
class Rung:
    """One question and its answer.

    Attributes
    ----------
    rung
        ``rows``, ``target``, ``columns``, ``weights``, ``predictions``, ``labels``,
        ``coefficients``, ``inference``, ``objective``, ``rerun`` or ``copies``.
    verdict
        Whether the two sides have it in common.
    words
        A sentence that says what is the same or differs.
    certificate
        The numbers behind it.
    """

    rung: str
    verdict: RungVerdict
    words: str
    certificate: Mapping[str, Any] = field(default_factory=dict)

    @property
    def differs(self) -> bool:
        """Whether the two sides differ in what is asked."""
        return self.verdict is RungVerdict.DIFFERS

    def to_dict(self) -> dict[str, Any]:
        """The rung as plain JSON values."""
        return {
            "rung": self.rung, "verdict": str(self.verdict), "words": self.words,
            "certificate": dict(self.certificate),
        }  # fmt: skip
