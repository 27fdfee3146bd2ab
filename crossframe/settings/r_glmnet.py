"""R's glmnet in the vocabulary (``?glmnet``, ``?glmnet.control``, ``?predict.glmnet``)."""

from __future__ import annotations

from dataclasses import replace

from crossframe.engines.base import Value
from crossframe.errors import UsageError
from crossframe.settings.base import (
    Binding,
    Context,
    Outside,
    When,
    choice,
    flag,
    integer,
    integers,
    number,
    renamed,
)
from crossframe.settings.elastic import bind
from crossframe.settings.families import family

_PATH = (When("lambda", (None,)),)


def _read_off(binding: Binding) -> Binding:
    """A part of the penalty: that of the coefficients that are read off, where there is a path."""
    decode = binding.to_vocabulary

    def decoded(value: Value, context: Context) -> Value:
        at = context.native.get("s") if value is None or context.native.get("exact") else value
        return decode(at, context)

    return replace(
        binding,
        to_vocabulary=decoded,
        formula="deviance / (2n) + lambda * (alpha |beta|_1 + (1-alpha)/2 |beta|^2), beta of the features as "
        "standardised, penalty.factor rescaled to a mean of 1; without lambda that of the path at s. "
        "gaussian: RSS / (2n) + lambda * (alpha |beta|_1 + (1-alpha)/2 |beta|^2 / sd(y)), sd with 1/n",
    )


def _standardize(scaling: Value, context: Context) -> Value:
    if scaling not in ("sd_n", "none"):
        raise UsageError(f"glmnet has no features.standardize={scaling}", "it has: sd_n, none")
    return scaling == "sd_n"


def _spread(context: Context) -> float:
    """What the target is divided by before the fit: its ridge part is told on that scale.

    With y / s, b / s and lambda / s in place of y, b and lambda, all times s^2: the mean loss, the
    lasso part lambda alpha |b|_1 as it was, and the ridge part lambda (1-alpha) / s |b|^2 / 2.
    """
    return context.spread if context.native.get("family") == "gaussian" else 1.0


def _scaled(binding: Binding) -> Binding:
    """A part of the penalty by the Gaussian family, whose ridge part is divided by the target's spread."""
    encode, decode = binding.to_framework, binding.to_vocabulary

    def share(context: Context) -> float:
        """Of penalty.strength in lambda, or of l2 alone."""
        alpha = context.native.get("alpha", 1.0)
        mix = float(alpha) if alpha is not None else 1.0  # type: ignore[arg-type]
        if binding.setting == "penalty.strength":
            return mix + (1.0 - mix) / _spread(context)
        return 1.0 / _spread(context) if binding.setting == "penalty.l2" else 1.0

    def encoded(value: Value, context: Context) -> Value:
        if _spread(context) == 1.0:
            return encode(value, context)
        return float(encode(value, context)) / share(context)  # type: ignore[arg-type]

    def decoded(value: Value, context: Context) -> Value:
        found = decode(value, context)
        return found if found is None or _spread(context) == 1.0 else float(found) * share(context)  # type: ignore[arg-type]

    return replace(binding, to_framework=encoded, to_vocabulary=decoded)


def _alpha(mix: Value, context: Context) -> Value:
    l1 = float(mix)  # type: ignore[arg-type]
    return l1 / (l1 + (1.0 - l1) * _spread(context)) if l1 else 0.0


def _mix(alpha: Value, context: Context) -> Value:
    l1 = float(alpha)  # type: ignore[arg-type]
    return l1 / (l1 + (1.0 - l1) / _spread(context)) if l1 else 0.0


_PLAIN_MIX, *_STRENGTHS = bind(
    "lambda", number(0), "alpha", number(0, 1), 1.0, (lambda x, n: x, lambda x, n: x)
)
_MIX = replace(_PLAIN_MIX, to_framework=_alpha, to_vocabulary=_mix)
_BINOMIAL = (When("family", ("binomial",)),)

