"""``crossframe audit``: its arguments and its output."""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Callable
from dataclasses import asdict, replace
from functools import partial
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crossframe.cli import cells, h2o_url, output, paths
from crossframe.cli.audit_options import MODES, refuse_useless
from crossframe.core.errors import CrossframeError, ExitCode, UsageError

if TYPE_CHECKING:
    from crossframe.audit.check import Checked
    from crossframe.audit.drift import Drift
    from crossframe.audit.record import Audit
    from crossframe.experiment.contestants import Contestant
    from crossframe.report.document import Document


def add(commands: Any) -> None:
    """Add the parser of ``crossframe audit`` to the subparsers."""
    p = commands.add_parser(
        "audit",
        help="which defaults are in force in what is installed here",
        description="Read the defaults of the installed frameworks, fit each model once, and say which are "
        "in force, which have no effect, and where two frameworks differ. Two models are compared side by "
        "side. What is stored of the same versions and code is not asked again.",
        epilog="examples: crossframe audit h2o.mlp --setting rate; crossframe audit h2o.mlp keras.mlp; "
        "crossframe audit --learning-rates; crossframe audit --against scikit-learn==1.4.2",
    )
    p.add_argument(
        "models",
        nargs="*",
        metavar="MODEL",
        help="framework.model, with overrides as in h2o.mlp:epochs=20, or a contestant of compare "
        "(default: every model)",
    )
    p.add_argument("--engines", metavar="LIST", help="only these engines, comma separated")
    p.add_argument("--n", type=int, metavar="N", help="training rows of the fits (default 40)")
    p.add_argument(
        "--three-classes",
        action="store_true",
        help="of data with three classes: fits on the digits 0, 1 and 2, experiments on samples of three "
        "(default models: those that take them)",
    )
    ask = p.add_argument_group("questions")
    ask.add_argument("--setting", metavar="NAME", help="one setting of MODEL in full, with its experiments")
    ask.add_argument("--check", action="store_true", help="check every rule of activity by experiment")
    ask.add_argument(
        "--conflicts", action="store_true", help="all pairs of the models: settings that differ in effect"
    )
    ask.add_argument(
        "--learning-rates", action="store_true", help="measure the effective learning rate of every optimizer"
    )
    ask.add_argument(
        "--suspicions", action="store_true", help="the verdicts on the suspicions of 2017, by experiment"
    )
    ask.add_argument(
        "--against",
        action="append",
        default=[],
        metavar="WHAT",
        help="what changed since a snapshot FILE, or since a released version PACKAGE==VERSION, of which the "
        "defaults of crossframe's models are read in a throw-away environment (may be repeated); exit code 1 "
        "when something changed",
    )
    ask.add_argument(
        "--history",
        metavar="FRAMEWORK",
        help="defaults by release, each read in a throw-away environment (scikit-learn, keras, h2o); written "
        "to reports/audit/history or to --report",
    )
    p.add_argument("--save", type=paths.file, metavar="FILE", help="write a snapshot of the defaults")
    known = p.add_argument_group("changes of --against that are known")
    known.add_argument(
        "--ignore",
        action="append",
        default=[],
        metavar="PATTERN",
        help="leave out changes of CALLABLE.PARAMETER, MODEL/CALLABLE.PARAMETER or KIND:CALLABLE.PARAMETER, "
        "as in '*.verbose' or 'new:*' (may be repeated)",
    )
    known.add_argument(
        "--accepted", type=paths.file, metavar="FILE", help="a file of changes that are accepted"
    )
    known.add_argument(
        "--accept", action="store_true", help="accept the changes that are left: write them to --accepted"
    )
    data = p.add_argument_group("data of --suspicions")
    data.add_argument("--dataset", metavar="NAME", help="auto (default), mnist, digits")
    data.add_argument("--draws", type=int, metavar="B", help="training samples per size")
    p.add_argument(
        "--store",
        type=paths.file,
        metavar="FILE",
        help="SQLite file with the cells (default: user's data folder)",
    )
    cells.add(p)
    h2o_url.add(p)
    out = p.add_argument_group("output")
    out.add_argument("--all", action="store_true", help="also parameters that cannot change what is fitted")
    output.add(out)
    out.add_argument("--report", type=paths.folder, metavar="DIR", help="also write the report to a folder")
    out.add_argument("--force", action="store_true", help="ask again what is stored")
    out.add_argument("--quiet", action="store_true", help="no progress")
    p.set_defaults(run=_run)


