"""The networks' self-test: multilayer perceptrons of scikit-learn, Keras, H2O and the referee."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from crossframe import settings
from crossframe.attribution.game import FloatArray
from crossframe.comparison.plan import Experiment
from crossframe.comparison.store import Store
from crossframe.data import DESIGNS, Dataset
from crossframe.engines.base import Value
from crossframe.engines.pool import Pool
from crossframe.errors import UsageError
from crossframe.explaining.bench import Bench
from crossframe.explaining.bundles import differing, group_of, mixed
from crossframe.explaining.drawn import explain_drawn
from crossframe.explaining.hybrids import in_force
from crossframe.explaining.network_referee import certified_network, completed
from crossframe.explaining.replicates import Repeated, Replicates, measured
from crossframe.explaining.selftest import Case, Family, Session
from crossframe.explaining.selftest_networks_draws import Training, Values, table, training
from crossframe.models.contestants import Contestant
from crossframe.models.spec import parse_model

DRAWS = 16
"""Training samples of an explanation, and as many others on which the referee decides."""
SURE = 1.5
"""Half-widths of its 95 % interval that the effect of a planted difference has to be away from 0."""

TRIED = 5
"""Changes of which the referee says whether they have an effect, before some that have are planted."""

GROUPS: tuple[tuple[str, float, str, bool], ...] = (
    ("scikit-learn", 0.4, "sklearn.mlp", False),
    ("Keras", 0.15, "keras.mlp", False),
    ("scikit-learn and the referee", 0.2, "sklearn.mlp", True),
    ("Keras and the referee", 0.15, "keras.mlp", True),
    ("H2O and the referee", 0.1, "h2o.mlp", True),
)
"""Name, share of the cases, model, and whether the other side is the referee's network."""

_ALWAYS: dict[str, Values] = {
    "sklearn.mlp": {"n_iter_no_change": 10_000},
    "keras.mlp": {"head": "sigmoid1"},
    "h2o.mlp": {
        "reproducible": True, "classification_stop": -1, "stopping_rounds": 0,
        "overwrite_with_best_model": False, "ignore_const_cols": False,
    },
}  # fmt: skip
"""Nothing is stopped early, and H2O repeats itself."""

_IDLE: dict[str, dict[str, Values]] = {
    "sklearn.mlp": {"adam": {"momentum": 0.3, "power_t": 0.1}, "sgd": {"beta_1": 0.5, "epsilon": 1e-3}},
    "h2o.mlp": {"sgd": {"rho": 0.5, "epsilon": 1e-3}},
}
"""What has no effect under an update rule: told to one side of half of the cases, and never to be named."""
_TRIES = 200


@dataclass(frozen=True)
class _Planted:
    case: Case
    bench: Bench
    left: Contestant
    right: Contestant
    metric: str


class _Networks:
    """See `Session`."""

    def __init__(self, folder: Path, pool: Pool) -> None:
        self._store = Store(folder / "store.sqlite")
        self._pool = pool
        self._last: _Planted | None = None

    def plant(self, seed: int) -> Case:
        """See `Session`."""
        rng = np.random.default_rng([20260102, seed])
        count = int(rng.choice([1, 2, 3], p=[0.4, 0.35, 0.25]))
        for _ in range(_TRIES):
            found = self._draw(rng, seed, count)
            if found is not None:
                self._last = found
                return found.case
        raise UsageError(f"seed {seed}: no case after {_TRIES} draws")

    def explain(self, case: Case) -> tuple[frozenset[str], str]:
        """See `Session`."""
        last = self._last
        assert last is not None
        assert last.case is case
        found = explain_drawn(last.bench, last.left, last.right, draws=DRAWS, metric=last.metric)
        return frozenset(map(group_of, found.causes)), str(found.verdict)

    def close(self) -> None:
        """Close the store."""
        self._store.close()

    def _draw(self, rng: np.random.Generator, seed: int, count: int) -> _Planted | None:
        """A case with ``count`` differences, or None where the draw is no good."""
        group, _, model, referee = GROUPS[rng.choice(len(GROUPS), p=[g[1] for g in GROUPS])]
        drawn = training(rng, model)
        data, words = table(rng, seed)
        n = int(rng.integers(60, 121))
        bench, other = (self._bench(data, n, s) for s in (2 * seed, 2 * seed + 1))
        base = {**drawn.base, **_ALWAYS[model]}
        left = _named(_made(model, base, n), n)
        force = completed(in_force(bench.first(1), left))
        able = _able(other, force, drawn, rng.choice(list(drawn.changes), size=TRIED, replace=False))
        if len(able) < count:
            return None
        planted = frozenset(str(name) for name in rng.choice(able, size=count, replace=False))
        right = _named(_made(model, _changed(rng, model, base, drawn, planted), n), n)
        forces = [force, completed(in_force(bench.first(1), right))]
        if {b.group for b in differing(*forces)} != planted:
            return None
        if not _effective(other, forces, planted, drawn.metric):
            return None
        if referee:
            right = _named(certified_network(forces[1], "the referee"), n)
        sides = (left, right) if rng.random() < 0.5 else (right, left)
        case = Case(seed, group, sides[0].name, sides[1].name, f"{n} rows, {words}; {drawn.metric}", planted)
        return _Planted(case, bench, *sides, drawn.metric)

    def _bench(self, data: Dataset, n: int, seed: int) -> Bench:
        design = Repeated(DESIGNS["stratified"], DRAWS)
        return Bench(Experiment(data, design, (n,), DRAWS, seed, (), threads=1), self._store, pool=self._pool)


