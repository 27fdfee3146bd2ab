"""A report as data: `html`, `markdown`, `terminal` and `export` render the same `Document`."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Union

import msgspec

from crossframe.core.errors import UsageError
from crossframe.core.version import __version__
from crossframe.report.style import Drawing
from crossframe.report.table import Compact, Table

if TYPE_CHECKING:
    from rich.console import Console

BRIEF = 10
"""Paragraphs of `Document.brief`."""

FIRST_SCREENS = 12_000
"""Bytes of Markdown of a page before its details, at most."""

SCHEMA_VERSION = 1
"""The version of a document's JSON."""


class SourceText(msgspec.Struct, frozen=True, tag="program"):
    """A source text to be read; ``language`` is what GitHub calls it."""

    caption: str
    language: str
    text: str


class Rich(msgspec.Struct, frozen=True, tag="rich"):
    """A paragraph of crossframe's own words, with ``[words](https link)``, `code` and ``**bold**``.

    A plain string is a paragraph too, in which no character has a meaning: for the words of frameworks
    and data.
    """

    text: str


class Heading(msgspec.Struct, frozen=True, tag="heading"):
    """A heading of the second level, inside a part."""

    text: str


class Items(msgspec.Struct, frozen=True, tag="items"):
    """An unnumbered list with one sentence per item."""

    items: Sequence[str]


class Terms(msgspec.Struct, frozen=True, tag="terms"):
    """Terms with their definitions, or quantities with their values."""

    pairs: Sequence[tuple[str, str]]


class VerdictLine(msgspec.Struct, frozen=True, tag="verdict"):
    """A line that states a verdict; ``kind`` is its colour: yes, no, partly or open."""

    kind: str
    text: str


class Judged(msgspec.Struct, frozen=True):
    """A published claim, its verdict, what was measured, and where the claim stands."""

    text: str
    verdict: str
    measured: str
    source: str


class Claims(msgspec.Struct, frozen=True, tag="claims"):
    """Published claims, each with its verdict and the measured effect."""

    claims: Sequence[Judged]


class Fold(msgspec.Struct, frozen=True, tag="fold"):
    """Blocks under a summary line that open on a click.

    ``code`` and ``note`` stand after the summary: a name to be typed, and a remark in small type.
    """

    summary: str
    blocks: Sequence[Block]
    code: str = ""
    note: str = ""


Block = Union[  # noqa: UP007
    str, Rich, Heading, Items, Terms, VerdictLine, Claims, Table, Compact, Drawing, SourceText, Fold
]
"""What a part is made of, in reading order."""


class Part(msgspec.Struct, frozen=True):
    """A heading with what stands under it.

    Attributes
    ----------
    key
        Anchor of the part in a page.
    heading
        Its title.
    paragraphs, drawing, tables, folded, programs
        The usual contents, shown in this order; ``folded`` tables and programs open on a click.
    body
        Further blocks, in reading order.
    note
        A remark beside the heading on a terminal.
    """

    key: str
    heading: str
    paragraphs: Sequence[str] = ()
    tables: Sequence[Table] = ()
    drawing: Drawing | None = None
    folded: Sequence[Table] = ()
    programs: Sequence[SourceText] = ()
    body: Sequence[Block] = ()
    note: str = ""

    def blocks(self) -> list[Block]:
        """Everything under the heading, in reading order."""
        return [
            *self.paragraphs,
            *([] if self.drawing is None else [self.drawing]),
            *self.tables,
            *(Fold(t.caption, (t,)) for t in self.folded),
            *(Fold(p.caption, (p,)) for p in self.programs),
            *self.body,
        ]


