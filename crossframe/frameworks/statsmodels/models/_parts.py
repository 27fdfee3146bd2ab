"""Parts that the records of all models share: the constant column, missing values, and what is no setting."""

from __future__ import annotations

from collections.abc import Mapping

from crossframe.core.errors import UsageError
from crossframe.core.types import Value, as_float
from crossframe.frameworks.statsmodels._model import ALPHA_CONST, CONSTANT, WEIGHTS_AS
from crossframe.settings.binding import Binding, Context, Outside, When, choice, flag, number, renamed
from crossframe.settings.probe import Probe

ADD_CONSTANT = "statsmodels.tools.tools:add_constant"

INTERCEPT = Binding(
    "intercept",
    CONSTANT,
    flag(),
    formula="whether the first column is one of ones, as add_constant(X) makes it: the models add none, "
    "formulas do",
)

MISSING = Binding(
    "missing",
    "missing",
    choice("none", "drop", "raise"),
    lambda v, c: {"error": "raise"}.get(str(v), v),
    lambda v, c: "drop" if v == "drop" else "error",
    formula="none and raise refuse a feature that is missing",
)

PROBES = {
    CONSTANT: Probe((False, True)),
    "missing": Probe(
        sample="missing",
        why_not="its other values end in an error, so that there is no second fit to compare",
    ),
}
"""Probes of `INTERCEPT` and `MISSING`."""

WEIGHTS = Binding(
    "weights.meaning",
    WEIGHTS_AS,
    choice("freq_weights", "var_weights"),
    *renamed({"frequency": "freq_weights", "analytic": "var_weights"}),
    formula="as which of the two arguments the weights of the rows are handed over",
)
"""Of a model whose weights may have either meaning."""


def inference(*methods: str, t: bool) -> tuple[Binding, ...]:
    """The bindings of what ``fit`` by these methods computes beside the estimates.

    Where neither is named, tests of the usual covariance are by ``t`` if that is so, and others by z.
    """

    def distribution(value: Value, context: Context) -> Value:
        if value is None:
            usual = context.native.get("cov_type", "nonrobust") == "nonrobust"
            return "t" if t and usual else "normal"
        return "t" if value is True else "normal"

    return (
        Binding(
            "inference.covariance",
            "cov_type",
            choice("nonrobust", "HC0", "HC1", "HC2", "HC3"),
            *renamed({"model": "nonrobust"}),
            active_if=(When("method", methods),),
        ),
        Binding(
            "inference.distribution",
            "use_t",
            flag(),
            lambda v, c: v == "t",
            distribution,
            active_if=(When("method", methods),),
            formula=f"without it {'t beside the usual covariance, else ' * t}the normal distribution",
        ),
    )


INFERENCE_PROBES = dict.fromkeys(
    ("cov_type", "use_t"), Probe(why_not="it changes standard errors and tests, no prediction")
)
"""Probes of the bindings of `inference`."""

ALWAYS: dict[str, Value] = {
    "decision.threshold": 0.5,
    "precision": "float64",
    "features.standardize": "none",
    "class_weight": "none",
}
"""Rules without a parameter. The threshold is that of ``pred_table``, because no model gives labels."""

_LEFT = "; crossframe leaves it at its default"
_DATA = "weights and offsets of single rows"
OUTSIDE = {
    "*.endog": Outside("data", "the target"),
    "*.exog": Outside("data", "the features, and the constant column"),
    "*.offset": Outside("data", _DATA),
    "*.exposure": Outside("data", _DATA),
    "*.freq_weights": Outside("data", _DATA),
    "*.var_weights": Outside("data", _DATA),
    "*.weights": Outside("data", _DATA),
    "*.check_rank": Outside("output", "degrees of freedom, which no coefficient depends on"),
    "*.hasconst": Outside("output", "degrees of freedom, which no coefficient depends on"),
    "*.cov_kwds": Outside("output", "which covariance of the coefficients is computed"),
    "*.full_output": Outside("output", "what of the optimiser is reported"),
    "*.disp": Outside("output", "progress on the terminal"),
    "*.callback": Outside("output", "called after each iteration"),
    "*.refit": Outside("other", "a second fit, without a penalty, of the features that are left" + _LEFT),
    "add_constant.*": Outside("data", "the features, and where the column of ones stands"),
}
"""Pattern of ``callable.parameter`` -> why it is no setting."""

OPTIMISER_OUTSIDE = {
    "*.norm": Outside("other", "the norm of the gradient is its largest component" + _LEFT),
    "*.epsilon": Outside("other", "step of numerical derivatives; every model here has exact ones"),
    "*.approx_grad": Outside("other", "numerical derivatives; every model here has exact ones"),
    "*.m": Outside("other", "past steps from which lbfgs estimates the curvature" + _LEFT),
}
"""Options of optimisers that are no setting."""