def _run(a: argparse.Namespace) -> ExitCode:
    asked = [mode for mode in MODES if getattr(a, mode)]
    if len(asked) > 1:
        words = " and ".join(f"--{mode.replace('_', '-')}" for mode in asked)
        raise UsageError(f"{words}: one question at a time", "run the command once for each")
    refuse_useless(a, asked[0] if asked else "pair" if len(a.models) > 1 else "plain")
    modes = {
        "setting": _setting,
        "check": _check,
        "conflicts": _conflicts,
        "learning_rates": _learning_rates,
        "suspicions": _suspicions,
        "against": _against,
        "history": _history,
    }
    from crossframe.frameworks.pool import borrowed, sharing

    answer = modes[asked[0]] if asked else _conflicts if len(a.models) > 1 else _defaults
    # Several parts of one question use the same engines: they are started once.
    with borrowed() as pool, sharing(pool):
        return answer(a)


def _defaults(a: argparse.Namespace) -> ExitCode:
    from crossframe.audit import documents

    audited = _audited(a)
    if a.save:
        from crossframe.audit import snapshot

        snapshot.write(Path(a.save), audited.snapshot())
        _message(a, f"snapshot: {a.save}", always=True)
    _print(a, documents.defaults(audited, everything=a.all), audited.to_dict())
    return _missing(audited, a)


def _setting(a: argparse.Namespace) -> ExitCode:
    from crossframe.audit import one
    from crossframe.audit.check import check

    if len(a.models) != 1:
        raise UsageError("--setting is about one model", "crossframe audit h2o.mlp --setting rate")
    subjects = _subjects(a)
    if not subjects:
        raise UsageError(f"{a.models[0]} is not a model of --engines {a.engines}", "leave --engines out")
    subject = subjects[0]
    carried = one.carries(subject.model, a.setting)
    audited = _audited(a)
    if not audited.models:
        return _missing(audited, a)
    model = audited.models[0]
    if not carried and (page := one.by_rule(model, a.setting)):
        _print(a, page, {"schema": 1, "model": model.to_dict(), "setting": a.setting, "checked": None})
        return ExitCode.OK
    binding = one.find(subject.model, a.setting)
    (checked,) = check(
        subject.model, [binding.param], three_classes=a.three_classes, force=a.force,
        on_progress=partial(_progress, a, "checking"), store=a.store,
    )  # fmt: skip
    _print(a, one.document(model, a.setting, checked),
           {"schema": 1, "model": model.to_dict(), "setting": binding.setting,
            "checked": checked.to_dict()})  # fmt: skip
    return ExitCode.DIFFERS if checked.contradicted else ExitCode.OK


def _check(a: argparse.Namespace) -> ExitCode:
    from crossframe.audit import documents
    from crossframe.audit.check import check
    from crossframe.experiment.shards import independent_parts
    from crossframe.frameworks.registry import model as registered

    models = dict.fromkeys(s.model for s in _subjects(a))
    if a.three_classes and not a.models:
        models = {name: None for name in models if registered(name).several}
    progress = partial(_progress, a, "checking")
    results: list[Checked] = []
    with independent_parts() as part:
        for model in models:
            with part:
                results += check(
                    model, three_classes=a.three_classes, force=a.force, on_progress=progress, store=a.store
                )
    _print(a, documents.checks(results), {"schema": 1, "checks": [c.to_dict() for c in results]})
    if any(c.contradicted for c in results):
        return ExitCode.DIFFERS
    return ExitCode.OK if all(c.holds for c in results) else ExitCode.CELLS_FAILED


