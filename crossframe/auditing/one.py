"""One setting in full: ``crossframe audit MODEL --setting NAME``."""

from __future__ import annotations

from crossframe import settings
from crossframe.auditing import tables
from crossframe.auditing.check import Checked, rule
from crossframe.auditing.record import ModelAudit, Parameter
from crossframe.errors import UsageError
from crossframe.report.document import Document, Part
from crossframe.report.tables import Cell, Table
from crossframe.settings.base import Binding
from crossframe.settings.vocabulary import VOCABULARY


def find(model: str, name: str) -> Binding:
    """The binding of a setting in canonical or in the framework's spelling; `UsageError` for neither.

    Of several settings that one parameter carries, the last stands for all, as in the tables.
    """
    table = settings.bindings(model)
    found = [b for b in table if name in (b.setting, b.param)]
    if not found:
        if name in VOCABULARY:
            raise UsageError(f"{model} has no {name}", f"see crossframe list settings {model}")
        raise UsageError.unknown(
            f"setting of {model}", name, [n for b in table for n in (b.setting, b.param)]
        )
    return found[-1]


def document(model: ModelAudit, name: str, checked: Checked) -> Document:
    """Definition, formula, default, what is in force, the rule with its experiments, other frameworks."""
    binding = find(model.model, name)
    told = _told(model, binding)
    setting = VOCABULARY[binding.setting]
    facts = [
        ("definition", setting.definition),
        ("unit", setting.unit),
        ("formula", setting.formula),
        (f"{binding.param} enters as", binding.formula or "the same number"),
        (f"{binding.param} takes", binding.kind.describe),
        ("acts", rule(binding)),
    ]
    for p in told:
        facts += [
            (f"default of {p.qualified}", f"{tables.shown(p.declared)} ({p.provenance})"),
            ("passed by this model", tables.shown(p.given)),
            ("in force", tables.shown(p.effective)),
            ("in the vocabulary's units", tables.shown(model.in_force().get(binding.setting))),
            ("state", f"{p.state}: {p.note}" if p.state == "inert" else p.state),
            ("documentation", p.link),
        ]
    rows = [
        [Cell(what), Cell(said, link=said if what == "documentation" else "")] for what, said in facts if said
    ]
    full = Table(f"{binding.setting} in {model.name}", (("", False, ""), ("", False, "")), rows)
    return Document(
        f"{binding.setting} in {model.name}",
        f"{', '.join(f'{k} {v}' for k, v in model.versions.items())}; fitted on {model.n} rows",
        (_sentence(model, binding, checked),),
        (
            Part("setting", "The setting", tables=(full,)),
            Part("experiments", "The rule, by experiment", tables=(tables.checks([checked], rule(binding)),)),
            Part("elsewhere", "The same setting in other models", tables=(_elsewhere(binding),)),
            Part("homonyms", "The same word in other models", tables=(_homonyms(model.model, binding),)),
        ),
    )


def _told(model: ModelAudit, binding: Binding) -> list[Parameter]:
    """The framework's parameters that the binding stands for, or crossframe's own."""
    found = [p for p in model.parameters if binding.covers(p.qualified) and not p.beside]
    return found or [p for p in model.parameters if (p.owner, p.name) == ("crossframe", binding.param)]


def _sentence(model: ModelAudit, binding: Binding, checked: Checked) -> str:
    p = next(iter(_told(model, binding)), None)
    state = (
        f"{binding.param} is {p.state} in {model.name}"
        if p and p.state
        else f"{binding.param} of {model.name}"
    )
    if p and p.state == "inert":
        state += f": {p.note}"
    if not checked.outcomes:
        return f"{state}. No experiment: {checked.why_not}."
    seen = (
        "bear its rule out"
        if checked.holds
        else "CONTRADICT its rule"
        if checked.contradicted
        else "gave no answer"
    )
    return f"{state}. {len(checked.outcomes)} experiments {seen}."


_COLUMNS = (
    ("model", False, ""),
    ("parameter", False, ""),
    ("setting", False, ""),
    ("how the number enters", False, ""),
    ("acts", False, ""),
)


def _elsewhere(binding: Binding) -> Table:
    rows = [
        _row(model, b)
        for model, table in settings.BINDINGS.items()
        for b in table
        if b.setting == binding.setting
    ]
    return Table(binding.setting, _COLUMNS, rows)


def _homonyms(model: str, binding: Binding) -> Table:
    rows = [
        _row(other, b)
        for other, table in settings.BINDINGS.items()
        for b in {b.param: b for b in table}.values()
        if other != model and b.param == binding.param
        and (b.setting, b.formula) != (binding.setting, binding.formula)
    ]  # fmt: skip
    return Table(
        f"{binding.param} with another meaning"
        if rows
        else f"no other model has {binding.param} with another meaning",
        _COLUMNS,
        rows,
    )


def _row(model: str, b: Binding) -> list[Cell]:
    formula = b.formula or VOCABULARY[b.setting].formula or "the same number"
    return [Cell(model), Cell(b.param), Cell(b.setting), Cell(formula), Cell(rule(b))]
