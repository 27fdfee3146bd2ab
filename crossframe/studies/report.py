"""Studies as reports: the table of verdicts, and a page for each."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from crossframe.claims.claim import Finding, Verdict
from crossframe.claims.judge import by_earlier_marks, uncorrected, with_interval
from crossframe.data import Dataset
from crossframe.report.document import Document, Part
from crossframe.report.table import Cell, Table
from crossframe.studies.catalogue import STUDIES
from crossframe.studies.study import ExplainedPair, StudyResult

_COLUMNS = (
    ("Study", False, ""),
    ("Claim", False, "in words of ours"),
    ("Source", False, "the text that makes it"),
    ("Verdict", False, "by the claim's mark"),
    ("Effect [95 %]", False, "what was measured, with its interval where it has one"),
    ("Frameworks", False, ""),
    ("Time", True, "wall-clock seconds of the study, what was stored already not counted"),
)
_MARKS = {
    Verdict.FAILS: "strong",
    Verdict.OPEN: "weak",
    Verdict.UNTESTED: "weak",
    Verdict.NOT_RUN: "strong",
}


def overview(results: Sequence[StudyResult], pages: bool = True) -> Document:
    """Every claim of every study in one table; ``pages``: the study's own page lies below this one."""
    rows = [
        [
            Cell(r.name, link=f"{r.name}/index.html" if pages else ""),
            Cell(f.claim.words),
            Cell(f.claim.source.name, link=f.claim.source.link),
            _verdict(f),
            Cell(str(f.effect or "")),
            Cell(", ".join(f.frameworks)),
            Cell(f"{r.seconds:.0f} s" if r.computed else "from the store", r.seconds),
        ]
        for r in results
        for f in r.outcome.findings
    ]
    counts = [
        f"{sum(f.verdict is verdict for r in results for f in r.outcome.findings)} {verdict}"
        for verdict in Verdict
    ]
    number = "1 study" if len(results) == 1 else f"{len(results)} studies"
    judged = sum(with_interval(r.outcome.findings) for r in results)
    claims = Table("Every claim and its verdict", _COLUMNS, rows)
    return Document(
        title="Published claims, put to the test",
        facts=f"{number}, scale {results[0].scale}; " + ", ".join(counts),
        headlines=(),
        parts=(Part("claims", "Claims", tables=(claims,), body=(uncorrected(judged),)),),
    )


def page(result: StudyResult) -> Document:
    """The page of one study: what backs its answer, its claims, then the details."""
    outcome = result.outcome
    first, rest = outcome.parts[: outcome.first], outcome.parts[outcome.first :]
    parts = [
        *first,
        Part(
            "claims",
            "The claims",
            tables=(_verdicts(outcome.findings),),
            body=(uncorrected(with_interval(outcome.findings)),),
        ),
        Part("details", "Details", paragraphs=("What follows backs the verdicts.",)),
        Part("grounds", "The grounds", tables=(_grounds(outcome.findings),)),
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
    )


def _verdict(finding: Finding) -> Cell:
    """The verdict, and those under earlier marks where they differ."""
    earlier = by_earlier_marks(finding.verdict, finding.under_replaced)
    return Cell(finding.label + earlier, mark=_MARKS.get(finding.verdict, ""))


def _verdicts(findings: Sequence[Finding]) -> Table:
    columns = (
        ("Claim", False, ""), ("Source", False, ""), ("Verdict", False, ""), ("Effect [95 %]", False, ""),
        ("Frameworks", False, ""),
    )  # fmt: skip
    rows = [
        [
            Cell(f.claim.words),
            Cell(f.claim.source.name, link=f.claim.source.link),
            _verdict(f),
            Cell(str(f.effect or "")),
            Cell(", ".join(f.frameworks)),
        ]
        for f in findings
    ]
    return Table("Claims and verdicts", columns, rows)


def _grounds(findings: Sequence[Finding]) -> Table:
    columns = (
        ("Claim", False, ""), ("Mark", False, "what has to be measured for it to hold"),
        ("Fixed", False, "date of the mark; an earlier mark was replaced after results had been seen"),
        ("Measured", False, ""),
    )  # fmt: skip
    rows = []
    for f in findings:
        rows.append([Cell(f.claim.words), Cell(f.claim.mark), Cell(f.claim.fixed), Cell(f.words)])
        for mark, verdict in zip(f.claim.replaced, f.under_replaced, strict=True):
            row = (f.claim.words, mark.words, mark.fixed, mark.judged(verdict))
            rows.append([Cell(text) for text in row])
    return Table("What would show it, and what was measured", columns, rows)


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
