"""A report as parts: the terminal, Markdown, CSV and the page show the same ones."""

from __future__ import annotations

import csv
import io
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from crossframe import __version__
from crossframe.report import markdown as md
from crossframe.report import page
from crossframe.report.style import Drawing
from crossframe.report.tables import Table, condensed

if TYPE_CHECKING:
    from rich.console import Console


@dataclass(frozen=True)
class Program:
    """A source text to be read; ``language`` is what GitHub calls it."""

    caption: str
    language: str
    text: str


@dataclass(frozen=True)
class Part:
    """A heading with what stands under it. ``folded`` tables and programs open on a click in a page."""

    key: str
    heading: str
    paragraphs: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()
    drawing: Drawing | None = None
    folded: tuple[Table, ...] = ()
    programs: tuple[Program, ...] = ()


@dataclass(frozen=True)
class Document:
    """A whole report; ``facts`` is the line under the title, ``headlines`` say what was found."""

    title: str
    facts: str
    headlines: tuple[str, ...]
    parts: tuple[Part, ...]

    def markdown(self) -> str:
        """GitHub's Markdown; figures are expected at ``figures/<name>.svg``."""
        blocks = [f"# {md.escape(self.title)}", md.escape(self.facts)]
        if self.headlines:
            blocks.append("\n".join(f"- {md.escape(sentence)}" for sentence in self.headlines))
        for part in self.parts:
            blocks.append(f"## {md.escape(part.heading)}")
            blocks += [md.escape(words) for words in part.paragraphs]
            if part.drawing is not None:
                blocks.append(md.figure(part.drawing))
            blocks += [md.table(condensed(t)) for t in part.tables]
            blocks += [md.folded(t.caption, md.table(condensed(t))) for t in part.folded]
            blocks += [md.folded(p.caption, md.program(p.text, p.language)) for p in part.programs]
        return "\n\n".join(block for block in blocks if block) + "\n"

    def csv(self) -> str:
        """Every table under one heading row: part, table, then the cells by column name."""
        tables = [(p, t) for p in self.parts for t in (*p.tables, *p.folded)]
        names = list(dict.fromkeys(name for _, t in tables for name, *_ in t.columns))
        out = io.StringIO()
        writer = csv.DictWriter(out, ["part", "table", *names], restval="", lineterminator="\n")
        writer.writeheader()
        for part, table in tables:
            for row in table.rows:
                cells = {
                    name: c.text if numeric else _harmless(c.text)
                    for (name, numeric, _), c in zip(table.columns, row, strict=True)
                }
                writer.writerow({"part": part.heading, "table": table.caption, **cells})
        return out.getvalue()

    def html(self) -> str:
        """One self-contained page."""
        return page.shell(
            version=__version__,
            title=self.title,
            kicker=f"crossframe {__version__}",
            sub=self.facts,
            headlines=list(self.headlines),
            lead="",
            sections=[(part.key, part.heading, _body(part)) for part in self.parts],
            footer=f"Made by crossframe {__version__}. The same tables are beside this page as README.md, "
            "tables.csv and result.json.",
        )

    def show(self, console: Console | None = None) -> None:
        """Print it; plain without a terminal, without colour under ``NO_COLOR``."""
        from rich.console import Console

        from crossframe.report.terminal import document

        console = console or Console(highlight=False)
        if not console.is_terminal and console.width < 120:
            console.width = 120
        console.print(document(self, console.width))

    def write(self, folder: Path, others: Mapping[str, str] | None = None) -> Path:
        """Write the page, its Markdown twin, the tables and ``others``; returns the page's path."""
        drawn = [part.drawing for part in self.parts if part.drawing is not None]
        files = {f"figures/{d.name}.svg": d.standalone() for d in drawn}
        files |= {"README.md": self.markdown(), "tables.csv": self.csv()}
        return write_files(folder, {**files, **(others or {}), "index.html": self.html()})


def _harmless(text: str) -> str:
    """A text that a spreadsheet would run as a formula, quoted."""
    formula = text[:1] in ("=", "+", "@") or (text[:1] == "-" and not text[1:2].isdigit() and len(text) > 1)
    return f"'{text}" if formula else text


def _body(part: Part) -> str:
    pieces = [f"<p>{page.prose(words)}</p>" for words in part.paragraphs]
    if part.drawing is not None:
        pieces.append(page.figure(part.drawing))
    pieces += [page.table(condensed(t)) for t in part.tables]
    pieces += [
        f"<details><summary>{page.prose(t.caption)}</summary>{page.table(condensed(t))}</details>"
        for t in part.folded
    ]
    pieces += [
        f"<details><summary>{page.prose(p.caption)}</summary>{page.program(p.text)}</details>"
        for p in part.programs
    ]
    return "\n".join(pieces)


def write_files(folder: Path, files: Mapping[str, str]) -> Path:
    """Write ``files`` (relative name -> text), the last one last; returns that one's path.

    Everything is made in a folder beside ``folder`` first and then moved file by file, so that a
    reader never finds half a file and what else lies in ``folder`` stays.
    """
    folder = folder.resolve()
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as staging:
        for name, text in files.items():
            staged = Path(staging, name)
            staged.parent.mkdir(exist_ok=True)
            staged.write_text(text, encoding="utf-8", newline="\n")
        for name in files:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            os.replace(Path(staging, name), folder / name)
    return folder / name
