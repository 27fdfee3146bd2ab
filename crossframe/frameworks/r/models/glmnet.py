"""R's glmnet in the vocabulary (``?glmnet``, ``?glmnet.control``, ``?predict.glmnet``)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from crossframe.core.errors import UsageError
from crossframe.core.types import Value, as_float
from crossframe.frameworks.model import Program
from crossframe.frameworks.programs import call
from crossframe.frameworks.r._model import RModel
from crossframe.frameworks.r.program import matrix, others, quoted, some, spelled, text
from crossframe.settings.binding import (
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
from crossframe.settings.family import distribution, family
from crossframe.settings.probe import Probe

_PATH = (When("lambda", (None,)),)


def _read_off(binding: Binding) -> Binding:
    """``binding`` of a penalty, which for a path decodes the penalty at which coefficients are read off."""
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
    """The s by which glmnet divides the target before the fit, which scales the ridge part.

    With y / s, b / s and lambda / s in place of y, b and lambda, all times s^2: the mean loss, the
    lasso part lambda alpha |b|_1 as it was, and the ridge part lambda (1-alpha) / s |b|^2 / 2.
    """
    return context.spread if context.native.get("family") == "gaussian" else 1.0


def _scaled(binding: Binding) -> Binding:
    """``binding`` of a penalty, with the ridge part of the Gaussian family divided by the target's spread."""
    encode, decode = binding.to_framework, binding.to_vocabulary

    def share(context: Context) -> float:
        """Factor of lambda in the canonical setting of ``binding``."""
        alpha = context.native.get("alpha", 1.0)
        mix = as_float(alpha) if alpha is not None else 1.0
        if binding.setting == "penalty.strength":
            return mix + (1.0 - mix) / _spread(context)
        return 1.0 / _spread(context) if binding.setting == "penalty.l2" else 1.0

    def encoded(value: Value, context: Context) -> Value:
        if _spread(context) == 1.0:
            return encode(value, context)
        return as_float(encode(value, context)) / share(context)

    def decoded(value: Value, context: Context) -> Value:
        plain = decode(value, context)
        return plain if plain is None or _spread(context) == 1.0 else as_float(plain) * share(context)

    return replace(binding, to_framework=encoded, to_vocabulary=decoded)


def _alpha(mix: Value, context: Context) -> Value:
    l1 = as_float(mix)
    return l1 / (l1 + (1.0 - l1) * _spread(context)) if l1 else 0.0


def _mix(alpha: Value, context: Context) -> Value:
    l1 = as_float(alpha)
    return l1 / (l1 + (1.0 - l1) / _spread(context)) if l1 else 0.0


_PLAIN_MIX, *_STRENGTHS = bind("lambda", number(0), "alpha", number(0, 1), 1.0)
_MIX = replace(_PLAIN_MIX, to_framework=_alpha, to_vocabulary=_mix)
_BINOMIAL = (When("family", ("binomial", "multinomial")),)
_TARGET = "of other targets than classes or a number"
# A grouped lasso has an algorithm of its own, which knows the bound alone.
_SINGLY = When("type.multinomial", ("ungrouped",), otherwise=When("family", ("binomial",)))
_GROUPED = (When("family", ("multinomial",)),)
_LINKS = {"poisson": "log"}
"""Families beside the binomial and the Gaussian one, with their links."""

_FREE: dict[str, Value] = {"lambda": None}
_ONE = ({"lambda": 0.05},)
_GAUSSIAN = ({"family": "gaussian"},)

_PROBES = {
    "family": Probe(("binomial", "gaussian"), {"lambda": 0.05}),
    "alpha": Probe((1.0, 0.25), {"lambda": 0.05}),
    "lambda": Probe((0.05, 0.1)),
    "nlambda": Probe((20, 30), {**_FREE, "s": 0.05}, _ONE),
    "lambda.min.ratio": Probe((0.05, 0.1), _FREE, _ONE),
    "eps": Probe((1e-6, 0.05), _FREE, _ONE),
    "fdev": Probe((1e-5, 1e-2), _FREE, _ONE),
    "devmax": Probe((0.999, 0.1), _FREE, _ONE),
    "mnlam": Probe((5, 30), {**_FREE, "fdev": 1e-2}, _ONE),
    "dfmax": Probe((5, 1), _FREE, _ONE),
    "pmax": Probe((4, 2)),
    "s": Probe((0.05, 0.1), {**_FREE, "exact": False}, _ONE, also=({"lambda": 0.03, "exact": True},)),
    "exact": Probe((False, True), {"s": 0.05}, ({"s": None},)),
    "penalty.factor": Probe(((1, 1, 1, 1), (1, 0, 1, 2)), {"lambda": 0.05}),
    "standardize": Probe((True, False), {"lambda": 0.05}),
    "intercept": Probe((True, False), {"lambda": 0.05}),
    "lower.limits": Probe((-0.01, -5.0), {"lambda": 0.001, "intercept": False}),
    "upper.limits": Probe((0.01, 5.0), {"lambda": 0.05}),
    "thresh": Probe((1e-7, 1e-2), {"lambda": 0.05}),
    "maxit": Probe((100_000, 50)),
    "type.logistic": Probe(
        ("Newton", "modified.Newton"),
        {"family": "binomial", "lambda": 0.05},
        (*_GAUSSIAN, {"family": "multinomial", "type.multinomial": "grouped"}),
        tried={"family": ("binomial", "multinomial", "gaussian")},
    ),
    "type.multinomial": Probe(
        ("ungrouped", "grouped"),
        {"family": "multinomial", "lambda": 0.05, "alpha": 1.0},
        ({"family": "binomial"},),
    ),
    "pmin": Probe((1e-9, 0.1), {"family": "binomial", "lambda": 0.001}, _GAUSSIAN),
}

