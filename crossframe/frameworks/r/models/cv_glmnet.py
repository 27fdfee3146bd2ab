"""R's cv.glmnet in the vocabulary: a glmnet whose penalty is chosen by cross-validation (``?cv.glmnet``)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from crossframe.core.errors import UsageError
from crossframe.core.types import Value
from crossframe.frameworks.model import Program
from crossframe.frameworks.programs import call
from crossframe.frameworks.r._model import GENERATORS, RModel
from crossframe.frameworks.r.models.glmnet import MODEL as GLMNET
from crossframe.frameworks.r.program import literal, matrix, others, quoted, some, spelled, text
from crossframe.settings.binding import (
    Binding,
    Context,
    Kind,
    Outside,
    When,
    choice,
    flag,
    integer,
    number,
    renamed,
)
from crossframe.settings.chosen import LENGTH, a_list, chosen, listed, ratio, spacing
from crossframe.settings.family import distribution, family
from crossframe.settings.probe import Probe

_LINKS = {"poisson": "log"}
_PLAIN = {b.setting: b for b in GLMNET.bindings}
_DRAWN = (When("foldid", ("random",)),)
_OWN_GRID = (When("grid", ("each_fold",)), When("lambda", (None,)), When("lambda.max", (None,)))
_CONTROL = ("fdev", "devmax", "eps", "mnlam", "pmin")
"""Parameters of glmnet.control."""
_CHOSEN = "r.glmnet takes it as lambda"
_LOSSES: dict[Value, str] = {
    "mse": "squared_error",
    "mae": "absolute_error",
    "deviance": "deviance",
    "class": "misclassification",
    "auc": "auc",
}


def _none_or(kind: Kind) -> Kind:
    def parse(value: Value) -> Value:
        return None if value in (None, "none", "NULL") else kind.parse(value)

    return Kind(f"{kind.describe}, or none", parse)


def _several(value: Value) -> Value:
    given = LENGTH.parse(value)
    if listed(given) is None:
        raise ValueError
    return given


_LAMBDA = _none_or(Kind("two or more penalties joined by x, as in 0.1x1x10", _several))


def _made(value: Value, context: Context) -> Value:
    if value != "geometric":
        raise UsageError("a list of penalties is given, not made by a rule", "give lambda")
    return None


def _length(value: Value, context: Context) -> Value:
    own = listed(context.native.get("lambda"))
    return value if own is None else len(own)


def _ratio(value: Value, context: Context) -> Value:
    own = listed(context.native.get("lambda"))
    return value if own is None else ratio(own)


def _largest(value: Value, context: Context) -> Value:
    return None if value == "data" else _PLAIN["penalty.strength"].to_framework(value, context)


def _largest_of(value: Value, context: Context) -> Value:
    own = listed(context.native.get("lambda"))
    top = value if own is None else max(own)
    return "data" if top is None else _PLAIN["penalty.strength"].to_vocabulary(top, context)


def _in_folds(value: Value, context: Context) -> Value:
    given = any(context.native.get(name) is not None for name in ("lambda", "lambda.max"))
    return "all_rows" if given else value


def _loss(value: Value, context: Context) -> Value:
    natives = {ours: native for native, ours in _LOSSES.items()}
    if value not in natives:
        raise UsageError(f"cv.glmnet has no validation.loss={value}", f"it has: {', '.join(natives)}")
    return natives[str(value)]


def _loss_of(value: Value, context: Context) -> Value:
    if context.native.get("family") == "gaussian" and value in ("default", "deviance"):
        return "squared_error"
    return _LOSSES.get(value, "deviance")


_BINDINGS = (
    family(links=_LINKS),
    distribution({name: name for name in _LINKS}, _LINKS),
    _PLAIN["penalty.mix"],
    Binding("path.spacing", "lambda", _LAMBDA, _made, lambda v, c: spacing(v, c)),
    Binding("path.length", "nlambda", integer(2), to_vocabulary=_length),
    Binding(
        "path.ratio",
        "lambda.min.ratio",
        number(0, 1, open_low=True),
        to_vocabulary=_ratio,
        formula=_PLAIN["path.ratio"].formula,
    ),
    Binding(
        "path.largest",
        "lambda.max",
        _none_or(number(0, open_low=True)),
        _largest,
        _largest_of,
        formula="crossframe's parameter: lambda is that times the ratio^0 to the ratio^1; none: glmnet's",
    ),
    Binding(
        "path.folds",
        "grid",
        choice("each_fold", "all_rows"),
        to_vocabulary=_in_folds,
        formula="crossframe's parameter: all_rows hands over lambda, with which no path ends early",
    ),
    Binding(
        "path.alignment",
        "alignment",
        choice("lambda", "fraction"),
        *renamed({"penalty": "lambda", "position": "fraction"}),
        active_if=_OWN_GRID,
    ),
    *(
        replace(_PLAIN[name], active_if=_OWN_GRID)
        for name in ("path.min_ratio", "path.min_length", "path.min_gain", "path.max_explained")
    ),
    *(replace(_PLAIN[name], active_if=()) for name in ("path.max_features", "path.max_entered")),
    Binding(
        "validation.assignment",
        "foldid",
        choice("random", "blocks", "stratified", "modulo", "leave_one_out"),
        formula="random: cv.glmnet draws them by sample(); else the fold of each row by this rule",
    ),
    Binding(
        "validation.folds",
        "nfolds",
        integer(3),
        active_if=(When("foldid", ("random", "blocks", "stratified", "modulo")),),
    ),
    Binding(
        "validation.loss",
        "type.measure",
        choice("default", *map(str, _LOSSES)),
        _loss,
        _loss_of,
        formula="default: mse, of other families than the Gaussian one deviance",
    ),
    Binding(
        "validation.rule",
        "s",
        choice("lambda.1se", "lambda.min"),
        *renamed({"one_standard_error": "lambda.1se", "minimum": "lambda.min"}),
        reads=("predict.cv.glmnet.s",),
    ),
    Binding(
        "validation.error",
        "grouped",
        flag(),
        lambda v, c: v == "folds",
        lambda v, c: "folds" if v else "rows",
        active_if=(
            When("s", ("lambda.1se",)),
            When("type.measure", ("default", "mse", "mae", "deviance", "class")),
        ),
    ),
    Binding(
        "validation.scaling",
        "scaling",
        choice("each_fold", "all_rows"),
        active_if=(When("standardize", (True,)),),
        formula="crossframe's parameter: all_rows hands over scaled features and standardize=FALSE",
    ),
    *(
        _PLAIN[name]
        for name in (
            "penalty.feature", "features.standardize", "intercept", "bounds.lower", "bounds.upper",
            "solver.tolerance_update", "solver.max_iterations",
        )
    ),
    *(
        replace(_PLAIN[name], active_if=(When("family", ("binomial",)),))
        for name in ("solver.curvature", "solver.min_probability")
    ),
    Binding("seed", "seed", integer(0), active_if=_DRAWN, reads=("set.seed.seed",)),
    Binding("seed.generator", "kind", choice(*GENERATORS), active_if=_DRAWN, reads=("set.seed.kind",)),
    *(
        chosen(replace(_PLAIN[name], param="lambda.s"), _CHOSEN)
        for name in ("penalty.l2", "penalty.l1", "penalty.strength")
    ),
)  # fmt: skip


def _limits(
    native: Mapping[str, Value], effective: Mapping[str, Value], rows: int
) -> tuple[Mapping[str, Value], ...]:
    return ({"thresh": 1e-20, "maxit": 10_000_000},)


ASSIGNED = {
    "modulo": "(seq_along({y}) - 1) %% {k} + 1",
    "blocks": "rep(1:{k}, times = length({y}) %/% {k} + (1:{k} <= length({y}) %% {k}))",
    "leave_one_out": "seq_along({y})",
}
"""Rule for folds -> the value of foldid as R source, of the target ``y`` and the number of folds ``k``."""


def _program(wanted: Program) -> str:
    arguments = wanted.arguments
    own = (
        "s", "foldid", "grid", "lambda.max", "scaling", "seed", "kind", "family", "nfolds",
        "lambda", "nlambda", "lambda.min.ratio", "standardize",
    )  # fmt: skip
    rule, count = str(arguments.get("foldid", "random")), arguments.get("nfolds", 10)
    if rule not in ("random", *ASSIGNED):
        raise UsageError(f"a script for {wanted.model} cannot hold foldid={rule}", "give modulo or blocks")
    named = str(arguments.get("family") or ("gaussian" if wanted.gaussian else "binomial"))
    given = [f"family = {quoted(named)}", *spelled(others(arguments, (*_CONTROL, *own)))]
    grid = some(arguments, ("nlambda", "lambda.min.ratio"))
    lines = [*matrix(wanted)]
    if control := some(arguments, _CONTROL):
        lines.append(call("glmnet.control", spelled(control), "", "  "))
    if arguments.get("scaling") == "all_rows" and arguments.get("standardize", True):
        lines.append('x <- sweep(x, 2, apply(x, 2, function(v) sqrt(mean((v - mean(v))^2))), "/")')
        given.append("standardize = FALSE")
    else:
        given += spelled(some(arguments, ("standardize",)))
    if (penalties := arguments.get("lambda")) is not None:
        given.append(f"lambda = {literal(penalties)}")
    elif arguments.get("lambda.max") is not None or arguments.get("grid") == "all_rows":
        top = arguments.get("lambda.max")
        lines.append(
            call("glmnet", ["x", "y", *given], "largest <- ", "  ") + "$lambda[1]"
            if top is None
            else f"largest <- {literal(top)}"
        )
        low = (
            literal(grid.get("lambda.min.ratio"))
            if "lambda.min.ratio" in grid
            else ("(if (nrow(x) < ncol(x)) 0.01 else 1e-04)")
        )
        given.append(f"lambda = largest * {low}^seq(0, 1, length.out = {literal(grid.get('nlambda', 100))})")
    else:
        given += spelled(grid)
    if rule == "random":
        kind = {"kind": arguments["kind"]} if arguments.get("kind") else {}
        lines.append(call("set.seed", [literal(arguments.get("seed", 1)), *spelled(kind)], "", "  "))
        given.append(f"nfolds = {literal(count)}")
    else:
        given.append("foldid = " + ASSIGNED[rule].format(k=literal(count), y="y"))
    rule_of = spelled(some(arguments, ("s",)))
    lines += [
        call("cv.glmnet", ["x", "y", *given], "fit <- ", "  "),
        call("predict", ["fit", "x", *rule_of, 'type = "response"'], "scores <- ", "  "),
    ]
    return text(wanted, lines, "glmnet")


_FREE: dict[str, Value] = {"grid": "each_fold", "lambda": None, "lambda.max": None, "s": "lambda.min"}
_FREE_BROKEN: tuple[dict[str, Value], ...] = (
    {"grid": "all_rows"}, {"lambda": a_list(0.2, 0.1, 0.05)}, {"lambda.max": 0.3},
)  # fmt: skip
_MODULO: dict[str, Value] = {"foldid": "modulo", "nfolds": 5}
_CLOSE: dict[str, Value] = {"nlambda": 200, "lambda.min.ratio": 0.05}
"""Penalties close to each other, so that small changes of a loss show in the choice."""

_PROBES = {
    "family": Probe(("binomial", "gaussian")),
    "alpha": Probe((1.0, 0.25)),
    "lambda": Probe((a_list(0.2, 0.1, 0.05), a_list(0.2, 0.15, 0.12))),
    "nlambda": Probe((20, 30)),
    "lambda.min.ratio": Probe((0.3, 0.5), {"s": "lambda.min"}),
    "lambda.max": Probe((0.1, 0.2)),
    "grid": Probe(("each_fold", "all_rows"), {"nlambda": 10, "s": "lambda.min"}),
    "alignment": Probe(("lambda", "fraction"), {**_FREE, "nlambda": 100}, _FREE_BROKEN),
    "eps": Probe((1e-6, 0.3), _FREE, _FREE_BROKEN),
    "fdev": Probe((1e-5, 0.05), _FREE, _FREE_BROKEN),
    "devmax": Probe((0.999, 0.1), _FREE, _FREE_BROKEN),
    "mnlam": Probe((5, 30), {**_FREE, "fdev": 0.05}, _FREE_BROKEN),
    "dfmax": Probe((5, 1), {"s": "lambda.min"}),
    "pmax": Probe((4, 1), {"s": "lambda.min"}),
    "foldid": Probe(("blocks", "modulo")),
    "nfolds": Probe((3, 10), {**_CLOSE, "foldid": "modulo"}, ({"foldid": "leave_one_out"},)),
    "type.measure": Probe(("deviance", "class"), {"s": "lambda.min"}),
    "s": Probe(("lambda.1se", "lambda.min")),
    "grouped": Probe(
        (True, False),
        # Of folds with fewer than ten rows there is no auc.
        {**_CLOSE, **_MODULO, "s": "lambda.1se", "type.measure": "deviance"},
        ({"s": "lambda.min"}, {"type.measure": "auc"}),
        tried={"type.measure": ("default", "deviance", "mse", "mae")},
    ),
    "scaling": Probe(("each_fold", "all_rows"), {"standardize": True, **_MODULO}, ({"standardize": False},)),
    "penalty.factor": Probe(((1, 1, 1, 1), (1, 0, 1, 2))),
    "standardize": Probe((True, False)),
    "intercept": Probe((True, False)),
    "lower.limits": Probe((-0.01, -5.0), {"lambda": a_list(0.002, 0.001), "intercept": False}),
    "upper.limits": Probe((0.01, 5.0)),
    "thresh": Probe((1e-7, 1e-2)),
    "maxit": Probe((100_000, 50)),
    "type.logistic": Probe(("Newton", "modified.Newton"), {"family": "binomial"}, ({"family": "gaussian"},)),
    "pmin": Probe((1e-9, 0.1), {"family": "binomial", "s": "lambda.min"}, ({"family": "gaussian"},)),
    "seed": Probe((1, 2), {"foldid": "random"}, ({"foldid": "modulo"},)),
    "kind": Probe(
        ("Mersenne-Twister", "Wichmann-Hill"), {"foldid": "random"}, ({"foldid": "modulo"},)
    ),
    "lambda.s": Probe(why_not="an output: the penalty that was chosen"),
}  # fmt: skip

_CV, _PREDICT = "cv.glmnet", "predict.cv.glmnet"

MODEL = RModel(
    name="r.cv_glmnet",
    title="cv.glmnet",
    order=31,
    tasks=frozenset({"classes", "numbers"}),
    numbers_by=("family", "gaussian"),
    scripts=("glmnet.R", "cv_glmnet.R"),
    fitter="fit_cv_glmnet",
    package="glmnet",
    callables=(_CV, _PREDICT, "glmnet", "glmnet.control", "set.seed"),
    packages={**dict.fromkeys((_CV, _PREDICT, "glmnet", "glmnet.control"), "glmnet"), "set.seed": "base"},
    manual=GLMNET.manual,
    iteration=GLMNET.iteration,
    bindings=_BINDINGS,
    always={
        **GLMNET.always,
        "path.search": True,
        "path.scale": "mean",
        "validation.mean": "rows",
        "validation.refit": "all_rows",
    },
    outside={
        **{name: why for name, why in GLMNET.outside.items() if name.startswith("glmnet.")},
        "glmnet.type.multinomial": Outside("other", "of more than two classes"),
        f"{_CV}.x": Outside("data", "the features"),
        f"{_CV}.y": Outside("data", "the target"),
        f"{_CV}.weights": Outside("data", "weights of single rows"),
        f"{_CV}.offset": Outside("data", "a known part of the linear predictor, row by row"),
        f"{_CV}.keep": Outside("output", "whether the predictions of the rows that are left out are kept"),
        f"{_CV}.parallel": Outside("running", "whether the folds are fitted at the same time"),
        f"{_CV}.gamma": Outside("other", "mixtures with unpenalised fits, of relax=TRUE"),
        f"{_CV}.relax": Outside("other", "unpenalised fits beside the path, of which gamma is chosen too"),
        f"{_CV}.trace.it": Outside("output", "progress on the terminal"),
        f"{_CV}....": Outside("other", "arguments of glmnet"),
        f"{_PREDICT}.object": Outside("data", "the fit"),
        f"{_PREDICT}.newx": Outside("data", "the rows to predict"),
        f"{_PREDICT}....": Outside("other", "arguments of predict.glmnet"),
        "set.seed.normal.kind": Outside("other", "of normal random numbers; none are used"),
        "set.seed.sample.kind": Outside("other", "how sample() draws whole numbers; R's own rule is used"),
    },
    base={"nlambda": 30},
    probes=_PROBES,
    convex=True,
    limits=_limits,
    relatives=("r.glmnet",),
    program=_program,
    seconds=1.0,
)
