"""R's lm and glm in the vocabulary (``?lm``, ``?glm``, ``?glm.control``)."""

from __future__ import annotations

from crossframe.settings.base import Binding, choice, integer, number

_TOLERANCE = Binding("solver.tolerance", "epsilon", number(0, open_low=True))
_MISSING = Binding(
    "missing",
    "na.action",
    choice("na.omit", "na.fail"),
    encode=lambda v, n: {"drop": "na.omit", "error": "na.fail"}.get(str(v), v),
    decode=lambda v, n: {"na.omit": "drop", "na.fail": "error"}.get(str(v), v),
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
