"""Options of commands that carry out cells: a part of them, on a cluster, their progress for a program."""

from __future__ import annotations

import argparse
import contextlib
import json
import shlex
import sys
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from crossframe.cli import paths
from crossframe.core.errors import CrossframeError, ExitCode, UsageError
from crossframe.core.text import plural, whole

if TYPE_CHECKING:
    from crossframe.experiment.shards import Shard
    from crossframe.experiment.store import Store

_MERGED = "merged.sqlite"


def add(parser: Any, *, rounds: bool = True) -> None:
    """Add the options; ``rounds``: some fits are chosen by what others gave."""
    text = "compute part K of N of the cells, for jobs that run side by side; they go to a store of their own"
    text += " (--store, default shard-K-of-N.sqlite here) for crossframe store merge"
    text += "; fits that are chosen by these come in further rounds" if rounds else ""
    parser.add_argument("--shard", metavar="K/N", help=text)
    parser.add_argument(
        "--cluster",
        metavar="WHERE",
        help="compute on the workers of Dask (tcp://HOST:PORT or the scheduler file FILE.json) or in jobs of "
        "SLURM (slurm:partition=P,time=MINUTES,cpus=C,jobs=J)",
    )
    parser.add_argument(
        "--mixed",
        action="store_true",
        help="go on where workers of --cluster have other versions than this machine: they get no cells of "
        "what they differ in",
    )
    parser.add_argument(
        "--json-lines",
        type=paths.path,
        metavar="FILE",
        help="add an event in JSON, a line each, for every cell that is planned and ends; - is stderr",
    )


def run(a: argparse.Namespace) -> int:
    """Carry out a command as these options say; returns the exit code."""
    shard, lines, cluster = (getattr(a, option, None) for option in ("shard", "json_lines", "cluster"))
    if cluster is not None:
        if getattr(a, "jobs", None) is not None:
            raise UsageError("--jobs has no use with --cluster", "leave one of the two out")
    elif getattr(a, "mixed", False):
        raise UsageError("--mixed is about the workers of --cluster", "leave it out, or name a cluster")
    if shard is None and lines is None and cluster is None:
        return int(a.run(a))
    from crossframe.experiment.shards import Shard

    part = None if shard is None else Shard.parse(shard)
    with _written_to(lines) as file:
        return _run(a, part, file)


@contextlib.contextmanager
def _written_to(lines: str | None) -> Iterator[TextIO | None]:
    if lines in (None, "-"):
        yield None if lines is None else sys.stderr
        return
    try:
        file = open(str(lines), "a", encoding="utf-8")  # noqa: SIM115
    except OSError as error:
        why = error.strerror or error
        raise UsageError(f"--json-lines {lines} cannot be written: {why}", "name another file") from None
    with file:
        yield file


def _run(a: argparse.Namespace, shard: Shard | None, lines: TextIO | None) -> int:
    from crossframe.experiment.clusters import on_cluster
    from crossframe.experiment.events import Events
    from crossframe.experiment.shards import OtherShards
    from crossframe.experiment.store import Store

    own = None if shard is None else f"shard-{shard.number}-of-{shard.count}.sqlite"
    named: str | None = a.store
    file = named or own
    path = Path(file) if file else None
    made_here = shard is not None and path is not None and not path.exists()
    a.store = store = Store(path, shard=shard)
    code: int | None = None
    if lines is not None:
        store.events = Events(lines)
        store.events("started", command=a.command, store=str(store.path), shard=shard and str(shard))
    try:
        with on_cluster(store, a.cluster, mixed=a.mixed, on_status=partial(_status, a)):
            code = int(a.run(a))
    except OtherShards:
        code = int(_report(a, store, named))
    except KeyboardInterrupt:
        code = int(ExitCode.INTERRUPTED)
        raise
    except CrossframeError as error:
        code = int(error.exit_code)
        if made_here and not store.cells():
            store.close()
            store.path.unlink()
        raise
    finally:
        if store.events is not None:
            store.events("ended", exit_code=code)
        store.close()
    return code


def _status(a: argparse.Namespace, words: str) -> None:
    if not getattr(a, "quiet", False):
        print(f"cluster: {words}", file=sys.stderr, flush=True)


def _report(a: argparse.Namespace, store: Store, named: str | None) -> ExitCode:
    """Say what this shard has done and what comes next; failed cells are an exit code of their own."""
    shard = store.shard
    assert shard is not None
    code = ExitCode.CELLS_FAILED if shard.failed or shard.gone else ExitCode.OK
    held = len(store.cells())
    if a.json:
        facts = {
            "number": shard.number, "of": shard.count, "computed": shard.computed, "failed": shard.failed,
            "missing": shard.gone, "others": len(shard.others), "stored": held, "store": str(store.path),
        }  # fmt: skip
        print(json.dumps({"schema": 1, "shard": facts}))
        return code
    parts = f"{shlex.quote(named)} ..." if named else f"shard-*-of-{shard.count}.sqlite"
    failed = f", {shard.failed} of them failed" if shard.failed else ""
    for engine, reason in shard.gone.items():
        print(f"crossframe: {engine} was left out: {reason}", file=sys.stderr)
    print(
        f"shard {shard}: {plural(shard.computed, 'cell')} computed{failed}; {store.path} holds {whole(held)}."
    )
    print(f"{plural(len(shard.others), 'cell')} of other shards come before a result. When these have ended:")
    print(f"  crossframe store merge {parts} --into {_MERGED}")
    print(f"  crossframe {_whole(a.argv)} --store {_MERGED}")
    if a.command == "compare":
        print("The second command computes nothing, and shows the result.")
    else:
        print("The second command computes what depends on these cells, and shows the result. To divide that")
        print(f"too, give each shard a copy of {_MERGED} as its --store, and run all shards once more.")
    return code


def _whole(argv: Sequence[str]) -> str:
    """The words of the command for all cells: without its shard and its store, and nothing computed again."""
    words: list[str] = []
    skip = False
    for word in argv:
        option, has_value, _ = word.partition("=")
        if skip:
            skip = False
        elif len(option) > 3 and any(name.startswith(option) for name in ("--shard", "--store")):
            skip = not has_value
        elif word != "--force":
            words.append(word)
    return shlex.join(words)
