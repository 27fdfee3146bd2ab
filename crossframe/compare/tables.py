"""The tables of a comparison's report, one function each."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from msgspec.structs import replace

from crossframe.claims import leek
from crossframe.compare.explained import FOLDER, Pages, command
from crossframe.core import text
from crossframe.core.text import (
    condense,
    finite,
    fixed,
    interval,
    percent,
    quantity,
    signed,
    signed_interval,
    small,
    spread,
    whole,
)
from crossframe.experiment.view import Row, View, family_title
from crossframe.frameworks.contract import Status
from crossframe.report.table import Cell, Table, number, setting_cell, text_columns
from crossframe.settings.vocabulary import titled

_CONTESTANT = (("Contestant", False, ""), ("Framework", False, ""))
_OF_CLASSES = {
    "accuracy": (
        "Accuracy [95 %]",
        "mean over the draws, with its 95 % interval; the framework's own labels",
    ),
    "accuracy_p10": ("p10–p90", "10th to 90th percentile of the accuracy over the draws"),
    "accuracy_half_mean": ("p > 0.5", "mean accuracy when labels are cut at a score of 0.5"),
    "auc_mean": ("AUC", "mean area under the ROC curve"),
    "logloss_mean": ("Log-loss", "mean log-loss; a dash where the score is no probability"),
    "train_accuracy_mean": ("Train acc.", "mean accuracy on the training rows"),
    "train_logloss_mean": ("Train loss", "mean log-loss on the training rows"),
}
"""Column of a summary -> its heading and what it means, for a target of classes."""
_OF_NUMBERS = {
    "r2": ("R² [95 %]", "mean over the draws, with its 95 % interval"),
    "r2_p10": ("p10–p90", "10th to 90th percentile of R² over the draws"),
    "rmse": ("RMSE [95 %]", "root mean squared error in the unit of the target, mean over the draws"),
    "mae": ("MAE [95 %]", "mean absolute error in the unit of the target, mean over the draws"),
    "train_r2_mean": ("Train R²", "mean R² on the training rows"),
    "train_rmse_mean": ("Train RMSE", "mean root mean squared error on the training rows"),
}
"""The same for a target of numbers."""
_OF_TWO = ("accuracy_half_mean", "auc_mean")
"""Columns that only two classes have."""
_WORK = (
    ("Updates", True, "median of the gradient updates, or of the solver's iterations"),
    ("Epochs", True, "epochs run / asked for (median)"),
    ("Status", False, "how the fits ended, with their number"),
    ("Evidence", False, "commonest message of the framework, with the number of fits that gave it"),
)


_PENALTY = (
    "Penalty",
    True,
    "median of the penalties that a cross-validation chose, as the lambda of an elastic net",
)


def means(view: View, sizes: Sequence[int]) -> Table:
    """Table of the contestants' mean accuracy or R² at ``sizes``, its interval and the draws left out."""
    meaning = f"mean {view.metric.words} over the draws, its 95 % interval, and how many draws gave a model "
    meaning += "where not all"
    columns = [("Contestant", False, ""), *((f"n = {n}", True, meaning) for n in sizes)]
    rows = []
    for name in view.contestants:
        at = [view.row(name, n) for n in sizes]
        rows.append([Cell(view.title(name)), *(_mean(view, row) if row else Cell("") for row in at)])
    return Table(f"Mean {view.metric.words} of every contestant", columns, rows, tall=True)


def _mean(view: View, row: Row) -> Cell:
    """The mean accuracy or R² with its interval, and of how many draws where some gave no model."""
    over = "" if row["usable"] == row["draws"] else f" ({row['usable']} of {row['draws']} draws)"
    return number(row[f"{view.metric.key}_mean"], text.accuracy(row, view.metric.key) + over)


def _score(view: View, row: Row, name: str) -> Cell:
    """A score of a summary: a mean with its interval, the ends of its range, or a mean alone."""
    if name == view.metric.key:
        return _mean(view, row)
    if name in view.metric.losses:
        ends = interval(row[f"{name}_low"], row[f"{name}_high"], 4, quantity)
        return number(row[f"{name}_mean"], f"{quantity(row[f'{name}_mean'])} {ends}".strip())
    if name.endswith("_p10"):
        return number(row[name], spread(row[name], row[name.replace("_p10", "_p90")]))
    return number(row[name], (quantity if "rmse" in name else fixed)(row[name]))


