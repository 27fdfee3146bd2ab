"""Changes of a Keras script: the arguments of fit() and compile(), of the optimizer and of the layers."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from crossframe.core.errors import UsageError
from crossframe.core.types import Value
from crossframe.explain.scripts.calls import (
    Argument,
    Call,
    assigned,
    call_at,
    call_in,
    calls,
    own_lines,
    tokens,
)
from crossframe.explain.scripts.edit_python import changed, listed, with_argument
from crossframe.frameworks.keras.optimizers import RULES
from crossframe.frameworks.programs import literal, quoted

CALLS = ("fit", "compile", "Sequential", "Functional", "Model")
"""Names of the call under which a fit of Keras is recorded."""
_FIT = (
    "x", "y", "batch_size", "epochs", "verbose", "callbacks", "validation_split", "validation_data",
    "shuffle", "class_weight", "sample_weight", "initial_epoch",
)  # fmt: skip
_COMPILE = (
    "optimizer", "loss", "loss_weights", "metrics", "weighted_metrics", "run_eagerly", "steps_per_execution",
    "jit_compile",
)  # fmt: skip
_OF_FIT = ("batch_size", "epochs", "validation_split", "shuffle", "initial_epoch", "class_weight")
_OF_COMPILE = ("loss_weights", "run_eagerly", "steps_per_execution", "jit_compile")
_DENSE = ("units", "activation", "use_bias", "kernel_initializer", "bias_initializer")
_OF_DENSE = _DENSE[1:]
_OF_OPTIMIZER = (
    "optimizer", "learning_rate", "lr", "momentum", "nesterov", "rho", "epsilon", "centered", "beta_1",
    "beta_2", "amsgrad", "weight_decay", "initial_accumulator_value", "clipnorm", "clipvalue",
    "global_clipnorm",
)  # fmt: skip
_PENALTIES = {
    "kernel_l1": ("kernel_regularizer", "L1"),
    "kernel_l2": ("kernel_regularizer", "L2"),
    "bias_l2": ("bias_regularizer", "L2"),
}
_INTERNAL = ("loop",)
"""Settings of crossframe's own training loop, which Keras does not have."""


def edited(text: str, line: int, arguments: Mapping[str, Value]) -> str:
    """The script with these settings of the network that is trained on ``line``.

    Raises `UsageError` for what is not certain, or is no single argument of Keras.
    """
    wanted = {name: value for name, value in arguments.items() if name not in _INTERNAL}
    written = {n: None if v is None or v == "none" else literal(v) for n, v in wanted.items()}
    by_hand = f"change the network by hand: {listed(written)}"
    places = (*_OF_FIT, *_OF_COMPILE, *_OF_DENSE, *_OF_OPTIMIZER, *_PENALTIES, "dropout")
    if other := [name for name in written if name not in places or wanted[name] == "balanced"]:
        raise UsageError(f"no single argument of Keras sets {', '.join(other)}", by_hand)
    fit, compiled = _calls(text, line, by_hand)
    for name, value in written.items():
        if name in _OF_FIT:
            text = changed(text, calls(text, "python", "fit")[fit], name, value, _FIT)
        elif name in _OF_COMPILE:
            text = changed(text, calls(text, "python", "compile")[compiled], name, value, _COMPILE)
        elif name not in _OF_OPTIMIZER:
            text = _layers(text, name, value, by_hand)
    options = {"learning_rate" if n == "lr" else n: v for n, v in written.items() if n in _OF_OPTIMIZER}
    return _optimizer(text, compiled, options, by_hand) if options else text


def _calls(text: str, line: int, by_hand: str) -> tuple[int, int]:
    """The positions of the calls of fit() and of compile() of one model."""
    fits, compiles = calls(text, "python", "fit"), calls(text, "python", "compile")
    here = [i for i, call in enumerate(fits) if call.line <= line <= call.last_line] or [*range(len(fits))]
    if len(here) != 1:
        raise UsageError("it is not known which call of fit() trains the network", by_hand)
    fit = fits[here[0]]
    receiver = fit.path.rpartition(".")[0]
    of_model = [i for i, call in enumerate(compiles) if call.path.rpartition(".")[0] == receiver]
    before = [i for i in of_model if compiles[i].start < fit.start]
    near = before[-1:] or of_model
    near = [0] if not near and len(compiles) == 1 else near
    if len(near) != 1:
        raise UsageError("it is not known which call of compile() is that of the network", by_hand)
    return here[0], near[0]


