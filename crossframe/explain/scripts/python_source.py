"""Where in a Python script a fit stands: its line, its name, and the arguments that are written there."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from crossframe.frameworks.fitted import FittedModel


@dataclass(frozen=True)
class Place:
    """The call that fits: its line, 0 where the script makes none itself, and its node where it is known."""

    line: int = 0
    call: ast.Call | None = None
    names: Mapping[str, Any] | None = None


class Source:
    """The text of a script.

    Parameters
    ----------
    script
        Its path, as its frames have it.
    """

    def __init__(self, script: Path) -> None:
        self.script = str(script)
        try:
            self.tree = ast.parse(script.read_bytes())
        except (SyntaxError, ValueError):
            self.tree = ast.Module([], [])
        self.calls = [node for node in ast.walk(self.tree) if isinstance(node, ast.Call)]
        self.assigned = _assignments(self.tree)
        self.parents = {child: node for node in ast.walk(self.tree) for child in ast.iter_child_nodes(node)}

    def place(self, frame: FrameType | None) -> Place:
        """The innermost call of the script among the frames that lead to ``frame``."""
        while frame is not None and frame.f_code.co_filename != self.script:
            frame = frame.f_back
        if frame is None:
            return Place()
        names = {**frame.f_globals, **frame.f_locals}
        positions = list(frame.f_code.co_positions())[frame.f_lasti // 2]
        for call in self.calls:
            here = (call.lineno, call.end_lineno, call.col_offset, call.end_col_offset)
            if here == positions:
                return Place(frame.f_lineno, call, names)
        return Place(frame.f_lineno, None, names)

    def described(self, fit: FittedModel, place: Place) -> FittedModel:
        """The fit with what the script says of it: lines, variable, arguments given, seed."""
        variable = _variable(place, self.parents)
        construct = self._construction(fit, place)
        written = _passed(construct, fit.arguments) if construct is not None else set()
        above = construct is not None and construct.lineno != place.line
        return replace(
            fit,
            line=place.line,
            variable=variable,
            construct_line=construct.lineno if construct is not None and above else 0,
            given={
                k: fit.given.get(k, v) for k, v in fit.arguments.items() if k in written or k in fit.given
            },
            seeded=True if fit.seeded is False and self._seeds(fit.framework) else fit.seeded,
        )

    def _construction(self, fit: FittedModel, place: Place) -> ast.Call | None:
        """The call that makes the model: one that the call of ``fit`` leads to, else the only one alike."""
        if place.call is None:
            return None
        near = self._reached(place.call.func, place.line, set())
        for candidates in (near, self._reached(place.call, place.line, set()), self.calls):
            named = [c for c in candidates if _last_name(c.func) == fit.call]
            # A search has put other arguments in the place of those that the script writes.
            alike = (
                named if fit.search else [c for c in named if _agrees(c, fit.arguments, place.names or {})]
            )
            if len({ast.dump(c) for c in alike}) == 1:
                return max(alike, key=lambda c: (c.lineno <= place.line, c.lineno))
        return None

    def _reached(self, node: ast.AST, line: int, seen: set[str]) -> list[ast.Call]:
        """The calls within ``node``, and within what was assigned last, before ``line``, to its names."""
        calls = [each for each in ast.walk(node) if isinstance(each, ast.Call)]
        for name in {each.id for each in ast.walk(node) if isinstance(each, ast.Name)} - seen:
            seen.add(name)
            before = [s for s in self.assigned.get(name, ()) if s.lineno <= line]
            if before and (before[-1].lineno < line or isinstance(before[-1], ast.For)):
                calls += self._reached(_assigns(before[-1]), before[-1].lineno, seen)
        return calls

    def _seeds(self, framework: str) -> bool:
        """Whether it fixes the random numbers that the framework takes of its own accord."""
        # Keras takes its seeds from Python's generator, the rest from NumPy's.
        ends = ("set_random_seed",) if framework == "keras" else ("set_random_seed", ".random.seed")
        return any(ast.unparse(c.func).endswith(ends) for c in self.calls)


def _last_name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _variable(place: Place, parents: Mapping[ast.AST, ast.AST]) -> str:
    """The name of the model in the call that fits, or the one that the result gets; empty: neither."""
    call = place.call
    if call is None or not isinstance(call.func, ast.Attribute):
        return ""
    owner = call.func.value
    if isinstance(owner, (ast.Name, ast.Attribute, ast.Subscript)):
        return ast.unparse(owner)
    statement: ast.AST = call
    while statement in parents and not isinstance(statement, ast.stmt):
        statement = parents[statement]
    return ast.unparse(statement.targets[0]) if isinstance(statement, ast.Assign) else ""


def _assigns(statement: ast.stmt) -> ast.AST:
    """What a statement assigns: the value, or of a loop what it goes through."""
    if isinstance(statement, ast.For):
        return statement.iter
    value = getattr(statement, "value", None)
    return value if isinstance(value, ast.AST) else ast.Pass()


def _assignments(tree: ast.AST) -> dict[str, list[ast.stmt]]:
    """Name -> the statements that assign it, in the order of their lines."""
    assignments: dict[str, list[ast.stmt]] = {}
    for node in ast.walk(tree):
        targets = []
        if isinstance(node, ast.Assign):
            targets = node.targets
        elif isinstance(node, (ast.AnnAssign, ast.For)):
            targets = [node.target]
        for target in targets:
            for name in ast.walk(target):
                if isinstance(name, ast.Name) and isinstance(node, ast.stmt):
                    assignments.setdefault(name.id, []).append(node)
    return {name: sorted(made, key=lambda s: s.lineno) for name, made in assignments.items()}


_UNKNOWN = object()


def _value(node: ast.expr, names: Mapping[str, Any]) -> Any:
    """The value of a literal or of a plain name; `_UNKNOWN` for any other expression."""
    if isinstance(node, ast.Name):
        return names.get(node.id, _UNKNOWN)
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError):
        return _UNKNOWN


def _agrees(call: ast.Call, arguments: Mapping[str, Any], names: Mapping[str, Any]) -> bool:
    """Whether a call can have made a model with these arguments in force."""
    positional = zip(arguments, call.args, strict=False)
    for name, node in [*positional, *((_keyword(k), k.value) for k in call.keywords if k.arg)]:
        if isinstance(node, ast.Starred):
            break
        if name not in arguments:
            return False
        value = _value(node, names)
        plain = isinstance(value, (bool, int, float, str, type(None)))
        if plain and value != arguments[name] and value == value:
            return False
    return True


def _passed(call: ast.Call, arguments: Mapping[str, Any]) -> set[str]:
    """The arguments that a call writes by position or by name."""
    plain = itertools.takewhile(lambda a: not isinstance(a, ast.Starred), call.args)
    positional = {name for name, _ in zip(arguments, plain, strict=False)}
    return positional | {name for name in map(_keyword, call.keywords) if name in arguments}


_ALIASES = {"Lambda": "lambda_"}
"""Former names of arguments."""


def _keyword(keyword: ast.keyword) -> str:
    return _ALIASES.get(keyword.arg or "", keyword.arg or "")
