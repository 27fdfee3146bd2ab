"""Claims of the study ``pixels`` and how they are judged."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from crossframe.comparison.record import Record
from crossframe.data import Dataset
from crossframe.engines.base import FloatArray, IntArray
from crossframe.studies.cells import Key, alike, over_cells, overall, written
from crossframe.studies.claim import Claim, Effect, Finding, Source, Verdict, not_run
from crossframe.studies.intervals import proportion
from crossframe.studies.split import HOLDOUT

BEAM = Source("Beam 2017", "https://beamandrew.github.io/deeplearning/2017/06/04/deep_learning_works.html")
ROBINSON = Source("Robinson 2017, Comparing pairs of MNIST digits based on one pixel", "")
HERE = Source("asked here", "")

TITLES = {"liblinear": "scikit-learn liblinear", "glm": "R glm", "h2o": "H2O GLM"}

SAME = 0.01
"""Accuracy within which one pixel is "almost identical" to ten."""

_GOOD, _MOST = 0.8, 40
_DIFFERENT = 0.005

_CENTRE = Claim(
    "centre",
    "Without any data: centre pixel black means 1, else 0, and that is accurate.",
    BEAM,
    "accuracy of at least .95 on the test images",
)
_ONE = Claim(
    "one-like-ten",
    "The Leekasso with only its best pixel is almost identical to the one with ten.",
    BEAM,
    f"in every framework, for every n from 20 on: the mean accuracies differ by at most {SAME}, and by at "
    f"most {2 * SAME} at the ends of the interval; they are not almost identical where the whole interval "
    f"lies beyond {SAME}; between the two nothing can be told (intervals for all cells at once)",
)
_PAIRS = Claim(
    "pairs",
    "One pixel tells most pairs of digits apart.",
    ROBINSON,
    f"area under the ROC curve, Robinson's measure, of at least {_GOOD} on the test images for {_MOST} of "
    "the 45 pairs, with the pixel that ranks the training images best; the interval of each pair counts",
)
_LABELLED = Claim(
    "pairs-accuracy",
    "A cut of one pixel labels most pairs of digits rightly.",
    HERE,
    f"accuracy of at least {_GOOD} on the test images for {_MOST} of the 45 pairs, with the pixel and the "
    "cut that are right most often on the training images; the interval of each pair counts",
)
_ALIKE = Claim(
    "same-pixel-same-answer",
    "With one pixel there is nothing for frameworks to differ about.",
    HERE,
    "logistic regression without penalty on the same pixel in scikit-learn, R and H2O labels at least "
    f"{1 - _DIFFERENT:.1%} of the test images alike, for every pair of digits",
)

Pairs = Mapping[tuple[int, int], Record]
Curves = Mapping[Key, tuple[FloatArray, FloatArray, float]]
"""(solver, n) -> accuracies per draw of one pixel and of ten, and the overlap of the draws."""


@dataclass(frozen=True)
class Labelled:
    """One framework's logistic regression on one pixel, on the same test images as the others'.

    ``labels`` are its own, ``at_half`` those of its probabilities cut at 0.5; ``accuracy`` and
    ``accuracy_half`` belong to them.
    """

    labels: IntArray
    at_half: IntArray
    accuracy: float
    accuracy_half: float


Logistic = Mapping[tuple[int, int], Mapping[str, Labelled]]
"""Pair of digits -> framework -> what it labels."""


def centre(data: Dataset) -> Finding:
    """The rule that needs no data."""
    assert data.image_shape is not None
    assert data.max_value is not None
    height, width = data.image_shape
    rows = HOLDOUT.draw(data, None, 0, 0).evaluate if data.test_rows is not None else np.arange(len(data.y))
    labels = data.X[rows, (height // 2) * width + width // 2] > data.max_value / 2
    right = int(np.sum(labels == data.y[rows]))
    effect = proportion("accuracy", right, len(rows))
    verdict = Verdict.HOLDS if effect.low >= 0.95 else Verdict.FAILS
    if effect.low < 0.95 <= effect.high:
        verdict = Verdict.CANNOT_TELL
    words = f"{right} of {len(rows)} images right; the rule needs no framework"
    return Finding(_CENTRE, verdict, words, effect, ("reference",))


def one_like_ten(curves: Curves) -> Finding:
    """Every framework and every n from 20 on: alike, apart, or open."""
    large = {key: v for key, v in curves.items() if key[1] >= 20}
    if not large:
        return not_run(_ONE, "sklearn")
    gaps = {
        (TITLES[key], n): over_cells(
            f"one pixel - ten, {TITLES[key]}, n = {n}", one - ten, overlap, len(large)
        )
        for (key, n), (one, ten, overlap) in large.items()
    }
    worst = max(gaps.values(), key=lambda e: abs(e.value))
    verdict, where, words = overall({key: alike(e, SAME) for key, e in gaps.items()})
    said = f"{words}. Largest mean difference: {worst.what}, {written(worst)}"
    return Finding(_ONE, verdict, said, worst, tuple(dict.fromkeys(k for k, _ in gaps)), where)


def pairs(found: Pairs) -> Finding:
    """By AUC, on test images."""
    if len(found) < 45:
        return not_run(_PAIRS, "sklearn")
    areas = {
        pair: area(r.fields["by_auc"]["auc"], r.fields["ones"], r.fields["tested"] - r.fields["ones"])
        for pair, r in found.items()
    }
    same = sum(r.fields["by_accuracy"]["pixel"] == r.fields["by_auc"]["pixel"] for r in found.values())
    few = [e.value for pair, e in areas.items() if max(pair) < 5]
    words = (
        f"{_counted(areas)}; {min(few):.3f} to {max(few):.3f} for the ten pairs of the digits 0 to 4, which "
        f"are Robinson's. The best pixel by AUC is the best by accuracy for {same} of 45 pairs"
    )
    effect = Effect("median AUC", float(np.median([e.value for e in areas.values()])), count=45)
    return Finding(_PAIRS, enough(areas.values()), words, effect, ("scikit-learn",))


def pairs_accuracy(found: Pairs) -> Finding:
    """By accuracy, on test images."""
    if len(found) < 45:
        return not_run(_LABELLED, "sklearn")
    shares = {
        pair: proportion(
            "accuracy", round(r.fields["by_accuracy"]["accuracy"] * r.fields["tested"]), r.fields["tested"]
        )
        for pair, r in found.items()
    }
    effect = Effect("median accuracy", float(np.median([e.value for e in shares.values()])), count=45)
    return Finding(_LABELLED, enough(shares.values()), _counted(shares), effect, ("scikit-learn",))


def area(auc: float, ones: int, zeros: int) -> Effect:
    """An area under the ROC curve with the interval of Hanley and McNeil.

    Source: J. A. Hanley and B. J. McNeil, The meaning and use of the area under a receiver operating
    characteristic (ROC) curve, Radiology 143, 29-36, 1982.
    """
    first, second = auc / (2 - auc), 2 * auc**2 / (1 + auc)
    spread = auc * (1 - auc) + (ones - 1) * (first - auc**2) + (zeros - 1) * (second - auc**2)
    half = 1.959963984540054 * math.sqrt(spread / (ones * zeros))
    return Effect("AUC", auc, auc - half, min(auc + half, 1.0), count=ones + zeros)


def enough(effects: Iterable[Effect]) -> Verdict:
    """Whether at least 40 reach .80: all of them surely, or perhaps."""
    told = list(effects)
    if sum(e.low >= _GOOD for e in told) >= _MOST:
        return Verdict.HOLDS
    return Verdict.FAILS if sum(e.high >= _GOOD for e in told) < _MOST else Verdict.CANNOT_TELL


def _counted(effects: Mapping[tuple[int, int], Effect]) -> str:
    good = sum(e.value >= _GOOD for e in effects.values())
    surely = sum(e.low >= _GOOD for e in effects.values())
    low, high = (f(effects, key=lambda p: effects[p].value) for f in (min, max))
    return (
        f"{good} of 45 pairs reach {_GOOD}, {surely} of them with the whole interval; from "
        f"{effects[low].value:.3f} ({low[0]} v {low[1]}) to {effects[high].value:.3f} ({high[0]} v {high[1]})"
    )


def widest(logistic: Logistic, *, at_half: bool = False) -> tuple[float, tuple[int, int], tuple[str, str]]:
    """The largest share of test images that two frameworks label differently, at which digits, and who."""
    found = [(0.0, (0, 1), ("", ""))]
    for pair, told in logistic.items():
        names = list(told)
        for i, a in enumerate(names):
            for b in names[i + 1 :]:
                one, two = (told[k].at_half if at_half else told[k].labels for k in (a, b))
                found.append((float(np.mean(one != two)), pair, (a, b)))
    return max(found, key=lambda f: f[0])


def same_answer(logistic: Logistic) -> Finding:
    """Labels of the same test images, as each framework gives them, and at 0.5."""
    names = list(dict.fromkeys(k for told in logistic.values() for k in told))
    missing = [k for k in TITLES if k not in names]
    if len(names) < 2:
        engines = {"liblinear": "sklearn", "glm": "r", "h2o": "h2o"}
        return not_run(_ALIKE, engines[missing[0]] if missing else "sklearn")
    share, pair, (a, b) = widest(logistic)
    half, at, _ = widest(logistic, at_half=True)
    accuracy, other = (
        max(
            max(getattr(t, k) for t in told.values()) - min(getattr(t, k) for t in told.values())
            for told in logistic.values()
            if told
        )
        for k in ("accuracy", "accuracy_half")
    )
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
    effect = Effect("largest share labelled differently", share, count=len(logistic))
    return Finding(_ALIKE, verdict, words, effect, tuple(TITLES[k] for k in names))