GLMNET = (
    family(),
    _MIX,
    *(_read_off(_scaled(b)) for b in _STRENGTHS),
    Binding("path.length", "nlambda", integer(2), active_if=_PATH),
    Binding(
        "path.ratio",
        "lambda.min.ratio",
        number(0, 1, open_low=True),
        active_if=_PATH,
        formula="the largest penalty is the smallest that leaves no feature in; default 1e-4, 0.01 where "
        "features outnumber rows",
    ),
    Binding("path.min_ratio", "eps", number(0), active_if=_PATH),
    Binding("path.min_length", "mnlam", integer(1), active_if=_PATH),
    Binding("path.min_gain", "fdev", number(0), active_if=_PATH),
    Binding("path.max_explained", "devmax", number(0, 1), active_if=_PATH),
    Binding("path.max_features", "dfmax", integer(0), active_if=_PATH),
    Binding("path.max_entered", "pmax", integer(0)),
    Binding(
        "path.at",
        "s",
        number(0),
        active_if=(replace(_PATH[0], otherwise=When("exact", (True,))),),
        reads=("predict.glmnet.s",),
        formula="crossframe's default: the last penalty of the path",
    ),
    Binding(
        "path.refit",
        "exact",
        flag(),
        active_if=(When("s", unlike="lambda.last"),),
        reads=("predict.glmnet.exact",),
    ),
    Binding("penalty.feature", "penalty.factor", integers(0), formula="rescaled to a mean of 1"),
    Binding(
        "features.standardize",
        "standardize",
        flag(),
        _standardize,
        lambda v, c: "sd_n" if v else "none",
        formula="sd with 1/n, inside; coefficients are told on the original scale",
    ),
    Binding("intercept", "intercept", flag()),
    Binding("bounds.lower", "lower.limits", number(high=0)),
    Binding("bounds.upper", "upper.limits", number(0)),
    Binding(
        "solver.tolerance_update",
        "thresh",
        number(0, open_low=True),
        formula="coordinate descent ends when no update of a coefficient changes the objective by more than "
        "thresh * null deviance",
    ),
    Binding(
        "solver.max_iterations", "maxit", integer(1), formula="passes over the features, of the whole path"
    ),
    Binding(
        "solver.curvature",
        "type.logistic",
        choice("Newton", "modified.Newton"),
        *renamed({"exact": "Newton", "bound": "modified.Newton"}),
        active_if=_BINOMIAL,
    ),
    Binding("solver.min_probability", "pmin", number(0, 0.5, open_low=True), active_if=_BINOMIAL),
)

ALWAYS: dict[str, Value] = {
    "decision.threshold": 0.5,
    "precision": "float64",
    "missing": "error",
    "class_weight": "none",
    "penalty.intercept": 0.0,
    "solver.algorithm": "coordinate_descent",
}

_TARGET = "of other targets than two classes or a number"

OUTSIDE = {
    "glmnet.x": Outside("data", "the features"),
    "glmnet.y": Outside("data", "the target"),
    "glmnet.weights": Outside("data", "weights of single rows; every row counts once here"),
    "glmnet.offset": Outside("data", "a known part of the linear predictor, row by row"),
    "glmnet.exclude": Outside("data", "columns that are left out"),
    "glmnet.type.gaussian": Outside("running", "whether the products of the features are kept"),
    "glmnet.standardize.response": Outside("other", _TARGET),
    "glmnet.type.multinomial": Outside("other", _TARGET),
    "glmnet.relax": Outside(
        "output", "unpenalised fits beside the path, which predict leaves out at its gamma=1"
    ),
    "glmnet.trace.it": Outside("output", "progress on the terminal"),
    "glmnet....": Outside("other", "arguments of the unpenalised fits of relax"),
    "glmnet.control.big": Outside("other", "the number that stands for an infinite bound"),
    "glmnet.control.exmx": Outside("other", _TARGET),
    "glmnet.control.prec": Outside("other", _TARGET),
    "glmnet.control.mxit": Outside("other", _TARGET),
    "glmnet.control.epsnr": Outside("other", "of families given as objects, which another solver fits"),
    "glmnet.control.mxitnr": Outside("other", "of families given as objects, which another solver fits"),
    "glmnet.control.itrace": Outside("output", "progress on the terminal"),
    "glmnet.control.factory": Outside("other", "puts all the other constants back"),
    "predict.glmnet.object": Outside("data", "the fit"),
    "predict.glmnet.newx": Outside("data", "the rows to predict"),
    "predict.glmnet.type": Outside("output", "which of its numbers are told"),
    "predict.glmnet.newoffset": Outside("data", "the offset of the rows to predict"),
    "predict.glmnet....": Outside("other", "what a refit takes beside s"),
}
