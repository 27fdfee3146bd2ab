"""A step function, flat almost everywhere: section 5 of the publication."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from crossframe.comparison.record import Record
from crossframe.studies.claim import Claim, Effect, Finding, Verdict, not_run
from crossframe.studies.gradient_failures import flat_figures as figures
from crossframe.studies.gradient_failures import judging as j
from crossframe.studies.gradient_failures.flat_figures import OFFSET, REMEDIES
from crossframe.studies.intervals import over_seeds
from crossframe.studies.lab import Job, Lab
from crossframe.studies.study import Found
from crossframe.studies.trainers.failures_flat import STEPS

BoolArray = NDArray[np.bool_]

_ZERO = Claim(
    "flat-zero",
    "Differentiated as it is, the step function gives no gradient at all.",
    j.PAPER,
    "no weight moves by a bit",
)
_FORWARD = Claim(
    "flat-forward",
    "With the step's derivative replaced by 1 the weights are found.",
    j.PAPER,
    "after 5,000 updates at least .97 of new points on the right step and the weights within 5 %, for every "
    "seed",
)
_SMOOTH = Claim(
    "flat-smooth",
    "A smoothed step learns slowly and misses the steps.",
    j.PAPER,
    "for every seed the weights stay more than 5 % off and fewer than .97 of new points are on the right "
    "step",
)
_START = Claim(
    "flat-smooth-start",
    "The smoothed step depends on where its bias starts.",
    j.PAPER,
    f"accuracy from a bias that starts right exceeds that from one {OFFSET} off by at least .1, for every "
    "seed",
)
_VALUE = Claim(
    "flat-end-to-end",
    "A net that gives the value itself never gives exact steps.",
    j.PAPER,
    "for every seed fewer than 5 % of its answers are within 1e-4 of a level",
)
_BEST = Claim(
    "flat-best",
    "Replacing the derivative is the best of the four.",
    j.PAPER,
    "more new points on the right step than with the best of the other three: the lead, by seed, has its "
    "interval above 0",
)
_OTHERS = Claim(
    "flat-frameworks",
    "scikit-learn and H2O, which take no derivative of one's own, learn it as a value or as levels equally "
    "well.",
    j.HERE,
    "same accuracy as Keras to .05 for both, with each one's own rule and start, for every seed",
)


_PUBLISHED = 10_000
"""Updates; of the replaced derivative 5,000."""


def run(lab: Lab) -> Found:
    """Train with each remedy, in each framework that has it."""
    count = lab.quick(3, 5)
    seeds = range(lab.seed, lab.seed + count)
    updates = {
        "forward": 5_000,
        "smooth": _PUBLISHED,
        "end-to-end": lab.quick(5_000, _PUBLISHED),
        "classes": lab.quick(5_000, _PUBLISHED),
    }
    jobs = [
        (name, Job("failures_flat:learn", {"remedy": name, "updates": n, "every": 250, "seed": s}, "keras"))
        for name, n in updates.items()
        for s in seeds
    ]
    for name, offset in (("right start", 0.0), ("wrong start", OFFSET)):
        arguments = {"remedy": "smooth", "updates": lab.quick(1_500, 10_000), "every": 250, "offset": offset}
        jobs += [(name, Job("failures_flat:learn", {**arguments, "seed": s}, "keras")) for s in seeds]
    arguments = {"remedy": "straight", "updates": lab.quick(500, 10_000), "every": 250, "seed": lab.seed}
    jobs.append(("straight", Job("failures_flat:learn", arguments, "keras")))
    jobs += _elsewhere(lab, updates)
    found = j.grid(lab, jobs)
    findings = (
        _zero(found.get("straight", [])), _forward(found.get("forward", [])),
        _smooth(found.get("smooth", [])),
        _start(found.get("right start", []), found.get("wrong start", [])),
        _value(found.get("end-to-end", [])), _best(found), _frameworks(found),
    )  # fmt: skip
    return Found(findings, (figures.curves(found), figures.answers(found), figures.table(found)), "")


def _elsewhere(lab: Lab, updates: Mapping[str, int]) -> list[tuple[str, Job]]:
    """The two remedies that scikit-learn and H2O have; those that are not here are left out."""
    jobs: list[tuple[str, Job]] = []
    for i in range(lab.quick(2, 3)):
        for remedy in ("end-to-end", "classes"):
            common = {"remedy": remedy, "seed": lab.seed + i}
            if lab.has("sklearn"):
                job = Job("failures_others:sklearn", {**common, "updates": updates[remedy]}, "sklearn")
                jobs.append((f"{j.SKLEARN}, {remedy}", job))
            if lab.has("h2o"):
                sizes = {"rows": 20_000, "epochs": 5, "standardize": True}
                jobs.append((f"{j.H2O}, {remedy}", Job("failures_others:h2o", {**common, **sizes}, "h2o")))
    return jobs


def _zero(records: list[Record]) -> Finding:
    if not records:
        return not_run(_ZERO, "keras")
    moved, updates = records[0].fields["moved"], int(records[0].arrays["at"][-1])
    words = f"largest change of a weight after {updates:,} updates: {moved:g}"
    verdict = Verdict.HOLDS if moved == 0 else Verdict.FAILS
    return j.finding(_ZERO, verdict, words, Effect("largest change of a weight", moved))


def _forward(records: list[Record]) -> Finding:
    if not records:
        return not_run(_FORWARD, "keras")
    accuracy, off = j.numbers(records, "accuracy"), j.numbers(records, "weights")
    words = f"right steps {j.listed(accuracy)}; weights off by {j.listed(off, '{:.2%}'.format)}"
    shown = (accuracy >= 0.97) & (off < 0.05)
    return j.finding(_FORWARD, j.every(shown), words, over_seeds("right steps", accuracy))


def _smooth(records: list[Record]) -> Finding:
    if not records:
        return not_run(_SMOOTH, "keras")
    accuracy, off = j.numbers(records, "accuracy"), j.numbers(records, "weights")
    words = (
        f"after {int(records[0].arrays['at'][-1]):,} updates right steps {j.listed(accuracy)}; weights off "
        "by "
        f"{j.listed(off, '{:.1%}'.format)}"
    )
    shown = (accuracy < 0.97) & (off > 0.05)
    effect = Effect("right steps, best seed", float(accuracy.max()), count=len(accuracy))
    return j.finding(_SMOOTH, j.every(shown), words, effect)


def _start(right: list[Record], wrong: list[Record]) -> Finding:
    if not right or len(right) != len(wrong):
        return not_run(_START, "keras")
    a, b = j.numbers(right, "accuracy"), j.numbers(wrong, "accuracy")
    words = f"right steps from the right bias {j.listed(a)}, from one {OFFSET} above it {j.listed(b)}"
    return j.finding(_START, j.every(a - b >= 0.1), words, over_seeds("difference of right steps", a - b))


def _value(records: list[Record]) -> Finding:
    if not records:
        return not_run(_VALUE, "keras")
    exact, accuracy = j.numbers(records, "exact"), j.numbers(records, "accuracy")
    near = np.concatenate([_wrong(r) for r in records])
    close = float(near.mean()) if len(near) else float("nan")
    words = (
        f"exact answers {j.listed(exact, '{:.2%}'.format)}; the level nearest to the answer is right for "
        f"{j.listed(accuracy)}; of the wrong ones {close:.0%} lie within .02 of a step"
    )
    updates = int(records[0].arrays["at"][-1])
    effect = over_seeds("exact answers", exact)
    return j.so_far(_VALUE, j.every(exact < 0.05), words, effect, updates, _PUBLISHED)


def _wrong(record: Record) -> BoolArray:
    """Of 500 points those with the wrong level: whether they lie within .02 of a step."""
    value, answer = record.arrays["value"], record.arrays["answer"]
    right = np.searchsorted(STEPS, value, side="right") - 1
    wrong = np.abs(answer[:, None] - STEPS).argmin(axis=1) != right
    near: BoolArray = np.abs(value[wrong, None] - STEPS).min(axis=1) <= 0.02
    return near


def _best(found: Mapping[str, list[Record]]) -> Finding:
    accuracy = {name: j.numbers(found.get(name, []), "accuracy") for name in REMEDIES}
    if len({len(a) for a in accuracy.values()}) > 1 or not len(accuracy["forward"]):
        return not_run(_BEST, "keras")
    rest = np.max([a for name, a in accuracy.items() if name != "forward"], axis=0)
    lead = over_seeds("lead over the best of the others", accuracy["forward"] - rest)
    words = "right steps: " + "; ".join(
        f"{REMEDIES[name]} {j.listed(a)} after {int(found[name][0].arrays['at'][-1]):,} updates"
        for name, a in accuracy.items()
    )
    words += ". The linear unit has 101 weights, the nets 20,301 and more"
    return j.finding(_BEST, j.beyond(lead, 0.0, above=True), words, lead)


def _frameworks(found: Mapping[str, list[Record]]) -> Finding:
    gaps = {
        (name, remedy): j.numbers(records, "accuracy") - j.numbers(found[remedy], "accuracy")[: len(records)]
        for (name, remedy), records in figures.pairs(found).items()
        if len(found.get(remedy, [])) >= len(records)
    }
    if not gaps:
        return not_run(_OTHERS, "h2o")
    good = {key: bool(np.all(np.abs(gap) <= 0.05)) for key, gap in gaps.items()}
    worst = max(gaps, key=lambda key: float(np.abs(gaps[key]).mean()))
    words = "right steps less those of Keras: " + "; ".join(
        f"{name}, {REMEDIES[remedy]}: {j.listed(gap, '{:+.3f}'.format)}"
        for (name, remedy), gap in gaps.items()
    )
    words += (
        ". What differs is each one's start, and in H2O the rule, the scaling and the fixed rows; how much "
        "each of them does is not shared out, because explain compares networks on two classes"
    )
    effect = over_seeds(f"{worst[0]}, {REMEDIES[worst[1]]}, less Keras", gaps[worst])
    names = (j.KERAS, *dict.fromkeys(name for name, _ in gaps))
    if all(good.values()):
        return Finding(_OTHERS, Verdict.HOLDS, words, effect, names)
    where = [f"{name} ({REMEDIES[remedy]})" for (name, remedy), ok in good.items() if ok]
    if not where:
        return Finding(_OTHERS, Verdict.FAILS, words, effect, names)
    return Finding(_OTHERS, Verdict.ONLY, words, effect, names, where="in " + ", ".join(where))
