"""Study ``pixels``: what a single pixel tells."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace
from itertools import combinations

import numpy as np

from crossframe.comparison.plan import Experiment
from crossframe.comparison.record import Record
from crossframe.data import DESIGNS, Dataset, load
from crossframe.engines.base import FloatArray
from crossframe.models.contestants import CONTESTANTS, Contestant, Selection
from crossframe.studies import pixels_figures as figures
from crossframe.studies.claim import Claim, Effect, Finding, Source, Verdict
from crossframe.studies.intervals import over_draws, proportion
from crossframe.studies.lab import Job, Lab
from crossframe.studies.split import HOLDOUT
from crossframe.studies.study import Ask, Found

BEAM = Source("Beam 2017", "https://beamandrew.github.io/deeplearning/2017/06/04/deep_learning_works.html")
ROBINSON = Source("Robinson 2017, Comparing pairs of MNIST digits based on one pixel", "")
HERE = Source("asked here", "")

SAME = 0.01
"""Accuracy within which one pixel is "almost identical" to ten."""

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
    f"from n = 20 on, the mean accuracies differ by at most {SAME} in every framework, and by less than "
    "twice that at the end of each interval",
)
_PAIRS = Claim(
    "pairs",
    "One pixel tells most pairs of digits apart.",
    ROBINSON,
    "accuracy of at least .80 on the test images for 40 of the 45 pairs",
)
_ALIKE = Claim(
    "same-pixel-same-answer",
    "With one pixel there is nothing for frameworks to differ about.",
    HERE,
    "logistic regression on the same pixel in scikit-learn, R and H2O labels alike to .005 in accuracy, for "
    "every pair of digits",
)

_SOLVERS: tuple[tuple[str, str, dict[str, float | str]], ...] = (
    ("liblinear", "sklearn.logistic", {"solver": "liblinear", "C": 1e6}),
    ("glm", "r.glm", {}),
    ("h2o", "h2o.glm", {"lambda_": 0.0}),
)
_TITLES = {"liblinear": "scikit-learn liblinear", "glm": "R glm", "h2o": "H2O GLM"}


def run(lab: Lab) -> Found:
    """See `crossframe.studies.study.Study`."""
    data = load("auto", data_dir=lab.data_dir)
    found = _every_pair(lab, data.name)
    logistic = _logistic(lab, data.name, found)
    curves = _curves(lab, data)
    findings = (_centre(data), _one_like_ten(curves), _pairs(found), _alike(logistic))
    parts = (
        figures.grid(data, found),
        figures.curves(curves, _TITLES),
        figures.table(found, logistic, _TITLES),
    )
    # The widest gap of the curves: one recipe, the same ten pixels, two frameworks.
    options = {"contestants": True, "dataset": data.name, "design": "beam", "n": 20, "draws": 20}
    explain = Ask("leekasso.welch.liblinear", "leekasso.welch.h2o", options)
    return Found(findings, parts, f"{data.name}: {data.source}", (explain,))


Pairs = dict[tuple[int, int], Record]
Curves = dict[tuple[str, int], tuple[FloatArray, FloatArray, Effect]]
"""(solver, n) -> accuracies per draw of one pixel and of ten, and their difference."""


def _every_pair(lab: Lab, name: str) -> Pairs:
    pairs = list(combinations(range(10), 2))
    place = lab.data_dir if name == "mnist" else None
    jobs = [
        Job(
            "pixels:every_pixel",
            {"dataset": name, "digits": list(pair), "seed": lab.seed, "data_dir": place},
            "sklearn",
        )
        for pair in pairs
    ]
    return {pair: record for pair, record in zip(pairs, lab.run(jobs), strict=True) if record is not None}


def _logistic(lab: Lab, name: str, found: Pairs) -> dict[tuple[int, int], dict[str, float]]:
    """Test accuracy of logistic regression on each pair's best pixel, by solver."""
    contestants = tuple(
        Contestant(key, _TITLES[key], "rule", model, native=native) for key, model, native in _SOLVERS
    )
    told: dict[tuple[int, int], dict[str, float]] = {}
    for pair, record in found.items():
        pixel = record.fields["by_accuracy"]["pixel"]
        data = load(name, data_dir=lab.data_dir, digits=pair)
        one = replace(data, X=np.ascontiguousarray(data.X[:, [pixel]]), names=(data.names[pixel],))
        e = Experiment(
            replace(one, image_shape=None), HOLDOUT, (HOLDOUT.pool_size(one),), 1, lab.seed, contestants
        )
        told[pair] = {
            name: r.fields["accuracy"] for (name, _, _), r in lab.fits(e).items() if r.fields["usable"]
        }
    return told


