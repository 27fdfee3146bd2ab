"""What is done to the rows of either side before its framework gets them, as findings and for diagnoses."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import final

import numpy as np

from crossframe.core.errors import UsageError
from crossframe.core.text import plural, whole
from crossframe.core.types import FloatArray, Target, Value
from crossframe.data.designs import Design
from crossframe.data.types import Dataset, Draw
from crossframe.experiment.by_row import with_power
from crossframe.experiment.contestants import Contestant
from crossframe.experiment.fits import FitCache
from crossframe.experiment.plan import Experiment
from crossframe.experiment.preparation import Prepared, Unprepared, prepare
from crossframe.experiment.spec import missing_rule, own_settings
from crossframe.explain import choice, coding
from crossframe.explain.diagnoses import Diagnosis
from crossframe.explain.expression import EffectivePair
from crossframe.explain.hybrids import Sides
from crossframe.explain.switches import BY_ROW, CODING, SELECTION
from crossframe.frameworks.registry import model
from crossframe.settings.family import spread
from crossframe.settings.vocabulary import VOCABULARY

KINDS = ("missing", "classes", "coding", "selection", "penalty")
"""Kinds of the findings made here."""

_IMPUTING = ("mean", "level")
_MISSING = {
    "drop": "rows with a missing feature are left out",
    "mean": "a missing feature is the mean of the training rows",
    "level": "a missing feature is the mean of the training rows, with a column that says so",
}
_MIRRORED = 1e-6
_SHOWN = 15
"""Names of features that a sentence lists."""

Rows = tuple[FloatArray, Target, tuple[str, ...]]


@final
@dataclass(frozen=True)
class CompleteRows:
    """A design of which only the rows that lack no feature are scored."""

    base: Design

    @property
    def name(self) -> str:
        """The name of the design, as reports show it."""
        return self.base.name

    @property
    def describe(self) -> str:
        """The description of the design, for reports."""
        return f"{self.base.describe} Rows with a missing feature are not scored."

    def pool_size(self, dataset: Dataset) -> int:
        """Rows from which the design takes its training samples."""
        return self.base.pool_size(dataset)

    def draw(self, dataset: Dataset, n: int | None, index: int, seed: int) -> Draw:
        """The design's draw, with the complete ones of the rows to score. Raises `UsageError` without any."""
        draw = self.base.draw(dataset, n, index, seed)
        scored = draw.evaluate[dataset.complete[draw.evaluate]]
        if not len(scored):
            raise UsageError(
                f"{dataset.name}: a feature is missing in every row to score, which one side cannot score",
                "give both sides missing=mean or missing=level",
            )
        return replace(draw, evaluate=scored)

    def overlap(self, dataset: Dataset, n: int | None) -> float:
        """Expected share of rows that two draws of the design have in common."""
        return self.base.overlap(dataset, n)


def comparable(experiment: Experiment, sides: Sides) -> tuple[Experiment, Sides]:
    """The experiment with the rows that both sides can score, and the sides with the same steps.

    Where one side's features are standardised before its framework, or its text is coded in a way of its
    own, that step is a setting of both.
    """
    data = experiment.dataset
    if len(data.classes) > 2 and any(s.preparation.weights != "none" for s in sides if data.by_row):
        raise UsageError(
            f"weights of the rows are explained for two classes and for numbers; {data.name} has "
            f"{len(data.classes)} classes",
            "leave --weights out, or give both sides weights=none",
        )
    if not experiment.dataset.complete.all() and not all(missing_rule(side) in _IMPUTING for side in sides):
        experiment = replace(experiment, design=CompleteRows(experiment.design))
    rules = [side.preparation for side in sides]
    steps = any(rule.standardize for rule in rules), any(rule.contrasts or rule.reference for rule in rules)
    if any(steps):
        left, right = (_with_steps(side, *steps) for side in sides)
        unique = {side.name: side for side in (left, right)}
        return replace(experiment, contestants=tuple(unique.values())), (left, right)
    return experiment, sides


def _with_steps(side: Contestant, standardizes: bool, codes: bool) -> Contestant:
    rule = side.preparation
    if standardizes:
        rule = replace(rule, standardize=rule.standardize or "none")
    if codes:
        rule = replace(rule, contrasts=rule.contrasts or "treatment", reference=rule.reference or "first")
    return replace(side, preparation=rule)


def training_rows(fits: FitCache, side: Contestant, effective: Mapping[str, Value]) -> Rows:
    """X (n, k), y and names of the first draw's training rows as a side's model uses them.

    None is missing, unless the model itself makes something else of them; standardised they are not,
    because that is a setting of the objective. Raises `UsageError` where no row or no column is left.
    """
    made = _training(fits, side, effective)
    return made.X, made.y, made.names


def by_row(
    fits: FitCache, side: Contestant, effective: Mapping[str, Value], draw: int = 0
) -> tuple[FloatArray | None, FloatArray | None]:
    """Weights and offset of a side's training rows, (n,) each; None for what it does not use."""
    if not fits.experiment.dataset.by_row:
        return None, None
    made = _training(fits, side, effective, draw)
    return made.weights, made.offset


