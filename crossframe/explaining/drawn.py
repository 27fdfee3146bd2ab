"""The gap of accuracy between two models, paired over draws and seeds, shared out and closed."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from crossframe.attribution.attribute import Terms, attribute
from crossframe.attribution.closing import Closing, by_part, close
from crossframe.attribution.evaluated import Method, subsets_needed
from crossframe.attribution.game import FloatArray, Game, Subset
from crossframe.attribution.inference import Noise, against_noise
from crossframe.attribution.measures import digits_of_agreement
from crossframe.attribution.orders import Sampling
from crossframe.attribution.record import Attribution, Finding
from crossframe.comparison.record import Record
from crossframe.errors import UsageError
from crossframe.explaining.bench import Bench
from crossframe.explaining.calibration import Calibrated, calibrate
from crossframe.explaining.diagnoses import Diagnosis
from crossframe.explaining.drawn_diagnoses import diagnose, inert
from crossframe.explaining.drawn_record import CLOSED, Drawn, Gap
from crossframe.explaining.hybrids import Force, Maker, OneModel, Referee, in_force, who
from crossframe.explaining.kinds import maker_of
from crossframe.explaining.replicates import Replicates, measured
from crossframe.explaining.switches import LINEAR
from crossframe.explaining.verification import Verification, can, verify
from crossframe.models.contestants import Contestant

METRICS = ("accuracy", "logloss")
BUDGET = 512
"""Hybrids that are evaluated at most, unless told otherwise: all of 9 settings."""

Say = Callable[[str], None]


@dataclass(frozen=True)
class Found:
    """What switching gave: who made the hybrids, the shares, the closing set, its proof."""

    maker: Maker
    attribution: Attribution
    closing: Closing | None
    verification: Verification | None
    calibration: tuple[Calibrated, ...]
    by: dict[str, int]


def explain_drawn(
    bench: Bench,
    left: Contestant,
    right: Contestant,
    *,
    draws: int,
    metric: str = "accuracy",
    budget: int = BUDGET,
    say: Say = lambda words: None,
) -> Drawn:
    """Why one model scores higher than another, on draws and seeds that both get.

    Parameters
    ----------
    bench
        Of an experiment whose design is `crossframe.explaining.replicates.Repeated`.
    draws
        Of them; what is more is repeated with other seeds, for the gap and the sides' own spread. The
        referee's hybrids get the first seed of each draw.
    metric
        One of `METRICS`; the gap is that of the left side less that of the right one.
    budget
        Hybrids evaluated at most; where these are all there are, the shares are exact.
    say
        Told the plan and how far it has come, a line at a time.

    Raises
    ------
    UsageError
        For sides that give no answer, or whose settings neither their frameworks nor the referee mix.
    """
    begin, fitted = time.perf_counter(), bench.seconds
    sides = (left, right)
    replicates = Replicates.of(bench.experiment, draws)
    bench.prepare(sides)
    forces = (in_force(bench, left), in_force(bench, right))
    records = (bench.records(left), bench.records(right))
    values = tuple(measured(found, metric) for found in records)
    difference = values[0] - values[1]
    if not np.isfinite(difference).any():
        raise UsageError(
            f"{left.name} and {right.name} have no draw on which both have {metric}", "give another --metric"
        )
    noise = Noise(list(replicates.to_itself(values[0])), list(replicates.to_itself(values[1])))
    game = Game((), lambda subset: list(difference), draws=replicates.labels)
    inside, numbers = against_noise(game, game.values([0])[0], noise, True, replicates.rule)
    mean, interval = replicates.mean(difference)
    # A draw on which one side gave no answer says nothing of the difference.
    left_there, right_there = (np.where(np.isfinite(difference), v, np.nan) for v in values)
    gap = Gap(
        metric=metric,
        left=replicates.mean(left_there)[0],
        right=replicates.mean(right_there)[0],
        difference=mean,
        interval=interval,
        draws=draws,
        seeds=replicates.seeds,
        own_spread=tuple(float(np.nanmean(np.abs(replicates.to_itself(v)))) for v in values),  # type: ignore[arg-type]
        digits=_digits(*records),
        alike=_alike(*records),
    )
    equal = not np.nanmax(np.abs(difference))
    found: Found | None = None
    fits = 0.0
    only_seeds = left.model == right.model and not OneModel(left, right, forces).bundles
    if not (equal or inside or (only_seeds and left.model not in LINEAR)):
        maker = maker_of(sides, forces)
        # Every draw brings another seed: for as many fits, more draws tell more than more seeds.
        kept = draws if isinstance(maker, Referee) else len(difference)
        hybrids = bench.first(kept)
        once = Replicates.of(hybrids.experiment, draws)
        own = Noise(noise.left[:kept], noise.right[:kept])
        search = _Search(hybrids, sides, forces, maker, once, metric, own, budget, say)
        found = search.run()
        fits += hybrids.seconds + search.seconds
    told: tuple[Diagnosis, ...] = diagnose(bench, sides, forces, records, replicates)
    e = bench.experiment
    return Drawn(
        left=left.name,
        right=right.name,
        data={
            "name": e.dataset.name,
            "rows": e.sizes[0],
            "features": e.dataset.X.shape[1],
            "classes": list(e.dataset.classes),
            "fingerprint": e.dataset.fingerprint,
            "design": e.design.name,
            "overlap": replicates.rule.overlap,
        },
        gap=gap,
        noise=numbers,
        agrees=bool(equal),
        inside_noise=bool(inside) or found is None,
        bundles=found.maker.bundles if found else (),
        attribution=found.attribution if found else None,
        closing=found.closing if found else None,
        verification=found.verification if found else None,
        calibration=found.calibration if found else (),
        computed_by=found.by if found else {},
        inert=inert(sides, forces, records),
        diagnoses=told,
        time={"total": time.perf_counter() - begin, "fits": fits + bench.seconds - fitted},
    )


class _Search:
    """The lattice of one pair, as far as it is evaluated."""

    def __init__(
        self,
        bench: Bench,
        sides: tuple[Contestant, Contestant],
        forces: tuple[Force, Force],
        maker: Maker,
        replicates: Replicates,
        metric: str,
        noise: Noise,
        budget: int,
        say: Say,
    ) -> None:
        self._bench, self._sides, self._forces = bench, sides, forces
        self._replicates, self._metric, self._noise, self._say = replicates, metric, noise, say
        self._maker = maker
        names = [b.name for b in self._maker.bundles]
        exact = 1 << len(names) <= budget
        self._method = Method.EXACT if exact else Method.ORDERS
        self._sampling = Sampling(budget=budget)
        if not exact and budget < (room := _fewest(len(names))):
            raise UsageError(
                f"--budget {budget}: {len(names)} settings differ, and {room} hybrids are the fewest that "
                "give shares with intervals",
                f"use --budget {room} or more",
            )
        self._right: FloatArray = np.empty(0)
        self._asked: set[Subset] = set()
        self.seconds = 0.0

    def run(self) -> Found | None:
        """Attribute, close and verify; None where nothing differs that could be switched."""
        names = tuple(b.name for b in self._maker.bundles)
        if not names:
            return None
        everything = frozenset(names)
        ends = [self._maker.hybrid(frozenset()), self._maker.hybrid(everything)]
        self._bench.prepare(ends)
        calibration: list[Calibrated] = []
        if isinstance(self._maker, Referee):
            calibration = calibrate(self._bench, self._sides, ends, self._replicates, self._metric)
            self._right = self._value(ends[1])
        else:
            self._right = self._value(self._sides[1])
        self._plan(names, ends)
        game = Game(names, self._gap, announce=self._announce, draws=self._replicates.labels)
        pairs = {b.name: (b.side(0), b.side(1)) for b in self._maker.bundles}
        terms = Terms(signed=True, rule=self._replicates.rule)
        attribution = attribute(
            game, terms, noise=self._noise, values=pairs, method=self._method, sampling=self._sampling
        )
        closing, verification = None, None
        if attribution.finding is Finding.ATTRIBUTED:
            closing = close(
                game,
                by_part(game.mean(0), CLOSED),
                attribution.amounts(),
                digits=lambda gap: float("nan"),
                method=self._method,
            )
            fresh = self._bench.fresh()
            verification = verify(
                fresh,
                self._sides,
                self._forces,
                self._maker,
                self._to_prove(game, closing),
                self._replicates,
                self._metric,
            )
            self.seconds = fresh.seconds
        by = Counter(who(self._maker.hybrid(s)) for s in self._asked)
        return Found(self._maker, attribution, closing, verification, tuple(calibration), dict(by))

    def _to_prove(self, game: Game, closing: Closing) -> list[Subset]:
        """The closing set; also the smallest that closes and that the frameworks can make.

        Of what only the referee mixes also all switches together that a framework has.
        """
        sets = [frozenset(closing.settings)]
        if not closing.closed or isinstance(self._maker, OneModel):
            return sets
        closes = by_part(game.mean(0), CLOSED)
        enough = [s for m in game.evaluated if (s := game.subset(m)) and closes(game.mean(m))]
        if isinstance(self._maker, Referee):
            able = frozenset(b.name for b in self._maker.bundles if can(self._sides, self._forces, b))
            made = [s for s in enough if s <= able]
        else:
            able = frozenset()
            made = [s for s in enough if len(s) < game.k and self._maker.hybrid(s).engine != "reference"]
        return [*sets, *sorted(made, key=lambda s: (len(s), sorted(s)))[:1], able]

    def _announce(self, subsets: Sequence[Subset]) -> None:
        self._asked.update(subsets)
        self._say(f"hybrids: {len(self._asked)} asked for so far, {self._bench.fits} fits made")
        self._bench.prepare([self._maker.hybrid(s) for s in subsets])
        self._maker.mend(self._bench)
        self._bench.prepare([self._maker.hybrid(s) for s in subsets])

    def _gap(self, subset: Subset) -> list[float]:
        return list(self._value(self._maker.hybrid(subset)) - self._right)

    def _value(self, contestant: Contestant) -> FloatArray:
        return measured(self._bench.records(contestant), self._metric)

    def _plan(self, names: tuple[str, ...], ends: Sequence[Contestant]) -> None:
        hybrids = len(subsets_needed(names, self._method, self._sampling))
        fits = hybrids * self._replicates.draws * self._replicates.seeds
        seconds = [
            float(r.fields["timings"].get("engine", 0.0)) for end in ends for r in self._bench.records(end)
            if "timings" in r.fields
        ]  # fmt: skip
        each = float(np.mean(seconds)) if seconds else 0.0
        self._say(
            f"plan: {len(names)} settings differ ({', '.join(names)}); {hybrids} hybrids x "
            f"{self._replicates.draws} draws x {self._replicates.seeds} seeds = {fits} fits, about "
            f"{_span(fits * each)} on one core (--budget lowers the hybrids)"
        )


def _fewest(k: int) -> int:
    """Hybrids that two blocks of random orders of k settings need at most, or all there are."""
    return min(1 << k, 2 + 2 * k + 2 * k * max(k - 3, 0))


def _digits(left: Sequence[Record], right: Sequence[Record]) -> float:
    """Median over the fits of the digits in which the scores agree."""
    found = [
        digits_of_agreement(a.arrays["score"], b.arrays["score"])
        for a, b in zip(left, right, strict=True)
        if "score" in a.arrays and "score" in b.arrays
    ]
    return float(np.median(found)) if found else float("nan")


def _alike(left: Sequence[Record], right: Sequence[Record]) -> float:
    """Mean share of rows that both label alike."""
    found = [
        float(np.mean(a.arrays["labels"] == b.arrays["labels"]))
        for a, b in zip(left, right, strict=True)
        if "labels" in a.arrays and "labels" in b.arrays
    ]
    return float(np.mean(found)) if found else float("nan")


def _span(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
