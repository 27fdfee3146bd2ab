"""The page of the verdicts: HTML, its Markdown twin, the figure and the numbers.

What crossframe says of a suspicion may hold ``[words](link)`` and `code`; what a framework or a data set
says never does, and is escaped as it stands.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from crossframe.auditing import verdict_tables as tables
from crossframe.auditing import verdict_text as text
from crossframe.auditing.verdict_figure import forest
from crossframe.auditing.verdict_text import Piece
from crossframe.report import markdown as md
from crossframe.report import page
from crossframe.report.document import Document, Part, write_files
from crossframe.report.style import Drawing
from crossframe.report.tables import Table

if TYPE_CHECKING:
    from crossframe.auditing.verdicts import Verdicts

_STYLE = (
    "<style>td.yes,.verdict-line.yes b{color:var(--green)}td.no,.verdict-line.no b{color:var(--vermilion)}"
    "td.partly,.verdict-line.partly b{color:var(--ochre)}td.open,.verdict-line.open b{color:var(--slate)}"
    "#result td.words{min-width:11rem;max-width:26rem}#result td.yes,#result td.no,#result td.partly,"
    "#result td.open{font-weight:600;min-width:8rem;max-width:11rem}#result table{margin-top:1.6rem}"
    "td.num{white-space:normal}.verdict-line{font-size:1.08rem}"
    "@media (max-width:40rem){#result td.words:last-child{min-width:19rem}}</style>"
)
"""Beside the style of the house: the colours of verdicts, and numbers that break before their interval."""


def write(verdicts: Verdicts, folder: Path) -> Path:
    """Write README.md, index.html, figures/suspicions.svg, tables.csv, verdicts.json; the page's path."""
    drawing = forest(verdicts)
    files = {} if drawing is None else {f"figures/{drawing.name}.svg": drawing.standalone()}
    numbers = json.dumps(verdicts.to_dict(), ensure_ascii=False, allow_nan=False, indent=1)
    files |= {"verdicts.json": numbers + "\n", "tables.csv": document(verdicts).csv()}
    files |= {"README.md": markdown(verdicts, drawing), "index.html": html(verdicts, drawing)}
    return write_files(folder, files)


def document(verdicts: Verdicts) -> Document:
    """The tables and the sentences, for a terminal and for CSV."""
    parts = [
        Part("verdicts", "Verdicts", tables=(tables.summary(verdicts),)),
        Part("context", "What there is to explain", tables=(tables.context(verdicts),)),
    ]
    for found in verdicts.found:
        made = (tables.in_force(found), tables.fits(found), *tables.experiments(found))
        shown = tuple(t for t in made if t is not None)
        parts.append(Part(found.suspicion.key, text.heading(found), (found.suspicion.text,), shown))
    parts.append(Part("rule", "How a verdict is made", tables=(tables.rule(),)))
    return Document(text.TITLE, text.SUB, tuple(text.headlines(verdicts)), tuple(parts))


def html(verdicts: Verdicts, drawing: Drawing | None) -> str:
    """One self-contained page."""
    run = verdicts.run
    lead = "".join(f"<p>{rich(words)}</p>" for words in text.INTRODUCTION)
    lead += page.table(tables.summary(verdicts), sortable=False)
    lead += page.figure(drawing) if drawing else ""
    return page.shell(
        version=str(run["crossframe"]),
        title=text.TITLE,
        kicker=f"crossframe {run['crossframe']} · {run['created']}",
        sub=text.SUB,
        headlines=text.headlines(verdicts),
        lead=_STYLE + lead,
        sections=[(key, heading, _html(pieces)) for key, heading, pieces in _sections(verdicts)],
        footer=f"Made by crossframe {run['crossframe']}. The same numbers are beside this page as "
        "verdicts.json and tables.csv.",
    )


