"""The report on published deviations: ``python -m crossframe.explain.published_report FOLDER`` writes it."""

from __future__ import annotations

import json
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from crossframe.core.text import MISSING, agreement, digits, plural
from crossframe.experiment.store import opened
from crossframe.explain.attribution.measures import digits_of_gap
from crossframe.explain.attribution.record import Share, Standing
from crossframe.explain.figures import per_cent
from crossframe.explain.published_deviations import (
    ALGORITHMS,
    DATA,
    SCORES,
    explained_pairs,
    from_published_scores,
    published,
    published_data,
)
from crossframe.frameworks.pool import borrowed
from crossframe.frameworks.registry import versions
from crossframe.report.document import Document, Part
from crossframe.report.export import plain
from crossframe.report.table import Cell, Table, number, text_columns

SCHEMA = 1
_NAMED = 0.005
"""Share of a difference from which a cause is in the table."""
_COUNTED = "labels/scores that differ: of training rows, of test rows"
_VERDICTS = {
    "explained": "minimise different functions, and setting these alike closes the difference",
    "no_unique_optimum": "have equal settings and no finite optimum: a plane separates the classes of the "
    "training rows, and each framework reports where its solver stopped",
    "not_converged": "have equal settings, and a solver that stops before the optimum",
}
"""What two that deviate as published do, by the explanation's verdict."""

Rows = Sequence[dict[str, Any]]


def result(names: Sequence[str] = tuple(DATA)) -> dict[str, Any]:
    """The record of the report: every published pair on these data sets, run and explained here."""
    pairs: list[dict[str, Any]] = []
    nearness: list[dict[str, Any]] = []
    with (
        tempfile.TemporaryDirectory() as folder,
        opened(Path(folder) / "fits.sqlite") as store,
        borrowed() as pool,
    ):
        for name in names:
            data = published_data(name)
            pairs += explained_pairs(data, store, pool, lambda line: print(line, file=sys.stderr))
            nearness += from_published_scores(data, store, pool)
    known = versions("sklearn") | versions("r")
    used = {name: known[name] for name in ("scikit-learn", "R") if name in known}
    return {"schema": SCHEMA, "versions": used, "pairs": pairs, "published_scores": nearness}


def document(record: dict[str, Any]) -> Document:
    """The page of a record that `result` made."""
    pairs = record["pairs"]
    names = list(dict.fromkeys(row["data"] for row in pairs))
    used = ", ".join(f"{name} {version}" for name, version in record["versions"].items())
    tables = [
        _pairs(title, [row for row in pairs if row["algorithm"] == key]) for key, title in ALGORITHMS.items()
    ]
    configurations = _configurations(record["published_scores"], names)
    return Document(
        "Published deviations of logistic regression, explained",
        f"{len(pairs)} pairs of Herbold and Tunkel (2023) on {len(names)} data sets; {used}",
        (*(_finding(name, [r for r in pairs if r["data"] == name]) for name in names), _counted(pairs)),
        (
            Part("finding", "The published finding", _SOURCE),
            Part("pairs", "Pair by pair", (_COLUMNS,), tables),
            Part("configurations", "The configurations", (_RUN,), (configurations,)),
            Part("data", "The data sets", tables=(_data(names),), folded=(_wine(),)),
        ),
        details=1,
    )


_SOURCE = (
    "Herbold and Tunkel aligned the configurations of scikit-learn, Spark, Weka and R (by caret) by their "
    "documentation, trained them on the same rows and counted deviations: rows with another label, and rows "
    f"whose scores differ by more than {SCORES:g}. They report that aligned configurations still deviate. "
    "Differential testing for machine learning: an analysis for classification algorithms beyond deep "
    "learning, Empirical Software Engineering 28 (2023), doi:10.1007/s10664-022-10273-9; their figures are "
    "from github.com/sherbold/replication-kit-2022-non-dl-diff-test.",
    "The finding is about pairs that are aligned: two that minimise different functions are not. It holds on "
    "a data set where two that are aligned deviate in the published runs. Pairs that are aligned and deviate "
    "here, with other versions of the programs, are counted beside it.",
)
_COLUMNS = (
    "Deviations are labels/scores on the training rows, then on the test rows. The largest difference is "
    "that of two scores of a row, over all rows, and the shares are of it (Shapley values). A setting "
    "interacts where its switch has another sign, or an effect that differs by more than its share, before "
    "the other switches than after them; its share then depends on the order, and on which side is switched. "
    "The last column is what gives the answer of the other side, whose solver is run to its end where it "
    "stops early, and the agreement that this reaches."
)
_RUN = (
    "A published function that crossframe does not have is replaced by a model with the same objective. The "
    "last columns show how near that is: the largest distance from the published scores of the first ten "
    "test rows, which are given to six digits. Without a penalty BC has no optimum to which two are near. "
    "LogisticRegression is near with tol=1e-4/n: its bound was one for the gradient of the sum of the losses "
    "at that time, and is one for that of their mean in the version used here."
)


def _finding(name: str, rows: Rows) -> str:
    """The verdict on the published finding on a data set, and which of the pairs deviate, there and here."""
    deviating = [row for row in rows if _deviates(row["published"])]
    aligned = {row["verdict"] for row in deviating} - {"explained"}
    only = " where there is no finite optimum, and only there" if aligned == {"no_unique_optimum"} else ""
    alike = [row for row in rows if row["verdict"] != "explained"]
    here = [row for row in alike if _deviates(row["here"])]
    words = (
        f"{name}: in the published runs the finding {f'holds{only}' if aligned else 'does not hold'}. Of "
        f"{plural(len(rows), 'pair')} {len(deviating)} deviate there. {_by_verdict(deviating)} Run here, "
        f"{len(here) or 'none'} of the {len(alike)} aligned pairs deviate{'' if len(here) != 1 else 's'}"
    )
    return f"{words}. {_by_verdict(here)}" if here else f"{words}."


