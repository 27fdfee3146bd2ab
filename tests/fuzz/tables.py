"""Odd tables, and the names that everything odd is given."""

from __future__ import annotations

import gzip
import random
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.fuzz.case import FOREIGN_COLOUR, REFUSED, Case, Make, Outcome

COMPARE = ("compare", "--contestants", "sklearn.logistic", "--draws", "1", "--no-report")
EXPLAIN = ("explain", "sklearn.logistic", "sklearn.logistic:C=10")

NAMES = (
    f"{FOREIGN_COLOUR}red",
    "\x1b]0;owned\x07title",
    "\x1b[2J\x1b[1;1Hcleared",
    "\x9b31mC1",
    "a\x00b",
    "a\rb",
    "back\x08\x08space",
    "\x7fdelete",
    "\u202eright to left\u202c",
    "\u2066isolated\u2069",
    "line\u2028separator",
    "two\nlines",
    "tab\tbed",
    "<script>alert(1)</script>",
    "[bold red]markup[/bold red]",
    "[/]",
    "{{7*7}}{%x%}",
    "../../beside/precious.txt",
    "=1+1",
    "%s%n%d",
    "$(touch pwned)",
    "'); system('touch pwned'); ('",
    '"""\nimport os; os.system("touch pwned")\n"""',
    "`backtick`",
    "pipe|star*",
    "back\\slash\\x1b",
    "e\u0301",
    "\U0001f600",
    "  spaces  ",
    "None",
    "(Intercept)",
    "y=1",
    "x" * 5000,
)
"""Names of columns, levels, files, runs and settings that somebody else has chosen."""

CELLS = (
    "",
    "NA",
    "nan",
    "inf",
    "-inf",
    "1e308",
    "-1e308",
    "1e-320",
    "1e400",
    "9" * 40,
    "0x10",
    "1_000",
    "1,5",
    "TRUE",
    "2017-05-31",
    "١٢",
    "−1",
    " 1",
    "1 ",
    "None",
    "\x1b[5m",
    "\x00",
)


def content(data: bytes | str, name: str = "odd.csv", encoding: str = "utf-8") -> Make:
    def make(work: Path) -> None:
        (work / name).write_bytes(data if isinstance(data, bytes) else data.encode(encoding))

    return make


def field(text: str) -> str:
    """One field of a CSV, in quotes where it needs them."""
    return '"' + text.replace('"', '""') + '"' if set(text) & set(',"\n\r') else text


def rows(
    count: int = 40,
    x: str = "x",
    z: str = "z",
    y: str = "y",
    classes: tuple[str, ...] = ("a", "b"),
    separator: str = ",",
    end: str = "\n",
) -> str:
    """A table that both verbs take: two features, and classes that they do not separate."""
    rng = random.Random(1)
    lines = [separator.join(map(field, (x, z, y)))]
    for i in range(count):
        values = (f"{rng.gauss(0, 1):.6f}", f"{rng.gauss(0, 1):.6f}", field(classes[i % len(classes)]))
        lines.append(separator.join(values))
    return end.join(lines) + end


FINE = rows()


def _column(values: Callable[[int], str], count: int = 40) -> str:
    """`FINE` with a third feature w."""
    lines = rows(count).splitlines()
    return "\n".join([f"w,{lines[0]}", *(f"{values(i)},{line}" for i, line in enumerate(lines[1:]))]) + "\n"