_CONTROL = ("fdev", "devmax", "eps", "mnlam", "pmin")
"""Parameters of glmnet.control."""
_READ_OFF = ("s", "exact")
_ASKED_AGAIN = ("penalty.factor", "lower.limits", "upper.limits")
"""Arguments that predict() needs again, with the sample, to refit at another penalty."""


def _limits(
    native: Mapping[str, Value], effective: Mapping[str, Value], rows: int
) -> tuple[Mapping[str, Value], ...]:
    tight: dict[str, Value] = {"thresh": 1e-20, "maxit": 10_000_000}
    # The penalty that is read off a path is fitted alone, because the end of a path depends on `thresh`.
    at = effective.get("path.at") if "path.length" in effective else None
    return (tight if at is None else {**tight, "lambda": at, "s": at},)


def _program(wanted: Program) -> str:
    arguments = wanted.arguments
    control = some(arguments, _CONTROL)
    named = quoted(str(arguments.get("family") or ("gaussian" if wanted.gaussian else "binomial")))
    of_fit = spelled(others(arguments, (*_CONTROL, *_READ_OFF, "family")))
    read_off = spelled(some(arguments, _READ_OFF))
    if arguments.get("s") is None and arguments.get("lambda") is None:
        # Without s predict() gives a column for each penalty of the path.
        read_off = [*read_off, "s = min(fit$lambda)"]
    if arguments.get("exact"):
        read_off += ["x = x", "y = y", *spelled(some(arguments, _ASKED_AGAIN))]
    fit = [
        *matrix(wanted),
        *([call("glmnet.control", spelled(control), "", "  ")] if control else []),
        call("glmnet", ["x", "y", f"family = {named}", *of_fit], "fit <- ", "  "),
        call("predict", ["fit", "x", *read_off, 'type = "response"'], "scores <- ", "  "),
    ]
    return text(wanted, fit, "glmnet")


MODEL = RModel(
    name="r.glmnet",
    title="glmnet",
    order=30,
    tasks=frozenset({"classes", "numbers"}),
    several=True,
    several_by=("family", "multinomial"),
    of_several={"class.scheme": "multinomial", "class.parametrization": "symmetric"},
    of_two={"family": ("binomial", "multinomial")},
    numbers_by=("family", "gaussian"),
    scripts=("glmnet.R",),
    fitter="fit_glmnet",
    package="glmnet",
    callables=("glmnet", "glmnet.control", "predict.glmnet"),
    packages=dict.fromkeys(("glmnet", "glmnet.control", "predict.glmnet"), "glmnet"),
    manual="https://glmnet.stanford.edu/reference/{page}.html",
    iteration="none: coordinate descent",
    bindings=(
        family(links=_LINKS, several=True),
        distribution({name: name for name in _LINKS}, _LINKS, several=True),
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
        Binding(
            "penalty.grouped",
            "type.multinomial",
            choice("ungrouped", "grouped"),
            lambda v, c: "grouped" if v else "ungrouped",
            lambda v, c: v == "grouped",
            active_if=_GROUPED,
            formula="without a lasso part it decides which algorithm is used, and where that stops",
        ),
        Binding("penalty.feature", "penalty.factor", integers(0), formula="rescaled to a mean of 1"),
        Binding(
            "features.standardize",
            "standardize",
            flag(),
            _standardize,
            lambda v, c: "sd_n" if v else "none",
            formula="sd with 1/n, inside; coefficients are given on the original scale",
        ),
        Binding("intercept", "intercept", flag()),
        Binding("bounds.lower", "lower.limits", number(high=0)),
        Binding("bounds.upper", "upper.limits", number(0)),
        Binding(
            "solver.tolerance_update",
            "thresh",
            number(0, open_low=True),
            formula="coordinate descent ends when no update of a coefficient changes the objective by more "
            "than thresh * null deviance",
        ),
        Binding(
            "solver.max_iterations",
            "maxit",
            integer(1),
            formula="passes over the features, of the whole path",
        ),
        Binding(
            "solver.curvature",
            "type.logistic",
            choice("Newton", "modified.Newton"),
            *renamed({"exact": "Newton", "bound": "modified.Newton"}),
            active_if=(*_BINOMIAL, _SINGLY),
        ),
        Binding("solver.min_probability", "pmin", number(0, 0.5, open_low=True), active_if=_BINOMIAL),
    ),
    always={
        "decision.threshold": 0.5,
        "precision": "float64",
        "missing": "error",
        "class_weight": "none",
        "penalty.intercept": 0.0,
        "solver.algorithm": "coordinate_descent",
    },
    outside={
        "glmnet.x": Outside("data", "the features"),
        "glmnet.y": Outside("data", "the target"),
        "glmnet.weights": Outside("data", "weights of single rows"),
        "glmnet.offset": Outside("data", "a known part of the linear predictor, row by row"),
        "glmnet.exclude": Outside("data", "columns that are left out"),
        "glmnet.type.gaussian": Outside("running", "whether the products of the features are kept"),
        "glmnet.standardize.response": Outside("other", _TARGET),
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
        "predict.glmnet.type": Outside("output", "which of its numbers are given"),
        "predict.glmnet.newoffset": Outside("data", "the offset of the rows to predict"),
        "predict.glmnet....": Outside("other", "what a refit takes beside s"),
    },
    probes=_PROBES,
    convex=True,
    by_row=frozenset({"weights", "offset"}),
    limits=_limits,
    relatives=("r.glm",),
    program=_program,
)
