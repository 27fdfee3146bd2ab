"""The penalties that two models chose by cross-validation, as a finding."""

from __future__ import annotations

from collections.abc import Sequence

from crossframe.explain.diagnoses import Diagnosis
from crossframe.explain.expression import EffectivePair
from crossframe.settings.chosen import chosen_penalty

_DRAWN = ("random", "auto")
_ASSIGNMENT = "validation.assignment"


def finding(names: Sequence[str], effective: EffectivePair) -> list[Diagnosis]:
    """Which penalty each side chose, in one unit, and whether the folds can be the same; empty: neither did.

    ``names`` are those of the sides in sentences.
    """
    chosen = [chosen_penalty(own) for own in effective]
    if chosen == [None, None]:
        return []
    each = " and ".join(_words(*one) for one in zip(names, chosen, strict=True))
    words = f"chosen by cross-validation: {each}, as the lambda of an elastic net, relative to the mean loss"
    drawn = [own.get(_ASSIGNMENT) in _DRAWN for own in effective]
    if all(drawn):
        words += (
            "; both draw their folds, each with its own random numbers: validation.assignment=modulo gives "
            "both the same folds"
        )
    certificate = {name: value for name, value in zip(names, chosen, strict=True) if value is not None}
    return [Diagnosis("penalty", "both", words, {"chosen": certificate, "folds drawn": all(drawn)})]


def _words(name: str, chosen: float | None) -> str:
    return f"nothing in {name}" if chosen is None else f"the penalty {chosen:.6g} in {name}"
