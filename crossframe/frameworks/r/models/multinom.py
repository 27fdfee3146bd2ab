"""R's nnet::multinom in the vocabulary (``?multinom``, ``?nnet``): softmax regression."""

from __future__ import annotations

from collections.abc import Mapping

from crossframe.core.types import Value, as_float
from crossframe.frameworks.r._model import RModel
from crossframe.settings.binding import Binding, Outside, flag, integer, number
from crossframe.settings.probe import Probe


def _limits(
    native: Mapping[str, Value], effective: Mapping[str, Value], rows: int
) -> tuple[Mapping[str, Value], ...]:
    # A relative tolerance of 0 would never end on a sum of losses that rounding moves.
    return ({"reltol": 1e-16, "abstol": 0.0, "maxit": 100_000},)


_DECIDED = (
    "what multinom itself passes: no hidden unit, weights that start at 0, and a softmax of several classes"
)

MODEL = RModel(
    name="r.multinom",
    title="multinom",
    order=35,
    several=True,
    of_several={"class.scheme": "multinomial", "class.parametrization": "reference"},
    scripts=("multinom.R",),
    fitter="fit_multinom",
    package="nnet",
    callables=("multinom", "nnet.default"),
    packages={"multinom": "nnet", "nnet.default": "nnet"},
    pages={"nnet.default": "nnet"},
    iteration="none: quasi-Newton (BFGS with a line search)",
    bindings=(
        Binding(
            "penalty.l2",
            "decay",
            number(0),
            lambda v, c: as_float(v) * c.n / 2,
            lambda v, c: as_float(v) * 2 / c.n,
            formula="sum of the losses + decay * |coefficients and intercepts|^2, both relative to the first "
            "class: l2 = 2 decay / n",
        ),
        Binding("intercept", "intercept", flag(), formula="FALSE: y ~ X - 1 in place of y ~ X"),
        Binding("solver.max_iterations", "maxit", integer(1)),
        Binding(
            "stopping.objective", "abstol", number(), formula="the sum of the losses and the penalty below it"
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
            never="it refuses models with more coefficients and does nothing else",
        ),
    ),
    always={
        "decision.threshold": 0.5,
        "precision": "float64",
        "missing": "error",
        "features.standardize": "none",
        "class_weight": "none",
        "link": "logit",
        "penalty.l1": 0.0,
        "penalty.intercept": 1.0,
        "solver.algorithm": "bfgs",
        "solver.start": "zeros",
    },
    outside={
        "multinom.formula": Outside("data", "the target and the features"),
        "multinom.data": Outside("data", "the target and the features"),
        "multinom.weights": Outside("data", "weights of single rows; every row counts once here"),
        "multinom.subset": Outside("data", "which rows are used"),
        "multinom.na.action": Outside(
            "data", "what is done with rows that lack a feature; they are refused here"
        ),
        "multinom.contrasts": Outside("data", "how factors are coded; the features are numbers here"),
        "multinom.Hess": Outside("output", "the Hessian, computed after the fit"),
        "multinom.summ": Outside("running", "equal rows are counted once, which changes no optimum"),
        "multinom.censored": Outside("other", "targets that are sets of classes"),
        "multinom.model": Outside("output", "whether the data are kept"),
        "multinom....": Outside("other", "the arguments of nnet.default"),
        "nnet.default.x": Outside("data", "the features"),
        "nnet.default.y": Outside("data", "the target"),
        "nnet.default.weights": Outside("data", "weights of single rows; every row counts once here"),
        "nnet.default.Wts": Outside("data", "coefficients to start from; they start at 0 here"),
        "nnet.default.trace": Outside("output", "progress on the terminal"),
        "nnet.default.Hess": Outside("output", "the Hessian, computed after the fit"),
        "nnet.default....": Outside("other", "what no argument takes"),
        **{
            f"nnet.default.{name}": Outside("other", _DECIDED)
            for name in ("size", "mask", "linout", "entropy", "softmax", "censored", "skip", "rang")
        },
    },
    probes={
        "decay": Probe((0.0, 0.5)),
        "intercept": Probe((True, False)),
        "maxit": Probe((100, 3)),
        "abstol": Probe((1e-4, 1e4)),
        "reltol": Probe((1e-8, 0.1)),
        "MaxNWts": Probe((1000, 100)),
    },
    convex=True,
    limits=_limits,
    relatives=("r.glmnet",),
)
