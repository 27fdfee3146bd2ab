"""The tables of a comparison's report, one function each."""

from __future__ import annotations

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
    percent,
    signed,
    signed_interval,
    small,
    spread,
    whole,
)
from crossframe.experiment.view import Row, View, family_title
from crossframe.report.table import Cell, Table, number, setting_cell, text_columns
from crossframe.settings.vocabulary import titled

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


def accuracies(view: View, sizes: Sequence[int]) -> Table:
    """Table of the contestants' mean accuracy at ``sizes``, with its interval and the draws left out."""
    meaning = "mean accuracy over the draws, its 95 % interval, and how many draws gave a model where not all"
    columns = [("Contestant", False, ""), *((f"n = {n}", True, meaning) for n in sizes)]
    rows = []
    for name in view.contestants:
        at = [view.row(name, n) for n in sizes]
        rows.append([Cell(view.title(name)), *(_accuracy(row) if row else Cell("") for row in at)])
    return Table("Mean accuracy of every contestant", columns, rows, tall=True)


def _accuracy(row: Row) -> Cell:
    """The mean accuracy with its interval, and how many of the draws it is over where some gave no model."""
    over = "" if row["usable"] == row["draws"] else f" ({row['usable']} of {row['draws']} draws)"
    return number(row["accuracy_mean"], text.accuracy(row) + over)


def summary(view: View, n: int) -> Table:
    """Table of all contestants at n: scores with intervals, work done, status and the commonest message."""
    rows = []
    for row in view.at(n):
        name = row["contestant"]
        work = row["updates"] if finite(row["updates"]) is not None else row["iterations"]
        rows.append([
            Cell(view.title(name)),
            Cell(view.engine(name)),
            _accuracy(row),
            number(row["accuracy_p10"], spread(row["accuracy_p10"], row["accuracy_p90"])),
            number(row["accuracy_half_mean"], fixed(row["accuracy_half_mean"])),
            number(row["auc_mean"], fixed(row["auc_mean"])),
            number(row["logloss_mean"], fixed(row["logloss_mean"])),
            number(row["train_accuracy_mean"], fixed(row["train_accuracy_mean"])),
            number(row["train_logloss_mean"], fixed(row["train_logloss_mean"])),
            number(work, whole(work)),
            number(row["epochs"], text.epochs(row)),
            Cell(_ended(view.statuses(name, n))),
            Cell(condense(str(row["evidence"] or ""))),
        ])  # fmt: skip
    return Table(f"All contestants at n = {n}", _SUMMARY, rows, tall=True)


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
    """Table of the pairs that share a recipe at n, largest difference first.

    ``explained`` are the pages to which the pairs link; see `crossframe.compare.explained.pages`.
    """
    rows = [
        [
            Cell(view.title(pair["left"])),
            Cell(view.title(pair["right"])),
            replace(number(pair["difference"],
                            f"{signed(pair['difference'])} "
                            f"{signed_interval(pair['low'], pair['high'])}".strip()),
                    link=_page(pair, n, explained)),
            number(pair["p_value"], text.probability(pair["p_value"])),
            number(pair["alike"], percent(pair["alike"])),
            number(pair["max_dp"], small(pair["max_dp"])),
            number(pair["mean_dp"], small(pair["mean_dp"])),
            number(pair["digits"], text.digits(pair["digits"])),
            number(pair["coef_distance"], small(pair["coef_distance"])),
            _why(view, pair, n, explained),
        ]
        for pair in view.notable(n)
    ]  # fmt: skip
    return Table(f"Same recipe, other framework or solver, at n = {n}", _PAIRS, rows, tall=True)


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
        ("Fits that echoed the fingerprint", True, "of those that trained"),
        ("Echoed another", True, ""),
    )
    counts: dict[str, list[int]] = {}
    for cell in view.cells:
        if cell["usable"] and cell["contestant"] in view.contestants:
            right = bool(cell["fingerprint_ok"])
            counts.setdefault(view.engine(cell["contestant"]), [0, 0])[0 if right else 1] += 1
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
