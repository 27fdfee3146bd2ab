"""The tables of an audit, one function each."""

from __future__ import annotations

import json
from collections.abc import Sequence

from crossframe.audit.check import Checked
from crossframe.audit.conflicts import Conflicts
from crossframe.audit.drift import Change, ChangeKind, Drift
from crossframe.audit.names import NameClash
from crossframe.audit.probe import ProbeEffect, ProbeOutcome
from crossframe.audit.record import Audit, ModelAudit
from crossframe.audit.snapshot import escaped
from crossframe.core.text import MISSING, percent
from crossframe.core.types import Value
from crossframe.report.table import Cell, Table, setting_cell, shown, text_columns


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
    shown_ones = [p for p in model.parameters if everything or (p.standing != "outside" and not p.beside)]
    alone = len({p.owner for p in shown_ones}) == 1
    rows = [
        [
            Cell(p.name if alone else p.qualified, mark="weak" if p.state == "inert" else "", link=p.link),
            setting_cell(
                p.setting or p.standing, mark={"unmapped": "warn", "outside": "weak"}.get(p.standing, "")
            ),
            Cell(shown(p.declared), mark="tight"),
            Cell(shown(p.given) if p.given is not None else "", mark="tight"),
            Cell(shown(p.effective), mark="tight"),
            Cell(p.state, mark="tight weak" if p.state == "inert" else "tight"),
            Cell(p.note),
        ]
        for p in shown_ones
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


def rules(model: ModelAudit) -> Table:
    """Canonical settings in force that no active parameter carries."""
    rows = [[Cell(name), Cell(shown(value))] for name, value in sorted(model.rules.items())]
    return Table(f"{model.name}: also in force", text_columns("setting", "value"), rows)


def differences(pair: Conflicts) -> Table:
    """Settings in force that differ, those first that change labels most often."""
    columns = (
        ("setting", False, ""),
        (pair.left, False, ""),
        (pair.right, False, ""),
        ("samples changed", True, "training samples on which switching it changes at least one label"),
        ("labels changed", True, "mean share of the evaluation rows"),
        (
            "switched in",
            False,
            "the model that was given the other's value, at each n the one in force there",
        ),
        ("why not", False, ""),
    )
    rows = [
        [
            setting_cell(d.setting),
            Cell(_valued(d.left, d.spelled_left)),
            Cell(_valued(d.right, d.spelled_right)),
            Cell(f"{d.changed} of {d.draws}", d.changed / d.draws) if d.draws else Cell(MISSING),
            Cell(percent(d.flipped) if d.flipped is not None else MISSING, d.flipped),
            Cell(
                d.switched if d.above_noise or not d.switched else f"{d.switched}; no more than another seed"
            ),
            Cell("" if d.switched else d.why_not),
        ]
        for d in pair.differences
    ]
    return Table("settings in force that differ, the most consequential first", columns, rows)


def alone(pair: Conflicts) -> Table:
    """Table of the settings that only one of the two models has, or reports."""
    columns = (("setting", False, ""), (pair.left, False, ""), (pair.right, False, ""))
    rows = [
        [
            setting_cell(d.setting),
            Cell(_valued(d.left, d.spelled_left)),
            Cell(_valued(d.right, d.spelled_right)),
        ]
        for d in pair.alone
    ]
    return Table("in force or reported in one of the two only", columns, rows)


def inactive(pair: Conflicts) -> Table:
    """Table of the parameters without effect whose setting the other model has, or that were passed."""
    columns = text_columns("parameter", "in", "value", "setting", "why")
    rows = [
        [Cell(i.parameter), Cell(i.model), Cell(shown(i.value)), setting_cell(i.setting), Cell(i.why)]
        for i in pair.inactive
    ]
    return Table("parameters without effect in one of the two", columns, rows)


def same_names(pair: Conflicts) -> Table:
    """Table of the names that stand for different settings, or different scales, in the two models."""
    return _clashes("same name, different meaning", pair, ("name", "means there", "means here"),
                    pair.same_names)  # fmt: skip


def same_settings(pair: Conflicts) -> Table:
    """Table of the settings that have two names and two scales in the two models."""
    return _clashes("one setting, another name and another scale", pair,
                    ("names", "its scale", "its scale there"), pair.same_settings)  # fmt: skip


def _clashes(
    caption: str, pair: Conflicts, headings: tuple[str, str, str], clashes: Sequence[NameClash]
) -> Table:
    name, left_meaning, right_meaning = headings
    columns = [(heading, False, "") for heading in (name, pair.left, left_meaning, pair.right, right_meaning)]
    rows = [[Cell(h.word), Cell(h.left), Cell(h.left_meaning), Cell(h.right), Cell(h.right_meaning)]
            for h in clashes]  # fmt: skip
    return Table(caption, columns, rows)


def checks(checked: Sequence[Checked], title: str = "rules of activity against experiments") -> Table:
    """Table with one row for each experiment, and one for each rule without an experiment."""
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
    for one in checked:
        if not one.outcomes:
            none = Cell("no experiment", mark="warn")
            rows.append([Cell(one.param), Cell(one.rule), *[Cell("")] * 3, none, Cell(""), Cell(one.why_not)])
        for k, outcome in enumerate(one.outcomes):
            acts = "" if k or one.rule == title else one.rule
            rows.append([Cell(one.param), Cell(acts), *_outcome(outcome)])
    return Table(title, columns, rows)


def _outcome(outcome: ProbeOutcome) -> list[Cell]:
    e = outcome.experiment
    where = ", ".join(f"{k}={shown(v)}" for k, v in e.under.items())
    change = MISSING if outcome.change is None else f"{outcome.change:.2g}"
    return [
        Cell(" | ".join(shown(v) for v in e.values)),
        Cell(f"{where} ({e.condition})" if e.condition else where),
        Cell(e.expected),
        Cell(outcome.effect, mark="" if outcome.holds else "bad"),
        Cell("0" if outcome.effect is ProbeEffect.NONE else change, outcome.change),
        Cell(
            "not with three classes"
            if outcome.out_of_reach
            else "holds"
            if outcome.holds
            else "contradicted"
            if outcome.contradicts
            else "no answer",
            mark="" if outcome.holds else "bad",
        ),
    ]


def _valued(value: Value, spelled: str) -> str:
    if value is None:
        return MISSING
    return f"{shown(value)} ({spelled})" if spelled and not spelled.endswith(f"={value}") else shown(value)


def _altering(change: Change) -> str:
    if change.alters is None:
        return escaped(change.experiment, 1000) if change.experiment else f"not tried: {change.kind}"
    return escaped(f"{'yes' if change.alters else 'no'}: {change.experiment}", 1000)


def changes(drift: Drift, title: str) -> Table:
    """Table with one row per change; names and values, which may come from any file, are escaped."""
    columns = (
        ("parameter", False, ""),
        ("model", False, ""),
        (
            "change",
            False,
            "value: the declared default; effective: in force after a fit; activity; new; gone; renamed",
        ),
        ("then", False, ""),
        ("now", False, ""),
        ("alters a fit", False, "the former default, set again in the fits of the models that take it"),
    )
    rows = [
        [
            Cell(escaped(c.parameter)),
            Cell(escaped(c.model)),
            Cell(c.kind),
            Cell("" if c.kind is ChangeKind.NEW else escaped(json.dumps(c.before))),
            Cell("" if c.kind is ChangeKind.GONE else escaped(json.dumps(c.after))),
            Cell(_altering(c), mark="strong" if c.alters else ""),
        ]
        for c in drift.changes
    ]
    return Table(title, columns, rows)
