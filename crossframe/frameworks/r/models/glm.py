"""R's glm in the vocabulary (``?glm``, ``?glm.control``)."""

from __future__ import annotations

from crossframe.core.errors import UsageError
from crossframe.core.types import Value, as_float
from crossframe.frameworks.model import Program
from crossframe.frameworks.r._model import RModel
from crossframe.frameworks.r.models import _formula
from crossframe.frameworks.r.program import literal, others, some, spelled
from crossframe.settings.binding import Binding, Context, Outside, When, choice, integer, number, renamed
from crossframe.settings.family import distribution, family, size
from crossframe.settings.probe import Probe

_CONTROL = ("epsilon", "maxit")
"""Parameters of glm.control."""


def _started(value: Value, context: Context) -> Value:
    """``zeros`` where the linear predictor starts at 0, ``framework`` for R's means of (y + 1/2) / 2.

    A mean of one half is a linear predictor of 0 for the links that are odd about it.
    """
    if value is None and not context.native.get("mustart"):
        return "framework"
    half = value in (None, "half")
    return None if half and context.native.get("link") == "cloglog" else "zeros"


_NO_ETA = When("etastart", (None,))


def _rank_tolerance(epsilon: Value, context: Context) -> Value:
    return min(1e-7, as_float(epsilon) / 1000)


def _epsilon(rank_tolerance: Value, context: Context) -> Value:
    tolerance = as_float(rank_tolerance)
    if tolerance > 1e-7:
        raise UsageError("glm's rank tolerance is at most 1e-7", "give solver.rank_tolerance=1e-7 or less")
    return 1000 * tolerance


_COUNTS = "negative.binomial"
_FAMILIES = {
    "negative_binomial": _COUNTS,
    "poisson": "poisson",
    "gamma": "Gamma",
    "inverse_gaussian": "inverse.gaussian",
}
"""Canonical families beside the binomial and the Gaussian one -> R's."""
_LINKS = {
    "negative_binomial": "log",
    "poisson": "log",
    "gamma": "inverse",
    "inverse_gaussian": "inverse_squared",
}
"""Canonical families -> their links where none is given."""
_SPELLED = {"inverse_squared": "1/mu^2"}


def _program(wanted: Program) -> str:
    given = wanted.arguments
    link = given.get("link")
    name = given.get("family") or ("gaussian" if wanted.gaussian else "binomial")
    inside = [f"link = {literal(link)}"] if link else []
    if name == _COUNTS:
        inside.insert(0, f"theta = {literal(given.get('theta', 1.0))}")
        name = f"MASS::{name}"
    arguments = [f"family = {name}({', '.join(inside)})"]
    if control := some(given, _CONTROL):
        arguments.append(f"control = glm.control({', '.join(spelled(control))})")
    return _formula.program(wanted, "glm", arguments, others(given, ("link", "family", "theta", *_CONTROL)))


MODEL = RModel(
    name="r.glm",
    title="glm",
    order=20,
    tasks=frozenset({"classes", "numbers"}),
    numbers_by=("family", "gaussian"),
    scripts=_formula.SCRIPTS,
    fitter="fit_glm",
    callables=("glm", "glm.fit", "glm.control", "binomial", "negative.binomial"),
    packages={
        **dict.fromkeys(("glm", "glm.fit", "glm.control", "binomial"), "stats"),
        "negative.binomial": "MASS",
    },
    pages={"glm.fit": "glm", "binomial": "family"},
    iteration="none: IRLS (Fisher scoring)",
    bindings=(
        family(link_parameter=True, links={_FAMILIES[name]: link for name, link in _LINKS.items()}),
        distribution(_FAMILIES, _LINKS),
        Binding(
            "link",
            "link",
            choice("logit", "probit", "cloglog", "cauchit", "identity", "log", "sqrt", "inverse", "1/mu^2"),
            *renamed(_SPELLED),
        ),
        size("theta", _COUNTS, inverse=False, reads=("negative.binomial.theta",)),
        # The last binding of a parameter is the one that stands for it in tables.
        Binding(
            "solver.rank_tolerance",
            "epsilon",
            number(0, open_low=True),
            _epsilon,
            _rank_tolerance,
            formula="min(1e-7, epsilon / 1000)",
        ),
        Binding(
            "solver.tolerance_deviance",
            "epsilon",
            number(0, open_low=True),
            formula="|dev - old| / (|dev| + 0.1) < epsilon; the rank tolerance is min(1e-7, epsilon / 1000)",
        ),
        Binding("solver.max_iterations", "maxit", integer(1)),
        _formula.MISSING,
        _formula.SINGULAR,
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
    always={**_formula.ALWAYS, "weights.meaning": "analytic", "solver.algorithm": "irls"},
    outside={
        **_formula.OUTSIDE,
        "*.control": Outside("other", "hands on the parameters of glm.control, which are listed as such"),
        "glm.control.trace": Outside("output", "progress on the terminal"),
        "glm.fit.intercept": Outside("output", "whether the null deviance is that of an intercept"),
    },
    probes={
        "family": Probe(("binomial", "gaussian")),
        "link": Probe(("logit", "probit")),
        "theta": Probe(
            (0.5, 2.0),
            {"family": _COUNTS},
            ({"family": "poisson"},),
            skip={("family", name): "takes no target of 0" for name in ("Gamma", "inverse.gaussian")},
        ),
        "epsilon": Probe((1e-8, 1e-2)),
        "maxit": Probe((2, 25)),
        **_formula.PROBES,
        # two iterations: at the optimum the start is forgotten, to rounding
        "etastart": Probe((None, "zeros"), {"maxit": 2}),
        "start": Probe((None, "zeros"), {"maxit": 2, "etastart": None}, ({"etastart": "zeros"},)),
        "mustart": Probe(
            (None, "half"),
            {"maxit": 2, "etastart": None, "start": None},
            ({"etastart": "zeros"}, {"start": "zeros"}),
        ),
    },
    convex=True,
    by_row=frozenset({"weights", "offset"}),
    # The first also changes the rank tolerance, see above; the second leaves it above rounding.
    limits=lambda native, effective, rows: (
        {"epsilon": 1e-15, "maxit": 1000},
        {"epsilon": 1e-11, "maxit": 1000},
    ),
    relatives=("r.glmnet",),
    program=_program,
    seconds=0.1,
    seconds_per_million=0.1,
)
