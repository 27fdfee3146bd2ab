"""The tables of a report, without markup: the page and its Markdown twin render the same ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from crossframe.published import LEEK
from crossframe.report import text
from crossframe.report.explained import FOLDER, Pages, command
from crossframe.report.text import fixed, percent, signed, signed_interval, small, spread, whole
from crossframe.report.view import FAMILIES, Row, View, condense, finite


@dataclass(frozen=True)
class Cell:
    """What a reader sees; ``key`` is what a column sorts by where the text will not do.

    ``mark`` is a class of the page's style, ``code`` one to be typed; ``link`` an address that the
    text leads to.
    """

    text: str
    key: float | None = None
    mark: str = ""
    link: str = ""


@dataclass(frozen=True)
class Table:
    """``columns`` are (heading, whether numeric, what it means); the first one heads the rows."""

    caption: str
    columns: Sequence[tuple[str, bool, str]]
    rows: Sequence[Sequence[Cell]]


def condensed(table: Table) -> Table:
    """The table without the columns in which no row says anything."""
    kept = [k for k in range(len(table.columns)) if any(row[k].text for row in table.rows)]
    columns = [table.columns[k] for k in kept]
    return Table(table.caption, columns, [[row[k] for k in kept] for row in table.rows])


def _number(value: Any, written: str) -> Cell:
    return Cell(written, finite(value))


_SUMMARY = (
    ("Contestant", False, ""),
    ("Framework", False, ""),
    ("Accuracy [95 %]", True, "mean over the draws, with its 95 % interval; the framework's own labels"),
    ("p10–p90", True, "10th to 90th percentile of the accuracy over the draws"),
    ("p > 0.5", True, "mean accuracy when labels are cut at a score of 0.5"),
    ("AUC", True, "mean area under the ROC curve"),
    ("Log-loss", True, "mean log-loss; a dash where the score is no probability"),
    ("Train acc.", True, "mean accuracy on the training rows"),
    ("Train loss", True, "mean log-loss on the training rows"),
    ("Updates", True, "median of the gradient updates, or of the solver's iterations"),
    ("Epochs", True, "epochs run / asked for (median)"),
    ("Status", False, "how the fits ended, with their number"),
    ("Evidence", False, "commonest message of the framework, with the number of fits that gave it"),
)


def summary(view: View, n: int) -> Table:
    """Every contestant at n."""
    rows = []
    for row in view.at(n):
        name = row["contestant"]
        work = row["updates"] if finite(row["updates"]) is not None else row["iterations"]
        rows.append([
            Cell(view.title(name)),
            Cell(view.engine(name)),
            _number(row["accuracy_mean"], text.accuracy(row)),
            _number(row["accuracy_p10"], spread(row["accuracy_p10"], row["accuracy_p90"])),
            _number(row["accuracy_half_mean"], fixed(row["accuracy_half_mean"])),
            _number(row["auc_mean"], fixed(row["auc_mean"])),
            _number(row["logloss_mean"], fixed(row["logloss_mean"])),
            _number(row["train_accuracy_mean"], fixed(row["train_accuracy_mean"])),
            _number(row["train_logloss_mean"], fixed(row["train_logloss_mean"])),
            _number(work, whole(work)),
            _number(row["epochs"], text.epochs(row)),
            Cell(_ended(view.statuses(name, n))),
            Cell(condense(str(row["evidence"] or ""))),
        ])  # fmt: skip
    return Table(f"All contestants at n = {n}", _SUMMARY, rows)


def _ended(statuses: Sequence[tuple[str, int]]) -> str:
    if len(statuses) == 1:
        return statuses[0][0]
    return "; ".join(f"{count} × {status}" for status, count in statuses)


_PAIRS = (
    ("Left", False, ""),
    ("Right", False, ""),
    ("Left − right [95 %]", True, "difference of the mean accuracies, with the interval of the paired test"),
    ("p", True, "p value of the paired test"),
    ("Alike", True, "share of the scored rows that both label alike"),
    ("Largest |Δ|", True, "largest difference between the two scores of a row"),
    ("Mean |Δ|", True, "mean difference between the two scores of a row"),
    ("Digits", True, "digits on which the scores agree, median over the draws"),
    (
        "Coef. distance",
        True,
        "distance of the coefficient vectors, relative to the longer one, where both have them",
    ),
    ("Why", False, "the pair's explanation, or the command that makes one"),
)


def notable(view: View, n: int, explained: Pages = MappingProxyType({})) -> Table:
    """The pairs that share a recipe at n, largest difference first, with links to their explanations."""
    rows = [
        [
            Cell(view.title(pair["left"])),
            Cell(view.title(pair["right"])),
            replace(_number(pair["difference"],
                            f"{signed(pair['difference'])} "
                            f"{signed_interval(pair['low'], pair['high'])}".strip()),
                    link=_page(pair, n, explained)),
            _number(pair["p_value"], text.probability(pair["p_value"])),
            _number(pair["alike"], percent(pair["alike"])),
            _number(pair["max_dp"], small(pair["max_dp"])),
            _number(pair["mean_dp"], small(pair["mean_dp"])),
            _number(pair["digits"], fixed(pair["digits"], 1)),
            _number(pair["coef_distance"], small(pair["coef_distance"])),
            _why(view, pair, n, explained),
        ]
        for pair in view.notable(n)
    ]  # fmt: skip
    return Table(f"Same recipe, other framework or solver, at n = {n}", _PAIRS, rows)


def _why(view: View, pair: Row, n: int, explained: Pages) -> Cell:
    made = _made(pair, n, explained)
    if made:
        return Cell(str(made["verdict"]).replace("_", " "), link=_page(pair, n, explained))
    return Cell(command(pair["left"], pair["right"], n, str(view.run["id"])), mark="code")


def _page(pair: Row, n: int, explained: Pages) -> str:
    made = _made(pair, n, explained)
    return f"{FOLDER}/{made['page']}" if made else ""


def _made(pair: Row, n: int, explained: Pages) -> Row | None:
    """The explanation of a pair, whichever way round it was asked for."""
    return explained.get((pair["left"], pair["right"], n)) or explained.get((pair["right"], pair["left"], n))


def evidence(view: View) -> Table:
    """Every message that a framework gave, with the number of fits."""
    columns = (
        ("Contestant", False, ""),
        ("Framework", False, ""),
        ("Fits", True, "fits that gave the message, of all"),
        ("Message", False, "as the framework wrote it"),
    )
    rows = [
        [
            Cell(view.title(name)),
            Cell(view.engine(name)),
            _number(count, f"{whole(count)} of {whole(fits)}"),
            Cell(said),
        ]
        for name, said, count, fits in view.messages()
    ]
    return Table("What the frameworks said", columns, rows)


def published(view: View) -> list[Table]:
    """Leek's digitised means beside the measured ones, one table per contestant."""
    columns = (
        ("n", False, ""),
        (
            "Published (p10–p90)",
            True,
            "digitised from the figure, ±0.003; hidden where another bar covers the end",
        ),
        ("Measured (p10–p90)", True, ""),
        ("Inside the published spread", False, ""),
    )
    tables = []
    for name, points in LEEK.items():
        rows = []
        for point in points:
            row = view.row(name, point.n) if name in view.contestants else None
            mean = finite(row["accuracy_mean"]) if row else None
            if row is None or mean is None:
                continue
            inside = point.contains(mean)
            low, high = (f"{end:.3f}" if end is not None else "hidden" for end in (point.low, point.high))
            rows.append([
                _number(point.n, str(point.n)),
                _number(point.mean, f"{point.mean:.3f} ({low}–{high})".replace("hidden–hidden", "hidden")),
                _number(mean, f"{fixed(mean)} ({spread(row['accuracy_p10'], row['accuracy_p90'])})"),
                Cell({True: "yes", False: "no", None: "end hidden"}[inside], mark="" if inside else "weak"),
            ])  # fmt: skip
        if rows:
            tables.append(Table(f"{view.title(name)}: published against measured accuracy", columns, rows))
    return tables


