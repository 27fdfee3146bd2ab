"""H2O's generalized linear model: binomial, multinomial, or for numbers Gaussian, Poisson, gamma
or negative binomial.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from crossframe.core.errors import UsageError
from crossframe.core.types import Value
from crossframe.frameworks.h2o._model import H2OModel
from crossframe.frameworks.h2o.models import _family as family
from crossframe.frameworks.h2o.models import _glm_fit as fit
from crossframe.frameworks.h2o.models._glm_probes import PROBES
from crossframe.frameworks.h2o.models._outside import COMPUTED, outside
from crossframe.frameworks.h2o.models._values import (
    FOLDS,
    METRICS,
    Both,
    assigned,
    by_table,
    enum,
    known,
    one,
)
from crossframe.frameworks.model import Program
from crossframe.frameworks.programs import call, keywords, python, read_rows, save_scores
from crossframe.settings.binding import Binding, Outside, When, flag, integer, number
from crossframe.settings.elastic import bind

_NAIVE = "COORDINATE_DESCENT_NAIVE"
_SOLVERS: dict[Value, Value] = {
    "auto": "AUTO",
    "irls": "IRLSM",
    "lbfgs": "L_BFGS",
    "coordinate_descent": "COORDINATE_DESCENT",
    "coordinate_descent_naive": _NAIVE,
}
_MISSING: dict[Value, Value] = {"mean": "MeanImputation", "drop": "Skip", "constant": "PlugValues"}

_SEARCH = When("lambda_search", (True,))
# The server takes the lambdas of a search from the data only where none is given.
_NOT_GIVEN = When("lambda_", (None,))
_MULTINOMIAL = When("family", ("multinomial",))
_PENALISED = When("lambda_", above=0)
_NOT_NAIVE = When("solver", ("AUTO", "IRLSM", "L_BFGS", "COORDINATE_DESCENT"))
_IRLS = When("solver", ("AUTO", "IRLSM"))
_EARLY = When("stopping_rounds", above=0)
_SCORED = When("score_each_iteration", (True,), otherwise=When("score_iteration_interval", above=0))

_MIX, *_STRENGTHS = bind(
    # The objective is the mean loss plus the elastic net, so that no n enters; the server chooses
    # the values that are not given.
    "lambda_",
    number(0),
    "alpha",
    number(0, 1),
    None,
)

_BINDINGS = (
    Binding(
        "solver.algorithm",
        "solver",
        enum(*map(str, _SOLVERS.values())),
        *by_table(_SOLVERS),
        formula="AUTO: IRLSM, or L_BFGS with thousands of columns, and of several classes with alpha=0",
    ),
    replace(_MIX, active_if=(_PENALISED,)),
    *_STRENGTHS,
    Binding("path.search", "lambda_search", flag()),
    Binding(
        "path.length",
        "nlambdas",
        integer(-1),
        to_vocabulary=known,
        active_if=(_SEARCH, _NOT_GIVEN),
        formula="-1: 100, with alpha=0 30; the lambdas fall from the largest in equal ratios",
    ),
    Binding(
        "path.ratio",
        "lambda_min_ratio",
        number(-1),
        to_vocabulary=known,
        active_if=(_NOT_GIVEN,),
        formula="of a search the smallest lambda relative to the largest; without one lambda itself is "
        "10 * lambda_min_ratio * the largest, although the server calls the parameter unused. "
        "-1: 1e-4 with more than 16 rows to a column, else 1e-2; with alpha=0 a hundredth of that",
    ),
    Binding("path.cold_start", "cold_start", flag(), active_if=(_SEARCH, _NOT_GIVEN)),
    Binding(
        "path.early_stopping",
        "early_stopping",
        flag(),
        active_if=(_SEARCH, _NOT_GIVEN),
        formula="ends where five values in a row lower the deviance by less than 1e-4 of itself",
    ),
    Binding("intercept", "intercept", flag()),
    Binding("features.standardize", "standardize", flag(), *by_table({"sd_n-1": True, "none": False})),
    Binding("missing", "missing_values_handling", enum(*map(str, _MISSING.values())), *by_table(_MISSING)),
    Binding(
        "missing.value",
        "plug_values",
        number(),
        active_if=(When("missing_values_handling", ("PlugValues",)),),
        formula="one number for every column, sent as a row",
    ),
    Binding("features.drop_constant", "ignore_const_cols", flag()),
    Binding(
        "collinear",
        "remove_collinear_columns",
        flag(),
        *by_table({"drop": True, "none": False}),
        active_if=(_IRLS,),
        formula="beside it the steps of IRLS leave the lasso part out: what it screened stays out, the "
        "rest is not shrunk by it",
    ),
    Binding(
        "inference.p_values",
        "compute_p_values",
        flag(),
        active_if=(_IRLS,),
        formula="beside it the steps of IRLS leave the lasso part out, as with remove_collinear_columns",
    ),
    Binding("bounds.non_negative", "non_negative", flag(), active_if=(_NOT_NAIVE,)),
    *(
        Binding(
            f"bounds.{side}",
            f"{side}_bounds",
            number(),
            active_if=(_NOT_NAIVE,),
            formula="one number for every column, sent as a frame of beta_constraints",
            reads=("glm.beta_constraints",),
        )
        for side in ("lower", "upper")
    ),
    Binding(
        "objective.scale",
        "obj_reg",
        number(-1),
        formula="factor of the summed loss beside the penalty; -1: 1/n",
    ),
    Binding("class.prior", "prior", number(-1, 1), active_if=(When("family", ("binomial",)),)),
    *family.BINDINGS,
    Binding(
        "solver.start_value",
        "startval",
        number(),
        to_vocabulary=one,
        formula="on the scale of the standardised features; sent once for every column and the intercept",
    ),
    Binding("solver.max_iterations", "max_iterations", integer(-1), active_if=(_NOT_NAIVE,)),
    Binding(
        "solver.max_features",
        "max_active_predictors",
        integer(-1),
        active_if=(When("alpha", above=0), _PENALISED),
        formula="-1: 5000, with solver=L_BFGS none",
    ),
    Binding(
        "solver.tolerance_coefficients",
        "beta_epsilon",
        number(0),
        active_if=(
            # L-BFGS reads it, contrary to the documentation, unless there is a lasso part.
            When(
                "solver",
                ("AUTO", "IRLSM", "COORDINATE_DESCENT", _NAIVE),
                otherwise=When("alpha", (0.0,), otherwise=When("lambda_", (0.0,))),
            ),
            When("stopping_rounds", (0,), otherwise=When("solver", ("COORDINATE_DESCENT", _NAIVE))),
        ),
    ),
    Binding(
        "solver.tolerance_objective",
        "objective_epsilon",
        number(-1),
        active_if=(When("stopping_rounds", (0,), otherwise=When("solver", ("L_BFGS", _NAIVE))),),
        formula="(old - obj) / old of the penalised mean loss; -1: 1e-6 with lambda=0, else 1e-4",
    ),
    Binding(
        "solver.tolerance_gradient",
        "gradient_epsilon",
        number(-1),
        active_if=(When("solver", ("AUTO", "L_BFGS")),),
        formula="-1: 1e-6 with lambda=0, else 1e-4; in a search a hundredth of that",
    ),
    Binding(
        "stopping.rounds",
        "stopping_rounds",
        integer(0),
        active_if=(Both("lambda_search", (False,), too=_NOT_NAIVE),),
        formula="above 0 it takes the place of the solver's own tolerances; without "
        "score_each_iteration or score_iteration_interval nothing is watched, and all the "
        "iterations are made",
    ),
    Binding(
        "stopping.metric",
        "stopping_metric",
        enum(*map(str, METRICS.values())),
        *by_table(METRICS),
        active_if=(_EARLY, _SCORED),
    ),
    Binding("stopping.tolerance_relative", "stopping_tolerance", number(0), active_if=(_EARLY, _SCORED)),
    Binding("scoring.each_iteration", "score_each_iteration", flag(), active_if=(_EARLY,)),
    Binding(
        "scoring.every",
        "score_iteration_interval",
        integer(-1),
        active_if=(_EARLY, When("score_each_iteration", (False,))),
        formula="-1: every 15 seconds",
    ),
    Binding(
        "validation.folds",
        "nfolds",
        integer(0),
        active_if=(
            replace(_SEARCH, otherwise=_EARLY),
            replace(_NOT_GIVEN, otherwise=replace(_EARLY, otherwise=_MULTINOMIAL)),
        ),
        formula="chooses the lambda of a search, and in one the largest number of iterations, which several "
        "classes need; beside stopping_rounds it makes further iterations",
    ),
    Binding(
        "validation.assignment",
        "fold_assignment",
        enum(*map(str, FOLDS.values())),
        by_table(FOLDS)[0],
        assigned,
        active_if=(
            Both(
                "nfolds",
                above=0,
                too=Both("lambda_search", (True,), too=replace(_NOT_GIVEN, otherwise=_MULTINOMIAL)),
            ),
        ),
    ),
    Binding(
        "seed",
        "seed",
        integer(-1),
        active_if=(
            When("nfolds", above=0),
            When("fold_assignment", ("AUTO", "Random", "Stratified")),
            _SEARCH,
            replace(_NOT_GIVEN, otherwise=_MULTINOMIAL),
        ),
        formula="decides the folds; the solvers use no random numbers",
    ),
)

_TWEEDIE = Outside("other", "the Tweedie family only, which is not fitted here")
_DISPERSION = Outside(
    "other", "of the dispersion, which no coefficient depends on, and of a size that is estimated"
)
_UNBALANCED = Outside("other", "taken and not used: the GLM balances no classes, as the server reports")
_CONSTRAINED = Outside("other", "used only with linear_constraints, which are not handed over here")

_OUTSIDE = outside(
    "glm",
    {
        ("interactions", "interaction_pairs"): Outside("data", "makes further columns of the named ones"),
        ("control_variables", "remove_offset_effects"): Outside(
            "data", "names columns whose part is left out of the scores"
        ),
        (
            "generate_scoring_history",
            "generate_variable_inflation_factors",
            "influence",
            "calc_like",
        ): COMPUTED,
        (
            "tweedie_variance_power",
            "tweedie_link_power",
            "tweedie_epsilon",
            "fix_tweedie_variance_power",
        ): _TWEEDIE,
        ("build_null_model",): Outside("other", "fits the intercept alone"),
        (
            "init_dispersion_parameter",
            "fix_dispersion_parameter",
            "dispersion_epsilon",
            "dispersion_learning_rate",
            "max_iterations_dispersion",
        ): _DISPERSION,
        ("balance_classes", "class_sampling_factors", "max_after_balance_size"): _UNBALANCED,
        (
            "init_optimal_glm",
            "separate_linear_beta",
            "constraint_eta0",
            "constraint_tau",
            "constraint_alpha",
            "constraint_beta",
            "constraint_c0",
        ): _CONSTRAINED,
    },
)

_TIGHT: dict[str, Value] = {
    "beta_epsilon": 1e-14,
    "objective_epsilon": 1e-16,
    "gradient_epsilon": 1e-14,
    "max_iterations": 1000,
}


def _limits(
    native: Mapping[str, Value], effective: Mapping[str, Value], rows: int
) -> tuple[Mapping[str, Value], ...]:
    """The smallest tolerances of the solver, then the same by IRLS, or with a lasso by coordinate descent.

    With a lasso IRLS solves each step by ADMM, whose tolerance no parameter sets.
    """
    l1 = effective.get("penalty.l1")
    lasso = isinstance(l1, (int, float)) and l1 > 0
    return _TIGHT, {**_TIGHT, "solver": "COORDINATE_DESCENT" if lasso else "IRLSM"}


_CHOICE: dict[str, Value] = {
    "path.largest": "data",
    "path.spacing": "geometric",
    "path.folds": "all_rows",
    "path.scale": "mean",
    "validation.rule": "minimum",
    "validation.mean": "folds",
    "validation.refit": "all_rows",
    "validation.patience": 3,
}
"""How a search with folds chooses: no parameter changes it."""


def _implied(native: Mapping[str, Value]) -> dict[str, Value]:
    """Families of numbers have no labels: two classes are labelled by Leek's rule. A search with folds."""
    implied: dict[str, Value] = {} if family.of_classes(native) else {"decision.threshold": 0.5}
    folds = native.get("nfolds")
    given = native.get("lambda_", 0) is not None
    if native.get("lambda_search") and isinstance(folds, int) and folds > 0 and not given:
        gaussian = native.get("family") == "gaussian"
        implied |= {**_CHOICE, "validation.loss": "squared_error" if gaussian else "deviance"}
        if native.get("standardize"):
            implied["validation.scaling"] = "each_fold"
    return implied


