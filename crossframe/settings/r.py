"""R's lm and glm in the vocabulary (``?lm``, ``?glm``, ``?glm.control``)."""

from __future__ import annotations

from crossframe.engines.base import Value
from crossframe.settings.base import Binding, Outside, choice, integer, number, renamed

# glm.fit stops where |dev - dev_old| / (|dev| + 0.1) < epsilon.
_TOLERANCE = Binding("solver.tolerance_objective", "epsilon", number(0, open_low=True))
_MISSING = Binding(
    "missing",
    "na.action",
    choice("na.omit", "na.fail"),
    *renamed({"drop": "na.omit", "error": "na.fail"}),
)

BINDINGS: dict[str, tuple[Binding, ...]] = {
    "r.lm": (
        Binding("solver.rank_tolerance", "tol", number(0, open_low=True)),
        _MISSING,
    ),
    "r.glm": (
        Binding("link", "link", choice("logit", "probit", "cloglog", "cauchit")),
        _TOLERANCE,
        Binding("solver.max_iterations", "maxit", integer(1)),
        _MISSING,
    ),
}

_BOTH: dict[str, Value] = {
    "decision.threshold": 0.5,
    "precision": "float64",
    "intercept": True,
    "features.standardize": "none",
    "class_weight": "none",
    "collinear": "alias",
    "penalty.strength": 0.0,
    "penalty.l1": 0.0,
    "penalty.l2": 0.0,
}

ALWAYS: dict[str, dict[str, Value]] = {
    "r.lm": {**_BOTH, "link": "identity", "solver.algorithm": "qr"},
    "r.glm": {**_BOTH, "solver.algorithm": "irls"},
}
"""Rules without a parameter. The threshold is Leek's and Beam's: R itself gives no labels."""

OUTSIDE: dict[str, dict[str, Outside]] = {}
"""Pattern of ``callable.parameter`` -> why it is no setting."""
