"""From two fits that somebody made to an explanation: what differs in their data, then in their settings."""

from __future__ import annotations

import hashlib
import json
import math
import os
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from crossframe.core.errors import CrossframeError
from crossframe.core.types import FloatArray, fingerprint
from crossframe.data.designs import WHOLE
from crossframe.data.types import Dataset
from crossframe.experiment.contestants import Contestant
from crossframe.experiment.fits import FitCache
from crossframe.experiment.plan import Experiment
from crossframe.experiment.store import Store, opened
from crossframe.explain.api import explain_on
from crossframe.explain.explanation import FLOOR, Conclusion, Explanation
from crossframe.explain.fitted import (
    brought,
    constants,
    copies,
    inferred,
    objective,
    reruns,
    scoring,
    selection,
    sides,
)
from crossframe.explain.fitted.brought import Runner
from crossframe.explain.fitted.ladder import classes, gap_of, ladder, unit
from crossframe.explain.fitted.recipes import recipes
from crossframe.explain.fitted.result import DataConclusion, DataSwitch, FittedExplanation, Side
from crossframe.explain.fitted.rungs import Rung
from crossframe.explain.fitted.sides import Common
from crossframe.explain.pairs import check_pair
from crossframe.explain.scripts.given import is_script
from crossframe.explain.switches import OPTIMUM
from crossframe.frameworks.fitted import Recognised
from crossframe.frameworks.pool import Pool, borrowed
from crossframe.frameworks.registry import model
from crossframe.report.export import plain

SEED = 12345
_DOUBT = "it was fitted to other rows, or does what no setting expresses"
_REST = 0.01
"""Part of the difference that may remain on the same data, where the data are called the cause."""
_SHORT = 1e-3
"""Difference of two predictions up to which a solver may have stopped early."""
_REACHED = 1e-6
"""Gradient, in parts of the null model's, up to which a side has reached its optimum."""
_FAR = 10.0
"""Multiple of the other side's gradient from which a side counts as stopped before its optimum."""


def explain_sides(
    left: Side,
    right: Side,
    store: Store,
    pool: Pool,
    *,
    threads: int = 1,
    changes: int | None = None,
    on_progress: Callable[[str], None] = lambda line: None,
) -> FittedExplanation:
    """Why two fits differ: what their data have in common, and what their settings cause.

    Where the data are the same, or the same but for a scale or the order of the classes, and both models
    are recognised, their settings are switched as `crossframe.explain` does it. Where the data differ, both
    models are fitted to the data of either side. At most so many ``changes`` of scripts are run, on copies.
    """
    made = _Work(left, right, store, pool, threads, changes, on_progress).explained()
    name = f"{left.name}--{right.name}"
    asked = [name, *(fingerprint(side.fit.X, side.fit.y) for side in (left, right))]
    digest = hashlib.sha256(json.dumps([*asked, left.fit.title, right.fit.title]).encode()).hexdigest()[:12]
    page = made.document().to_json()
    store.put_result(f"explain-{digest}", "explain", name, plain(made.to_dict()), page)
    return made


def explain_texts(
    left: str,
    right: str,
    runner: Runner,
    *,
    store: str | os.PathLike[str] | None = None,
    pool: Pool | None = None,
    threads: int = 1,
    changes: int | None = None,
    on_progress: Callable[[str], None] = lambda line: None,
) -> FittedExplanation:
    """`explain_sides` for two scripts, or a script and a model of crossframe on the script's data."""
    names = brought.names(left, right)
    with opened(store) as kept, borrowed(pool) as frameworks:
        made: list[Side | None] = []
        for text, name in zip((left, right), names, strict=True):
            made.append(runner.side(text, name) if is_script(text) else None)
            # What the switching takes starts beside the other script.
            for engine in _engines(made[-1]):
                frameworks.warm(engine, threads=threads)
        there = next(side for side in made if side is not None)
        both = [
            side or brought.of_model(text, there.fit, kept, frameworks, SEED)
            for side, text in zip(made, (left, right), strict=True)
        ]
        both = [*selection.as_searches(*both)]
        for k, text in enumerate((left, right)):
            if is_script(text):
                both[k] = selection.with_end_of_path(both[k])
                both[k] = selection.with_rule(both[k], runner.fits(text), both[1 - k])
        return explain_sides(
            both[0], both[1], kept, frameworks, threads=threads, changes=changes, on_progress=on_progress
        )


