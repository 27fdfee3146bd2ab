"""Parts of the stand-alone programs in R of all its models."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence

from crossframe.core.types import Value
from crossframe.frameworks.model import Program
from crossframe.frameworks.programs import call, comment, filled

_RESERVED = re.compile("if|else|repeat|while|function|for|next|break|in|TRUE|FALSE|NULL|Inf|NaN|NA(_.*_)?")


def text(wanted: Program, fit: Sequence[str], package: str = "") -> str:
    """The program that reads the table as ``data``, runs the lines ``fit`` and saves their ``scores``."""
    versions = wanted.versions
    written = [f"R {versions['R']}"] if "R" in versions else []
    if package and (version := versions.get(f"R.{package}") or versions.get(package)):
        written.append(f"{package} {version}")
    purpose = f"Written for {' and '.join(written)}. " if written else ""
    return "\n".join(
        [
            "#!/usr/bin/env Rscript",
            comment(wanted.purpose),
            "#",
            comment(f"{purpose}Run it in this folder."),
            "",
            *([f"library({package})", ""] if package else []),
            *_read(wanted),
            *fit,
            "",
            f'writeLines(sprintf("%.17g", scores), {quoted(wanted.scores)})',
            "",
        ]
    )


def matrix(wanted: Program) -> list[str]:
    """Lines that make the matrix ``x`` of the features and the vector ``y`` of the target."""
    target = quoted(wanted.target)
    if wanted.formula:
        # pandas, which it needs, takes half a second to import.
        from crossframe.frameworks.r import formula

        made = f"model.matrix(~ {formula.right(wanted.formula)}, data)"
        made += "[, -1, drop = FALSE]" if wanted.formula.intercept else ""
        return [f"x <- {made}", f"y <- data[[{target}]]", ""]
    features = f"data[names(data) != {target}]"
    x = f"model.matrix(~ ., {features})[, -1, drop = FALSE]" if wanted.text_features else None
    return [f"x <- {x or f'as.matrix({features})'}", f"y <- data[[{target}]]", ""]


def response(name: str) -> str:
    """The R formula of the target ``name`` by all other columns."""
    if symbol(name) == name:
        return f"{name} ~ ."
    return f'reformulate(".", response = as.name({quoted(name)}))'


def symbol(name: str) -> str:
    """``name`` as R's source has it: in backticks, unless it is a word of R's own rules."""
    plain = re.fullmatch(r"(?:[A-Za-z]|\.(?!\d))[\w.]*", name, re.ASCII)
    if plain and not _RESERVED.fullmatch(name) and name.strip("."):
        return name
    return "`" + name.replace("\\", "\\\\").replace("`", "\\`") + "`"


def spelled(arguments: Mapping[str, Value]) -> list[str]:
    """``name = value`` of each argument that is not NULL."""
    return [f"{name} = {literal(value)}" for name, value in arguments.items() if value is not None]


def some(arguments: Mapping[str, Value], names: Sequence[str]) -> dict[str, Value]:
    """The arguments with these names, in the order of the names."""
    return {name: arguments[name] for name in names if name in arguments}


def others(arguments: Mapping[str, Value], names: Sequence[str]) -> dict[str, Value]:
    """The arguments whose names are not among ``names``, in their order."""
    return {name: value for name, value in arguments.items() if name not in names}


def quoted(value: str) -> str:
    """``value`` as a string literal of R, with escapes for what cannot be printed."""
    plain = {"\\": "\\\\", '"': '\\"'}
    return (
        '"' + "".join(plain.get(c) or (c if c.isprintable() else f"\\U{{{ord(c):x}}}") for c in value) + '"'
    )


def literal(value: Value) -> str:
    """A setting's value as R source: ``TRUE``, ``"a"``, ``c(1, 2)``, ``Inf``."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, tuple):
        return f"c({', '.join(map(literal, value))})"
    if isinstance(value, float) and math.isinf(value):
        return "Inf" if value > 0 else "-Inf"
    return "NaN" if value != value else repr(value).removesuffix(".0")


def _read(wanted: Program) -> list[str]:
    """Lines that make ``data``: the target, as 0 and 1 where it is two classes, and the features."""
    target, coded = quoted(wanted.target), wanted.text_features
    arguments = [quoted(wanted.table), "check.names = FALSE"]
    if wanted.tabs:
        arguments.append('sep = "\\t"')
    if wanted.missing_words:
        arguments.append(f"na.strings = c({', '.join(map(quoted, wanted.missing_words))})")
    types = [f'{target} = "character"'] * wanted.text_target
    # Without its class a column of True and False would be text, as only TRUE and true are known.
    types += [f'{quoted(name)} = "logical"' for name in wanted.truth_columns]
    types += ['sapply(levels, function(known) "character")'] * bool(coded)
    if types:
        arguments.append(filled("colClasses = c(", types, ")", "    ").replace("\n)", "\n  )"))
    lines = []
    if coded:
        each = [filled(f"  {quoted(c.name)} = c(", [*map(quoted, c.levels)], ")", " " * 4) for c in coded]
        lines = [
            "# The first level of each text is the reference level.",
            "levels <- list(",
            ",\n".join(one.replace("\n)", "\n  )") for one in each),
            ")",
        ]
    lines.append(call("read.csv", arguments, "data <- ", "  "))
    if incomplete := [*map(quoted, wanted.incomplete)]:
        lines.append(filled("data <- data[complete.cases(data[c(", incomplete, ")]), ]", "  "))
    if wanted.selected:
        lines.append(filled("data <- data[c(", [target, *map(quoted, wanted.selected)], ")]", "  "))
    if coded:
        lines.append("for (name in names(levels)) data[[name]] <- factor(data[[name]], levels[[name]])")
    if made := wanted.formula:
        for column in (f"data[[{quoted(name)}]]" for name in made.truth if name in made.levels):
            lines.append(f'{column} <- factor({column}, c(FALSE, TRUE), c("False", "True"))')
    if not wanted.numbers:
        classes = f"data[[{target}]]"
        lines.append(f"{classes} <- as.integer({classes} == {literal(wanted.positive)})")
    return lines
