"""R's models in the vocabulary: lm and glm here (``?lm``, ``?glm``, ``?glm.control``)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from crossframe.engines.base import Value
from crossframe.errors import UsageError
from crossframe.settings import families, r_glmnet, r_nnet
from crossframe.settings.base import (
    Binding,
    Context,
    Outside,
    When,
    choice,
    flag,
    integer,
    number,
    renamed,
)

_TOLERANCE = Binding(
    "solver.tolerance_deviance",
    "epsilon",
    number(0, open_low=True),
    formula="|dev - old| / (|dev| + 0.1) < epsilon; the rank tolerance is min(1e-7, epsilon / 1000)",
)
_MISSING = Binding(
    "missing",
    "na.action",
    choice("na.omit", "na.fail"),
    *renamed({"drop": "na.omit", "error": "na.fail"}),
)


def _singular_ok(collinear: Value, context: Context) -> Value:
    if collinear not in ("alias", "error"):
        raise UsageError(
            f"R has no collinear={collinear}: it gives such a column no coefficient, or refuses the fit",
            "give collinear=alias or collinear=error",
        )
    return collinear == "alias"


_SINGULAR = Binding("collinear", "singular.ok", flag(), _singular_ok, lambda v, c: "alias" if v else "error")


def _started(value: Value, context: Context) -> Value:
    """Whether the linear predictor is 0 at first. Without a word R starts at means of (y + 1/2) / 2.

    A mean of one half is a linear predictor of 0 for the links that are odd about it.
    """
    if value is None and not context.native.get("mustart"):
        return "framework"
    half = value in (None, "half")
    return None if half and context.native.get("link") == "cloglog" else "zeros"


_NO_ETA = When("etastart", (None,))

BINDINGS: dict[str, tuple[Binding, ...]] = {
    "r.lm": (
        Binding("solver.rank_tolerance", "tol", number(0, open_low=True)),
        _MISSING,
        _SINGULAR,
    ),
    "r.glm": (
        families.family(leaves_the_link=True),
        Binding("link", "link", choice("logit", "probit", "cloglog", "cauchit", "identity")),
        _TOLERANCE,
        Binding("solver.max_iterations", "maxit", integer(1)),
        _MISSING,
        _SINGULAR,
        Binding(
            "solver.start",
            "etastart",
            choice("zeros"),
            to_vocabulary=lambda v, c: v,
            formula="the linear predictor of each row",
        ),
        Binding(
            "solver.start",
            "mustart",
            choice("half"),
            to_vocabulary=_started,
            active_if=(_NO_ETA, When("start", (None,))),
            formula="the mean of each row",
        ),
        Binding("solver.start", "start", choice("zeros"), to_vocabulary=_started, active_if=(_NO_ETA,)),
    ),
    "r.glmnet": r_glmnet.GLMNET,
    "r.nnet": r_nnet.NNET,
}

_BOTH: dict[str, Value] = {
    "decision.threshold": 0.5,
    "precision": "float64",
    "intercept": True,
    "features.standardize": "none",
    "class_weight": "none",
    "penalty.strength": 0.0,
    "penalty.l1": 0.0,
    "penalty.l2": 0.0,
}

ALWAYS: dict[str, dict[str, Value]] = {
    "r.lm": {**_BOTH, "link": "identity", "solver.algorithm": "qr"},
    "r.glm": {**_BOTH, "solver.algorithm": "irls"},
    "r.glmnet": r_glmnet.ALWAYS,
    "r.nnet": r_nnet.ALWAYS,
}
"""Rules without a parameter. The threshold is Leek's and Beam's: R itself gives no labels."""


def _glm(native: Mapping[str, Value]) -> dict[str, Value]:
    epsilon = native.get("epsilon")
    return {"solver.rank_tolerance": min(1e-7, epsilon / 1000)} if isinstance(epsilon, float) else {}


IMPLIED: dict[str, Callable[[Mapping[str, Value]], dict[str, Value]]] = {
    "r.glm": _glm,
    "r.nnet": r_nnet.implied,
}
"""glm takes its rank tolerance from ``epsilon``."""

DEFAULTS: dict[str, dict[str, Value]] = {"r.nnet": r_nnet.DEFAULTS}
"""What crossframe passes where nothing else is asked for."""

_LINEAR = {
    "*.formula": Outside("data", "y ~ X: every feature, and an intercept"),
    "*.data": Outside("data", "the sample"),
    "*.subset": Outside("data", "rows to leave out"),
    "*.weights": Outside("data", "weights of single rows; every row counts once here"),
    "*.offset": Outside("data", "a known part of the linear predictor, row by row"),
    "*.method": Outside("other", "R has one method of fitting; the other word fits nothing"),
    "*.model": Outside("output", "whether the fit keeps the sample"),
    "*.x": Outside("output", "whether the fit keeps the features"),
    "*.y": Outside("output", "whether the fit keeps the target"),
    "*.contrasts": Outside("other", "of factors; the features are numbers"),
    "*....": Outside("other", "what is handed on to lm.fit or glm.control"),
}

OUTSIDE: dict[str, dict[str, Outside]] = {
    "r.lm": {**_LINEAR, "lm.qr": Outside("output", "whether the fit keeps the decomposition")},
    "r.glm": {
        **_LINEAR,
        "*.control": Outside("other", "hands on the parameters of glm.control, which are listed as such"),
        "glm.control.trace": Outside("output", "progress on the terminal"),
        "glm.fit.intercept": Outside("output", "whether the null deviance is that of an intercept"),
    },
    "r.glmnet": r_glmnet.OUTSIDE,
    "r.nnet": r_nnet.OUTSIDE,
}
"""Pattern of ``callable.parameter`` -> why it is no setting."""
