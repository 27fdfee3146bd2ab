"""What the study ``phenomena`` computes, by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from numpy.typing import NDArray

from crossframe.frameworks.registry import versions
from crossframe.studies.gather import by_name, place
from crossframe.studies.lab import Job, Lab

Arrays = Mapping[str, NDArray[Any]]
Computed = Mapping[str, Arrays]
"""Outcomes by the name of their computation; what could not be computed is not there."""

RATE = 0.125
ROUNDINGS = {
    "again": ("the same once more", "base"),
    "inputs": ("pixels in another order", "base"),
    "units": ("hidden units in another order", "base"),
    "double": ("float64 for float32", "base"),
    "graph": ("not compiled by XLA", "base"),
    "threads": ("two threads for one", "graph"),
    "onednn": ("without oneDNN", "graph"),
    "gpu": ("on a GPU", "graph"),
    "sklearn": ("scikit-learn for Keras", "base"),
}
"""Name -> (in words, what it is compared with)."""

MEANS: dict[str, dict[str, dict[str, float]]] = {
    "none": {"": {}},
    "dropout": {"0.2": {"dropout": 0.2}, "0.5": {"dropout": 0.5}},
    "noise": {"sd 0.5": {"noise": 0.5}, "sd 1": {"noise": 1.0}},
    "l2": {"0.0001": {"l2": 1e-4}, "0.001": {"l2": 1e-3}},
}
"""Means of regularisation -> strengths -> fields of the trainers' ``Spec``."""

SWEEP = tuple(2.0**k for k in (-7, -5, -4, -3, -2, -1, 0, 1, 2))
SPEEDS = tuple(2.0**k for k in range(-4, 2))
LOOKED_AT = 600
"""Updates within which the loss has to be reached."""
NETS = {"two": 2, "five": 5}
"""Hidden layers of the networks with and without batch normalisation."""
MINIMA_LOSS = 0.02
MINIMA_RATES = (0.0625, 0.125, 0.25)
BATCHES = (10, 50, 250)
FACTORS = (1.0, 4.0, 16.0, 64.0)
WIDTHS = (2, 8)
"""One narrow hidden layer, to see where starts do matter."""
NARROW_UPDATES = 10_000
"""Of these networks, which are slow; whether they have come to rest is looked at."""
EPOCHS = {"sklearn": {"true": 500, "random": 2000}, "h2o": {"true": 100, "random": 300}}
"""At most; both frameworks stop by themselves when they are done."""
RACE_EPOCHS = 5
_TRAINERS = "crossframe.studies.phenomena.trainers"
TARGET = 0.1
"""Training loss at which networks are compared."""


def width(lab: Lab) -> int:
    """Units of each hidden layer of the networks, by scale."""
    units: int = lab.quick(64, 128)
    return units


def compute(lab: Lab) -> Computed:
    """All of it, as far as it is not stored."""
    return {name: record.arrays for name, record in by_name(lab, _jobs(lab)).items()}


def _jobs(lab: Lab) -> dict[str, Job]:
    units = width(lab)
    common = {**place(lab), "hidden": [units, units]}

    def job(trainer: str, quick: int, paper: int, engine: str = "keras", **arguments: Any) -> Job:
        seeds = [lab.seed + k for k in range(lab.quick(quick, paper))]
        return Job(f"{_TRAINERS}.{trainer}", {**common, "seeds": seeds, **arguments}, engine)

    jobs: dict[str, Job] = {}
    # H2O's take longest; what begins first is not waited for at the end.
    for engine, seeds, epochs in (("h2o", 2, EPOCHS["h2o"]), ("sklearn", 3, EPOCHS["sklearn"])):
        for labels, most in epochs.items() if lab.has(engine) else ():
            trainer = f"others:{engine}_labelled"
            # True labels are learnt in a quarter of the time, and their accuracies have to be distinguished.
            count = 5 if (engine, labels) == ("sklearn", "true") else seeds
            jobs[f"labels.{engine}.{labels}"] = job(trainer, count, 10, engine, labels=labels, epochs=most)
    if lab.has("h2o"):
        trainer, most = "others:h2o_labelled", EPOCHS["h2o"]["true"]
        jobs["labels.unscaled"] = job(trainer, 2, 10, "h2o", labels="true", epochs=most, standardize=False)
        trainer = "others:h2o_raced"
        jobs["race"] = job(trainer, 4, 10, "h2o", epochs=RACE_EPOCHS, sample=lab.seed)
    if lab.has("sklearn"):
        trainer, same = "others:sklearn", {"rate": RATE, "sample": lab.seed}
        jobs["rounding.sklearn"] = job(f"{trainer}_replay", 8, 20, "sklearn", updates=600, **same)
        jobs["starts.sklearn"] = job(f"{trainer}_starts", 6, 20, "sklearn", updates=1000, **same)
    if lab.has("keras"):
        for part in (_rounding, _minima, _training, _randomised):
            jobs |= part(job, lab, units)
    return jobs


