"""The search for the objective, rows, coding and scaling that give a table of coefficients."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from crossframe.core.types import FloatArray, IntArray, Value
from crossframe.data.types import Dataset
from crossframe.explain.coefficients import inferred, row_search, target_scale
from crossframe.explain.coefficients.designs import Choices, Design, Source
from crossframe.explain.coefficients.finding import TableFinding, TableVerdict, TermCheck, describe
from crossframe.explain.coefficients.optimum import likeliest, optimum
from crossframe.explain.coefficients.stationary import (
    FORMS,
    ONE_STRENGTH,
    Fit,
    Form,
    Local,
    Objective,
    Printed,
    balanced,
    penalised,
    rescaled,
    unpenalised,
)
from crossframe.explain.coefficients.strengths import exact, strengths
from crossframe.explain.coefficients.tables import Coefficient, CoefficientTable
from crossframe.explain.coefficients.terms import frame_of
from crossframe.explain.uniqueness import NotUnique, unbounded

RELAX = (1e-9, 1e-6, 1e-4, 1e-3)
"""Relative errors that a solver may leave, tried in this order beside the printed digits."""
_NEAR = 1e-4
"""Relative error up to which single changes of the data come before two at once."""
_LARGE = 5_000_000
"""Numbers in the design above which only the usual link is tried."""
_MODERATE = 1_000_000
"""Numbers in the design up to which two changes of the data at once are tried."""
_KEPT = 200_000
"""Numbers in a changed design up to which it is kept in memory."""
_CLEAR = 10.0
"""Where solvers decide, a wrong term is further off than this many times what the others may be."""
_LEFT = {"identity": 0.0, "logit": 1e-6, "log": 1e-6, "probit": 1e-4, "cloglog": 1e-4}
"""Relative error that solvers leave: Fisher scoring converges slowly where a link is not canonical."""
_STOPPED = 1e-3
"""Gradient in parts of the null model's, and distance of a fitted mean from 0 or 1, up to which iterations
without a finite optimum stop."""
_EVIDENCE = 2
"""Coefficients from which rows that were left out are looked for."""
_REPAIRS = 6
_ROUNDED = 1 + 1e-6


def explain_table(table: CoefficientTable, dataset: Dataset) -> TableFinding:
    """The objective for which the coefficients in a table are stationary on a user's rows.

    Tried are maximum likelihood by the links that fit the target, ridge, lasso and elastic net of unknown
    strength, on the columns as they are and standardised; codings, classes, scales of target and columns, and
    rows that were left out. The simplest that agrees to the printed digits counts, and is checked by a
    certified optimum where there is one.

    Raises `DataError` for terms that are no columns of the file.
    """
    frame, target, positive, where, first_row = frame_of(dataset)
    return Search(Source(table, frame, target, positive, where, first_row)).finding()


@dataclass(eq=False)
class _Tried:
    """A design with what was computed for it."""

    design: Design
    locals: dict[str, Local] = field(default_factory=dict)
    likeliest: dict[str, FloatArray | None] = field(default_factory=dict)


class Search:
    """The search for the objective of one table; `finding` gives the simplest that holds, or none."""

    def __init__(self, source: Source) -> None:
        self.source = source
        table = source.table
        slopes = [table.coefficients[i] for i in source.slopes]
        start = None if source.start is None else table.coefficients[source.start]
        self.printed = Printed(
            np.array([start.estimate if start else 0.0, *(c.estimate for c in slopes)]),
            np.array([start.tolerance if start else math.inf, *(c.tolerance for c in slopes)]),
        )
        self._made: dict[tuple[tuple[str, str], ...], _Tried | None] = {}
        y = source._y[np.isfinite(source._y)]
        if source.classes:
            self.links: tuple[str, ...] = ("logit", "probit", "cloglog", "identity")
        else:
            counts = bool(len(y)) and y.min() >= 0 and bool(np.all(y == np.round(y)))
            self.links = ("identity", "log") if counts else ("identity",)
        self.large = len(source.frame) * len(source.slopes) > _LARGE
        if table.absorbed:
            self.links = ("identity",)
        if self.large:
            self.links = self.links[:1]

    def finding(self) -> TableFinding:
        """The simplest explanation that holds."""
        # Far from their own rows and scales printed numbers overflow; such objectives are left out.
        with np.errstate(all="ignore"):
            if (stopped := self._separated()) is not None:
                return stopped
            for stage, relax in self._stages():
                holding = [h for h in (self._verified(fit, relax) for fit in stage) if h is not None]
                if holding:
                    return self._best(holding)
            return self._none()

    # --- what is tried -------------------------------------------------------------------------------------

    def _stages(self) -> Iterator[tuple[Iterator[Fit], float]]:
        """Lists of fits, the simpler ones first; a stage is tried where none before it holds."""
        limits = self._limits()
        near = [relax for relax in limits if relax <= _NEAR]
        for relax in near:
            yield from ((stage, relax) for stage in self._simple(relax))
        for relax in near[:2]:
            yield from ((stage, relax) for stage in self._double(relax))
        for relax in limits[len(near) :]:
            yield from ((stage, relax) for stage in self._simple(relax))

    def _limits(self) -> list[float]:
        """Of `RELAX` those that make a difference beside the printed digits."""
        base = self._tried({})
        if base is None:
            return [RELAX[0]]
        reached: dict[bytes, float] = {}
        for relax in RELAX:
            reached.setdefault(self._local(base, self.links[0]).tolerances(relax).tobytes(), relax)
        return list(reached.values())

    def _simple(self, relax: float) -> Iterator[Iterator[Fit]]:
        usual: list[Choices] = [{}]
        yield self._likelihoods(usual, relax)
        yield self._penalties(usual, relax)
        single = list(self.source.alternatives(1))
        yield self._likelihoods(single, relax)
        yield self._penalties(single, relax)
        scaled: list[Choices] = [{}, *(c for c in single if c.get("scaling", "").startswith("sd"))]
        yield (fit for _, local in self._locals(scaled, ("identity",)) if (fit := rescaled(local, relax)))
        yield self._altered(usual, relax)
        yield self._altered_penalties(relax)
        yield from self._omissions([{}, *(c for c in single if {"coding", "target"} & c.keys())], relax)
        yield self._altered([c for c in single if {"coding", "target"} & c.keys()], relax)

    def _double(self, relax: float) -> Iterator[Iterator[Fit]]:
        if len(self.source.frame) * len(self.source.slopes) <= _MODERATE:
            double = list(self.source.alternatives(2))
            yield self._likelihoods(double, relax, self.links[:1])
            yield self._penalties(double, relax)

    def _tried(self, choices: Choices) -> _Tried | None:
        key = tuple(sorted((str(k), v) for k, v in choices.items()))
        if key in self._made:
            return self._made[key]
        design = self.source.design(choices)
        tried = None if design is None else _Tried(design)
        if not choices or design is None or design.X.size <= _KEPT:
            self._made[key] = tried
        return tried

    def _local(self, tried: _Tried, link: str) -> Local:
        if link not in tried.locals:
            tried.locals[link] = Local(tried.design, link, self.printed)
        return tried.locals[link]

    def _locals(self, several: list[Choices], links: tuple[str, ...]) -> Iterator[tuple[_Tried, Local]]:
        for choices in several:
            if (tried := self._tried(choices)) is not None:
                for link in links:
                    if link in self.links:
                        yield tried, self._local(tried, link)

    def _likelihoods(
        self, several: list[Choices], relax: float, links: tuple[str, ...] = ()
    ) -> Iterator[Fit]:
        for _, local in self._locals(several, links or self.links):
            if fit := unpenalised(local, relax, _ROUNDED):
                yield fit

    def _penalties(self, several: list[Choices], relax: float) -> Iterator[Fit]:
        for _, local in self._locals(several, ("logit", "identity")):
            yield from penalised(local, relax)

    def _altered(self, several: list[Choices], relax: float) -> Iterator[Fit]:
        """Maximum likelihood, where most terms agree."""
        for tried, local in self._locals(several, self.links):
            if local.deficient or len(self.source.table.coefficients) < 3:
                continue
            if local.link not in tried.likeliest:
                tried.likeliest[local.link] = likeliest(tried.design, local.link, self.printed)
            best = tried.likeliest[local.link]
            if best is None:
                continue
            off = np.abs(best - self.printed.values) / local.tolerances(relax)
            off = off[np.isfinite(self.printed.tolerances)]
            wrong = np.flatnonzero(off > _ROUNDED)
            right = len(off) - len(wrong)
            terms = np.flatnonzero(np.isfinite(self.printed.tolerances))[wrong]
            if right >= 2 and right > 1.5 * len(wrong) > 0 and _stands_out(local, best, terms, relax):
                yield Fit(tried.design, Objective(local.link), {}, 0.0, tuple(terms.tolist()))

    def _altered_penalties(self, relax: float) -> Iterator[Fit]:
        """Penalties of unknown strength, where all terms but one agree."""
        for tried, local in self._locals([{}], ("logit", "identity")):
            for j in range(len(self.printed.values)):
                if np.isfinite(self.printed.tolerances[j]) and (j or self.source.start is not None):
                    for form in FORMS[:ONE_STRENGTH]:
                        repaired = (
                            local
                            if local.link == "identity"
                            else self._repaired(tried, local, form, j, relax)
                        )
                        yield from penalised(repaired, relax, (j,), (form,))

    def _repaired(self, tried: _Tried, local: Local, form: Form, j: int, relax: float) -> Local:
        """The model at the printed numbers with the ``j``-th moved to where the others are stationary."""
        for _ in range(_REPAIRS):
            step = balanced(local, form, j, relax)
            if step is None:
                break
            values = local.values.copy()
            values[j] += step
            local = Local(tried.design, local.link, Printed(values, self.printed.tolerances))
        return local

    def _omissions(self, several: list[Choices], relax: float) -> Iterator[Iterator[Fit]]:
        """Maximum likelihood without some rows; all of one kind of set at a time.

        Some set of rows gives any single number to its printed digits: one coefficient is no evidence.
        """
        if np.isfinite(self.printed.tolerances).sum() < _EVIDENCE or self.source.table.absorbed:
            return
        for tried, local in self._locals(several, self.links[:1]):
            for kind in row_search.omissions(self.source, local, relax):
                yield (self._omitted(tried.design, local.link, omission) for omission in kind)

    def _omitted(self, design: Design, link: str, omission: row_search.Omission) -> Fit:
        if omission.twice:
            weights = np.ones(len(design.y)) if design.weights is None else design.weights.copy()
            weights[omission.positions] *= 2
            made = replace(design, weights=weights, departures=(*design.departures, omission.departure))
        else:
            made = design.without(omission.positions, omission.departure)
        return Fit(made, Objective(link), {}, 0.0)

    # --- what holds ----------------------------------------------------------------------------------------

    def _verified(self, fit: Fit, relax: float) -> TableFinding | None:
        """The finding, where a fit from scratch agrees with the table; None where it does not."""
        design = fit.design
        if len(design.y) <= design.X.shape[1] and not fit.objective.penalised:
            return None
        spelled = strengths(fit) if fit.objective.penalised else []
        meant, scaled = target_scale.named(fit, self.source.target, bool(self.source.classes))
        objective = exact(fit) if meant.penalised else meant
        best = optimum(design, objective, self.printed, relax)
        if best is None and objective != fit.objective:
            objective = fit.objective
            best = optimum(design, objective, self.printed, relax)
        if best is None:
            return None
        local = Local(design, objective.link, self.printed)
        reach = local.tolerances(relax)
        off = np.abs(best - self.printed.values)
        compared = np.isfinite(self.printed.tolerances)
        kept = compared.copy()
        kept[list(fit.altered)] = False
        # The middle of what the strengths leave open is within the tolerance, a round number nearly so.
        if np.any(off[kept] > reach[kept] * 1.05):
            return None
        if fit.altered and not _stands_out(local, best, np.array(fit.altered), relax):
            return None
        checks = self._checks(best)
        wrong = {j for j in np.flatnonzero(compared) if off[j] > self._exactly(int(j), best)}
        if fit.altered:
            verdict = TableVerdict.ALTERED
        else:
            verdict = TableVerdict.CLOSE if wrong else TableVerdict.AGREES
        made = TableFinding(
            verdict, self.source.table.name, self.source.table.kind, self.source.target, objective,
            tuple(spelled), (*design.departures, *scaled), self._coding(design),
            self._settings(design, objective), checks, len(design.y), len(self.source.frame),
            self.source.table.rows,
            unique=bool(objective.l2) or not local.deficient,
            altered=tuple(c.term for j, c in self._numbered() if j in fit.altered),
            design=design, slopes=self._names,
        )  # fmt: skip
        return inferred.of_table(made, best, self.source, clustered=not self.large)

    def _exactly(self, j: int, best: FloatArray) -> float:
        return float(self.printed.tolerances[j] * 1.05 + 1e-12 * abs(best[j]))

    def _checks(self, best: FloatArray) -> tuple[TermCheck, ...]:
        made = []
        for j, c in self._numbered():
            off = abs(float(best[j]) - c.estimate)
            size = abs(float(best[j])) or 1.0
            digits = math.inf if off == 0 else max(0.0, -math.log10(off / size))
            made.append(
                TermCheck(c.term, c.printed, c.line, float(best[j]), digits, off <= self._exactly(j, best))
            )
        return tuple(made)

    def _numbered(self) -> Iterator[tuple[int, Coefficient]]:
        """The table's coefficients in its order, with their places among the printed numbers."""
        for i, c in enumerate(self.source.table.coefficients):
            yield 0 if i == self.source.start else 1 + self.source.slopes.index(i), c

    def _coding(self, design: Design) -> tuple[str, ...]:
        shown = {d.words for d in design.departures}
        coding = design.choices.get("coding", "")
        absorbed = ", ".join(self.source.table.absorbed)
        words = [f"the effects of the levels of {absorbed} are not printed"] if absorbed else []
        for column in self.source.factors:
            scheme = self.source.schemes(column)[0]
            name, _, other = coding.partition("=")
            if name in ("*", column) and other in self.source.schemes(column):
                scheme = other
            text = self.source.coding_words(column, scheme)
            if text not in shown:
                words.append(text)
        return tuple(words)

    def _settings(self, design: Design, objective: Objective) -> dict[str, Value]:
        missing = {"mean": "mean", "zero": "constant"}.get(design.choices.get("rows", ""), "drop")
        scale = design.choices.get("scaling", "")
        made: dict[str, Value] = {
            "link": objective.link,
            "intercept": design.intercept != "none" or design.absorbed is not None,
            "penalty.l2": objective.l2,
            "penalty.l1": objective.l1,
            "penalty.intercept": objective.intercept_penalty,
            "features.standardize": scale if scale in ("sd_n", "sd_n-1") else objective.standardize,
            "class_weight": "balanced" if design.choices.get("weights") == "balanced" else "none",
        }
        if bool(self.source.frame[self.source.used].isna().any(axis=None)):
            made["missing"] = missing
        return made

    def _best(self, holding: list[TableFinding]) -> TableFinding:
        def effort(f: TableFinding) -> tuple[int, int, int, bool, bool]:
            o = f.objective
            assert o is not None
            unknown = (o.l2 > 0) + (o.l1 > 0) + (o.intercept_penalty not in (0.0, 1.0))
            odd = any(d.option == "unknown" for d in f.departures)
            return (len(f.altered), len(f.departures), unknown, not any(s.round for s in f.strengths), odd)

        ranked = sorted(holding, key=effort)
        first, *others = ranked
        words = []
        for f in others:
            assert f.objective is not None
            more = "".join(f", where {d.words}" for d in f.departures)
            words.append(describe(f.objective, f.strengths) + more)
        return replace(first, alternatives=tuple(dict.fromkeys(words)))

    def _separated(self) -> TableFinding | None:
        """Maximum likelihood without a finite optimum, which the printed numbers are on the way to.

        Some tiny ridge penalty gives them as well, as it does after any number of iterations.
        """
        tried = self._tried({})
        for link in self.links:
            if tried is None or link == "identity":
                continue
            local = self._local(tried, link)
            null = Local(tried.design, link, Printed(0 * local.values, self.printed.tolerances))
            gradients = [float(np.abs(each.gradient / each.scales).max()) for each in (local, null)]
            if not gradients[0] <= _STOPPED * gradients[1] or (why := self._unbounded(tried, link)) is None:
                continue
            if np.abs(tried.design.y - local.at.mean)[why.moving].max() <= _STOPPED:
                return replace(
                    self._without(TableVerdict.NO_OPTIMUM, why.words, len(tried.design.y)),
                    coding=self._coding(tried.design), design=tried.design, slopes=self._names,
                    settings=self._settings(tried.design, Objective(link)),
                )  # fmt: skip
        return None

    def _unbounded(self, tried: _Tried, link: str) -> NotUnique | None:
        design = tried.design
        return unbounded(design.X, design.y, self._names, design.intercept != "none", link)

    @property
    def _names(self) -> tuple[str, ...]:
        return tuple(self.source.table.coefficients[i].term for i in self.source.slopes)

    def _without(self, verdict: TableVerdict, none: str = "", rows: int = 0) -> TableFinding:
        """A finding without an objective."""
        table = self.source.table
        return TableFinding(
            verdict, table.name, table.kind, self.source.target, None, rows=rows, stated_rows=table.rows,
            rows_in_file=len(self.source.frame), no_optimum=none,
        )  # fmt: skip

    def _none(self) -> TableFinding:
        """What is nearest without a penalty, where no objective holds."""
        tried = self._tried({})
        if tried is None:
            return self._without(TableVerdict.UNEXPLAINED)
        made = self._without(TableVerdict.UNEXPLAINED, rows=len(tried.design.y))
        plain = Objective(self.links[0])
        best = optimum(tried.design, plain, self.printed)
        if best is not None:
            return replace(made, checks=self._checks(best), reference=describe(plain))
        why = None if plain.link == "identity" else self._unbounded(tried, plain.link)
        return replace(made, no_optimum=why.words) if why else made


def _stands_out(local: Local, best: FloatArray, terms: IntArray, relax: float) -> bool:
    """Whether these printed numbers are further from the optimum than an early stop leaves them."""
    off = np.abs(best - local.printed.values)[terms]
    clear = _CLEAR if relax > RELAX[0] else 1.0
    return bool(
        np.all(off > clear * np.maximum(local.tolerances(relax), local.tolerances(_LEFT[local.link]))[terms])
    )
