"""``crossframe.audit``: the defaults of what is installed, and what is in force after a fit."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from crossframe import settings
from crossframe.auditing.assemble import assemble, captured_by
from crossframe.auditing.memo import Memo
from crossframe.auditing.record import Audit, Missing, ModelAudit
from crossframe.comparison.plan import Experiment, Requests, code_of, identity, parse_sizes, resolve
from crossframe.data import DESIGNS, load
from crossframe.engines.base import Availability, Status
from crossframe.engines.host import EngineDied, EngineProcess
from crossframe.environment import engine_available, versions
from crossframe.errors import UsageError
from crossframe.models.contestants import Contestant
from crossframe.models.spec import parse, parse_model

FRAMEWORKS = ("sklearn", "r", "h2o", "keras", "rkeras")
"""Engines whose models are audited when none is named."""

DEFAULT_ROWS = 40
_SEED = 1

Heard = Callable[[str], None]
"""Told the name of each model that has been audited."""


@dataclass(frozen=True)
class Subject:
    """What is audited: a contestant under a name; ``key`` covers everything that can change the answer."""

    name: str
    contestant: Contestant
    key: str


def audit(
    models: Sequence[str] = (),
    *,
    contestants: Sequence[str] = (),
    engines: Sequence[str] | None = None,
    n: int = DEFAULT_ROWS,
    force: bool = False,
    heard: Heard = lambda name: None,
    memo: Memo | None = None,
) -> Audit:
    """Read every default of the installed frameworks, fit once, and say what is in force.

    Each model is fitted once on ``n`` rows of scikit-learn's digits, 0 against 1, with one thread and
    the seed 1; what the framework reports afterwards is the effective value. What is known already
    of the same versions is not asked again.

    Parameters
    ----------
    models
        ``engine.model``, with overrides after a colon (``h2o.mlp:epochs=20``): the framework's
        defaults but for these. By default every model of every framework.
    contestants
        Names as in ``compare``: with the settings under which they take part there.
    engines
        Only models of these engines.
    n
        Training rows of the fits.
    force
        Ask again what is known.
    heard
        Called with the name of each model that is done.
    memo
        Where it is remembered.

    Raises
    ------
    UsageError
        For a name that nobody has, or a setting that a model does not take.
    """
    parse_sizes(str(n))
    for engine in engines or ():
        if engine not in FRAMEWORKS:
            raise UsageError.unknown("engine", engine, FRAMEWORKS)
    memo = memo or Memo()
    chosen = [
        s for s in subjects(models, contestants, n) if engines is None or s.contestant.engine in engines
    ]
    known = {s.name: None if force else memo.get(s.key) for s in chosen}
    todo: dict[str, list[Subject]] = {}
    for subject in chosen:
        if known[subject.name] is None:
            todo.setdefault(subject.contestant.engine, []).append(subject)
    missing = {e: a for e in todo if not (a := engine_available(e)).available}
    found = {name: ModelAudit.from_dict(plain) for name, plain in known.items() if plain is not None}

    processes = {engine: EngineProcess(engine) for engine in todo if engine not in missing}

    def ask(engine: str) -> None:
        try:
            for subject, model in _ask(processes[engine], todo[engine], n):
                memo.put(subject.key, model.to_dict())
                found[subject.name] = model
                heard(subject.name)
        except EngineDied as death:
            reason = f"{death.reason}: {death.log.strip().splitlines()[-1] if death.log.strip() else ''}"
            missing[engine] = Availability(False, reason=reason.strip(": "), mend="crossframe doctor")

    runnable = sorted(set(todo) - set(missing), key=_slow_first)
    pool = ThreadPoolExecutor(max_workers=os.cpu_count() or 1)
    try:
        for _ in pool.map(ask, runnable):
            pass
    finally:
        # After Ctrl-C nothing else is begun, and what is being fitted is killed.
        pool.shutdown(wait=False, cancel_futures=True)
        for process in processes.values():
            process.close()
    return Audit(
        tuple(found[s.name] for s in chosen if s.name in found),
        tuple(Missing(engine, a.reason, a.mend) for engine, a in missing.items()),
    )


def _slow_first(engine: str) -> int:
    order = ("keras", "h2o", "rkeras")
    return order.index(engine) if engine in order else len(order)


def subjects(models: Sequence[str], contestants: Sequence[str] = (), n: int = DEFAULT_ROWS) -> list[Subject]:
    """What was asked for, each once; all wrong names are told at once. Nothing named is every model."""
    if not models and not contestants:
        models = [m for m in settings.BINDINGS if m.partition(".")[0] in FRAMEWORKS]
    found: dict[str, Contestant] = {}
    errors: list[UsageError] = []
    for text, make in [*((m, parse_model) for m in models), *((c, parse) for c in contestants)]:
        try:
            contestant = make(text)
        except UsageError as error:
            errors.append(error)
            continue
        name = contestant.name if make is parse_model else f"{contestant.name} (as in compare)"
        found[name] = contestant
    if errors:
        raise UsageError.many(errors)
    return [Subject(name, c, _key(name, c, n)) for name, c in found.items()]


def _key(name: str, contestant: Contestant, n: int) -> str:
    engine = contestant.engine
    package = Path(__file__).resolve().parents[1]
    sources = [package / "auditing" / f for f in ("audit.py", "assemble.py", "record.py")]
    sources.append(package / "capture" / f"{captured_by(engine)}.py")
    code = hashlib.sha256(b"".join(file.read_bytes() for file in sources if file.is_file())).hexdigest()
    material = [name, identity(contestant), n, versions(engine), code_of(engine), code]
    return hashlib.sha256(json.dumps(material, sort_keys=True).encode()).hexdigest()


def _ask(process: EngineProcess, todo: list[Subject], n: int) -> Iterator[tuple[Subject, ModelAudit]]:
    """Each subject with what its engine says; raises `EngineDied`."""
    try:
        probed = process.call("probe")
        if not probed.available:
            raise EngineDied(Status.ENGINE_MISSING, probed.reason, probed.mend)
        for subject in todo:
            experiment = _experiment(subject.contestant, n)
            (cell,) = experiment.cells()
            request = Requests(experiment).request(cell)
            assert request is not None
            c = resolve(subject.contestant, experiment.dataset)
            declared = process.call("defaults", c.model.partition(".")[2])
            fit = process.fit(request)
            yield subject, assemble(subject.name, c, declared, fit, probed.versions, n)
    finally:
        process.close()


def _experiment(contestant: Contestant, n: int) -> Experiment:
    found = Experiment(load("digits"), DESIGNS["stratified"], (n,), 1, _SEED, (contestant,), threads=1)
    found.validate()
    return found
