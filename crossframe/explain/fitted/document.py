"""The page of two fits that somebody made: the answer, the change, their data, and the settings' shares."""

from __future__ import annotations

import math

from crossframe.core.text import agreement
from crossframe.explain.attribution.measures import digits_of_gap
from crossframe.explain.explanation import Conclusion
from crossframe.explain.fitted.answer import answer
from crossframe.explain.fitted.ladder import unit
from crossframe.explain.fitted.result import FittedExplanation, ScriptRecipe, Side
from crossframe.explain.fitted.rungs import RungVerdict
from crossframe.explain.inference.compared import ComparedInference
from crossframe.explain.inference.tables import part as inference_part
from crossframe.report.document import Document, Part, SourceText
from crossframe.report.table import Cell, Table

_QUESTIONS = {
    "rows": "the same rows?",
    "target": "the same target?",
    "columns": "the same features?",
    "weights": "the same weights?",
    "predictions": "the same predictions?",
    "labels": "the same labels?",
    "coefficients": "the same coefficients?",
    "inference": "the same standard errors and tests?",
    "objective": "the same objective?",
    "rerun": "beyond chance?",
    "copies": "closed in changed copies?",
}
_ANSWERS = {RungVerdict.SAME: ("yes", "yes"), RungVerdict.DIFFERS: ("no", "no"),
            RungVerdict.NOT_COMPARED: ("not compared", "open")}  # fmt: skip


def document(f: FittedExplanation) -> Document:
    """The page; a part of settings follows only where both models were recognised on the same data."""
    agree = f.verdict is Conclusion.AGREE
    title = (
        f"{f.left.name} and {f.right.name} agree" if agree else f"Why {f.left.name} and {f.right.name} differ"
    )
    lines = answer(f)
    parts = [
        Part("fits", "The two fits", tables=(_fits(f),)),
        Part("change", "The change", body=[_program(r) for r in f.recipes if r.diff],
             paragraphs=[f"{r.side}: {r.why}" for r in f.recipes if r.why]),
        Part("common", "What the two have in common", tables=(_rungs(f),)),
    ]  # fmt: skip
    parts += [_inference(f, f.inference)] if f.inference else []
    parts = [p for p in parts if p.paragraphs or p.body or p.tables]
    if f.explanation is not None and f.explanation.verdict is not Conclusion.AGREE:
        from crossframe.explain.report import document as of_settings

        of_both = [part for part in of_settings(f.explanation).parts if part.key != "inference"]
        # Where the data differ, these fits are not the scripts' own.
        parts += [part for part in of_both if part.key != "coefficients" or not f.switched]
    return Document(title, _facts(f), lines, parts, answer=len(lines))


def _inference(f: FittedExplanation, made: ComparedInference) -> Part:
    # Its sentences stand in the answer, or beside the question.
    return inference_part(made, (f.left.name, f.right.name), answered=True)


def _facts(f: FittedExplanation) -> str:
    gap = f.ladder.gap
    if math.isnan(gap):
        return f"{f.verdict.phrase}; the predictions are not compared"
    size = f"{gap:.3g}{unit(f.left.fit)}"
    largest = f"largest difference of two predictions {size} ({agreement(digits_of_gap(gap))})"
    return f"{f.verdict.phrase}; {largest}"


def _fits(f: FittedExplanation) -> Table:
    rows = [
        [Cell(side.name), Cell(side.fit.title, mark="code"), Cell(str(side.fit.line or "")),
         Cell(f"{len(side.fit.y):,}"), Cell(str(len(side.fit.columns))), Cell(_model(side))]
        for side in (f.left, f.right)
    ]  # fmt: skip
    columns = [("side", False, ""), ("fit", False, ""), ("line", True, ""), ("rows", True, ""),
               ("features", True, ""), ("compared as", False, "the model of crossframe")]  # fmt: skip
    return Table("The fits that were compared.", columns, rows, sortable=False)


def _model(side: Side) -> str:
    return side.recognised.model if side.recognised else "its data and predictions alone"


def _rungs(f: FittedExplanation) -> Table:
    rows = [
        [Cell(_QUESTIONS[r.rung]), Cell(_ANSWERS[r.verdict][0], mark=_ANSWERS[r.verdict][1]), Cell(r.words)]
        for r in f.rungs
    ]
    columns = [("question", False, ""), ("answer", False, ""), ("measured", False, "")]
    return Table(
        "Asked of the recorded data and predictions, whatever the models are.", columns, rows, sortable=False
    )


def _program(recipe: ScriptRecipe) -> SourceText:
    after = "" if math.isnan(recipe.after) else f"; run so, {agreement(digits_of_gap(recipe.after))}"
    return SourceText(f"Change of {recipe.side}{after}", "diff", recipe.diff)
