"""Colours, and what turns a matplotlib figure into an accessible SVG that follows light and dark.

def paint(figure, width): ...   # fills a matplotlib figure of that width in inches
drawing = draw("curves", "Learning curves", caption, description, paint)
"""

from __future__ import annotations

import html
import io
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec

from crossframe.report.wrapping import lines

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLOURS: dict[str, tuple[str, str]] = {
    "paper": ("#fdfcfa", "#14171b"),
    "ink": ("#20242a", "#e8e6e1"),
    "soft": ("#5a626c", "#a3abb5"),
    "rule": ("#dddad3", "#343a42"),
    "blue": ("#1c5fa8", "#82b8f2"),
    "vermilion": ("#c2470f", "#f5925f"),
    "green": ("#0d7a58", "#55cba0"),
    "purple": ("#7d4698", "#cda0e6"),
    "ochre": ("#946800", "#e3b341"),
    "slate": ("#56606b", "#aab4be"),
}
"""Name -> (light, dark). Every pair of a series colour and the paper of its scheme has a contrast of
at least 4.5; hues stay distinct under the common colour deficiencies, and marks differ in shape too."""

Mark: TypeAlias = tuple[str, str, Any]
"""Name of a colour, marker and line of one series."""

MARKS: tuple[Mark, ...] = (
    ("blue", "o", "-"),
    ("vermilion", "s", (0, (5, 2))),
    ("green", "^", (0, (1, 1.2))),
    ("purple", "D", (0, (6, 1.5, 1, 1.5))),
    ("ochre", "v", (0, (3, 1))),
    ("slate", "P", (0, (8, 2))),
)
"""The series of one panel in order, where they are no frameworks; those of frameworks: `framework_marks`."""

_SHAPES: tuple[tuple[str, Any], ...] = (
    *((marker, line) for _, marker, line in MARKS),
    ("X", (0, (2, 1))),
    ("<", (0, (4, 1, 1, 1))),
    (">", (0, (1, 2))),
    ("h", (0, (3, 2, 1, 2))),
)

WIDE, NARROW = 7.6, 3.75
"""Inches: the widths for a page and for a phone; the text has the same size in both."""

FONT = (
    "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', 'Noto Sans', 'Liberation Sans', "
    "sans-serif"
)


def colour(name: str) -> str:
    """The light value, which `finish` turns into a variable."""
    return COLOURS[name][0]


def framework_mark(name: str) -> int:
    """The place in `MARKS` of a framework, whose colour it has in every figure.

    That of its record, see `crossframe.frameworks.framework.Framework.colour`; the last place for a
    framework that is not registered here.
    """
    from crossframe.frameworks.registry import frameworks

    known = frameworks().get(name)
    return (known.colour if known else len(MARKS) - 1) % len(MARKS)


def framework_marks(names: Sequence[str]) -> list[Mark]:
    """The marks of the series of one figure, from the framework of each.

    The colour is the framework's, the same in every figure. The first series of a framework has its marker
    and line too; the others have those that no other series has, as far as there are enough.
    """
    own = {name: framework_mark(name) for name in dict.fromkeys(names)}
    free = [k for k in range(len(_SHAPES)) if k not in own.values()] or list(range(len(_SHAPES)))
    seen: set[int] = set()
    marks: list[Mark] = []
    for number, name in enumerate(names):
        shape = own[name]
        if shape in seen:
            shape = free.pop(0) if free else number % len(_SHAPES)
        seen.add(shape)
        marks.append((MARKS[own[name]][0], *_SHAPES[shape]))
    return marks


def framework_colour(name: str) -> str:
    """The light value of a framework's colour, the same in every figure."""
    return colour(MARKS[framework_mark(name)][0])


def label(text: str, width: float, of: int) -> str:
    """A legend's or an axis's text in lines that fit; ``of`` are the characters on a wide figure.

    On a narrow figure they are two thirds of that.
    """
    room = of if width == WIDE else 2 * of // 3
    return "\n".join(text[start:end] for start, end in lines(text, room))


def row_height(labels: Sequence[str]) -> float:
    """Inches of a row of an axis of names, by its highest label."""
    return 0.225 + 0.12 * max((text.count("\n") for text in labels), default=0)


def variables(scheme: int) -> str:
    """CSS custom properties of the light (0) or the dark (1) scheme."""
    return "".join(f"--{name}:{pair[scheme]};" for name, pair in COLOURS.items())