def _curves(lab: Lab, data: Dataset) -> Curves:
    """One pixel against ten on the same draws, in every framework."""
    sizes = lab.quick((10, 20, 40, 80), tuple(range(10, 86, 5)))
    draws = lab.quick(20, 40)
    contestants = []
    for key, model, native in _SOLVERS:
        for count in (1, 10):
            c = Contestant(f"{key}.{count}", key, "leekasso", model, selection=Selection("welch", count))
            contestants.append(replace(c, native=native))
    design = DESIGNS["beam"]
    records = lab.fits(Experiment(data, design, sizes, draws, lab.seed, tuple(contestants)))
    told: Curves = {}
    for key, _, _ in _SOLVERS:
        for n in sizes:
            one, ten = (_accuracies(records, f"{key}.{count}", n, draws) for count in (1, 10))
            if not np.isnan(one - ten).all():
                gap = over_draws(f"one pixel - ten at n = {n}", one - ten, design.overlap(data, n))
                told[key, n] = one, ten, gap
    return told


def _accuracies(records: dict[tuple[str, int, int], Record], name: str, n: int, draws: int) -> FloatArray:
    found = (records.get((name, n, k)) for k in range(draws))
    return np.array([r.fields["accuracy"] if r and r.fields["usable"] else math.nan for r in found])


def _centre(data: Dataset) -> Finding:
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
    assert CONTESTANTS["pixel.centre"].model == "reference.centre"
    return Finding(_CENTRE, verdict, words, effect, ("reference",))


def _one_like_ten(curves: Curves) -> Finding:
    large = {key: gap for key, (_, _, gap) in curves.items() if key[1] >= 20}
    if not large:
        return Finding(_ONE, Verdict.CANNOT_TELL, "no framework could run")
    worst = max(large.values(), key=lambda e: abs(e.value))
    engines = tuple(dict.fromkeys(_TITLES[key] for key, _ in large))
    alike = {
        key: abs(e.value) <= SAME and max(abs(e.low), abs(e.high)) <= 2 * SAME for key, e in large.items()
    }
    apart = {key: min(abs(e.low), abs(e.high)) > SAME and e.low * e.high > 0 for key, e in large.items()}
    words = f"largest mean difference {worst.value:+.3f} ({worst.what})"
    if all(alike.values()):
        return Finding(_ONE, Verdict.HOLDS, words, worst, engines)
    if not any(apart.values()):
        at = _listed(key for key, same in alike.items() if not same)
        return Finding(_ONE, Verdict.CANNOT_TELL, f"{words}; intervals too wide for {at}", worst, engines)
    where = _listed(key for key, same in alike.items() if same)
    if not where:
        return Finding(_ONE, Verdict.FAILS, words, worst, engines)
    return Finding(_ONE, Verdict.ONLY, words, worst, engines, where=f"in {where}")


def _listed(keys: Iterable[tuple[str, int]]) -> str:
    """Frameworks with their sizes."""
    sizes: dict[str, list[str]] = {}
    for key, n in keys:
        sizes.setdefault(_TITLES[key], []).append(str(n))
    return "; ".join(f"{title} (n = {', '.join(at)})" for title, at in sizes.items())


def _pairs(found: Pairs) -> Finding:
    if len(found) < 45:
        return Finding(_PAIRS, Verdict.CANNOT_TELL, f"{len(found)} of 45 pairs could be computed")
    accuracy = {pair: r.fields["by_accuracy"]["accuracy"] for pair, r in found.items()}
    good = sum(a >= 0.8 for a in accuracy.values())
    low, high = min(accuracy, key=accuracy.__getitem__), max(accuracy, key=accuracy.__getitem__)
    same = sum(r.fields["by_accuracy"]["pixel"] == r.fields["by_auc"]["pixel"] for r in found.values())
    words = (
        f"{good} of 45 pairs reach .80; from {accuracy[low]:.3f} ({low[0]} v {low[1]}) to "
        f"{accuracy[high]:.3f} ({high[0]} v {high[1]}); the best pixel by AUC is the best by accuracy for "
        f"{same} pairs"
    )
    effect = Effect("median accuracy", float(np.median(list(accuracy.values()))), count=45)
    return Finding(_PAIRS, Verdict.HOLDS if good >= 40 else Verdict.FAILS, words, effect, ("scikit-learn",))


def _alike(logistic: dict[tuple[int, int], dict[str, float]]) -> Finding:
    spread = {pair: max(a.values()) - min(a.values()) for pair, a in logistic.items() if len(a) > 1}
    engines = tuple(_TITLES[k] for k in dict.fromkeys(k for a in logistic.values() for k in a))
    if not spread:
        return Finding(_ALIKE, Verdict.CANNOT_TELL, "fewer than two frameworks could run", None, engines)
    widest = max(spread, key=spread.__getitem__)
    words = (
        f"widest difference of test accuracy between frameworks {spread[widest]:.4f} "
        f"({widest[0]} v {widest[1]})"
    )
    verdict = Verdict.HOLDS if spread[widest] <= 0.005 else Verdict.FAILS
    return Finding(
        _ALIKE, verdict, words, Effect("widest difference", spread[widest], count=len(spread)), engines
    )