def _layers(text: str, name: str, value: str | None, by_hand: str) -> str:
    """An argument of every dense layer, of every hidden one, or of every dropout layer."""
    if len(calls(text, "python", "compile")) != 1:
        raise UsageError("the script has several networks", by_hand)
    layer = "Dropout" if name == "dropout" else "Dense"
    places = range(len(calls(text, "python", layer)) - (name == "activation"))
    if not places or (name == "dropout" and value is None):
        raise UsageError(f"the script has no hidden layer {layer} of its own", by_hand)
    for at in places:
        if name in _PENALTIES:
            argument, rule = _PENALTIES[name]
            zero = value is None or float(value) == 0
            text, made = _object(text, "regularizers", rule, "" if zero else str(value))
            text = changed(text, calls(text, "python", layer)[at], argument, None if zero else made, _DENSE)
        else:
            argument, parameters = ("rate", ("rate",)) if name == "dropout" else (name, _DENSE)
            text = changed(text, calls(text, "python", layer)[at], argument, value, parameters)
    return text


def _optimizer(text: str, at: int, options: dict[str, str | None], by_hand: str) -> str:
    """The rule, and its options in its constructor, which replaces the rule's name."""
    compiled = calls(text, "python", "compile")[at]
    own = _passed(compiled)
    made = _constructor(text, own)
    if made is None and own is not None and [t.kind for t in own.tokens] != ["string"]:
        raise UsageError("the optimizer is made in a place that is not certain", by_hand)
    # Without an argument it is RMSprop.
    now = made.path.rpartition(".")[2] if made else own.value(text)[1:-1] if own else "rmsprop"
    rule = (options.pop("optimizer", None) or quoted(now.lower()))[1:-1]
    passed = ", ".join(f"{name}={value}" for name, value in options.items() if value is not None)
    if rule == now.lower() and made is not None:
        for name, value in options.items():
            made = _constructor(text, _passed(calls(text, "python", "compile")[at]))
            assert made is not None
            text = changed(text, made, name, value, ("learning_rate",))
        return text
    if made is None and not passed:
        return with_argument(text, compiled, own, "optimizer", quoted(rule))
    before = len(text)
    text, source = _object(text, "optimizers", RULES[rule], passed)
    if made is not None:
        moved = len(text) - before
        return text[: made.start + moved] + source + text[made.close + 1 + moved :]
    compiled = calls(text, "python", "compile")[at]
    return with_argument(text, compiled, _passed(compiled), "optimizer", source)


def _passed(compiled: Call) -> Argument | None:
    return compiled.named("optimizer") or next((a for a in compiled.arguments[:1] if not a.name), None)


def _constructor(text: str, own: Argument | None) -> Call | None:
    """The call that makes the optimizer: in compile() itself, or assigned to a variable for it."""
    if own is None:
        return None
    if (inner := call_in(own, "python")) is not None:
        return inner
    every = tokens(text, "python")
    name = own.tokens[0].text
    places = assigned(every, name) if len(own.tokens) == 1 else []
    if len(places) != 1 or sum(t.kind == "name" and t.text == name for t in every) != 2:
        return None
    end = next((i for i in range(places[0], len(every)) if every[i].text == "("), 0)
    joined = all(every[i].kind == "name" or every[i].text == "." for i in range(places[0], end))
    return call_at(every, end - 1, "python") if joined and end > places[0] else None


def _object(text: str, module: str, name: str, passed: str) -> tuple[str, str]:
    """``keras.optimizers.SGD(...)`` by a name that the script has imported, or imports from now on."""
    made = f"{name}({passed})"
    last, package = 0, "keras"
    for node in ast.parse(text.removeprefix("\ufeff")).body:
        if isinstance(node, ast.Import):
            for each in node.names:
                known = each.asname or each.name
                if each.name in ("keras", "tensorflow.keras") and (each.asname or "." not in each.name):
                    return text, f"{known}.{module}.{made}"
                if each.name in ("tensorflow", "tensorflow.keras"):
                    tensorflow = (each.asname or "tensorflow") + ".keras"
                    return text, f"{tensorflow}.{module}.{made}"
        if isinstance(node, ast.ImportFrom) and node.module:
            root, _, rest = node.module.removeprefix("tensorflow.").partition(".")
            names = {each.name: each.asname or each.name for each in node.names}
            if node.module == "tensorflow" and "keras" in names:
                return text, f"{names['keras']}.{module}.{made}"
            if root == "keras" and not rest and module in names:
                return text, f"{names[module]}.{made}"
            if root == "keras" and rest == module and name in names:
                return text, f"{names[name]}({passed})"
            if root == "keras":
                last = node.end_lineno or node.lineno
                package = "tensorflow.keras" if node.module.startswith("tensorflow.") else "keras"
    if not passed:
        return text, made
    at = sum(len(each) for each in text.splitlines(keepends=True)[:last])
    return own_lines(text, at, f"from {package}.{module} import {name}"), made