REFUSED_TABLES: dict[str, str | bytes] = {
    "empty": b"",
    "one byte": b"x",
    "newlines alone": "\n\n\n",
    "header alone": "x,z,y\n",
    "header without a line end": "x,z,y",
    "mark of UTF-8 alone": b"\xef\xbb\xbf",
    "NUL bytes": b"\x00" * 1000,
    "all bytes": bytes(range(256)) * 20,
    "UTF-16": FINE.encode("utf-16"),
    "UTF-32": FINE.encode("utf-32"),
    "Latin-1": rows(classes=("Köln", "Ulm")).encode("latin-1"),
    "half a character": FINE.encode() + b"1,2,\xc3",
    "one row": "x,z,y\n1,2,a\n",
    "one class": rows(classes=("a",)),
    "duplicate columns": rows(z="x"),
    "duplicate columns of one escape sequence": rows(x=NAMES[0], z=NAMES[0]),
    "nameless column": rows(x=""),
    "target missing in a row": FINE + "1,2,\n",
    "infinite": FINE + "inf,2,a\n",
    "beyond a double": FINE + "1e400,2,a\n",
    "missing": FINE + ",2,a\n",
    "ragged: longer": FINE + "1,2,a,4\n",
    "no feature": "y\na\nb\na\n",
    "one constant text": "x,y\n" + "u,a\nu,b\n" * 20,
    "an open quote": FINE + '1,"2,a\n',
    "semicolons": rows(separator=";"),
    "200 levels": "w,y\n" + "".join(f"level {i},{'ab'[i % 2]}\n" for i in range(200)),
    "200 levels of escape sequences": "w,y\n" + "".join(f"{NAMES[1]}{i},{'ab'[i % 2]}\n" for i in range(200)),
    "ZIP under the name of a CSV": b"PK\x03\x04" + b"\x00" * 100,
    "HTML": "<!doctype html><html><title>404</title></html>\n",
    "a very long line": "x" * 2_000_000,
    "all features missing": "x,y\n" + ",a\n,b\n" * 20,
}
"""What is in odd.csv that no task can be made of."""

TABLES: dict[str, str | bytes] = {
    "mark of UTF-8": b"\xef\xbb\xbf" + FINE.encode(),
    "CRLF": rows(end="\r\n"),
    "CR": rows(end="\r"),
    "blank lines between": FINE.replace("\n", "\n\n"),
    "quotes": FINE.replace("a\n", '"a"\n'),
    "quotes within quotes": rows(classes=('say "a"', "b, or c")),
    "line ends within quotes": rows(classes=("one\nline", "b")),
    "ragged: shorter": FINE + "1\n",
    "three classes": rows(classes=("a", "b", "c")),
    "classes of numbers": rows(classes=("0", "1")),
    "three classes of numbers": rows(classes=("0", "1", "2")),
    "classes of truth values": rows(classes=("TRUE", "FALSE")),
    "a target of numbers": "x,z,y\n" + "".join(f"{i},{i * i % 7},{i / 3}\n" for i in range(40)),
    "two rows": "x,z,y\n1,2,a\n2,1,b\n",
    "three rows": "x,z,y\n1,2,a\n2,1,b\n3,3,a\n",
    "a constant column": _column(lambda i: "7"),
    "a column twice under two names": _column(lambda i: FINE.splitlines()[i + 1].partition(",")[0]),
    "1e308": _column(lambda i: "1e308"),
    "1e308 of both signs": _column(lambda i: ("1e308", "-1e308", "9.9e307")[i % 3]),
    "1e200 and 1": _column(lambda i: ("1e200", "1")[i % 2]),
    "denormal": _column(lambda i: f"{i % 5}e-320"),
    "whole numbers of 40 digits": _column(lambda i: f"{i % 7}" + "1" * 40),
    "separated": "x,y\n" + "".join(f"{i},{'ab'[i >= 20]}\n" for i in range(40)),
    "one row of the second class": "x,y\n" + "".join(f"{i},{'ab'[i == 7]}\n" for i in range(40)),
    "text and numbers": _column(lambda i: ("1", "one")[i % 2]),
    "50 levels": _column(lambda i: f"level {i}"),
    "dates": _column(lambda i: f"2017-05-{i % 28 + 1:02}"),
    "truth values": _column(lambda i: ("TRUE", "False", "true")[i % 3]),
    "300 columns": ",".join(f"c{i}" for i in range(300))
    + ",y\n"
    + "".join(",".join(str((i * j) % 11) for j in range(300)) + f",{'ab'[i % 2]}\n" for i in range(12)),
}
"""What is in odd.csv that may be refused or used."""


