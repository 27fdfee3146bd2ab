"""GLM of one of six families: IRLS, an optimiser, or a penalty by ``fit_regularized``."""

from __future__ import annotations

from collections.abc import Mapping

from crossframe.core.errors import UsageError
from crossframe.core.types import Value
from crossframe.frameworks.statsmodels._model import (
    FAMILIES,
    LINKS,
    OWN_LINKS,
    SIZE,
    StatsmodelsModel,
    family_and_link,
)
from crossframe.frameworks.statsmodels.models import _elastic as elastic
from crossframe.frameworks.statsmodels.models import _likelihood as likelihood
from crossframe.frameworks.statsmodels.models import _parts as parts
from crossframe.settings.binding import Binding, Context, Outside, When, choice, integer, number
from crossframe.settings.family import distribution, family, size
from crossframe.settings.probe import Probe

_LINKS = {name: link for name, link in OWN_LINKS.items() if name not in ("binomial", "gaussian")}
_IRLS = ("IRLS",)
_GRADIENT = ("newton", "bfgs", "lbfgs")
_RIDGE = (When("method", (elastic.METHOD,)), When("L1_wt", (0.0,)))
_NEWTON: dict[str, Value] = {"method": "newton", "max_start_irls": 0}
_RIDGE_FIT: dict[str, Value] = {**elastic.LASSO, "L1_wt": 0.0}


def _solver(method: Value, context: Context) -> Value:
    """The canonical solver; that of a ridge is an optimiser of its own."""
    if method == elastic.METHOD and context.native.get("L1_wt") == 0.0:
        return context.native.get("opt_method", "bfgs")
    return {"IRLS": "irls", elastic.METHOD: "coordinate_descent"}.get(str(method), method)


def _implied(native: Mapping[str, Value]) -> dict[str, Value]:
    if native.get("method") == elastic.METHOD:
        return {"collinear": "none", "solver.start": "zeros"}
    if native.get("method") == "IRLS":
        return {
            **parts.UNPENALISED,
            "collinear": parts.least_norm(native),
            "solver.rank_tolerance": 1e-15,
        }
    return {**parts.UNPENALISED, "collinear": "none"}


def _complete(
    settings: Mapping[str, Value], native: Mapping[str, Value], arguments: dict[str, Value]
) -> dict[str, Value]:
    made = parts.completed(elastic.METHOD, settings, native, arguments)
    ridge = made.get("method") == elastic.METHOD and made.get("L1_wt") == 0.0
    name = family_and_link(made)[0]
    if ridge and name not in ("binomial", "poisson", "negative_binomial"):
        raise UsageError(
            f"GLM's ridge penalty of the {FAMILIES[name]} family is scaled by an estimate of the dispersion",
            "give statsmodels.ols" if name == "gaussian" else "give another model, or a mixture with a lasso",
        )
    return parts.by_method(_BINDINGS, native, made)


def _free(effective: Mapping[str, Value]) -> bool:
    """Whether the canonical settings ``effective`` have no penalty."""
    return not (effective.get("penalty.l2") or effective.get("penalty.l1"))


def _limits(
    native: Mapping[str, Value], effective: Mapping[str, Value], rows: int
) -> tuple[dict[str, Value], ...]:
    if not _free(effective):
        return elastic.TIGHT, {**elastic.TIGHT, "opt_method": "newton-cg"}
    return ({"method": "IRLS", "tol": 1e-14, "maxiter": 1000},)


_BINDINGS: tuple[Binding, ...] = (
    parts.INTERCEPT,
    parts.MISSING,
    parts.WEIGHTS,
    family(link_parameter=True, links=_LINKS),
    distribution({name: name for name in _LINKS}, _LINKS),
    size(SIZE, "negative_binomial", inverse=True, reads=("NegativeBinomial.alpha",)),
    Binding("link", "link", choice(*LINKS), reads=("Binomial.link",)),
    # The last binding of a setting is the one by which it is set.
    Binding("solver.algorithm", "opt_method", choice("bfgs", "newton-cg", "cg"), active_if=_RIDGE),
    Binding(
        "solver.algorithm",
        "method",
        choice(*_IRLS, *_GRADIENT, elastic.METHOD),
        lambda v, c: {"irls": "IRLS", "coordinate_descent": elastic.METHOD}.get(str(v), v),
        _solver,
        formula="elastic_net: fit_regularized, the others: fit",
    ),
    *elastic.BINDINGS,
    Binding(
        "solver.max_iterations",
        "maxiter",
        integer(1),
        active_if=(When("method", (*_IRLS, *_GRADIENT), otherwise=When("L1_wt", above=0.0)),),
    ),
    Binding(
        "solver.tolerance_deviance_change",
        "tol",
        number(0),
        active_if=(
            When("method", (*_IRLS, *_GRADIENT)),
            When("method", _IRLS, otherwise=When("max_start_irls", above=0)),
            When("method", _IRLS, otherwise=When("start_params", (None,))),
        ),
        formula="|dev - old| <= tol; the other methods begin with IRLS",
    ),
    likelihood.RIDGE_FACTOR,
    *likelihood.LBFGS,
    *parts.inference(*_IRLS, *_GRADIENT, t=False),
    likelihood.gtol("bfgs"),
    Binding(
        "solver.start_iterations",
        "max_start_irls",
        integer(0),
        active_if=(When("method", _GRADIENT), When("start_params", (None,))),
    ),
    Binding(
        "solver.start",
        "start_params",
        choice("zeros"),
        to_vocabulary=lambda v, c: "framework" if v is None else v,
        active_if=(When("method", (*_IRLS, *_GRADIENT)),),
        formula="the coefficients; without them IRLS starts at the means (y + mean of y) / 2, of the "
        "binomial family at (y + 1/2) / 2",
    ),
)

