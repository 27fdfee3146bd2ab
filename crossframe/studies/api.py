"""``crossframe.study``: run studies by name."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from crossframe.comparison.store import Store
from crossframe.engines.pool import Pool
from crossframe.errors import CrossframeError, UsageError
from crossframe.studies.catalogue import STUDIES
from crossframe.studies.lab import SCALES, Lab
from crossframe.studies.study import Answer, Ask, StudyResult

_SEEDS = 2**31 - 1_000
"""Seeds below are 32-bit numbers for every framework, also after what the studies add to them."""


def study(
    *names: str,
    scale: str = "quick",
    seed: int = 12345,
    data_dir: str | os.PathLike[str] | None = None,
    workers: int | None = None,
    parts: Sequence[str] = (),
    store: str | os.PathLike[str] | None = None,
    say: Callable[[str], None] = lambda words: None,
) -> list[StudyResult]:
    """Put published claims to the test; see ``crossframe list studies``.

    Parameters
    ----------
    names
        Studies; none: all.
    scale
        ``quick`` (minutes for all of them) or ``paper`` (sizes as published).
    seed
        Of everything random.
    data_dir
        Where to look for MNIST before the caches; without MNIST the bundled digits are used.
    workers
        Processes that compute at the same time; None: as many as there are cores.
    parts
        Of a study that has parts (``gradient-failures``: parity, lines, stocks, curves, flat) those
        to be run; none: all.
    store
        SQLite file; what it holds is not computed again.
    say
        Told about progress, a line at a time.

    Raises
    ------
    UsageError
        For an unknown study, scale or part.
    """
    for name in names:
        if name not in STUDIES:
            raise UsageError.unknown("study", name, STUDIES)
    if scale not in SCALES:
        raise UsageError.unknown("scale", scale, SCALES)
    if workers is not None and workers < 1:
        raise UsageError(f"--jobs {workers}: at least one process", "leave it out for one per core")
    if not 0 <= seed < _SEEDS:
        raise UsageError(f"--seed {seed}: impossible value", f"--seed takes 0 to {_SEEDS - 1:,}")
    for name in names or STUDIES:
        known = getattr(STUDIES[name].load(), "PARTS", {})
        for part in parts:
            if not known:
                raise UsageError(f"study {name} has no parts", "leave out --parts")
            if part not in known:
                raise UsageError.unknown(f"part of {name}", part, known)
    kept = Store(Path(store) if store is not None else None)
    found = []
    pool = Pool()
    try:
        for name in names or STUDIES:
            entry = STUDIES[name]
            lab = Lab(scale, kept, seed, os.fspath(data_dir) if data_dir is not None else None, pool=pool)
            lab.parts = tuple(parts)
            if workers is not None:
                lab.workers = workers
            lab.say = lambda words, name=name: say(f"{name}: {words}")  # type: ignore[misc]
            begin = time.perf_counter()
            try:
                outcome = entry.load().run(lab)
            finally:
                lab.close()
            answers = tuple(_answer(ask, lab) for ask in outcome.explain)
            seconds = time.perf_counter() - begin
            found.append(
                StudyResult(name, entry.title, scale, outcome, seconds, lab.computed, answers, lab.parts)
            )
    finally:
        pool.close()
        kept.close()
    return found


def _answer(ask: Ask, lab: Lab) -> Answer:
    """The explanation of a pair, or why there is none: a study does not fail with it."""
    from crossframe.explaining import report, report_drawn
    from crossframe.explaining.api import explain
    from crossframe.explaining.drawn_record import Drawn

    lab.say(ask.command)
    try:
        found = explain(
            ask.left, ask.right, data=ask.table, data_dir=lab.data_dir, **ask.options, store=lab.store.path
        )
    except CrossframeError as error:
        return Answer(ask, "not explained", (error.message,))
    document = report_drawn.document(found) if isinstance(found, Drawn) else report.document(found)
    return Answer(ask, str(found.verdict).replace("_", " "), document.headlines)
