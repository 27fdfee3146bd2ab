"""What the study ``sgd`` computes, by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from crossframe.experiment.record import Record
from crossframe.studies.gather import by_name, dataset, place
from crossframe.studies.lab import Job, Lab

Records = Mapping[str, Record]
"""Outcomes by the name of their computation; what could not be computed is not there."""

BATCHES = (8, 40, 200)
RATES = (0.01, 0.05, 0.25)
"""Factors of five in both, so that the diagonals have one rate / batch."""
CORNERS = ((8, 200), (0.05, 0.25))
"""Batches and rates of scikit-learn."""
H2O_RATES = (0.00625, 0.03125)
"""With its batch of 1: the rates / batch of scikit-learn's smaller batch."""
H2O_EPOCHS = {
    "mnist": ((4, 8, 14, 24), (2, 4, 6, 12)),
    "digits": ((8, 16, 30, 60), (2, 5, 10, 20)),
}
"""Lengths of its trainings by rate; the losses at which networks are compared lie between two of them."""
EPOCHS = 60
"""Length of the trainings that are compared after equal epochs, for context."""
MOST = {"mnist": 3000, "digits": 9000}
"""Epochs within which the losses have to be reached; of the small digits an update changes less."""
TARGETS = (0.1, 0.03)
"""Training losses, descending; judged is the lowest that every training of a framework reaches."""
HIDDEN = (32,)

WELLS = ((-1.0, 0.5, 0.7), (1.0, 1.0, 0.15))
"""Place, depth and width: the wide well and the deeper narrow one."""
EVEN = (WELLS[0], (1.0, 0.5, 0.15))
"""The same with a narrow well that is no deeper."""
NOISE = 10.0
"""Standard deviation of the gradient at batch 1."""
TIME = 600.0
"""Updates times rate."""
SIZES = (1, 32)
"""Values of H2O's mini_batch_size."""


_TRAINERS = "crossframe.studies.sgd.trainers"


@dataclass(frozen=True)
class Walk:
    """A setting of the double well: learning rate, batch size, and the two wells."""

    rate: float
    batch: int
    wells: tuple[tuple[float, float, float], ...] = WELLS

    @property
    def name(self) -> str:
        """The name of its computation."""
        return f"{'even' if self.wells == EVEN else 'well'}.{self.rate}.{self.batch}"

    @property
    def temperature(self) -> float:
        """T = rate s^2 / (2 batch), s the noise of a single gradient."""
        return self.rate * NOISE**2 / (2 * self.batch)


WALKS = tuple(
    Walk(rate, batch)
    for rate, batches in (
        (0.01, (1, 2, 3, 4)),
        (0.005, (1, 2)),
        (0.0025, (1,)),
        (0.02, (1, 2, 4, 8)),
    )
    for batch in batches
)
EVEN_WALKS = (Walk(0.005, 2, EVEN), Walk(0.005, 1, EVEN), Walk(0.01, 1, EVEN))


def compute(lab: Lab) -> Records:
    """All of it, as far as it is not stored."""
    return by_name(lab, _jobs(lab))


def _jobs(lab: Lab) -> dict[str, Job]:
    name = dataset(lab)
    common: dict[str, Any] = {**place(lab), "hidden": list(lab.quick(HIDDEN, (128,)))}
    to_target = {"most": MOST[name], "targets": list(TARGETS)}

    def seeds(quick: int, paper: int) -> list[int]:
        return [lab.seed + k for k in range(lab.quick(quick, paper))]

    jobs: dict[str, Job] = {}
    if lab.has("keras") and lab.has("h2o"):
        lengths = [list(epochs) for epochs in H2O_EPOCHS[name]]
        grid = {**common, "rates": list(H2O_RATES), "epochs": lengths, "seeds": seeds(4, 10)}
        jobs["ends.h2o.1"] = Job(f"{_TRAINERS}.h2o:h2o_ends", grid, "h2o")
    if lab.has("keras"):
        for batch in BATCHES:
            grid = {**common, **to_target, "batch": batch, "rates": list(RATES), "seeds": seeds(4, 20)}
            grid["epochs"] = EPOCHS
            jobs[f"ends.keras.{batch}"] = Job(f"{_TRAINERS}.ends:keras_ends", grid, "keras")
    if lab.has("keras") and lab.has("sklearn"):
        for batch in CORNERS[0]:
            grid = {**common, **to_target, "batch": batch, "rates": list(CORNERS[1]), "seeds": seeds(4, 10)}
            jobs[f"ends.sklearn.{batch}"] = Job(f"{_TRAINERS}.ends:sklearn_ends", grid, "sklearn")
    if lab.has("h2o"):
        sizes = {"sizes": list(SIZES), "rate": 0.005, "epochs": 3, "seeds": [lab.seed]}
        jobs["mini"] = Job(f"{_TRAINERS}.h2o:mini_batches", {**common, **sizes}, "h2o")
    for walk in WALKS + EVEN_WALKS:
        arguments = {
            "wells": [list(well) for well in walk.wells],
            "noise": NOISE,
            "batch": walk.batch,
            "rate": walk.rate,
            "time": TIME,
            "runs": lab.quick(1000, 10_000),
            "seed": lab.seed,
        }
        jobs[walk.name] = Job(f"{_TRAINERS}.well:walk", arguments)
    return jobs
