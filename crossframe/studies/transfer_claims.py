"""Claims of the study ``transfer`` about sentences and parameters, and how they are judged."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from crossframe.engines.base import FloatArray
from crossframe.studies.cells import Key, above, deciding, over_cells, overall, written
from crossframe.studies.claim import Claim, Effect, Finding, Source, Verdict, not_run

JAIN = Source(
    "Jain 2017",
    "https://medium.com/nanonets/nanonets-how-to-use-deep-learning-when-you-have-limited-data-f68c0b512cab",
)
HERE = Source("asked here", "")

FRAMEWORKS = {"scikit-learn": "sklearn.logistic", "R glm": "r.glm", "H2O GLM": "h2o.glm"}
"""Logistic regression with each framework's defaults."""

RANDOM, BAGS = "random vectors", "bag of words"

Heads = Mapping[tuple[str, int], tuple[FloatArray, FloatArray]]
"""(kind of vectors, sentences trained on) -> train and test accuracy, (seeds, splits)."""

Plain = dict[tuple[str, str, int], FloatArray]
"""(representation, framework, sentences trained on) -> test accuracy, (splits,)."""

_GOOD, _GAIN = 0.9, 0.25

_SENTENCES = Claim(
    "sentences",
    "Eight labelled sentences suffice after pre-training on some sixty unlabelled ones: 100 % right in place "
    "of 50 %.",
    JAIN,
    f"trained on 8 sentences and scored on the other 12: over seeds, the interval of the mean accuracy lies "
    f"above {_GOOD} with pre-trained vectors, and that of its gain over random vectors above {_GAIN}",
)
_WORDS = Claim(
    "against-words",
    "Pre-trained vectors do better than logistic regression on bags of the same words.",
    HERE,
    "in every framework, with 8 and with 18 sentences to train on, the paired difference of accuracy lies "
    "above 0 both over splits and over seeds of the vectors (intervals for all comparisons at once)",
)
_FORMULA = Claim(
    "formula",
    "The last layer of a network with 2,048 features has [inputs + 1] x [outputs + 1] parameters.",
    JAIN,
    "equal to the count of a real Keras layer with one sigmoid unit, the one output that the formula has",
)
_FACTOR = Claim(
    "factor",
    "Transfer takes 10^5 times fewer parameters: 4,098 in place of 140 million.",
    JAIN,
    "a ratio that rounds to 1 x 10^5: from 50,000 to 150,000",
)


def both(accuracy: FloatArray) -> str:
    """How often both of two scored sentences are right, one, and none; ``accuracy`` is 0, .5 or 1."""
    shares = [float(np.mean(np.isclose(accuracy, k))) for k in (1.0, 0.5, 0.0)]
    return " / ".join(f"{share:.0%}" for share in shares)


def two_of(accuracy: FloatArray, scored: int) -> str:
    """The same where two of ``scored`` sentences were to be drawn, over all pairs of them."""
    right = accuracy * scored
    pairs = scored * (scored - 1)
    two = float(np.mean(right * (right - 1) / pairs))
    none = float(np.mean((scored - right) * (scored - right - 1) / pairs))
    return f"{two:.0%} / {1 - two - none:.0%} / {none:.0%}"


def sentences(heads: Heads, separable: Mapping[str, float]) -> Finding:
    """Which way of pre-training works."""
    kinds = [kind for kind, n in heads if n == 8 and kind != RANDOM]
    if (RANDOM, 8) not in heads or not kinds:
        return not_run(_SENTENCES, "keras")
    chance = heads[RANDOM, 8][1].mean(axis=1)
    cells: dict[Key, Verdict] = {}
    gains: dict[str, Effect] = {}
    told = [f"{RANDOM} {written(over_cells('', chance, 0.0, 1), '.3f', 1)}"]
    for kind in kinds:
        test = heads[kind, 8][1].mean(axis=1)
        gains[kind] = over_cells(f"{kind} - random", test - chance, 0.0, len(kinds))
        good = over_cells("", test, 0.0, len(kinds))
        told.append(f"{kind} {written(good, '.3f', 1)}")
        cells[kind, 8] = _enough(good, gains[kind])
    share = "; ".join(f"{kind} {value:.0%}" for kind, value in separable.items())
    verdict, where, words = overall(cells)
    best = max(gains.values(), key=lambda e: e.value)
    said = (
        f"mean test accuracy over seeds: {'; '.join(told)} ({words}). A plane separates all 20 sentences in "
        f"this share of the seeds: {share}. On two test sentences, as published, accuracy is 1, .5 or 0: how "
        "often which, after 8 and after 18 labelled sentences, is in the table. Random vectors can do better "
        "than a coin, since words come back in other labelled sentences"
    )
    return Finding(_SENTENCES, verdict, said, best, ("Keras",), where)


