"""The notable gaps of a stored comparison, explained on the same rows, and their pages."""

from __future__ import annotations

import itertools
import json
import math
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from crossframe.compare import again
from crossframe.compare.explained import FOLDER, INDEX, pages
from crossframe.compare.result import CompareResult
from crossframe.core.errors import CrossframeError, ExitCode, NothingToDo, UsageError
from crossframe.core.text import digits, finite, plural, signed, signed_interval
from crossframe.experiment.plan import Experiment
from crossframe.experiment.shards import independent_parts
from crossframe.experiment.store import Store, opened
from crossframe.experiment.view import Row, View, recipe
from crossframe.explain.api import explain_on, keep, usual_seeds, varies
from crossframe.explain.explanation import Explanation
from crossframe.explain.hybrids import Sides
from crossframe.explain.report import document
from crossframe.frameworks.pool import Pool, borrowed
from crossframe.frameworks.registry import model
from crossframe.report.document import Document, Part, write_files
from crossframe.report.export import plain
from crossframe.report.table import Cell, Table

TOP = 5
"""Gaps that are explained unless another number is given."""

AGREEING = 6.0
"""Digits from which two deterministic models of one recipe count as agreeing."""


@dataclass(frozen=True)
class Explained:
    """One pair of a run.

    Attributes
    ----------
    left, right, n
        Contestants and rows.
    row
        The pair's row in the run's table.
    explanation
        Its explanation, or None.
    why_not
        Why there is none.
    """

    left: str
    right: str
    n: int
    row: Row
    explanation: Explanation | None
    why_not: str = ""

    @property
    def exit_code(self) -> ExitCode:
        """That of the verdict; a pair without one is not accounted for."""
        return self.explanation.verdict.exit_code if self.explanation else ExitCode.DIFFERS

    @property
    def words(self) -> str:
        """The verdict in words, or why there is none."""
        return self.explanation.verdict.phrase if self.explanation else f"not explained: {self.why_not}"

    @property
    def folder(self) -> str:
        """The folder of the pair's page, inside `FOLDER`; unsafe characters become ``_``."""
        return re.sub(r"[^\w.+-]+", "_", f"{self.left}--{self.right}--n{self.n}")


@dataclass(frozen=True, repr=False)
class Explanations:
    """The explanations of one run, the most notable first; ``asked``: one pair was requested by name."""

    result: CompareResult
    pairs: tuple[Explained, ...]
    asked: bool = False

    def __str__(self) -> str:
        each = [f"{p.left} and {p.right}, n = {p.n}: {p.words}" for p in self.pairs]
        return printed(self).brief([] if self.asked else each)

    def __repr__(self) -> str:
        return f"<Explanations of {plural(len(self.pairs), 'pair')} of the run {self.result.run['name']}>"

    def _repr_html_(self) -> str:
        return printed(self).notebook("pairs", "gap", "causes")

    def to_dict(self) -> dict[str, Any]:
        """What ``--json`` prints; each explanation has schema 1."""
        each = [
            {"n": p.n, "why_not": p.why_not}
            | (p.explanation.to_dict() if p.explanation
               else {"schema": 1, "verdict": None, "left": p.left, "right": p.right})
            for p in self.pairs
        ]  # fmt: skip
        run = {"schema": 1, "run": self.result.run["id"]}
        record: dict[str, Any] = plain({**run, **each[0]} if self.asked else {**run, "explanations": each})
        return record


def notable(result: CompareResult, top: int = TOP) -> list[Row]:
    """The gaps that are worth explaining, at most ``top``, each pair at one n.

    Two contestants of one family are notable where their paired interval excludes 0, deterministic ones
    of one recipe where their scores agree in fewer than `AGREEING` digits, and any two whose scores agree
    but whose labels differ. Pairs of one recipe come first, then differences of accuracy, then the larger
    ones.
    """
    view = View(result)
    ranked: dict[tuple[str, str], tuple[tuple[Any, ...], Row]] = {}
    for row in result.pairs.to_dict("records"):
        left, right = (view.contestants[row[side]] for side in ("left", "right"))
        same = recipe(left) == recipe(right)
        low, high = finite(row["low"]), finite(row["high"])
        sure = low is not None and high is not None and (low > 0 or high < 0)
        digits = finite(row["digits"])
        disagree = (
            digits is not None
            and digits < AGREEING
            and same
            and _repeats_itself(left)
            and _repeats_itself(right)
        )
        other_labels = digits is not None and digits >= AGREEING and row["alike"] < 1
        if left["family"] != right["family"] or not (sure or disagree or other_labels):
            continue
        size = abs(finite(row["difference"]) or 0.0)
        rank = (not same, not sure, -size, digits if digits is not None else math.inf, -int(row["n"]))
        pair = (row["left"], row["right"])
        if pair not in ranked or rank < ranked[pair][0]:
            ranked[pair] = (rank, row)  # type: ignore[assignment]
    return [row for _, row in sorted(ranked.values(), key=lambda entry: entry[0])][:top]


