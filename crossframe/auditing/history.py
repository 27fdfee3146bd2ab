"""Which release changed which default: tables over the releases that can be installed and run.

``crossframe audit --history FRAMEWORK`` reads every release of `RELEASES` in a throw-away environment
and writes a page and a CSV.
"""

from __future__ import annotations

import csv
import io
import json
import platform
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from crossframe.auditing import elsewhere
from crossframe.auditing.drift import ChangeKind
from crossframe.auditing.history_before import HISTORY_BEFORE, Older
from crossframe.auditing.snapshot import shown
from crossframe.errors import CrossframeError, EngineMissing, UsageError


def _pins(package: str, *versions: str) -> tuple[str, ...]:
    return tuple(f"{package}=={version}" for version in versions)


RELEASES: dict[str, tuple[str, ...]] = {
    "scikit-learn": _pins(
        "scikit-learn", "1.1.3", "1.2.2", "1.3.2", "1.4.2", "1.5.2", "1.6.1", "1.7.2", "1.8.0"
    ),
    "keras": (
        *_pins("tensorflow-cpu", "2.12.1", "2.13.1", "2.15.1"),
        # From 2.16 on TensorFlow takes any later Keras; these are the ones of the same months.
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
"""Framework -> what its page says beside the tables."""

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
        Where it is told, of what was not run.
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
    """A release that could not be read, and why."""

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
    """The version of the framework itself in a capture."""
    versions = captured["versions"]
    return str(versions.get(captured["framework"]) or next(iter(versions.values())))


def older(framework: str) -> tuple[Row, ...]:
    """The changes of a framework that were not run."""
    return tuple(_not_run(one) for one in HISTORY_BEFORE if one.framework == framework)


def markdown(framework: str, captures: Sequence[Mapping[str, Any]], unread: Sequence[Unread] = ()) -> str:
    """The page of a framework."""
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
        f"Each release was installed into an environment of its own and asked for its defaults{last}. "
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
    lines += ["", f"## Changed values ({len(values)})", "", *_changed(values)]
    lines += ["", f"## Parameters that came or went ({len(parts)})", "", *_came(parts)]
    lines += ["", f"## Callables that came or went ({len(whole)})", "", *_came(whole)]
    if len(every) > len(rows):
        labels = len(every) - len(rows)
        lines += ["", f"Left to the CSV: {labels} of `{_LABEL}`, the label that an object gives itself."]
    before = older(framework)
    if before:
        lines += ["", f"## Older, not run ({len(before)})", "", "From the release notes and pull requests; "]
        lines[-1] += "these releases cannot be installed with the Python that made this page."
        lines += ["", *_grid(
            ("release", "parameter", "before", "after", "note", "source"),
            ((r.release, f"`{r.name}`", _code(r.before), _code(r.after), r.note, f"<{r.source}>")
             for r in before),
        )]  # fmt: skip
    return "\n".join(lines) + "\n"


def comma_separated(framework: str, captures: Sequence[Mapping[str, Any]]) -> str:
    """The same changes as CSV, those that were not run first."""
    out = io.StringIO()
    names = [field.name for field in fields(Row)]
    writer = csv.DictWriter(out, ["framework", *names], lineterminator="\n")
    writer.writeheader()
    for row in (*older(framework), *table(captures)):
        writer.writerow({"framework": framework, **asdict(row), "run": "yes" if row.run else "no"})
    return out.getvalue()


def publish(
    framework: str, folder: Path = FOLDER, told: elsewhere.Told | None = None
) -> tuple[Path, tuple[Unread, ...]]:
    """Read every release of a framework and what is installed, and write page and CSV.

    Returns the page, and what could not be read, the installed framework included; the page names it.

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
            captures.append(elsewhere.capture(requirement, told=told))
        except CrossframeError as error:
            unread.append(Unread(requirement, error.message))
    try:
        captures.append(elsewhere.live(RELEASES[framework][-1], told=told))
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


def _not_run(one: Older) -> Row:
    where = _split(one.parameter)
    return Row(one.release, "", *where, ChangeKind.VALUE, one.before, one.after, False, one.source, one.note)


def _split(name: str) -> tuple[str, str]:
    callable_, _, parameter = name.rpartition(".")
    return callable_, parameter


def _changed(rows: Sequence[Row]) -> list[str]:
    cells = (
        (row.release, row.previous, _code(row.parameter), of, _code(row.before), _code(row.after))
        for row, of in _together(rows)
    )
    return (
        _grid(("release", "not yet in", "parameter", "of", "before", "after"), cells) if rows else ["None."]
    )


def _came(rows: Sequence[Row]) -> list[str]:
    cells = (
        (row.release, row.previous, row.change, _code(row.parameter), of, _code(row.before or row.after))
        for row, of in _together(rows)
    )
    return (
        _grid(("release", "not yet in", "change", "parameter", "of", "default"), cells) if rows else ["None."]
    )


def _together(rows: Sequence[Row]) -> Iterable[tuple[Row, str]]:
    """Rows that say the same of several callables as one, with the callables in words."""
    groups: dict[Row, list[str]] = {}
    for row in rows:
        groups.setdefault(replace(row, callable=""), []).append(row.callable)
    return ((row, ", ".join(map(_code, names))) for row, names in groups.items())


def _grid(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    return [f"| {' | '.join(cells)} |" for cells in (head, ["---"] * len(head), *map(_cells, rows))]


def _cells(row: Sequence[str]) -> list[str]:
    return [_cell(cell) for cell in row]


def _cell(text: str) -> str:
    return shown(text, 300).replace("|", "\\|")


def _code(text: str) -> str:
    return f"`{text.replace('`', chr(39))}`" if text else "–"