def _complete(
    asked: Mapping[str, Value], native: Mapping[str, Value], arguments: dict[str, Value]
) -> dict[str, Value]:
    """A link beside its family; a value for missing features is used only with ``PlugValues``."""
    arguments = family.complete(asked, arguments)
    if "missing.value" not in asked or "missing_values_handling" in arguments:
        return arguments
    return {**arguments, "missing_values_handling": "PlugValues"}


def _program(wanted: Program) -> str:
    """A program with h2o's Python client.

    Raises `UsageError` for settings that crossframe sends as a frame, or as a list for the kept columns.
    """
    inexpressible = [name for name in (*fit.FRAMED, "startval") if wanted.arguments.get(name) is not None]
    if inexpressible:
        raise UsageError(f"a script for {wanted.model} cannot hold {', '.join(inexpressible)}")
    named = wanted.arguments.get("family") or ("gaussian" if wanted.gaussian else "binomial")
    column = "p1" if (classes := family.of_classes({"family": named})) else "predict"
    arguments = {"family": named, **{k: v for k, v in wanted.arguments.items() if k != "family"}}
    body = [
        "import h2o",
        "import numpy as np",
        "import pandas as pd",
        "from h2o.backend import H2OLocalServer",
        "from h2o.estimators import H2OGeneralizedLinearEstimator",
        "",
        *read_rows(wanted),
        "",
        "# A server of its own, on this machine: h2o.init() would join one that runs already.",
        "server = H2OLocalServer.start(nthreads=1)",
        "h2o.connect(server=server)",
        "h2o.no_progress()",
        'columns = [f"x{j}" for j in range(X.shape[1])]',
        'frame = h2o.H2OFrame(np.column_stack([X, y]), column_names=[*columns, "y"])',
        *(['frame["y"] = frame["y"].asfactor()'] if classes else []),
        "",
        call("H2OGeneralizedLinearEstimator", keywords(arguments), "model = "),
        'model.train(x=columns, y="y", training_frame=frame)',
        "",
        f'rows = model.predict(frame)["{column}"].as_data_frame(use_pandas=False, header=False)',
        save_scores(wanted, "np.array(rows, dtype=float)"),
        "",
        "h2o.connection().close()",
        "server.shutdown()",
    ]
    return python(wanted, ("h2o", "numpy", "pandas"), body)


