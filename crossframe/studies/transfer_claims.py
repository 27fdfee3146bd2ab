"""Claims of the study ``transfer`` and how they are judged."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from crossframe.engines.base import FloatArray
from crossframe.studies.claim import Claim, Effect, Finding, Source, Verdict
from crossframe.studies.intervals import over_draws, over_seeds

JAIN = Source(
    "Jain 2017",
    "https://medium.com/nanonets/nanonets-how-to-use-deep-learning-when-you-have-limited-data-f68c0b512cab",
)
HERE = Source("asked here", "")

FRAMEWORKS = {"scikit-learn": "sklearn.logistic", "R glm": "r.glm", "H2O GLM": "h2o.glm"}
"""Logistic regression with each framework's defaults."""

SCRATCH = "CNN from scratch"
FEATURES, PIXELS = "pre-trained features", "pixels"

_SENTENCES = Claim(
    "sentences",
    "Eight labelled sentences suffice after pre-training on some sixty unlabelled ones: 100 % right in place "
    "of 50 %.",
    JAIN,
    "mean test accuracy of at least .90 with pre-trained word vectors and at most .65 with random ones",
)
_WORDS = Claim(
    "against-words",
    "Pre-trained vectors do better than logistic regression on bags of words with the same eight sentences.",
    HERE,
    "the interval of the pre-trained mean lies above that of the bag of words, in every framework",
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
    "a ratio between 10^4.5 and 10^5.5",
)
_IMAGES = Claim(
    "images",
    "With a handful of images, features of a network that was trained on other images beat training from "
    "scratch.",
    JAIN,
    "at the smallest n, logistic regression on the features beats the same network trained from scratch, "
    "with an interval that leaves out 0",
)


def sentences(heads: Mapping[str, tuple[Effect, Effect, FloatArray]], random: str) -> Finding:
    """Which way of pre-training works."""
    if random not in heads or len(heads) < 2:
        return Finding(_SENTENCES, Verdict.CANNOT_TELL, "TensorFlow could not run")
    chance = heads[random][1]
    good = [k for k, (_, test, _) in heads.items() if k != random and test.value >= 0.9]
    bad = [k for k in heads if k != random and k not in good]
    told = "; ".join(f"{k} {test.value:.3f}" for k, (_, test, _) in heads.items())
    gains = [
        over_seeds(f"{k} - random", v - heads[random][2]) for k, (_, _, v) in heads.items() if k != random
    ]
    effect = max(gains, key=lambda e: e.value)
    words = f"mean test accuracy over splits and seeds: {told}"
    if chance.value > 0.65 or not good:
        return Finding(_SENTENCES, Verdict.FAILS, words, effect, ("Keras",))
    if bad:
        return Finding(_SENTENCES, Verdict.ONLY, words, effect, ("Keras",), where=f"for {'; '.join(good)}")
    return Finding(_SENTENCES, Verdict.HOLDS, words, effect, ("Keras",))


def against_words(
    heads: Mapping[str, tuple[Effect, Effect, FloatArray]], plain: Mapping[tuple[str, str], Effect]
) -> Finding:
    """The best kind of vectors against bags of words."""
    bags = {framework: e for (kind, framework), e in plain.items() if kind == "bag of words"}
    if not bags or not heads:
        return Finding(_WORDS, Verdict.CANNOT_TELL, "nothing could run")
    best = max(heads, key=lambda k: heads[k][1].value)
    test = heads[best][1]
    told = ", ".join(
        f"{framework} {e.value:.3f} [{e.low:.3f}, {e.high:.3f}]" for framework, e in bags.items()
    )
    words = f"{best}: {test.value:.3f}; bags of words: {told}"
    above = {framework: test.low > e.high for framework, e in bags.items()}
    verdict = Verdict.HOLDS if all(above.values()) else Verdict.CANNOT_TELL
    if any(e.low > test.high for e in bags.values()):
        verdict = Verdict.FAILS
    return Finding(_WORDS, verdict, words, test, ("Keras", *bags))


def formula(parameters: list[int]) -> Finding:
    """The count against real layers with one and with two units."""
    if not all(parameters):
        return Finding(_FORMULA, Verdict.CANNOT_TELL, "Keras could not run")
    claimed = (2048 + 1) * (1 + 1)
    words = (
        f"the formula gives {claimed:,}; a Keras layer with one sigmoid unit has {parameters[0]:,}, one with "
        f"two softmax units {parameters[1]:,}: the formula counts the two-unit head, because it adds an "
        "output where it means to add a bias"
    )
    effect = Effect("formula / layer with one unit", claimed / parameters[0], count=1)
    verdict = Verdict.HOLDS if claimed == parameters[0] else Verdict.FAILS
    return Finding(_FORMULA, verdict, words, effect, ("Keras",))


def factor(head: int) -> Finding:
    """140 million over the parameters of the head."""
    if not head:
        return Finding(_FACTOR, Verdict.CANNOT_TELL, "Keras could not run")
    ratio = 140e6 / head
    near = 10**4.5 <= ratio <= 10**5.5
    words = f"140,000,000 / {head:,} = {ratio:,.0f}, or 10^{np.log10(ratio):.2f}; the head alone is trained"
    return Finding(
        _FACTOR, Verdict.HOLDS if near else Verdict.FAILS, words, Effect("ratio", ratio), ("Keras",)
    )


def images(found: Mapping[tuple[str, int], tuple[FloatArray, Effect]], overlap: float) -> Finding:
    """Features against the network from scratch, at the smallest n; ``overlap`` is that of its draws."""
    n = min((size for _, size in found), default=0)
    if (SCRATCH, n) not in found:
        return Finding(_IMAGES, Verdict.CANNOT_TELL, "Keras could not run")
    scratch = found[SCRATCH, n][0]
    gains = {
        framework: over_draws(
            "features - scratch", found[f"{framework}, {FEATURES}", n][0] - scratch, overlap
        )
        for framework in FRAMEWORKS
        if (f"{framework}, {FEATURES}", n) in found
    }
    told = ", ".join(f"{k} {e.value:+.3f} [{e.low:+.3f}, {e.high:+.3f}]" for k, e in gains.items())
    words = f"at n = {n}, from scratch {found[SCRATCH, n][1].value:.3f}; features - scratch: {told}"
    better = [k for k, e in gains.items() if e.low > 0]
    worse = [k for k, e in gains.items() if e.high < 0]
    effect = max(gains.values(), key=lambda e: e.value, default=None)
    engines = ("Keras", *gains)
    if gains and len(better) == len(gains):
        return Finding(_IMAGES, Verdict.HOLDS, words, effect, engines)
    if better:
        return Finding(_IMAGES, Verdict.ONLY, words, effect, engines, where=f"in {', '.join(better)}")
    return Finding(_IMAGES, Verdict.FAILS if worse else Verdict.CANNOT_TELL, words, effect, engines)


def untested() -> tuple[Finding, ...]:
    """What needs more than is here."""
    big = Claim(
        "imagenet",
        "A network with 140 million parameters needs 1.2 million images when it is trained from scratch.",
        JAIN,
        "VGG-16 trained on ImageNet subsets",
    )
    return (Finding(big, Verdict.UNTESTED, "needs ImageNet and weeks of a CPU; neither is here"),)
