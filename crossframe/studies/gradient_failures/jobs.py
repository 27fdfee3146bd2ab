"""What the study ``gradient-failures`` computes, section by section of the publication."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from crossframe.data import Dataset
from crossframe.experiment.contestants import Contestant
from crossframe.experiment.plan import Experiment
from crossframe.experiment.record import Record
from crossframe.studies.gather import by_case
from crossframe.studies.gradient_failures.claims import OFFSET
from crossframe.studies.lab import Job, Lab
from crossframe.studies.split import HOLDOUT

KERAS, SKLEARN, H2O = "Keras", "scikit-learn", "h2o.deeplearning"

EASY, HARD = (5, 10), 30
"""Bits of which a parity is learned."""
PARITY_UPDATES = 50_000
"""Updates of the parities, as published."""
PARITY_ROWS, PARITY_TESTED = 10_000, 2_000
"""Fixed rows of scikit-learn and H2O, and the points on which they are scored."""
PERIODIC = (2, HARD)
"""Inputs of linear periodic functions: few, which the training is to manage, and those of the parity."""
PERIODIC_UPDATES = 5_000
"""Their updates at the quick scale; the publication has no experiment on them."""
LINES_UPDATES = 20_000
"""Updates end to end on tuples of lines at the paper's scale."""
STOCKS = 2000
"""Stocks, as published."""
FLAT_UPDATES = 10_000
"""Updates on the step function, as published; of the replaced derivative 5,000."""

_QUICK_LINES = {
    (1, True): 600,
    (2, True): 1000,
    (3, True): 2200,
    (1, False): 600,
    (2, False): 1000,
    (3, False): 1000,
}
"""(k, whether decomposed) -> updates at the quick scale."""

Cases = Mapping[tuple[int, bool], list[Record]]
"""(k, whether decomposed) -> one record per seed."""
Accuracies = dict[tuple[str, int], list[float]]
"""(framework, d) -> test accuracy by seed."""


def _job(trainer: str, engine: str = "keras", **arguments: Any) -> Job:
    return Job(f"crossframe.studies.gradient_failures.trainers.{trainer}", arguments, engine)


def bits(d: int, seed: int) -> int:
    """How many of d bits count: as many as a normal number is positive for, at least one."""
    return max(1, int(np.sum(np.random.default_rng(seed).normal(size=d) > 0)))


def parities(lab: Lab) -> tuple[dict[int, list[Record]], dict[int, list[Record]]]:
    """Records by the number of bits: of learning, and of the variance of the gradient at the start."""
    sizes, exact = (*EASY, HARD), tuple(range(4, lab.quick(11, 13), 2))
    seeds = range(lab.seed, lab.seed + lab.quick(3, 5))
    updates = {d: lab.quick({5: 8_000, 10: 20_000, 30: PARITY_UPDATES}[d], PARITY_UPDATES) for d in sizes}
    jobs = [
        ((d, "learn"), _job("parity:learn", d=d, k=bits(d, s), updates=updates[d], every=200, seed=s))
        for d in sizes
        for s in seeds
    ]
    jobs += [((d, "variance"), _job("parity:variance", d=d, seed=s)) for d in exact for s in seeds]
    records = by_case(lab, jobs)
    learnt = {d: records.get((d, "learn"), []) for d in sizes}
    return learnt, {d: records.get((d, "variance"), []) for d in exact}


def subsets(lab: Lab) -> dict[int, list[int]]:
    """Number of bits d -> how many of them are in the product, by seed."""
    return {d: [bits(d, lab.seed + i) for i in range(lab.quick(3, 5))] for d in (*EASY, HARD)}


def periodic(lab: Lab) -> tuple[dict[int, list[Record]], dict[int, list[Record]]]:
    """The same two of linear periodic functions, by the number of inputs."""
    seeds = range(lab.seed, lab.seed + lab.quick(3, 5))
    updates = lab.quick(PERIODIC_UPDATES, 10 * PERIODIC_UPDATES)
    jobs = [
        ((d, "learn"), _job("periodic:learn", d=d, updates=updates, every=250, seed=s))
        for d in PERIODIC
        for s in seeds
    ]
    jobs += [
        ((d, "variance"), _job("periodic:variance", d=d, seed=s)) for d in range(4, 25, 4) for s in seeds
    ]
    records = by_case(lab, jobs)
    learnt = {d: records.get((d, "learn"), []) for d in PERIODIC}
    return learnt, {d: r for (d, what), r in records.items() if what == "variance"}


def parity_elsewhere(lab: Lab) -> Accuracies:
    """Parities learned by scikit-learn and H2O, which pass through fixed rows."""
    cases = [(d, s) for d in (*EASY, HARD) for s in range(lab.seed, lab.seed + lab.quick(2, 3))]
    plans = [
        Experiment(
            parity(d, bits(d, s), s), HOLDOUT, (PARITY_ROWS,), 1, s, _contestants(d, lab), threads=1
        )
        for d, s in cases
    ]  # fmt: skip
    accuracies: Accuracies = {}
    for (d, _), records in zip(cases, lab.all_fits(plans), strict=True):
        for (name, _, _), record in records.items():
            if record.fields["usable"]:
                accuracies.setdefault((name, d), []).append(record.fields["accuracy"])
    return accuracies


def parity(d: int, k: int, seed: int) -> Dataset:
    """Rows of d signs; the label is 1 where the product of the first k of them is."""
    signs = np.random.default_rng(seed).integers(0, 2, (PARITY_ROWS + PARITY_TESTED, d)) * 2 - 1
    X = signs.astype(np.float64)
    return Dataset(
        f"parity-{d}",
        X,
        (X[:, :k].prod(axis=1) > 0).astype(np.int64),
        tuple(f"x{i}" for i in range(d)),
        ("-1", "1"),
        f"{d} random signs and the product of {k}",
        test_rows=np.arange(PARITY_ROWS, PARITY_ROWS + PARITY_TESTED),
    )


