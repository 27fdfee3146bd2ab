"""Parts of the records of LassoCV, ElasticNetCV, RidgeCV and LogisticRegressionCV.

The estimators get two parameters more: ``assignment``, a rule by which rows are assigned to folds where
``cv`` is their number, and the largest penalty of a grid of a given number of penalties.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from crossframe.core.errors import UsageError
from crossframe.core.types import FloatArray, Target, Value, as_float
from crossframe.frameworks.folds import fold_numbers
from crossframe.frameworks.programs import keywords
from crossframe.frameworks.sklearn.models._trees import or_option
from crossframe.settings.binding import Binding, Context, Outside, When, choice, integer, number
from crossframe.settings.chosen import LENGTH, length, listed, ratio, spacing

FOLDS = 5
"""Folds where ``cv`` is None."""
_LEAVE_ONE_OUT = "leave_one_out"
ASSIGNMENTS = (None, "blocks", "stratified", "modulo", "random", _LEAVE_ONE_OUT)
DRAWN = When("assignment", ("random",))
"""The rows are shuffled by ``random_state``."""
FOLDED = When("assignment", (None, "blocks", "stratified", "modulo", "random"))

ALWAYS: dict[str, Value] = {
    "path.search": True,
    "path.folds": "all_rows",
    "validation.rule": "minimum",
    "validation.refit": "all_rows",
    "validation.scaling": "all_rows",
}
"""Rules of these estimators without a parameter."""

OUTSIDE = {
    "*.n_jobs": Outside("running", "threads or processes for the folds"),
    "*.fit.params": Outside("data", "groups of rows, for splitters that take them"),
}


def folds(usual: str | Callable[[Mapping[str, Any]], str]) -> tuple[Binding, ...]:
    """The bindings of the folds of an estimator whose assignment is ``usual`` where none is given.

    ``usual`` may depend on the native settings.
    """

    def rule(native: Mapping[str, Any]) -> str:
        return str(native.get("assignment") or (usual if isinstance(usual, str) else usual(native)))

    def assignment(value: Value, context: Context) -> Value:
        return rule({**context.native, "assignment": value})

    def mean(value: Value, context: Context) -> Value:
        count = int(as_float(FOLDS if value is None else value))
        single = rule(context.native) == _LEAVE_ONE_OUT
        return "rows" if single or context.n % count == 0 else "folds"

    def number_of(value: Value, context: Context) -> Value:
        if rule(context.native) == _LEAVE_ONE_OUT:
            return None
        return FOLDS if value is None else value

    def equal(value: Value, context: Context) -> Value:
        raise UsageError("scikit-learn counts every fold once", "folds of equal sizes count every row once")

    count = or_option(integer(2), None)
    return (
        Binding("validation.assignment", "assignment", choice(*ASSIGNMENTS), to_vocabulary=assignment,
                formula="crossframe's parameter: the splitter that cv is given; none: that of a number"),
        Binding("validation.mean", "cv", count, equal, mean, output=True),
        Binding("validation.folds", "cv", count, to_vocabulary=number_of, active_if=(FOLDED,),
                formula="none: 5"),
    )  # fmt: skip


def grid(
    param: str,
    smallest: str,
    largest: str,
    scale: tuple[Callable[[float, float], float], Callable[[float, float], float]],
    *,
    of_data: bool,
    usual: float | None = None,
    end: Callable[[Sequence[float]], float] = max,
) -> tuple[Binding, ...]:
    """The bindings of a grid: ``param`` has the number of penalties or a list of them.

    ``smallest`` is the parameter of the smallest relative to the largest one, ``largest`` crossframe's of the
    largest, made by ``scale`` of (strength, rows) and back. Where it is not given it comes from the data
    (``of_data``), or is ``usual``. ``end`` picks the largest penalty of a list in the framework's spelling.
    """
    outward, inward = scale

    def ratio_of(value: Value, context: Context) -> Value:
        own = listed(context.native.get(param))
        return value if own is None else ratio(own)

    def strength(value: Value, context: Context) -> Value:
        if value == "data":
            if not of_data:
                raise UsageError(
                    "its penalties are not made from the data", f"give {largest} or path.largest"
                )
            return None
        return outward(as_float(value), context.n)

    def decoded(value: Value, context: Context) -> Value:
        own = listed(context.native.get(param))
        if own is None and value is None and of_data:
            return "data"
        return inward(as_float(usual if value is None else value) if own is None else end(own), context.n)

    return (
        Binding("path.spacing", param, LENGTH, _unlisted, spacing, output=True),
        Binding("path.length", param, LENGTH, to_vocabulary=length),
        Binding("path.ratio", smallest, number(0, 1, open_low=True), to_vocabulary=ratio_of),
        Binding("path.largest", largest, or_option(number(0, open_low=True), None), strength, decoded),
    )


def _unlisted(value: Value, context: Context) -> Value:
    raise UsageError("a list of penalties is given, not made by a rule", "give path.length")


def penalties(arguments: Mapping[str, Any], param: str, smallest: str, largest: str) -> Any:
    """The value of ``param`` that the estimator takes: where a largest penalty is given, a geometric grid."""
    given = arguments[param]
    if isinstance(given, (list, tuple)):
        return list(given)
    if arguments[largest] is None:
        return given
    return as_float(arguments[largest]) * np.geomspace(1.0, as_float(arguments[smallest]), given)


def splitter(arguments: Mapping[str, Any], y: Target) -> Any:
    """The value of ``cv`` that the estimator takes, for a target ``y`` (n,)."""
    from sklearn.model_selection import KFold, LeaveOneOut, PredefinedSplit

    rule, given = arguments["assignment"], arguments["cv"]
    if rule is None:
        return given
    if rule == _LEAVE_ONE_OUT:
        return LeaveOneOut()
    count = FOLDS if given is None else given
    if rule == "random":
        return KFold(count, shuffle=True, random_state=arguments["random_state"])
    return PredefinedSplit(fold_numbers(rule, count, y))


def written(arguments: Mapping[str, Value]) -> tuple[list[str], str]:
    """Lines of Python that `splitter` stands for, and the value of ``cv``; for stand-alone programs."""
    rule, given = arguments.get("assignment"), arguments.get("cv")
    count = FOLDS if given is None else given
    if rule is None:
        return [], "" if given is None else repr(given)
    of = "from sklearn.model_selection import "
    made = {
        "blocks": ("KFold", f"KFold({count})"),
        "stratified": ("StratifiedKFold", f"StratifiedKFold({count})"),
        "modulo": ("PredefinedSplit", f"PredefinedSplit(np.arange(len(y)) % {count})"),
        "random": (
            "KFold", f"KFold({count}, shuffle=True, random_state={arguments.get('random_state', 1)})"
        ),
        _LEAVE_ONE_OUT: ("LeaveOneOut", "LeaveOneOut()"),
    }  # fmt: skip
    name, value = made[str(rule)]
    return [of + name], value


def program_arguments(
    arguments: Mapping[str, Value], param: str, smallest: str, largest: str, own: Sequence[str]
) -> tuple[list[str], list[str]]:
    """Imports, and keyword arguments as Python source; ``own`` are crossframe's parameters."""
    imports, cv = written(arguments)
    hidden = {*own, "cv"}
    made = []
    if arguments.get(largest) is not None:
        hidden |= {param, smallest}
        top, low, count = (arguments[name] for name in (largest, smallest, param))
        made = [f"{param}={top!r} * np.geomspace(1, {low!r}, {count!r})"]
    rest = {name: value for name, value in arguments.items() if name not in hidden}
    return imports, [*keywords(rest), *made, *([f"cv={cv}"] if cv else [])]


