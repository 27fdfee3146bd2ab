"""Studies as reports: the table of verdicts, and a page for each."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from crossframe.claims.claim import Verdict
from crossframe.claims.judge import uncorrected, with_interval
from crossframe.compare import claim_tables
from crossframe.core.text import plural
from crossframe.data import Dataset
from crossframe.report.document import Document, Part
from crossframe.report.table import Cell, Table
from crossframe.studies.catalogue import STUDIES
from crossframe.studies.study import ExplainedPair, StudyResult

_COLUMNS = (
    ("Study", False, ""),
    ("Claim", False, "in words of ours"),
    ("Source", False, "the text that makes it"),
    ("Verdict", False, "by the claim's criterion"),
    ("Effect [95 %, or the level given]", False, "what was measured, with its interval where it has one"),
    ("Frameworks", False, ""),
)

_SENTENCES = 10
"""With which the page of several studies begins, at most."""


def overview(results: Sequence[StudyResult], pages: bool = True) -> Document:
    """Each study in two sentences, then every claim; ``pages``: a study's page lies below this one."""
    rows = [
        [
            Cell(r.name, link=f"{r.name}/index.html" if pages else ""),
            Cell(f.claim.words),
            Cell(f.claim.source.name, link=f.claim.source.link),
            claim_tables.verdict(f),
            Cell(str(f.effect or "")),
            Cell(", ".join(f.frameworks)),
        ]
        for r in results
        for f in r.outcome.findings
    ]
    counts = [
        f"{verdict}: {count}"
        for verdict in Verdict
        if (count := sum(f.verdict is verdict for r in results for f in r.outcome.findings))
    ]
    judged = sum(with_interval(r.outcome.findings) for r in results)
    claims = Table("Every claim and its verdict", _COLUMNS, rows)
    return Document(
        title="Published claims, put to the test",
        facts=f"{plural(len(rows), 'claim')}, scale {results[0].scale}. By verdict, {', '.join(counts)}.",
        headlines=_summed_up(results),
        parts=(
            Part("studies", "The studies", tables=(_studies(results, pages),)),
            Part("claims", "Every claim", tables=(claims,), body=(uncorrected(judged), results[0].basis)),
        ),
        details=1,
    )


def _summed_up(results: Sequence[StudyResult]) -> list[str]:
    """One sentence for each study, and a second one for as many as `_SENTENCES` have room for."""
    lines: list[str] = []
    for k, result in enumerate(results):
        room = _SENTENCES - len(lines) - (len(results) - k - 1)
        lines += _leading(result)[: min(2, max(1, room))]
    return lines


def _leading(result: StudyResult) -> list[str]:
    """Its answer's first two sentences; without an answer its leading claims with verdict and effect."""
    if result.outcome.answer:
        return [f"{result.title}. {words}" for words in result.outcome.answer[:2]]
    leads = STUDIES[result.name].leads
    return [
        f"{result.title}. {f.claim.words} {f.label[:1].upper()}{f.label[1:]}"
        f"{f' ({f.effect})' if f.effect else ''}."
        for f in result.outcome.findings
        if f.claim.key in leads
    ]


def _studies(results: Sequence[StudyResult], pages: bool) -> Table:
    """What each study asks, and how many of its claims come out how."""
    columns = (
        ("Study", False, ""), ("Question", False, ""), ("Claims", True, ""), ("Hold", True, ""),
        ("In part", True, ""), ("Do not hold", True, ""), ("Open", True, "undecided, or not run"),
        ("Not tested", True, "there is no experiment"),
    )  # fmt: skip
    kinds = (
        (Verdict.HOLDS,), (Verdict.PARTLY,), (Verdict.FAILS,), (Verdict.OPEN, Verdict.NOT_RUN),
        (Verdict.UNTESTED,),
    )  # fmt: skip
    rows = []
    for r in results:
        given = [f.verdict for f in r.outcome.findings]
        counts = [len(given), *(sum(v in kind for v in given) for kind in kinds)]
        title = Cell(r.title, link=f"{r.name}/index.html" if pages else "")
        rows.append([title, Cell(STUDIES[r.name].question), *(Cell(str(k), k) for k in counts)])
    return Table("The studies and their questions", columns, rows, sortable=False)


def page(result: StudyResult) -> Document:
    """The page of one study: what backs its answer, its claims, then the details."""
    outcome = result.outcome
    first, rest = outcome.parts[: outcome.first], outcome.parts[outcome.first :]
    parts = [
        *first,
        Part(
            "claims",
            "The claims",
            tables=(claim_tables.verdicts(outcome.findings),),
        ),
        Part(
            "grounds",
            "The grounds",
            body=(
                *claim_tables.grounds(outcome.findings),
                uncorrected(with_interval(outcome.findings)),
                result.basis,
            ),
        ),
        *rest,
    ]
    if result.explained:
        parts.append(Part("explain", "Why frameworks differ", tables=(_explained(result.explained),)))
    return Document(
        title=f"{result.title}: {STUDIES[result.name].question}",
        facts=f"{result.command}; {outcome.data}",
        headlines=outcome.answer
        or tuple(f"{f.label[:1].upper()}{f.label[1:]}: {f.claim.words}" for f in outcome.findings),
        parts=tuple(parts),
        details=outcome.first + 1,
    )


def _explained(pairs: Sequence[ExplainedPair]) -> Table:
    columns = (
        ("Command", False, "in the folder of this page"),
        ("Verdict", False, ""),
        ("Result", False, ""),
    )
    rows = [[Cell(e.pair.command), Cell(e.verdict), Cell(" ".join(e.sentences))] for e in pairs]
    return Table("Pairs on which the study depends, explained", columns, rows)


def write(results: Sequence[StudyResult], folder: Path, as_json: str) -> Path:
    """The page of one study in ``folder``; of several a page each below it, and a table of all claims there.

    The tables of pairs that were explained lie beside the page. Returns the path of the page in ``folder``.
    """
    record = {"result.json": as_json + "\n"}
    if len(results) == 1:
        return page(results[0]).write(folder, {**_tables(results[0]), **record})
    for result in results:
        page(result).write(folder / result.name, _tables(result))
    return overview(results).write(folder, record)


def _tables(result: StudyResult) -> dict[str, str]:
    """The tables of explained pairs by the name of their file."""
    tables = {e.pair.table.name: e.pair.table for e in result.explained if e.pair.table is not None}
    return {f"{name}.csv": _csv(table) for name, table in tables.items()}


def _csv(table: Dataset) -> str:
    """Rows and labels, every double in digits that give it back."""
    classes = np.array(table.classes)[table.y] if table.classes else table.y
    text: str = (
        pd.DataFrame(table.X, columns=list(table.names)).assign(**{"class": classes}).to_csv(index=False)
    )
    return text
