"""Phenomenon 1: numerical errors and step sizes."""

from __future__ import annotations

import numpy as np

from crossframe.report.tables import Cell, Table
from crossframe.studies.claim import Effect, Finding, Verdict, not_run
from crossframe.studies.phenomena import claims
from crossframe.studies.phenomena.measures import above, below, between, churn, churn_ratio
from crossframe.studies.phenomena.plan import ROUNDINGS, SWEEP, Got

KERAS, SKLEARN, H2O = "Keras", "scikit-learn", "H2O"


def ratios(got: Got) -> dict[str, Effect]:
    """For each rounding its churn over that between two seeds."""
    found = {}
    for name, (words, reference) in ROUNDINGS.items():
        if f"rounding.{name}" in got and f"rounding.{reference}" in got:
            other = got[f"rounding.{reference}"]["labels"]
            own = churn(got[f"rounding.{name}"]["labels"], other)
            found[name] = churn_ratio(words, own, between(other))
    return found


def rounding(got: Got) -> Finding:
    """Other rounding against another start."""
    if "rounding.base" not in got:
        return not_run(claims.ROUNDING, "keras")
    found = {name: e for name, e in ratios(got).items() if name != "again"}
    if not found:
        return not_run(claims.ROUNDING, "keras")
    worst = max(found.values(), key=lambda e: e.value)
    verdict = Verdict.CANNOT_TELL
    if any(e.low >= 1 for e in found.values()):
        verdict = Verdict.HOLDS
    elif below(found.values(), 1.0) is Verdict.HOLDS:
        verdict = Verdict.FAILS
    labels = got["rounding.base"]["labels"]
    accuracy = got["rounding.base"]["accuracy"]
    pairs = between(labels)[np.triu_indices(len(labels), 1)]
    moved = max(_moved(got, name) for name in found)
    words = (
        f"two seeds label {np.mean(pairs):.1%} of the test images differently, and their accuracies have a "
        f"standard deviation of {np.std(accuracy, ddof=1):.4f}; of {len(found)} equal computations the worst "
        f"({worst.what}) relabels {worst.value * np.mean(pairs):.3%}, and none moves an accuracy by more "
        f"than {moved:.4f}"
    )
    effect = Effect("churn of the worst rounding / of two seeds", worst.value, worst.low, worst.high,
                    count=worst.count)  # fmt: skip
    engines = (KERAS, SKLEARN) if "sklearn" in found else (KERAS,)
    return Finding(claims.ROUNDING, verdict, words, effect, engines)


def _moved(got: Got, name: str) -> float:
    reference = got[f"rounding.{ROUNDINGS[name][1]}"]["accuracy"]
    return float(np.max(np.abs(got[f"rounding.{name}"]["accuracy"] - reference)))


def table(got: Got) -> Table:
    """Every rounding in numbers."""
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
    for name, effect in ratios(got).items():
        reference = ROUNDINGS[name][1]
        own, other = got[f"rounding.{name}"], got[f"rounding.{reference}"]
        gap = np.abs(own["scores"].astype(np.float64) - other["scores"]).max(axis=(1, 2))
        same = int(np.sum(gap == 0))
        share = float(np.mean(churn(own["labels"], other["labels"])))
        interval = "" if np.isnan(effect.low) else f" [{effect.low:.3f}, {effect.high:.3f}]"
        rows.append([
            Cell(effect.what),
            Cell("Keras, XLA, float32" if reference == "base" else "Keras, no XLA, float32"),
            Cell(f"{share:.3%}", share),
            Cell(f"{effect.value:.3f}{interval}", effect.value),
            Cell(f"{_moved(got, name):.4f}"),
            Cell(f"{gap.max():.1e}", float(gap.max())),
            Cell(f"{same} of {len(gap)}", same),
        ])  # fmt: skip
    return Table("Trainings that differ in rounding only", columns, rows)


def step(got: Got) -> Finding:
    """The sweep of learning rates to divergence."""
    if "sweep" not in got:
        return not_run(claims.STEP, "keras")
    train, accuracy = got["sweep"]["train"], got["sweep"]["accuracy"]
    train = np.nan_to_num(train)
    fine = [k for k in range(len(SWEEP)) if train[k].min() > 0.99]
    broken = [k for k in range(len(SWEEP)) if train[k].max() < 0.5 and fine and k > max(fine)]
    if not broken:
        return Finding(claims.STEP, Verdict.FAILS, "no rate broke every seed", None, (KERAS,))
    best, first = int(np.argmax(accuracy.mean(axis=1))), broken[0]
    edge = int(np.argmax(got["sweep"]["churn"].mean(axis=1)))
    words = (
        f"{SWEEP[best]:g} is best, at {SWEEP[first]:g} every seed ends with at most {train[first].max():.2f} "
        "of the training images right; the order of the pixels matters most at "
        f"{SWEEP[edge]:g}, where it relabels {got['sweep']['churn'][edge].mean():.0%} of the "
        f"test images (two seeds: {got['sweep']['between'][edge].mean():.0%}); at {SWEEP[best]:g} it "
        f"relabels {got['sweep']['churn'][best].mean():.2%}"
    )
    effect = Effect("first rate that breaks every seed / best rate", SWEEP[first] / SWEEP[best],
                    count=train.shape[1])  # fmt: skip
    return Finding(claims.STEP, Verdict.HOLDS, words, effect, (KERAS,))


def race(got: Got) -> Finding:
    """h2o.deeplearning with racing threads."""
    if "race" not in got:
        return not_run(claims.RACE, "h2o")
    labels, accuracy = got["race"]["labels"], got["race"]["accuracy"]
    own, pairs = churn(labels[0], labels[1]), between(labels[0])
    effect = churn_ratio("churn of one seed twice / of two seeds", own, pairs)
    count = len(own)
    once, again = got["race"]["reproducible"]
    same, apart = bool((once == again).all()), float(np.max(np.abs(once - again)))
    words = (
        f"on two threads the same seed twice labels {np.mean(own):.1%} of the test images differently, "
        f"two seeds {pairs.sum() / (count * (count - 1)):.1%}; the accuracies of a seed's two runs "
        f"differ by up to {np.max(np.abs(accuracy[0] - accuracy[1])):.4f}; with reproducible=True two "
        f"runs of one seed {'agree in every bit' if same else f'still differ by up to {apart:.1g}'}"
    )
    return Finding(claims.RACE, below([effect], 1.0), words, effect, (H2O,))


def device(got: Got) -> Finding:
    """CPU against GPU, where there is one."""
    if "rounding.gpu" not in got:
        words = "there is no GPU here; with one, it is another row of the equal computations"
        return Finding(claims.DEVICE, Verdict.UNTESTED, words)
    effect = ratios(got)["gpu"]
    return Finding(claims.DEVICE, above([effect], 1.0), "see the table of roundings", effect, (KERAS,))