def tables() -> Iterator[Case]:
    """Every odd table, with one verb after the other."""
    verbs = (COMPARE, EXPLAIN)
    for i, (name, data) in enumerate(REFUSED_TABLES.items()):
        words = (*verbs[i % 2], "--data", "odd.csv", "--target", "y")
        yield Case("table", name, words, content(data), REFUSED)
    for i, (name, data) in enumerate(TABLES.items()):
        words = (*verbs[i % 2], "--data", "odd.csv", "--target", "y")
        yield Case("table", name, words, content(data))
    for i, name in enumerate(NAMES):
        shown = ascii(name[:20])[1:-1]
        column, level = rows(x=name), rows(classes=(name, "b"))
        words = (*verbs[i % 2], "--data", "odd.csv", "--target", "y")
        if i % 4 < 2:
            yield Case("table", f"column {shown}", words, content(column))
        if i % 3 == 0:
            yield Case("table", f"class {shown}", (*words, "--positive", "c"), content(level), REFUSED)
        if i % 3 == 1:
            target = (*verbs[i % 2], "--data", "odd.csv", "--target", "none")
            yield Case("table", f"no target among {shown}", target, content(column), REFUSED)
        if i % 3 == 2:
            yield Case("table", f"missing in {shown}", words, content(column + ",1,a\n"), REFUSED)
    yield Case(
        "table",
        "many names in a report",
        (
            "compare",
            "--contestants",
            "sklearn.logistic",
            "--draws",
            "1",
            "--data",
            "odd.csv",
            "--target",
            "y",
            "--report",
            "out",
        ),
        content(
            ",".join(map(field, [*NAMES[:9], *NAMES[11:], "y"]))
            + "\n"
            + "".join(
                ",".join(str((i * j + i) % 7) for j in range(len(NAMES) - 2)) + f",{'ab'[i % 3 == 0]}\n"
                for i in range(40)
            )
        ),
        check=_safe_page,
    )
    for seed in range(24):
        yield _random_table(seed)


def _safe_page(outcome: Outcome, work: Path) -> str:
    page = work / "out" / "index.html"
    if page.is_file() and "<script>alert(1)" in page.read_text(encoding="utf-8"):
        return "a column's name is a script in index.html"
    return ""


def _random_table(seed: int) -> Case:
    """A table with some odd names and cells, in some encoding and layout."""
    rng = random.Random(seed)
    names = [*rng.sample(NAMES, 2), "w", "y"]
    separator, end = rng.choice(",,,;\t"), rng.choice(("\n", "\n", "\r\n"))
    lines = [separator.join(map(field, names))]
    odd = rng.sample(CELLS, 3)
    for _i in range(rng.choice((1, 2, 5, 30, 30, 60))):
        cells = [rng.choice(odd) if rng.random() < 0.05 else f"{rng.gauss(0, 1):.4f}" for _ in names[:-1]]
        lines.append(separator.join([*map(field, cells), rng.choice(("a", "b"))]))
    encoding = rng.choice(("utf-8", "utf-8", "utf-8-sig", "utf-16", "latin-1"))
    data = end.join(lines).encode(encoding, "replace")
    name = rng.choice(("odd.csv", "odd.csv", "odd.tsv", "odd.csv.gz"))
    data = gzip.compress(data, mtime=0) if name.endswith("gz") else data
    if rng.random() < 0.2:
        data = data[: rng.randrange(len(data))]
    missing = ("--missing", rng.choice(("refuse", "drop")))
    verb = rng.choice((COMPARE, EXPLAIN))
    return Case(
        "table", f"random {seed}", (*verb, "--data", name, "--target", "y", *missing), content(data, name)
    )
