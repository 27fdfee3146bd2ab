"""Which release changed which default: tables over the releases that can be installed and run.

``crossframe audit --history FRAMEWORK`` reads every release of `RELEASES` in a throw-away environment
and writes a page and a CSV.
"""

from __future__ import annotations

import csv
import io
import json
import os
import platform
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from crossframe.audit import elsewhere
from crossframe.audit.drift import ChangeKind
from crossframe.audit.history_before import HISTORY_BEFORE
from crossframe.audit.snapshot import escaped
from crossframe.core.errors import CrossframeError, EngineMissing, UsageError
from crossframe.experiment.store import Store


def _pins(package: str, *versions: str) -> tuple[str, ...]:
    return tuple(f"{package}=={version}" for version in versions)


RELEASES: dict[str, tuple[str, ...]] = {
    "scikit-learn": _pins(
        "scikit-learn", "1.1.3", "1.2.2", "1.3.2", "1.4.2", "1.5.2", "1.6.1", "1.7.2", "1.8.0"
    ),
    "keras": (
        *_pins("tensorflow-cpu", "2.12.1", "2.13.1", "2.15.1"),
        # TensorFlow 2.16 and later accept any Keras 3; these are the releases of the same months.
        "tensorflow-cpu==2.16.2 keras==3.3.3",
        "tensorflow-cpu==2.18.1 keras==3.6.0",
        "tensorflow-cpu==2.20.0 keras==3.11.3",
    ),
    "h2o": (
        *_pins("h2o", "3.20.0.8", "3.26.0.11", "3.30.1.3", "3.32.1.7", "3.36.1.5"),
        *_pins("h2o", "3.38.0.4", "3.40.0.4", "3.42.0.4", "3.44.0.3", "3.46.0.1"),
    ),
}
"""Framework -> the releases of its table, oldest first; what is installed comes last."""

_NOTES = {
    "h2o": "Older releases were tried, 3.10.4.8, 3.16.0.4 and 3.18.0.11: they refuse to start with Java 17."
}
"""Framework -> a note for its page."""

_LABEL = "name"

INSTALLED = "what is installed here"
"""Stands for a requirement where the installed framework could not be read."""

FOLDER = Path("reports/audit/history")


@dataclass(frozen=True)
class Row:
    """One change between two releases that were read one after the other.

    Attributes
    ----------
    release
        The release that has it; the change was made in it, or after ``previous``.
    previous
        The release that was read before it, and does not have it.
    callable, parameter
        As ``LogisticRegression`` and ``C``; no parameter where the whole callable is new or gone.
    change
        ``value``, ``new`` or ``gone``.
    before, after
        The defaults, as JSON; empty where there is none.
    run
        Whether both releases were run here.
    source, note
        The text that documents it, for what was not run.
    """

    release: str
    previous: str
    callable: str
    parameter: str
    change: str
    before: str = ""
    after: str = ""
    run: bool = True
    source: str = ""
    note: str = ""

    @property
    def name(self) -> str:
        """``callable.parameter``, or the callable alone."""
        return ".".join(filter(None, (self.callable, self.parameter)))


@dataclass(frozen=True)
class Unread:
    """A release that could not be read: its requirement and the message of the error."""

    requirement: str
    reason: str


def table(captures: Sequence[Mapping[str, Any]]) -> tuple[Row, ...]:
    """Every default whose value or existence changed between successive captures of one framework."""
    rows: list[Row] = []
    for old, new in pairwise(captures):
        a, b = old["callables"], new["callables"]
        between = (release(new), release(old))
        rows += [Row(*between, name, "", ChangeKind.GONE) for name in sorted(a.keys() - b.keys())]
        rows += [Row(*between, name, "", ChangeKind.NEW) for name in sorted(b.keys() - a.keys())]
        shared = a.keys() & b.keys()
        for change in elsewhere.changes(_only(old, shared), _only(new, shared)):
            before = "" if change.kind == ChangeKind.NEW else json.dumps(change.before)
            after = "" if change.kind == ChangeKind.GONE else json.dumps(change.after)
            rows.append(Row(*between, *_split(change.parameter), change.kind, before, after))
    return tuple(rows)


def release(captured: Mapping[str, Any]) -> str:
    """The version of the framework itself in a capture, not that of the packages beside it."""
    versions = captured["versions"]
    return str(versions.get(captured["framework"]) or next(iter(versions.values())))


def older(framework: str) -> tuple[Row, ...]:
    """The changes of a framework that were not run."""
    return tuple(
        Row(one.release, "", *_split(one.parameter), ChangeKind.VALUE, one.before, one.after, False,
            one.source, one.note)
        for one in HISTORY_BEFORE if one.framework == framework
    )  # fmt: skip