class Document(msgspec.Struct, frozen=True):
    """A whole report.

    Attributes
    ----------
    title
        Of the page.
    facts
        The line under the title.
    headlines
        The results, in sentences.
    parts
        What follows, in reading order.
    lead
        Blocks of the first screen, after the headlines.
    summary
        What a terminal shows in place of the parts; empty: these.
    date
        Of the run, where the page names it.
    footer
        The last line of a page; empty: the files that `write` puts beside it.
    version
        Of the crossframe that made it.
    answer
        How many of the headlines are the answer, which a terminal shows before the parts as well.
    details
        Position of the first part that stands below the heading "Details", where a page has one. What
        stands before it is what most readers need, at most `FIRST_SCREENS` bytes of Markdown.
    """

    title: str
    facts: str
    headlines: Sequence[str]
    parts: Sequence[Part]
    lead: Sequence[Block] = ()
    summary: Sequence[Part] = ()
    date: str = ""
    footer: str = ""
    version: str = __version__
    answer: int = 0
    details: int | None = None

    @property
    def shown(self) -> Sequence[Part]:
        """The parts before the heading "Details"."""
        return self.parts[: self.details]

    @property
    def detailed(self) -> Sequence[Part]:
        """The parts below the heading "Details"."""
        return () if self.details is None else self.parts[self.details :]

    def walk(self) -> Iterator[tuple[str, Block]]:
        """Every block with the heading of its part, those of folds included; the lead has the title."""
        for block in _flat(self.lead):
            yield self.title, block
        for part in self.parts:
            for block in _flat(part.blocks()):
                yield part.heading, block

    def drawings(self) -> dict[str, Drawing]:
        """The figures by name, in reading order; of two with one name the later counts."""
        return {block.name: block for _, block in self.walk() if isinstance(block, Drawing)}

    def html(self) -> str:
        """One self-contained page; see `crossframe.report.html`."""
        from crossframe.report import html

        return html.page(self)

    def markdown(self) -> str:
        """GitHub's Markdown; figures are expected at ``figures/<name>.svg``."""
        from crossframe.report import markdown

        return markdown.document(self)

    def brief(self, more: Sequence[str] = ()) -> str:
        """What ``print`` shows of a result: the title and the results, at most `BRIEF` paragraphs.

        ``more`` are further lines, for which there may be room.
        """
        lines = [" ".join(line.split()) for line in (self.title, self.facts, *self.headlines, *more) if line]
        if len(lines) > BRIEF:
            lines = [*lines[: BRIEF - 1], f"and {len(lines) - BRIEF + 1} more lines"]
        return "\n".join(lines)

    def notebook(self, *keys: str) -> str:
        """What a notebook shows: the title, the results in sentences, and the parts with these keys."""
        from crossframe.report import html

        parts = [part for part in self.parts if part.key in keys]
        drawing = next((part.drawing for part in parts if part.drawing is not None), None)
        tables = [table for part in parts for table in part.tables if table.rows]
        return html.fragment((self.title, *self.headlines), drawing, tables)

    def csv(self) -> str:
        """Every table under one heading row; see `crossframe.report.export.csv_tables`."""
        from crossframe.report import export

        return export.csv_tables(self)

    def show(self, console: Console | None = None) -> None:
        """Print it; plain without a terminal, without colour under ``NO_COLOR``."""
        from crossframe.report import terminal

        terminal.show(self, console)

    def to_json(self) -> str:
        """The document as JSON, figures as their SVG; `from_json` gives an equal document back."""
        return msgspec.json.encode(self, enc_hook=lambda scalar: scalar.item()).decode()

    @classmethod
    def from_json(cls, text: str | bytes) -> Document:
        """The document of `to_json`. Raises `msgspec.ValidationError` for text that is none."""
        return msgspec.json.decode(text, type=cls)

    def figures(self) -> dict[str, str]:
        """The figures as files: ``figures/<name>.svg`` -> the content of a stand-alone SVG."""
        return {f"figures/{d.name}.svg": d.standalone() for d in self.drawings().values()}

    def write(self, folder: Path, others: Mapping[str, str] | None = None, *, tables: bool = True) -> Path:
        """Write index.html, README.md, figures, ``others`` and (with ``tables``) tables.csv.

        Returns the path of the page. Raises `OSError` when the folder cannot be written.
        """
        files = self.figures()
        files |= {"tables.csv": self.csv()} if tables else {}
        files |= dict(others or {})
        return write_files(folder, {**files, "README.md": self.markdown(), "index.html": self.html()})


def _flat(blocks: Sequence[Block]) -> Iterator[Block]:
    for block in blocks:
        if isinstance(block, Fold):
            yield from _flat(block.blocks)
        else:
            yield block


_MARK = re.compile(
    r"\[(?P<link>[^\]]+)\]\((?P<address>https://[^)\s]+)\)|`(?P<code>[^`]+)`|\*\*(?P<bold>[^*]+)\*\*"
)


def inline(text: str) -> Iterator[tuple[str, str, str]]:
    """The pieces of a `Rich` paragraph: (``code``, ``bold``, ``link`` or empty; words; address)."""
    at = 0
    for match in _MARK.finditer(text):
        yield "", text[at : match.start()], ""
        style = str(match.lastgroup if match.lastgroup != "address" else "link")
        yield style, match[style], match["address"] or ""
        at = match.end()
    yield "", text[at:], ""


def write_files(folder: Path, files: Mapping[str, str]) -> Path:
    """Write ``files`` (relative name -> text), the last one last; returns that one's path.

    Everything is written to a folder beside ``folder`` first and then moved file by file, so that a
    reader never finds half a file and what else lies in ``folder`` stays. Raises `UsageError` where it
    cannot be written.
    """
    try:
        folder = folder.resolve()
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".crossframe-", dir=folder.parent) as staging:
            for name, text in files.items():
                staged = Path(staging, name)
                staged.parent.mkdir(exist_ok=True)
                staged.write_text(text, encoding="utf-8", newline="\n")
            for name in files:
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                os.replace(Path(staging, name), folder / name)
    except OSError as error:
        raise UsageError(
            f"the report cannot be written to {folder}: {error.strerror or error}",
            "the results are stored: crossframe list runs, and crossframe report NAME --report DIR",
        ) from None
    return folder / name
