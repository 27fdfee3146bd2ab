"""Phenomenon 1: numerical errors and step sizes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from crossframe.claims.claim import Effect, Finding, Verdict, not_run, untested
from crossframe.claims.judge import above, at_least, below, conjunction, with_earlier
from crossframe.core.statistics import Interval, jackknife
from crossframe.core.types import FloatArray
from crossframe.report.table import Cell, Table
from crossframe.studies.phenomena import claims
from crossframe.studies.phenomena.jobs import ROUNDINGS, SWEEP, Computed

KERAS, SKLEARN, H2O = "Keras", "scikit-learn", "H2O"


def churn(left: NDArray[np.uint8], right: NDArray[np.uint8]) -> FloatArray:
    """Share of test images that two trainings label differently, by seed; labels are (seeds, m)."""
    share: FloatArray = np.mean(left != right, axis=1)
    return share


def between(labels: NDArray[np.uint8]) -> FloatArray:
    """The same for every two seeds: (seeds, seeds), 0 on the diagonal."""
    share: FloatArray = np.array([np.mean(labels != row, axis=1) for row in labels])
    return share


def churn_ratio(own: FloatArray, pairs: FloatArray) -> Interval:
    """Mean churn of (seeds,) over that between two different seeds, (seeds, seeds)."""

    def ratio(seeds: NDArray[np.int64]) -> float:
        others = pairs[np.ix_(seeds, seeds)]
        return float(np.mean(own[seeds]) / (others.sum() / (len(seeds) * (len(seeds) - 1))))

    return jackknife(ratio, len(own))


def ratios(computed: Computed) -> dict[str, Effect]:
    """For each rounding its churn over that between two seeds."""
    effects = {}
    for name, (words, reference) in ROUNDINGS.items():
        if f"rounding.{name}" in computed and f"rounding.{reference}" in computed:
            other = computed[f"rounding.{reference}"]["labels"]
            own = churn(computed[f"rounding.{name}"]["labels"], other)
            effects[name] = Effect.of(words, churn_ratio(own, between(other)))
    return effects


def _others(computed: Computed) -> dict[str, Effect]:
    """The ratios of all but the same computation made twice."""
    return {name: e for name, e in ratios(computed).items() if name != "again"}


def _by_upper_ends(computed: Computed) -> Verdict:
    """The verdict of the earlier mark by its words: some interval ends above 1."""
    effects = _others(computed).values()
    if any(e.high > 1 for e in effects):
        return Verdict.HOLDS
    all_below = conjunction(below(e, 1) for e in effects) is Verdict.HOLDS
    return Verdict.FAILS if all_below else Verdict.OPEN


@with_earlier("rounding", _by_upper_ends)
def rounding(computed: Computed) -> Finding:
    """Whether some equal computation relabels as many test images as another start does."""
    if "rounding.base" not in computed:
        return not_run(claims.CLAIMS["rounding"], "keras")
    effects = _others(computed)
    if not effects:
        return not_run(claims.CLAIMS["rounding"], "keras")
    worst = max(effects.values(), key=lambda e: e.value)
    verdict = Verdict.OPEN
    # One computation is enough for the claim; against it are all of them together.
    if any(at_least(e, 1) is Verdict.HOLDS for e in effects.values()):
        verdict = Verdict.HOLDS
    elif conjunction(below(e, 1) for e in effects.values()) is Verdict.HOLDS:
        verdict = Verdict.FAILS
    labels = computed["rounding.base"]["labels"]
    accuracy = computed["rounding.base"]["accuracy"]
    pairs = between(labels)[np.triu_indices(len(labels), 1)]
    moved = max(_moved(computed, name) for name in effects)
    words = (
        f"two seeds label {np.mean(pairs):.1%} of the test images differently, and their accuracies have a "
        f"standard deviation of {np.std(accuracy, ddof=1):.4f}; of {len(effects)} equal computations the "
        f"worst ({worst.what}) relabels {worst.value * np.mean(pairs):.3%}, and none moves an accuracy by "
        f"more than {moved:.4f}"
    )
    effect = Effect.of("share relabelled by the worst rounding / by two seeds", worst)
    engines = (KERAS, SKLEARN) if "sklearn" in effects else (KERAS,)
    return Finding(claims.CLAIMS["rounding"], verdict, words, effect, engines)


def _moved(computed: Computed, name: str) -> float:
    reference = computed[f"rounding.{ROUNDINGS[name][1]}"]["accuracy"]
    return float(np.max(np.abs(computed[f"rounding.{name}"]["accuracy"] - reference)))


def table(computed: Computed) -> Table:
    """A row for each equal computation: relabelled share, differences, identical seeds."""
    columns = (
        ("Equal but for", False, ""),
        ("Compared with", False, ""),
        ("Relabelled", True, "share of the test images, mean over seeds"),
        ("Over two seeds [95 %]", True, "that share over the one between two seeds"),
        ("Largest |Δ accuracy|", True, ""),
        ("Largest |Δ p|", True, "of a probability of the first 500 test images"),
        ("Seeds bit-identical", True, "probabilities of all of these images"),
    )
    rows = []
    for name, effect in ratios(computed).items():
        reference = ROUNDINGS[name][1]
        own, other = computed[f"rounding.{name}"], computed[f"rounding.{reference}"]
        gap = np.abs(own["scores"].astype(np.float64) - other["scores"]).max(axis=(1, 2))
        same = int(np.sum(gap == 0))
        share = float(np.mean(churn(own["labels"], other["labels"])))
        interval = "" if np.isnan(effect.low) else f" [{effect.low:.3f}, {effect.high:.3f}]"
        rows.append([
            Cell(effect.what),
            Cell("Keras, XLA, float32" if reference == "base" else "Keras, no XLA, float32"),
            Cell(f"{share:.3%}", share),
            Cell(f"{effect.value:.3f}{interval}", effect.value),
            Cell(f"{_moved(computed, name):.4f}"),
            Cell(f"{gap.max():.1e}", float(gap.max())),
            Cell(f"{same} of {len(gap)}", same),
        ])  # fmt: skip
    return Table("Trainings that differ in rounding only", columns, rows)


def step(computed: Computed) -> Finding:
    """Whether a badly chosen learning rate breaks every seed."""
    if "sweep" not in computed:
        return not_run(claims.CLAIMS["step-size"], "keras")
    train, accuracy = computed["sweep"]["train"], computed["sweep"]["accuracy"]
    train = np.nan_to_num(train)
    fine = [k for k in range(len(SWEEP)) if train[k].min() > 0.99]
    broken = [k for k in range(len(SWEEP)) if train[k].max() < 0.5 and fine and k > max(fine)]
    if not broken:
        return Finding(claims.CLAIMS["step-size"], Verdict.FAILS, "no rate broke every seed", None, (KERAS,))
    best, first = int(np.argmax(accuracy.mean(axis=1))), broken[0]
    edge = int(np.argmax(computed["sweep"]["churn"].mean(axis=1)))
    words = (
        f"{SWEEP[best]:g} is best, at {SWEEP[first]:g} every seed ends with at most "
        f"{train[first].max():.2f} of the training images right; the order of the pixels matters most at "
        f"{SWEEP[edge]:g}, where it relabels {computed['sweep']['churn'][edge].mean():.0%} of the test "
        f"images (two seeds: {computed['sweep']['between'][edge].mean():.0%}); at {SWEEP[best]:g} it "
        f"relabels {computed['sweep']['churn'][best].mean():.2%}"
    )
    ratio = SWEEP[first] / SWEEP[best]
    effect = Effect.of("first rate that breaks every seed / best rate", ratio, count=train.shape[1])
    return Finding(claims.CLAIMS["step-size"], Verdict.HOLDS, words, effect, (KERAS,))


def race(computed: Computed) -> Finding:
    """Whether one seed twice relabels fewer test images than two seeds, with racing threads."""
    if "race" not in computed:
        return not_run(claims.CLAIMS["racing-threads"], "h2o")
    labels, accuracy = computed["race"]["labels"], computed["race"]["accuracy"]
    own, pairs = churn(labels[0], labels[1]), between(labels[0])
    effect = Effect.of(
        "share relabelled by one seed twice, on two threads / by two seeds", churn_ratio(own, pairs)
    )
    count = len(own)
    once, again = computed["race"]["reproducible"]
    same, gap = bool((once == again).all()), float(np.max(np.abs(once - again)))
    words = (
        f"on two threads the same seed twice labels {np.mean(own):.1%} of the test images differently, two "
        f"seeds {pairs.sum() / (count * (count - 1)):.1%}; the accuracies of a seed's two runs differ by "
        f"up to {np.max(np.abs(accuracy[0] - accuracy[1])):.4f}; with reproducible=True two runs of one "
        f"seed {'agree in every bit' if same else f'still differ by up to {gap:.1g}'}"
    )
    return Finding(claims.CLAIMS["racing-threads"], below(effect, 1), words, effect, (H2O,))


def device(computed: Computed) -> Finding:
    """Whether a GPU relabels more test images than another start; untested without one."""
    if "rounding.gpu" not in computed:
        reason = "there is no GPU here; with one, it is another row of the equal computations"
        return untested(claims.CLAIMS["cpu-gpu"], reason)
    effect = ratios(computed)["gpu"]
    return Finding(claims.CLAIMS["cpu-gpu"], above(effect, 1), "see the table of roundings", effect, (KERAS,))