def _contestants(d: int, lab: Lab) -> tuple[Contestant, ...]:
    epochs = lab.quick(20 if d < HARD else 10, 50)
    to_the_end = {"classification_stop": -1.0, "stopping_rounds": 0, "overwrite_with_best_model": False}
    layer = (10 * d,)
    return (
        Contestant(
            SKLEARN, SKLEARN, "network", "sklearn.mlp",
            native={"hidden_layer_sizes": layer, "max_iter": epochs, "n_iter_no_change": epochs},
        ),
        Contestant(
            H2O, H2O, "network", "h2o.mlp",
            native={
                "hidden": layer, "activation": "Rectifier", "epochs": epochs, "reproducible": True,
                **to_the_end,
            },
        ),
    )  # fmt: skip


def lines_batch(lab: Lab) -> int:
    """Batch size: tuples of lines per update."""
    batch: int = lab.quick(64, 200)
    return batch


def lines(lab: Lab) -> tuple[Cases, Cases]:
    """Tuples of lines: learning both ways, and the gradients at the start."""
    sizes, jobs = lab.quick((1, 2, 3), (1, 2, 3, 4)), []
    for k in sizes:
        for decomposed in (True, False):
            published = 2500 if decomposed else LINES_UPDATES
            updates = lab.quick(_QUICK_LINES.get((k, decomposed), 0), published)
            common = {"k": k, "decomposed": decomposed}
            jobs += [
                (("learn", k, decomposed), _job("lines:learn", **common, updates=updates, every=100,
                                                batch=lines_batch(lab), seed=lab.seed + i))
                for i in range(lab.quick(2, 3))
            ]  # fmt: skip
            jobs += [
                (("ratio", k, decomposed), _job("lines:ratio", **common, batches=lab.quick(100, 2000),
                                                batch=100, seed=lab.seed + i))
                for i in range(lab.quick(3, 10))
            ]  # fmt: skip
    records = by_case(lab, jobs)
    learnt, ratios = (
        {(k, how): r for (what, k, how), r in records.items() if what == part} for part in ("learn", "ratio")
    )
    return learnt, ratios


def stocks(lab: Lab) -> tuple[Cases, dict[int, list[Record]]]:
    """Choosing a stock: learning both ways by the number of stocks, and the gradients' second moments."""
    jobs = [
        (("learn", k, decomposed), _job("stocks:learn", k=k, decomposed=decomposed, updates=2500, every=100,
                                        seed=lab.seed + i))
        for k in lab.quick((10, 1000), (10, 100, 1000, 2000))
        for decomposed in (True, False)
        for i in range(3 if k < 1000 else 2)
    ]  # fmt: skip
    jobs += [
        (("moments", k, False), _job("stocks:moments", k=k, rows=2000, seed=lab.seed + i))
        for k in (10, 100, 1000)
        for i in range(3)
    ]
    records = by_case(lab, jobs)
    learnt = {(k, how): r for (what, k, how), r in records.items() if what == "learn"}
    return learnt, {k: r for (what, k, _), r in records.items() if what == "moments"}


def curves(lab: Lab) -> dict[str, list[Record]]:
    """Knots of curves by the net: three linear ones, and an autoencoder."""
    checks = {
        "dense": [500, 2_000, 5_000, 10_000, *lab.quick([], [25_000, 50_000])],
        "conv": [500, *range(1_000, lab.quick(25_000, 50_000) + 1, 1_000)],
        "conditioned": [0, 10, 20, 50, 100, 150, 200, 250, 300, 400, 500],
    }
    jobs = [
        (net, _job("curves:direct", net=net, checks=at, seed=lab.seed + i))
        for net, at in checks.items()
        for i in range(10 if net == "conditioned" else 3)
    ]
    at = lab.quick([500, 3_000], [500, 10_000])
    jobs += [("auto", _job("curves:autoencoder", checks=at, seed=lab.seed + i)) for i in range(3)]
    return by_case(lab, jobs)


def flat(lab: Lab) -> dict[str, list[Record]]:
    """The step function by remedy, and by framework and remedy where they have it."""
    seeds = range(lab.seed, lab.seed + lab.quick(3, 5))
    updates = {
        "forward": 5_000,
        "smooth": FLAT_UPDATES,
        "end-to-end": lab.quick(5_000, FLAT_UPDATES),
        "classes": lab.quick(5_000, FLAT_UPDATES),
    }
    jobs = [
        (name, _job("flat:learn", remedy=name, updates=n, every=250, seed=s))
        for name, n in updates.items()
        for s in seeds
    ]
    for name, offset in (("right start", 0.0), ("wrong start", OFFSET)):
        given = {"remedy": "smooth", "updates": lab.quick(1_500, 10_000), "every": 250, "offset": offset}
        jobs += [(name, _job("flat:learn", **given, seed=s)) for s in seeds]
    straight = {"remedy": "straight", "updates": lab.quick(500, 10_000), "every": 250}
    jobs.append(("straight", _job("flat:learn", **straight, seed=lab.seed)))
    for seed in range(lab.seed, lab.seed + lab.quick(2, 3)):
        for remedy in ("end-to-end", "classes"):
            common = {"remedy": remedy, "seed": seed}
            own = _job("flat_others:sklearn", "sklearn", **common, updates=updates[remedy])
            jobs.append((f"{SKLEARN}, {remedy}", own))
            own = _job("flat_others:h2o", "h2o", **common, rows=20_000, epochs=5, standardize=True)
            jobs.append((f"{H2O}, {remedy}", own))
    return by_case(lab, jobs)
