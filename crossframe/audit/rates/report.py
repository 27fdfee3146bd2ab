"""The report of ``crossframe audit --learning-rates``."""

from __future__ import annotations

from collections.abc import Sequence

from crossframe.audit.rates.figure import figure
from crossframe.core.text import plural, whole
from crossframe.experiment.view import framework_title
from crossframe.frameworks.learning_rate import WINDOWS, LearningRate, LearningRates
from crossframe.report.document import Document, Part
from crossframe.report.style import Drawing, drawing, finish
from crossframe.report.table import Cell, Table, text_columns

_MEANT = (
    "The learning rate multiplies the gradient. The step that an optimizer takes can have another size: the "
    "effective learning rate of an update is the length of the change of all parameters over the length of "
    "the gradient. It is measured here, in each framework itself, update by update: the same small network, "
    "the same rows in the same order, one row per update, from the same weights.",
    "The formulas of the documentation stand beside it: fed with the measured gradients, each gives a step "
    "of its own, and its distance from the measured step is given relative to the step.",
    "The path is what a whole training of the framework's own default length travels: the sum of the "
    "distances between the weights at successive ends of epochs, and the distance from start to end.",
)


def document(rates: LearningRates) -> Document:
    """The page of measured learning rates: headlines, figure, formulas and paths; see `_MEANT`."""
    rows = rates.rows
    made = _drawing(rates) if any(row.mean(1) is not None for row in rows) else None
    gaps = tuple(f"{framework_title(e)} was not measured: {reason}" for e, reason in rates.gaps.items())
    return Document(
        "Learning rates, declared and measured",
        ", ".join(f"{name} {version}" for name, version in rates.versions.items()),
        (*_headlines(rows), *gaps),
        (
            Part("meaning", "What is measured", _MEANT),
            Part("figure", "Effective rate by update", drawing=made, tables=(_rates(rows),)),
            Part("formulas", "The formulas", tables=(_formulas(rows), _without(rows))),
            Part("paths", "What a training of default length travels", tables=(_paths(rows),)),
        ),
        details=2,
    )


def _drawing(rates: LearningRates) -> Drawing:
    name, heading = "learning-rates", "Effective learning rate by update"
    words = "One line per optimizer, coloured by framework: effective learning rate against update number."
    with drawing(name):
        svg = finish(figure(rates), name, heading, words)
    caption = (
        "Length of the change of all parameters over the length of the gradient, each optimizer with the "
        "settings in its name and else its defaults; both axes logarithmic."
    )
    return Drawing(name, heading, caption, words, svg)


def _headlines(rows: Sequence[LearningRate]) -> tuple[str, ...]:
    moving = [row for row in rows if row.mean(100) is not None]
    if not moving:
        return ()
    low, high = (pick(moving, key=lambda row: row.mean(100) or 0.0) for pick in (min, max))
    sentences = [
        f"Over the first 100 updates the effective rate spans {number(low.mean(100))} "
        f"({_called(low)}) to {number(high.mean(100))} ({_called(high)}), "
        "with the settings in the names and else the defaults."
    ]
    inactive = [row for row in rows if row.inactive and row.declared is not None]
    sentences += [
        f"{_called(row)}: the declared {row.parameter}={row.declared:g} is not in force ({row.inactive})."
        for row in inactive
    ]
    worst = max((row.agreement for row in moving if row.agreement is not None), default=None)
    with_formula = sum(row.agreement is not None for row in moving)
    sentences.append(
        f"{plural(with_formula, 'formula')} agree with the measured steps to {number(worst, 1)} or better."
    )
    return tuple(sentences)


def number(value: float | None, digits: int = 3) -> str:
    """Significant digits, small ones as powers; empty for None, 0 for 0."""
    if value is None:
        return ""
    if value and not 1e-3 <= abs(value) < 1e5:
        return f"{value:.{digits - 1}e}".replace("e-0", "e-").replace("e+0", "e+")
    return f"{value:.{digits}g}"


def _called(row: LearningRate) -> str:
    """The name with its framework; scikit-learn's class names are unambiguous and stand alone."""
    return row.name if row.engine == "sklearn" else f"{framework_title(row.engine)} {row.name}"


def _name(row: LearningRate) -> Cell:
    return Cell(_called(row), link=row.source)


def _rates(rows: Sequence[LearningRate]) -> Table:
    columns = (
        ("optimizer", False, ""),
        ("declared", False, "the parameter that is called the learning rate, and its default"),
        ("in force", False, "whether that parameter trains the model"),
        *((f"first {k}" if k > 1 else "update 1", True, "mean effective rate") for k in WINDOWS),
        ("formula off", True, "largest distance of the formula's step from the measured one, in steps"),
        ("textbook off", True, "the same for the rule as published, where the framework's is another one"),
    )
    return Table("declared and effective", columns, [
        [
            _name(row),
            Cell(f"{row.parameter}={row.declared:g}" if row.declared is not None else ""),
            Cell("no" if row.inactive else "yes", mark="warn" if row.inactive else ""),
            *(Cell(number(row.mean(k)), row.mean(k)) for k in WINDOWS),
            Cell(number(row.agreement, 1), row.agreement),
            Cell(number(row.textbook, 1), row.textbook),
        ]
        for row in rows if not row.none
    ])  # fmt: skip


def _formulas(rows: Sequence[LearningRate]) -> Table:
    columns = [*text_columns("optimizer", "formula", "schedule"), ("epsilon", True, ""),
               *text_columns("where it enters")]  # fmt: skip
    return Table("as documented, with the gradient g and the learning rate eta", columns, [
        [_name(r), Cell(r.formula), Cell(r.schedule), Cell(number(r.epsilon)), Cell(r.epsilon_enters)]
        for r in rows if r.formula
    ])  # fmt: skip


def _without(rows: Sequence[LearningRate]) -> Table:
    lines = [[_name(r), Cell(r.none)] for r in rows if r.none]
    return Table("solvers without a learning rate", text_columns("solver", "why"), lines)


def _paths(rows: Sequence[LearningRate]) -> Table:
    sizes = sorted({path.rows for row in rows for path in row.paths})
    columns = [("optimizer", False, "")]
    for n in sizes:
        columns += [(f"updates, n={n}", True, "done"), (f"path, n={n}", True, ""), (f"net, n={n}", True, "")]
    lines = []
    for row in rows:
        known = {path.rows: path for path in row.paths}
        cells = [_name(row)]
        for n in sizes:
            path = known.get(n)
            cells += [Cell(whole(path.updates), float(path.updates)), Cell(number(path.path), path.path),
                      Cell(number(path.net), path.net)] if path else [Cell("")] * 3  # fmt: skip
        lines += [cells] if known else []
    return Table(
        "sum of the distances between the ends of epochs, and distance from start to end", columns, lines
    )