def _conflicts(a: argparse.Namespace) -> ExitCode:
    from crossframe.audit import conflicts, documents
    from crossframe.experiment.shards import independent_parts
    from crossframe.frameworks.registry import model

    audited = _audited(a)
    audits = {m.name: m for m in audited.models}
    subjects = [s for s in _subjects(a) if s.name in audits]
    if len(subjects) < 2 and audited.missing:
        return _missing(audited, a)
    if len(subjects) < 2:
        raise UsageError("a conflict takes two models", "crossframe audit h2o.mlp keras.mlp")
    pairs = []
    with independent_parts() as part:
        for left, right in combinations(subjects, 2):
            if a.conflicts:
                both = (model(left.model), model(right.model))
                if both[0].family == both[1].family or all(m.linear for m in both):
                    pairs.append(
                        conflicts.conflicts(
                            audits[left.name], audits[right.name], three_classes=a.three_classes
                        )
                    )
                continue
            at = f"{left.name} and {right.name}"
            progress = partial(_progress, a, f"{at}: switching")
            with part:
                pairs.append(
                    conflicts.compared(
                        left, right, audits, three_classes=a.three_classes, on_progress=progress,
                        store=a.store,
                    )
                )  # fmt: skip
    _print(a, documents.conflicts(pairs), {"schema": 1, "pairs": [pair.to_dict() for pair in pairs]})
    return _missing(audited, a)


def _learning_rates(a: argparse.Namespace) -> ExitCode:
    from crossframe.audit import rates

    progress = partial(_progress, a, "measured")
    measured = rates.measure(_engines(a), force=a.force, on_progress=progress, store=a.store)
    _print(a, rates.document(measured), measured.to_dict())
    for engine, reason in measured.gaps.items():
        _message(a, f"{engine} was not measured: {reason}", always=True)
    if not measured.gaps:
        return ExitCode.OK
    return ExitCode.ENGINE_MISSING if a.engines else ExitCode.CELLS_FAILED


def _suspicions(a: argparse.Namespace) -> ExitCode:
    from crossframe.audit import verdicts
    from crossframe.cli.progress import Progress

    progress = Progress(quiet=a.quiet, first_line=sys.stderr)
    with progress:
        judged = verdicts.run(
            dataset=a.dataset, draws=a.draws, store=a.store, engines=_engines(a), listener=progress
        )
    _print(a, judged.document(), judged.to_dict(), judged.write)
    return ExitCode.OK


def _against(a: argparse.Namespace) -> ExitCode:
    from crossframe.audit import accepted, documents, snapshot

    if a.accept and not a.accepted:
        raise UsageError("--accept needs a file", "name it with --accepted FILE")
    new_file = a.accept and not Path(a.accepted).exists()
    known = accepted.read(a.accepted) if a.accepted and not new_file else ()
    drifts: list[tuple[str, Drift]] = []
    codes: list[ExitCode] = []
    for what in a.against:
        try:
            if "==" in what:
                drifts.append((what, _since_release(a, what)))
            else:
                since, code = _since_snapshot(a, what)
                drifts.append((what, since))
                codes.append(code)
        except CrossframeError as error:
            print(f"crossframe: {error}", file=sys.stderr)
            codes.append(error.exit_code)
    drifts = [(what, accepted.without(since, a.ignore, known)) for what, since in drifts]
    everything = [c for _, d in drifts for c in (*d.changes, *d.accepted, *d.ignored)]
    unused = [p for p in a.ignore if not any(accepted.ignores(p, c) for c in everything)]
    if unused:
        _message(a, f"no change is ignored by {', '.join(map(snapshot.escaped, unused))}", always=True)
    drifts = [(what, _tried(a, since)) for what, since in drifts]
    if a.accept:
        known = accepted.accepting([c for _, d in drifts for c in d.changes], known)
        accepted.write(a.accepted, known)
        _message(a, f"accepted changes: {a.accepted}", always=True)
        drifts = [(what, accepted.without(since, (), known)) for what, since in drifts]
    if drifts:
        plain = {"schema": 1, "against": [{"what": name, **asdict(one)} for name, one in drifts]}
        _print(a, documents.drift(drifts), plain)
    worst = max((code for code in codes if code), default=None)
    if worst is not None:
        return worst
    return ExitCode.DIFFERS if any(one.changes for _, one in drifts) else ExitCode.OK


def _tried(a: argparse.Namespace, since: Drift) -> Drift:
    """The drift, with what each changed default does to a fit."""
    from crossframe.audit.altered import altered

    return altered(since, since.models, on_progress=partial(_message, a), store=a.store)


