"""OLS: least squares, or with a penalty by ``fit_regularized``."""

from __future__ import annotations

from collections.abc import Mapping

from crossframe.core.types import Value
from crossframe.frameworks.statsmodels._model import StatsmodelsModel
from crossframe.frameworks.statsmodels.models import _elastic as elastic
from crossframe.frameworks.statsmodels.models import _parts as parts
from crossframe.settings.binding import Binding, Context, Outside, choice
from crossframe.settings.probe import Probe


def _solver(method: Value, context: Context) -> Value:
    """The canonical solver; a ridge is solved by the singular values of the features."""
    if method == elastic.METHOD and context.native.get("L1_wt") == 0.0:
        return "svd"
    return {"pinv": "svd", elastic.METHOD: "coordinate_descent"}.get(str(method), method)


def _implied(native: Mapping[str, Value]) -> dict[str, Value]:
    if native.get("method") == elastic.METHOD:
        return {"collinear": "none"}
    if native.get("method") == "qr":
        return {**parts.UNPENALISED, "collinear": "none"}
    return {
        **parts.UNPENALISED,
        "collinear": parts.least_norm(native),
        "solver.rank_tolerance": 1e-15,
    }


def model(name: str, title: str, order: int, relatives: tuple[str, ...]) -> StatsmodelsModel:
    """The record of a class of least squares."""
    return StatsmodelsModel(
        name=name,
        title=title,
        order=order,
        relatives=relatives,
        family="linear",
        tasks=frozenset({"classes", "numbers"}),
        callables=(f"statsmodels.regression.linear_model:{title}", parts.ADD_CONSTANT),
        bindings=(
            parts.INTERCEPT,
            parts.MISSING,
            Binding(
                "solver.algorithm",
                "method",
                choice("pinv", "qr", elastic.METHOD),
                lambda v, c: {"svd": "pinv", "coordinate_descent": elastic.METHOD}.get(str(v), v),
                _solver,
                formula="elastic_net: fit_regularized, the others: fit; pinv: singular values below 1e-15 of "
                "the largest count as 0",
            ),
            *elastic.BINDINGS,
            elastic.SWEEPS,
            *parts.inference("pinv", "qr", t=True),
        ),
        always={**parts.ALWAYS, "link": "identity"},
        implied=_implied,
        outside={
            **parts.OUTSIDE,
            "*.start_params": Outside("other", "coefficients to start from; they start at 0 here"),
            "*.profile_scale": Outside("other", "another loss, the logarithm of the residual sum of squares"),
        },
        probes={
            **parts.PROBES,
            **parts.INFERENCE_PROBES,
            "method": Probe(("pinv", "qr"), sample="collinear"),
            **elastic.probes("pinv"),
            "maxiter": Probe((1, 3), elastic.LASSO, ({"method": "pinv"}, {"L1_wt": 0.0})),
        },
        complete=lambda settings, native, arguments: parts.completed(
            elastic.METHOD, settings, native, arguments
        ),
        adapt=lambda native, effective, asked: parts.adapted(elastic.METHOD, "pinv", effective, asked),
        convex=True,
        limits=lambda native, effective, rows: (
            (elastic.TIGHT,) if effective.get("solver.algorithm") == "coordinate_descent" else ()
        ),
        seconds=0.02,
    )


MODEL = model("statsmodels.ols", "OLS", 40, ("statsmodels.wls", "statsmodels.glm"))
