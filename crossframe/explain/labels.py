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
from crossframe.settings.vocabulary import label_rule, titled


def diagnosis(fits: FitCache, sides: Sides) -> Diagnosis | None:
    """The share of rows that two sides label differently on the first draw; None where there is none.

    Where the rules for labels differ, ``with_one_rule`` is what is left of it with the right side's for both.
    """
    fits.prepare(sides)
    rules = [fits.records(side)[0].fields["canonical"].get(THRESHOLD) for side in sides]
    share = _unlike(fits, *sides)
    if not share:
        return None
    words = (
        f"the two label {share:.1%} of the rows differently; {titled(THRESHOLD)} is {rules[0]} and {rules[1]}"
    )
    certificate = {"share": share, "rules": rules, "rules_differ": not same(THRESHOLD, rules[0], rules[1])}
    if certificate["rules_differ"]:
        alone = _with_one_rule(fits, sides, rules)
        certificate["with_one_rule"] = alone
        words += (
            "" if np.isnan(alone) else f"; by the right one's rule both would label {alone:.1%} differently"
        )
    return Diagnosis("labels", "both", words, certificate)


def _with_one_rule(fits: FitCache, sides: Sides, rules: list[Value]) -> float:
    """The share of rows labelled differently with the right side's rule for both; NaN where it cannot be."""
    try:
        made = replace(sides[0], name=f"{sides[0].name}[{THRESHOLD}]", threshold=label_rule(rules[1]))
    except UsageError:
        return float("nan")
    fits.prepare([made])
    return _unlike(fits, made, sides[1])


def _unlike(fits: FitCache, one: Contestant, other: Contestant) -> float:
    """The share of rows that two models label differently on the first draw; 0 for numbers."""
    a, b = fits.records(one)[0], fits.records(other)[0]
    return float(np.nan_to_num(row_distances([a], [b], LABELS)[0]))