def summary(view: View, n: int) -> Table:
    """Table of all contestants at n: scores with intervals, work done, status and the commonest message."""
    scores = _OF_CLASSES if view.classes else _OF_NUMBERS
    scores = {name: words for name, words in scores.items() if len(view.classes) == 2 or name not in _OF_TWO}
    chosen = [_PENALTY] if any("penalty" in row for row in view.at(n)) else []
    columns = (*_CONTESTANT, *((title, True, meaning) for title, meaning in scores.values()), *chosen, *_WORK)
    rows = []
    for row in view.at(n):
        name = row["contestant"]
        work = row["updates"] if finite(row["updates"]) is not None else row["iterations"]
        rows.append([
            Cell(view.title(name)),
            Cell(view.engine(name)),
            *(_score(view, row, score) for score in scores),
            *(number(row["penalty"], quantity(row["penalty"])) for _ in chosen),
            number(work, whole(work)),
            number(row["epochs"], text.epochs(row)),
            Cell(_ended(view.statuses(name, n))),
            Cell(condense(str(row["evidence"] or ""))),
        ])  # fmt: skip
    return Table(f"All contestants at n = {n}", columns, rows, tall=True)


def _ended(statuses: Sequence[tuple[str, int]]) -> str:
    if len(statuses) == 1:
        return statuses[0][0]
    return "; ".join(f"{count} × {status}" for status, count in statuses)


_ALIKE = ("Alike", True, "share of the scored rows that both label alike")
_ERRORS = (
    ("RMSE [95 %]", True, "difference of the root mean squared errors, with the interval of its paired test"),
    ("MAE [95 %]", True, "difference of the mean absolute errors, with the interval of its paired test"),
)
_PAIRS = (
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
    """Table of the pairs of the same model at n, largest difference first.

    ``explained`` are the pages to which the pairs link; see `crossframe.compare.explained.pages`.
    """
    meaning = f"difference of the means of {view.metric.words}, with the interval of the paired test"
    columns = (
        ("Left", False, ""),
        ("Right", False, ""),
        ("Left − right [95 %]", True, meaning),
        ("p", True, "p value of the paired test"),
        *((_ALIKE,) if view.classes else _ERRORS),
        *_PAIRS,
    )
    rows = [
        [
            Cell(view.title(pair["left"])),
            Cell(view.title(pair["right"])),
            replace(number(pair["difference"],
                            f"{signed(pair['difference'])} "
                            f"{signed_interval(pair['low'], pair['high'])}".strip()),
                    link=_page(pair, n, explained)),
            number(pair["p_value"], text.probability(pair["p_value"])),
            *([number(pair["alike"], percent(pair["alike"]))] if view.classes
              else [_error(view, pair, loss) for loss in view.metric.losses]),
            number(pair["max_dp"], small(pair["max_dp"])),
            number(pair["mean_dp"], small(pair["mean_dp"])),
            number(pair["digits"], text.digits(pair["digits"])),
            number(pair["coef_distance"], small(pair["coef_distance"])),
            _why(view, pair, n, explained),
        ]
        for pair in view.notable(n)
    ]  # fmt: skip
    return Table(f"Same model, other framework or solver, at n = {n}", columns, rows, tall=True)


def _error(view: View, pair: Row, name: str) -> Cell:
    """The difference of a loss in the unit of the target, with its interval."""
    places, value = error_places(view, pair), pair[f"{name}_difference"]
    ends = signed_interval(pair[f"{name}_low"], pair[f"{name}_high"], places)
    return number(value, f"{signed(value, places)} {ends}".strip())


def error_places(view: View, pair: Row) -> int:
    """Decimal places for a difference of errors: as many as four figures of the left side's RMSE have."""
    rmse = view.value(pair["left"], int(pair["n"]), "rmse_mean")
    return max(0, 3 - math.floor(math.log10(rmse))) if rmse else 3


def _why(view: View, pair: Row, n: int, explained: Pages) -> Cell:
    made = _made(pair, n, explained)
    if made:
        return Cell(
            str(made.get("phrase", made["verdict"])).replace("_", " "), link=_page(pair, n, explained)
        )
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
            number(count, f"{whole(count)} of {whole(fits)}"),
            Cell(message),
        ]
        for name, message, count, fits in view.messages()
    ]
    return Table("Messages of the frameworks", columns, rows)


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
    for name, points in leek.CURVES.items():
        rows = []
        for point in points:
            row = view.row(name, point.n) if name in view.contestants else None
            mean = finite(row["accuracy_mean"]) if row else None
            if row is None or mean is None:
                continue
            inside = point.contains(mean)
            low, high = (f"{end:.3f}" if end is not None else "hidden" for end in (point.low, point.high))
            rows.append([
                number(point.n, str(point.n)),
                number(point.mean, f"{point.mean:.3f} ({low}–{high})".replace("hidden–hidden", "hidden")),
                number(mean, f"{fixed(mean)} ({spread(row['accuracy_p10'], row['accuracy_p90'])})"),
                Cell({True: "yes", False: "no", None: "end hidden"}[inside], mark="" if inside else "weak"),
            ])  # fmt: skip
        if rows:
            tables.append(Table(f"{view.title(name)}: published against measured accuracy", columns, rows,
                                sortable=False))  # fmt: skip
    return tables


