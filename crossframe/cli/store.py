"""``crossframe store``: what a store holds; merged, exported, pruned."""

from __future__ import annotations

import argparse
import json
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crossframe.cli import paths
from crossframe.core.errors import ExitCode, UsageError
from crossframe.core.text import plural

if TYPE_CHECKING:
    from crossframe.experiment.store import Store

_SHOWN = 5
"""Damaged records that are named."""

_COLUMNS = {
    "key": "of the cell: data, rows, settings, versions and code",
    "model": "framework.model, or the computation",
    "created": "when it was stored, UTC",
    "run, contestant, n, draw": "its place in the newest run of compare that has it",
    "status": "how the fit ended, in words",
    "usable, failed, deterministic": "whether there are numbers; whether it is computed again when it is "
    "needed; whether the model repeats its numbers",
    "attempts": "2 where the process died once",
    "rows": "training rows",
    "updates, iterations, epochs": "carried out",
    "threshold": "score above which a row is labelled class 1",
    "accuracy, accuracy_half, auc, logloss, r2, rmse, mae": "on the scored rows, those that the target has",
    "train_accuracy, ...": "the same on the training rows",
    "unscored": "rows without a score",
    "convergence": "the framework's own words",
    "digest, fingerprint": "SHA-256 of the predictions and coefficients, and of the training rows",
    "peak_memory, seconds": "of the process, in bytes; of the engine",
    "settings, effective, evidence": "JSON: canonical settings, parameters in force, messages",
}
"""Columns of ``crossframe store export`` -> what they hold."""


def add(commands: Any) -> None:
    """Add the parser of ``crossframe store`` to the subparsers."""
    p = commands.add_parser(
        "store",
        help="what is stored: list, merge, export, prune",
        description="The store holds every cell (a fit, or another computation) under a key, the runs of "
        "compare, and the results of the other commands. It is one SQLite file.",
    )
    actions = p.add_subparsers(dest="action", metavar="ACTION", required=True)
    listed = actions.add_parser(
        "list",
        help="cells by model, with those that failed; runs, results, size",
        description="What a store holds. The runs and results themselves: crossframe list runs.",
    )
    merged = actions.add_parser(
        "merge",
        help="several stores into one",
        description="Copy what several stores hold into one, all of it or nothing; they are only read. The "
        "same cell with other numbers is an error that names both stores. Of a failed cell and a good one "
        "the good one stays, of runs and results with one id the newest.",
        epilog="example: crossframe store merge shard-*-of-4.sqlite --into merged.sqlite",
    )
    merged.add_argument("sources", nargs="+", type=paths.file, metavar="FILE", help="stores")
    merged.add_argument(
        "--into", type=paths.file, metavar="FILE", required=True, help="the store to copy to; may exist"
    )
    exported = actions.add_parser(
        "export",
        help="every cell as a row of a CSV or Parquet file",
        description="Write every cell to a table: what it is, how it ended, its settings and scores.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog=_columns(),
    )
    exported.add_argument("file", type=paths.file, metavar="FILE", help="ends with .csv or .parquet")
    pruned = actions.add_parser(
        "prune",
        help="remove cells that are not needed any more",
        description="Say which cells would be removed, or remove them. What is removed is computed again "
        "when it is asked for.",
    )
    pruned.add_argument("--failed", action="store_true", help="cells that failed")
    pruned.add_argument("--older-than", type=float, metavar="DAYS", help="cells stored before that")
    pruned.add_argument(
        "--unused",
        action="store_true",
        help="cells that no stored run of compare has; those of audit, explain and study are in none",
    )
    pruned.add_argument("--yes", action="store_true", help="remove them")
    for action, run in ((listed, _list), (exported, _export), (pruned, _prune)):
        action.add_argument(
            "--store", type=paths.file, metavar="FILE", help="the store (default: user's data folder)"
        )
        action.set_defaults(run=run)
    merged.set_defaults(run=_merge)
    for action in (listed, merged, pruned):
        action.add_argument("--json", action="store_true", help="print as JSON")


def _columns() -> str:
    lines = [
        textwrap.fill(f"{name}: {what}", 78, initial_indent="  ", subsequent_indent="      ")
        for name, what in _COLUMNS.items()
    ]
    return "\n".join(["columns:", *lines])


@contextmanager
def _opened(a: argparse.Namespace) -> Iterator[Store]:
    """The store of the options; it has to exist."""
    from crossframe.experiment.store import default_path, opened

    file = Path(a.store) if a.store else default_path()
    if not file.is_file():
        raise UsageError(f"{file}: there is no such file", "name a store: --store FILE")
    with opened(file) as store:
        yield store


