"""Changes of a call in R: arguments, those of its control and its family, and the seed before it."""

from __future__ import annotations

import re
from collections.abc import Mapping

from crossframe.core.errors import UsageError
from crossframe.core.types import Value
from crossframe.explain.scripts.calls import (
    Argument,
    Call,
    added,
    assigned,
    call_at,
    call_in,
    calls,
    own_lines,
    removed,
    replaced,
    tokens,
)
from crossframe.frameworks.r.models.cv_glmnet import ASSIGNED
from crossframe.frameworks.r.program import literal

_FORMULA = {"nnet": "formula data weights ...", "randomForest": "formula data ..."}
_FORMALS = {
    "lm": "formula data subset weights na.action method model x y qr singular.ok contrasts offset ...",
    "glm": "formula family data weights subset na.action start etastart mustart offset control model method "
    "x y singular.ok contrasts ...",
    "glmnet": "x y family weights offset alpha nlambda lambda.min.ratio lambda standardize intercept thresh "
    "dfmax pmax exclude penalty.factor lower.limits upper.limits maxit ...",
    "cv.glmnet": "x y weights offset lambda type.measure nfolds foldid alignment grouped keep parallel gamma "
    "relax trace.it ...",
    "coef": "object s ...",
    "predict": "object newx s ...",
    "nnet": "x y weights size Wts mask linout entropy softmax censored skip rang decay maxit Hess trace "
    "MaxNWts abstol reltol ...",
    "randomForest": "x y xtest ytest ntree mtry weights replace classwt cutoff strata sampsize nodesize "
    "maxnodes ...",
    "glm.control": "epsilon maxit trace",
    "binomial": "link",
    "gaussian": "link",
    "poisson": "link",
    "Gamma": "link",
    "inverse.gaussian": "link",
    "set.seed": "seed kind",
}
"""Function -> its parameters, in the order in which R fills them by position."""
_GLM_CONTROL = ("epsilon", "maxit")
_GLMNET_CONTROL = ("fdev", "devmax", "eps", "mnlam", "pmin")
_OF_CROSSFRAME = ("grid", "lambda.max", "scaling")
"""What a script does before cv.glmnet, and no argument of it says."""
_FAMILY = ("family", "link")
_FAMILIES = (
    "binomial",
    "gaussian",
    "poisson",
    "quasibinomial",
    "quasipoisson",
    "quasi",
    "Gamma",
    "inverse.gaussian",
)
_SEED = ("seed", "kind")
_PIPES = ("|>", "%>%")
_CONSTANTS = {"T": "TRUE", "F": "FALSE"}

Written = Mapping[str, str | None]
"""Name of an argument -> its new value as source; None: to be removed."""


def written(call: str, arguments: Mapping[str, Value]) -> dict[str, str | None]:
    """The new values as R source.

    Raises `UsageError` for starting values, which are vectors, and for a penalty that is read off a path.
    """
    made: dict[str, str | None] = {}
    for name, value in arguments.items():
        if call == "glmnet" and name in ("s", "exact") and value is not None:
            if name == "s" and value == arguments.get("lambda"):
                # predict() of a fit at one penalty is at that penalty.
                continue
            raise UsageError(
                f"{name} is an argument of predict() and coef(), not of glmnet",
                f"give them {name} = {literal(value)} by hand",
            )
        if name in ("start", "etastart", "mustart") and isinstance(value, str):
            each = {"zeros": "zeros", "half": "0.5 for every row"}.get(value, value)
            raise UsageError(f"{name} is a vector in R", f"pass {name} to {call} by hand: {each}")
        if value is None or (name == "classwt" and value == "none"):
            made[name] = None
        else:
            made[name] = str(value) if name == "na.action" else literal(value)
    return made


def listed(values: Written) -> str:
    """The values as they would be typed: ``alpha = 0, thresh = 1e-12``."""
    return ", ".join(f"{n} = {value}" if value is not None else f"no {n}" for n, value in values.items())


def edited(text: str, name: str, at: int, values: Written) -> str:
    """The script with these arguments for its call number ``at`` of ``name``."""
    rest = dict(values)
    if name == "cv.glmnet":
        text, rest = _cross_validated(text, at, rest)
    if name == "glm" and rest.keys() & {*_FAMILY}:
        text = _family(text, name, at, {k: rest.pop(k) for k in _FAMILY if k in rest})
    for argument, value in rest.items():
        if name == "glm" and argument in _GLM_CONTROL:
            text = _control(text, name, at, argument, value)
        elif name in ("glmnet", "cv.glmnet") and argument in _GLMNET_CONTROL:
            text = _before(text, name, at, "glmnet.control", argument, value)
        elif argument in _SEED:
            text = _before(text, name, at, "set.seed", argument, value)
        else:
            text = _with(text, calls(text, "r", name)[at], name, argument, value)
    return text


