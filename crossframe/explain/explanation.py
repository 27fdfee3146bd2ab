"""The explanation of a pair: the gap, what switching settings does to it, the conclusion, and its JSON."""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from crossframe.core.errors import ExitCode
from crossframe.data.types import FileColumns
from crossframe.explain.attribution.record import Attribution, GapFinding, Standing, finite
from crossframe.explain.bundles import THRESHOLD
from crossframe.explain.calibration import Reproduction
from crossframe.explain.diagnoses import Diagnosis, without_optimum
from crossframe.explain.diagnoses_over_draws import Inactive
from crossframe.explain.directions import Gap, SwitchDirection
from crossframe.explain.inference.compared import ComparedInference
from crossframe.explain.outcomes import FitOutcome
from crossframe.explain.paired import LABELS
from crossframe.explain.path import SolverPath
from crossframe.explain.plain import cause_of_labels, on_one_sample, over_draws
from crossframe.explain.proof import HALF, Trial
from crossframe.explain.rules import RuleEffect
from crossframe.explain.solver_limits import Shortfall
from crossframe.explain.spelling import Spellings
from crossframe.optima.certificate import UNIT

if TYPE_CHECKING:
    from crossframe.report.document import Document

SCHEMA = 1
FLOOR = 1e-8
"""Largest difference between two scores that counts as agreement: eight digits of a probability, or of
the spread of a target of numbers."""
PARTLY = 0.9
"""Share of the gap between scores that has to be closed for it to be partly explained."""
ACCOUNTS = 0.5
"""Share of a gap above which a solver's distance from its own optimum accounts for it."""
TRIFLE = 0.01
"""Share of the gap below which settings that are switched too do not make it one of settings."""
ROUNDINGS = 10.0
"""Multiple of the predicted rounding error up to which the rest of a gap counts as rounding."""
HELPS = 0.1
"""Share of that distance that a solver setting may leave and still count as an improvement."""


class Conclusion(enum.StrEnum):
    """The conclusion of an explanation; `phrase` is for readers, the value stands in the JSON."""

    AGREE = "agree"
    EXPLAINED = "explained"
    PARTLY = "partly_explained"
    IMPLEMENTATION = "implementation"
    NO_UNIQUE_OPTIMUM = "no_unique_optimum"
    NOT_CONVERGED = "not_converged"
    NOISE = "noise"
    UNEXPLAINED = "unexplained"

    @property
    def phrase(self) -> str:
        """The conclusion in a few words, as tables show it."""
        return _PHRASES[self]

    @property
    def exit_code(self) -> ExitCode:
        """0 where the difference is accounted for, by a cause or by a proof that there is no optimum."""
        settled = (Conclusion.AGREE, Conclusion.NOISE, Conclusion.EXPLAINED, Conclusion.NO_UNIQUE_OPTIMUM)
        return ExitCode.OK if self in settled else ExitCode.DIFFERS


_PHRASES = {
    Conclusion.AGREE: "the two agree",
    Conclusion.EXPLAINED: "explained by settings",
    Conclusion.PARTLY: "explained in part",
    Conclusion.IMPLEMENTATION: "different implementations",
    Conclusion.NO_UNIQUE_OPTIMUM: "no unique optimum",
    Conclusion.NOT_CONVERGED: "a solver has not converged",
    Conclusion.NOISE: "within noise",
    Conclusion.UNEXPLAINED: "not explained",
}