def _repeats_itself(contestant: Mapping[str, Any]) -> bool:
    return model(contestant["model"]).convex and bool(contestant["deterministic"])


def explain_run(
    name: str = "latest",
    *,
    pair: tuple[str, str] | None = None,
    n: int | None = None,
    top: int = TOP,
    store: Store | str | os.PathLike[str] | None = None,
    pool: Pool | None = None,
    on_progress: Callable[[str], None] = lambda line: None,
) -> Explanations:
    """Explain the notable gaps of a stored run, or one pair of it.

    Two linear models without a selection are compared score by score on the first draw at that n; any
    others by their accuracy over the run's draws. The fits of the run are not made again.

    Parameters
    ----------
    name
        Of the run, its id or the beginning of it, or ``latest``.
    pair, n
        Two of its contestants, and one of its sizes (default: the largest).
    top
        Gaps that are explained at most.
    pool
        Running frameworks to use; None: those that are shared, or new ones that end with this.
    on_progress
        Gets the progress, a line at a time.

    Raises
    ------
    NothingToDo
        When nothing was compared yet.
    UsageError
        For a run, contestant or size that is not there, and data that are gone or have changed.
    """
    with opened(store) as kept:
        if not kept.runs():
            raise NothingToDo(
                f"there is no comparison to explain: the store {kept.path} holds no run",
                "run crossframe compare first, or name two models: crossframe explain LEFT RIGHT",
            )
        spec = kept.get_run(name)
        result = again.result_of(spec, kept)
        rows = [_row(result, pair, n)] if pair else notable(result, top)
        experiment = again.experiment(spec) if rows else None
        pairs = []
        with borrowed(pool) as frameworks, independent_parts() as part:
            for row in rows:
                on_progress(f"{row['left']} and {row['right']} at n = {row['n']}")
                assert experiment is not None
                asked = pair is not None
                with part:
                    pairs.append(_explained(experiment, row, kept, frameworks, on_progress, asked=asked))
        return Explanations(result, tuple(pairs), asked=pair is not None)


def _row(result: CompareResult, pair: tuple[str, str], n: int | None) -> Row:
    """The run's row of a pair, its sides in the order asked for."""
    view = View(result)
    for name in pair:
        if name not in view.contestants:
            raise UsageError.unknown(f"contestant of the run {result.run['name']}", name, view.contestants)
    size = view.sizes[-1] if n is None else n
    if size not in view.sizes:
        raise UsageError(f"--n {size}: not a size of the run", f"it has {', '.join(map(str, view.sizes))}")
    row = view.pair(*pair, size)
    if row is None:
        raise UsageError(f"{pair[0]} and {pair[1]} have no draw with n = {size} on which both gave an answer")
    return row


def _explained(
    experiment: Experiment,
    row: Row,
    store: Store,
    pool: Pool,
    on_progress: Callable[[str], None],
    *,
    asked: bool,
) -> Explained:
    left, right, n = str(row["left"]), str(row["right"]), int(row["n"])
    by_name = {c.name: c for c in experiment.contestants}
    try:
        explanation = _explain(experiment, (by_name[left], by_name[right]), n, store, pool, on_progress)
    except CrossframeError as error:
        if asked:
            raise
        on_progress(f"not explained: {error.message}")
        return Explained(left, right, n, row, None, error.message)
    keep(explanation, store, experiment.seed, experiment.design.name)
    return Explained(left, right, n, row, explanation)


def _explain(
    experiment: Experiment, sides: Sides, n: int, store: Store, pool: Pool, on_progress: Callable[[str], None]
) -> Explanation:
    data = experiment.dataset
    # Another draw of the run selects other features. Numbers have no metric over draws.
    over_draws = data.task == "classes" and any(varies(side) or side.selection is not None for side in sides)
    explanation = explain_on(
        replace(experiment, sizes=(n,), contestants=sides), sides, store, pool,
        over_draws=over_draws, seeds=usual_seeds(sides), paths=True, on_progress=on_progress,
    )  # fmt: skip
    if over_draws:
        return explanation
    sample = f"draw 1 of {experiment.draws} at n = {n}, by the design {experiment.design.name}"
    return replace(explanation, data={**explanation.data, "sample": sample})


