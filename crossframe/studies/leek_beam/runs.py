"""What the study ``leek-beam`` runs: the contestants, single switches of settings, and longer training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from crossframe.compare.api import Plan, compare
from crossframe.core.text import duration
from crossframe.experiment.plan import FitCell
from crossframe.experiment.record import Record
from crossframe.experiment.spec import parse
from crossframe.experiment.view import View
from crossframe.studies.lab import Job, Lab

DESIGNS = {"leek": "Leek's design", "beam": "Beam's design"}
"""Design of the draws -> its title; see `crossframe.data.designs`."""

SIZES = (10, 20, 40, 80)
LARGER = (100, 200, 500, 1000)
"""Training images of the experiment, and those beyond it: Leek expected deep learning to pay there."""
TRAINED = (10, 80)
"""Training images at which nets are trained longer than published."""

LM, LIBLINEAR = "leekasso.f.lm", "leekasso.welch.liblinear"
GLM, LBFGS = "leekasso.welch.glm", "leekasso.welch.lbfgs"
H2O, MLP, CNN = "leek.h2o.mlp", "keras.mlp", "keras.cnn"
PORT, REDUX, PERCEPTRON = "leek.keras.mlp", "rkeras.mlp", "beam.sklearn.mlp"
LOGISTIC, ONE_PIXEL, CENTRE = "sklearn.logistic", "pixel.best", "pixel.centre"
PRINCIPALS = (LM, LIBLINEAR, H2O, MLP, CNN, PORT, REDUX, PERCEPTRON, LOGISTIC, ONE_PIXEL, CENTRE)


@dataclass(frozen=True)
class Cause:
    """One setting, switched alone, whose effect on the accuracy is measured on the same draws.

    Attributes
    ----------
    design
        Whose design it is switched on: that of the author who ran ``base``.
    title
        The setting in words.
    change
        What is switched, as a phrase.
    base
        The contestant as published.
    switched
        The contestant with the switch; the same as ``base`` where only its labels are cut at 0.5.
    """

    design: str
    title: str
    change: str
    base: str
    switched: str


THRESHOLD = Cause(
    "leek", "Threshold for labels", "H2O's labels cut at p > 0.5, not where F1 is largest", H2O, H2O
)
DECAY = Cause("beam", "Decay of the learning rate", "\"MLP (Leek)\" without it", PORT,
              f"{PORT}:schedule.decay=0")  # fmt: skip
CAUSES = (
    THRESHOLD,
    Cause("leek", "Stopping rule", "H2O does not stop at zero training error", H2O,
          f"{H2O}:classification_stop=-1"),
    Cause("leek", "Standardisation", "H2O gets raw pixels", H2O, f"{H2O}:standardize=false"),
    Cause("leek", "Optimiser", "H2O's SGD at its rate of 0.005, not ADADELTA", H2O,
          f"{H2O}:adaptive_rate=false"),
    Cause("leek", "Activation", "H2O with rectifiers, not tanh", H2O, f"{H2O}:activation=Rectifier"),
    DECAY,
    Cause("beam", "Optimiser", "Adam at 0.001 in \"MLP (Leek)\"", PORT,
          f"{PORT}:optimizer.rule=adam,optimizer.learning_rate=0.001"),
    Cause("beam", "Dropout", "Beam's MLP without it", MLP, f"{MLP}:dropout.hidden=0"),
    Cause("leek", "Linear model", "R's glm, not lm, on Leek's ten pixels", LM, "leekasso.f.glm"),
    Cause("beam", "Solver and penalty", "R's glm, not liblinear with C = 1e6, on Beam's ten pixels",
          LIBLINEAR, GLM),
    Cause("beam", "Ranking of the pixels", "by the F test, not by Beam's score", LIBLINEAR,
          "leekasso.f.liblinear"),
)  # fmt: skip
"""The switches, in the order of the page."""

DEFAULTS = (
    f"{MLP}:optimizer.learning_rate=0.0001", f"{MLP}:optimizer.learning_rate=0.01",
    f"{MLP}:batch.size=1", f"{MLP}:batch.size=128",
)  # fmt: skip
"""Beam's MLP with one of Keras's defaults ten times smaller or larger, or the batch nearly so."""

EPOCHS: Mapping[str, tuple[int, ...]] = {
    **dict.fromkeys((H2O, PORT, f"{PORT}:schedule.decay=0"), (1, 2, 5, 10, 20, 50, 100, 200)),
    **dict.fromkeys((MLP, CNN), (10, 20, 50, 100, 200, 500, 1000, 2000)),
}
"""Net -> numbers of epochs it is trained for; the published number is the fifth, ten times it the last."""
PUBLISHED = 4
"""Place of the published number in `EPOCHS`."""


_REPORTED = 50


def trained_for(net: str, epochs: int) -> str:
    """The contestant that is ``net`` trained for a number of epochs; H2O's does not stop before."""
    more = f"epochs={epochs}" + (",classification_stop=-1" if net == H2O else "")
    return f"{net}{',' if ':' in net else ':'}{more}"


