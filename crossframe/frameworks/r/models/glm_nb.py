"""R's glm.nb of the package MASS in the vocabulary: counts with a size that is estimated (``?glm.nb``)."""

from __future__ import annotations

from collections.abc import Mapping

from crossframe.core.types import Value
from crossframe.frameworks.model import Program
from crossframe.frameworks.r._model import RModel
from crossframe.frameworks.r.models import _formula
from crossframe.frameworks.r.program import some, spelled
from crossframe.settings.binding import Binding, Outside, integer, number
from crossframe.settings.probe import Probe


def _implied(native: Mapping[str, Value]) -> dict[str, Value]:
    """The size that was estimated."""
    return {"family.theta": native["theta"]} if native.get("theta") is not None else {}


def _program(wanted: Program) -> str:
    control = some(wanted.arguments, ("epsilon", "maxit"))
    arguments = [f"control = glm.control({', '.join(spelled(control))})"] if control else []
    given = {k: v for k, v in wanted.arguments.items() if k not in ("epsilon", "maxit")}
    return _formula.program(wanted, "MASS::glm.nb", arguments, given)


_OF_GLM = "as of glm, within each step of the alternation"

MODEL = RModel(
    name="r.glm_nb",
    title="glm.nb",
    family="linear",
    order=25,
    tasks=frozenset({"classes", "numbers"}),
    scripts=_formula.SCRIPTS,
    fitter="fit_glm_nb",
    package="MASS",
    callables=("glm.nb", "glm.control"),
    packages={"glm.nb": "MASS", "glm.control": "stats"},
    pages={"glm.nb": "glm.nb"},
    iteration="none: IRLS for a given size and maximum likelihood for it in turn",
    bindings=(
        Binding(
            "solver.tolerance_deviance",
            "epsilon",
            number(0, open_low=True),
            formula="of the alternation: |change of the log-likelihood| / sqrt(2 max(1, residual degrees of "
            "freedom)) + |change of the size|; of each glm |dev - old| / (|dev| + 0.1)",
        ),
        Binding("solver.max_iterations", "maxit", integer(1), formula=_OF_GLM + ", and of the alternation"),
        _formula.MISSING,
    ),
    always={
        **_formula.ALWAYS,
        "weights.meaning": "analytic",
        "link": "log",
        "family": "negative_binomial",
        "family.theta_estimate": "maximum_likelihood",
        "solver.algorithm": "irls",
        "collinear": "alias",
    },
    implied=_implied,
    outside={
        **_formula.OUTSIDE,
        "*.control": Outside("other", "hands on the parameters of glm.control, which are listed as such"),
        "glm.control.trace": Outside("output", "progress on the terminal"),
        "glm.nb.link": Outside("other", "the log link; crossframe leaves it at its default"),
        "glm.nb.init.theta": Outside("other", "the size to start from; crossframe leaves it at its default"),
        "glm.nb.start": Outside("other", "coefficients to start from; crossframe leaves them at the default"),
        "glm.nb.etastart": Outside("other", "as start"),
        "glm.nb.mustart": Outside("other", "as start"),
    },
    probes={
        "epsilon": Probe((1e-8, 1e-2)),
        "maxit": Probe((2, 25)),
        "na.action": _formula.PROBES["na.action"],
    },
    convex=True,
    by_row=frozenset({"weights", "offset"}),
    limits=lambda native, effective, rows: ({"epsilon": 1e-12, "maxit": 1000},),
    relatives=("r.glm",),
    program=_program,
    seconds=0.1,
)
