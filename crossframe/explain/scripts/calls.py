"""Calls in the text of a script in Python or R, and changes of single arguments that leave the rest as it is.

Positions are offsets into the text, which keeps its line ends, comments and indentation.
"""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Sequence
from dataclasses import dataclass

_OPEN, _CLOSE = "([{", ")]}"
_LAYOUT = {
    tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER,
}  # fmt: skip

_R_TOKEN = re.compile(
    r"""
    (?P<skip>\s+|\#[^\n]*)
    |(?P<string>[rR](?P<quote>["'])(?P<dashes>-*)(?:
          \( .*? \)(?P=dashes)(?P=quote) | \[ .*? \](?P=dashes)(?P=quote) | \{ .*? \}(?P=dashes)(?P=quote))
        |"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
    |(?P<number>0[xX][0-9a-fA-F]+L?|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[Li]?)
    |(?P<name>`(?:[^`\\]|\\.)*`|(?:[^\W\d_]|\.(?!\d))[\w.]*)
    |(?P<op>%[^%\n]*%|\|>|:::|::|<<-|<-|->>|->|[=!<>]=|&&|\|\||.)
    """,
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True)
class Token:
    """A name, string, number or operator; ``line`` counts from 1."""

    kind: str
    text: str
    start: int
    end: int
    line: int


@dataclass(frozen=True)
class Argument:
    """An argument of a call, or an entry of a dict.

    Attributes
    ----------
    name
        Empty: it is passed by its position.
    start, name_end, value_start, end
        Of the argument, of its name, and of its value.
    tokens
        Of the value.
    """

    name: str
    start: int
    name_end: int
    value_start: int
    end: int
    tokens: tuple[Token, ...]

    def value(self, text: str) -> str:
        """The value as the script writes it."""
        return text[self.value_start : self.end]


@dataclass(frozen=True)
class Call:
    """A call, or a dict.

    Attributes
    ----------
    path
        What is called, as it is written: ``linear_model.Ridge``, ``stats::glm``.
    start, open, close
        Of ``path``, of the opening and of the closing bracket.
    line, last_line
        Of the opening and of the closing bracket.
    arguments, commas
        The arguments, and where the commas between and after them are.
    before
        The operator or name in front of it; empty: there is none.
    """

    path: str
    start: int
    open: int
    close: int
    line: int
    last_line: int
    arguments: tuple[Argument, ...]
    commas: tuple[int, ...]
    before: str

    def named(self, *names: str) -> Argument | None:
        """The argument with one of these names."""
        return next((a for a in self.arguments if a.name in names), None)


def tokens(text: str, language: str) -> list[Token]:
    """The tokens of a script in ``python`` or ``r``, without comments and layout."""
    return _python(text) if language == "python" else _r(text)


def calls(text: str, language: str, name: str) -> list[Call]:
    """All calls of the function or class whose last name is ``name``, in the order of the text.

    In Python also under the name that an import gives it: ``import LogisticRegression as LR``.
    """
    every = tokens(text, language)
    imported = zip(every, every[1:], every[2:], strict=False)
    wanted = (name, f"`{name}`", *(c.text for a, b, c in imported if (a.text, b.text) == (name, "as")))
    return [
        call_at(every, i, language)
        for i, token in enumerate(every[:-1])
        if token.kind == "name" and token.text in wanted and every[i + 1].text == "("
        if i == 0 or every[i - 1].text not in ("def", "class")
    ]


def call_at(every: Sequence[Token], i: int, language: str) -> Call:
    """The call whose name is token ``i``; or what stands in the brackets that open at token ``i + 1``."""
    first = i
    while first >= 2 and every[first - 1].text in (".", "::", ":::") and every[first - 2].kind == "name":
        first -= 2
    pieces: list[list[Token]] = [[]]
    commas = []
    depth, lambdas, last = 0, 0, i + 1
    for last in range(i + 1, len(every)):
        token = every[last]
        if token.kind == "op" and token.text in _OPEN:
            depth += 1
            if depth == 1:
                continue
        if token.kind == "op" and token.text in _CLOSE:
            depth -= 1
            if depth == 0:
                break
        if depth == 1 and language == "python":
            # The commas between a lambda's parameters separate no arguments.
            lambdas += (token.text == "lambda") - (token.text == ":" and lambdas > 0)
        if depth == 1 and token.text == "," and not lambdas:
            commas.append(token.start)
            pieces.append([])
        else:
            pieces[-1].append(token)
    opening, closing = every[i + 1], every[last]
    return Call(
        path="".join(t.text for t in every[first : i + 1]),
        start=every[first].start,
        open=opening.start,
        close=closing.start,
        line=opening.line,
        last_line=closing.line,
        arguments=tuple(_argument(piece) for piece in pieces if piece),
        commas=tuple(commas),
        before=every[first - 1].text if first else "",
    )


def call_in(argument: Argument, language: str) -> Call | None:
    """The call that is the whole value of the argument, as ``glm.control(epsilon = 1e-8)``; else None."""
    own = argument.tokens
    opening = next((i for i, token in enumerate(own) if token.text == "("), 0)
    if not opening or own[opening - 1].kind != "name":
        return None
    call = call_at(own, opening - 1, language)
    return call if call.start == own[0].start and call.close == own[-1].start else None


