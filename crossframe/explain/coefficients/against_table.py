"""A table of coefficients beside a model or a script: what it is the optimum of, and why the two differ."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from crossframe.core.errors import CrossframeError, UsageError
from crossframe.core.text import digits, plural
from crossframe.data import load
from crossframe.data.designs import WHOLE
from crossframe.data.types import Dataset
from crossframe.experiment.contestants import Contestant
from crossframe.experiment.plan import Experiment
from crossframe.experiment.spec import parse
from crossframe.experiment.store import opened
from crossframe.explain import answer as settings
from crossframe.explain.api import explain_on
from crossframe.explain.coefficients.finding import TableFinding, TableVerdict
from crossframe.explain.coefficients.inferred import Compared, compared
from crossframe.explain.coefficients.search import explain_table
from crossframe.explain.coefficients.tables import read_table
from crossframe.explain.explanation import Conclusion, Explanation
from crossframe.explain.fitted import brought, sides
from crossframe.explain.fitted.alignment import related
from crossframe.explain.fitted.api import SEED
from crossframe.explain.fitted.brought import Runner
from crossframe.explain.fitted.result import SCHEMA, DataConclusion, ScriptRecipe
from crossframe.explain.scripts.given import is_script, is_table
from crossframe.explain.spelling import source
from crossframe.explain.switches import OPTIMUM
from crossframe.frameworks.fitted import FittedModel
from crossframe.frameworks.pool import Pool, borrowed
from crossframe.frameworks.registry import model, require
from crossframe.report.document import Document, Part
from crossframe.report.table import Cell, Table

if TYPE_CHECKING:
    from crossframe.report.document import Block

_EXPRESSED = ("link", "penalty.l2", "penalty.l1", "penalty.intercept", "intercept", "features.standardize")


@dataclass(frozen=True, eq=False)
class TableExplanation:
    """Why a table of coefficients and a model differ.

    Attributes
    ----------
    left, right
        The sides as they are called.
    finding
        What the table is the optimum of.
    explanation
        That optimum beside the other side; None: it is none of the other side's data, or has no model.
    unlike
        A sentence on columns or rows that one side alone has; empty: there are none.
    inferred
        The standard errors and p-values beside those of the other side's script; None: not comparable.
    """

    left: str
    right: str
    finding: TableFinding
    explanation: Explanation | None
    unlike: str = ""
    inferred: Compared | None = None

    @property
    def verdict(self) -> Conclusion | DataConclusion:
        """By the table's own finding where that is one of the data, else by the settings."""
        rung, finding = self.finding.rung, self.finding
        if finding.verdict is TableVerdict.NO_OPTIMUM and self.explanation is None:
            return Conclusion.NO_UNIQUE_OPTIMUM
        if finding.objective is None and self.explanation is None:
            return Conclusion.UNEXPLAINED
        if rung in ("rows", "target", "weights"):
            return DataConclusion.OTHER_DATA
        if rung == "columns":
            return DataConclusion.OTHER_COLUMNS
        if self._by_inference:
            return Conclusion.EXPLAINED
        if self.explanation is None and self.inferred is not None:
            return Conclusion.AGREE
        if self.explanation is None:
            return DataConclusion.OTHER_COLUMNS if self.unlike else Conclusion.UNEXPLAINED
        # No setting makes a model print another number than it has.
        wrong = finding.verdict is TableVerdict.ALTERED
        agree = self.explanation.verdict is Conclusion.AGREE
        return Conclusion.UNEXPLAINED if wrong and agree else self.explanation.verdict

    @property
    def _by_inference(self) -> bool:
        """Whether the coefficients agree, and the numbers beside them do not."""
        agree = self.explanation is None or self.explanation.verdict is Conclusion.AGREE
        return agree and self.inferred is not None and bool(self.inferred.causes)

    @property
    def answer(self) -> list[str]:
        """The finding, and why the other side differs from it, in sentences."""
        lines, e = list(self.finding.sentences), self.explanation
        if self._by_inference and self.inferred is not None:
            return [*self.inferred.words, *lines]
        if e is None and self.unlike and not self.finding.rung:
            return [lines[0], self.unlike, *lines[1:]]
        if e is None and self.inferred is not None:
            return [lines[0], *self.inferred.words, *lines[1:]]
        if e is None or self.verdict not in Conclusion:
            return lines
        if e.verdict is Conclusion.AGREE:
            return [lines[0], f"That is what {self._other} fits as well.", *lines[1:]]
        causes = [line for line in settings.answer(e) if line.startswith("Cause")]
        # The reference model stands for the table, which has no arguments.
        others = [line for line in settings.answer(e) if line.startswith("To make") and OPTIMUM not in line]
        first = [f"{self.left} and {self.right} differ: {line.partition(': ')[2]}" for line in causes]
        return [*first, *lines, *others]

    @property
    def recipes(self) -> tuple[ScriptRecipe, ...]:
        """What to pass to the other side so that it gives the table's answer."""
        e = self.explanation
        if e is None or self.verdict not in Conclusion:
            return ()
        return tuple(
            ScriptRecipe(
                d.side, source(d.recipe.model, d.recipe.arguments), before=e.gap.difference, after=d.left_over
            )
            for d in e.directions
            if d.closed
            and d.recipe is not None
            and d.recipe.model != OPTIMUM
            and e.verdict is not Conclusion.AGREE
        )

    @property
    def _other(self) -> str:
        return self.right if self.finding.table == self.left else self.left

    def to_dict(self) -> dict[str, Any]:
        """What ``--json`` prints, schema 1."""
        e = self.explanation
        return {
            "schema": SCHEMA, "kind": "table", "verdict": str(self.verdict),
            "rung": self.finding.rung or None, "answer": self.answer,
            "causes": self._causes,
            "left": {"name": self.left}, "right": {"name": self.right}, "rungs": [],
            "recipes": [recipe.to_dict() for recipe in self.recipes],
            "table": self.finding.to_dict(),
            "explanation": e.to_dict() if e and not self._by_inference else None,
        }  # fmt: skip

    @property
    def _causes(self) -> list[str]:
        if self._by_inference and self.inferred is not None:
            return list(self.inferred.causes)
        return list(self.explanation.causes) if self.explanation and self.verdict in Conclusion else []

    def __str__(self) -> str:
        return self.document().brief()

    def document(self) -> Document:
        """The page: the answer, the terms, and the settings' shares."""
        finding = self.finding
        rows = [
            [Cell(c.term, mark="code"), Cell(c.printed), Cell(f"{c.optimum:.10g}", c.optimum),
             Cell(digits(c.digits), c.digits), Cell(agrees, mark=agrees)]
            for c in finding.checks for agrees in ["yes" if c.agrees else "no"]
        ]  # fmt: skip
        columns = [("term", False, ""), ("printed", False, ""), ("optimum", True, ""), ("digits", True, ""),
                   ("agrees to the printed digits", False, "")]  # fmt: skip
        caption = (
            f"The terms of {finding.table} beside {finding.reference or 'the objective that gives them'}."
        )
        body: list[Block] = [Table(caption, columns, rows)]
        parts = [Part("terms", "The table", body=body)] if rows else []
        if self.explanation is not None and self.explanation.verdict is not Conclusion.AGREE:
            from crossframe.explain.report import document as of_settings

            parts += of_settings(self.explanation).parts
        title = f"{self.left} and {self.right}"
        facts = f"{finding.rows:,} rows; {finding.kind}"
        return Document(title, facts, self.answer, parts, answer=len(self.answer))


