"""Stand-alone programs that fit one model: layout of their text, and the parts that those in Python share.

`comment` and `call` suit Python and R; the rest is Python, with the dependencies inline (PEP 723).
"""

from __future__ import annotations

import json
import math
import textwrap
from collections.abc import Mapping, Sequence

from crossframe.core.environment import package_version
from crossframe.core.types import Value
from crossframe.data.types import FormulaRecord
from crossframe.frameworks.model import Program

WIDTH = 92
"""Characters to which a line of a program is filled."""


def comment(text: str) -> str:
    """``text`` as lines of comment of at most `WIDTH` characters; its line breaks become spaces."""
    return textwrap.fill(
        " ".join(text.split()), WIDTH, initial_indent="# ", subsequent_indent="# ", break_long_words=False
    )


def call(head: str, arguments: Sequence[str], assign: str = "", indent: str = "    ") -> str:
    """``assign head(arguments)``, on one line where it fits, else with an argument a line.

    A last comma stands after an assignment of Python's alone: R takes it for an empty argument.
    """
    line = f"{assign}{head}({', '.join(arguments)})"
    if len(line) <= WIDTH:
        return line
    comma = "," if assign.endswith("= ") else ""
    inside = ",\n".join(indent + argument for argument in arguments)
    return f"{assign}{head}(\n{inside}{comma}\n)"


def filled(head: str, items: Sequence[str], tail: str, indent: str = "    ", last: str = "") -> str:
    """``head``, the items with commas between them, ``tail``: on one line, or as many on a line as fit.

    ``last`` stands after the last item where there are several lines.
    """
    line = head + ", ".join(items) + tail
    if len(line) <= WIDTH:
        return line
    lines = [indent]
    for i, item in enumerate(items):
        piece = item + ("," if i < len(items) - 1 else last)
        if lines[-1] != indent and len(lines[-1]) + len(piece) >= WIDTH:
            lines.append(indent)
        lines[-1] += piece if lines[-1] == indent else f" {piece}"
    return "\n".join([head, *lines, tail])


def python(wanted: Program, packages: Sequence[str], body: Sequence[str]) -> str:
    """A program in Python of the lines ``body``, which needs ``packages`` in their present versions."""
    if wanted.formula:
        packages, after = [*packages, "formulaic"], [*body].index("import pandas as pd") + 1
        body = [*body[:after], "from formulaic import Formula", *body[after:]]
    # `Program.versions` leaves out what cannot change a number of a framework: pandas.
    versions = {name: wanted.versions.get(name) or package_version(name) for name in packages}
    pinned = [f"{name}=={version}" if version else name for name, version in versions.items()]
    return "\n".join(
        [
            "# /// script",
            f'# requires-python = ">={wanted.versions.get("python", "3.11")}"',
            "# dependencies = [",
            *(f"#     {quoted(package)}," for package in pinned),
            "# ]",
            "# ///",
            "",
            comment(wanted.purpose),
            "#",
            "# Run it in this folder: `uv run` installs what is listed above.",
            "",
            *body,
            "",
        ]
    )


def quoted(value: str) -> str:
    """A string literal of Python, in double quotes where it has no unprintable character."""
    return json.dumps(value, ensure_ascii=False) if value.isprintable() else repr(value)


def literal(value: Value) -> str:
    """A setting's value as Python source; infinite and NaN floats as ``float("inf")``."""
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, float) and not math.isfinite(value):
        return f'float("{value}")'
    return repr(value)


def keywords(arguments: Mapping[str, Value]) -> list[str]:
    """Keyword arguments as Python source, ``name=value`` each."""
    return [f"{name}={literal(value)}" for name, value in arguments.items()]


def read_rows(wanted: Program) -> list[str]:
    """Lines of Python that read the table with pandas: ``X`` (n, k) and ``y`` (n,), as NumPy arrays.

    Text is coded as crossframe codes it, and the columns of ``X`` have the same order.
    """
    target = quoted(wanted.target)
    coded, selected = wanted.text_features, wanted.selected
    types = [f"{{{target}: str}}"] * wanted.text_target + ["dict.fromkeys(levels, str)"] * bool(coded)
    arguments = [quoted(wanted.table), *(['sep="\\t"'] if wanted.tabs else [])]
    lines = []
    if coded:
        lines += [
            "# The levels of text, in order."
            if wanted.formula
            else "# Text becomes columns of 0 and 1, one for each level but the first, the reference level.",
            "levels = {",
            *(filled(f"    {quoted(c.name)}: [", [*map(quoted, c.levels)], "],", " " * 8, ",").replace(
                "\n],", "\n    ],") for c in coded),
            "}",
        ]  # fmt: skip
    lines.append(
        call("pd.read_csv", arguments + ([f"dtype={' | '.join(types)}"] if types else []), "data = ")
    )
    if selected and not wanted.formula:
        lines.append(filled("features = [", [*map(quoted, selected)], "]", last=","))
    elif coded and not wanted.formula:
        lines.append(f"features = data.columns.drop({target})")
    if incomplete := [*map(quoted, wanted.incomplete)]:
        lines.append(filled("data = data.dropna(subset=[", incomplete, "])", last=","))
    if wanted.formula:
        lines += _by_formula(wanted.formula)
    elif coded:
        lines += [
            "columns = []",
            "for name in features:",
            "    if name in levels:",
            "        columns += [data[name] == level for level in levels[name][1:]]",
            "    else:",
            "        columns.append(data[name])",
            "X = np.column_stack(columns).astype(float)",
        ]
    else:
        rows = "data[features]" if selected else f"data.drop(columns={target})"
        lines.append(f"X = {rows}.to_numpy(float)")
    y = f"(data[{target}] == {literal(wanted.positive)}).astype(int)"
    if wanted.positive is True:
        y = f"data[{target}].astype(int)"
    return [*lines, f"y = data[{target}].to_numpy(float)" if wanted.numbers else f"y = {y}"]


def _by_formula(formula: FormulaRecord) -> list[str]:
    """Lines of Python that make ``X`` of the columns in ``data`` by formulaic."""
    from crossframe.data.formula import functions

    lines = []
    if any(name not in formula.truth for name in formula.levels):
        lines += ["for name in levels:", "    data[name] = pd.Categorical(data[name], levels[name])"]
    for name in formula.truth:
        if name in formula.levels:
            lines.append(f"data[{quoted(name)}] = pd.Categorical(data[{quoted(name)}], [False, True])")
    if numbers := [quoted(name) for name in formula.sources if name not in formula.levels]:
        lines.append(filled("data = data.astype(dict.fromkeys([", numbers, "], float))", last=","))
    known = [f"{quoted(name)}: np.{function}" for name, function in functions(formula).items()]
    context = [f"context={{{', '.join(known)}}}"] if known else []
    lines.append(f"formula = {quoted(formula.right)}")
    lines.append(call("Formula(formula).get_model_matrix", ["data", *context], "X = "))
    if formula.intercept:
        lines.append('X = X.drop(columns="Intercept")  # the model has one of its own')
    return [*lines, "X = X.to_numpy(float)"]


def save_scores(wanted: Program, scores: str) -> str:
    """The line of Python that writes the expression ``scores``, one number a line, without rounding."""
    return f'np.savetxt({quoted(wanted.scores)}, {scores}, fmt="%.17g")'