def versions(installed: Mapping[str, Mapping[str, str]]) -> Table:
    """Table of the packages with which each engine ran; ``installed`` is engine -> package -> version."""
    rows = [
        [Cell(str(engine)), Cell(", ".join(f"{package} {version}" for package, version in packages.items()))]
        for engine, packages in installed.items()
    ]
    return Table("Versions", text_columns("Engine", "Packages"), rows, sortable=False)


def fingerprints(view: View) -> Table:
    """Whether every framework trained on the bytes that were sent."""
    columns = (
        ("Framework", False, ""),
        ("Fits that echoed the fingerprint", True, ""),
        ("Fits on other data than was sent", True, "whose results are not used"),
    )
    counts: dict[str, list[int]] = {}
    for cell in view.cells:
        altered = cell["status"] == Status.CORRUPTED
        if (cell["usable"] or altered) and cell["contestant"] in view.contestants:
            counts.setdefault(view.engine(cell["contestant"]), [0, 0])[altered] += 1
    rows = [
        [Cell(engine), number(good, whole(good)), number(bad, whole(bad))]
        for engine, (good, bad) in counts.items()
    ]
    return Table("Same data: fingerprints echoed by the frameworks", columns, rows, sortable=False)


def settings(contestant: Row) -> list[tuple[str, str]]:
    """One contestant's settings by what became of them: requested, effective, or without effect and why."""
    asked, effective = dict(contestant["settings"]), dict(contestant["effective"])
    canonical, inert = dict(contestant["canonical"]), dict(contestant["inert"])
    groups = {
        "requested": [f"{name} {text.setting(value)}" for name, value in sorted(asked.items())],
        "in force": [f"{titled(name)} {text.setting(value)}" for name, value in sorted(canonical.items())],
        "in the framework's words": [
            f"{name} {text.setting(effective[name])}" for name in sorted({*effective} - {*inert})
        ],
        "without effect": [f"{name}: {why}" for name, why in sorted(inert.items())],
    }
    return [(group, "; ".join(listed)) for group, listed in groups.items() if listed]


def effective(view: View) -> list[Table]:
    """By family: the effective canonical settings that are not the same in all of its contestants."""
    tables = []
    for family, members in by_family(list(view.contestants.values())).items():
        held = [dict(c["canonical"]) for c in members]
        rows = [
            [setting_cell(name), *(Cell(text.setting(h[name]) if name in h else text.MISSING) for h in held)]
            for name in sorted({s for h in held for s in h})
            if len({text.setting(h[name]) for h in held if name in h}) > 1
        ]
        columns = [("Setting", False, ""), *((str(c["title"]), False, "") for c in members)]
        if rows and len(members) > 1:
            tables.append(Table(family_title(family), columns, rows))
    return tables


def by_family(contestants: Sequence[Row]) -> dict[str, list[Row]]:
    """The contestants by family, in their order within each."""
    groups: dict[str, list[Row]] = {}
    for contestant in contestants:
        groups.setdefault(str(contestant["family"]), []).append(contestant)
    return groups
