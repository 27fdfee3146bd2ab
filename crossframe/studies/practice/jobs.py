"""What the study ``practice`` computes, by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crossframe.core.types import FloatArray, IntArray
from crossframe.data import DESIGNS, load
from crossframe.experiment.contestants import CONTESTANTS
from crossframe.experiment.plan import Experiment
from crossframe.studies.gather import by_name, place
from crossframe.studies.lab import Job, Lab

KERAS, SKLEARN = "Keras", "scikit-learn"

WIDTHS = (8, 16, 32, 64, 128)
"""Units of the one hidden layer whose size is varied."""
SIZES = (25, 50, 100, 200, 400, 800)
"""Training images."""

CLASSES = (2, 3, 5, 10)
"""Digits that have to be distinguished."""
EACH = (1, 2, 4, 8, 16, 32, 64)
"""Training images of each of them."""

ARCHITECTURES = {
    "one layer of 32": (32,),
    "one layer of 128": (128,),
    "two layers of 64": (64, 64),
    "four layers of 32": (32,) * 4,
}
OPTIMISERS = {"SGD": ("sgd", 0.01), "SGD with momentum": ("momentum", 0.01), "RMSprop": ("rmsprop", 0.001),
              "Adam": ("adam", 0.001)}  # fmt: skip
"""Title -> (trainer's name, Keras's default learning rate)."""
FACTORS = (0.1, 1.0, 10.0)
"""Learning rates that are tried, over the default."""
STRENGTHS = tuple(10.0**k for k in range(-4, 4))
"""Values of C of the logistic regression."""

MLP, LOGISTIC, TEN = "keras.mlp", "sklearn.logistic", "leekasso.welch.liblinear"
LINEAR = {LOGISTIC: "logistic regression", TEN: "ten pixels"}
DIGITS = (4, 9)
ERROR_SIZES = (20, 100)

BOUNDS = tuple(k / 255 for k in (2, 4, 8, 16, 32))
"""Largest changes of a pixel, of which 8/255 counts as imperceptible."""

RATE = 0.125
_TRAINERS = "crossframe.studies.practice.trainers"

Computed = Mapping[str, Mapping[str, NDArray[Any]]]
"""Outcomes by the name of their computation; what could not be computed is not there."""


def compute(lab: Lab) -> Computed:
    """All jobs, as far as they are not stored; for probabilities see `probabilities`."""
    common, seeds = place(lab), [lab.seed + k for k in range(lab.quick(5, 15))]
    jobs: dict[str, Job] = {}
    for width in WIDTHS:
        given = {**common, "seeds": seeds, "hidden": [width], "sizes": list(SIZES)}
        updates = {"rate": RATE, "updates": 2000}
        jobs[f"sizes.{KERAS}.{width}"] = Job(f"{_TRAINERS}.sizes:keras", {**given, **updates}, "keras")
        jobs[f"sizes.{SKLEARN}.{width}"] = Job(f"{_TRAINERS}.sizes:sklearn", given, "sklearn")
    for count in CLASSES:
        given = {**common, "seeds": seeds, "classes": count, "width": 64, "sizes": list(EACH)}
        jobs[f"classes.{count}"] = Job(f"{_TRAINERS}.classes:learnt", given, "sklearn")
    for architecture, hidden in ARCHITECTURES.items():
        for title, (optimiser, rate) in OPTIMISERS.items():
            given = {**common, "seeds": seeds, "hidden": list(hidden), "optimiser": optimiser, "updates": 600}
            given["rates"] = [rate * factor for factor in FACTORS]
            jobs[f"tuning.{architecture}.{title}"] = Job(f"{_TRAINERS}.tuning:keras", given, "keras")
    given = {**common, "seeds": seeds, "strengths": list(STRENGTHS)}
    jobs["tuning.linear"] = Job(f"{_TRAINERS}.tuning:sklearn", given, "sklearn")
    given = {**common, "seeds": seeds, "hidden": [64, 64], "bounds": list(BOUNDS), "rate": RATE}
    given |= {"updates": 4000, "target": 0.01}
    jobs["fooled"] = Job(f"{_TRAINERS}.fooling:fooled", given, "keras")
    here = {name: job for name, job in jobs.items() if lab.has(job.engine)}
    return {name: record.arrays for name, record in by_name(lab, here).items()}


@dataclass(frozen=True)
class Probabilities:
    """Probabilities of class 1 on the same test images, by model, training images and draw.

    Attributes
    ----------
    truth
        0 or 1, (images,).
    scores
        (contestant, n) -> (draws, images), NaN where a draw gave no usable fit; without what did not run.
    """

    truth: IntArray
    scores: Mapping[tuple[str, int], FloatArray]


def probabilities(lab: Lab) -> Probabilities:
    """Beam's MLP and the two linear models on `DIGITS`, raw pixels, the same training samples for all."""
    data, design, draws = (
        load("auto", data_dir=lab.data_dir, digits=DIGITS),
        DESIGNS["leek"],
        lab.quick(12, 30),
    )
    members = tuple(CONTESTANTS[name] for name in (MLP, *LINEAR))
    made = lab.fits(Experiment(data, design, ERROR_SIZES, draws, lab.seed, members))
    truth = data.y[design.draw(data, ERROR_SIZES[0], 0, lab.seed).evaluate]
    scores = {
        (name, n): np.full((draws, len(truth)), np.nan)
        for name, n in dict.fromkeys((name, n) for name, n, _ in made)
    }
    for (name, n, k), record in made.items():
        if record.fields["usable"]:
            scores[name, n][k] = record.arrays["score"]
    return Probabilities(truth, scores)
