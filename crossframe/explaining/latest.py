"""The notable gaps of a stored comparison, each explained on the very rows that showed it."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias

from crossframe.comparison import again
from crossframe.comparison.plan import Experiment
from crossframe.comparison.result import CompareResult
from crossframe.comparison.store import Store
from crossframe.engines.pool import Pool
from crossframe.errors import CrossframeError, ExitCode, NothingToDo, UsageError
from crossframe.explaining.api import stochastic, varies
from crossframe.explaining.bench import Bench
from crossframe.explaining.drawn import explain_drawn
from crossframe.explaining.drawn_record import Drawn
from crossframe.explaining.explanation import Explanation
from crossframe.explaining.pair import explain_pair
from crossframe.explaining.replicates import Repeated
from crossframe.explaining.switches import LINEAR
from crossframe.models.contestants import Contestant
from crossframe.report.view import Row, View, finite, recipe

Found: TypeAlias = Explanation | Drawn
Say = Callable[[str], None]

TOP = 5
"""Gaps that are explained unless told otherwise."""

AGREEING = 6.0
"""Digits from which two deterministic models of one recipe count as agreeing."""

SEEDS = 2
"""Seeds per draw where a side's answer depends on its seed."""


@dataclass(frozen=True)
class Explained:
    """One pair of a run.

    Attributes
    ----------
    left, right, n
        Contestants and rows.
    row
        The pair's row in the run's table.
    found
        Its explanation, or None.
    why_not
        What stood in the way.
    """

    left: str
    right: str
    n: int
    row: Row
    found: Found | None
    why_not: str = ""

    @property
    def exit_code(self) -> ExitCode:
        """That of the verdict; a pair without one is not accounted for."""
        return self.found.verdict.exit_code if self.found else ExitCode.DIFFERS

    @property
    def folder(self) -> str:
        """Of its page, inside `FOLDER`."""
        return re.sub(r"[^\w.+-]+", "_", f"{self.left}--{self.right}--n{self.n}")


@dataclass(frozen=True)
class Explanations:
    """Those of one run, the most notable first; ``asked``: of one pair that was asked for."""

    result: CompareResult
    pairs: tuple[Explained, ...]
    asked: bool = False

    def to_dict(self) -> dict[str, Any]:
        """What ``--json`` prints; each explanation has schema 1."""
        from crossframe.report.export import plain

        told = [
            {"n": p.n, "why_not": p.why_not, **(p.found.to_dict() if p.found else _unexplained(p))}
            for p in self.pairs
        ]
        run = {"schema": 1, "run": self.result.run["id"]}
        found: dict[str, Any] = plain({**run, **told[0]} if self.asked else {**run, "explanations": told})
        return found


def _unexplained(pair: Explained) -> dict[str, Any]:
    return {"schema": 1, "verdict": None, "left": pair.left, "right": pair.right}


def notable(result: CompareResult, top: int = TOP) -> list[Row]:
    """The gaps that are worth explaining, at most ``top``, each pair at one n.

    Of two contestants of one family: those whose paired interval leaves out 0, and deterministic ones
    of one recipe whose scores agree in fewer than `AGREEING` digits. One recipe comes before another,
    a difference of accuracy before one of digits, the larger one first.
    """
    view = View(result)
    ranked: dict[tuple[str, str], tuple[tuple[Any, ...], Row]] = {}
    for row in result.pairs.to_dict("records"):
        left, right = (view.contestants[row[side]] for side in ("left", "right"))
        same = recipe(left) == recipe(right)
        low, high = finite(row["low"]), finite(row["high"])
        sure = low is not None and high is not None and (low > 0 or high < 0)
        digits = finite(row["digits"])
        apart = digits is not None and digits < AGREEING and same and _still(left) and _still(right)
        if left["family"] != right["family"] or not (sure or apart):
            continue
        size = abs(finite(row["difference"]) or 0.0)
        rank = (not same, not sure, -size, digits if digits is not None else math.inf, -int(row["n"]))
        pair = (row["left"], row["right"])
        if pair not in ranked or rank < ranked[pair][0]:
            ranked[pair] = (rank, row)  # type: ignore[assignment]
    return [row for _, row in sorted(ranked.values(), key=lambda found: found[0])][:top]


