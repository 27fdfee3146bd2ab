"""Changes of a call in Python: of an estimator's constructor, or of any other call with keywords."""

from __future__ import annotations

import ast
import inspect
import math
from collections.abc import Mapping, Sequence

from crossframe.core.errors import UsageError
from crossframe.core.types import Value
from crossframe.explain.scripts.calls import (
    Argument,
    Call,
    Token,
    added,
    assigned,
    call_at,
    call_in,
    calls,
    removed,
    replaced,
    tokens,
)
from crossframe.frameworks.model import Model
from crossframe.frameworks.programs import keywords
from crossframe.frameworks.registry import framework

_H2O = {"H2OGeneralizedLinearEstimator": "glm", "H2ODeepLearningEstimator": "mlp"}
_ALIASES = {"lambda_": ("lambda_", "Lambda"), "learning_rate": ("learning_rate", "lr")}
"""Names of one argument, crossframe's first."""
_CONSTANTS = {"inf": math.inf, "Inf": math.inf, "infty": math.inf, "nan": math.nan}
"""Of numpy and math."""

Written = Mapping[str, str | None]
"""Name of an argument -> its new value as source; None: to be removed."""


def written(call: str, arguments: Mapping[str, Value]) -> dict[str, str | None]:
    """The new values as Python source. ``none`` is None in scikit-learn, and None a removal.

    Where None is a value of its own beside another default it is written.
    """
    model = _sklearn(call)
    if model is None:
        kept = {name: value for name, value in arguments.items() if value is not None}
        source = framework("h2o").model(_H2O[call]).source(kept) if call in _H2O else keywords(kept)
        values: dict[str, str | None] = {n: v for n, _, v in (each.partition("=") for each in source)}
        return {name: values.get(name) for name in arguments}
    parameters = inspect.signature(_estimator(model, call)).parameters
    made: dict[str, str | None] = {}
    for name, value in arguments.items():
        own_default = name in parameters and parameters[name].default is None
        if value is None and (own_default or not _takes_none(model, name)):
            made[name] = None
        else:
            made[name] = keywords({name: None if value == "none" else value})[0].partition("=")[2]
    return made


def listed(values: Written) -> str:
    """The values as they would be typed: ``C=1.0, tol=1e-06``."""
    return ", ".join(
        f"{name}={value}" if value is not None else f"no {name}" for name, value in values.items()
    )


def edited(text: str, name: str, at: int, values: Written) -> str:
    """The script with these arguments in its call number ``at`` of ``name``."""
    model = _sklearn(name)
    parameters = list(inspect.signature(_estimator(model, name)).parameters) if model else []
    for argument, value in values.items():
        if model is not None and argument not in parameters:
            raise UsageError(
                f"{name} has no argument {argument}", f"do what {listed({argument: value})} says"
            )
        call = calls(text, "python", name)[at]
        _set_later(text, call, argument, f"pass {listed({argument: value})} to {name} by hand")
        text = changed(text, call, argument, value, parameters)
    return text


def changed(text: str, call: Call, argument: str, value: str | None, parameters: Sequence[str]) -> str:
    """The text with one argument of a call changed; ``parameters`` are those that it takes by position.

    Raises `UsageError` where the argument comes from a place that is not certain.
    """
    name = call.path.rpartition(".")[2]
    by_hand = f"pass {listed({argument: value})} to {name} by hand"
    positional = [a for a in call.arguments if not a.name and a.tokens[0].text != "**"]
    if len(positional) > len(parameters) or any(a.tokens[0].text == "*" for a in positional):
        raise UsageError(f"{name} gets arguments by their position", by_hand)
    own = call.named(*_ALIASES.get(argument, (argument,)))
    own = own or dict(zip(parameters, positional, strict=False)).get(argument)
    if own is not None:
        if value is None and not own.name and own is not call.arguments[-1]:
            raise UsageError(f"{name} gets {argument} by its position, before other arguments", by_hand)
        return with_argument(text, call, own, argument, value)
    for star in call.arguments:
        if star.tokens[0].text != "**":
            continue
        literal = _literal(text, star)
        if literal is None:
            raise UsageError(f"{name} gets arguments by {star.value(text)}", by_hand)
        if (entry := literal.named(argument)) is not None:
            return with_argument(text, literal, entry, argument, value)
    return with_argument(text, call, None, argument, value)


