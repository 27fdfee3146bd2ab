"""Claims of the study ``pixels``, and how they are judged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from crossframe.claims.claim import Effect, Finding, Verdict, not_run
from crossframe.claims.claim_set import read_claims
from crossframe.claims.judge import (
    Key,
    at_least,
    cells_in_words,
    close,
    in_words,
    over_cells,
    where_it_holds,
    with_earlier,
)
from crossframe.core.statistics import area_under_curve, bonferroni, corrected_mean, wilson
from crossframe.data import Dataset
from crossframe.studies.pixels.jobs import TITLES, Curves, Logistic, Pairs, widest
from crossframe.studies.split import HOLDOUT

SAME = 0.01
"""Accuracy within which one pixel is "almost identical" to ten."""

_GOOD, _MOST = 0.8, 40
_DIFFERENT = 0.005

CLAIMS = read_claims(
    __package__, same=SAME, twice=2 * SAME, good=_GOOD, most=_MOST, alike=f"{1 - _DIFFERENT:.1%}"
)


def centre(data: Dataset) -> Finding:
    """Whether the rule without data is accurate on the test images."""
    assert data.image_shape is not None
    assert data.max_value is not None
    height, width = data.image_shape
    rows = HOLDOUT.draw(data, None, 0, 0).evaluate if data.test_rows is not None else np.arange(len(data.y))
    labels = data.X[rows, (height // 2) * width + width // 2] > data.max_value / 2
    right = int(np.sum(labels == data.y[rows]))
    effect = Effect.of("accuracy", wilson(right, len(rows)))
    words = f"{right} of {len(rows)} images right; the rule needs no framework"
    return Finding(CLAIMS["centre"], at_least(effect, 0.95), words, effect, ("reference",))


def _gaps(curves: Curves, level: float) -> dict[Key, Effect]:
    """Accuracy of one pixel minus that of ten, for every framework and every n from 20 on."""
    return {
        (TITLES[key], n): Effect.of(
            f"one pixel - ten, {TITLES[key]}, n = {n}", corrected_mean(one - ten, overlap, level=level)
        )
        for (key, n), (one, ten, overlap) in curves.items()
        if n >= 20
    }


def _by_single_intervals(curves: Curves) -> Verdict:
    """The verdict of the earlier mark: each interval of 95 % by itself."""
    return over_cells(close(e, SAME) for e in _gaps(curves, 0.95).values())


@with_earlier("one-like-ten", _by_single_intervals)
def one_like_ten(curves: Curves) -> Finding:
    """Every framework and every n from 20 on: almost identical, different, or open."""
    cases = sum(n >= 20 for _, n in curves)
    if not cases:
        return not_run(CLAIMS["one-like-ten"], "sklearn")
    gaps = _gaps(curves, bonferroni(0.95, cases))
    worst = max(gaps.values(), key=lambda e: abs(e.value))
    cells = {key: close(e, SAME) for key, e in gaps.items()}
    words = f"{cells_in_words(cells)}. Largest mean difference: {worst.what}, {in_words(worst)}"
    frameworks = tuple(dict.fromkeys(title for title, _ in gaps))
    return Finding(
        CLAIMS["one-like-ten"], over_cells(cells.values()), words, worst, frameworks, where_it_holds(cells)
    )


def _by_accuracy(records: Pairs) -> Verdict:
    """The verdict of the earlier mark: accuracy of each pair's best cut, without its interval."""
    good = sum(r.fields["by_accuracy"]["accuracy"] >= _GOOD for r in records.values())
    return Verdict.HOLDS if good >= _MOST else Verdict.FAILS


@with_earlier("pairs", _by_accuracy)
def pairs(records: Pairs) -> Finding:
    """Whether most pairs of digits reach the AUC with one pixel."""
    if len(records) < 45:
        return not_run(CLAIMS["pairs"], "sklearn")
    areas = {
        pair: Effect.of(
            "AUC",
            area_under_curve(
                r.fields["by_auc"]["auc"], r.fields["ones"], r.fields["tested"] - r.fields["ones"]
            ),
        )
        for pair, r in records.items()
    }
    same = sum(r.fields["by_accuracy"]["pixel"] == r.fields["by_auc"]["pixel"] for r in records.values())
    few = [e.value for pair, e in areas.items() if max(pair) < 5]
    words = (
        f"{_counted(areas)}; {min(few):.3f} to {max(few):.3f} for the ten pairs of the digits 0 to 4, "
        f"which are Robinson's. The best pixel by AUC is the best by accuracy for {same} of 45 pairs"
    )
    effect = Effect.of("median AUC", float(np.median([e.value for e in areas.values()])), count=45)
    return Finding(CLAIMS["pairs"], enough(areas.values()), words, effect, ("scikit-learn",))