MODEL = H2OModel(
    name="h2o.glm",
    title="h2o.glm",
    family="logistic",
    order=10,
    bindings=_BINDINGS,
    always={
        "decision.threshold": "f1_optimal",
        "precision": "float64",
        "class_weight": "none",
        "penalty.intercept": 0.0,
    },
    implied=_implied,
    outside=_OUTSIDE,
    complete=_complete,
    tasks=frozenset({"classes", "numbers"}),
    several=True,
    several_by=("family", "multinomial"),
    of_several={"class.scheme": "multinomial", "class.parametrization": "symmetric"},
    of_two={"family": ("binomial", "multinomial")},
    numbers_by=("family", "gaussian"),
    callables=("glm",),
    probes=PROBES,
    convex=True,
    by_row=frozenset({"weights", "offset"}),
    limits=_limits,
    program=_program,
    seconds=0.3,
    algorithm="glm",
    page="glm.html#defining-a-glm-model",
    sent={"family": "binomial"},
    lists={
        "lambda_": lambda value, call: [value],
        "alpha": lambda value, call: [value],
        # One for every kept column, and the intercept.
        "startval": lambda value, call: [value] * (len(call.kept) + 1),
    },
    framed=fit.FRAMED,
    send_frames=fit.send_frames,
    chosen=("lambda", "alpha"),
    searched=fit.searched,
    describe=fit.describe,
)