def _cross_validated(text: str, at: int, values: Written) -> tuple[str, dict[str, str | None]]:
    """The script with other folds and another rule that picks the penalty, and the values that are left."""
    rest = dict(values)
    if own := [each for each in _OF_CROSSFRAME if each in rest]:
        raise UsageError(
            f"no argument of cv.glmnet sets {', '.join(own)}",
            "hand over lambda, or scaled features, by hand",
        )
    if (rule := rest.pop("foldid", None)) is not None:
        call, count = calls(text, "r", "cv.glmnet")[at], rest.pop("nfolds", None) or "10"
        plain, target = rule.strip('"'), _matched(call, "cv.glmnet").get("y")
        if plain not in ASSIGNED or target is None:
            raise UsageError(
                "cv.glmnet takes the folds as a vector", f"pass it folds that are {plain} by hand"
            )
        folds = ASSIGNED[plain].format(k=count, y=target.value(text))
        text = _with(text, call, "cv.glmnet", "foldid", folds)
    if (chosen := rest.pop("s", None)) is not None:
        text = _chosen_by(text, at, chosen)
    return text, rest


def _chosen_by(text: str, at: int, rule: str) -> str:
    """The script with this ``s`` in every coef() and predict() of what its cv.glmnet is assigned to."""
    every = tokens(text, "r")
    first = next(i for i, t in enumerate(every) if t.start == calls(text, "r", "cv.glmnet")[at].start)
    variable = every[first - 2].text if first > 1 and every[first - 1].text in ("<-", "=") else ""
    count = 0
    for function in ("coef", "predict"):
        for k, each in enumerate(calls(text, "r", function)):
            given = _matched(each, function).get("object")
            if variable and given is not None and given.value(text) == variable:
                text = _with(text, calls(text, "r", function)[k], function, "s", rule)
                count += 1
    if not count:
        raise UsageError(
            "s is an argument of predict() and coef(), not of cv.glmnet", f"give them s = {rule}"
        )
    return text


def same(one: str, other: str) -> bool:
    """Whether two expressions have the same plain value."""
    return _plain(one) == _plain(other)


def _with(text: str, call: Call, function: str, name: str, value: str | None) -> str:
    own = _matched(call, function).get(name)
    if value is None and own is not None and not own.name and own is not call.arguments[-1]:
        raise UsageError(
            f"{function} gets {name} by its position, before other arguments", f"remove {name} by hand"
        )
    if own is None and any(a.tokens[0].text == "..." for a in call.arguments):
        raise UsageError(f"{function} gets arguments by ...", f"pass {listed({name: value})} to it by hand")
    if value is None:
        return text if own is None else removed(text, call, own)
    if own is None:
        return added(text, call, _name(name), value, " = ")
    return text if same(own.value(text), value) else replaced(text, own, value)


def _matched(call: Call, function: str) -> dict[str, Argument]:
    """Parameter -> its argument, as R matches them: by the name, by its beginning, by position."""
    formals = _FORMALS.get(function, "").split()
    first = next((a for a in call.arguments if not a.name), None)
    by_formula = call.named("formula") or (
        first if first and any(t.text == "~" for t in first.tokens) else None
    )
    if by_formula and function in _FORMULA:
        formals = _FORMULA[function].split()
    made: dict[str, Argument] = {}
    for argument in call.arguments:
        if argument.name:
            begins = [f for f in formals if f.startswith(argument.name) and f != "..."]
            made[begins[0] if argument.name not in formals and len(begins) == 1 else argument.name] = argument
    places = [f for f in formals[: formals.index("...")] if f not in made] if "..." in formals else formals
    marks = {t.text for a in call.arguments for t in a.tokens}
    if call.before in _PIPES and "_" not in marks and not (call.before == "%>%" and _dotted(call)):
        places = places[1:]
    positional = [a for a in call.arguments if not a.name]
    return made | dict(zip(places, positional, strict=False))


def _dotted(call: Call) -> bool:
    return any(len(a.tokens) == 1 and a.tokens[0].text == "." for a in call.arguments)


def _control(text: str, name: str, at: int, argument: str, value: str | None) -> str:
    """An argument of glm.control: where the script passes it, else in a ``control`` of its own."""
    call = calls(text, "r", name)[at]
    if call.named(argument):
        return _with(text, call, name, argument, value)
    control = _matched(call, name).get("control")
    if control is None:
        if value is None:
            return text
        given = next((n for n in _GLM_CONTROL if call.named(n)), None)
        if given:
            return added(text, call, argument, value, " = ")
        return added(text, call, "control", f"glm.control({argument} = {value})", " = ")
    inner = call_in(control, "r") or _assigned_call(text, control)
    if inner is None or inner.path.rpartition(":")[2] not in ("glm.control", "list"):
        raise UsageError(
            f"{name} gets its control as {control.value(text)}",
            f"put {listed({argument: value})} into it by hand",
        )
    text = _with(text, inner, "glm.control", argument, value)
    call = calls(text, "r", name)[at]
    control = _matched(call, name)["control"]
    emptied = (left := call_in(control, "r")) is not None and not left.arguments
    return removed(text, call, control) if emptied else text


