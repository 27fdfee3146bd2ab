"""What needs no framework, in the vocabulary: a rule without data, and the referees."""

from __future__ import annotations

from crossframe.engines.base import Value
from crossframe.settings import reference_mlp
from crossframe.settings.base import Binding, Outside, choice, flag, number

BINDINGS: dict[str, tuple[Binding, ...]] = {
    "reference.centre": (Binding("rule.threshold", "threshold", number(0)),),
    "reference.optimum": (
        Binding("link", "link", choice("logit", "identity")),
        Binding("penalty.l2", "l2", number(0)),
        Binding("penalty.l1", "l1", number(0)),
        Binding("penalty.intercept", "intercept_penalty", number(0)),
        Binding("intercept", "intercept", flag()),
        Binding("features.standardize", "standardize", choice("none", "sd_n", "sd_n-1")),
        Binding("collinear", "collinear", choice("alias", "minimum_norm")),
        Binding("solver.rank_tolerance", "rank_tolerance", number(0)),
    ),
    "reference.mlp": reference_mlp.BINDINGS,
}

DEFAULTS: dict[str, dict[str, Value]] = {
    "reference.centre": {"threshold": 0.5},
    "reference.optimum": {
        "link": "logit",
        "l2": 0.0,
        "l1": 0.0,
        "intercept_penalty": 0.0,
        "intercept": True,
        "standardize": "none",
        "collinear": "alias",
        "rank_tolerance": None,
    },
    "reference.mlp": reference_mlp.DEFAULTS,
}
"""``engine.model`` -> what holds when nothing is said."""

ALWAYS: dict[str, dict[str, Value]] = {
    "reference.optimum": {"decision.threshold": 0.5, "missing": "error", "class_weight": "none"},
    "reference.mlp": reference_mlp.ALWAYS,
}

OUTSIDE: dict[str, dict[str, Outside]] = {}
"""Pattern of ``callable.parameter`` -> why it is no setting."""
