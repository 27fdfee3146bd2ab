"""That two fits label rows differently, and how much of it is the rule that makes labels of scores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from crossframe.core.errors import UsageError
from crossframe.core.text import percent
from crossframe.core.types import FloatArray, IntArray, Value
from crossframe.experiment.contestants import Contestant
from crossframe.experiment.fits import FitCache
from crossframe.experiment.record import Record
from crossframe.explain.attribution.inference import IntervalRule, Values
from crossframe.explain.bundles import THRESHOLD, same
from crossframe.explain.diagnoses import Diagnosis
from crossframe.explain.explanation import FLOOR
from crossframe.explain.hybrids import Sides
from crossframe.explain.paired import LABELS, SCORES, Records
from crossframe.explain.spread import beyond
from crossframe.settings.vocabulary import label_rule, titled


def diagnosis(fits: FitCache, sides: Sides) -> Diagnosis | None:
    """The share of rows that two sides label differently on the first draw; None where there is none.

    Where the rules for labels differ, the certificate has ``with_either_rule``: that share with the left and
    with the right side's rule for both (NaN where a rule cannot be applied), and ``share_of_rule``: the part
    of it that the rule accounts for, the scores being the other part (Shapley, over both rules).
    """
    fits.prepare(sides)
    rules = [_rule(fits, side) for side in sides]
    left, right = (fits.records(side)[0] for side in sides)
    share = _unlike(left, right)
    if not share > 0:
        return None
    words = f"the two label {percent(share)} of the rows differently"
    if len(fits.experiment.dataset.classes) > 2:
        words += "; either side's label is its likeliest class"
        return Diagnosis("labels", "both", words, {"share": share, "rules": rules, "rules_differ": False})
    words += f"; {titled(THRESHOLD)} is {rules[0]} and {rules[1]}"
    certificate = {"share": share, "rules": rules, "rules_differ": not same(THRESHOLD, rules[0], rules[1])}
    if certificate["rules_differ"]:
        one_rule, part = _by_either_rule(fits, sides, share)
        certificate |= {"with_one_rule": one_rule[1], "with_either_rule": one_rule, "share_of_rule": part}
        known = [(r, v) for r, v in zip(rules, one_rule, strict=True) if not np.isnan(v)]
        if known:
            each = " and ".join(f"{percent(v)} by {r}" for r, v in known)
            words += f"; by one rule for both they would label {each} differently"
    return Diagnosis("labels", "both", words, certificate)


def aligned(fits: FitCache, made: Contestant, target: Contestant) -> tuple[float | str | None, float]:
    """The rule for labels that ``made`` needs for those of ``target``, and the share of labels still unlike.

    None and NaN where both have the same rule. Labels of scores within `FLOOR` of a threshold are rounding
    and count as alike; NaN where ``made`` has no labels.
    """
    if same(THRESHOLD, _rule(fits, made), _rule(fits, target)):
        return None, float("nan")
    wanted = fits.records(target)[0]
    rule, record = _labelled(fits, made, target)
    cuts = [r.fields["threshold"] for r in (record, wanted) if r.fields.get("threshold") is not None]
    return rule, _unlike(record, wanted, cuts)


def by_rule(left: Records, right: Records) -> bool:
    """Whether the labels of two sides are closer by one rule for both, by more than other seeds change.

    The records are those of several seeds. The one rule is a threshold that either side has; with both of
    them in turn, where both have one.
    """
    rules = [side[0].fields.get("canonical", {}).get(THRESHOLD) for side in (left, right)]
    if None in rules or same(THRESHOLD, *rules):
        return False
    cuts = [cut for cut in map(label_rule, rules) if isinstance(cut, float)]
    ones = [beyond(_cut(left, cut), _cut(right, cut), LABELS) for cut in cuts]
    closer = beyond(left, right, LABELS) - np.mean(ones, axis=0)
    interval = IntervalRule().interval(Values(closer))
    # Labels that no seed changes have no interval.
    return float(closer.mean() if interval is None else interval[0]) > 0


def _cut(records: Records, threshold: float) -> Records:
    """The records with label 1 for the scores above a threshold; -1 where there is no score."""

    def labels(score: FloatArray) -> IntArray:
        return np.where(np.isnan(score), -1, score > threshold).astype(np.int64)

    return [
        replace(
            r,
            fields={**r.fields, "threshold": threshold},
            arrays={**r.arrays, LABELS: labels(r.arrays[SCORES])},
        )
        if SCORES in r.arrays
        else r
        for r in records
    ]


def _rule(fits: FitCache, side: Contestant) -> Value:
    rule: Value = fits.records(side)[0].fields.get("canonical", {}).get(THRESHOLD)
    return rule


def _labelled(fits: FitCache, side: Contestant, other: Contestant) -> tuple[float | str | None, Record]:
    """A side's first fit with labels by the rule of the other one, and the rule.

    Where some training rows have no score, and therefore no threshold of the highest F1, that is the number
    which the other side has by this rule.
    """
    own, number = fits.records(side)[0], fits.records(other)[0].fields.get("threshold")
    try:
        rule = label_rule(_rule(fits, other))
    except UsageError:
        return None, replace(own, arrays={SCORES: own.arrays[SCORES]})
    if isinstance(rule, str):
        made = replace(side, name=f"{side.name}[{THRESHOLD}]", threshold=rule)
        fits.prepare([made])
        record = fits.records(made)[0]
        if LABELS in record.arrays or number is None:
            return rule, record
        rule = float(np.nextafter(number, -np.inf))
    return rule, _cut([own], rule)[0]


def _by_either_rule(fits: FitCache, sides: Sides, share: float) -> tuple[list[float], float]:
    """The share of rows labelled differently by the left's and by the right's rule, and what the rule does.

    That is the mean of what one rule for both closes while the scores differ, and of what the two rules
    differ by in one side's scores, as a part of ``share``.
    """
    left, right = (fits.records(side)[0] for side in sides)
    switched = [_labelled(fits, *pair)[1] for pair in (sides, sides[::-1])]
    one_rule = [_unlike(left, switched[1]), _unlike(switched[0], right)]
    one_score = [_unlike(left, switched[0]), _unlike(switched[1], right)]
    known = ~np.isnan(one_rule) & ~np.isnan(one_score)
    if not known.any():
        return one_rule, float("nan")
    closed = share - np.array(one_rule)[known] + np.array(one_score)[known]
    return one_rule, float(closed.mean() / 2 / share)


def _unlike(a: Record, b: Record, cuts: Sequence[float] = ()) -> float:
    """The share of rows that two fits label differently, none within `FLOOR` of ``cuts``.

    NaN where one has no labels.
    """
    if LABELS not in a.arrays or LABELS not in b.arrays:
        return float("nan")
    unlike = a.arrays[LABELS] != b.arrays[LABELS]
    for cut in cuts:
        unlike &= ~(np.abs(a.arrays[SCORES] - cut) <= FLOOR)
    return float(np.mean(unlike))