def _still(contestant: Mapping[str, Any]) -> bool:
    return contestant["model"] in LINEAR and bool(contestant["deterministic"])


def explain_run(
    name: str = "latest",
    *,
    pair: tuple[str, str] | None = None,
    n: int | None = None,
    top: int = TOP,
    store: str | os.PathLike[str] | None = None,
    say: Say = lambda words: None,
) -> Explanations:
    """Explain the notable gaps of a stored run, or one pair of it.

    Two linear models without a selection are compared score by score on the first draw at that n; any
    others by their accuracy over the run's draws. The fits of the run are not made again.

    Parameters
    ----------
    name
        Of the run, its id or the beginning of it, or ``latest``.
    pair, n
        Two of its contestants, and one of its sizes (the largest, if not told).
    top
        Gaps that are explained at most.
    say
        Told of progress, a line at a time.

    Raises
    ------
    NothingToDo
        When nothing was compared yet.
    UsageError
        For a run, contestant or size that is not there, and data that are gone or have changed.
    """
    kept = Store(Path(store) if store is not None else None)
    try:
        if not kept.runs():
            raise NothingToDo(
                f"there is no comparison to explain: the store {kept.path} holds no run",
                "run crossframe compare first, or name two models: crossframe explain LEFT RIGHT",
            )
        spec = kept.get_run(name)
        result = CompareResult(spec, kept.get(c["key"] for c in spec["cells"]))
        rows = [_row(result, pair, n)] if pair else notable(result, top)
        experiment = again.experiment(spec) if rows else None
        found = []
        with Pool() as pool:
            for row in rows:
                say(f"{row['left']} and {row['right']} at n = {row['n']}")
                assert experiment is not None
                found.append(_explained(experiment, row, kept, pool, say, asked=pair is not None))
        return Explanations(result, tuple(found), asked=pair is not None)
    finally:
        kept.close()


def _row(result: CompareResult, pair: tuple[str, str], n: int | None) -> Row:
    """The run's row of a pair, its sides in the order asked for."""
    view = View(result)
    for name in pair:
        if name not in view.contestants:
            raise UsageError.unknown(f"contestant of the run {result.run['name']}", name, view.contestants)
    size = view.sizes[-1] if n is None else n
    if size not in view.sizes:
        raise UsageError(f"--n {size}: not a size of the run", f"it has {', '.join(map(str, view.sizes))}")
    row = view.pair(*pair, size)
    if row is None:
        raise UsageError(f"{pair[0]} and {pair[1]} have no draw with n = {size} on which both gave an answer")
    return row


def _explained(
    experiment: Experiment, row: Row, store: Store, pool: Pool, say: Say, *, asked: bool
) -> Explained:
    left, right, n = str(row["left"]), str(row["right"]), int(row["n"])
    by_name = {c.name: c for c in experiment.contestants}
    try:
        found = _explain(experiment, by_name[left], by_name[right], n, store, pool, say)
    except CrossframeError as error:
        if asked:
            raise
        say(f"not explained: {error.message}")
        return Explained(left, right, n, row, None, error.message)
    return Explained(left, right, n, row, found)


def _explain(
    experiment: Experiment,
    left: Contestant,
    right: Contestant,
    n: int,
    store: Store,
    pool: Pool,
    say: Say,
) -> Found:
    e = replace(experiment, sizes=(n,), contestants=(left, right))
    if not any(map(varies, (left, right))):
        found = explain_pair(Bench(replace(e, draws=1), store, pool=pool), left, right, pool, paths=True)
        sample = f"draw 1 of {e.draws} at n = {n}, by the design {e.design.name}"
        return replace(found, data={**found.data, "sample": sample})
    seeds = SEEDS if any(map(stochastic, (left, right))) else 1
    repeated = replace(e, design=Repeated(e.design, e.draws), draws=e.draws * seeds)
    return explain_drawn(Bench(repeated, store, pool=pool), left, right, draws=e.draws, say=say)