def _changed(
    rng: np.random.Generator, model: str, base: Values, drawn: Training, planted: Iterable[str]
) -> Values:
    """What the other side is told; half of the time also what has no effect under its update rule."""
    told = dict(base)
    for group in sorted(planted):
        values = drawn.changes[group]
        told = {k: v for k, v in told.items() if "optimizer.rule" not in values or group_of(k) != group}
        told |= values
    idle = _IDLE.get(model, {}).get(str(told["optimizer.rule"]), {})
    return {**told, **idle} if rng.random() < 0.5 else told


def _made(model: str, told: Mapping[str, Value], n: int) -> Contestant:
    """The model with these values."""
    threshold = told.get("decision.threshold")
    assert threshold is None or isinstance(threshold, float)
    canonical, native = settings.split(model, {k: v for k, v in told.items() if k != "decision.threshold"})
    return replace(parse_model(model), settings=canonical, native=native, threshold=threshold)


def _named(side: Contestant, n: int) -> Contestant:
    """The side under the name that it has on the command line, in its framework's spelling."""
    told: dict[str, Value] = settings.to_native(side.model, side.settings, side.native, n)
    if side.threshold is not None:
        told["decision.threshold"] = side.threshold
    words = ",".join(f"{k}={_spelled(v)}" for k, v in told.items() if v is not None)
    name = f"{side.model}:{words}"
    return replace(side, name=name, title=name)


def _spelled(value: Value) -> str:
    return "x".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


def _able(bench: Bench, force: Values, drawn: Training, names: Iterable[str]) -> list[str]:
    """Those of the changes that leave their noise when they are made alone, by the referee."""
    found = []
    for name in map(str, names):
        changed = [force, {**force, **drawn.changes[name]}]
        effect = _switched(bench, changed, [name], drawn.metric) - _switched(bench, changed, [], drawn.metric)
        if _sign(bench, effect):
            found.append(name)
    return found


def _effective(bench: Bench, forces: list[Values], planted: Iterable[str], metric: str) -> bool:
    """Whether the gap, and each planted difference switched alone, first or last, leave their noise.

    By the referee, which gives all of them the same rows and the same random numbers; first and last
    have to go the same way.
    """
    groups = sorted(planted)
    left, right = (_switched(bench, forces, taken, metric) for taken in ((), groups))
    if not _sign(bench, right - left):
        return False
    for name in groups:
        first = _switched(bench, forces, [name], metric) - left
        if not (sign := _sign(bench, first)):
            return False
        last = right - _switched(bench, forces, [g for g in groups if g != name], metric)
        if _sign(bench, last) != sign:
            return False
    return True


def _switched(bench: Bench, forces: list[Values], taken: Iterable[str], metric: str) -> FloatArray:
    """The metric of the referee's network with these bundles switched, shape (DRAWS,)."""
    groups = sorted(taken)
    left, right = forces
    force = mixed(left, right, groups)
    name = ", ".join(f"{k}={v}" for k, v in force.items())
    model = certified_network(force, f"the referee with {name}")
    return measured(bench.records(model), metric)


def _sign(bench: Bench, effect: FloatArray) -> int:
    """1 or -1 where the mean effect is `SURE` half-widths of its interval away from 0, else 0."""
    if not np.isfinite(effect).all():
        return 0
    mean, interval = Replicates.of(bench.experiment, DRAWS).mean(effect)
    if interval is None:
        return 0
    half = (interval[1] - interval[0]) / 2
    return int(np.sign(mean)) if abs(mean) > SURE * half else 0


@contextmanager
def _session(folder: Path) -> Iterator[Session]:
    with Pool() as pool:
        session = _Networks(folder, pool)
        try:
            yield session
        finally:
            session.close()


NETWORKS = Family("networks", 30, 0.8, _session)
"""At least 30 cases and 0.8 are what the explainer is held to."""
