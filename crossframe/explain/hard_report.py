"""The report on hard regressions: ``python -m crossframe.explain.hard_report FOLDER`` writes it."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from crossframe.core.text import plural
from crossframe.explain.hard_regressions import (
    MAX_DIGITS,
    MODELS,
    DigitsReached,
    HardProblem,
    LeastSquares,
    hard_problems,
    measure,
)
from crossframe.frameworks.registry import versions
from crossframe.report.document import Document, Part
from crossframe.report.export import plain
from crossframe.report.style import WIDE, Drawing, colour, draw, framework_marks
from crossframe.report.table import Cell, Table

SCHEMA = 1

Problems = Sequence[HardProblem]
Models = Sequence[LeastSquares]
Reached = dict[tuple[str, str], DigitsReached]
"""By the names of problem and side."""


def document(hard: Problems, reached: Sequence[DigitsReached], sides: Models = MODELS) -> Document:
    """The page of the digits that each model reached on each problem, against the rounding floor."""
    by = {(r.problem, r.side): r for r in reached}
    known = [f"{name} {version}" for engine in ("r", "sklearn", "h2o") for name, version in _versions(engine)]
    return Document(
        "Digits of least squares on hard problems",
        f"{len(hard)} problems, {len(sides)} ways to solve them; {', '.join(known)}",
        tuple(_headline(side, [by[p.name, side.name] for p in hard]) for side in sides),
        (
            Part(
                "digits",
                "Digits that agree with the exact answer",
                (
                    "The exact answer is the least squares of the float64 numbers that every framework got, "
                    "in rational arithmetic. Digits are -log10 of the relative error of the whole vector of "
                    f"coefficients, each times the norm of its column; {MAX_DIGITS:.1f} is an answer "
                    "that is exact but for its own rounding. In brackets the digits that the condition "
                    "number leaves to the side's algorithm: Wedin's bound for QR (lm) and for the SVD of "
                    "centred features (LinearRegression), unit roundoff times the squared condition number "
                    "for the Cholesky factor of the Gram matrix (H2O).",
                    "A side that fits another model than it was asked for, because it left out a column or a "
                    "direction, says so. lm leaves out a column of which less than tol = 1e-7 of its norm "
                    "is left beside the others. LinearRegression's tol = 1e-6 is a share of the largest "
                    "singular value of the features in their own units, so that it cuts off directions that "
                    "powers of one variable determine well.",
                ),
                (_table(hard, by, sides),),
                _figure(hard, by, sides),
                (_worst(hard, by, sides), _about(hard)),
            ),
        ),
    )


def _versions(engine: str) -> list[tuple[str, str]]:
    named = {"r": "R", "sklearn": "scikit-learn", "h2o": "h2o"}[engine]
    return [(named, version) for name, version in versions(engine).items() if name == named]


def _headline(side: LeastSquares, reached: Sequence[DigitsReached]) -> str:
    whole = [r for r in reached if r.complete]
    met = [r for r in whole if r.holds]
    other = [r for r in reached if not r.complete]
    least = min(whole, key=lambda r: r.digits)
    words = (
        f"{side.name}: fewest correct digits {least.digits:.1f} ({least.problem}, where "
        f"{least.predicted:.1f} are to be expected)"
    )
    if wrong := sum(r.digits < 1 for r in whole):
        words += f", less than one on {plural(wrong, 'problem')}"
    words += f"; as many as are to be expected, or more, on {len(met)} of {plural(len(whole), 'problem')}"
    short = [r for r in whole if not r.holds]
    if short:
        most = max(short, key=lambda r: r.predicted - r.digits)
        words += f", short by at most {most.predicted - most.digits:.2f} ({most.problem})"
    if other:
        words += f". Another model than was asked for on {len(other)}: {', '.join(r.problem for r in other)}"
    return words + "."


def _cell(reached: DigitsReached) -> Cell:
    if reached.words:
        return Cell(reached.words, -1.0)
    return Cell(f"{_digits(reached)} [{reached.predicted:.1f}]", reached.digits)


def _digits(reached: DigitsReached) -> str:
    """The digits of the whole answer, or how the model is another one than was asked for."""
    return reached.words or f"{reached.digits:.1f}"


def _table(hard: Problems, by: Reached, sides: Models) -> Table:
    rows = []
    for problem in hard:
        size = _size(by[problem.name, sides[0].name])
        rows.append(
            [
                Cell(problem.name),
                Cell(f"{size:.1f}", size),
                *(_cell(by[problem.name, side.name]) for side in sides),
            ]
        )
    columns = [
        ("problem", False, ""),
        ("log10 condition", True, "of the design, columns of norm 1, the intercept's among them"),
        *((side.name, True, "digits [digits to be expected]") for side in sides),
    ]
    return Table("digits of the whole answer [to be expected]", columns, rows)


def _size(reached: DigitsReached) -> float:
    return math.log10(reached.condition)


def _worst(hard: Problems, by: Reached, sides: Models) -> Table:
    rows = [[Cell(p.name), *(_single(by[p.name, side.name]) for side in sides)] for p in hard]
    columns = [("problem", False, ""), *((side.name, True, "log relative error") for side in sides)]
    return Table("digits of the worst single coefficient, NIST's log relative error", columns, rows)


def _single(reached: DigitsReached) -> Cell:
    return Cell(reached.words or f"{reached.worst:.1f}", -1.0 if reached.words else reached.worst)


def _about(hard: Problems) -> Table:
    rows = [
        [Cell(p.name), Cell(f"{p.X.shape[0]} x {p.X.shape[1]}", float(p.X.size)), Cell(p.about)] for p in hard
    ]
    columns = [("problem", False, ""), ("size", True, "rows x features"), ("what", False, "")]
    return Table("the problems", columns, rows)


def _figure(hard: Problems, by: Reached, sides: Models) -> Drawing:
    sizes = [_size(by[problem.name, sides[0].name]) for problem in hard]
    shown = [side for side in sides if side.by != "exact"]

    def paint(figure: Any, width: float) -> None:
        figure.set_size_inches(width, 4.2 if width == WIDE else 5.2)
        axes = figure.subplots()
        marks = framework_marks([side.model.partition(".")[0] for side in shown])
        for side, (tone, mark, _) in zip(shown, marks, strict=True):
            at = [by[problem.name, side.name] for problem in hard]
            heights = [0.0 if math.isnan(r.digits) else r.digits for r in at]
            axes.plot(
                sizes, heights, mark, color=colour(tone), markersize=5, alpha=0.85, label=side.name,
                linestyle="none",
            )  # fmt: skip
        axes.set_xlabel("log10 of the condition number")
        axes.set_ylabel("digits")
        axes.set_ylim(-0.6, 17)
        figure.legend(loc="outside upper left", ncols=3 if width == WIDE else 1, handlelength=1.2)

    return draw(
        "digits",
        "Digits against the condition number",
        "Digits of the whole answer, one mark for each problem. By the bounds lm loses a digit with each "
        "power of ten, H2O's normal equations two. A mark at 0 may be a model without a column or a "
        "direction.",
        "; ".join(f"{s.name}: {', '.join(_digits(by[p.name, s.name]) for p in hard)}" for s in shown) + ".",
        paint,
    )


def main(folder: Path) -> Path:
    """Measure everything and write the report; returns its page."""
    hard = hard_problems()
    reached = measure(hard)
    record = {
        "schema": SCHEMA,
        "versions": dict(pair for engine in ("r", "sklearn", "h2o") for pair in _versions(engine)),
        "reached": [{**asdict(r), "complete": r.complete, "holds": r.holds} for r in reached],
    }
    as_json = json.dumps(plain(record), indent=1, allow_nan=False)
    return document(hard, reached).write(folder, {"result.json": as_json + "\n"})


if __name__ == "__main__":
    print(main(Path(sys.argv[1])))