def versions(view: View) -> Table:
    """What was installed."""
    rows = [
        [Cell(str(engine)), Cell(", ".join(f"{package} {version}" for package, version in packages.items()))]
        for engine, packages in view.run["versions"].items()
    ]
    return Table("Versions", (("Engine", False, ""), ("Packages", False, "")), rows)


def fingerprints(view: View) -> Table:
    """Whether every framework trained on the bytes that were sent."""
    columns = (
        ("Framework", False, ""),
        ("Fits that echoed the fingerprint", True, "of those that trained"),
        ("Echoed another", True, ""),
    )
    counts: dict[str, list[int]] = {}
    for cell in view.cells:
        if cell["usable"] and cell["contestant"] in view.contestants:
            right = bool(cell["fingerprint_ok"])
            counts.setdefault(view.engine(cell["contestant"]), [0, 0])[0 if right else 1] += 1
    rows = [
        [Cell(engine), _number(good, whole(good)), _number(bad, whole(bad))]
        for engine, (good, bad) in counts.items()
    ]
    return Table("Same data: fingerprints echoed by the frameworks", columns, rows)


def settings(contestant: Row) -> Table:
    """One contestant's settings: asked for, in force, or without effect and why."""
    columns = (("Setting", False, ""), ("Value", False, ""), ("", False, ""))
    asked, inert = dict(contestant["settings"]), dict(contestant["inert"])
    rows = [[Cell(str(k)), Cell(value(v)), Cell("asked for")] for k, v in sorted(asked.items())]
    rows += [[Cell(str(k)), Cell(value(v)), Cell("in force, canonical name")]
             for k, v in sorted(contestant["canonical"].items())]  # fmt: skip
    effective = dict(contestant["effective"])
    for k in sorted({*effective, *inert}):
        state = f"without effect: {inert[k]}" if k in inert else "in force"
        rows.append(
            [Cell(str(k)), Cell(value(effective.get(k))), Cell(state, mark="weak" if k in inert else "")]
        )
    return Table(f"Settings of {contestant['title']}", columns, rows)


def in_force(view: View) -> list[Table]:
    """By family: the canonical settings in force that are not the same in all of its contestants."""
    found = []
    for heading, names in families(view):
        members = [view.contestants[name] for name in names]
        held = [dict(c["canonical"]) for c in members]
        rows = [
            [Cell(setting), *(Cell(value(h[setting]) if setting in h else text.MISSING) for h in held)]
            for setting in sorted({s for h in held for s in h})
            if len({value(h[setting]) for h in held if setting in h}) > 1
        ]
        columns = [("Setting", False, ""), *((str(c["title"]), False, "") for c in members)]
        if rows and len(members) > 1:
            found.append(Table(heading, columns, rows))
    return found


def value(setting: Any) -> str:
    """A setting's value as its user would type it."""
    if isinstance(setting, (list, tuple)):
        return ", ".join(value(v) for v in setting)
    if isinstance(setting, float):
        return f"{setting:g}"
    return str(setting)


def families(view: View) -> list[tuple[str, list[str]]]:
    """(heading, contestants) of every family that took part."""
    found = [(h, [m for m, c in view.contestants.items() if c["family"] == f]) for f, h in FAMILIES.items()]
    return [(heading, names) for heading, names in found if names]
