"""R's nnet in the vocabulary (``?nnet``, ``?set.seed``)."""

from __future__ import annotations

from collections.abc import Mapping

from crossframe.engines.base import Value
from crossframe.errors import UsageError
from crossframe.settings.base import Binding, Context, Outside, When, choice, flag, integer, number

_DRAWN = (When("rang", above=0.0),)
_KINDS = (
    "Mersenne-Twister",
    "Wichmann-Hill",
    "Marsaglia-Multicarry",
    "Super-Duper",
    "Knuth-TAOCP",
    "Knuth-TAOCP-2002",
    "L'Ecuyer-CMRG",
)


def _one_layer(hidden: Value, context: Context) -> Value:
    if isinstance(hidden, tuple) and len(hidden) != 1:
        raise UsageError("nnet has one hidden layer", "give architecture.hidden one number")
    return hidden[0] if isinstance(hidden, tuple) else hidden


def _word(table: dict[Value, Value], name: str, value: Value) -> Value:
    if value not in table:
        raise UsageError(f"nnet has no {name}={value}", f"it has: {', '.join(map(str, table))}")
    return table[value]


def _real(value: Value) -> float:
    return float(value)  # type: ignore[arg-type]


NNET = (
    Binding(
        "architecture.hidden",
        "size",
        integer(1),
        _one_layer,
        lambda v, c: (int(_real(v)),),
        formula="crossframe's default: 8; nnet itself has none",
    ),
    Binding("architecture.skip", "skip", flag()),
    Binding(
        "architecture.head",
        "linout",
        flag(),
        lambda v, c: _word({"sigmoid1": False, "linear1": True}, "architecture.head", v),
        lambda v, c: "linear1" if v else "sigmoid1",
        active_if=(When("entropy", (False,)),),
    ),
    Binding(
        "loss",
        "entropy",
        flag(),
        lambda v, c: _word({"log_loss": True, "squared_error": False}, "loss", v),
        lambda v, c: "log_loss" if v else "squared_error",
        active_if=(When("linout", (False,)),),
        formula="the sum over the rows; crossframe's default: TRUE",
    ),
    Binding(
        "penalty.l2",
        "decay",
        number(0),
        lambda v, c: _real(v) * c.n / 2,
        lambda v, c: 2 * _real(v) / c.n,
        formula="sum of the losses + decay * |weights and biases|^2: l2 = 2 decay / n",
    ),
    Binding(
        "init.scale", "rang", number(0), formula="weights and biases uniform on [-rang, rang]; 0: all zero"
    ),
    Binding("seed", "seed", integer(0), active_if=_DRAWN, reads=("set.seed.seed",)),
    Binding("seed.generator", "kind", choice(*_KINDS), active_if=_DRAWN, reads=("set.seed.kind",)),
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
)

ALWAYS: dict[str, Value] = {
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
}


def implied(native: Mapping[str, Value]) -> dict[str, Value]:
    """The head where the loss allows no other, and the loss where the head does."""
    if native.get("entropy"):
        return {"architecture.head": "sigmoid1"}
    return {"loss": "squared_error"} if native.get("linout") else {}


DEFAULTS: dict[str, Value] = {"size": 8, "entropy": True}
"""What crossframe passes: the size has no default, and a least-squares fit is no classifier's."""

OUTSIDE = {
    "nnet.default.x": Outside("data", "the features"),
    "nnet.default.y": Outside("data", "the classes"),
    "nnet.default.weights": Outside("data", "weights of single rows; every row counts once here"),
    "nnet.default.Wts": Outside("data", "weights to start from, as a vector; drawn here"),
    "nnet.default.mask": Outside("data", "which single weights are fitted; all here"),
    "nnet.default.softmax": Outside("other", "of more than two classes; refused for one output"),
    "nnet.default.censored": Outside("other", "of more than two classes; refused for one output"),
    "nnet.default.Hess": Outside("output", "the Hessian, computed after the fit"),
    "nnet.default.trace": Outside("output", "progress on the terminal"),
    "nnet.default....": Outside("other", "what no argument takes"),
    "set.seed.normal.kind": Outside("other", "of normal random numbers; the weights are uniform"),
    "set.seed.sample.kind": Outside("other", "of drawing from a set; nothing of the kind is done"),
}