def explain_texts(
    left: str,
    right: str,
    runner: Runner,
    *,
    data: str | os.PathLike[str] | None = None,
    target: str | None = None,
    positive: str | None = None,
    store: str | os.PathLike[str] | None = None,
    pool: Pool | None = None,
    on_progress: Callable[[str], None] = lambda line: None,
) -> TableExplanation:
    """What a table of coefficients is the optimum of, and why the other side differs from it.

    One of the sides is a file of coefficients. The rows are those of ``data``, or of the other side's script.
    Raises `UsageError` where there are none.
    """
    names = brought.names(left, right)
    at = 0 if is_table(left) else 1
    file, other = (left, right) if at == 0 else (right, left)
    if is_table(other):
        raise UsageError("two tables of coefficients", "give one beside a script or a model, as in r.glm")
    fit, made, script = None, None, None
    if is_script(other):
        script = runner.side(other, names[1 - at])
        fit = script.fit
        if script.recognised is not None:
            made = sides.contestant(names[1 - at], script.recognised)
    else:
        made = parse(other)
        require(made.engine)
    if data is not None and target is not None:
        rows = load(os.fspath(data), target=target, positive=positive, missing="framework", numbers=True)
    elif fit is not None:
        rows = sides.dataset(fit, f"the data of {names[1 - at]}")
    else:
        raise UsageError(
            f"{file}: the rows to which it was fitted are needed",
            "name them with --data FILE --target COLUMN",
        )
    finding = explain_table(read_table(Path(file)), rows)
    usable, unlike, inferred = _usable(finding, rows), "", None
    if usable is not None and fit is not None:
        inferred = compared(finding, fit, (names[at], names[1 - at]))
        unlike = _unlike(usable, fit, (names[at], names[1 - at]))
        usable = None if unlike else sides.dataset(fit, "the data of both")
    beside = None
    if finding.verdict is TableVerdict.NO_OPTIMUM and script is not None and not sides.penalised(script):
        # Of two without an optimum each has what its iterations reached, which no setting explains.
        made = None
    if made is not None and usable is not None and (optimum := _optimum(finding, names[at])) is not None:
        ordered = (optimum, made) if at == 0 else (made, optimum)
        experiment = Experiment(usable, WHOLE, (len(usable.y),), 1, SEED, ordered, threads=1)
        with opened(store) as kept, borrowed(pool) as frameworks:
            try:
                beside = explain_on(
                    experiment, ordered, kept, frameworks, over_draws=False, on_progress=on_progress
                )
            except CrossframeError as error:
                on_progress(f"the settings are not compared: {error.message}")
    return TableExplanation(*names, finding, beside, unlike, inferred)