def _list(a: argparse.Namespace) -> ExitCode:
    from crossframe.cli.list import print_table
    from crossframe.experiment import contents

    with _opened(a) as store:
        models, totals = contents.by_model(store), _totals(store)
        size = contents.file_size(store)
    totals |= {"failed": sum(row["failed"] for row in models), "bytes": size}
    if a.json:
        print(json.dumps({"schema": 1, "store": str(store.path), **totals, "models": models}))
        return ExitCode.OK
    if models:
        shown = [{**row, "bytes": _size(row["bytes"]), "newest": row["newest"][:16]} for row in models]
        print_table("cells", [{("size" if k == "bytes" else k): v for k, v in row.items()} for row in shown])
    print(f"{store.path}: {_counted(totals)}, {_size(size)}; {totals['failed']} of the cells failed")
    return ExitCode.OK


def _export(a: argparse.Namespace) -> ExitCode:
    from crossframe.experiment import contents

    file = Path(a.file)
    if file.suffix not in (".csv", ".parquet"):
        raise UsageError(f"{file}: neither .csv nor .parquet", "name the file so")
    with _opened(a) as store:
        table = contents.table(store)
    try:
        if file.suffix == ".csv":
            table.to_csv(file, index=False, lineterminator="\n")
        else:
            table.to_parquet(file, index=False)
    except OSError as error:
        raise UsageError(
            f"{file} cannot be written: {error.strerror or error}", "name another file"
        ) from None
    print(f"{file}: {plural(len(table), 'cell')}")
    if store.damaged:
        _damaged(sorted(store.damaged))
        return ExitCode.CELLS_FAILED
    return ExitCode.OK


def _prune(a: argparse.Namespace) -> ExitCode:
    from crossframe.experiment import contents

    with _opened(a) as store:
        before, count = contents.file_size(store), len(store.cells())
        gone = contents.prunable(store, failed=a.failed, older_than=a.older_than, unused=a.unused)
        removed = bool(a.yes and gone.keys)
        if removed:
            contents.remove(store, gone.keys)
        after = contents.file_size(store)
    if a.json:
        facts = {"cells": len(gone.keys), "bytes": gone.size, "runs": gone.runs, "removed": removed}
        print(json.dumps({"schema": 1, "store": str(store.path), **facts}))
        return ExitCode.OK
    what = f"{len(gone.keys)} of {plural(count, 'cell')} in {store.path}, {_size(gone.size)}"
    if not gone.keys:
        print(f"{store.path}: none of {plural(count, 'cell')} to remove")
    elif removed:
        print(f"removed {what}; the file has {_size(after)} in place of {_size(before)}")
    else:
        print(f"would remove {what}; with --yes they are removed")
    if gone.runs:
        print(f"the reports of these runs {'lack' if removed else 'would lack'} them: {', '.join(gone.runs)}")
    return ExitCode.OK


def _merge(a: argparse.Namespace) -> ExitCode:
    from crossframe.experiment.merging import merge
    from crossframe.experiment.store import opened

    into = Path(a.into)
    # A pattern of the shell that names the sources names the target too, when the command is run again.
    sources = [file for file in dict.fromkeys(map(Path, a.sources)) if not _same(file, into)]
    if not sources:
        raise UsageError(f"{into} is the store to copy to", "name the stores to be copied")
    made = merge(sources, into)
    with opened(into) as store:
        totals = _totals(store)
    if a.json:
        rows = [{**vars(one), "source": str(one.source)} for one in made]
        print(json.dumps({"schema": 1, "into": str(into), **totals, "sources": rows}))
    else:
        for one in made:
            facts = [f"{plural(one.new, 'cell')} copied", f"{one.known} known"]
            facts += [f"{one.replaced} in place of failed or damaged ones"] if one.replaced else []
            facts += [f"{one.failed} failed ones left out"] if one.failed else []
            facts += [f"{one.random} with other random numbers left out"] if one.random else []
            facts += [plural(one.runs, "run"), plural(one.results, "result")]
            print(f"{one.source}: {', '.join(facts)}")
            if one.damaged:
                _damaged(one.damaged)
        print(f"{into}: {_counted(totals)}")
    return ExitCode.CELLS_FAILED if any(one.damaged for one in made) else ExitCode.OK


def _same(one: Path, other: Path) -> bool:
    return one.exists() and other.exists() and one.samefile(other)


def _damaged(names: Sequence[str]) -> None:
    named = ", ".join(names[:_SHOWN]) + (", ..." if len(names) > _SHOWN else "")
    print(f"  {len(names)} damaged and left out, to be computed again: {named}")


def _totals(store: Store) -> dict[str, int]:
    verbs = [row["verb"] for row in store.runs()]
    runs = verbs.count("compare")
    return {"cells": len(store.cells()), "runs": runs, "results": len(verbs) - runs}


def _counted(totals: Mapping[str, int]) -> str:
    return ", ".join(plural(totals[f"{name}s"], name) for name in ("cell", "run", "result"))


def _size(size: float) -> str:
    for unit in ("B", "kB", "MB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} GB"
