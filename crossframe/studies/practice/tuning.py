"""Judging what the optimiser and the architecture do, and what a search over settings brings."""

from __future__ import annotations

from collections.abc import Iterable
from math import comb

import numpy as np

from crossframe.claims.claim import Effect, Finding, Verdict, not_run
from crossframe.claims.judge import above, at_least, in_words, over_cells, restricted, wins_from
from crossframe.core.statistics import bonferroni, geometric_mean, student_mean
from crossframe.core.types import FloatArray
from crossframe.studies.practice.claims import BUDGET, CLAIMS, LITTLE
from crossframe.studies.practice.jobs import ARCHITECTURES, FACTORS, KERAS, OPTIMISERS, SKLEARN, Computed

NET, LINEAR = "network", "logistic regression"
DEFAULT, BEST = "at default rates", "at the best of three rates"


def grid(computed: Computed, name: str) -> FloatArray | None:
    """``accuracy`` or ``validation`` (architectures, optimisers, rates, seeds); None where one is missing."""
    rows = [[computed.get(f"tuning.{a}.{o}") for o in OPTIMISERS] for a in ARCHITECTURES]
    if any(cell is None for row in rows for cell in row):
        return None
    return np.array([[cell[name] for cell in row if cell is not None] for row in rows])


def accuracies(computed: Computed) -> dict[str, FloatArray]:
    """Test accuracy (architectures, optimisers, seeds) at default rates, and at the best by validation."""
    tested, chosen = grid(computed, "accuracy"), grid(computed, "validation")
    if tested is None or chosen is None:
        return {}
    best = np.take_along_axis(tested, chosen.argmax(axis=2)[:, :, None], axis=2)[:, :, 0]
    return {DEFAULT: tested[:, :, FACTORS.index(1.0)], BEST: best}


def optimiser(computed: Computed) -> Finding:
    """Spread over the optimisers against spread over the architectures."""
    each = accuracies(computed)
    if not each:
        return not_run(CLAIMS["optimiser"], "keras")
    effects, words = {}, []
    for name, accuracy in each.items():
        by_optimiser, by_architecture = accuracy.mean(axis=0), accuracy.mean(axis=1)
        spreads = by_optimiser.std(axis=0, ddof=1), by_architecture.std(axis=0, ddof=1)
        ratio = geometric_mean(np.log(spreads[0] / spreads[1]), level=bonferroni(0.95, len(each)))
        effects[name] = Effect.of(f"spread by optimiser / by architecture, {name}", ratio)
        words.append(
            f"{name} {in_words(ratio, '.2f')} (standard deviations {spreads[0].mean():.3f} and "
            f"{spreads[1].mean():.3f}; {_means(OPTIMISERS, by_optimiser)}; "
            f"{_means(ARCHITECTURES, by_architecture)})"
        )
    cells = {name: at_least(e, 1.0) for name, e in effects.items()}
    verdict = over_cells(cells.values())
    # The place is in the name of the case: no preposition stands before it.
    where = restricted(cells, "").strip() if verdict is Verdict.PARTLY else ""
    least = min(effects.values(), key=lambda e: e.value)
    return Finding(CLAIMS["optimiser"], verdict, "; ".join(words), least, (KERAS,), where)


def _means(names: Iterable[str], values: FloatArray) -> str:
    """Mean accuracy over seeds by name; ``values`` (names, seeds)."""
    return ", ".join(f"{k} {v.mean():.3f}" for k, v in zip(names, values, strict=True))


def curves(computed: Computed) -> dict[str, FloatArray]:
    """Expected test accuracy of the best (by validation) of 1, 2, ... settings, (settings, seeds).

    The settings are drawn without replacement from all of `NET` or `LINEAR`.
    """
    made = {}
    tested, chosen = grid(computed, "accuracy"), grid(computed, "validation")
    if tested is not None and chosen is not None:
        seeds = tested.shape[-1]
        made[NET] = expected(tested.reshape(-1, seeds), chosen.reshape(-1, seeds))
    linear = computed.get("tuning.linear")
    if linear is not None:
        made[LINEAR] = expected(linear["accuracy"], linear["validation"])
    return made


def expected(tested: FloatArray, chosen: FloatArray) -> FloatArray:
    """Mean of ``tested`` at the largest of ``chosen`` over all sets of b settings, for b from 1.

    Both are (m, seeds). With the settings in ascending order of ``chosen`` the k-th is the best of b in
    C(k - 1, b - 1) of C(m, b) sets. Equal ones stay in their order, as a search that keeps the last of its
    best would have them.
    """
    m = len(tested)
    order = np.argsort(chosen, axis=0, kind="stable")
    ranked = np.take_along_axis(tested, order, axis=0)
    weights = np.array([[comb(k, b - 1) / comb(m, b) for k in range(m)] for b in range(1, m + 1)])
    means: FloatArray = weights @ ranked
    return means


def search(computed: Computed) -> Finding:
    """Whether a network gains more by a search than a linear model."""
    each = curves(computed)
    if len(each) < 2:
        return not_run(CLAIMS["search"], "keras" if NET not in each else "sklearn")
    gains = {k: v[BUDGET - 1] - v[0] for k, v in each.items()}
    effect = Effect.of("gain by the search, network - linear", student_mean(gains[NET] - gains[LINEAR]))
    words = f"gain from 1 to {BUDGET} settings: " + "; ".join(
        f"{k} {v.mean():+.3f} (from {each[k][0].mean():.3f}, of {len(each[k])} settings)"
        for k, v in gains.items()
    )
    words += f"; difference {in_words(effect)}"
    return Finding(CLAIMS["search"], above(effect, LITTLE), words, effect, (KERAS, SKLEARN))


def low_budget(computed: Computed) -> Finding:
    """Whether one random setting of a linear model beats one of a network; from where on the latter leads."""
    each = curves(computed)
    if len(each) < 2:
        return not_run(CLAIMS["low-budget"], "keras" if NET not in each else "sklearn")
    shared = min(map(len, each.values()))
    lead = each[LINEAR][:shared] - each[NET][:shared]
    effect = Effect.of("accuracy, linear - network, one setting", student_mean(lead[0]))
    words = (
        f"linear - network with one setting {in_words(effect)}, with {BUDGET} "
        f"{in_words(student_mean(lead[BUDGET - 1]))}"
    )
    ahead = wins_from({b + 1: student_mean(-lead[b]) for b in range(shared)})
    words += f"; the network surely leads from a budget of {ahead} on" if ahead else ""
    return Finding(CLAIMS["low-budget"], above(effect), words, effect, (KERAS, SKLEARN))
