"""R's nnet in the vocabulary (``?nnet``, ``?set.seed``)."""

from __future__ import annotations

from collections.abc import Mapping

from crossframe.core.errors import UsageError
from crossframe.core.types import Value, as_float
from crossframe.frameworks.r._model import GENERATORS, RModel
from crossframe.settings.binding import Binding, Context, Outside, When, choice, flag, integer, number
from crossframe.settings.probe import Probe

_RANDOM = (When("rang", above=0.0),)


def _one_layer(hidden: Value, context: Context) -> Value:
    if isinstance(hidden, tuple) and len(hidden) != 1:
        raise UsageError("nnet has one hidden layer", "give architecture.hidden one number")
    return hidden[0] if isinstance(hidden, tuple) else hidden


def _option(table: dict[Value, Value], name: str, value: Value) -> Value:
    if value not in table:
        raise UsageError(f"nnet has no {name}={value}", f"it has: {', '.join(map(str, table))}")
    return table[value]


def _implied(native: Mapping[str, Value]) -> dict[str, Value]:
    """The head where the loss allows no other, and the loss where the head allows no other."""
    if native.get("entropy"):
        return {"architecture.head": "sigmoid1"}
    return {"loss": "squared_error", "loss.scale": "full"} if native.get("linout") else {}


def _complete(
    asked: Mapping[str, Value], native: Mapping[str, Value], arguments: dict[str, Value]
) -> dict[str, Value]:
    """A linear output unit takes no entropy, which crossframe passes by default."""
    return {"entropy": False, **arguments} if arguments.get("linout") else arguments


def _decay(context: Context) -> float:
    """The decay, divided by n, that is a canonical l2 of 1: nnet counts squared errors in full."""
    return 1.0 if context.native.get("linout") else 0.5


MODEL = RModel(
    name="r.nnet",
    title="nnet",
    order=40,
    family="network",
    scripts=("nnet.R",),
    fitter="fit_nnet",
    package="nnet",
    callables=("nnet.default", "set.seed"),
    packages={"nnet.default": "nnet", "set.seed": "base"},
    pages={"nnet.default": "nnet", "set.seed": "Random"},
    iteration="none: quasi-Newton (BFGS with a line search)",
    bindings=(
        Binding(
            "architecture.hidden",
            "size",
            integer(1),
            _one_layer,
            lambda v, c: (int(as_float(v)),),
            formula="crossframe's default: 8; nnet itself has none",
        ),
        Binding("architecture.skip", "skip", flag()),
        Binding(
            "architecture.head",
            "linout",
            flag(),
            lambda v, c: _option({"sigmoid1": False, "linear1": True}, "architecture.head", v),
            lambda v, c: "linear1" if v else "sigmoid1",
            active_if=(When("entropy", (False,)),),
            formula="crossframe's default for numbers: TRUE",
        ),
        Binding(
            "loss",
            "entropy",
            flag(),
            lambda v, c: _option({"log_loss": True, "squared_error": False}, "loss", v),
            lambda v, c: "log_loss" if v else "squared_error",
            active_if=(When("linout", (False,)),),
            formula="the sum over the rows, FALSE: of (y - f)^2; crossframe's default: TRUE, with linout "
            "FALSE",
        ),
        Binding(
            "penalty.l2",
            "decay",
            number(0),
            lambda v, c: as_float(v) * c.n * _decay(c),
            lambda v, c: as_float(v) / (c.n * _decay(c)),
            formula="sum of the losses + decay * |weights and biases|^2: l2 = 2 decay / n, with linout "
            "decay / n",
        ),
        Binding(
            "init.scale",
            "rang",
            number(0),
            formula="weights and biases uniform on [-rang, rang]; 0: all zero",
        ),
        Binding("seed", "seed", integer(0), active_if=_RANDOM, reads=("set.seed.seed",)),
        Binding("seed.generator", "kind", choice(*GENERATORS), active_if=_RANDOM, reads=("set.seed.kind",)),
        Binding("solver.max_iterations", "maxit", integer(1)),
        Binding(
            "stopping.objective",
            "abstol",
            number(),
            formula="the sum of the losses and decay * |weights and biases|^2 below it",
        ),
        Binding(
            "solver.tolerance_objective",
            "reltol",
            number(0),
            formula="old - new < reltol * (|old| + reltol) of the sum of losses and penalty",
        ),
        Binding(
            "architecture.max_weights",
            "MaxNWts",
            integer(1),
            never="it refuses networks with more weights and does nothing else",
        ),
    ),
    always={
        "decision.threshold": 0.5,
        "precision": "float64",
        "missing": "error",
        "features.standardize": "none",
        "class_weight": "none",
        "penalty.l1": 0.0,
        "penalty.intercept": 1.0,
        "architecture.activation": "sigmoid",
        "optimizer.rule": "bfgs",
        "init.weights": "uniform",
        "init.biases": "uniform",
        "dropout.input": 0.0,
        "dropout.hidden": 0.0,
    },
    implied=_implied,
    complete=_complete,
    tasks=frozenset({"classes", "numbers"}),
    several=True,
    numbers_by=("linout", True),
    # The size has no default, and a least-squares fit is no classifier's.
    passed={"size": 8, "entropy": True},
    outside={
        "nnet.default.x": Outside("data", "the features"),
        "nnet.default.y": Outside("data", "the target"),
        "nnet.default.weights": Outside("data", "weights of single rows; every row counts once here"),
        "nnet.default.Wts": Outside("data", "weights to start from, as a vector; drawn here"),
        "nnet.default.mask": Outside("data", "which single weights are fitted; all here"),
        "nnet.default.softmax": Outside("data", "TRUE for more than two classes; refused for one output"),
        "nnet.default.censored": Outside("other", "targets that are sets of classes; refused for one output"),
        "nnet.default.Hess": Outside("output", "the Hessian, computed after the fit"),
        "nnet.default.trace": Outside("output", "progress on the terminal"),
        "nnet.default....": Outside("other", "what no argument takes"),
        "set.seed.normal.kind": Outside("other", "of normal random numbers; the weights are uniform"),
        "set.seed.sample.kind": Outside("other", "of drawing from a set; nothing of the kind is done"),
    },
    base={"size": 3, "maxit": 30},
    probes={
        "size": Probe((3, 2)),
        "skip": Probe((False, True)),
        "linout": Probe((False, True), {"entropy": False}, ({"entropy": True},), refused=True),
        "entropy": Probe((True, False), {"linout": False}, ({"linout": True},), refused=True),
        "decay": Probe((0.0, 0.1)),
        "rang": Probe((0.7, 0.1)),
        "seed": Probe((1, 2), {"rang": 0.7}, ({"rang": 0.0},)),
        "kind": Probe(("Mersenne-Twister", "Wichmann-Hill"), {"rang": 0.7}, ({"rang": 0.0},)),
        "maxit": Probe((30, 5)),
        "abstol": Probe((1e-4, 50.0)),
        "reltol": Probe((1e-8, 0.1)),
        "MaxNWts": Probe((1000, 100)),
    },
    stochastic=True,
)
