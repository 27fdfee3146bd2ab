"""What an audit found, as tables without markup."""

from __future__ import annotations

import json
from collections.abc import Sequence

from crossframe.auditing.check import Checked
from crossframe.auditing.conflicts import Conflicts, Difference
from crossframe.auditing.drift import ChangeKind, Drift
from crossframe.auditing.probe import Effect, Outcome
from crossframe.auditing.record import Audit, ModelAudit, Parameter
from crossframe.auditing.snapshot import shown as safe
from crossframe.engines.base import Value
from crossframe.report.tables import Cell, Table
from crossframe.report.text import percent

NONE = "–"
_LONG = 60


def shown(value: Value) -> str:
    """A value as its user would write it; a dash for none, numbers to six figures."""
    if value is None:
        return NONE
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, tuple):
        return "x".join(map(str, value)) or "()"
    text = str(value)
    return text if len(text) <= _LONG else text[: _LONG - 1] + "…"


def coverage(audit: Audit) -> Table:
    """Model by model: how many parameters there are, and how many are understood."""
    rows = []
    for model in audit.models:
        states = [p.state for p in model.parameters if not p.beside]
        rows.append([
            Cell(model.name),
            Cell(", ".join(f"{k} {v}" for k, v in list(model.versions.items())[:2])),
            *(Cell(str(k), float(k)) for k in (
                sum(model.count(s) for s in ("mapped", "unmapped", "outside")),
                model.count("mapped"), model.count("unmapped"), model.count("outside"),
            )),
            Cell(percent(model.coverage), model.coverage, "warn" if model.coverage < 0.9 else ""),
            *(Cell(str(states.count(s)), float(states.count(s))) for s in ("active", "inert")),
        ])  # fmt: skip
    columns = (
        ("model", False, ""),
        ("versions", False, ""),
        ("parameters", True, "of the framework's own callables"),
        ("mapped", True, "to a canonical setting"),
        ("unmapped", True, "can change a fitted number and have no canonical name"),
        ("outside", True, "cannot change what is fitted here"),
        ("share", True, "mapped of those that can change a fitted number"),
        ("active", True, "settings with an effect in the fit"),
        ("inert", True, "settings without one"),
    )
    return Table("parameters by model", columns, rows)


def parameters(model: ModelAudit, *, everything: bool = False) -> Table:
    """Declared, passed and in force; without ``everything`` only what is or could be a setting here."""
    told = [p for p in model.parameters if everything or (p.standing != "outside" and not p.beside)]
    alone = len({p.owner for p in told}) == 1
    rows = [
        [
            Cell(p.name if alone else p.qualified, mark="weak" if p.state == "inert" else "", link=p.link),
            Cell(p.setting or p.standing, mark=_mark(p)),
            Cell(shown(p.declared), mark="tight"),
            Cell(shown(p.given) if p.given is not None else "", mark="tight"),
            Cell(shown(p.effective), mark="tight"),
            Cell(p.state, mark="tight weak" if p.state == "inert" else "tight"),
            Cell(p.note),
        ]
        for p in told
    ]
    columns = (
        ("parameter", False, "callable and parameter, with a link to its documentation"),
        ("canonical setting", False, ""),
        ("default", False, "declared by the framework"),
        ("passed", False, "by this model, where it differs"),
        ("in force", False, "as the framework reports it after training"),
        ("state", False, "inert: without effect in this fit"),
        ("why, or how it enters", False, ""),
    )
    return Table(f"{model.name}: {model.ending}", columns, rows)


def _mark(p: Parameter) -> str:
    return "warn" if p.standing == "unmapped" else "weak" if p.standing == "outside" else ""


def rules(model: ModelAudit) -> Table:
    """Canonical settings in force that no active parameter carries."""
    rows = [[Cell(name), Cell(shown(value))] for name, value in sorted(model.rules.items())]
    return Table(f"{model.name}: also in force", (("setting", False, ""), ("value", False, "")), rows)


def differences(found: Conflicts) -> Table:
    """Settings in force that differ, those first that change labels most often."""
    columns = (
        ("setting", False, ""),
        (found.left, False, ""),
        (found.right, False, ""),
        ("samples changed", True, "training samples on which switching it changes at least one label"),
        ("labels changed", True, "mean share of the evaluation rows"),
        ("switched in", False, "the model that was given the other's value"),
        ("why not", False, ""),
    )
    rows = [
        [
            Cell(d.setting),
            Cell(_valued(d.left, d.spelled_left)),
            Cell(_valued(d.right, d.spelled_right)),
            Cell(f"{d.changed} of {d.draws}" if d.draws else NONE, _share(d)),
            Cell(percent(d.flipped) if d.flipped is not None else NONE, d.flipped),
            Cell(
                d.switched if d.above_noise or not d.switched else f"{d.switched}; no more than another seed"
            ),
            Cell("" if d.switched else d.why_not),
        ]
        for d in found.differences
    ]
    return Table("settings in force that differ, the most consequential first", columns, rows)


