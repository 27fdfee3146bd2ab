"""The Markdown twin of the page: the same sentences and tables, figures as files."""

from __future__ import annotations

import re
from collections.abc import Sequence

from crossframe.report.outline import IN_FORCE, METHOD, Outline
from crossframe.report.style import Drawing
from crossframe.report.tables import Cell, Table
from crossframe.report.text import whole


def markdown(outline: Outline) -> str:
    """The whole document; figures are expected at ``figures/<name>.svg``."""
    view = outline.view
    blocks = [
        f"# {escape(outline.title)}",
        escape(outline.facts),
        "\n".join(f"- {escape(sentence)}" for sentence in outline.sentences),
        figure(outline.main),
    ]
    if outline.claims:
        blocks.append("## What was claimed, what was measured")
        claims = [
            f"| {escape(c.text)} | **{c.verdict}** | {_code(c.measured)} | {escape(c.source)} |"
            for c in outline.claims
        ]
        blocks.append("\n".join(["| Claim | Verdict | Measured | Source |", "|---|---|---|---|", *claims]))
        blocks += [table(t) for t in outline.published]
        blocks.append("### Quirks of the original that were followed")
        blocks.append("\n".join(f"- {escape(q.text)}" for q in outline.quirks if q.followed))
        blocks.append("### Where this run departs from it")
        blocks.append(
            "\n".join(f"- {escape(q.text)}: {escape(q.instead)}" for q in outline.quirks if not q.followed)
        )
    blocks += ["## Every contestant", *_by_n(outline, outline.per_n), "## A closer look"]
    blocks += [figure(f) for f in outline.figures.values() if f is not outline.main]
    blocks += [
        "## Pairwise differences",
        "Pairs that share a recipe, so that the difference is the framework's or the solver's. "
        f"All {whole(view.pair_count)} pairs are in `pairs.csv`.",
        *_by_n(outline, outline.pairs),
        "## What the frameworks said",
        table(outline.evidence) if outline.evidence.rows else "No framework gave a warning or a message.",
    ]
    if outline.in_force:
        blocks += ["## Settings in force that differ", _code(IN_FORCE), *map(table, outline.in_force)]
    blocks.append("## Settings")
    for contestant, settings in outline.contestants():
        notes = str(contestant["description"])
        notes += (
            ""
            if contestant["deterministic"]
            else " Not deterministic: the same request may give another answer."
        )
        blocks.append(
            folded(f"{contestant['title']} ({contestant['name']})", f"{escape(notes)}\n\n{table(settings)}")
        )
    blocks += ["## Method", "\n".join(f"- **{term}**: {escape(words)}" for term, words in METHOD)]
    blocks += ["## Run it again", f"```sh\n{str(view.run['command']).replace('```', '')}\n```"]
    blocks.append("\n".join(f"- **{what}**: {escape(said)}" for what, said in outline.provenance))
    blocks += [table(outline.versions), table(outline.fingerprints)]
    return "\n\n".join(blocks) + "\n"


def table(content: Table) -> str:
    """A pipe table under its caption."""
    rule = "".join("---:|" if numeric else "---|" for _, numeric, _ in content.columns)
    lines = [
        f"**{escape(content.caption)}**",
        "",
        _line([Cell(name) for name, *_ in content.columns]),
        f"|{rule}",
    ]
    return "\n".join([*lines, *(_line(row) for row in content.rows)])


def program(text: str, language: str) -> str:
    """A fenced source text."""
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", text)), default=0))
    return f"{fence}{language}\n{text.rstrip()}\n{fence}"


def figure(drawing: Drawing) -> str:
    """An image with its description and caption."""
    alt = re.sub(r"[\[\]\n]", " ", drawing.description)
    return (
        f"![{escape(alt)}](figures/{drawing.name}.svg)\n\n*{escape(drawing.title)}.* "
        f"{escape(drawing.caption)}"
    )


def escape(words: str) -> str:
    """Text that Markdown and the HTML inside it leave as it is."""
    words = words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\n", " ")
    return re.sub(r"([\\`*_\[\]|#~])", r"\\\1", words)


def _line(cells: Sequence[Cell]) -> str:
    return "| " + " | ".join(_linked(cell) for cell in cells) + " |"


def _linked(cell: Cell) -> str:
    words = f"`{cell.text}`".replace("|", "\\|") if cell.mark == "code" else escape(cell.text)
    return f"[{words}]({cell.link})" if cell.link and words else words


def _code(words: str) -> str:
    return re.sub(r"\\`(.*?)\\`", lambda m: f"`{m.group(1)}`".replace("\\_", "_"), escape(words))


def folded(summary: str, body: str) -> str:
    """A block that opens on a click; ``body`` is Markdown."""
    plain = summary.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return f"<details><summary>{plain}</summary>\n\n{body}\n\n</details>"


def _by_n(outline: Outline, by_n: dict[int, Table]) -> list[str]:
    return [table(t) if n in outline.prominent else folded(f"n = {n}", table(t)) for n, t in by_n.items()]