UNPENALISED: dict[str, Value] = {"penalty.strength": 0.0, "penalty.l2": 0.0, "penalty.l1": 0.0}
"""Of every fit that is not by ``fit_regularized``."""


def of_constant(*methods: str) -> Binding:
    """The binding of the penalty of the constant column, with the ``methods`` of ``fit_regularized``."""

    def squared(context: Context) -> bool:
        """Whether the penalty is a lasso alone, whose strength enters the vocabulary by its square."""
        return as_float(context.native.get("L1_wt", 1.0)) == 1.0

    def encode(weight: Value, context: Context) -> Value:
        return as_float(weight) ** 0.5 if squared(context) else as_float(weight)

    def decode(share: Value, context: Context) -> Value:
        return as_float(share) ** 2 if squared(context) else as_float(share)

    return Binding(
        "penalty.intercept",
        ALPHA_CONST,
        number(0),
        encode,
        decode,
        active_if=(When("method", methods), When(CONSTANT, (True,)), When("alpha", above=0.0)),
        formula="alpha of the constant column relative to a feature's, as in alpha=[0, a, a]: 1 where alpha "
        "is one number, 0 where penalty.l1 or penalty.l2 is given; of a lasso its square is the weight",
    )


def least_norm(native: Mapping[str, Value]) -> Value:
    """What a pseudoinverse does with collinear columns: the constant is one of them."""
    return "minimum_norm_with_intercept" if native.get(CONSTANT) else "minimum_norm"


def completed(
    regularized: str, settings: Mapping[str, Value], native: Mapping[str, Value], arguments: dict[str, Value]
) -> dict[str, Value]:
    """The arguments, with the method ``regularized`` where they have a penalty and name no method.

    A penalty in canonical spelling leaves the constant out, unless ``penalty.intercept`` says otherwise.
    Raises `UsageError` for a penalty beside a method that takes none.
    """
    if not _positive(arguments.get("alpha")):
        return arguments
    made = {"method": regularized, **arguments}
    if made["method"] != regularized and "alpha" not in native:
        raise UsageError(
            f"the method {made['method']} takes no penalty", f"give method={regularized}, or none"
        )
    if "alpha" not in native:
        made.setdefault(ALPHA_CONST, 0.0)
    if 0.0 < as_float(made.get("L1_wt", 1.0)) < 1.0 and made.get(ALPHA_CONST, 1.0) not in (0, 1):
        raise UsageError(
            "beside a mixture of penalties the constant counts like a feature or not at all",
            f"give {ALPHA_CONST}=0 or {ALPHA_CONST}=1",
        )
    return made


def by_method(
    bindings: tuple[Binding, ...], native: Mapping[str, Value], arguments: dict[str, Value]
) -> dict[str, Value]:
    """The arguments, a canonical setting by the option that the method has for it: ``gtol`` or ``pgtol``."""
    method = arguments.get("method")
    made: dict[str, Value] = {}
    for name, value in arguments.items():
        own = [b for b in bindings if b.param == name and _methods(b)]
        if name not in native and own and not any(method in _methods(b) for b in own):
            same = [b.param for b in bindings if b.setting == own[-1].setting and method in _methods(b)]
            name = same[0] if same else name
        made[name] = value
    return made


def _methods(binding: Binding) -> tuple[Value, ...]:
    """The methods that take an option; empty where that is not all that decides."""
    first, *rest = binding.active_if or (None,)
    return first.among if first is not None and first.param == "method" and not rest else ()


def adapted(
    regularized: str, other: str, effective: Mapping[str, Value], asked: Mapping[str, Value]
) -> dict[str, Value]:
    """The method that takes the penalties ``asked`` for, and the present penalty of the constant.

    ``other`` is the method that is taken where none is left.
    """
    if not any(name.startswith("penalty.") for name in asked):
        return {}
    both = {**effective, **asked}
    if not any(_positive(both.get(name)) for name in ("penalty.l2", "penalty.l1", "penalty.strength")):
        return {"method": other}
    made: dict[str, Value] = {"method": regularized}
    if "penalty.intercept" in effective and "penalty.intercept" not in asked:
        # Of a lasso alone, or of a ridge alone; of a mixture it is 0 or 1.
        weight = as_float(effective["penalty.intercept"])
        made[ALPHA_CONST] = weight if _positive(both.get("penalty.l2")) else weight**0.5
    return made


def _positive(value: Value) -> bool:
    return isinstance(value, (int, float)) and value > 0