MODEL = StatsmodelsModel(
    name="statsmodels.glm",
    title="GLM",
    order=30,
    tasks=frozenset({"classes", "numbers"}),
    numbers_by=("family", "gaussian"),
    callables=(
        "statsmodels.genmod.generalized_linear_model:GLM",
        "statsmodels.genmod.families.family:Binomial",
        "statsmodels.genmod.families.family:NegativeBinomial",
        parts.ADD_CONSTANT,
    ),
    bindings=_BINDINGS,
    always=parts.ALWAYS,
    implied=_implied,
    outside={
        **parts.OUTSIDE,
        **parts.OPTIMISER_OUTSIDE,
        "*.scale": Outside("output", "the dispersion, which no coefficient depends on"),
        "NegativeBinomial.link": Outside(
            "other", "as of Binomial, whose link it is written for all families"
        ),
        "NegativeBinomial.check_link": Outside("other", "as of Binomial"),
        "Binomial.check_link": Outside("other", "whether a link is refused that the family does not list"),
    },
    probes={
        **parts.PROBES,
        **parts.INFERENCE_PROBES,
        "weights_as": Probe(why_not="it says what weights mean, and the rows of a probe have none"),
        "family": Probe(("binomial", "gaussian")),
        "link": Probe(("logit", "probit")),
        SIZE: Probe(
            (0.5, 2.0),
            {"family": "negative_binomial"},
            ({"family": "poisson"},),
            # With its own link the first means of IRLS leave no weights on these rows.
            beside={("family", "inverse_gaussian"): {"link": "log"}},
        ),
        "method": Probe(("IRLS", "bfgs")),
        **elastic.probes("IRLS"),
        "opt_method": Probe(("bfgs", "cg"), _RIDGE_FIT, ({"method": "IRLS"}, {"L1_wt": 0.5})),
        "maxiter": Probe(
            (1, 3), {"method": "IRLS", "L1_wt": 0.0}, ({"method": elastic.METHOD, "alpha": 0.1},)
        ),
        "tol": Probe(
            (1e-8, 10.0),
            {"method": "IRLS", "max_start_irls": 3},
            (
                elastic.LASSO,
                {"method": "lbfgs", "max_start_irls": 0},
                {"method": "lbfgs", "start_params": "zeros"},
            ),
        ),
        "ridge_factor": Probe((1e-10, 0.1), {**_NEWTON, "maxiter": 2}, ({"method": "bfgs"},)),
        "factr": Probe((1e7, 1e13), {"method": "lbfgs", "max_start_irls": 0}, (_NEWTON,)),
        "maxfun": Probe((2, 15000), {"method": "lbfgs", "max_start_irls": 0}, (_NEWTON,)),
        "pgtol": Probe((1e-5, 1e-1), {"method": "lbfgs", "max_start_irls": 0}, (_NEWTON,)),
        "gtol": Probe((1e-5, 1e-1), {"method": "bfgs", "max_start_irls": 0}, (_NEWTON,)),
        "max_start_irls": Probe((0, 3), {"method": "bfgs"}, ({"method": "IRLS"}, {"start_params": "zeros"})),
        # two iterations: at the optimum the start is forgotten, to rounding
        "start_params": Probe((None, "zeros"), {"method": "IRLS", "maxiter": 2}, (elastic.LASSO,)),
    },
    complete=_complete,
    adapt=lambda native, effective, asked: parts.adapted(elastic.METHOD, "IRLS", effective, asked),
    convex=True,
    by_row=frozenset({"weights", "offset"}),
    limits=_limits,
    relatives=("statsmodels.ols",),
    seconds=0.02,
)