def _rounding(job: Any, lab: Lab, width: int) -> dict[str, Job]:
    same = {"rate": RATE, "updates": 600, "sample": lab.seed}
    left_out = {"sklearn"} if "gpu" in versions("keras") else {"sklearn", "gpu"}
    jobs = {
        f"rounding.{variant}": job("numerics:perturbed", 8, 20, variant=variant, **same)
        for variant in ("base", *ROUNDINGS)
        if variant not in left_out
    }
    sweep = {"rates": list(SWEEP), "updates": 600, "sample": lab.seed}
    return {**jobs, "sweep": job("numerics:sweep", 4, 10, **sweep)}


def _minima(job: Any, lab: Lab, width: int) -> dict[str, Job]:
    wanted = {"rates": list(MINIMA_RATES), "updates": 4000, "target": MINIMA_LOSS}
    jobs = {f"minima.{batch}": job("minima:minima", 6, 15, batch=batch, **wanted) for batch in BATCHES}
    jobs["rescaled"] = job("minima:rescaled", 3, 5, rate=RATE, updates=600, factors=list(FACTORS))
    return jobs


def _training(job: Any, lab: Lab, width: int) -> dict[str, Job]:
    jobs = {}
    for name, layers in NETS.items():
        for norm in (False, True):
            wanted = {"rates": list(SPEEDS), "updates": LOOKED_AT, "target": TARGET, "norm": norm}
            jobs[f"speed.{name}.{norm}"] = job("training:speed", 6, 15, hidden=[width] * layers, **wanted)
        wanted = {"rates": list(SPEEDS), "updates": LOOKED_AT, "target": TARGET}
        jobs[f"shift.{name}"] = job("shift:speed", 6, 15, hidden=[width] * layers, **wanted)
    same = {"rate": RATE, "updates": 1000, "sample": lab.seed}
    jobs["starts.keras"] = job("training:starts", 20, 50, **same)
    slow = {**same, "updates": NARROW_UPDATES}
    for narrow in WIDTHS:
        jobs[f"starts.{narrow}"] = job("training:starts", 8, 30, hidden=[narrow], **slow)
    return jobs


def _randomised(job: Any, lab: Lab, width: int) -> dict[str, Job]:
    wanted = {"rate": RATE, "updates": 3000, "target": TARGET}
    jobs = {
        f"means.{kind}.{strength}": job("training:randomised", 10, 20, means=means, **wanted)
        for kind, strengths in MEANS.items()
        for strength, means in strengths.items()
    }
    for name, bootstrap in (("bagging", True), ("starts", False)):
        jobs[f"means.{name}."] = job("training:bagged", 10, 20, members=10, bootstrap=bootstrap, **wanted)
    for labels in ("true", "random"):
        wanted = {"rate": RATE, "updates": 20000, "target": 0.01}
        jobs[f"labels.keras.{labels}"] = job("training:labelled", 5, 10, labels=labels, **wanted)
        jobs[f"margins.{labels}"] = job("margins:margins", 5, 10, labels=labels, **wanted)
    return jobs