def _by_verdict(rows: Rows) -> str:
    """What pairs that deviate do, by the explanation's verdict, in sentences."""
    words = []
    for verdict, count in Counter(row["verdict"] for row in rows).items():
        left = max(row["left_after"] or 0.0 for row in rows if row["verdict"] == verdict)
        closed = f" to {digits_of_gap(left):.1f} digits or more" if verdict == "explained" else ""
        words.append(f"{count} of these {_VERDICTS.get(verdict, f'are {verdict}')}{closed}.")
    return " ".join(words)


def _counted(pairs: Rows) -> str:
    """Whether the published counts come out again, where there is an optimum."""
    finite = [row for row in pairs if row["verdict"] != "no_unique_optimum"]
    labels, scores = (
        [row for row in finite if _part(row["here"], k) == _part(row["published"], k)] for k in (0, 1)
    )
    others = [row for row in finite if row not in scores]
    words = (
        f"Of the {len(finite)} pairs with a finite optimum, {len(labels)} have the published number of "
        f"different labels here, and {len(scores)} the published number of different scores."
    )
    if others and all(map(_changed, others)):
        words += " All of the others are pairs of LogisticRegression, which stops earlier than it did."
    return words


def _changed(row: dict[str, Any]) -> bool:
    """Whether today's version of one of the two gives other scores than the published one."""
    return any("then" in published()["models"][f"{row['algorithm']} {row[k]}"] for k in ("left", "right"))


def _deviates(deviations: Sequence[Sequence[float]]) -> bool:
    return any(count > 0 for part in deviations for count in part[:2])


def _part(deviations: Sequence[Sequence[float]], which: int) -> list[float]:
    return [part[which] for part in deviations]


def _counts(deviations: Sequence[Sequence[float]]) -> Cell:
    written = [f"{part[0]:g}/{MISSING if part[1] < 0 else format(part[1], 'g')}" for part in deviations]
    return Cell(", ".join(written), sum(_part(deviations, 0)))


def _pairs(title: str, rows: Rows) -> Table:
    columns = [
        *text_columns("data", "pair"),
        ("published", True, _COUNTED),
        ("here", True, _COUNTED),
        ("largest difference", True, "of two scores of a row; digits that agree"),
        *text_columns("verdict", "causes", "closed by"),
    ]
    return Table(title, columns, [_row(row) for row in rows])


def _row(row: dict[str, Any]) -> list[Cell]:
    gap = row["largest_difference"]
    after = f"; {agreement(digits_of_gap(row['left_after']))}" if row["recipe"] else ""
    return [
        Cell(row["data"]),
        Cell(f"{row['left']}, {row['right']}"),
        _counts(row["published"]),
        _counts(row["here"]),
        number(gap, f"{gap:.2g} ({digits(digits_of_gap(gap))} digits)"),
        Cell(row["verdict"].replace("_", " ")),
        Cell(", ".join(map(_cause, (c for c in row["causes"] if abs(c["share"] or 0.0) >= _NAMED)))),
        Cell(row["recipe"] + after),
    ]


def _cause(cause: dict[str, Any]) -> str:
    share, *ends = (cause[key] for key in ("share", "first_in", "last_in"))
    interacts = None not in ends and Share(cause["setting"], Standing.CAUSE, share, *ends).interacts
    return f"{cause['setting']} {per_cent(share)}{' (interacts)' if interacts else ''}"


def _configurations(nearness: Rows, names: Sequence[str]) -> Table:
    near = {(row["published"], row["which"], row["data"]): row["distance"] for row in nearness}
    rows = []
    for key, model in published()["models"].items():
        for which in [name for name in ("model", "then") if name in model]:
            distances = [near.get((key, which, name)) for name in names]
            cells = [number(d, MISSING if d is None else f"{d:.1e}") for d in distances]
            what = [Cell(key), Cell(model["title"]), Cell(model["minimises"])]
            rows.append([*what, Cell(model[which], mark="code"), *cells])
    columns = [
        *text_columns("name", "configuration", "minimises", "runs here as"),
        *((name, True, "largest distance from ten published scores") for name in names),
    ]
    return Table("n: training rows; {l2}: 0.2/n; {tol}: 1e-4/n", columns, rows)


def _data(names: Sequence[str]) -> Table:
    rows = []
    for name in names:
        training, test = published()["labels"][name]
        rows.append([Cell(name), Cell(f"{len(training)} and {len(test)}"), Cell(DATA[name])])
    words = "red wines of the UCI repository: in no package that is used here, and so not run"
    rows.append([Cell("WINE"), Cell("799 and 800"), Cell(words)])
    return Table("rows made by their rules", text_columns("data", "training and test rows", "rule"), rows)


def _wine() -> Table:
    rows = [[Cell(pair), _counts(f["WINE"])] for pair, f in published()["deviations"].items()]
    columns = [
        *text_columns("pair"),
        ("published", True, "labels/scores that differ: training rows, test rows"),
    ]
    return Table("WINE, as published", columns, rows)


def main(folder: Path) -> Path:
    """Run and explain every pair and write the report; returns its page."""
    record = plain(result())
    as_json = json.dumps(record, indent=1, allow_nan=False)
    return document(record).write(folder, {"result.json": as_json + "\n"})


if __name__ == "__main__":
    print(main(Path(sys.argv[1])))