def _assigned_call(text: str, argument: Argument) -> Call | None:
    """The call whose value the variable has that is passed, where one assignment and nothing else uses it."""
    every = tokens(text, "r")
    variable = argument.tokens[0].text
    uses = sum(token.text == variable and token.kind == "name" for token in every)
    places = assigned(every, variable) if len(argument.tokens) == 1 else []
    if len(places) != 1 or uses != 2:
        return None
    opening = next((i for i in range(places[0], len(every)) if every[i].text == "("), 0)
    return call_at(every, opening - 1, "r") if opening else None


def _family(text: str, name: str, at: int, values: Written) -> str:
    """The family and its link: the link in the family's own call, as ``binomial(link = "probit")``."""
    call = calls(text, "r", name)[at]
    own = _matched(call, name).get("family")
    if values.get("family", "") is None:
        return text if own is None else removed(text, call, own)
    now = own.value(text) if own else "gaussian"
    inner = call_in(own, "r") if own else None
    plain = (inner.path if inner else now).strip("\"'").rpartition("::")[2]
    if plain not in _FAMILIES and "family" not in values:
        raise UsageError(f"{name} gets its family as {now}", f"pass {listed(values)} to {name} by hand")
    family = (values.get("family") or plain).strip('"')
    link = values.get("link")
    if family == plain and "link" not in values:
        return text
    if family == plain and inner is not None:
        return _with(text, inner, family, "link", link)
    quote = now[0] if now[0] in "'\"" else ""
    spelled = f"{family}(link = {link})" if link else f"{quote}{family}{quote}"
    return added(text, call, "family", spelled, " = ") if own is None else replaced(text, own, spelled)


def _before(text: str, name: str, at: int, function: str, argument: str, value: str | None) -> str:
    """An argument of a function that is called before: in the last such call, or in one of its own."""
    call = calls(text, "r", name)[at]
    earlier = [each for each in calls(text, "r", function) if each.close < call.start]
    if earlier:
        return _with(text, earlier[-1], function, argument, value)
    if value is None:
        return text
    qualifier = call.path.rpartition("::")[0] if function == "glmnet.control" else ""
    head = f"{qualifier}::" if qualifier else ""
    # set.seed() takes a generator only beside a seed.
    passed = value if argument == "seed" else f"{argument} = {value}"
    return own_lines(
        text, _statement(text, call), f"{head}{'RNGkind' if argument == 'kind' else function}({passed})"
    )


def _statement(text: str, call: Call) -> int:
    """Where the statement begins that makes the call, in the innermost braces around it."""
    every = tokens(text, "r")
    open_brackets: list[int] = []
    starts, header = [0], -1
    for i, token in enumerate(every):
        before = every[i - 1]
        by_line = not open_brackets or every[open_brackets[-1]].text == "{"
        ended = token.line > before.line and header != i - 1 and before.text not in ("else", "repeat")
        ended = ended and (before.kind != "op" or before.text in (")", "]", "}"))
        if i and by_line and (ended or before.text in ("{", ";")):
            starts[-1] = i
        if token.start == call.start:
            break
        if token.text in ("(", "[", "{"):
            open_brackets.append(i)
            starts += [i + 1] if token.text == "{" else []
        elif token.text in (")", "]", "}") and open_brackets:
            opening = open_brackets.pop()
            if token.text == "}":
                starts.pop()
            elif every[opening - 1].text in ("if", "for", "while", "function"):
                # What follows on the next line is its body.
                header = i
    return every[starts[-1]].start


def _name(name: str) -> str:
    return name if re.fullmatch(r"(?:[A-Za-z]|\.(?!\d))[\w.]*", name) else f"`{name}`"


def _plain(source: str) -> object:
    """Strings without their quotes, numbers as numbers, other expressions as their tokens."""
    made: list[object] = []
    for token in tokens(source, "r"):
        if token.kind == "string":
            made.append(("string", token.text[1:-1]))
        elif token.kind == "number":
            number = token.text.rstrip("L")
            made.append(
                float(int(number, 16))
                if number[:2].lower() == "0x"
                else number
                if number.endswith("i")
                else float(number)
            )
        else:
            made.append(_CONSTANTS.get(token.text, token.text))
    return made
