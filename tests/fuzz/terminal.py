"""Names with escape sequences on a terminal: crossframe's own colours pass, those of a name do not."""

from __future__ import annotations

from collections.abc import Iterator

from tests.fuzz.case import ANY, DONE, REFUSED, Case
from tests.fuzz.records import ALL, named_by_others
from tests.fuzz.tables import COMPARE, EXPLAIN, NAMES, content, field, rows

_ODD = NAMES[0] + NAMES[1] + NAMES[2] + NAMES[8]


def terminals() -> Iterator[Case]:
    """A few commands whose input was named by others, on a terminal of 80 columns."""
    columns = content(rows(x=_ODD, classes=(f"a{NAMES[1]}", f"b{NAMES[0]}")))
    own = ("--data", "odd.csv", "--target", "y")
    compare = tuple(word for word in COMPARE if word != "--no-report")
    yield Case("terminal", "compare", (*compare, *own, "--report", "out"), columns, DONE, terminal=True)
    yield Case("terminal", "explain", (*EXPLAIN, *own), columns, ANY, terminal=True)
    missing = content(field(_ODD) + ",y\n,a\n1,b\n")
    yield Case("terminal", "a column that is missing", (*COMPARE, *own), missing, REFUSED, terminal=True)
    file = (*COMPARE, "--data", f"{_ODD}.csv", "--target", "y")
    yield Case("terminal", "a file that is missing", file, codes=REFUSED, terminal=True)
    yield Case("terminal", "the list of runs", ("list", "runs"), named_by_others, terminal=True, stored=ALL)
