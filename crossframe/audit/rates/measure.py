"""Measures the learning rates of all frameworks, each in a process of its own, in parallel."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any

from crossframe.core.errors import UsageError
from crossframe.experiment.cells import CallCell, Host, MethodCall, answer_alone, call_key
from crossframe.experiment.dispatch import executor
from crossframe.experiment.record import Record
from crossframe.experiment.store import Store, opened
from crossframe.frameworks.learning_rate import WINDOWS, LearningRate, LearningRates
from crossframe.frameworks.registry import available, frameworks

SIZES = (10, 80)
"""Rows of the trainings of the frameworks' own length."""

_LIMIT = 600.0
_SECONDS = 30.0


def measurable() -> dict[str, str]:
    """Engine -> ``module:Class`` of its measurement."""
    return {name: f.learning_rates for name, f in frameworks().items() if f.learning_rates}


def measure(
    engines: Sequence[str] | None = None,
    *,
    updates: int = max(WINDOWS),
    sizes: Sequence[int] = SIZES,
    force: bool = False,
    on_progress: Callable[[str], None] = lambda engine: None,
    store: Store | str | os.PathLike[str] | None = None,
) -> LearningRates:
    """Measure the learning rates of all optimizers of the ``engines`` (default: all that have some).

    Parameters
    ----------
    updates
        Updates that are followed one by one.
    sizes
        Rows of the trainings of the frameworks' own length.
    force
        Measure again what is stored of the same versions and the same code.
    on_progress
        Called with the name of each engine that is measured now, when it is done.
    store
        Where measurements are kept: a `Store`, or the path of its SQLite file.

    Returns
    -------
    LearningRates
        A framework that is missing or fails is a gap with its reason; the others are done.

    Raises
    ------
    UsageError
        For an engine without learning rates to measure.
    """
    known = measurable()
    chosen = list(known) if engines is None else list(dict.fromkeys(engines))
    for engine in chosen:
        if engine not in known:
            raise UsageError.unknown("engine", engine, known)
    cells = {engine: _cell(engine, known[engine], updates, tuple(sizes)) for engine in chosen}
    missing = {engine: a for engine in chosen if not (a := available(engine)).available}

    def ended(cell: CallCell, record: Record, left: float) -> None:
        if cell.host.engine not in missing:
            on_progress(cell.host.engine)

    with opened(store) as kept:
        # Runtimes spend most of the time starting, so all of them are measured in parallel.
        run = executor(kept, jobs=len(cells), on_progress=ended)
        records, outcome = run.records(list(cells.values()), missing, force=force)
    rows: list[LearningRate] = []
    versions: dict[str, str] = {}
    gaps = {engine: why.reason for engine, why in outcome.missing.items()}
    for engine, cell in cells.items():
        record = records.get(cell.key)
        if record is None:
            continue
        if record.fields["failed"]:
            gaps[engine] = "; ".join(record.fields["evidence"])
            continue
        answer = LearningRates.from_dict(record.fields["answer"])
        rows += answer.rows
        versions |= answer.versions
    return LearningRates(tuple(rows), versions, gaps)


def _cell(engine: str, where: str, updates: int, sizes: tuple[int, ...]) -> CallCell:
    key = call_key(["learning rates", updates, sizes], engine, [where.partition(":")[0], __name__])
    call = MethodCall("measure", (updates, sizes), _LIMIT)
    return CallCell(key, Host(engine, where=where), call, f"rates of {engine}", _SECONDS, _plain)


def _plain(answer: tuple[Sequence[LearningRate], dict[str, str]], reported: Any) -> Record:
    rows, versions = answer
    return answer_alone(LearningRates(tuple(rows), versions).to_dict(), reported)
