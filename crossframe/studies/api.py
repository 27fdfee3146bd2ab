"""``crossframe.study``: run studies by name."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from crossframe.core.errors import CrossframeError, UsageError
from crossframe.experiment.clusters import on_cluster
from crossframe.experiment.shards import independent_parts
from crossframe.experiment.store import Store, opened
from crossframe.frameworks.pool import Pool, borrowed
from crossframe.studies.catalogue import STUDIES
from crossframe.studies.lab import SCALES, Lab
from crossframe.studies.study import ExplainedPair, PairToExplain, StudyResult

_SEEDS = 2**31 - 1_000
"""Seeds below are 32-bit numbers for every framework, also after what the studies add to them."""


def study(
    *names: str,
    scale: str = "quick",
    seed: int = 12345,
    data_dir: str | os.PathLike[str] | None = None,
    workers: int | None = None,
    parts: Sequence[str] = (),
    store: Store | str | os.PathLike[str] | None = None,
    pool: Pool | None = None,
    cluster: Any = None,
    on_progress: Callable[[str], None] = lambda words: None,
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
        Store or SQLite file; what it holds is not computed again, and the results are kept in it.
    pool
        Lends its engines and keeps them started for the next call; None: they end with this one.
    cluster
        Where the cells are carried out in place of this machine: a ``distributed.Client``, the address of a
        scheduler, and others, see `crossframe.experiment.clusters.on_cluster`.
    on_progress
        Called with progress, a line at a time.

    Raises
    ------
    UsageError
        For an unknown study, scale or part.
    OtherShards
        When cells of other shards are missing, see `crossframe.experiment.shards`.
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
    made = []
    with (
        opened(store) as kept,
        on_cluster(kept, cluster),
        borrowed(pool) as engines,
        independent_parts() as one,
    ):
        for name in names or STUDIES:
            with one:
                made.append(
                    _run(name, kept, engines, scale, seed, data_dir, workers, tuple(parts), on_progress)
                )
                _store(kept, made[-1])
    return made


def _run(
    name: str,
    store: Store,
    pool: Pool,
    scale: str,
    seed: int,
    data_dir: str | os.PathLike[str] | None,
    workers: int | None,
    parts: tuple[str, ...],
    on_progress: Callable[[str], None],
) -> StudyResult:
    entry = STUDIES[name]
    lab = Lab(scale, store, seed, os.fspath(data_dir) if data_dir is not None else None, pool=pool)
    lab.parts = parts
    if workers is not None:
        lab.workers = workers
    lab.say = lambda words: on_progress(f"{name}: {words}")
    begin = time.perf_counter()
    try:
        outcome = entry.load().run(lab)
    finally:
        lab.close()
    explained: list[ExplainedPair] = []
    with independent_parts() as part:
        for pair in outcome.to_explain:
            with part:
                explained.append(_explained(pair, lab))
    seconds = time.perf_counter() - begin
    if not lab.computed:
        lab.say("nothing was computed now: all of it is stored, and no framework was started for it")
    return StudyResult(name, entry.title, scale, outcome, seconds, lab.computed, tuple(explained), parts)


def _store(store: Store, result: StudyResult) -> None:
    """Keep the result under its name, the newest one in place of the one before of the same scale and
    parts."""
    from crossframe.report.export import plain

    id = "-".join(("study", result.name, result.scale, *result.parts))
    store.put_result(id, "study", result.name, plain(result.to_dict()), result.document().to_json())


def _explained(pair: PairToExplain, lab: Lab) -> ExplainedPair:
    """The explanation of a pair, or why there is none: a study does not fail with it."""
    from crossframe.explain.answer import answer
    from crossframe.explain.api import explain

    lab.say(pair.command)
    try:
        explanation = explain(
            pair.left,
            pair.right,
            data=pair.table,
            data_dir=lab.data_dir,
            **pair.options,
            store=lab.store,
            pool=lab.pool,
        )
    except CrossframeError as error:
        return ExplainedPair(pair, "not explained", (error.message,))
    # Its verdict is over draws where it has any; of the rows of one draw the command itself reports.
    sentences = tuple(answer(replace(explanation, same_rows=None)))
    return ExplainedPair(pair, explanation.verdict.phrase, sentences)