def assigned(every: Sequence[Token], name: str) -> list[int]:
    """The tokens that follow ``name =`` or ``name <-``, outside of the arguments of calls."""
    depth, made = 0, []
    for i, token in enumerate(every[:-2]):
        if token.kind == "op":
            depth += (token.text in ("(", "[")) - (token.text in (")", "]"))
        plain = not i or every[i - 1].text != "."
        if not depth and plain and token.text == name and every[i + 1].text in ("=", "<-"):
            made.append(i + 2)
    return made


def replaced(text: str, argument: Argument, value: str) -> str:
    """The text with another value of an argument."""
    return text[: argument.value_start] + value + text[argument.end :]


def added(text: str, call: Call, name: str, value: str, equals: str) -> str:
    """The text with a further named argument at the end of a call, spaced as its other ones are."""
    own = next((a for a in call.arguments if a.name), None)
    between = text[own.name_end : own.value_start] if own else equals
    plain = between.strip() == equals.strip() and len(between) <= 3
    written = f"{name}{between if plain else equals}{value}"
    if not call.arguments:
        return text[: call.open + 1] + written + text[call.open + 1 :]
    last = call.arguments[-1]
    line = text.rfind("\n", 0, call.close) + 1
    if len(call.commas) == len(call.arguments) and not text[line : call.close].strip() and line > last.end:
        # One argument a line, each with its comma.
        of_last = text.rfind("\n", 0, last.start) + 1
        return f"{text[:line]}{_indent(text, of_last)}{written},{_line_end(text)}{text[line:]}"
    if text[last.start : last.end].startswith("**"):
        return f"{text[: last.start]}{written}, {text[last.start :]}"
    return f"{text[: last.end]}, {written}{text[last.end :]}"


def removed(text: str, call: Call, argument: Argument) -> str:
    """The text without an argument; a line that held nothing else goes with it."""
    i = call.arguments.index(argument)
    start, end = argument.start, argument.end
    followed = i < len(call.commas)
    # R takes a comma after the last argument for an empty one.
    comma = call.commas[i] if followed else call.commas[i - 1] if i else None
    if comma is not None:
        text = text[:comma] + text[comma + 1 :]
        start, end = (start, end) if followed else (start - 1, end - 1)
    text = text[:start] + text[end:]
    line, line_end = text.rfind("\n", 0, start) + 1, text.find("\n", start)
    before, after = text[line:start], text[start : line_end if line_end >= 0 else len(text)]
    if not before.strip() and not after.strip() and line_end >= 0:
        return text[:line] + text[line_end + 1 :]
    if not followed and i:
        # The space, or the line, that followed the comma that is gone.
        last = call.arguments[i - 1].end
        return text[: start if text[last:start].strip() else last] + text[start:]
    comment = bool(before.strip()) and after.lstrip().startswith("#")
    return text[:start] + text[start + (0 if comment else len(after) - len(after.lstrip(" \t"))) :]


def own_lines(text: str, at: int, *lines: str) -> str:
    """The text with lines before the one that holds ``at``, indented as it is."""
    start = text.rfind("\n", 0, at) + 1
    made = "".join(f"{_indent(text, start)}{each}{_line_end(text)}" for each in lines)
    return text[:start] + made + text[start:]


def _indent(text: str, line: int) -> str:
    match = re.compile(r"[ \t]*").match(text, line)
    return match.group() if match else ""


def _line_end(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


def _argument(own: list[Token]) -> Argument:
    # A colon: an entry of a dict.
    named = len(own) > 2 and own[1].text in ("=", ":") and own[0].kind in ("name", "string")
    value = own[2:] if named else own
    name = own[0].text.strip("`\"'") if named else ""
    return Argument(name, own[0].start, own[0].end, value[0].start, own[-1].end, tuple(value))


def _python(text: str) -> list[Token]:
    mark = int(text.startswith("\ufeff"))
    lines = list(io.StringIO(text[mark:], newline=""))
    starts = [mark]
    for line in lines:
        starts.append(starts[-1] + len(line))
    kinds = {tokenize.NAME: "name", tokenize.NUMBER: "number", tokenize.STRING: "string"}
    return [
        Token(
            kinds.get(token.type, "op"),
            token.string,
            starts[token.start[0] - 1] + token.start[1],
            starts[token.end[0] - 1] + token.end[1],
            token.start[0],
        )
        for token in tokenize.generate_tokens(iter([*lines, ""]).__next__)
        if token.type not in _LAYOUT
    ]


def _r(text: str) -> list[Token]:
    made, line, at = [], 1, 0
    while match := _R_TOKEN.match(text, at):
        if match.group("skip") is None and match.group() != "\ufeff":
            kind = next(k for k in ("string", "number", "name", "op") if match.group(k) is not None)
            made.append(Token(kind, match.group(), match.start(), match.end(), line))
        line += match.group().count("\n")
        at = match.end()
    return made