def with_own(
    estimator: type, own: Mapping[str, Value], made: Callable[[dict[str, Any], Target], dict[str, Any]]
) -> type:
    """A class with the parameters of an estimator and those of ``own``, with their defaults.

    A fit is one of the estimator itself, with the arguments that ``made`` gives of (its parameters, the
    target); the fitted attributes are the estimator's.
    """
    taken = [p for p in inspect.signature(estimator).parameters.values()]
    names = [p.name for p in taken]
    more = [inspect.Parameter(n, inspect.Parameter.KEYWORD_ONLY, default=v) for n, v in own.items()]
    keyword = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in taken]
    signature = inspect.Signature([*keyword, *(p for p in more if p.name not in names)])

    def init(self: Any, **given: Any) -> None:
        for name, p in signature.parameters.items():
            setattr(self, name, given.get(name, p.default))

    def fit(self: Any, X: FloatArray, y: Target) -> Any:
        arguments = made(dict(self.get_params(deep=False)), y)
        self.inner_ = estimator(**{name: arguments[name] for name in names}).fit(X, y)
        self.__dict__ |= {k: v for k, v in vars(self.inner_).items() if k.endswith("_")}
        return self

    init.__signature__ = signature.replace(  # type: ignore[attr-defined]
        parameters=[inspect.Parameter("self", inspect.Parameter.POSITIONAL_OR_KEYWORD),
                    *signature.parameters.values()]
    )  # fmt: skip
    return type(estimator.__name__, (estimator,), {"__init__": init, "fit": fit})


def place(value: float, penalties: Sequence[float]) -> str:
    """Where a chosen penalty lies among those that were compared: ``the smallest of 100 penalties``, say."""
    ordered = sorted(set(map(float, penalties)), reverse=True)
    at = int(np.argmin([abs(p - value) for p in ordered]))
    where = {0: "the largest", len(ordered) - 1: "the smallest"}.get(at, f"number {at + 1} from the largest")
    return f"{where} of {len(ordered)} penalties"
