"""That two fits label rows differently, and how much of it is the rule that makes labels of scores."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from crossframe.core.errors import UsageError
from crossframe.core.types import Value
from crossframe.experiment.contestants import Contestant
from crossframe.experiment.fits import FitCache
from crossframe.explain.bundles import THRESHOLD, same
from crossframe.explain.diagnoses import Diagnosis
from crossframe.explain.hybrids import Sides
from crossframe.explain.paired import LABELS, row_distances
from crossframe.settings.vocabulary import label_rule


def diagnosis(fits: FitCache, sides: Sides) -> Diagnosis | None:
    """The share of rows that two sides label differently on the first draw; None where there is none.

    Where the rules for labels differ, ``by_rule`` is their part of it: the Shapley share of the rule, beside
    the scores, in the share of rows labelled differently. NaN where a side cannot take the other's rule.
    """
    fits.prepare(sides)
    rules = [fits.records(side)[0].fields["canonical"].get(THRESHOLD) for side in sides]
    share = _unlike(fits, *sides)
    if not share:
        return None
    words = f"the two label {share:.1%} of the rows differently; {THRESHOLD} is {rules[0]} and {rules[1]}"
    certificate = {"share": share, "rules": rules, "rules_differ": not same(THRESHOLD, rules[0], rules[1])}
    if certificate["rules_differ"]:
        part = _by_rule(fits, sides, rules, share)
        certificate["by_rule"] = part
        words += "" if np.isnan(part) else f", which makes {part:.1%} of that"
    return Diagnosis("labels", "both", words, certificate)


def _by_rule(fits: FitCache, sides: Sides, rules: list[Value], share: float) -> float:
    try:
        left, right = (
            replace(side, name=f"{side.name}[{THRESHOLD}]", threshold=label_rule(rule))
            for side, rule in zip(sides, reversed(rules), strict=True)
        )
    except UsageError:
        return float("nan")
    fits.prepare((left, right))
    # Switched first, the left side has the other's rule; switched last, its own is what is left.
    first, last = share - _unlike(fits, left, sides[1]), _unlike(fits, right, sides[1])
    return (first + last) / 2 / share


def _unlike(fits: FitCache, one: Contestant, other: Contestant) -> float:
    """The share of rows that two models label differently on the first draw; 0 for numbers."""
    a, b = fits.records(one)[0], fits.records(other)[0]
    return float(np.nan_to_num(row_distances([a], [b], LABELS)[0]))