def _unlike(table: Dataset, fit: FittedModel, names: tuple[str, str]) -> str:
    """The columns or rows that a table or a fit has alone, in a sentence; empty: there are none."""
    if len(table.y) != len(fit.y):
        return f"{names[0]} is fitted to {plural(len(table.y), 'row')}, {names[1]} to {len(fit.y):,}."
    relation = related(table.X, fit.X, table.names, fit.columns)
    only = ([table.names[j] for j in relation.only_left], [fit.columns[j] for j in relation.only_right])
    each = [f"{name} alone has {', '.join(own)}" for name, own in zip(names, only, strict=True) if own]
    return f"The columns differ: {'; '.join(each)}." if each else ""


def _usable(finding: TableFinding, rows: Dataset) -> Dataset | None:
    """The rows and the columns of the table's own fit; None: they are not the file's as they are."""
    design = finding.design
    if design is None or finding.rung not in ("", "objective") or not np.isfinite(design.X).all():
        return None
    X, y = design.whole
    levels = tuple(f"level {k}" for k in range(2, 2 + X.shape[1] - len(finding.slopes)))
    return replace(
        rows, X=np.ascontiguousarray(X) + 0.0, y=y.astype(rows.y.dtype), names=(*finding.slopes, *levels),
        file=None,
    )  # fmt: skip


def _optimum(finding: TableFinding, name: str) -> Contestant | None:
    """The table's objective as the reference model; None: that has not all of its settings."""
    own = dict(finding.settings)
    if own.pop("class_weight", "none") != "none" or own.get("link") not in ("logit", "identity"):
        return None
    given = {setting: own[setting] for setting in _EXPRESSED if setting in own}
    canonical, native = model(OPTIMUM).split(given)
    return Contestant(name, name, model(OPTIMUM).family, OPTIMUM, settings=canonical, native=native)