def alone(found: Conflicts) -> Table:
    """Settings that only one of the two has."""
    columns = (("setting", False, ""), (found.left, False, ""), (found.right, False, ""))
    rows = [
        [Cell(d.setting), Cell(_valued(d.left, d.spelled_left)), Cell(_valued(d.right, d.spelled_right))]
        for d in found.alone
    ]
    return Table("in force or told on one side only", columns, rows)


def homonyms(found: Conflicts) -> Table:
    """One word, two meanings."""
    columns = (
        ("word", False, ""),
        (found.left, False, ""),
        ("means there", False, ""),
        (found.right, False, ""),
        ("means here", False, ""),
    )
    rows = [[Cell(h.word), Cell(h.left), Cell(h.left_meaning), Cell(h.right), Cell(h.right_meaning)]
            for h in found.homonyms]  # fmt: skip
    return Table("the same word with another meaning", columns, rows)


def synonyms(found: Conflicts) -> Table:
    """One setting under two words whose numbers are on other scales."""
    columns = (
        ("words", False, ""),
        (found.left, False, ""),
        ("its scale", False, ""),
        (found.right, False, ""),
        ("its scale there", False, ""),
    )
    rows = [
        [Cell(h.word), Cell(h.left), Cell(h.left_meaning), Cell(h.right), Cell(h.right_meaning)]
        for h in found.synonyms
    ]
    return Table("one setting, another word and another scale", columns, rows)


def checks(found: Sequence[Checked], title: str = "rules of activity against experiments") -> Table:
    """Every experiment of every rule."""
    columns = (
        ("parameter", False, ""),
        ("acts", False, "the rule"),
        ("values", False, "the two fits differ in this alone"),
        ("where", False, "other parameters of both fits"),
        ("expected", False, ""),
        ("seen", False, ""),
        ("largest change", True, "of a score on the evaluation rows"),
        ("rule", False, ""),
    )
    rows = []
    for one in found:
        if not one.outcomes:
            none = Cell("no experiment", mark="warn")
            rows.append([Cell(one.param), Cell(one.rule), *[Cell("")] * 3, none, Cell(""), Cell(one.why_not)])
        for k, outcome in enumerate(one.outcomes):
            said = "" if k or one.rule == title else one.rule
            rows.append([Cell(one.param), Cell(said), *_outcome(outcome)])
    return Table(title, columns, rows)


def _outcome(outcome: Outcome) -> list[Cell]:
    e = outcome.experiment
    where = ", ".join(f"{k}={shown(v)}" for k, v in e.under.items())
    change = NONE if outcome.change is None else f"{outcome.change:.2g}"
    return [
        Cell(" | ".join(shown(v) for v in e.values)),
        Cell(f"{where} ({e.condition})" if e.condition else where),
        Cell(e.expected),
        Cell(outcome.effect, mark="" if outcome.holds else "bad"),
        Cell("0" if outcome.effect is Effect.NONE else change, outcome.change),
        Cell(
            "holds" if outcome.holds else "contradicted" if outcome.contradicts else "no answer",
            mark="" if outcome.holds else "bad",
        ),
    ]


def _valued(value: Value, spelled: str) -> str:
    if value is None:
        return NONE
    return f"{shown(value)} ({spelled})" if spelled and not spelled.endswith(f"={value}") else shown(value)


def _share(d: Difference) -> float | None:
    return d.changed / d.draws if d.draws else None


def changes(found: Drift, title: str) -> Table:
    """One line per change; names and values of a file that anybody may have written, made harmless."""
    columns = (
        ("parameter", False, ""),
        ("model", False, ""),
        (
            "change",
            False,
            "value: the declared default; effective: in force after a fit; activity; new; gone",
        ),
        ("then", False, ""),
        ("now", False, ""),
    )
    rows = [
        [
            Cell(safe(c.parameter)),
            Cell(safe(c.model)),
            Cell(c.kind),
            Cell("" if c.kind is ChangeKind.NEW else safe(json.dumps(c.before))),
            Cell("" if c.kind is ChangeKind.GONE else safe(json.dumps(c.after))),
        ]
        for c in found.changes
    ]
    return Table(title, columns, rows)
