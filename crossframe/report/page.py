"""The HTML page: one file, nothing fetched, every value escaped."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape
from importlib import resources
from string import Template

from crossframe.report.outline import IN_FORCE, METHOD, Outline
from crossframe.report.style import FONT, Drawing, variables
from crossframe.report.tables import Cell, Table
from crossframe.report.text import whole


def page(outline: Outline) -> str:
    """The whole document."""
    run = outline.view.run
    return shell(
        version=str(run["crossframe"]),
        title=outline.title,
        kicker=f"crossframe {run['crossframe']} · {str(run['created'])[:10]}",
        sub=outline.facts,
        headlines=outline.sentences,
        lead=figure(outline.main),
        sections=_sections(outline),
        footer=f"Made by crossframe {run['crossframe']} from run {run['id']}. The same numbers are "
        "beside this page as cells.csv, summary.csv, pairs.csv and result.json.",
    )


def shell(
    *,
    version: str,
    title: str,
    kicker: str,
    sub: str,
    headlines: list[str],
    lead: str,
    sections: Sequence[tuple[str, str, str]],
    footer: str,
) -> str:
    """A page of the house: ``sections`` are (key, heading, body as HTML), ``lead`` is HTML, the rest text."""
    nav = "".join(f'<li><a href="#{key}">{escape(heading)}</a></li>' for key, heading, _ in sections)
    bodies = "\n".join(
        f'<section id="{key}" aria-labelledby="{key}-h">\n<h2 id="{key}-h">{escape(heading)}</h2>\n{body}\n'
        "</section>"
        for key, heading, body in sections
    )
    css = Template(_asset("page.css")).substitute(light=variables(0), dark=variables(1), font=FONT)
    return Template(_asset("page.html")).substitute(
        version=escape(version),
        title=escape(title),
        kicker=escape(kicker),
        sub=prose(sub),
        css=css.strip(),
        headlines=items("headlines", headlines),
        lead=lead,
        nav=f"<ul>{nav}</ul>",
        sections=bodies,
        footer=escape(footer),
        script=_asset("sort.js").strip(),
    )


def table(content: Table, *, sortable: bool = True, tall: bool = False) -> str:
    """A table in a box that scrolls by itself."""
    heads = "".join(
        f'<th scope="col"{_class("num" if numeric else "")}{_meaning(means)}>{escape(name)}</th>'
        for name, numeric, means in content.columns
    )
    body = "\n".join(_row(content, row) for row in content.rows)
    return (
        f'<div class="scroll{" tall" if tall else ""}" tabindex="0" role="region" '
        f'aria-label="{escape(content.caption)}">\n'
        f"<table{_class('sortable' if sortable else '')}><caption>{escape(content.caption)}</caption>\n"
        f"<thead><tr>{heads}</tr></thead>\n<tbody>\n{body}\n</tbody></table></div>"
    )


def _meaning(means: str) -> str:
    return f' title="{escape(means)}"' if means else ""


def _row(content: Table, row: Sequence[Cell]) -> str:
    written = []
    for place, ((_, numeric, _), cell) in enumerate(zip(content.columns, row, strict=True)):
        key = f' data-key="{cell.key:.10g}"' if numeric and cell.key is not None else ""
        kind = " ".join(filter(None, ("" if place == 0 else "num" if numeric else "words", cell.mark)))
        tag, scope = ("th", ' scope="row"') if place == 0 else ("td", "")
        shown = f"<code>{escape(cell.text)}</code>" if cell.mark == "code" else escape(cell.text)
        if cell.link:
            shown = f'<a href="{escape(cell.link)}">{shown}</a>'
        written.append(f"<{tag}{scope}{_class(kind)}{key}>{shown}</{tag}>")
    return f"<tr>{''.join(written)}</tr>"


def _sections(outline: Outline) -> list[tuple[str, str, str]]:
    view, figures = outline.view, outline.figures
    parts = []
    if outline.claims:
        parts.append(("claims", "What was claimed, what was measured", _claims(outline)))
    parts.append(("tables", "Every contestant", _by_n(outline, outline.per_n, tall=True)))
    drawn = "".join(figure(f) for f in figures.values() if f is not outline.main)
    parts.append(("figures", "A closer look", drawn))
    pairs = (
        "<p>Pairs that share a recipe, so that the difference is the framework's or the solver's. "
        f"All {whole(view.pair_count)} pairs are in <code>pairs.csv</code>. A difference leads to "
        "its explanation; where there is none yet, the last column has the command that makes it. "
        "<code>crossframe explain</code> alone explains the notable ones.</p>"
    )
    parts.append(("pairs", "Pairwise differences", pairs + _by_n(outline, outline.pairs, tall=True)))
    said = (
        table(outline.evidence)
        if outline.evidence.rows
        else "<p>No framework gave a warning or a message.</p>"
    )
    parts.append(("evidence", "What the frameworks said", said))
    if outline.in_force:
        told = f"<p>{_code(IN_FORCE)}</p>" + "".join(table(t) for t in outline.in_force)
        parts.append(("defaults", "Settings in force that differ", told))
    parts.append(("settings", "Settings", "".join(_contestant(c, t) for c, t in outline.contestants())))
    parts.append(("method", "Method", _terms(list(METHOD))))
    again = (
        program(str(view.run["command"]))
        + _terms(outline.provenance)
        + table(outline.versions, sortable=False)
        + table(outline.fingerprints, sortable=False)
    )
    parts.append(("provenance", "Run it again", again))
    return parts


def _by_n(outline: Outline, by_n: dict[int, Table], *, tall: bool = False) -> str:
    shown = "".join(table(t, tall=tall) for n, t in by_n.items() if n in outline.prominent)
    rest = {n: t for n, t in by_n.items() if n not in outline.prominent}
    if not rest:
        return shown
    sizes = ", ".join(map(str, rest))
    folded = "".join(table(t, tall=tall) for t in rest.values())
    return f"{shown}<details><summary>The sizes between: n = {sizes}</summary>{folded}</details>"


def _claims(outline: Outline) -> str:
    listed = "".join(
        f'<li><span class="verdict {claim.verdict.replace(" ", "-")}">{claim.verdict}</span>'
        f"<p><b>{prose(claim.text)}</b></p><p>{_code(claim.measured)}</p>"
        f'<p class="source">{prose(claim.source)}</p></li>'
        for claim in outline.claims
    )
    followed = [q.text for q in outline.quirks if q.followed]
    other = [f"{q.text}: {q.instead}" for q in outline.quirks if not q.followed]
    return (
        f'<ul class="claims">{listed}</ul>'
        + "".join(table(t, sortable=False) for t in outline.published)
        + f"<h3>Quirks of the original that were followed</h3>{items('quirks', followed)}"
        + f"<h3>Where this run departs from it</h3>{items('quirks', other)}"
    )


def _contestant(contestant: Mapping[str, object], settings: Table) -> str:
    notes = [str(contestant["description"])]
    if not contestant["deterministic"]:
        notes.append("Not deterministic: the same request may give another answer.")
    origin = f"<small>{escape(str(contestant['origin']))}</small>" if contestant["origin"] else ""
    return (
        f"<details><summary>{escape(str(contestant['title']))} "
        f"<code>{escape(str(contestant['name']))}</code>{origin}</summary>"
        f"<p>{escape(' '.join(notes))}</p>{table(settings, sortable=False)}</details>"
    )


def figure(drawing: Drawing) -> str:
    """A figure in both its widths, with its caption."""
    if drawing.narrow:
        art = f'<div class="wide">{drawing.wide}</div><div class="narrow">{drawing.narrow}</div>'
    else:
        label = escape(drawing.title)
        art = f'<div class="scroll" tabindex="0" role="region" aria-label="{label}">{drawing.wide}</div>'
    return (
        f"<figure>\n{art}\n<figcaption><b>{prose(drawing.title)}.</b> "
        f"{prose(drawing.caption)}</figcaption>\n</figure>\n"
    )


def program(text: str) -> str:
    """A source text, to be copied."""
    return f'<pre tabindex="0"><code>{escape(text.rstrip())}</code></pre>'


def _terms(pairs: list[tuple[str, str]]) -> str:
    return "<dl>" + "".join(f"<dt>{prose(k)}</dt><dd>{prose(v)}</dd>" for k, v in pairs) + "</dl>"


def items(kind: str, sentences: list[str]) -> str:
    """A list of sentences of the class ``kind``."""
    return f'<ul class="{kind}">' + "".join(f"<li>{prose(item)}</li>" for item in sentences) + "</ul>"


def _class(names: str) -> str:
    return f' class="{names}"' if names else ""


def _code(words: str) -> str:
    return re.sub(r"`([^`]*)`", r"<code>\1</code>", prose(words))


def prose(words: str) -> str:
    """Escaped text with typographic quotes, in which numbers and intervals do not break over lines."""
    words = re.sub(r'"([^"]*)"', "“\\1”", re.sub(r"(?<=\w)'", "’", words))
    words = re.sub(r"\bn ([=≥]) (?=\d)", "n\u00a0\\1\u00a0", words)
    return escape(re.sub(r"(\[[^\[\], ]+), (?=[^\[\], ]+\])", "\\1,\u00a0", words), quote=False)


def _asset(name: str) -> str:
    return resources.files("crossframe.report").joinpath(name).read_text(encoding="utf-8")
