"""Parts of lm and glm: the formula, the data frame, and the parameters for missing and collinear data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from crossframe.core.errors import UsageError
from crossframe.core.types import Value
from crossframe.frameworks.model import Program
from crossframe.frameworks.programs import call
from crossframe.frameworks.r.program import literal, response, text
from crossframe.settings.binding import Binding, Context, Outside, choice, flag, renamed
from crossframe.settings.probe import Probe

SCRIPTS = ("inference.R", "linear.R")
"""The file of ``r_scripts/`` that fits both."""

MISSING = Binding(
    "missing",
    "na.action",
    choice("na.omit", "na.fail"),
    *renamed({"drop": "na.omit", "error": "na.fail"}),
)


def _singular_ok(collinear: Value, context: Context) -> Value:
    if collinear not in ("alias", "error"):
        raise UsageError(
            f"R has no collinear={collinear}: it gives such a column no coefficient, or refuses the fit",
            "give collinear=alias or collinear=error",
        )
    return collinear == "alias"


SINGULAR = Binding("collinear", "singular.ok", flag(), _singular_ok, lambda v, c: "alias" if v else "error")

ALWAYS: dict[str, Value] = {
    "decision.threshold": 0.5,
    "precision": "float64",
    "intercept": True,
    "features.standardize": "none",
    "class_weight": "none",
    "penalty.strength": 0.0,
    "penalty.l1": 0.0,
    "penalty.l2": 0.0,
}
"""Rules without a parameter. The threshold is Leek's and Beam's, because R gives no labels."""

OUTSIDE = {
    "*.formula": Outside("data", "y ~ X: every feature, and an intercept"),
    "*.data": Outside("data", "the sample"),
    "*.subset": Outside("data", "rows to leave out"),
    "*.weights": Outside("data", "weights of single rows"),
    "*.offset": Outside("data", "a known part of the linear predictor, row by row"),
    "*.method": Outside("other", "R has one method of fitting; the other value, model.frame, fits nothing"),
    "*.model": Outside("output", "whether the fit keeps the sample"),
    "*.x": Outside("output", "whether the fit keeps the features"),
    "*.y": Outside("output", "whether the fit keeps the target"),
    "*.contrasts": Outside("other", "of factors; the features are numbers"),
    "*....": Outside("other", "what is handed on to lm.fit or glm.control"),
}
"""Pattern of ``callable.parameter`` -> why it is no setting."""

_REFUSES = "its other value ends in an error, so that there is no second fit to compare"

PROBES = {
    "na.action": Probe(sample="missing", why_not=_REFUSES),
    "singular.ok": Probe(sample="collinear", why_not=_REFUSES),
}
"""Probes of `MISSING` and `SINGULAR`."""


_STARTS: dict[tuple[str, Value], str] = {
    ("start", "zeros"): "rep(0, {coefficients})",
    ("etastart", "zeros"): "rep(0, nrow(data))",
    ("mustart", "half"): "rep(0.5, nrow(data))",
}


def program(wanted: Program, function: str, arguments: Sequence[str], given: Mapping[str, Value]) -> str:
    """A program that fits ``function`` by a formula: ``arguments`` are R source, ``given`` values.

    Raises `UsageError` for a starting value that has no spelling in R.
    """
    # Without text each column but the target has a coefficient, and the intercept takes its place.
    coefficients = "ncol(data)"
    if wanted.columns and (wanted.text_features or wanted.formula):
        coefficients = str(1 + sum(len(c.coded) for c in wanted.columns.features))
    sources = [_source(name, value, coefficients) for name, value in given.items() if value is not None]
    model = response(wanted.target)
    if made := wanted.formula:
        # pandas, which it needs, takes half a second to import.
        from crossframe.frameworks.r import formula

        model = f"{formula.response(made)} ~ {formula.right(made)}"
    fit = call(function, [model, "data = data", *arguments, *sources], "fit <- ", "  ")
    return text(wanted, ["", fit, 'scores <- predict(fit, data, type = "response")'])


def _source(name: str, value: Value, coefficients: str) -> str:
    if name in ("start", "etastart", "mustart"):
        if (name, value) not in _STARTS:
            raise UsageError(f"a script has no {name}={value}", "it has zeros, and half for mustart")
        return f"{name} = {_STARTS[name, value].format(coefficients=coefficients)}"
    # The value of na.action is the name of a function.
    return f"{name} = {value if name == 'na.action' else literal(value)}"
