"""Two linear models on one sample, score by score: each is brought to the other's answer."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from crossframe.core.errors import UsageError
from crossframe.core.types import FloatArray, Value
from crossframe.experiment.contestants import Contestant
from crossframe.experiment.fits import FitCache
from crossframe.explain import coding, labels, prepared, ranks, several
from crossframe.explain import diagnoses as certificates
from crossframe.explain.attribution.attribute import GapTerms
from crossframe.explain.attribution.closing import Closing, at_floor, close
from crossframe.explain.attribution.evaluated import Method
from crossframe.explain.attribution.game import Game, Subset
from crossframe.explain.attribution.inference import OwnSpread
from crossframe.explain.attribution.measures import coefficient_gap
from crossframe.explain.attribution.record import Attribution
from crossframe.explain.diagnoses import Diagnosis, OwnObjective
from crossframe.explain.directions import Gap, Recipe, SwitchDirection
from crossframe.explain.distance import of_effects, of_scores
from crossframe.explain.explanation import FLOOR, ROUNDINGS, Explanation
from crossframe.explain.hybrids import Sides
from crossframe.explain.inference import sides as inference
from crossframe.explain.inference.compared import ComparedInference
from crossframe.explain.objective_hybrids import ObjectiveHybrids
from crossframe.explain.outcomes import effective_settings, outcome
from crossframe.explain.path import growth_diagnosis, path
from crossframe.explain.pipeline import Search
from crossframe.explain.ranks import SideRank
from crossframe.explain.solver_limits import SolverLimits
from crossframe.explain.spelling import spellings
from crossframe.explain.switches import OPTIMUM, differing, free, objective
from crossframe.frameworks.pool import Pool
from crossframe.frameworks.registry import model
from crossframe.optima.certificate import UNIT
from crossframe.settings.chosen import searches

_LABELS = ("left", "right")
_ROUNDING_ALONE = 1e-12
"""Singular value, relative to the largest, below which a direction is rounding."""
_LARGEST_FLOOR = 1e-6
_MAYBE = ("solver.max_iterations", "intercept")
"""Settings that a recipe is tried without."""


class OneSample:
    """A comparison on the first draw of an experiment.

    The gap is the largest difference between two scores, a size. Both directions are searched, and proved
    by the recipe's own fits. See `crossframe.explain.pipeline.PairComparison`.

    Parameters
    ----------
    pool
        The one that ``fits`` takes its engines from.
    paths
        Whether both sides are refitted under growing limits of iterations.
    """

    draws: tuple[int, ...] | None = None
    noise: OwnSpread | None = None

    def __init__(self, fits: FitCache, sides: Sides, pool: Pool, *, paths: bool = False) -> None:
        self._fits, self._sides, self._pool, self._paths = fits, sides, pool, paths
        self._started = pool.starting
        fits.prepare(sides)
        self._effective = (effective_settings(fits, sides[0]), effective_settings(fits, sides[1]))
        each_side = zip(sides, self._effective, strict=True)
        self._rows = [prepared.training_rows(fits, side, own) for side, own in each_side]
        if all(map(np.array_equal, *self._rows)):
            # The same rows need room, and anything computed from them, once.
            self._rows[1] = self._rows[0]
        self._same_columns = self._rows[0][2] == self._rows[1][2]
        self._ranks = [
            SideRank.of(own, X, fits.records(side)[0].arrays.get("coefficients"))
            for side, own, (X, _, _) in zip(sides, self._effective, self._rows, strict=True)
        ]
        self._distance = of_scores(fits.experiment.dataset.y)
        each = zip(self._effective, self._rows, strict=True)
        self._floor = max(_rounding(own, X) for own, (X, _, _) in each)
        self.terms = GapTerms(floor=self._floor)
        self._limits = SolverLimits(fits, self._between, FLOOR)
        self._ignored: tuple[str, ...] = ()
        """Settings that cannot matter on these rows: what is done with collinear columns, say."""
        self._shared: dict[str, float] = {}
        self._classes = len(fits.experiment.dataset.classes)
        self._no_optimum = (False, False)

    def diagnose(self) -> list[Diagnosis]:
        """Separation, rank, and how near either side is to its own optimum; settles what is compared."""
        made = prepared.findings(
            self._fits, self._sides, self._effective, [side.name for side in self._sides]
        )
        made += certificates.of_nodes(self._effective)
        if self._classes > 2:
            return made + self._of_classes()
        rows = zip(self._effective, self._rows, strict=True)
        objectives = [
            OwnObjective(None, rank.leaves_out) if rank.leaves_out
            else OwnObjective.of(own, X, y, prepared.by_row(self._fits, side, own))
            for side, rank, (own, (X, y, _)) in zip(self._sides, self._ranks, rows, strict=True)
        ]  # fmt: skip
        made += self._of_data(objectives)
        X, y, _ = self._rows[0]
        unlike = self._ranks[0].rank != self._ranks[1].rank
        if not any(d.kind == "rank" for d in made) or (unlike and any(rank.full for rank in self._ranks)):
            # With the rank of a side that keeps every column, the rule for the others does nothing.
            self._ignored = ("collinear",)
        elif not unlike and self._same_columns and self._only_by_coefficients():
            left, right = (self._fits.records(side)[0] for side in self._sides)
            self._shared = {"scores_apart": self._distance.between(left, right)}
            self._distance = of_effects(X, y)
        sides = list(zip(_LABELS, self._sides, self._effective, objectives, strict=True))
        for (label, side, effective, objective_of_side), (_, _, names) in zip(sides, self._rows, strict=True):
            coefficients = self._fits.records(side)[0].arrays.get("coefficients")
            if coefficients is not None:
                made += certificates.of_side(label, effective, objective_of_side, coefficients, names)
        without = certificates.without_optimum(made)
        self._no_optimum = ("left" in without, "right" in without)
        for label, side, effective, _ in sides:
            if label in without and (grown := growth_diagnosis(self._fits, label, side, effective)):
                made.append(grown)
        return made

    def _of_classes(self) -> list[Diagnosis]:
        """The diagnoses of more than two classes, of which the probabilities are compared."""
        objectives = []
        for side, rank, own, (X, y, _) in zip(
            self._sides, self._ranks, self._effective, self._rows, strict=True
        ):
            weights, _ = prepared.by_row(self._fits, side, own)
            objectives.append(
                several.ClassesObjective(None, rank.leaves_out) if rank.leaves_out
                else several.ClassesObjective.of(own, X, y, self._classes, weights)
            )  # fmt: skip
        records = [self._fits.records(side)[0] for side in self._sides]
        X, _, names = self._rows[0]
        made = several.findings(objectives, self._effective, records)
        made += ranks.diagnosis(
            X, names, [(side.name, own) for side, own in zip(self._sides, self._ranks, strict=True)]
        )
        # What is done with collinear columns moves no probability.
        self._ignored = ("collinear",)
        without = certificates.without_optimum(made)
        self._no_optimum = ("left" in without, "right" in without)
        return made

    def _of_data(self, objectives: Sequence[OwnObjective]) -> list[Diagnosis]:
        """Separation and rank: of the rows that both sides have, or of each side's own."""
        named = [(side.name, own) for side, own in zip(self._sides, self._ranks, strict=True)]
        X, y, names = self._rows[0]
        if self._same_columns and X.shape == self._rows[1][0].shape:
            made = certificates.of_data(X, y, names, self._effective, objectives)
            return made + ranks.diagnosis(X, names, named)
        made = []
        for k, (X, y, names) in enumerate(self._rows):
            own = (self._effective[0], {}) if k == 0 else ({}, self._effective[1])
            made += certificates.of_data(X, y, names, own, objectives)
            made += [replace(d, side=_LABELS[k]) for d in ranks.diagnosis(X, names, named[k : k + 1])]
        return made

    def directions(self) -> tuple[SwitchDirection, ...]:
        """The left side brought to the right one's answer, and the right side to the left one's."""
        return self._direction(0), self._direction(1)

    def distance(self, fits: FitCache, pair: Sides) -> float:
        """The largest distance between the two models' fits; NaN where one has no answer."""
        records = zip(*(fits.records(m) for m in pair), strict=True)
        return max((self._distance.between(a, b) for a, b in records), default=math.nan)

    def close(self, game: Game, attribution: Attribution, method: Method) -> Closing:
        """The smallest set of switches that brings the gap to `Explanation.floor`."""
        return close(game, at_floor(self._floor), attribution.amounts())

    def record(self, diagnoses: list[Diagnosis], directions: tuple[SwitchDirection, ...]) -> Explanation:
        """The explanation, with both sides' outcomes, shortfalls and paths."""
        left, right = self._sides
        e = self._fits.experiment
        draw = e.draw(e.sizes[0], 0)
        shortfalls = tuple(
            None if none or rank.leaves_out else self._limits.shortfall(side, effective)
            for none, rank, side, effective in zip(
                self._no_optimum, self._ranks, self._sides, self._effective, strict=True
            )
        )
        outcomes = tuple(outcome(side.name, self._fits.records(side)) for side in self._sides)
        each = zip(self._sides, self._effective, self._rows, strict=True)
        paths = [
            path(self._fits, side, own, X, y, prepared.by_row(self._fits, side, own))
            for side, own, (X, y, _) in (each if self._paths else ())
        ]
        return Explanation(
            left=left.name,
            right=right.name,
            data={
                "name": e.dataset.name,
                "rows": len(draw.train),
                "scored": len(draw.evaluate),
                "features": self._rows[0][0].shape[1],
                "classes": list(e.dataset.classes),
                "measure": self._distance.words,
                "fingerprint": e.dataset.fingerprint,
                **self._shared,
            },
            gap=Gap.of_scores(directions[0].attribution.before),
            directions=directions,
            diagnoses=tuple(diagnoses),
            spellings=spellings(
                dict.fromkeys(b for d in directions for b in d.bundles),
                self._sides,
                [self._fits.records(side) for side in self._sides],
            ),
            outcomes=outcomes,
            shortfalls=shortfalls,
            paths=tuple(paths),
            time={"engine_start": self._pool.starting - self._started},
            memory=self._pool.peak_memory,
            coefficients=self._coefficients(),
            floor=self._floor,
            inference=self._inference(),
        )

    def _direction(self, start: int) -> SwitchDirection:
        """Bring side ``start`` (0: left) to the answer of the other one."""
        side, target = self._sides[start], self._sides[1 - start]
        own, wanted = self._effective[start], self._effective[1 - start]
        chosen = searches(own) and searches(wanted)
        switches = [
            s for s in objective(differing(own, wanted), chosen=chosen) if s.setting not in self._ignored
        ]
        to_rank = self._ranks[start].switch_to(self._ranks[1 - start]) if self._same_columns else None
        if to_rank:
            switches.append(to_rank)
        n = self._fits.experiment.sizes[0]
        hybrids = ObjectiveHybrids((side, target), (own, wanted), switches, n, backwards=bool(start))
        hybrids.no_optimum = self._no_optimum[start]
        if self._no_optimum[1 - start]:
            hybrids.with_solvers(None, None)
        elif hybrids.switched and self._reaches(hybrids, target):
            # The objective closes the gap: where the solvers stop is no part of it.
            hybrids.with_solvers(None, None)
        else:
            all_switched = hybrids.hybrid(hybrids.switched)
            tight = (
                self._limits.tight(side, own, all_switched, hybrids.target_settings, start),
                self._limits.tight(target, wanted, target, wanted, 1 - start),
            )
            # Where ranks differ, a limit by the parameter that decides on the rank would change it again.
            hybrids.with_solvers(*(None if to_rank and t and t.decides_rank else t for t in tight))
        search = Search(self._fits, hybrids, self)
        attribution, closing = search.run()
        assert closing is not None
        (made, reached), closing = self._least(hybrids, closing)
        other = hybrids.tight[1]
        by_reference = made.model == OPTIMUM != side.model
        arguments: Mapping[str, Value] = {} if by_reference else self._arguments(made)
        others: Mapping[str, Value] = {} if reached is target or other is None else other.arguments
        if closing.closed and arguments:
            made, arguments, closing = self._needed(
                made, side, arguments, lambda less: (less, reached), closing
            )
        if closing.closed and others:
            reached, others, closing = self._needed(
                reached, target, others, lambda less: (made, less), closing
            )
        threshold, unlike = labels.aligned(self._fits, made, reached) if closing.closed else (None, math.nan)
        recipe = Recipe(
            model=made.model,
            arguments=arguments,
            other=others,
            coefficients=self._coefficient_gap(made, reached),
            distance=self._from_optimum((made, reached), 1 - start) if closing.closed else math.nan,
            other_model=target.model,
            preparation=prepared.in_words(made),
            by_reference=by_reference,
            threshold=threshold,
            labels=unlike,
        )
        if by_reference:
            recipe = self._with_nearest(recipe, hybrids, search.asked, side, attribution.before)
        return SwitchDirection(
            side=side.name,
            bundles=hybrids.bundles,
            attribution=attribution,
            closing=closing,
            cannot=hybrids.cannot,
            together=hybrids.together,
            computed_by_reference=hybrids.computed_by_reference,
            recipe=recipe,
            members=search.members(attribution),
            moved=frozenset(closing.settings) - {t.name for t in hybrids.tight[1:] if t} in hybrids.moved,
        )

    def _least(self, hybrids: ObjectiveHybrids, closing: Closing) -> tuple[Sides, Closing]:
        """The pair of the closing set, less what comes along without need; and the set with the gap left."""
        chosen = frozenset(closing.settings)
        for switch, one in hybrids.companions if closing.closed else ():
            if not chosen & set(switch.split(", ")):
                continue
            less = hybrids.without(one)
            with contextlib.suppress(UsageError):
                self._fits.prepare(less.pair(chosen))
                gap = self.distance(self._fits, less.pair(chosen))
                if gap <= self._floor:
                    hybrids, closing = less, closing.leaving(gap)
        return hybrids.pair(chosen), closing

    def _with_nearest(
        self, recipe: Recipe, hybrids: ObjectiveHybrids, tried: Iterable[Subset], side: Contestant, gap: float
    ) -> Recipe:
        """A recipe by the reference model, with the side's own settings that come nearest of those tried."""
        own = [(self.distance(self._fits, pair), pair[0]) for pair in map(hybrids.pair, tried)
               if pair[0].model == side.model and pair[1] is self._sides[hybrids.backwards ^ 1]]  # fmt: skip
        near, made = min(own, key=lambda each: each[0], default=(math.inf, side))
        if not near <= gap / 2:
            return recipe
        return replace(recipe, nearest=self._arguments(made), nearest_model=made.model, nearest_gap=near)

    def _needed(
        self,
        made: Contestant,
        side: Contestant,
        passed: Mapping[str, Value],
        pair: Callable[[Contestant], Sides],
        closing: Closing,
    ) -> tuple[Contestant, Mapping[str, Value], Closing]:
        """A recipe without the arguments that it does not need: its model, those of ``passed``, the gap.

        Tried are arguments that are in force without being passed, and limits of iterations, in whose place
        the ``side`` keeps its own: first without all of these, then one by one. What is left is fitted as it
        is written, and keeps the gap of its ``pair`` closed.
        """
        if not closing.settings:
            return made, passed, closing
        this, same = model(made.model), made.model == side.model
        given = self._arguments(side) if same else {}
        in_force = self._fits.records(side)[0].fields["effective"] if same else {}
        settings = {b.param: b.setting for b in this.bindings}
        droppable = [
            name
            for name, value in passed.items()
            if settings.get(name) in _MAYBE
            or (name not in given and name in in_force and in_force[name] == value)
        ]
        arguments, dropped = self._arguments(made), list[str]()
        for names in ([droppable] if droppable else []) + [[name] for name in droppable if droppable[1:]]:
            without = [*dropped, *names]
            kept = {name: given[name] for name in without if name in given}
            native = {name: value for name, value in arguments.items() if name not in without} | kept
            less = replace(made, name=f"{made.name}, without {', '.join(names)}", settings={}, native=native)
            with contextlib.suppress(UsageError):
                self._fits.prepare([less])
                gap = self.distance(self._fits, pair(less))
                if gap <= self._floor:
                    made, dropped, closing = less, without, closing.leaving(gap)
            if dropped == droppable:
                break
        return made, {name: value for name, value in passed.items() if name not in dropped}, closing

    def _only_by_coefficients(self) -> bool:
        """Whether the sides treat collinear columns differently but give the same scores."""
        ways = [effective.get("collinear") for effective in self._effective]
        return None not in ways and ways[0] != ways[1] and self.distance(self._fits, self._sides) <= FLOOR

    def _coefficients(self) -> tuple[tuple[str, float, float], ...]:
        """Both sides' estimates by term, the intercept first; empty unless both report them."""
        if self._classes > 2:
            records = [self._fits.records(side)[0] for side in self._sides]
            names = [own for _, _, own in self._rows]
            return several.coefficients(records, names, self._fits.experiment.dataset.classes)
        left, right = (self._fits.records(side)[0].arrays.get("coefficients") for side in self._sides)
        if left is None or right is None:
            return ()
        both = [
            dict(zip(("intercept", *names), values.tolist(), strict=True))
            for values, (_, _, names) in zip((left, right), self._rows, strict=True)
        ]
        terms = dict.fromkeys([*both[0], *both[1]])
        return tuple((term, both[0].get(term, math.nan), both[1].get(term, math.nan)) for term in terms)

    def _inference(self) -> ComparedInference | None:
        """Both sides' standard errors, tests and measures of fit; None where neither has any."""
        models = [side.model for side in self._sides]
        names = models if models[0] != models[1] else [side.name for side in self._sides]
        left, right = (
            inference.of_record(
                name, self._fits.records(side)[0], own, *rows, *prepared.by_row(self._fits, side, own)
            )
            for name, side, own, rows in zip(names, self._sides, self._effective, self._rows, strict=True)
        )
        return inference.both(left, right)

    def _coefficient_gap(self, a: Contestant, b: Contestant) -> float:
        one, other = (self._fits.records(made)[0].arrays.get("coefficients") for made in (a, b))
        if one is None or other is None or one.shape != other.shape or not coding.alike(a, b):
            return math.nan
        return coefficient_gap(np.nan_to_num(one), np.nan_to_num(other))

    def _from_optimum(self, pair: Sides, side: int) -> float:
        """The larger of the models' distances from the optimum of what ``side`` minimises."""
        if self._no_optimum[side] or self._ranks[side].leaves_out:
            return math.nan
        best = self._limits.optimum(self._sides[side], self._effective[side])
        return math.nan if best is None else max(self._between(made, best) for made in pair)

    def _between(self, a: Contestant, b: Contestant) -> float:
        records = zip(self._fits.records(a), self._fits.records(b), strict=True)
        gaps = [self._distance.between(x, y) for x, y in records]
        return math.inf if any(math.isnan(gap) for gap in gaps) else max(gaps)

    def _reaches(self, hybrids: ObjectiveHybrids, target: Contestant) -> bool:
        """Whether a side with its objective switched, and its solver as it is, gives the target's answer."""
        made = hybrids.hybrid(hybrids.switched)
        self._fits.prepare([made])
        return self._between(made, target) <= self._floor

    def _arguments(self, made: Contestant) -> dict[str, Value]:
        """The arguments of a model in its framework's spelling, without those that have no effect there."""
        arguments = prepared.arguments(self._fits, made)
        without = {name for name in model(made.model).inactive(arguments) if name not in made.native}
        return {name: value for name, value in arguments.items() if name not in without}


def _rounding(effective: Mapping[str, Value], X: FloatArray) -> float:
    """`FLOOR`, or what rounding does to the scores of a side without a penalty on nearly collinear ``X``.

    A change of one unit in the last place turns the space of the columns by their condition number times
    as much; directions that are rounding themselves do not count.
    """
    if not free(effective):
        return FLOOR
    sizes = X.std(axis=0)
    values = np.linalg.svd((X - X.mean(axis=0)) / np.where(sizes > 0, sizes, 1.0), compute_uv=False)
    kept = values[values > _ROUNDING_ALONE * values.max(initial=0.0)]
    condition = float(kept[0] / kept[-1]) if len(kept) else 1.0
    return min(max(FLOOR, ROUNDINGS * UNIT * condition), _LARGEST_FLOOR)