def with_argument(text: str, call: Call, argument: Argument | None, name: str, value: str | None) -> str:
    """The text with the value of a call's argument changed, added where it is None, or removed."""
    if value is None:
        return text if argument is None else removed(text, call, argument)
    if argument is None:
        return added(text, call, name, value, "=")
    return text if same(argument.value(text), value) else replaced(text, argument, value)


def same(one: str, other: str) -> bool:
    """Whether two expressions have the same plain value."""
    (known, left), (also, right) = _plain(one), _plain(other)
    if known and also and isinstance(left, list) and len(left) == 1 and not isinstance(right, list):
        # H2O takes a number where it documents a list.
        left = left[0]
    return known and also and left == right and isinstance(left, bool) == isinstance(right, bool)


def _literal(text: str, star: Argument) -> Call | None:
    """What ``**`` unpacks, where the script writes it out: a dict that nothing else uses or changes."""
    inner = Argument("", star.start, star.start, star.tokens[1].start, star.end, star.tokens[1:])
    if (called := call_in(inner, "python")) is not None:
        return called if called.path == "dict" else None
    every = tokens(text, "python")
    if inner.tokens[0].text == "{":
        i = next(i for i, token in enumerate(every) if token.start == inner.tokens[0].start)
        return call_at(every, i - 1, "python")
    uses = sum(token.kind == "name" and token.text == inner.tokens[0].text for token in every)
    places = assigned(every, inner.tokens[0].text) if len(inner.tokens) == 1 else []
    if len(places) != 1 or uses != 2:
        return None
    i = places[0]
    if every[i].text == "{":
        return call_at(every, i - 1, "python")
    return call_at(every, i, "python") if every[i].text == "dict" and every[i + 1].text == "(" else None


def _set_later(text: str, call: Call, argument: str, by_hand: str) -> None:
    """Raise `UsageError` where the script sets the argument after it has made the estimator."""
    every = tokens(text, "python")
    variable = _variable(every, call)
    for later in calls(text, "python", "set_params"):
        set_here = [a.name for a in later.arguments if a.name.rpartition("__")[2] == argument]
        receiver = later.path.rpartition(".")[0]
        if set_here and (variable in ("", receiver) or "__" in set_here[0]):
            raise UsageError(f"line {later.line} sets {argument} with set_params", by_hand)
    for i, token in enumerate(every[2:-1], 2):
        attribute = token.text == argument and every[i - 1].text == "." and every[i + 1].text == "="
        if attribute and every[i - 2].text == variable:
            raise UsageError(f"line {token.line} sets {variable}.{argument}", by_hand)


def _variable(every: list[Token], call: Call) -> str:
    first = next(i for i, token in enumerate(every) if token.start == call.start)
    return every[first - 2].text if first > 1 and every[first - 1].text == "=" else ""


def _plain(source: str) -> tuple[bool, object]:
    try:
        node = ast.parse(source.strip(), mode="eval").body
        if isinstance(node, ast.Attribute) and node.attr in _CONSTANTS:
            return True, _CONSTANTS[node.attr]
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "float":
            return True, float(ast.literal_eval(node.args[0]))
        return True, ast.literal_eval(node)
    except (SyntaxError, ValueError, IndexError):
        return False, None


def _sklearn(call: str) -> Model | None:
    models = framework("sklearn").all_models()
    return next((m for m in models for c in m.callables if c.rpartition(":")[2] == call), None)


def _estimator(model: Model, call: str) -> type:
    from importlib import import_module

    module = next(c.partition(":")[0] for c in model.callables if c.rpartition(":")[2] == call)
    estimator: type = getattr(import_module(module), call)
    return estimator


def _takes_none(model: Model, name: str) -> bool:
    binding = next((b for b in model.bindings if b.param == name), None)
    try:
        return binding is not None and binding.kind.parse(None) is None
    except (UsageError, ValueError, TypeError):
        return False
