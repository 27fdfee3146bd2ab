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


def python(wanted: Program, packages: Sequence[str], body: Sequence[str]) -> str:
    """A program in Python of the lines ``body``, which needs ``packages`` in their present versions."""
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
    """Lines of Python that read the table with pandas: ``X`` (n, k) and ``y`` (n,), as NumPy arrays."""
    target = quoted(wanted.target)
    spelled = [] if wanted.numbers else [f"dtype={{{target}: str}}"]
    y = f"(data[{target}] == {quoted(wanted.positive)}).astype(int)"
    if wanted.numbers:
        y = f"data[{target}].to_numpy(float)"
    return [
        call("pd.read_csv", [quoted(wanted.table), *spelled, 'float_precision="round_trip"'], "data = "),
        f"X = data.drop(columns={target}).to_numpy(float)",
        f"y = {y}",
    ]


def save_scores(wanted: Program, scores: str) -> str:
    """The line of Python that writes the expression ``scores``, one number a line, without rounding."""
    return f'np.savetxt({quoted(wanted.scores)}, {scores}, fmt="%.17g")'
