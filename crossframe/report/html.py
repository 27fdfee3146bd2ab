"""A document as one HTML page: nothing is fetched, every value is escaped by the templates."""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from importlib import resources
from string import Template
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from crossframe.report.document import Block, Document, inline
from crossframe.report.style import FONT, Drawing, variables
from crossframe.report.table import Cell, Table, condensed
from crossframe.report.wrapping import WORD, joints

if TYPE_CHECKING:
    from jinja2 import Environment


_WORD = 12
"""Characters of a word that stays on one line also in a cell of a table on a phone."""

_BRIEF = 14
"""Characters up to which the texts of a column stay on one line."""


def page(document: Document) -> str:
    """The whole page, self-contained: style, script and figures are in it."""
    footer = document.footer or (
        f"Made by crossframe {document.version}. The same tables are beside this page as README.md, "
        "tables.csv and result.json."
    )
    return _environment().get_template("page.html.j2").render(
        document=document, footer=footer, css=_style("page.css"), script=Markup(_asset("sort.js").strip())
    )  # fmt: skip


def fragment(headlines: Sequence[str], drawing: Drawing | None, tables: Sequence[Table]) -> str:
    """What a notebook shows: the results in sentences, one figure, and tables."""
    from msgspec.structs import replace

    return _environment().get_template("fragment.html.j2").render(
        headlines=headlines, drawing=drawing, css=_style("fragment.css"),
        tables=[replace(condensed(table), sortable=False, tall=False) for table in tables],
    )  # fmt: skip


def prose(words: str) -> Markup:
    """Escaped text with typographic quotes, in which numbers and intervals do not break over lines.

    Long names break at their joints, see `broken`.
    """
    # The value of an argument is code.
    words = re.sub(r'([=(,] ?"[^"]*")|"([^"]*)"', lambda m: m[1] or f"“{m[2]}”", words)
    if not re.search(r"(?<!\w)'\w", words):  # a quoted word is code more often than not
        words = re.sub(r"(?<=\w)'", "’", words)
    words = re.sub(r"\bn ([=≥]) (?=\d)", "n\u00a0\\1\u00a0", words)
    words = re.sub(r"(\[[^\[\], ]+), (?=[^\[\], ]+\])", "\\1,\u00a0", words)
    return Markup(str(broken(words, WORD)).replace("&#39;", "'").replace("&#34;", '"'))


def broken(words: str, most: int = _WORD) -> Markup:
    """Escaped text in which a line may end within words of more than ``most`` letters, at their `joints`."""
    return Markup(" ").join(Markup("<wbr>").join(map(escape, joints(w, most))) for w in words.split(" "))


def rich(text: str) -> Markup:
    """The text of a `crossframe.report.document.Rich` paragraph."""
    written = []
    for style, words, link in inline(text):
        if style == "code":
            written.append(Markup("<code>{}</code>").format(words))
        elif style == "bold":
            written.append(Markup("<b>{}</b>").format(prose(words)))
        elif style == "link":
            written.append(Markup('<a href="{}">{}</a>').format(link, prose(words)))
        else:
            written.append(prose(words))
    return Markup("").join(written)


@functools.cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    made = Environment(
        loader=PackageLoader("crossframe.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters |= {"prose": prose, "broken": broken, "rich": rich, "kind": _kind, "condensed": condensed}
    made.globals |= {"cell_style": _cell_style, "brief": _brief}
    return made


def _kind(block: Block) -> str:
    return "text" if isinstance(block, str) else str(block.__struct_config__.tag)


def _cell_style(cell: Cell, numeric: bool, first: bool, brief: bool) -> str:
    kind = "" if first else "num" if numeric else "words"
    return " ".join(filter(None, (kind, "brief" if brief and not numeric else "", cell.mark)))


def _brief(table: Table) -> list[bool]:
    """By column, whether all its texts are short."""
    return [all(len(row[k].text) <= _BRIEF for row in table.rows) for k in range(len(table.columns))]


def _style(name: str) -> Markup:
    css = Template(_asset(name)).substitute(light=variables(0), dark=variables(1), font=FONT)
    return Markup(css.strip())


def _asset(name: str) -> str:
    return resources.files("crossframe.report").joinpath(name).read_text(encoding="utf-8")
