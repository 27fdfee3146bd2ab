"""How a comparison shows itself in a notebook."""

from __future__ import annotations

from crossframe.report import curves, tables
from crossframe.report.headlines import headlines
from crossframe.report.page import prose, table
from crossframe.report.style import variables
from crossframe.report.view import Compared, View

_STYLE = (
    ".crossframe{{{light}}}@media (prefers-color-scheme:dark){{.crossframe{{{dark}}}}}"
    "[data-jp-theme-light=false] .crossframe{{{dark}}}[data-jp-theme-light=true] .crossframe{{{light}}}"
    ".crossframe svg{{max-width:46rem;height:auto;width:100%}}.crossframe "
    ".scroll{{overflow:auto;max-height:30rem}}"
    ".crossframe table{{font-variant-numeric:tabular-nums}}.crossframe "
    "caption{{text-align:left;font-weight:600}}"
    ".crossframe .num{{text-align:right;white-space:nowrap}}"
    ".crossframe td,.crossframe tbody "
    "th{{white-space:nowrap;max-width:22rem;overflow:hidden;text-overflow:ellipsis;text-align:left}}"
)


def fragment(result: Compared) -> str:
    """Sentences, main figure, and the tables of the smallest and the largest n."""
    view = View(result)
    style = _STYLE.format(light=variables(0), dark=variables(1))
    said = "".join(f"<li>{prose(sentence)}</li>" for sentence in headlines(view))
    shown = "".join(
        table(tables.summary(view, n), sortable=False) for n in dict.fromkeys((view.sizes[0], view.sizes[-1]))
    )
    return (
        f'<div class="crossframe"><style>{style}</style><ul>{said}</ul>{curves.leek(view).wide}{shown}</div>'
    )