def _enough(accuracy: Effect, gain: Effect) -> Verdict:
    """Both marks; without any spread between seeds the value itself is what all of them agree on."""
    flat = Effect("", accuracy.value, accuracy.value, accuracy.value)
    parts = (above(flat if np.isnan(accuracy.low) else accuracy, _GOOD), above(gain, _GAIN))
    if Verdict.FAILS in parts:
        return Verdict.FAILS
    return Verdict.HOLDS if set(parts) == {Verdict.HOLDS} else Verdict.CANNOT_TELL


def against_words(heads: Heads, plain: Plain, overlap: Mapping[int, float]) -> Finding:
    """Pre-trained vectors against bags of words, split by split.

    ``overlap``: of the splits that train on so many sentences.
    """
    kinds = list(dict.fromkeys(kind for kind, _ in heads if kind != RANDOM))
    bags = {(framework, n): v for (kind, framework, n), v in plain.items() if kind == BAGS}
    if not kinds:
        return not_run(_WORDS, "keras")
    if not bags:
        return not_run(_WORDS, "sklearn")
    # The kind with the best vectors is chosen by its training accuracy alone.
    best = max(kinds, key=lambda k: float(np.mean([heads[key][0].mean() for key in heads if key[0] == k])))
    cells: dict[Key, Verdict] = {}
    told: list[str] = []
    effects: dict[Key, Effect] = {}
    for (framework, n), bag in bags.items():
        if (best, n) not in heads:
            continue
        gap = heads[best, n][1] - bag
        by_split = over_cells(
            f"{best} - bags in {framework}, n = {n}", gap.mean(axis=0), overlap[n], len(bags)
        )
        verdict = agreed(by_split, over_cells("", gap.mean(axis=1), 0.0, len(bags)))
        cells[framework, n] = verdict
        effects[framework, n] = by_split
        told.append(f"{framework}, n = {n}: bags {bag.mean():.3f}, difference {written(by_split)}")
    verdict, where, words = overall(cells)
    said = (
        f"{best}, mean of the published head minus that of logistic regression with each framework's "
        f"defaults, over the same splits: {'; '.join(told)} ({words}). Each of the 14 words is in two of the "
        "ten labelled sentences of its class, so that with 8 to train on a bag knows some words of the test "
        "sentences, and with 18 nearly all"
    )
    effect = deciding(effects, cells)
    return Finding(
        _WORDS, verdict, said, effect, ("Keras", *dict.fromkeys(framework for framework, _ in bags)), where
    )


def agreed(by_split: Effect, by_seed: Effect) -> Verdict:
    """Whether a difference lies above 0 over splits and over seeds.

    Seeds that all agree have no spread: then the splits decide.
    """
    seeds = above(by_split if np.isnan(by_seed.low) else by_seed)
    return above(by_split) if above(by_split) is seeds else Verdict.CANNOT_TELL


def formula(parameters: list[int]) -> Finding:
    """The count against real layers with one and with two units."""
    if not parameters:
        return not_run(_FORMULA, "keras")
    claimed = (2048 + 1) * (1 + 1)
    words = (
        f"the formula gives {claimed:,}; a Keras layer with one sigmoid unit has {parameters[0]:,}, one with "
        f"two softmax units {parameters[1]:,}: the formula counts the two-unit head, because it adds an "
        "output where it means to add a bias"
    )
    effect = Effect("formula / layer with one unit", claimed / parameters[0], count=1)
    verdict = Verdict.HOLDS if claimed == parameters[0] else Verdict.FAILS
    return Finding(_FORMULA, verdict, words, effect, ("Keras",))


def factor(parameters: list[int]) -> Finding:
    """140 million over the parameters of the head."""
    if not parameters:
        return not_run(_FACTOR, "keras")
    one, two = (140e6 / count for count in parameters)
    words = (
        f"140,000,000 / {parameters[1]:,} = {two:,.0f}: the article's 10^5 is {1e5 / two:.1f} times as much. "
        f"One sigmoid unit would do with {parameters[0]:,} parameters, a ratio of {one:,.0f}. Either counts "
        "the head alone, which uses the features that the others compute"
    )
    verdict = Verdict.HOLDS if 5e4 <= two < 1.5e5 else Verdict.FAILS
    return Finding(_FACTOR, verdict, words, Effect("ratio", two, count=1), ("Keras",))


def untested() -> tuple[Finding, ...]:
    """What needs more than is here."""
    big = Claim(
        "imagenet",
        "A network with 140 million parameters needs 1.2 million images when it is trained from scratch.",
        JAIN,
        "VGG-16 trained on ImageNet subsets",
    )
    return (Finding(big, Verdict.UNTESTED, "needs ImageNet and weeks of a CPU; neither is here"),)