class Drawing(msgspec.Struct, frozen=True, tag="figure"):
    """A finished figure.

    Attributes
    ----------
    name
        Its file name without suffix.
    title, caption
        For the reader.
    description
        What the figure shows, in words.
    wide, narrow
        SVG elements for a page and for a phone; ``narrow`` may be empty.
    """

    name: str
    title: str
    caption: str
    description: str
    wide: str
    narrow: str = ""

    def standalone(self) -> str:
        """The wide variant as a file of its own, on its own ground in both schemes."""
        style = (
            f"<style>svg{{{variables(0)}}}@media (prefers-color-scheme:dark){{svg{{{variables(1)}}}}}</style>"
        )
        ground = '<rect width="100%" height="100%" rx="6" style="fill:var(--paper)"/>'
        head, end, body = self.wide.partition("</desc>")
        return head + end + style + ground + body + "\n"


@contextmanager
def drawing(salt: str) -> Iterator[None]:
    """Matplotlib's settings for one figure; ``salt`` makes the ids in its SVG unique and reproducible."""
    import matplotlib as mpl

    ink, soft, rule = colour("ink"), colour("soft"), colour("rule")
    settings = {
        "svg.fonttype": "none",
        "svg.hashsalt": salt,
        "font.family": ["DejaVu Sans"],
        "font.size": 8.5,
        "text.color": ink,
        "axes.titlesize": 9.5,
        "axes.titleweight": "bold",
        "axes.titlelocation": "left",
        "axes.labelcolor": soft,
        "axes.edgecolor": soft,
        "axes.linewidth": 0.7,
        "axes.facecolor": "none",
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.grid": True,
        "axes.grid.axis": "y",
        "axes.axisbelow": True,
        "grid.color": rule,
        "grid.linewidth": 0.7,
        "figure.facecolor": "none",
        "xtick.color": soft,
        "ytick.color": soft,
        "xtick.major.width": 0.7,
        "ytick.major.size": 0,
        "lines.linewidth": 1.5,
        "lines.markersize": 5,
        "legend.frameon": False,
        "legend.handlelength": 2.6,
        "legend.columnspacing": 1.6,
    }
    with mpl.rc_context(settings):  # type: ignore[arg-type]
        yield


def finish(figure: Figure, name: str, title: str, description: str) -> str:
    """The figure as an ``<svg>`` element with a title, a description and themed colours."""
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    svg = buffer.getvalue()
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.S)
    svg = re.sub(r"<defs>\s*<style.*?</style>\s*</defs>", "", svg, flags=re.S)
    svg = re.sub(r'<g id="[^"]*"', "<g", svg)
    svg = re.sub(r"\n\s*", "\n", svg)
    svg = re.sub(
        r"font: (?:(bold|700) )?([\d.]+px) 'DejaVu Sans'[^;\"]*",
        lambda m: f"font-size: {m.group(2)}" + ("; font-weight: 600" if m.group(1) else ""),
        svg,
    )
    svg = re.sub(r"font-family: 'DejaVu Sans'[^;\"]*;? ?", "", svg)
    for variable, (light, _) in COLOURS.items():
        svg = svg.replace(light, f"var(--{variable},{light})")
    head = (
        f' role="img" aria-labelledby="{name}-t {name}-d" style="stroke-linejoin:round;stroke-linecap:butt;'
        f'font-family:{FONT}">'
        f'<title id="{name}-t">{html.escape(title)}</title><desc '
        f'id="{name}-d">{html.escape(description)}</desc>'
    )
    return re.sub(r"^(<svg[^>]*)>", lambda m: m.group(1) + head, svg, count=1).strip()


def draw(
    name: str, title: str, caption: str, description: str, paint: Callable[[Any, float], None]
) -> Drawing:
    """Both widths of a figure; ``paint(figure, width)`` fills a matplotlib figure of ``width`` inches.

    The other arguments are those of `Drawing`. The same calls give the same bytes.
    """
    from matplotlib.figure import Figure

    variants = {}
    for suffix, width in (("", WIDE), ("-narrow", NARROW)):
        with drawing(name + suffix):
            figure = Figure(figsize=(width, 3), layout="constrained")
            paint(figure, width)
            variants[suffix] = finish(figure, name + suffix, title, description)
    return Drawing(name, title, caption, description, variants[""], variants["-narrow"])
