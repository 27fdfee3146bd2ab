"""The tables of judged claims that every page shows: verdicts, and the marks that they rest on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from crossframe.claims.claim import Finding, Verdict
from crossframe.claims.judge import by_earlier_marks
from crossframe.report.document import Block, Heading, Items
from crossframe.report.table import Cell, Table

MARKS = {
    Verdict.FAILS: "strong",
    Verdict.OPEN: "weak",
    Verdict.UNTESTED: "weak",
    Verdict.NOT_RUN: "strong",
}
"""Verdict -> class of its cell."""


def verdict(finding: Finding) -> Cell:
    """The verdict, and those under earlier marks where they differ."""
    earlier = by_earlier_marks(finding.verdict, finding.under_replaced)
    return Cell(finding.label + earlier, mark=MARKS.get(finding.verdict, ""))


def verdicts(findings: Sequence[Finding]) -> Table:
    """Table of claims: source, mark, verdict, the effect that decides, frameworks."""
    columns = (
        ("Claim", False, ""), ("Source", False, ""), ("It holds if", False, "the claim's criterion"),
        ("Verdict", False, ""), ("Effect [95 %, or the level given]", False, ""), ("Frameworks", False, ""),
    )  # fmt: skip
    rows = [
        [
            Cell(f.claim.words),
            Cell(f.claim.source.name, link=f.claim.source.link),
            Cell(f.claim.mark),
            verdict(f),
            Cell(str(f.effect or "")),
            Cell(", ".join(f.frameworks)),
        ]
        for f in findings
    ]
    return Table("Claims and verdicts", columns, rows)


def grounds(findings: Sequence[Finding], *, measured: bool = True) -> Iterator[Block]:
    """A table with the mark of each claim, its date, and earlier marks with the verdicts under them.

    After it the claims that are judged from other data as well, with what differs. ``measured`` adds what
    was measured, for pages that do not say so elsewhere.
    """
    columns = (
        ("Claim", False, ""), ("Criterion", False, "what has to be measured for it to hold"),
        ("Fixed", False, "date of the criterion; an earlier one was replaced after results had been seen"),
        ("Measured", False, ""),
    )  # fmt: skip
    rows = []
    for f in findings:
        rows.append((f.claim.words, f.claim.mark, f.claim.fixed, f.words if measured else ""))
        for mark, under in zip(f.claim.replaced, f.under_replaced, strict=True):
            rows.append((f.claim.words, mark.words, mark.fixed, mark.judged(under)))
    texts = [[Cell(text) for text in row] for row in rows]
    yield Table("What would show it, and what was measured", columns, texts)
    others = [f"{f.claim.words.rstrip('.')}: {e.differs}" for f in findings for e in f.claim.elsewhere]
    if others:
        yield Heading("Judged from other data too")
        yield Items(others)
