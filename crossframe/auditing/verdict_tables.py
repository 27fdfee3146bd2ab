"""The tables of the verdict page, without markup: the page and its Markdown twin render the same ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from crossframe.auditing.suspicion import Role
from crossframe.auditing.tables import shown
from crossframe.auditing.verdict_rule import RULE, Effect, Verdict, deciding, difference, label
from crossframe.models.spec import parse
from crossframe.report.tables import Cell, Table
from crossframe.report.text import MISSING, fixed, interval, plural, whole
from crossframe.report.view import finite

if TYPE_CHECKING:
    from crossframe.auditing.verdicts import Found, Verdicts

TONES = {
    Verdict.HELPS: "yes",
    Verdict.DEPENDS: "partly",
    Verdict.HURTS: "no",
    Verdict.UNUSED: "no",
    Verdict.NONE: "no",
    Verdict.THRESHOLD: "open",
    Verdict.CANNOT_TELL: "open",
    Verdict.NOT_CHECKED: "open",
}
"""Verdict -> class of its cell: whether the suspicion is borne out."""


def summary(verdicts: Verdicts) -> Table:
    """One row per suspicion."""
    sizes = verdicts.run["sizes"]
    ends = list(dict.fromkeys((sizes[0], sizes[-1])))
    columns = (
        ("Suspicion", False, ""),
        ("Verdict: the change ...", False, "by the rule at the end of the page"),
        *((f"Effect at n = {n}", True, "accuracy with the change minus accuracy as published") for n in ends),
        ("Why", False, ""),
    )
    rows = []
    for found in verdicts.found:
        basis = {e.n: e for e in deciding(found.effects, found.verdict)}
        rows.append([
            Cell(found.suspicion.title, link=f"#{found.suspicion.key}"),
            Cell(label(found.effects, found.verdict), mark=TONES[found.verdict]),
            *(_effect(basis.get(n)) for n in ends),
            Cell(found.why),
        ])  # fmt: skip
    return Table("Suspicions and verdicts", columns, rows)


def context(verdicts: Verdicts) -> Table:
    """Accuracy of the published models."""
    sizes = verdicts.run["sizes"]
    columns = (
        ("Model as published", False, ""),
        *((f"n = {n}", True, "mean accuracy over the samples, with its 95 % interval") for n in sizes),
    )
    by_title: dict[str, dict[int, Mapping[str, Any]]] = {}
    for row in verdicts.context:
        by_title.setdefault(str(row["title"]), {})[int(row["n"])] = row
    rows = []
    for title, at in by_title.items():
        cells = []
        for n in sizes:
            row = at.get(n, {})
            mean, ends = row.get("accuracy_mean"), (row.get("accuracy_low"), row.get("accuracy_high"))
            cells.append(Cell(_whole(f"{fixed(mean)} {interval(*ends)}".strip()), finite(mean)))
        rows.append([Cell(title), *cells])
    return Table("Accuracy of the published models", columns, rows)


def in_force(found: Found) -> Table | None:
    """Parameters as declared, asked for and in force."""
    parameters = found.in_force.get("parameters", ())
    if not parameters:
        return None
    columns = (
        ("Parameter", False, ""),
        ("Default", False, "declared by the installed framework"),
        ("Asked for", False, "by the published script"),
        ("After training", False, "as the framework reports it"),
        ("In use?", False, "whether it has an effect here, by the framework's word and crossframe's rules"),
    )
    rows = [
        [
            Cell(p["name"]),
            *(Cell(shown(p[key])) for key in ("declared", "asked", "effective")),
            Cell(_state(p), mark="" if p["active"] else "weak"),
        ]
        for p in parameters
    ]
    return Table(f"Settings of {found.suspicion.subject}", columns, rows)


def fits(found: Found) -> Table | None:
    """What the fits as published really did."""
    rows_of = found.in_force.get("fits", ())
    if not rows_of or not found.suspicion.fits_matter:
        return None
    net = any(f["epochs"] is not None for f in rows_of)
    net_columns = (
        ("Epochs run / asked", True, "median over the fits"),
        ("Updates", True, "median number of gradient updates"),
        ("Ended by", False, "the rule that ended training, with the number of fits"),
    )
    linear_columns = (
        ("Iterations", True, "median over the fits"),
        ("How the fits ended", False, "with their number"),
        ("Warnings", False, "of the framework, with the number of fits that gave each"),
    )
    columns = (
        ("n", False, ""),
        ("Fits", True, "that gave predictions, of all"),
        ("Accuracy", True, "mean over the fits"),
        ("On training rows", True, "mean accuracy on the rows it was trained on"),
        ("Threshold", True, "median score above which the label is 1"),
        *(net_columns if net else linear_columns),
    )
    rows = []
    for f in rows_of:
        done = [
            Cell(f"{_plain(f['epochs'])} / {_plain(f['epochs_asked'])}", finite(f["epochs"])),
            Cell(whole(f["updates"]), finite(f["updates"])),
            Cell(_counted(f["ending"])),
        ]
        linear = [
            Cell(whole(f["iterations"]), finite(f["iterations"])),
            Cell(_counted(f["status"])),
            Cell(_counted(f["evidence"])),
        ]
        rows.append([
            Cell(str(f["n"])),
            Cell(f"{f['usable']}\u00a0of\u00a0{f['draws']}", float(f["usable"])),
            Cell(fixed(f["accuracy"]), finite(f["accuracy"])),
            Cell(fixed(f["train_accuracy"]), finite(f["train_accuracy"])),
            Cell(_threshold(f["threshold"]), finite(f["threshold"])),
            *(done if net else linear),
        ])  # fmt: skip
    return Table(f"Fits of {found.suspicion.subject}", columns, rows)


def experiments(found: Found) -> list[Table]:
    """Every change, at every n; h2o's once more with the labels of both sides cut at one half."""
    if not found.effects:
        return []
    made = [_experiments(found, f"Effect on accuracy: {found.suspicion.title}", half=False)]
    if found.suspicion.contestant == "h2o.mlp" and not found.suspicion.decisive.same_fit:
        caption = "The same fits with all labels cut at 0.5, without h2o's choice of a threshold"
        made.append(_experiments(found, caption, half=True))
    return made


