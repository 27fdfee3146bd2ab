"""Programs in R that fit one model of base R or glmnet."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

from crossframe.engines.base import Value
from crossframe.errors import UsageError
from crossframe.explaining.scripts_text import Wanted, call, comment

MODELS = ("r.lm", "r.glm", "r.glmnet")
"""``engine.model`` that have a program in R."""

_CONTROL = {"r.glm": ("epsilon", "maxit"), "r.glmnet": ("fdev", "devmax", "eps", "mnlam", "pmin")}
"""Arguments of glm.control and of glmnet.control."""
_READ_OFF = ("s", "exact")
_ASKED_AGAIN = ("penalty.factor", "lower.limits", "upper.limits")
"""What predict() wants once more beside the sample, to refit at another penalty."""
_FUNCTIONS = ("na.action",)
"""Arguments whose word is the name of a function."""
_STARTS: dict[tuple[str, Value], str] = {
    ("start", "zeros"): "rep(0, ncol(data))",
    ("etastart", "zeros"): "rep(0, nrow(data))",
    ("mustart", "half"): "rep(0.5, nrow(data))",
}
_RESERVED = re.compile("if|else|repeat|while|function|for|next|break|in|TRUE|FALSE|NULL|Inf|NaN|NA(_.*_)?")


def text(wanted: Wanted) -> str:
    """The program. Raises `UsageError` for a value that R has no spelling of."""
    versions = wanted.versions
    package = "glmnet" if wanted.model == "r.glmnet" else ""
    written = [f"R {versions['R']}"] if "R" in versions else []
    if package and (found := versions.get(f"R.{package}") or versions.get(package)):
        written.append(f"{package} {found}")
    made = f"Written for {' and '.join(written)}. " if written else ""
    return "\n".join(
        [
            "#!/usr/bin/env Rscript",
            comment(wanted.purpose),
            "#",
            comment(f"{made}Run it in this folder."),
            "",
            *([f"library({package})", ""] if package else []),
            *_read(wanted),
            *(_glmnet(wanted) if package else _formula(wanted)),
            "",
            f'writeLines(sprintf("%.17g", scores), {quoted(wanted.scores)})',
            "",
        ]
    )


def quoted(value: str) -> str:
    """A string literal of R."""
    plain = {"\\": "\\\\", '"': '\\"'}
    return (
        '"' + "".join(plain.get(c) or (c if c.isprintable() else f"\\U{{{ord(c):x}}}") for c in value) + '"'
    )


def literal(value: Value) -> str:
    """A value as R source."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, tuple):
        return f"c({', '.join(map(literal, value))})"
    if isinstance(value, float) and math.isinf(value):
        return "Inf" if value > 0 else "-Inf"
    return "NaN" if value != value else repr(value).removesuffix(".0")


def _spelled(arguments: Mapping[str, Value]) -> list[str]:
    """``name = value`` of each argument; what is NULL is not said."""
    found = []
    for name, value in arguments.items():
        if value is None:
            continue
        if name in ("start", "etastart", "mustart"):
            if (name, value) not in _STARTS:
                raise UsageError(f"a script has no {name}={value}", "it has zeros, and half for mustart")
            source = _STARTS[name, value]
        else:
            source = str(value) if name in _FUNCTIONS else literal(value)
        found.append(f"{name} = {source}")
    return found


def _some(arguments: Mapping[str, Value], names: tuple[str, ...]) -> dict[str, Value]:
    return {name: arguments[name] for name in names if name in arguments}


def _others(arguments: Mapping[str, Value], names: tuple[str, ...]) -> dict[str, Value]:
    return {name: value for name, value in arguments.items() if name not in names}


def _read(wanted: Wanted) -> list[str]:
    if wanted.numbers:
        return [call("read.csv", [quoted(wanted.table), "check.names = FALSE"], "data <- ", "  ")]
    target = quoted(wanted.target)
    kinds = f'c({target} = "character")'
    read = call(
        "read.csv",
        [quoted(wanted.table), "check.names = FALSE", f"colClasses = {kinds}"],
        "data <- ",
        "  ",
    )
    classes = f"data[[{target}]]"
    return [read, f"{classes} <- as.integer({classes} == {quoted(wanted.positive)})"]


def _response(name: str) -> str:
    """The formula of a target and all other columns."""
    plain = re.fullmatch(r"(?:[A-Za-z]|\.(?!\d))[\w.]*", name, re.ASCII)
    if plain and not _RESERVED.fullmatch(name) and name.strip("."):
        return f"{name} ~ ."
    return f'reformulate(".", response = as.name({quoted(name)}))'


def _formula(wanted: Wanted) -> list[str]:
    function = wanted.model.removeprefix("r.")
    arguments = [_response(wanted.target)]
    given = _others(wanted.arguments, ("link", "family"))
    if function == "glm":
        link = wanted.arguments.get("link")
        family = "gaussian" if wanted.gaussian else "binomial"
        arguments += ["data = data", f"family = {family}({f'link = {literal(link)}' if link else ''})"]
        control = _some(given, _CONTROL[wanted.model])
        if control:
            arguments.append(f"control = glm.control({', '.join(_spelled(control))})")
        given = _others(given, _CONTROL[wanted.model])
    else:
        arguments.append("data = data")
    fit = call(function, [*arguments, *_spelled(given)], "fit <- ", "  ")
    return ["", fit, 'scores <- predict(fit, data, type = "response")']


def _glmnet(wanted: Wanted) -> list[str]:
    target = quoted(wanted.target)
    arguments = wanted.arguments
    control = _some(arguments, _CONTROL["r.glmnet"])
    family = quoted("gaussian" if wanted.gaussian else "binomial")
    of_fit = _others(arguments, (*_CONTROL["r.glmnet"], *_READ_OFF, "family"))
    read_off = _spelled(_some(arguments, _READ_OFF))
    if arguments.get("s") is None and arguments.get("lambda") is None:
        # predict() would give a column for each penalty of the path.
        read_off = [*read_off, "s = min(fit$lambda)"]
    if arguments.get("exact"):
        read_off += ["x = x", "y = y", *_spelled(_some(arguments, _ASKED_AGAIN))]
    return [
        f"x <- as.matrix(data[names(data) != {target}])",
        f"y <- data[[{target}]]",
        "",
        *([call("glmnet.control", _spelled(control), "", "  ")] if control else []),
        call("glmnet", ["x", "y", f"family = {family}", *_spelled(of_fit)], "fit <- ", "  "),
        call("predict", ["fit", "x", *read_off, 'type = "response"'], "scores <- ", "  "),
    ]