def markdown(framework: str, captures: Sequence[Mapping[str, Any]], unread: Sequence[Unread] = ()) -> str:
    """The page of a framework as Markdown: what was read, and tables of changed, new and removed defaults.

    ``captures`` are in the order of the releases; ``unread`` are those that failed.
    """
    every = table(captures)
    rows = [row for row in every if row.parameter != _LABEL]
    values = [row for row in rows if row.change == ChangeKind.VALUE]
    whole = [row for row in rows if not row.parameter]
    parts = [row for row in rows if row not in values and row not in whole]
    installed = all(one.requirement != INSTALLED for one in unread)
    last = "; the last one is what is installed here" if installed else ""
    lines = [
        f"# {framework}: defaults by release",
        "",
        f"Each release was installed into an environment of its own, and its defaults were read there{last}. "
        f"Python {platform.python_version()}. A change was made in the release it "
        f"stands under, or after the release that was read before it. Made by "
        f"`crossframe audit --history {framework}`.",
        "",
        *_grid(
            ("release", "with", "callables", "parameters"),
            (
                (
                    release(c),
                    ", ".join(f"{k} {v}" for k, v in c["versions"].items() if k != framework) or "–",
                    str(len(c["callables"])),
                    str(sum(len(one["parameters"]) for one in c["callables"].values())),
                )
                for c in captures
            ),
        ),
    ]
    if framework in _NOTES:
        lines += ["", _NOTES[framework]]
    if unread:
        lines += ["", "Not read:", "", *(f"- `{_cell(u.requirement)}`: {_cell(u.reason)}" for u in unread)]
    lines += ["", f"## Changed values ({len(values)})", "", *_changes(values, values=True)]
    lines += ["", f"## Parameters that came or went ({len(parts)})", "", *_changes(parts, values=False)]
    lines += ["", f"## Callables that came or went ({len(whole)})", "", *_changes(whole, values=False)]
    if len(every) > len(rows):
        labels = len(every) - len(rows)
        lines += ["", f"Left to the CSV: {labels} of `{_LABEL}`, the label that an object gives itself."]
    before = older(framework)
    if before:
        lines += ["", f"## Older, not run ({len(before)})", "", "From the release notes and pull requests; "
                  "these releases cannot be installed with the Python that made this page."]  # fmt: skip
        lines += ["", *_grid(
            ("release", "parameter", "before", "after", "note", "source"),
            ((r.release, f"`{r.name}`", _code(r.before), _code(r.after), r.note, f"<{r.source}>")
             for r in before),
        )]  # fmt: skip
    return "\n".join(lines) + "\n"


def comma_separated(framework: str, captures: Sequence[Mapping[str, Any]]) -> str:
    """The changes of `markdown` as CSV, one row each; those that were not run come first."""
    out = io.StringIO()
    names = [field.name for field in fields(Row)]
    writer = csv.DictWriter(out, ["framework", *names], lineterminator="\n")
    writer.writeheader()
    for row in (*older(framework), *table(captures)):
        writer.writerow({"framework": framework, **asdict(row), "run": "yes" if row.run else "no"})
    return out.getvalue()


def publish(
    framework: str,
    folder: Path = FOLDER,
    on_progress: elsewhere.OnProgress | None = None,
    store: Store | str | os.PathLike[str] | None = None,
) -> tuple[Path, tuple[Unread, ...]]:
    """Read every release of a framework and what is installed, and write page and CSV.

    ``on_progress`` and ``store`` as in `crossframe.audit.elsewhere.capture`. Returns the page, and what could
    not be read, the installed framework included; the page names it.

    Raises
    ------
    UsageError
        For a framework without a table.
    EngineMissing
        When nothing at all could be read; no page is written then.
    """
    if framework not in RELEASES:
        raise UsageError.unknown("framework", framework, RELEASES)
    captures, unread = [], []
    for requirement in RELEASES[framework]:
        try:
            captures.append(elsewhere.capture(requirement, on_progress=on_progress, store=store))
        except CrossframeError as error:
            unread.append(Unread(requirement, error.message))
    try:
        captures.append(elsewhere.live(RELEASES[framework][-1], on_progress=on_progress))
    except CrossframeError as error:
        unread.append(Unread(INSTALLED, error.message))
    if not captures:
        raise EngineMissing(
            f"no release of {framework} could be read: {unread[0].reason}", "crossframe doctor"
        )
    folder.mkdir(parents=True, exist_ok=True)
    page = folder / f"{framework}.md"
    page.write_text(markdown(framework, captures, unread), encoding="utf-8")
    page.with_suffix(".csv").write_text(comma_separated(framework, captures), encoding="utf-8")
    return page, tuple(unread)


def _only(captured: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    callables = captured["callables"]
    return {**captured, "callables": {name: callables[name] for name in names}}


def _split(name: str) -> tuple[str, str]:
    callable_, _, parameter = name.rpartition(".")
    return callable_, parameter


def _changes(rows: Sequence[Row], *, values: bool) -> list[str]:
    """Changed values, or new and removed parameters; rows that differ only in their callable are one."""
    if not rows:
        return ["None."]
    groups: dict[Row, list[str]] = {}
    for row in rows:
        groups.setdefault(replace(row, callable=""), []).append(row.callable)
    cells = []
    for row, names in groups.items():
        of = (_code(row.parameter), ", ".join(map(_code, names)))
        what = (*of, _code(row.before), _code(row.after))
        cells.append((row.release, row.previous,
                      *(what if values else (row.change, *of, _code(row.before or row.after)))))  # fmt: skip
    last = ("parameter", "of", "before", "after") if values else ("change", "parameter", "of", "default")
    return _grid(("release", "not yet in", *last), cells)


def _grid(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    cells = (head, ["---"] * len(head), *(map(_cell, row) for row in rows))
    return [f"| {' | '.join(row)} |" for row in cells]


def _cell(text: str) -> str:
    return escaped(text, 300).replace("|", "\\|")


def _code(text: str) -> str:
    return f"`{text.replace('`', chr(39))}`" if text else "–"