def markdown(verdicts: Verdicts, drawing: Drawing | None) -> str:
    """The same for GitHub; the figure is expected at ``figures/suspicions.svg``."""
    blocks = [f"# {md.escape(text.TITLE)}", md.escape(text.SUB)]
    blocks.append("\n".join(f"- {md.escape(sentence)}" for sentence in text.headlines(verdicts)))
    blocks += [_rich_md(words) for words in text.INTRODUCTION]
    blocks.append(md.table(tables.summary(verdicts)))
    blocks += [md.figure(drawing)] if drawing else []
    for key, heading, pieces in _sections(verdicts):
        blocks += [f'<a id="{key}"></a>', f"## {md.escape(heading)}", *_md(pieces)]
    return "\n\n".join(block for block in blocks if block) + "\n"


def _sections(verdicts: Verdicts) -> Iterator[tuple[str, str, Iterator[Piece]]]:
    yield "context", "What there is to explain", text.context(verdicts)
    for found in verdicts.found:
        yield found.suspicion.key, text.heading(found), text.suspicion(found)
    yield "rule", "How a verdict is made", text.rule(verdicts)
    yield "again", "Run it again", text.again(verdicts)


_TO_HTML: dict[str, Callable[[str], str]] = {
    "ours": lambda words: f"<p>{rich(words)}</p>",
    "said": lambda words: f"<p>{page.prose(words)}</p>",
    "heading": lambda words: f"<h3>{escape(words)}</h3>",
    "command": lambda words: f'<pre tabindex="0"><code>{escape(words)}</code></pre>',
}
_TO_MARKDOWN: dict[str, Callable[[str], str]] = {
    "ours": lambda words: _rich_md(words),
    "said": md.escape,
    "heading": lambda words: f"### {md.escape(words)}",
    "command": lambda words: f"```sh\n{words}\n```",
}


def _html(pieces: Iterator[Piece]) -> str:
    written = []
    for piece in pieces:
        if isinstance(piece, Table):
            written.append(page.table(piece, sortable=False))
            continue
        kind, words = piece
        verdict = f'<p class="verdict-line {kind}">Verdict: <b>{escape(words)}</b></p>'
        written.append(_TO_HTML[kind](words) if kind in _TO_HTML else verdict)
    return "\n".join(written)


def _md(pieces: Iterator[Piece]) -> list[str]:
    written = []
    for piece in pieces:
        if isinstance(piece, Table):
            written.append(md.table(piece))
            continue
        kind, words = piece
        verdict = f"Verdict: **{md.escape(words)}**"
        written.append(_TO_MARKDOWN[kind](words) if kind in _TO_MARKDOWN else verdict)
    return written


_MARK = re.compile(
    r"\[(?P<words>[^\]]+)\]\((?P<link>https://[^)\s]+)\)|`(?P<code>[^`]+)`|\*\*(?P<bold>[^*]+)\*\*"
)


def rich(words: str) -> str:
    """crossframe's own words as HTML: ``[words](https link)``, `code` and ``**bold**``, all else escaped."""
    return _marked(words, page.prose, {
        "words": lambda m: f'<a href="{escape(m["link"])}">{page.prose(m["words"])}</a>',
        "code": lambda m: f"<code>{escape(m['code'])}</code>",
        "bold": lambda m: f"<b>{page.prose(m['bold'])}</b>",
    })  # fmt: skip


def _rich_md(words: str) -> str:
    return _marked(words, md.escape, {
        "words": lambda m: f"[{md.escape(m['words'])}]({m['link']})",
        "code": lambda m: f"`{m['code']}`",
        "bold": lambda m: f"**{md.escape(m['bold'])}**",
    })  # fmt: skip


def _marked(
    words: str, plain: Callable[[str], str], makers: dict[str, Callable[[re.Match[str]], str]]
) -> str:
    written, at = [], 0
    for match in _MARK.finditer(words):
        kind = next(name for name in makers if match[name])
        written += [plain(words[at : match.start()]), makers[kind](match)]
        at = match.end()
    return "".join([*written, plain(words[at:])])