def _training(fits: FitCache, side: Contestant, effective: Mapping[str, Value], draw: int = 0) -> Prepared:
    e = fits.experiment
    missing = str(effective.get("missing", ""))
    missing = missing if missing in _MISSING else ""
    rule = replace(with_power(side, e.dataset), missing=missing, standardize="")
    try:
        return prepare(rule, side.selection, e.dataset, e.draw(e.sizes[0], draw).train)
    except Unprepared as error:
        why = "; ".join([str(error.status), *error.evidence])
        raise UsageError(f"{side.name}: {why}", "use more rows") from None


def arguments(fits: FitCache, side: Contestant) -> dict[str, Value]:
    """The arguments of a side's model in its framework's spelling, as in its first fit with an answer.

    What depends on the rows, such as a penalty that the framework takes as a sum over them, is that of this
    fit: their number after the side's own preparation, or the sum of their weights.
    """
    e, this = fits.experiment, model(side.model)
    records = fits.records(side)
    first = next((i for i, record in enumerate(records) if record.fields["usable"]), 0)
    fields, train = records[first].fields, e.draw(e.sizes[0], first).train
    n = fields.get("size", fields.get("rows", e.sizes[0]))
    native = this.for_task(side.settings, side.native, e.dataset.task, len(e.dataset.classes))
    scale = spread(e.dataset.y[train], side.settings, native, *by_row(fits, side, {}, first))
    return this.to_native(side.settings, native, n, scale)


def findings(fits: FitCache, sides: Sides, effective: EffectivePair, names: Sequence[str]) -> list[Diagnosis]:
    """How many rows of the first draw each side trains on, which class it scores, which features it keeps.

    ``names`` are those of the sides in sentences.
    """
    made = []
    if effective[0].get("class.order") != effective[1].get("class.order"):
        made.append(_classes(fits, sides, names))
    made += coding.finding(fits, sides, effective, names)
    if fits.experiment.draws == 1:
        made += choice.finding(names, effective)
    missing = any("missing" in own for own in effective)
    selects = any(own.get(SELECTION, "none") != "none" for own in effective)
    if not (missing or selects):
        return made
    try:
        rows = [training_rows(fits, *each) for each in zip(sides, effective, strict=True)]
    except UsageError:
        # Over draws the first may have no fit, while others have.
        return made
    made += [_missing(fits, names, effective, rows)] if missing else []
    return made + ([_selection(names, rows)] if selects else [])


def _missing(
    fits: FitCache, sides: Sequence[str], effective: EffectivePair, rows: Sequence[Rows]
) -> Diagnosis:
    e = fits.experiment
    draw = e.draw(e.sizes[0], 0)
    rules = [str(own.get("missing", "error")) for own in effective]
    each = [
        f"{side} trains on {whole(len(y))} ({_MISSING.get(rule, f'missing={rule}')})"
        for side, rule, (_, y, _) in zip(sides, rules, rows, strict=True)
    ]
    words = f"of {plural(len(draw.train), 'row')}, {' and '.join(each)}"
    words += f"; compared are the scores of {plural(len(draw.evaluate), 'row')}"
    if e.dataset.complete[draw.evaluate].all():
        words += " that lack no feature"
    trained = [len(y) for _, y, _ in rows]
    return Diagnosis(
        "missing", "both", words,
        {"rows": len(draw.train), "trained": trained, "scored": len(draw.evaluate)},
    )  # fmt: skip


def _classes(fits: FitCache, sides: Sides, names: Sequence[str]) -> Diagnosis:
    zero, one = fits.experiment.dataset.classes
    of = {"given": repr(one), "reversed": repr(zero)}
    orders = [side.preparation.order for side in sides]
    each = [f"those of {name} of {of[order]}" for name, order in zip(names, orders, strict=True)]
    a, b = (fits.records(side)[0].arrays.get("score", np.empty(0)) for side in sides)
    mirrored = float(np.max(np.abs(a + b - 1.0), initial=0.0)) if len(a) == len(b) > 0 else math.nan
    words = f"scores and labels are of unlike classes: {' and '.join(each)} (class.order)"
    if mirrored <= _MIRRORED:
        words += f"; they are mirrored: 1 less a score of the one is the other's, to {mirrored:.1g}"
    return Diagnosis("classes", "both", words, {"mirrored": mirrored})


def _selection(sides: Sequence[str], rows: Sequence[Rows]) -> Diagnosis:
    left, right = (names for _, _, names in rows)
    kept = {"left": list(left), "right": list(right)}
    if left == right:
        return Diagnosis("selection", "both", f"both keep the same features: {_listed(left)}", kept)
    each = [
        f"{side} keeps {plural(len(own), 'feature')}"
        + (f", {_listed(only)} alone" if (only := [n for n in own if n not in other]) else "")
        for side, own, other in ((sides[0], left, right), (sides[1], right, left))
    ]
    shared = [name for name in left if name in right]
    words = f"the two differ in the features that they keep: {'; '.join(each)}; both keep {_listed(shared)}"
    return Diagnosis("selection", "both", words, kept)


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return (", ".join(names[:_SHOWN]) or "none") + more


def in_words(side: Contestant) -> str:
    """What is done to a side's rows before its framework, as settings; empty: nothing."""
    usual = ("none", *(VOCABULARY[name].without for name in CODING))
    own = {k: v for k, v in own_settings(side).items() if k not in BY_ROW and v not in usual}
    own |= {k: v for k, v in own_settings(side).items() if k in BY_ROW and v != "given"}
    return ", ".join(f"{name}={value}" for name, value in own.items())
