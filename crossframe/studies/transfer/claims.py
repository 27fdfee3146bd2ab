"""Claims of the study ``transfer``; those about sentences and parameters are judged here, images in
`images`, layers in `reuse`."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from crossframe.claims.claim import Effect, Finding, Verdict, not_run
from crossframe.claims.claim_set import read_claims
from crossframe.claims.judge import (
    Key,
    above,
    cells_in_words,
    conjunction,
    decisive,
    in_words,
    over_cells,
    where_it_holds,
    where_settled,
    with_earlier,
)
from crossframe.core.statistics import Interval, bonferroni, corrected_mean, student_mean
from crossframe.core.types import FloatArray
from crossframe.studies.transfer.jobs import BAGS, RANDOM, TRAINED, Heads, Plain

LITTLE = 0.01
"""Difference of accuracies on images that counts as little."""
MANY, FEW = 10_000, 1_000
"""Images of the pre-trainings whose layers are compared."""
_GOOD, _GAIN = 0.9, 0.25

CLAIMS = read_claims(__package__, good=_GOOD, gain=_GAIN, little=LITTLE, twice=2 * LITTLE)


def both(accuracy: FloatArray) -> str:
    """How often both of two scored sentences are right, one, and none; ``accuracy`` is 0, .5 or 1."""
    shares = [float(np.mean(np.isclose(accuracy, k))) for k in (1.0, 0.5, 0.0)]
    return " / ".join(f"{share:.0%}" for share in shares)


def two_of(accuracy: FloatArray, scored: int) -> str:
    """The same where two of ``scored`` sentences were to be scored, over all pairs of them."""
    right = accuracy * scored
    pairs = scored * (scored - 1)
    two = float(np.mean(right * (right - 1) / pairs))
    none = float(np.mean((scored - right) * (scored - right - 1) / pairs))
    return f"{two:.0%} / {1 - two - none:.0%} / {none:.0%}"


def _by_mean_accuracies(heads: Heads, separable: Mapping[str, float]) -> Verdict:
    """The verdict of the earlier mark: means of at least .90, and of at most .65 with random vectors."""
    means = {kind: float(test.mean()) for (kind, n), (_, test) in heads.items() if n == TRAINED}
    if means.pop(RANDOM) > 0.65:
        return Verdict.FAILS
    return where_settled(Verdict.HOLDS if mean >= 0.9 else Verdict.FAILS for mean in means.values())


@with_earlier("sentences", _by_mean_accuracies)
def sentences(heads: Heads, separable: Mapping[str, float]) -> Finding:
    """Whether some way of pre-training makes eight labelled sentences enough."""
    kinds = [kind for kind, n in heads if n == 8 and kind != RANDOM]
    if (RANDOM, 8) not in heads or not kinds:
        return not_run(CLAIMS["sentences"], "keras")
    chance = heads[RANDOM, 8][1].mean(axis=1)
    level = bonferroni(0.95, len(kinds))
    cells: dict[Key, Verdict] = {}
    gains: dict[str, Effect] = {}
    accuracies = [f"{RANDOM} {in_words(student_mean(chance), '.3f', 1)}"]
    for kind in kinds:
        test = heads[kind, 8][1].mean(axis=1)
        gains[kind] = Effect.of(f"{kind} - random", student_mean(test - chance, level=level))
        accuracy = student_mean(test, level=level)
        accuracies.append(f"{kind} {in_words(accuracy, '.3f', 1)}")
        # Without any spread between seeds the value itself is what all of them agree on.
        known = accuracy if accuracy.exists else Interval(accuracy.value, accuracy.value, accuracy.value)
        cells[kind, 8] = conjunction((above(known, _GOOD), above(gains[kind], _GAIN)))
    share = "; ".join(f"{kind} {value:.0%}" for kind, value in separable.items())
    words = (
        f"sentences written for this study; mean test accuracy over seeds: {'; '.join(accuracies)} "
        f"({cells_in_words(cells)}). A plane separates all 20 sentences in this share of the seeds: {share}. "
        "On two test sentences, as published, accuracy is 1, .5 or 0: how often which, after 8 and after 18 "
        "labelled sentences, is in the table. Random vectors can do better than a coin, since words come "
        "back in other labelled sentences"
    )
    best = max(gains.values(), key=lambda e: e.value)
    verdict = over_cells(cells.values())
    good = sum(v is Verdict.HOLDS for v in cells.values())
    where = f"for {good} of {len(cells)} ways to build the vectors" if verdict is Verdict.PARTLY else ""
    return Finding(CLAIMS["sentences"], verdict, words, best, ("Keras",), where)


def _by_separate_intervals(heads: Heads, plain: Plain, overlap: Mapping[int, float]) -> Verdict:
    """The verdict of the earlier mark: unpaired, after eight sentences, with the vectors best on the test."""
    tests = [student_mean(test.mean(axis=1)) for (_, n), (_, test) in heads.items() if n == TRAINED]
    bags = [
        corrected_mean(test, overlap[n])
        for (kind, _, n), test in plain.items()
        if (kind, n) == (BAGS, TRAINED)
    ]
    if not tests or not bags:
        return Verdict.OPEN
    best = max(tests, key=lambda e: e.value)
    if any(bag.low > best.high for bag in bags):
        return Verdict.FAILS
    return Verdict.HOLDS if all(best.low > bag.high for bag in bags) else Verdict.OPEN


@with_earlier("against-words", _by_separate_intervals)
def against_words(heads: Heads, plain: Plain, overlap: Mapping[int, float]) -> Finding:
    """Pre-trained vectors against bags of words, split by split.

    ``overlap``: of the splits that train on so many sentences.
    """
    kinds = list(dict.fromkeys(kind for kind, _ in heads if kind != RANDOM))
    bags = {(framework, n): v for (kind, framework, n), v in plain.items() if kind == BAGS}
    if not kinds:
        return not_run(CLAIMS["against-words"], "keras")
    if not bags:
        return not_run(CLAIMS["against-words"], "sklearn")
    # The kind with the best vectors is chosen by its training accuracy alone.
    best = max(kinds, key=lambda k: float(np.mean([heads[key][0].mean() for key in heads if key[0] == k])))
    level = bonferroni(0.95, len(bags))
    cells: dict[Key, Verdict] = {}
    effects: dict[Key, Effect] = {}
    differences: list[str] = []
    for (framework, n), bag in bags.items():
        if (best, n) not in heads:
            continue
        gap = heads[best, n][1] - bag
        by_split = corrected_mean(gap.mean(axis=0), overlap[n], level=level)
        cells[framework, n] = agreed(by_split, student_mean(gap.mean(axis=1), level=level))
        effects[framework, n] = Effect.of(f"{best} - bags in {framework}, n = {n}", by_split)
        differences.append(f"{framework}, n = {n}: bags {bag.mean():.3f}, difference {in_words(by_split)}")
    words = (
        f"{best}, mean of the published head minus that of logistic regression with each framework's "
        f"defaults, over the same splits: {'; '.join(differences)} ({cells_in_words(cells)}). Each of the "
        "14 words is in two of the ten labelled sentences of its class, so that with 8 to train on a bag "
        "knows some words of the test sentences, and with 18 nearly all"
    )
    frameworks = ("Keras", *dict.fromkeys(framework for framework, _ in bags))
    effect = decisive(effects, cells)
    return Finding(
        CLAIMS["against-words"], over_cells(cells.values()), words, effect, frameworks, where_it_holds(cells)
    )


def agreed(by_split: Interval, by_seed: Interval) -> Verdict:
    """Whether a difference lies above 0 over splits and over seeds.

    Seeds that all agree have no spread: then the splits decide.
    """
    verdict = above(by_split)
    return verdict if verdict is above(by_seed if by_seed.exists else by_split) else Verdict.OPEN


def formula(parameters: list[int]) -> Finding:
    """The count against real layers with one and with two units."""
    if not parameters:
        return not_run(CLAIMS["formula"], "keras")
    claimed = (2048 + 1) * (1 + 1)
    words = (
        f"the formula gives {claimed:,}; a Keras layer with one sigmoid unit has {parameters[0]:,}, one "
        f"with two softmax units {parameters[1]:,}: the formula counts the two-unit head, because it adds "
        "an output where it means to add a bias"
    )
    effect = Effect.of("formula / layer with one unit", claimed / parameters[0], count=1)
    verdict = Verdict.HOLDS if claimed == parameters[0] else Verdict.FAILS
    return Finding(CLAIMS["formula"], verdict, words, effect, ("Keras",))


def _to_half_a_power(parameters: list[int]) -> Verdict:
    """The verdict of the earlier mark: a ratio between 10^4.5 and 10^5.5."""
    return Verdict.HOLDS if 10**4.5 <= 140e6 / parameters[1] <= 10**5.5 else Verdict.FAILS


@with_earlier("factor", _to_half_a_power)
def factor(parameters: list[int]) -> Finding:
    """140 million over the parameters of the head."""
    if not parameters:
        return not_run(CLAIMS["factor"], "keras")
    one, two = (140e6 / count for count in parameters)
    words = (
        f"140,000,000 / {parameters[1]:,} = {two:,.0f}: the article's 10^5 is {1e5 / two:.1f} times as "
        f"much. One sigmoid unit would do with {parameters[0]:,} parameters, a ratio of {one:,.0f}. Either "
        "counts the head alone, which uses the features that the others compute"
    )
    verdict = Verdict.HOLDS if 5e4 <= two < 1.5e5 else Verdict.FAILS
    return Finding(CLAIMS["factor"], verdict, words, Effect.of("ratio", two, count=1), ("Keras",))
