"""The inference of two fits as a part of a page."""

from __future__ import annotations

import math

from crossframe.core.text import MISSING, digits
from crossframe.explain.inference.compared import ComparedInference
from crossframe.report.document import Part
from crossframe.report.table import Cell, Table

_TERMS = 20


def part(made: ComparedInference, names: tuple[str, str], *, answered: bool) -> Part:
    """What agrees in how many digits, why the rest does not, and the standard errors of each term.

    ``answered``: the sentences on standard errors and tests stand in the answer.
    """
    heads = names if max(map(len, names)) <= 14 and names[0] != names[1] else ("left", "right")
    rows = [
        [Cell(q.name), Cell(q.term), Cell(f"{q.left:.7g}", q.left), Cell(f"{q.right:.7g}", q.right),
         Cell("identical" if math.isinf(q.digits) else digits(q.digits), q.digits)]
        for q in made.quantities
    ]  # fmt: skip
    columns = (("output", False, ""), ("term", False, "the one that differs most"),
               *((name, True, "") for name in heads),
               ("digits", True, "in which the two agree"))  # fmt: skip
    caption = "what both frameworks report beside the estimates, each by the term that differs most"
    terms = [
        [Cell(term), *(Cell(MISSING if math.isnan(v) else f"{v:.6g}", v) for v in values)]
        for term, *values in made.terms[:_TERMS]
    ]
    of_terms = (("term", False, ""), ("std. error", True, heads[0]), ("std. error", True, heads[1]),
                ("p-value", True, heads[0]), ("p-value", True, heads[1]))  # fmt: skip
    more = len(made.terms) - _TERMS
    several = f" (the first {_TERMS}; {more} more)" if more > 0 else ""
    tables = [
        Table(caption, columns, rows, sortable=False),
        Table(f"standard errors and p-values, {names[0]} first{several}", of_terms, terms, sortable=False),
    ]
    # What the answer has already is not said twice.
    words = (*(() if answered else made.words), *made.of_fit, *([made.why_not] if made.why_not else []))
    return Part("inference", "Standard errors and tests", words, tuple(t for t in tables if t.rows))