def as_published(net: str) -> str:
    """The contestant that is ``net`` trained as it was published; H2O's with its stop at zero training
    error."""
    return net if net == H2O else trained_for(net, EPOCHS[net][PUBLISHED])


def contestants(design: str) -> list[str]:
    """Who takes part in a design: everybody, and the causes that are switched there."""
    extra = (GLM, LBFGS, *DEFAULTS) if design == "beam" else ()
    switched = [cause.switched for cause in CAUSES if cause.design == design]
    return list(dict.fromkeys((*PRINCIPALS, *extra, *switched)))


def run(lab: Lab, design: str) -> View:
    """Every contestant of a design at n = 10 to 80."""
    sizes = lab.quick(TRAINED, SIZES)
    return _run(lab, design, sizes, lab.quick(3, 40), contestants(design), f"leek-beam-{design}")


def larger(lab: Lab) -> View:
    """The linear models and the two nets at n = 100 to 1,000."""
    sizes = lab.quick(LARGER[:2], LARGER)
    names = [LM, LIBLINEAR, H2O, MLP, LOGISTIC]
    return _run(lab, "leek", sizes, lab.quick(3, 20), names, "leek-beam-larger")


def training(lab: Lab) -> View:
    """Every net trained for the numbers of epochs in `EPOCHS`; the quick scale leaves out the slowest net."""
    nets = [net for net in EPOCHS if net != lab.quick(CNN, None)]
    names = [
        name for net in nets for name in (as_published(net), *(trained_for(net, e) for e in EPOCHS[net]))
    ]
    sizes = lab.quick(TRAINED[:1], TRAINED)
    return _run(lab, "beam", sizes, lab.quick(3, 10), names, "leek-beam-training")


def remedied(lab: Lab, names: Sequence[str]) -> View:
    """Beam's net, and h2o's with each set of `crossframe.studies.leek_beam.remedy`."""
    return _run(lab, "beam", lab.quick(TRAINED[:1], TRAINED), lab.quick(4, 24), names, "leek-beam-remedy")


def parameters(lab: Lab) -> Mapping[str, int]:
    """The number of weights of Beam's two nets, counted by Keras; empty without Keras."""
    if not lab.has("keras"):
        return {}
    (record,) = lab.run([Job("crossframe.studies.leek_beam.trainers:parameters", {}, "keras")])
    return {} if record is None else record.fields["parameters"]


def _run(lab: Lab, design: str, sizes: Sequence[int], draws: int, names: Sequence[str], name: str) -> View:
    chosen = [contestant for contestant in names if lab.has(parse(contestant).engine)]
    result = compare(
        sizes, draws=draws, design=design, contestants=chosen, data_dir=lab.data_dir, seed=lab.seed,
        jobs=lab.workers, store=lab.store, name=name, listener=_Progress(lab, name), pool=lab.pool,
    )  # fmt: skip
    return View(result)


class _Progress:
    """Counts the fits that are made, and reports every fiftieth; see `crossframe.compare.api.Listener`."""

    def __init__(self, lab: Lab, name: str) -> None:
        self._lab, self._name, self._todo, self._made = lab, name, 0, 0

    def planned(self, plan: Plan) -> None:
        """Report how many fits are to be made, and how many are stored."""
        self._todo = plan.todo
        self._lab.say(f"{self._name}: {self._todo} fits to make, {plan.stored} are stored")

    def cell(self, cell: FitCell, record: Record, seconds_left: float) -> None:
        """Count a fit that ended, and report every `_REPORTED` of them."""
        self._made += 1
        self._lab.computed += 1
        if self._made % _REPORTED == 0:
            left = duration(seconds_left)
            self._lab.say(f"{self._name}: {self._made} of {self._todo} fits, about {left} left")