def pairs_accuracy(records: Pairs) -> Finding:
    """Whether most pairs of digits reach the accuracy with a cut of one pixel."""
    if len(records) < 45:
        return not_run(CLAIMS["pairs-accuracy"], "sklearn")
    shares = {
        pair: Effect.of(
            "accuracy",
            wilson(round(r.fields["by_accuracy"]["accuracy"] * r.fields["tested"]), r.fields["tested"]),
        )
        for pair, r in records.items()
    }
    effect = Effect.of("median accuracy", float(np.median([e.value for e in shares.values()])), count=45)
    return Finding(
        CLAIMS["pairs-accuracy"], enough(shares.values()), _counted(shares), effect, ("scikit-learn",)
    )


def enough(effects: Iterable[Effect]) -> Verdict:
    """Whether at least 40 pairs reach .80: it holds if 40 surely do, and fails if fewer than 40 may."""
    verdicts = [at_least(e, _GOOD) for e in effects]
    if verdicts.count(Verdict.HOLDS) >= _MOST:
        return Verdict.HOLDS
    return Verdict.FAILS if len(verdicts) - verdicts.count(Verdict.FAILS) < _MOST else Verdict.OPEN


def _counted(effects: Mapping[tuple[int, int], Effect]) -> str:
    good = sum(e.value >= _GOOD for e in effects.values())
    surely = sum(e.low >= _GOOD for e in effects.values())
    low, high = (f(effects, key=lambda p: effects[p].value) for f in (min, max))
    return (
        f"{good} of 45 pairs reach {_GOOD}, {surely} of them with the whole interval; from "
        f"{effects[low].value:.3f} ({low[0]} v {low[1]}) to {effects[high].value:.3f} ({high[0]} v {high[1]})"
    )


def _largest_difference(logistic: Logistic, what: str) -> float:
    """Of the test accuracies ``what`` of two frameworks, over all pairs of digits."""
    accuracies = ([getattr(x, what) for x in labelled.values()] for labelled in logistic.values() if labelled)
    return float(max(max(values) - min(values) for values in accuracies))


def _by_equal_accuracy(logistic: Logistic) -> Verdict:
    """The verdict of the earlier mark: accuracies within .005, whichever images are labelled alike."""
    return Verdict.HOLDS if _largest_difference(logistic, "accuracy") <= _DIFFERENT else Verdict.FAILS


@with_earlier("same-pixel-same-answer", _by_equal_accuracy)
def same_answer(logistic: Logistic) -> Finding:
    """Labels of the same test images, as each framework gives them, and at 0.5."""
    names = list(dict.fromkeys(k for labelled in logistic.values() for k in labelled))
    missing = [k for k in TITLES if k not in names]
    if len(names) < 2:
        engines = {"liblinear": "sklearn", "glm": "r", "h2o": "h2o"}
        return not_run(CLAIMS["same-pixel-same-answer"], engines[missing[0]] if missing else "sklearn")
    share, pair, (a, b) = widest(logistic)
    half, at, _ = widest(logistic, at_half=True)
    accuracy, other = (_largest_difference(logistic, k) for k in ("accuracy", "accuracy_half"))
    words = "no test image is labelled differently"
    if share:
        most = f"the most is {half:.2%} ({at[0]} v {at[1]})" if half else "none is"
        words = (
            f"{TITLES[a]} and {TITLES[b]} label {share:.2%} of the test images of {pair[0]} v {pair[1]} "
            f"differently, the most of all pairs; test accuracies lie up to {accuracy:.4f} apart. With every "
            f"framework's probabilities cut at 0.5 {most}; accuracies then lie up to {other:.4f} apart"
        )
    if "h2o" in names:
        words += "; H2O labels at the threshold of the largest F1 on its training data, the others at 0.5"
    verdict = Verdict.HOLDS if share <= _DIFFERENT else Verdict.FAILS
    effect = Effect.of("largest share labelled differently", share, count=len(logistic))
    return Finding(CLAIMS["same-pixel-same-answer"], verdict, words, effect, tuple(TITLES[k] for k in names))
