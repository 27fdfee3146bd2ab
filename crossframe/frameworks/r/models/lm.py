"""R's lm in the vocabulary (``?lm``)."""

from __future__ import annotations

from crossframe.frameworks.model import Program
from crossframe.frameworks.r._model import RModel
from crossframe.frameworks.r.models import _formula
from crossframe.settings.binding import Binding, Outside, number
from crossframe.settings.probe import Probe


def _program(wanted: Program) -> str:
    return _formula.program(wanted, "lm", (), wanted.arguments)


MODEL = RModel(
    name="r.lm",
    title="lm",
    family="linear",
    order=10,
    tasks=frozenset({"classes", "numbers"}),
    scripts=_formula.SCRIPTS,
    fitter="fit_lm",
    callables=("lm", "lm.fit"),
    packages={"lm": "stats", "lm.fit": "stats"},
    pages={"lm.fit": "lmfit"},
    iteration="none: QR decomposition, no iteration",
    bindings=(
        Binding("solver.rank_tolerance", "tol", number(0, open_low=True)),
        _formula.MISSING,
        _formula.SINGULAR,
    ),
    always={**_formula.ALWAYS, "weights.meaning": "analytic", "link": "identity", "solver.algorithm": "qr"},
    outside={**_formula.OUTSIDE, "lm.qr": Outside("output", "whether the fit keeps the decomposition")},
    probes={
        # the last column is a sum: what rounding leaves of it is above 1e-20
        "tol": Probe((1e-7, 1e-20), sample="collinear"),
        **_formula.PROBES,
    },
    convex=True,
    by_row=frozenset({"weights", "offset"}),
    relatives=("r.glm", "r.glmnet"),
    program=_program,
    seconds=0.05,
)
