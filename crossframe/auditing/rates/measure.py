"""All frameworks measured, each in a process of its own, side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from crossframe.auditing.rates.none import r_rows
from crossframe.auditing.rates.record import WINDOWS, LearningRate, LearningRates
from crossframe.engines.base import Availability
from crossframe.engines.host import EngineDied, EngineProcess
from crossframe.errors import UsageError

MEASURED = {
    "sklearn": "crossframe.auditing.rates.sklearn:SklearnRates",
    "r": "",
    "h2o": "crossframe.auditing.rates.h2o:H2ORates",
    "keras": "crossframe.auditing.rates.keras:KerasRates",
}
"""Engine -> where its measurement is; R has nothing to measure, and is only asked whether it is there."""

SIZES = (10, 80)
"""Rows of the trainings of the frameworks' own length."""

_LIMIT = 600.0


def measure(
    engines: Sequence[str] | None = None,
    *,
    updates: int = max(WINDOWS),
    sizes: Sequence[int] = SIZES,
    progress: Callable[[str], None] | None = None,
) -> LearningRates:
    """Measure the learning rates of all optimizers of the ``engines`` (default: all four).

    Parameters
    ----------
    updates
        Updates that are followed one by one.
    sizes
        Rows of the trainings of the frameworks' own length.
    progress
        Told the name of each engine when it is done.

    Returns
    -------
    LearningRates
        A framework that is missing or fails is a gap with its reason; the others are done.

    Raises
    ------
    UsageError
        For an engine without learning rates to measure.
    """
    asked = list(MEASURED) if engines is None else list(dict.fromkeys(engines))
    for engine in asked:
        if engine not in MEASURED:
            raise UsageError.unknown("engine", engine, MEASURED)
    processes = {engine: EngineProcess(engine, where=MEASURED[engine] or None) for engine in asked}
    rows: list[LearningRate] = []
    versions: dict[str, str] = {}
    gaps: dict[str, str] = {}
    begun: list[str] = []
    try:
        for engine, process in processes.items():
            try:
                if MEASURED[engine]:
                    process.submit_call("measure", updates, tuple(sizes), limit=_LIMIT)
                else:
                    process.submit_call("probe", limit=_LIMIT)
                begun.append(engine)
            except EngineDied as death:
                gaps[engine] = death.reason
        for engine in begun:
            try:
                processes[engine].wait()
                answer = processes[engine].receive()
            except EngineDied as death:
                gaps[engine] = death.reason
            else:
                found, of = _r(answer) if isinstance(answer, Availability) else answer
                if isinstance(answer, Availability) and not answer.available:
                    gaps[engine] = answer.reason
                rows += found
                versions |= of
            processes[engine].close()
            if progress is not None:
                progress(engine)
    finally:
        for process in processes.values():
            process.close()
    return LearningRates(tuple(rows), versions, gaps)


def _r(answer: Availability) -> tuple[list[LearningRate], dict[str, str]]:
    if not answer.available:
        return [], {}
    return r_rows(), {"R": answer.versions["R"]}