def _engines(side: Side | None) -> tuple[str, ...]:
    """The engines that the settings of a side are switched in, with the one of certified optima."""
    if side is None or side.recognised is None:
        return ()
    this = model(side.recognised.model)
    return (this.framework, model(OPTIMUM).framework) if this.convex else (this.framework,)


class _Work:
    def __init__(
        self, left: Side, right: Side, store: Store, pool: Pool, threads: int, changes: int | None,
        on_progress: Callable[[str], None],
    ) -> None:  # fmt: skip
        self._left, self._right = constants.aligned(scoring.with_levels(left), scoring.with_levels(right))
        self._store, self._pool, self._threads = store, pool, threads
        self._changes = changes
        self._on_progress = on_progress
        self._names = (left.name, right.name)
        self._ladder = ladder(self._left.fit, self._right.fit, self._names)
        self._why_not = ""

    def explained(self) -> FittedExplanation:
        """The explanation, with the inference of both; where nothing else differs, that is what it is of."""
        made = replace(self._explained(), inference=inferred.compared(*self._both, self._ladder))
        if made.verdict is Conclusion.AGREE and made.inference and made.inference.by_definition:
            return replace(made, verdict=Conclusion.EXPLAINED, rung="inference")
        return made

    def _explained(self) -> FittedExplanation:
        made = FittedExplanation(self._left, self._right, self._ladder, Conclusion.UNEXPLAINED)
        steps = self._ladder
        reparametrised = steps.relation.same_space and steps.data is steps["columns"]
        if reparametrised and not steps["labels"].differs:
            if not steps["predictions"].differs:
                return self._concluded(made)
            if remainder := self._stopped():
                verdict = DataConclusion.REPARAMETRISED
                return replace(made, verdict=verdict, rung="columns", remainder=remainder)
        not_unique = steps.coefficients and steps.coefficients.certificate.get("not_unique")
        without = replace(made, verdict=Conclusion.NO_UNIQUE_OPTIMUM, rung="coefficients")
        if steps.alike_in_all:
            return without if not_unique else replace(made, verdict=Conclusion.AGREE)
        known = self._known()
        table = known and self._common(known)
        if table is not None:
            rules = table.left.preparation.standardize, table.right.preparation.standardize
            made = replace(made, explanation=self._of_settings(table), standardize=rules)
            if made.explanation is not None and made.explanation.verdict is Conclusion.AGREE:
                # With the same seeds they agree; the scripts' own fits do not.
                made = replace(made, explanation=None)
        elif known and self._ladder.data is not None:
            made = self._on_either(made, known)
        if made.explanation is None and steps.data is None and not_unique:
            return without
        if made.explanation is None and self._ladder.data is None and self._ladder["predictions"].differs:
            strengths = (sides.ridge(self._left), sides.ridge(self._right))
            asked = objective.rung(self._left.fit, self._right.fit, self._names, strengths)
            made = replace(made, objective=asked)
            if made.objective is None:
                made = replace(made, rerun=reruns.rung(*self._both, self._on_progress, steps.rows))
        made = replace(self._concluded(made), why_not=self._why_not)
        made = replace(made, recipes=recipes(made, self._changes, self._on_progress))
        made = made if self._changes == 0 else copies.shown(made, self._on_progress)
        return replace(made, verdict=Conclusion.PARTLY) if _open(made) else made

    def _stopped(self) -> str:
        """Which solver stopped before the optimum that the other one has, in a sentence; empty: neither did.

        That is shown by one more step for maximum likelihood, after which the predictions are the same.
        """
        rows, (left, right) = self._ladder.rows, (self._left.fit, self._right.fit)
        steps = [scoring.step(fit) if fit.score is not None else None for fit in (left, right)]
        if not self._ladder.gap <= _SHORT or not rows.whole:
            return ""
        for one, other, side in (
            (steps[0], right.score, self._left), (left.score, steps[1], self._right)
        ):  # fmt: skip
            if one is None or other is None or len(one) != len(rows.left):
                continue
            rest = gap_of(one[rows.left], other[rows.right], left)
            if rest <= max(FLOOR, _REST * self._ladder.gap):
                return (
                    f"{side.name} stopped before the optimum: by one more step for maximum likelihood the "
                    f"predictions differ by {rest:.2g}, not by {self._ladder.gap:.2g}{unit(left)}."
                )
        return ""

    def _known(self) -> tuple[Recognised, Recognised] | None:
        """Both models, where both are recognised, can be compared, and give the scripts' own scores."""
        left, right = self._left.recognised, self._right.recognised
        if left is None or right is None or any(len(classes(side.fit)) > 2 for side in self._both):
            return None
        try:
            check_pair(*(sides.contestant(n, m) for n, m in zip(self._names, (left, right), strict=True)))
        except CrossframeError:
            return None
        for side in self._both:
            if not self._reproduced(side):
                assert side.recognised is not None
                self._why_not = (
                    f"{side.recognised.model}, fitted to the rows of {side.name} with its settings, gives "
                    f"other predictions than {side.name}: {_DOUBT}"
                )
                return None
        return left, right

    def _common(self, known: tuple[Recognised, Recognised]) -> Common | None:
        """One table for both: first the columns of a side on which the other one predicts the same."""
        steps, fits = self._ladder, (self._left.fit, self._right.fit)
        others_same = not any(steps[rung].differs for rung in ("rows", "target", "weights"))
        if steps["columns"].differs and steps.relation.same_space and others_same and steps.rows.whole:
            for base, other in ((self._left, self._right), (self._right, self._left)):
                at = 0 if other is self._left else 1
                made = list(known)
                made[at] = constants.like(base, known[at], other)
                scores = self._scores(sides.contestant(other.name, made[at]), _table(base))
                if scores is None or other.fit.score is None:
                    continue
                order = steps.rows.right if other is self._right else np.argsort(steps.rows.right)
                if gap_of(other.fit.score[order], scores, other.fit) <= _REST * min(steps.gap, 1e-4):
                    pair = [sides.contestant(n, m) for n, m in zip(self._names, made, strict=True)]
                    return Common(_table(base), pair[0], pair[1])
        return sides.common(fits, known, steps, self._names)

    def _of_settings(self, table: Common) -> Explanation:
        """The shares of the settings on one table."""
        pair = (table.left, table.right)
        experiment = self._experiment(table.dataset, tuple({side.name: side for side in pair}.values()))
        return explain_on(
            experiment, pair, self._store, self._pool, over_draws=False, on_progress=self._on_progress
        )

    @property
    def _both(self) -> tuple[Side, Side]:
        return self._left, self._right

    def _reproduced(self, side: Side) -> bool:
        """Whether the recognised model gives the scores of the fit itself, where no seed is free."""
        fit, made = side.fit, side.recognised
        assert made is not None
        if fit.score is None or np.isnan(fit.X).any():
            return False
        this = model(made.model)
        settings = sides.in_force(fit, made)
        seeds = {b.param for b in this.bindings if b.setting == "seed" and not b.inactive(settings)}
        if (this.stochastic or seeds) and not (fit.seeded and seeds & made.native.keys()):
            # Another seed is another fit; what a seed changes is measured.
            return True
        scores = self._scores(
            sides.contestant(side.name, made), sides.dataset(fit, f"the data of {side.name}")
        )
        return (
            scores is not None and scores.shape == fit.score.shape and gap_of(fit.score, scores, fit) <= FLOOR
        )

    def _on_either(self, made: FittedExplanation, known: tuple[Recognised, Recognised]) -> FittedExplanation:
        """Both models on the data of either side; where they still differ, their settings on these."""
        pair = [sides.contestant(n, m) for n, m in zip(self._names, known, strict=True)]
        switched, scores, nearest, near = [], [], None, math.inf
        for side in self._both:
            table = _table(side)
            one, other = (self._scores(each, table) for each in pair)
            if one is None or other is None or one.shape != other.shape:
                continue
            scores.append((one, other))
            gap = gap_of(one, other, side.fit)
            switched.append(DataSwitch(side.name, gap))
            if gap < near:
                nearest, near = Common(table, pair[0], pair[1]), gap
        made = replace(made, switched=tuple(switched), data_share=self._data_share(scores))
        return (
            made
            if nearest is None or near <= max(FLOOR, _REST * self._ladder.gap)
            else replace(made, explanation=self._of_settings(nearest))
        )

    def _data_share(self, scores: Sequence[tuple[FloatArray, FloatArray]]) -> float:
        """The share of the data in the difference on the common rows; see `FittedExplanation.data_share`.

        ``scores`` are those of the left and of the right settings, on the left and on the right data.
        """
        rows, fit = self._ladder.rows, self._left.fit
        if len(scores) < 2 or not len(rows.left):
            return math.nan
        left = [each[rows.left] for each in scores[0]]
        right = [1 - each[rows.right] if self._ladder.swapped else each[rows.right] for each in scores[1]]
        whole = gap_of(left[0], right[1], fit)
        if whole <= FLOOR:
            return math.nan
        # Left towards right and right towards left; the data switched first, and last.
        towards_right = whole - gap_of(right[0], right[1], fit) + gap_of(left[1], right[1], fit)
        towards_left = whole - gap_of(left[1], left[0], fit) + gap_of(right[0], left[0], fit)
        return (towards_right + towards_left) / (4 * whole)

    def _scores(self, made: Contestant, table: Dataset) -> FloatArray | None:
        cache = FitCache(self._experiment(table, (made,)), self._store, pool=self._pool)
        try:
            scores = cache.records(made)[0].arrays.get("score")
        except CrossframeError:
            return None
        if scores is not None and made.preparation.order == "reversed":
            scores = 1 - scores
        return scores

    def _experiment(self, table: Dataset, contestants: tuple[Contestant, ...]) -> Experiment:
        return Experiment(table, WHOLE, (len(table.y),), 1, SEED, contestants, threads=self._threads)

    def _concluded(self, made: FittedExplanation) -> FittedExplanation:
        steps, data = self._ladder, self._ladder.data
        same = not math.isnan(steps.gap) and steps.gap <= FLOOR
        labels = math.isnan(steps.alike) or steps.alike == 1
        rung = data.rung if data else ""
        if made.explanation is not None and not made.switched:
            if steps.swapped:
                return replace(made, verdict=DataConclusion.OTHER_DATA, rung="target")
            inside = max(made.seed_spreads.values(), default=0.0) >= steps.gap
            if made.explanation.verdict is Conclusion.UNEXPLAINED and inside:
                return replace(made, verdict=Conclusion.NOISE, rung="rerun")
            if made.explanation.verdict is Conclusion.NOISE:
                return replace(made, verdict=Conclusion.NOISE, rung="rerun")
            steps_too = "features.standardize" in made.causes
            return replace(made, verdict=made.explanation.verdict, rung=rung if steps_too else "")
        if data is not None:
            if data.rung == "columns" and steps.relation.same_space and same and labels:
                return replace(made, verdict=DataConclusion.REPARAMETRISED, rung=rung)
            of_columns = data.rung == "columns"
            kind = DataConclusion.OTHER_COLUMNS if of_columns else DataConclusion.OTHER_DATA
            return replace(made, verdict=kind, rung=rung)
        if made.objective is not None:
            return replace(made, verdict=_of_objectives(made.objective), rung="objective")
        if made.rerun is not None and not made.rerun.differs and made.rerun.certificate.get("own"):
            return replace(made, verdict=Conclusion.NOISE, rung="rerun")
        if same and steps["labels"].certificate.get("by_threshold"):
            return replace(made, verdict=Conclusion.EXPLAINED, rung="labels")
        return replace(made, rung="labels" if same else "predictions")


def _open(made: FittedExplanation) -> bool:
    """Whether the objectives differ, and the changed script still leaves much of the difference."""
    changed = [recipe.after for recipe in made.recipes if recipe.diff]
    return (
        made.objective is not None
        and made.verdict is Conclusion.EXPLAINED
        and bool(changed)
        and (min(changed) > _REST * made.ladder.gap)
    )


def _of_objectives(rung: Rung) -> Conclusion:
    """Explained where the two minimise something else; else both reach the same optimum, or one does not."""
    if rung.differs:
        return Conclusion.EXPLAINED
    near, far = sorted(rung.certificate["left_over"])
    if far <= _REACHED:
        return Conclusion.AGREE
    return Conclusion.NOT_CONVERGED if far > _FAR * near else Conclusion.UNEXPLAINED


def _table(side: Side) -> Dataset:
    """The rows of one side as a data set."""
    return sides.dataset(side.fit, f"the data of {side.name}")