def _experiments(found: Found, caption: str, *, half: bool) -> Table:
    sizes = list(dict.fromkeys(e.n for e in found.effects))
    details = (
        ("What it is", False, "the one that decides makes the verdict"),
        ("Samples", True, "training samples at each n on which both were fitted"),
    )
    columns = (
        ("Change", False, ""),
        *(() if half else details),
        *((f"n = {n}", True, "accuracy with the change minus as published, its interval") for n in sizes),
    )
    rows = []
    for switch in found.suspicion.switches:
        names = tuple(parse(t(found.suspicion.contestant)).name for t in (switch.left, switch.right))
        at = {
            e.n: e
            for e in found.effects
            if (e.switch, e.role, e.left, e.right) == (switch.change, switch.role, *names)
        }
        if at:
            part = "" if switch.role is Role.BESIDE else f"{switch.role}: "
            name = f"{switch.change} ({switch.role})" if half and switch.role.deterministic else switch.change
            told = (Cell(part + switch.told), Cell(_range([e.draws for e in at.values()])))
            effects = (_effect(at.get(n), half=half) for n in sizes)
            rows.append([Cell(name), *(() if half else told), *effects])
    return Table(caption, columns, rows)


def _effect(effect: Effect | None, *, half: bool = False) -> Cell:
    if effect is None:
        return Cell(MISSING)
    if half and not effect.identical:
        words = difference(effect.half, effect.half_low, effect.half_high)
    else:
        words = effect.words()
    return Cell(_whole(words), finite(effect.half if half else effect.effect))


def _whole(words: str) -> str:
    """The interval does not break over lines."""
    return words.replace(", ", ",\u00a0")


def _range(counts: list[int]) -> str:
    low, high = min(counts), max(counts)
    return str(low) if low == high else f"{low}–{high}"


def _state(parameter: Mapping[str, Any]) -> str:
    if not parameter["active"]:
        return f"no: {parameter['rule']}"
    return "switched off" if parameter["effective"] is False else "yes"


def rule() -> Table:
    """How a verdict is made."""
    rows = [[Cell(verdict.value), Cell(when), Cell(verdict.meaning)] for verdict, when in RULE]
    columns = (
        ("Verdict", False, ""),
        ("Given when", False, ""),
        ("What it says of the suspicion", False, ""),
    )
    return Table("The rule", columns, rows)


def versions(verdicts: Verdicts) -> Table:
    """What was installed."""
    rows = [
        [Cell(engine), Cell(", ".join(f"{package} {version}" for package, version in packages.items()))]
        for engine, packages in verdicts.run["versions"].items()
    ]
    return Table("Versions", (("Engine", False, ""), ("Packages", False, "")), rows)


def samples(verdicts: Verdicts) -> str:
    """How many training samples each framework got, in words."""
    draws = verdicts.run["draws"]
    words = ", ".join(f"{engine} {count}" for engine, count in draws.items())
    exact = ", ".join(f"{e} {k}" for e, k in verdicts.run["draws_deterministic"].items())
    slow = ", ".join(f"{e} {k}" for e, k in verdicts.run["draws_few"].items())
    return (
        f"training samples at each n: {words}"
        + (f"; of the deterministic pairs: {exact}" if exact else "")
        + (f"; of the slow ones: {slow}" if slow else "")
    )


def _counted(counts: Mapping[str, int]) -> str:
    return "; ".join(f"{word} ({plural(k, 'fit')})" for word, k in counts.items()) or MISSING


def _plain(value: Any) -> str:
    number = finite(value)
    return MISSING if number is None else f"{number:.3g}"


def _threshold(value: Any) -> str:
    """A threshold next to 1 is not written as 1."""
    number = finite(value)
    if number is None:
        return MISSING
    return f"1 − {1 - number:.1g}" if 0.9995 < number < 1 else f"{number:.3g}"
