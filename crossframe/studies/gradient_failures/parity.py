"""Parities of many bits: section 2.1 of the publication."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from crossframe.comparison.plan import Experiment
from crossframe.comparison.record import Record
from crossframe.data import Dataset
from crossframe.engines.base import FloatArray
from crossframe.models.contestants import Contestant
from crossframe.report.document import Part
from crossframe.report.tables import Cell, Table
from crossframe.studies.claim import Claim, Finding, Verdict, not_run
from crossframe.studies.gradient_failures import judging as j
from crossframe.studies.gradient_failures.figures import Axes, Panel, Series, multiples
from crossframe.studies.intervals import over_seeds, proportion
from crossframe.studies.lab import Job, Lab
from crossframe.studies.split import HOLDOUT
from crossframe.studies.study import Found

_EASY, _HARD = (5, 10), 30
_ROWS, _TESTED = 10_000, 2_000
_PUBLISHED = 50_000
"""Updates."""

_LEARNT = Claim(
    "parity-small",
    "A net trained by gradient learns the parity of a subset of 5 or of 10 bits.",
    j.PAPER,
    "mean accuracy of the last ten checks at least .99 for every seed",
)
_CHANCE = Claim(
    "parity-30",
    "The same net learns nothing of the parity of a subset of 30 bits.",
    j.PAPER,
    "for every seed mean accuracy within .5 +- .05 and hinge loss at least .95 in the last ten checks",
)
_VARIANCE = Claim(
    "parity-gradient",
    "What the gradient tells about the parity to be learned falls like 2^-d.",
    j.PAPER,
    "variance of the gradient over all parities relative to the score's squared slope: log2 of it against d "
    "has a slope within -1 +- .1, with its interval",
)
_ALIKE = Claim(
    "parity-frameworks",
    "Networks of other frameworks, which pass through fixed rows, do no better with 30 bits.",
    j.HERE,
    "with the same hidden layer and each framework's own rule, accuracy at least .99 for d = 5 and 10 and "
    "within .5 +- .05 for d = 30, for every seed",
)
_THEOREM = Claim(
    "parity-any-net",
    "No choice of architecture or of loss helps, and no other method that asks for gradients only.",
    j.PAPER,
    "none: a statement about all nets",
)


def run(lab: Lab) -> Found:
    """Learn parities, and measure what gradients tell of them."""
    sizes = (*_EASY, _HARD)
    seeds = lab.quick(3, 5)
    updates = {d: lab.quick({5: 8_000, 10: 20_000, 30: _PUBLISHED}[d], _PUBLISHED) for d in sizes}
    jobs = []
    for d in sizes:
        for i in range(seeds):
            arguments = {"d": d, "k": bits(d, lab.seed + i), "updates": updates[d], "every": 200}
            jobs.append((d, Job("failures_parity:learn", {**arguments, "seed": lab.seed + i}, "keras")))
    exact = tuple(range(4, lab.quick(11, 13), 2))
    told = [
        (d, Job("failures_parity:variance", {"d": d, "seed": lab.seed + i}, "keras"))
        for d in exact
        for i in range(seeds)
    ]
    found = j.grid(lab, [*jobs, *[((d, "variance"), job) for d, job in told]])
    learnt = {d: found.get(d, []) for d in sizes}
    slopes = {d: found.get((d, "variance"), []) for d in exact}
    others = _others(lab, sizes)
    k = {d: [bits(d, lab.seed + i) for i in range(seeds)] for d in sizes}
    findings = (_small(learnt, k), _thirty(learnt, k), _flat(slopes), _frameworks(others), _all_nets())
    return Found(findings, (_curves(learnt, k), _signal(slopes), _table(learnt, others, k)), "")


def bits(d: int, seed: int) -> int:
    """How many of d bits count: as many as a normal number is positive for, at least one."""
    return max(1, int(np.sum(np.random.default_rng(seed).normal(size=d) > 0)))


def _small(learnt: Mapping[int, list[Record]], k: Mapping[int, list[int]]) -> Finding:
    accuracies = {d: j.numbers(learnt[d], "accuracy") for d in _EASY}
    if not all(map(len, accuracies.values())):
        return not_run(_LEARNT, "keras")
    hardest = accuracies[max(_EASY)]
    words = "; ".join(
        f"d = {d} (of {j.listed(k[d], str)} bits): {j.listed(a)}" for d, a in accuracies.items()
    )
    verdict, where = j.by_case({f"d = {d}": a >= 0.99 for d, a in accuracies.items()})
    effect = over_seeds(f"accuracy at d = {max(_EASY)}", hardest)
    return Finding(_LEARNT, verdict, words, effect, (j.KERAS,), where=where)


def _thirty(learnt: Mapping[int, list[Record]], k: Mapping[int, list[int]]) -> Finding:
    records = learnt[_HARD]
    if not records:
        return not_run(_CHANCE, "keras")
    accuracy, loss = j.numbers(records, "accuracy"), j.numbers(records, "loss")
    last = int(records[0].arrays["at"][-1])
    words = (
        f"after {last:,} updates, of {j.listed(k[_HARD], str)} bits: accuracy {j.listed(accuracy)}, hinge "
        f"loss {j.listed(loss)}"
    )
    shown = (np.abs(accuracy - 0.5) <= 0.05) & (loss >= 0.95)
    return j.so_far(_CHANCE, j.every(shown), words, over_seeds("accuracy", accuracy), last, _PUBLISHED)


def _ratios(slopes: Mapping[int, list[Record]]) -> dict[int, FloatArray]:
    return {d: j.numbers(r, "variance") / j.numbers(r, "slope") for d, r in slopes.items() if r}


def _flat(slopes: Mapping[int, list[Record]]) -> Finding:
    ratios = _ratios(slopes)
    if len(ratios) < 2:
        return not_run(_VARIANCE, "keras")
    seeds = min(map(len, ratios.values()))
    fits = [np.polyfit(list(ratios), [np.log2(r[i]) for r in ratios.values()], 1)[0] for i in range(seeds)]
    effect = over_seeds("log2 of the share, per bit", np.array(fits))
    verdict = (
        Verdict.HOLDS if effect.low >= -1.1 and effect.high <= -0.9
        else Verdict.FAILS if effect.high < -1.1 or effect.low > -0.9 else Verdict.CANNOT_TELL
    )  # fmt: skip
    last = max(ratios)
    words = (
        f"at the start of the training, exactly over all points and all parities: {ratios[last].mean():.2g} "
        f"of the squared slope at d = {last}, where 2^-d is {2.0**-last:.2g}; at d = 30 that makes 1e-9"
    )
    return j.finding(_VARIANCE, verdict, words, effect)


def _all_nets() -> Finding:
    words = "a theorem; one net and one rule can contradict it, and none can show it"
    return Finding(_THEOREM, Verdict.UNTESTED, words)


Accuracies = dict[tuple[str, int], list[float]]
"""(framework, d) -> test accuracy by seed."""


def _others(lab: Lab, sizes: tuple[int, ...]) -> Accuracies:
    told: Accuracies = {}
    for d in sizes:
        for i in range(lab.quick(2, 3)):
            data = parity(d, bits(d, lab.seed + i), lab.seed + i)
            plan = Experiment(data, HOLDOUT, (_ROWS,), 1, lab.seed + i, _contestants(d, lab), threads=1)
            for (name, _, _), record in lab.fits(plan).items():
                if record.fields["usable"]:
                    told.setdefault((name, d), []).append(record.fields["accuracy"])
    return told


def parity(d: int, k: int, seed: int) -> Dataset:
    """Rows of d signs; the label is 1 where the product of the first k of them is."""
    signs = np.random.default_rng(seed).integers(0, 2, (_ROWS + _TESTED, d)) * 2 - 1
    X = signs.astype(np.float64)
    return Dataset(
        f"parity-{d}",
        X,
        (X[:, :k].prod(axis=1) > 0).astype(np.int64),
        tuple(f"x{i}" for i in range(d)),
        ("-1", "1"),
        f"{d} random signs and the product of {k}",
        test_rows=np.arange(_ROWS, _ROWS + _TESTED),
    )


def _contestants(d: int, lab: Lab) -> tuple[Contestant, ...]:
    epochs = lab.quick(20 if d < _HARD else 10, 50)
    forever = {"classification_stop": -1.0, "stopping_rounds": 0, "overwrite_with_best_model": False}
    layer = (10 * d,)
    return (
        Contestant(
            j.SKLEARN, j.SKLEARN, "network", "sklearn.mlp",
            native={"hidden_layer_sizes": layer, "max_iter": epochs, "n_iter_no_change": epochs},
        ),
        Contestant(
            j.H2O, j.H2O, "network", "h2o.mlp",
            native={
                "hidden": layer, "activation": "Rectifier", "epochs": epochs, "reproducible": True, **forever,
            },
        ),
    )  # fmt: skip


def _frameworks(others: Accuracies) -> Finding:
    names = tuple(dict.fromkeys(name for name, _ in others))
    if not names:
        return not_run(_ALIKE, "h2o")
    good = {
        key: all(abs(a - 0.5) <= 0.05 for a in values) if key[1] == _HARD else min(values) >= 0.99
        for key, values in others.items()
    }
    words = "; ".join(
        f"{name}: " + ", ".join(f"d = {d}: {j.listed(v)}" for (n, d), v in others.items() if n == name)
        for name in names
    )
    right = [a for (_, d), values in others.items() if d == _HARD for a in values]
    words += (
        f". These train on {_ROWS:,} rows: of 5 or 10 bits they hold every point, of 30 bits next to none "
        "of the new ones, so that failing to train and failing to generalise look the same"
    )
    effect = (
        proportion("accuracy at d = 30", round(sum(right) * _TESTED), _TESTED * len(right)) if right else None
    )
    if all(good.values()):
        return Finding(_ALIKE, Verdict.HOLDS, words, effect, names)
    where = [f"{name} (d = {d})" for (name, d), ok in good.items() if ok]
    if not where:
        return Finding(_ALIKE, Verdict.FAILS, words, effect, names)
    return Finding(_ALIKE, Verdict.ONLY, words, effect, names, where="in " + ", ".join(where))


def _curves(learnt: Mapping[int, list[Record]], k: Mapping[int, list[int]]) -> Part:
    panels = [
        Panel(
            f"{d} bits",
            [
                Series(f"{i + 1}. seed", r.arrays["at"], smooth(r.arrays["accuracy"]), i)
                for i, r in enumerate(records)
            ],
            ((0.5, "chance"),),
        )
        for d, records in learnt.items()
    ]
    caption = (
        "Accuracy on 500 fresh points every 200 updates (mean of five checks) of a net with 10 d hidden "
        "relu units; label: the product of some of d signs (how many is drawn). Hinge loss, SGD with rate "
        ".01, fresh batches of 128, in Keras."
    )
    said = "; ".join(f"{d} bits: {j.listed(j.numbers(r, 'accuracy'))} in the end" for d, r in learnt.items())
    axes = Axes("updates", "accuracy", limits=(0.4, 1.03))
    drawing = multiples("parity", "Learning a parity by gradient", caption, said, panels, axes)
    return Part("parity", "Parity", drawing=drawing)


def smooth(values: FloatArray, width: int = 5) -> FloatArray:
    """Mean of each value and those before it, up to ``width``."""
    sums = np.cumsum(np.concatenate([[0.0], values]))
    end = np.arange(1, len(values) + 1)
    begin = np.maximum(end - width, 0)
    mean: FloatArray = (sums[end] - sums[begin]) / (end - begin)
    return mean


def _signal(slopes: Mapping[int, list[Record]]) -> Part:
    ratios = _ratios(slopes)
    d = np.array(list(ratios))
    lines = [Series("2^-d", d, 2.0**-d, 5)]
    seeds = min(map(len, ratios.values()), default=0)
    lines += [
        Series("" if i else "measured, by seed", d, [r[i] for r in ratios.values()], 0, True, False)
        for i in range(seeds)
    ]
    caption = (
        "Variance of the gradient over all 2^d parities at the start of the training, divided by the mean "
        "squared norm of the score's own gradient: the share of it that depends on what is to be learned. "
        "Computed over all points and all parities by a Walsh-Hadamard transform."
    )
    ends = [f"d = {n}: {r.mean():.2g}" for n, r in ratios.items()]
    axes = Axes("bits d", "share of the gradient", log_y=True, ticks=tuple(ratios), height=2.8)
    panels = [Panel("", lines)]
    drawing = multiples(
        "parity-gradient", "How much the gradient tells of the parity", caption, "; ".join(ends), panels, axes
    )
    return Part("parity-gradient", "Why: the gradient hardly depends on the parity", drawing=drawing)


def _table(learnt: Mapping[int, list[Record]], others: Accuracies, k: Mapping[int, list[int]]) -> Part:
    by_name = {(j.KERAS, d): list(j.numbers(r, "accuracy")) for d, r in learnt.items()} | others
    columns = (
        ("Framework", False, ""), ("Bits d", True, ""), ("Of them in the product", False, "by seed"),
        ("Accuracy, by seed", False, "on fresh points"),
    )  # fmt: skip
    rows = [
        [Cell(name), Cell(str(d), d), Cell(j.listed(k[d][: len(v)], str)), Cell(j.listed(v))]
        for (name, d), v in by_name.items()
    ]
    words = (
        f"Keras trains on fresh points with the published rule; scikit-learn (Adam) and h2o.deeplearning "
        f"(ADADELTA) have the same hidden layer, their own rules and log-loss, and {_ROWS:,} fixed rows."
    )
    return Part(
        "parity-frameworks", "Parity by framework", (words,), tables=(Table("Accuracy", columns, rows),)
    )