@dataclass(frozen=True, eq=False, repr=False)
class Explanation:
    """Why two models differ, on one sample score by score or over draws in a metric.

    Attributes
    ----------
    left, right
        The sides as they were asked for.
    data
        What they were fitted on.
    gap
        Their distance.
    directions
        On one sample the left side brought to the right one and the other way round; over draws the first
        alone, or none where there was nothing to share out.
    diagnoses
        In the order in which they were made.
    inactive
        Settings without effect on one side.
    noise
        Over draws: the comparison of the gap with the sides' own spread, in numbers.
    inside_noise
        Whether the metric's gap is inside that spread and the rows' difference inside that of a second run,
        or the sides differ in nothing but their seeds.
    equal
        Over draws: whether the two give every row the same score and label.
    spellings
        What the sides have in force for each switch, as their own frameworks write it.
    outcomes, shortfalls, paths
        On one sample, of either side: how its own fit ended, how far it stops from its own optimum (None
        where that is not known), and where its solver went (empty unless asked for).
    time
        Seconds: ``total``, and of it ``fits`` and, on one sample within these, ``engine_start``.
    memory
        Bytes by framework, the largest resident size of its processes; ``crossframe`` is this process.
    file
        How a user's file became the rows; None for other data.
    coefficients
        On one sample, where both sides report them: term, left and right estimate; NaN for one left out.
    floor
        On one sample, the difference up to which switches close: `FLOOR`, or the rounding of nearly
        collinear columns.
    same_rows
        Over draws: why the two fits differ on one sample, all rows or the given draw.
    rules
        Of two networks: rules that differ and that no setting changes, with their own effect.
    inference
        On one sample: standard errors, tests and measures of fit as the frameworks report them; None where
        neither does.
    """

    left: str
    right: str
    data: Mapping[str, Any]
    gap: Gap
    directions: tuple[SwitchDirection, ...]
    diagnoses: tuple[Diagnosis, ...]
    inactive: tuple[Inactive, ...] = ()
    noise: Mapping[str, Any] = field(default_factory=dict)
    inside_noise: bool = False
    equal: bool = False
    spellings: Spellings = field(default_factory=dict)
    outcomes: tuple[FitOutcome, ...] = ()
    shortfalls: tuple[Shortfall | None, ...] = ()
    paths: tuple[SolverPath | None, ...] = ()
    time: Mapping[str, float] = field(default_factory=dict)
    memory: Mapping[str, int] = field(default_factory=dict)
    file: FileColumns | None = None
    coefficients: tuple[tuple[str, float, float], ...] = ()
    floor: float = FLOOR
    same_rows: Explanation | None = None
    rules: tuple[RuleEffect, ...] = ()
    inference: ComparedInference | None = None

    def __str__(self) -> str:
        return self._document().brief()

    def __repr__(self) -> str:
        return f"<Explanation of {self.left} and {self.right}: {self.verdict.phrase}>"

    def _repr_html_(self) -> str:
        return self._document().notebook("gap", "causes")

    def _document(self) -> Document:
        from crossframe.explain.report import document

        return document(self)

    @property
    def over_draws(self) -> bool:
        """Whether the two are compared in a metric over draws, not score by score on one sample."""
        return bool(self.gap.metric)

    @property
    def labels_alike(self) -> bool:
        """False where labels differ although the scores agree, or by another rule for the label."""
        alone = self.gap.paired is not None and self.gap.paired.by == LABELS
        return not alone and not any(d.kind == "labels" for d in self.diagnoses)

    @property
    def one_draw(self) -> bool:
        """Whether two fits of the same rows are compared, score by score, with any number of seeds."""
        return not self.over_draws or self.gap.draws == 1

    @property
    def row_by_row(self) -> bool:
        """Whether the difference of the rows is shared out and not that of the metric, or draws of it."""
        return self.gap.paired is not None and self.gap.paired.decides

    @property
    def unit(self) -> str:
        """What the difference that is shared out over draws is one of."""
        return self.gap.paired.unit if self.gap.paired and self.row_by_row else self.gap.metric

    @property
    def from_left(self) -> SwitchDirection:
        """The left side brought to the right one's answer."""
        return self.directions[0]

    @property
    def from_right(self) -> SwitchDirection:
        """The right side brought to the left one's answer; on one sample alone."""
        return self.directions[1]

    @property
    def no_optimum(self) -> frozenset[str]:
        """Sides without a finite optimum on one sample: ``left``, ``right``."""
        return frozenset() if self.over_draws else without_optimum(self.diagnoses)

    @property
    def best(self) -> SwitchDirection | None:
        """The direction that closes, preferably by the framework; else the one that leaves the smaller gap.

        Where one side has no finite optimum, the direction towards the other side, the only one with a limit.
        """
        if len(self.directions) < 2:
            return self.directions[0] if self.directions else None
        opposite = {"left": self.from_right, "right": self.from_left}
        nowhere = [opposite[side] for side in self.no_optimum]

        def order(d: SwitchDirection) -> tuple[bool, bool, bool, bool, float, str]:
            by_reference = d.recipe is not None and d.recipe.by_reference
            # What a closing set leaves is rounding, which is not to decide; nor is the order of the sides.
            left_over = 0.0 if d.closed else d.left_over
            limitless = any(d is other for other in nowhere)
            return limitless, not d.closed, by_reference, d.moved, left_over, d.side

        return min(self.directions, key=order)

    @property
    def attribution(self) -> Attribution | None:
        """The shares of the best direction; None where nothing was switched."""
        return self.best.attribution if self.best else None

    @property
    def attributed(self) -> bool:
        """Whether the gap was shared out among settings."""
        return self.attribution is not None and self.attribution.finding is GapFinding.ATTRIBUTED

    @property
    def trial(self) -> Trial | None:
        """The best proof in the frameworks, over draws."""
        return self.best.trials[0] if self.best and self.best.trials else None

    @property
    def causes(self) -> tuple[str, ...]:
        """Settings with a share that is more than its noise, or than the floor; and the rule for labels."""
        if self.same_rows is not None and self.attribution is None:
            return self.same_rows.causes
        shares = self.attribution.causes if self.attribution else ()
        return (*(share.setting for share in shares), *([THRESHOLD] if self.label_rule else []))

    @property
    def label_rule(self) -> Diagnosis | None:
        """The finding on labels where, beside the scores, they differ by the rule that makes them."""
        findings = [d for d in self.diagnoses if d.kind == "labels"]
        return next((d for d in findings if d.certificate.get("share_of_rule", 0.0) > 0), None)

    @property
    def named(self) -> frozenset[str]:
        """Settings that count as the causes: those with a share, and on one sample the closing set.

        The closing set is included because shares of a switch in different contexts may cancel each other,
        and what comes along with a cause where it has an effect of its own.
        """
        if self.over_draws or self.best is None:
            return frozenset(self.causes)
        if self.gap.difference <= self.floor:
            return frozenset()
        closing = self.best.closing
        switches = {*self.causes, *(closing.settings if closing and closing.closed else ())}
        along = (
            m.setting for m in self.best.members if switches.issuperset(m.switch.split(", ")) and m.is_cause
        )
        return frozenset([*(name for switch in switches for name in switch.split(" with ")), *along])

    @property
    def verdict(self) -> Conclusion:
        """The conclusion, by the rules for one sample or for many draws; see `Conclusion`.

        What draws do not tell from 0 may still be a fact on the same rows.
        """
        if not self.over_draws:
            return self._on_one_sample()
        found = self.found_over_draws
        return self.same_rows.verdict if found is Conclusion.NOISE and self.same_rows else found

    def _on_one_sample(self) -> Conclusion:
        if self.gap.difference <= (FLOOR if len(self.no_optimum) == 2 else self.floor):
            return Conclusion.AGREE
        if len(self.no_optimum) == 2:
            return Conclusion.NO_UNIQUE_OPTIMUM
        assert self.best is not None
        closing = self.best.closing
        if closing is not None and closing.closed:
            if self._stopped(closing.settings):
                return Conclusion.NOT_CONVERGED
            recipe = self.best.recipe
            unlike = recipe is not None and recipe.threshold is not None and recipe.labels != 0
            return Conclusion.PARTLY if unlike else Conclusion.EXPLAINED
        if self.no_optimum:
            # Only a setting that gives this side an optimum could have closed the gap.
            return Conclusion.NO_UNIQUE_OPTIMUM
        if short := self._stops_short(self.gap.difference):
            return short
        if self.best.left_over <= (1 - PARTLY) * self.gap.difference:
            return Conclusion.PARTLY
        return self._stops_short(self.best.left_over) or Conclusion.UNEXPLAINED

    def _stopped(self, settings: Sequence[str]) -> bool:
        """Whether these switches are those of solvers, but for some whose shares are `TRIFLE` together."""
        shares = self.attribution.shares if self.attribution else ()
        parts = {s.setting: abs(s.fraction or 0.0) for s in shares}
        others = [name for name in settings if not name.startswith(("solver.tolerance", "solver.algorithm"))]
        return len(others) < len(settings) and sum(parts.get(name, 1.0) for name in others) < TRIFLE

    def _stops_short(self, gap: float) -> Conclusion | None:
        """The conclusion where a side's distance from its own optimum accounts for ``gap``, else None.

        `NOT_CONVERGED` where a setting of its solver takes most of that distance away,
        `IMPLEMENTATION` where none does.
        """
        known = [s for s in self.shortfalls if s is not None]
        worst = max(known, key=lambda s: s.gap, default=None)
        if worst is None or not worst.gap >= ACCOUNTS * gap:
            return None
        helped = worst.least <= max(HELPS * worst.gap, FLOOR)
        return Conclusion.NOT_CONVERGED if helped else Conclusion.IMPLEMENTATION

    @property
    def found_over_draws(self) -> Conclusion:
        """The conclusion by these draws: `EXPLAINED` only by a closing that the frameworks confirm.

        `IMPLEMENTATION`: the reference trainer, which reproduces both sides, closes the gap, and the
        frameworks have no settings for what it takes (`inexpressible`); or it is rounding (`arithmetic`).
        """
        if self.equal:
            return Conclusion.AGREE
        if self.inside_noise:
            return Conclusion.NOISE
        trial = self.trial
        if self.rules_alone or any(d.certificate.get("by_rounding") for d in self.diagnoses):
            return Conclusion.IMPLEMENTATION
        if trial is not None and trial.closes and not trial.missing:
            return Conclusion.EXPLAINED
        if trial is not None and abs(1 - trial.part) <= 1 - HALF and trial.at_least(0.0):
            return Conclusion.PARTLY
        proved = self.inexpressible and self.attribution and self.attribution.causes and self.reproduced
        return Conclusion.IMPLEMENTATION if proved else Conclusion.UNEXPLAINED

    @property
    def reproduced(self) -> bool:
        """Whether the reference trainer gives both ends of the lattice, to less than `HALF` of the gap."""
        rows = self.best.calibration if self.best else ()
        shared = self.best.attribution.before if self.best and self.row_by_row else self.gap.difference
        size = HALF * abs(shared)
        return all(c.fit is Reproduction.EXACT or c.within(size) for c in rows if c.end)

    @property
    def rules_alone(self) -> bool:
        """Whether only `rules` differ, in networks that the trainer gives, but for what changes nothing."""
        if self.best is None:
            return False
        given = all(c.fit is not Reproduction.DIFFERS for c in self.best.calibration if c.end)
        inert = {
            s.setting for s in self.best.attribution.shares if s.standing in (Standing.INERT, Standing.SMALL)
        }
        active = {b.name for b in self.best.bundles} - inert
        return given and bool(active) and active <= {rule.setting for rule in self.rules}

    @property
    def inexpressible(self) -> tuple[str, ...]:
        """Over draws, settings that close the gap for the reference trainer and that the frameworks lack."""
        if self.rules_alone:
            return tuple(rule.setting for rule in self.rules)
        if not self.over_draws or self.best is None or not self.best.closed:
            return ()
        assert self.best.closing is not None
        trial = self.trial
        return tuple(self.best.closing.settings) if trial is None else (*trial.missing, *trial.lacking)

    @property
    def residual(self) -> str:
        """What the gap that the closing switches leave consists of: ``rounding``, ``tolerance`` and so on."""
        if self.over_draws:
            return self._residual_over_draws()
        assert self.best is not None
        left = self.best.left_over
        if left <= min(ROUNDINGS * self.rounding, self.floor):
            return "rounding"
        if self.best.closed:
            assert self.best.recipe is not None
            return "tolerance" if self.best.recipe.distance >= ACCOUNTS * left else "unexplained"
        if self.verdict is Conclusion.NO_UNIQUE_OPTIMUM:
            return "no unique optimum"
        least = sum(s.least for s in self.shortfalls if s is not None)
        if least >= ACCOUNTS * left:
            return "tolerance"
        # Rounding of columns of unlike scales, by a solver that takes them as they are.
        condition = max(
            (float(d.certificate["condition"]) for d in self.diagnoses if d.kind == "scale"), default=0.0
        )
        return "rounding" if left <= UNIT * condition else "unexplained"

    def _residual_over_draws(self) -> str:
        trial = self.trial
        if self.verdict is Conclusion.AGREE or (trial is not None and trial.gap == 0):
            return "nothing"
        if self.inside_noise or (trial is not None and trial.in_noise):
            return "random stream" if any(self.gap.own_spread) else "noise"
        named = (self.inexpressible or not self.directions) and self.verdict is not Conclusion.UNEXPLAINED
        return "implementation" if named else "unexplained"

    @property
    def rounding(self) -> float:
        """Relative error that rounding alone makes, by the condition number of the worse side's problem."""
        known = [d.certificate.get("digits_by_rounding") for d in self.diagnoses]
        return max((10.0 ** -float(digits) for digits in known if digits is not None), default=UNIT)

    def to_dict(self) -> dict[str, Any]:
        """Schema 1, without numbers that are not finite; the names of the settings are the canonical ones."""
        shares = self.attribution.to_dict() if self.attribution else {}
        details = over_draws(self, shares) if self.over_draws else on_one_sample(self)
        record = {
            "schema": SCHEMA,
            "verdict": str(self.verdict),
            "left": self.left,
            "right": self.right,
            "data": {**self.data, "columns": self.file.to_dict()} if self.file else dict(self.data),
            "causes": shares.get("causes", []),
            "inert": shares.get("inert", []),
            "interactions": shares.get("interactions", []),
            "diagnoses": [asdict(d) for d in self.diagnoses],
            "spellings": {name: list(pair) for name, pair in self.spellings.items()},
            "time": dict(self.time),
            "memory": dict(self.memory),
        }
        if self.same_rows is not None:
            details["same_rows"] = rows = self.same_rows.to_dict()
            record["causes"] = record["causes"] if self.attribution else rows["causes"]
        if self.label_rule is not None:
            record["causes"] = [*record["causes"], cause_of_labels(self.label_rule)]
            record["inert"] = details["inert"] = [
                name for name in (record | details)["inert"] if name != THRESHOLD
            ]
        plain: dict[str, Any] = finite(record | details)
        return plain
