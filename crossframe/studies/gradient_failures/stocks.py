"""Choosing a stock, decomposed or end to end: section 3.2 of the publication."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from crossframe.comparison.record import Record
from crossframe.report.document import Part
from crossframe.studies.claim import Claim, Finding, Verdict, not_run
from crossframe.studies.gradient_failures import judging as j
from crossframe.studies.gradient_failures.figures import Axes, Panel, Series, multiples
from crossframe.studies.intervals import over_seeds
from crossframe.studies.lab import Job, Lab
from crossframe.studies.study import Found

_FEW = Claim(
    "stocks-few",
    "Among ten stocks, learning from the return alone does as well as being told the right one.",
    j.PAPER,
    "both losses at most -.99 after 2,500 updates, for every seed (the optimum is -1)",
)
_MANY = Claim(
    "stocks-many",
    "Among a thousand or more, learning from the return alone falls behind and does not catch up.",
    j.PAPER,
    "after 2,500 updates its loss is at least .2 above that of the decomposed one, for every k >= 1,000 and "
    "every seed",
)
_NOISE = Claim(
    "stocks-noise",
    "The return alone makes the gradient noisier by a factor of the number of stocks.",
    j.PAPER,
    "second moment of the gradient with respect to the scores, end to end over decomposed, at the start: k "
    "to 10 % for every k and seed",
)

Key = tuple[int, bool]

_PUBLISHED = 2000
"""Stocks."""


def run(lab: Lab) -> Found:
    """Train both ways for few and many stocks, and measure the gradients at the start."""
    sizes = lab.quick((10, 1000), (10, 100, 1000, 2000))
    jobs: list[tuple[tuple[str, int, bool], Job]] = []
    for k in sizes:
        seeds = range(lab.seed, lab.seed + (3 if k < 1000 else 2))
        for told in (True, False):
            arguments = {"k": k, "told": told, "updates": 2500, "every": 100}
            jobs += [
                (("learn", k, told), Job("failures_stocks:learn", {**arguments, "seed": seed}, "keras"))
                for seed in seeds
            ]
    for k in (10, 100, 1000):
        jobs += [
            (
                ("moments", k, False),
                Job("failures_stocks:moments", {"k": k, "rows": 2000, "seed": lab.seed + i}, "keras"),
            )
            for i in range(3)
        ]
    found = j.grid(lab, jobs)
    learnt = {(k, told): r for (what, k, told), r in found.items() if what == "learn"}
    noise = {k: r for (what, k, _), r in found.items() if what == "moments"}
    return Found((_few(learnt), _many(learnt), _noise(noise)), (_curves(learnt),), "")


def _few(learnt: Mapping[Key, list[Record]]) -> Finding:
    losses = {told: j.numbers(learnt.get((10, told), []), "loss") for told in (True, False)}
    if not all(map(len, losses.values())):
        return not_run(_FEW, "keras")
    words = f"loss told {j.listed(losses[True])}, from the return alone {j.listed(losses[False])}"
    shown = np.concatenate(list(losses.values())) <= -0.99
    return j.finding(_FEW, j.every(shown), words, over_seeds("loss end to end", losses[False]))


def _many(learnt: Mapping[Key, list[Record]]) -> Finding:
    gaps, words, most = [], [], np.array([])
    for k in sorted({k for k, _ in learnt if k >= 1000}):
        told, blind = (j.numbers(learnt.get((k, how), []), "loss") for how in (True, False))
        if len(told) == len(blind):
            most = blind - told
            gaps += list(most)
            words.append(f"k = {k:,}: told {j.listed(told)}, from the return alone {j.listed(blind)}")
    if not gaps:
        return not_run(_MANY, "keras")
    effect = over_seeds(f"gap of the losses at k = {max(k for k, _ in learnt):,}", most)
    verdict, largest = j.every(gap >= 0.2 for gap in gaps), max(k for k, _ in learnt)
    if verdict is Verdict.HOLDS and largest < _PUBLISHED:
        where = f"up to {largest:,} stocks (published: {_PUBLISHED:,})"
        return Finding(_MANY, Verdict.ONLY, "; ".join(words), effect, (j.KERAS,), where=where)
    return j.finding(_MANY, verdict, "; ".join(words), effect)


def _noise(noise: Mapping[int, list[Record]]) -> Finding:
    factors = {k: j.numbers(r, "blind") / j.numbers(r, "told") / k for k, r in noise.items()}
    if not factors:
        return not_run(_NOISE, "keras")
    every = np.concatenate(list(factors.values()))
    words = (
        "; ".join(f"k = {k:,}: {f.mean() * k:.4g} times" for k, f in factors.items())
        + "; given the input both losses have the same mean gradient, so that only the noise differs"
    )
    effect = over_seeds(f"factor / k at k = {max(factors):,}", factors[max(factors)])
    return j.finding(_NOISE, j.every(np.abs(every - 1) <= 0.1), words, effect)


def _curves(learnt: Mapping[Key, list[Record]]) -> Part:
    panels = []
    for k in sorted({k for k, _ in learnt}):
        lines = []
        for told, mark, words in (
            (True, 0, "decomposed: told the stock"),
            (False, 1, "end to end: the return"),
        ):
            for i, r in enumerate(learnt.get((k, told), [])):
                lines.append(Series("" if i else words, r.arrays["at"], r.arrays["loss"], mark))
        panels.append(Panel(f"{k:,} stocks", lines, ((-1.0, "optimum"),)))
    caption = (
        "Minus the mean return on 500 fresh samples every 100 updates, by seed; 0 is got without "
        "information. Dense layer and softmax on 1,000 inputs in Keras, Adam with rate .1, batches of 100."
    )
    ends = [
        f"{k} stocks, {'decomposed' if told else 'end to end'}: {j.listed(j.numbers(r, 'loss'))}"
        for (k, told), r in learnt.items()
    ]
    axes = Axes("updates", "loss", limits=(-1.06, 0.1), columns=4)
    drawing = multiples("stocks", "Choosing a stock", caption, "; ".join(ends), panels, axes)
    return Part("stocks", "Decomposition: choosing a stock", drawing=drawing)