def _since_snapshot(a: argparse.Namespace, file: str) -> tuple[Drift, ExitCode]:
    """What has changed since a snapshot, and whether all of it could be compared."""
    from crossframe.audit import snapshot
    from crossframe.audit.altered import renamed
    from crossframe.audit.drift import drift

    before = snapshot.read(file)
    now = _audited(a)
    since = renamed(drift(before, now.snapshot()))
    if not now.missing and (a.models or a.engines):
        # Models and frameworks that were not requested are not missing.
        since = replace(since, models_missing=(), frameworks_missing=())
    return since, _missing(now, a)


def _since_release(a: argparse.Namespace, requirement: str) -> Drift:
    from crossframe.audit import elsewhere
    from crossframe.audit.altered import renamed
    from crossframe.audit.drift import drift

    progress = partial(_message, a)
    now = elsewhere.live(requirement, on_progress=progress)
    then = elsewhere.capture(requirement, refresh=a.force, on_progress=progress, store=a.store)
    name = then["framework"]
    since = renamed(drift(elsewhere.as_snapshot(then, name), elsewhere.as_snapshot(now, name)))
    models = elsewhere.parse(requirement).framework.all_models()
    callables = tuple(dict.fromkeys((*then["callables"], *now["callables"])))
    return replace(since, models=tuple(m.name for m in models), callables=callables)


def _history(a: argparse.Namespace) -> ExitCode:
    from crossframe.audit import history

    folder = Path(a.report) if a.report else history.FOLDER
    page, unread = history.publish(a.history, folder, partial(_message, a))
    print(page)
    for one in unread:
        _message(a, f"not read: {one.requirement}: {one.reason}", always=True)
    return ExitCode.CELLS_FAILED if unread else ExitCode.OK


def _audited(a: argparse.Namespace) -> Audit:
    from crossframe.audit.audit import DEFAULT_ROWS, audit

    return audit(
        a.models, engines=_engines(a), n=DEFAULT_ROWS if a.n is None else a.n, three_classes=a.three_classes,
        force=a.force, on_progress=partial(_progress, a, "audited"), store=a.store,
    )  # fmt: skip


def _subjects(a: argparse.Namespace) -> list[Contestant]:
    from crossframe.audit.audit import subjects

    return [s for s in subjects(a.models) if a.engines is None or s.engine in (_engines(a) or ())]


def _engines(a: argparse.Namespace) -> list[str] | None:
    return None if a.engines is None else [word.strip() for word in a.engines.split(",") if word.strip()]


def _missing(audited: Audit, a: argparse.Namespace) -> ExitCode:
    """A missing engine is an exit code of its own when it was asked for by name."""
    if not audited.missing:
        return ExitCode.OK
    for gone in audited.missing:
        _message(a, f"{gone.engine} was not audited: {gone.reason}\n  remedy: {gone.remedy}", always=True)
    named = bool(a.models or a.engines)
    return ExitCode.ENGINE_MISSING if named else ExitCode.CELLS_FAILED


def _print(
    a: argparse.Namespace,
    document: Document,
    plain: dict[str, Any],
    write: Callable[[Path], Path] | None = None,
) -> None:
    from crossframe.experiment.store import opened
    from crossframe.report.export import plain as finite

    record = finite(plain)
    as_json = json.dumps(record, allow_nan=False)
    with opened(a.store) as kept:
        name = _name(a)
        kept.put_result(name, "audit", name, record, document.to_json())
    output.emit(a, document, record)
    if a.report:
        folder = Path(a.report)
        page = write(folder) if write else document.write(folder, {"result.json": as_json + "\n"})
        _message(a, f"report: {page}", always=True)


def _name(a: argparse.Namespace) -> str:
    """The name of the stored result: the question, and what it is about."""
    question = next((mode for mode in MODES if getattr(a, mode)), "")
    about = [*a.models, *(a.against or ()), *([a.setting] if a.setting else ())]
    classes = "three-classes" if a.three_classes else ""
    words = ["audit", question.replace("_", "-"), classes, a.engines or "", *about]
    return re.sub(r"[^\w.=-]+", "-", "-".join(filter(None, words)))


def _progress(a: argparse.Namespace, doing: str, name: str) -> None:
    _message(a, f"{doing} {name}")


def _message(a: argparse.Namespace, words: str, *, always: bool = False) -> None:
    if always or not a.quiet:
        print(words, file=sys.stderr, flush=True)
