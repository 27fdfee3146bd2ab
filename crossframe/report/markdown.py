"""A document as GitHub's Markdown: the same sentences and tables, figures as files."""

from __future__ import annotations

import re
from collections.abc import Sequence

from crossframe.report import document as model
from crossframe.report.style import Drawing
from crossframe.report.table import Cell, Compact, Table, condensed


def document(content: model.Document) -> str:
    """The whole document; figures are expected at ``figures/<name>.svg``."""
    linked = {
        cell.link for _, block in content.walk() if isinstance(block, Table)
        for row in block.rows for cell in row if cell.link.startswith("#")
    }  # fmt: skip
    written = [f"# {escape(content.title)}", escape(content.facts), _items(content.headlines)]
    written += [block(b) for b in content.lead]
    for level, parts in ((2, content.shown), (3, content.detailed)):
        written += ["## Details"] if parts and level == 3 else []
        for part in parts:
            written += [f'<a id="{part.key}"></a>'] if f"#{part.key}" in linked else []
            written += [f"{'#' * level} {escape(part.heading)}"]
            written += [block(b, level + 1) for b in part.blocks()]
    return "\n\n".join(text for text in written if text) + "\n"


def block(content: model.Block, level: int = 3) -> str:
    """One block, a heading in it with so many ``#``; empty for what only a terminal shows."""
    match content:
        case str():
            return escape(content)
        case model.Rich(text):
            return rich(text)
        case model.Heading(text):
            return f"{'#' * level} {escape(text)}"
        case model.Items(items):
            return _items(items)
        case model.Terms(pairs):
            return "\n".join(f"- **{escape(term)}**: {escape(meaning)}" for term, meaning in pairs)
        case model.VerdictLine(text=text):
            return f"Verdict: **{escape(text)}**"
        case model.Claims(claims):
            rows = [
                f"| {escape(c.text)} | **{escape(c.verdict)}** | {rich(c.measured)} | {escape(c.source)} |"
                for c in claims
            ]
            return "\n".join(["| Claim | Verdict | Measured | Source |", "|---|---|---|---|", *rows])
        case Table():
            return table(condensed(content))
        case Drawing():
            return figure(content)
        case model.SourceText():
            return program(content.text, content.language)
        case model.Fold():
            code = f" ({content.code})" if content.code else ""
            inner = (block(b, level) for b in content.blocks)
            return folded(content.summary + code, "\n\n".join(filter(None, inner)))
        case Compact():
            return ""


def table(content: Table) -> str:
    """A table as a pipe table under its caption, in bold."""
    rule = "".join("---:|" if numeric else "---|" for _, numeric, _ in content.columns)
    lines = [
        f"**{escape(content.caption)}**",
        "",
        _line([Cell(name) for name, *_ in content.columns]),
        f"|{rule}",
    ]
    return "\n".join([*lines, *(_line(row) for row in content.rows)])


def program(text: str, language: str) -> str:
    """A fenced source text; its fence is longer than any in it."""
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", text)), default=0))
    return f"{fence}{language}\n{text.rstrip()}\n{fence}"


def figure(drawing: Drawing) -> str:
    """A figure as an image link with its description, and its caption below."""
    alt = re.sub(r"[\[\]\n]", " ", drawing.description)
    return (
        f"![{escape(alt)}](figures/{drawing.name}.svg)\n\n*{escape(drawing.title)}.* "
        f"{escape(drawing.caption)}"
    )


def folded(summary: str, body: str) -> str:
    """A block that opens on a click; ``body`` is Markdown."""
    return f"<details><summary>{_harmless(summary)}</summary>\n\n{body}\n\n</details>"


def rich(text: str) -> str:
    """The text of a `crossframe.report.document.Rich` paragraph."""
    written = []
    for style, words, link in model.inline(text):
        plain = words if style == "code" else escape(words)
        form = {"code": "`{}`", "bold": "**{}**", "link": "[{}]({})"}.get(style, "{}")
        written.append(form.format(plain, link))
    return "".join(written)


def escape(words: str) -> str:
    """``words`` with every character escaped that Markdown, or HTML inside it, would interpret."""
    return re.sub(r"([\\`*_\[\]|#~])", r"\\\1", _harmless(words).replace("\n", " "))


def _harmless(words: str) -> str:
    return words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _items(items: Sequence[str]) -> str:
    return "\n".join(f"- {escape(sentence)}" for sentence in items)


def _line(cells: Sequence[Cell]) -> str:
    return "| " + " | ".join(_linked(cell) for cell in cells) + " |"


def _linked(cell: Cell) -> str:
    words = f"`{cell.text}`".replace("|", "\\|") if cell.mark == "code" else escape(cell.text)
    words = f"[{words}]({cell.link})" if cell.link and words else words
    return f"{words}, {escape(cell.hint)}" if cell.hint else words
