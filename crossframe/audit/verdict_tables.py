"""The tables of the verdict page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from crossframe.audit.effects import SwitchEffect, deciding, difference, label
from crossframe.audit.suspicion import Role
from crossframe.claims.judge import by_earlier_marks
from crossframe.claims.setting_effect import RULE, SettingEffect
from crossframe.core.text import MISSING, finite, fixed, interval, plural, whole
from crossframe.experiment.spec import parse
from crossframe.report.table import Cell, Table, shown, text_columns

if TYPE_CHECKING:
    from crossframe.audit.verdicts import CheckedSuspicion, Verdicts

TONES = {
    SettingEffect.HELPS: "yes",
    SettingEffect.DEPENDS: "partly",
    SettingEffect.HURTS: "no",
    SettingEffect.UNUSED: "no",
    SettingEffect.NONE: "no",
    SettingEffect.THRESHOLD: "open",
    SettingEffect.CANNOT_TELL: "open",
    SettingEffect.NOT_CHECKED: "open",
}
"""Verdict -> class of its cell: ``yes`` where the suspicion is borne out."""


def summary(verdicts: Verdicts) -> Table:
    """Table of all suspicions: verdict, effect at the smallest and the largest n, and the reason."""
    sizes = verdicts.run["sizes"]
    ends = list(dict.fromkeys((sizes[0], sizes[-1])))
    columns = (
        ("Suspicion", False, ""),
        ("Verdict: the change ...", False, "by the rule at the end of the page"),
        *((f"Effect at n = {n}", True, "accuracy with the change minus accuracy as published") for n in ends),
        ("Why", False, ""),
    )
    rows = []
    for checked in verdicts.suspicions:
        basis = {e.n: e for e in deciding(checked.effects, checked.verdict)}
        rows.append([
            Cell(checked.suspicion.title, link=f"#{checked.suspicion.key}"),
            Cell(_label(checked), mark=TONES[checked.verdict]),
            *(_effect(basis.get(n)) for n in ends),
            Cell(checked.why),
        ])  # fmt: skip
    return Table("Suspicions and verdicts", columns, rows, sortable=False)


def _label(checked: CheckedSuspicion) -> str:
    """The verdict, and those under earlier marks where they differ."""
    earlier = by_earlier_marks(checked.verdict, checked.under_replaced)
    return label(checked.effects, checked.verdict) + earlier


def context(verdicts: Verdicts) -> Table:
    """Table of the published models: mean accuracy at each n, with its interval."""
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
            words = f"{fixed(mean)} {interval(*ends)}".strip() + _left_out(verdicts, row)
            cells.append(Cell(_whole(words), finite(mean)))
        rows.append([Cell(title), *cells])
    return Table("Accuracy of the published models", columns, rows, sortable=False)


def _left_out(verdicts: Verdicts, row: Mapping[str, Any]) -> str:
    """How many of the samples gave a model, where not all did: the mean is over these alone."""
    if not row:
        return ""
    draws = verdicts.run["draws"][parse(row["contestant"]).engine]
    return "" if row["usable"] == draws else f" ({row['usable']} of {draws} samples)"


def in_force(checked: CheckedSuspicion) -> Table | None:
    """Table of a suspicion's parameters: declared, requested and effective; None where it has none."""
    parameters = checked.in_force.get("parameters", ())
    if not parameters:
        return None
    columns = (
        ("Parameter", False, ""),
        ("Default", False, "declared by the installed framework"),
        ("Asked for", False, "by the published script"),
        ("After training", False, "as the framework reports it"),
        ("In use?", False, "whether it has an effect here, by the framework's report and crossframe's rules"),
    )
    rows = [
        [
            Cell(p["name"]),
            *(Cell(shown(p[key])) for key in ("declared", "asked", "effective")),
            Cell(_state(p), mark="" if p["active"] else "weak"),
        ]
        for p in parameters
    ]
    return Table(f"Settings of {checked.suspicion.subject}", columns, rows, sortable=False)


def fits(checked: CheckedSuspicion) -> Table | None:
    """Table of the fits as published, by n: accuracy, work done, how training ended; or None."""
    rows_of = checked.in_force.get("fits", ())
    if not rows_of or not checked.suspicion.fits_matter:
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
    return Table(f"Fits of {checked.suspicion.subject}", columns, rows, sortable=False)


def experiments(checked: CheckedSuspicion) -> list[Table]:
    """Tables of a suspicion's experiments: the effect of every change at every n.

    For h2o's own labels a second table has the effects with all labels cut at 0.5.
    """
    if not checked.effects:
        return []
    made = [_experiments(checked, f"Effect on accuracy: {checked.suspicion.title}", half=False)]
    if checked.suspicion.contestant == "leek.h2o.mlp" and not checked.suspicion.decisive.same_fit:
        caption = "The same fits with all labels cut at 0.5, without h2o's choice of a threshold"
        made.append(_experiments(checked, caption, half=True))
    return made


def _experiments(checked: CheckedSuspicion, caption: str, *, half: bool) -> Table:
    sizes = list(dict.fromkeys(e.n for e in checked.effects))
    details = (
        ("What it is", False, "the verdict rests on the one that decides"),
        ("Samples", True, "training samples at each n on which both were fitted"),
    )
    columns = (
        ("Change", False, ""),
        *(() if half else details),
        *((f"n = {n}", True, "accuracy with the change minus as published, its interval") for n in sizes),
    )
    rows = []
    for switch in checked.suspicion.switches:
        names = tuple(parse(t(checked.suspicion.contestant)).name for t in (switch.left, switch.right))
        at = {
            e.n: e
            for e in checked.effects
            if (e.switch, e.role, e.left, e.right) == (switch.change, switch.role, *names)
        }
        if at:
            part = "" if switch.role is Role.BESIDE else f"{switch.role}: "
            name = f"{switch.change} ({switch.role})" if half and switch.role.deterministic else switch.change
            draws = sorted({e.draws for e in at.values()})
            counts = "–".join(map(str, dict.fromkeys((draws[0], draws[-1]))))
            details_of = (Cell(part + switch.description), Cell(counts))
            effects = (_effect(at.get(n), half=half) for n in sizes)
            rows.append([Cell(name), *(() if half else details_of), *effects])
    return Table(caption, columns, rows, sortable=False)


def _effect(effect: SwitchEffect | None, *, half: bool = False) -> Cell:
    if effect is None:
        return Cell(MISSING)
    if half and not effect.identical:
        words = difference(effect.half, effect.half_low, effect.half_high)
    else:
        words = effect.words()
    return Cell(_whole(words), finite(effect.half if half else effect.effect))


def _whole(words: str) -> str:
    """The words with intervals that do not break over lines."""
    return words.replace(", ", ",\u00a0")


def _state(parameter: Mapping[str, Any]) -> str:
    if not parameter["active"]:
        return f"no: {parameter['rule']}"
    return "switched off" if parameter["effective"] is False else "yes"


def rule() -> Table:
    """Table of the possible verdicts: when each is given, and what it says about the suspicion."""
    rows = [[Cell(verdict.value), Cell(when), Cell(verdict.meaning)] for verdict, when in RULE]
    columns = text_columns("Verdict", "Given when", "What it means for the suspicion")
    return Table("The rule", columns, rows, sortable=False)


def samples(verdicts: Verdicts) -> str:
    """The number of training samples of each framework, as a phrase."""
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
    """A threshold to three figures; one just below 1 is written as a difference from 1."""
    number = finite(value)
    if number is None:
        return MISSING
    return f"1 − {1 - number:.1g}" if 0.9995 < number < 1 else f"{number:.3g}"