def write_pages(explanations: Explanations, folder: Path) -> Path:
    """Write a page for each pair and their index into ``folder``/explain; returns the path of the index.

    For a pair that was requested it is the path of the pair's page. The run's own report in ``folder``, where
    there is one, is written again, with links to them.
    """
    place = folder / FOLDER
    made: list[dict[str, Any]] = []
    for pair in explanations.pairs:
        if pair.explanation is None:
            continue
        record = _json(pair.explanation.to_dict())
        document(pair.explanation).write(place / pair.folder, {"result.json": record})
        made.append(
            {"left": pair.left, "right": pair.right, "n": pair.n, "page": f"{pair.folder}/index.html",
             "verdict": str(pair.explanation.verdict), "phrase": pair.explanation.verdict.phrase}
        )  # fmt: skip
    before = pages(folder, explanations.result.run["id"])
    unique = {(p["left"], p["right"], p["n"]): p for p in [*before.values(), *made]}
    index = {"run": explanations.result.run["id"], "pairs": list(unique.values())}
    listed = {INDEX: _json(index)}
    if explanations.asked:
        write_files(place, listed)
        page = place.resolve() / str(made[0]["page"])
    else:
        page = overview(explanations).write(place, {"result.json": _json(explanations.to_dict()), **listed})
    if _shows(folder, explanations.result.run["id"]):
        explanations.result.write_report(folder)
    return page


def _shows(folder: Path, run: str) -> bool:
    """Whether the report in a folder is of this run, by the first lines of its result.json."""
    numbers = folder / "result.json"
    if not (folder / "index.html").is_file() or not numbers.is_file():
        return False
    with numbers.open(encoding="utf-8") as file:
        return any(run in line for line in itertools.islice(file, 3))


def _json(content: Any) -> str:
    return json.dumps(plain(content), allow_nan=False) + "\n"


def printed(explanations: Explanations) -> Document:
    """The document for the terminal: of the pair that was requested, else the overview."""
    only = explanations.pairs[0].explanation if explanations.asked else None
    return document(only) if only else overview(explanations)


def overview(explanations: Explanations) -> Document:
    """The page of all pairs: each with its difference, its conclusion and a link to its page."""
    run, view = explanations.result.run, View(explanations.result)
    columns = (
        ("left", False, ""),
        ("right", False, ""),
        ("n", True, ""),
        ("left − right [95 %]", True, "difference of the mean accuracies in the run"),
        ("digits", True, "digits on which the scores agree, median over the draws"),
        ("verdict", False, "leads to the explanation"),
        ("largest causes", False, ""),
    )
    rows = [
        [
            Cell(view.title(p.left)),
            Cell(view.title(p.right)),
            Cell(str(p.n), p.n),
            Cell(f"{signed(p.row['difference'])} {signed_interval(p.row['low'], p.row['high'])}".strip()),
            Cell(digits(p.row["digits"])),
            Cell(p.explanation.verdict.phrase, link=f"{p.folder}/index.html") if p.explanation
            else Cell(f"not explained: {p.why_not}", mark="weak"),
            Cell(", ".join(_causes(p.explanation)[:3]) if p.explanation else ""),
        ]
        for p in explanations.pairs
    ]  # fmt: skip
    settled = sum(p.exit_code is ExitCode.OK for p in explanations.pairs)
    summary = f"Accounted for: {settled} of {plural(len(rows), 'gap')}."
    if not rows:
        summary = (
            "No two contestants of one family differ by more than their noise, and no two deterministic "
            f"ones of one recipe agree in fewer than {AGREEING:g} digits or label rows differently."
        )
    return Document(
        f"Why the frameworks differ: {run['name']}",
        f"The notable gaps of run {run['id']}, {run['dataset']['name']}, each explained on its own rows",
        (summary,),
        (Part("pairs", "Pairs", tables=(Table("pair by pair", columns, rows),)),) if rows else (),
    )


def _causes(e: Explanation) -> list[str]:
    if e.over_draws or e.attribution is None:
        return list(e.causes)
    small = {c.setting for c in e.attribution.causes if c.fraction is not None and abs(c.fraction) < 5e-4}
    return [name for name in e.causes if name not in small]
