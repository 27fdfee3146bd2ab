"""One setting in full: ``crossframe audit MODEL --setting NAME``."""

from __future__ import annotations

from crossframe.audit import tables
from crossframe.audit.check import Checked, rule
from crossframe.audit.record import ModelAudit, Parameter
from crossframe.core.errors import UsageError
from crossframe.core.text import sentence
from crossframe.frameworks.registry import model as registered
from crossframe.frameworks.registry import models
from crossframe.report.document import Document, Part
from crossframe.report.table import Cell, Table, setting_cell, shown, text_columns
from crossframe.settings.binding import Binding
from crossframe.settings.vocabulary import VOCABULARY, titled


def carries(model: str, name: str) -> bool:
    """Whether a parameter of the model carries the setting.

    Raises `UsageError` for a name that is neither a setting of the vocabulary nor a parameter of the model.
    """
    if any(name in (b.setting, b.param) for b in registered(model).bindings):
        return True
    if name not in VOCABULARY:
        find(model, name)
    return False


def find(model: str, name: str) -> Binding:
    """The binding of a setting, given in canonical or in the framework's spelling.

    A name of both is that of the parameter, as it is where a value is given. Where one parameter carries
    several settings, the last stands for all, as in the tables. Raises `UsageError` for an unknown name.
    """
    table = registered(model).bindings
    named = [b for b in table if b.param == name] or [b for b in table if b.setting == name]
    if not named:
        if name in VOCABULARY:
            raise UsageError(f"{model} has no {name}", f"see crossframe list settings {model}")
        raise UsageError.unknown(
            f"setting of {model}", name, [n for b in table for n in (b.setting, b.param)]
        )
    return named[-1]


def by_rule(model: ModelAudit, name: str) -> Document | None:
    """The page of a setting that no parameter of the model carries; None where it has no such setting."""
    if name not in model.rules or any(b.setting == name for b in registered(model.model).bindings):
        return None
    setting = VOCABULARY[name]
    value = shown(model.rules[name])
    acts = "always: no parameter of the model carries it"
    if name == "decision.threshold":
        acts += f"; crossframe cuts the scores elsewhere with {model.model}:{name}=0.5"
    facts = [
        ("definition", setting.definition),
        ("unit", setting.unit),
        ("formula", setting.formula),
        ("in force", value),
        ("acts", acts),
    ]
    rows = [[Cell(what), Cell(words)] for what, words in facts if words]
    other = [
        [Cell(m.name), Cell(shown(m.always[name]))]
        for m in models().values()
        if name in m.always and m.name != model.model
    ]
    elsewhere = (
        Table(name, _COLUMNS, [_row(m, b) for m, b in _carrying(name)]),
        Table("by a rule of the model", text_columns("model", "value"), other),
    )
    return Document(
        sentence(f"{titled(name)} in {model.name}").removesuffix("."),
        f"{', '.join(f'{k} {v}' for k, v in model.versions.items())}; fitted on {model.n} rows",
        (
            sentence(
                f"{titled(name)} is {value} in {model.name}, by a rule of the model: no parameter of it "
                "carries it"
            ),
        ),
        (
            Part("setting", "The setting", tables=(Table(name, text_columns("", ""), rows),)),
            Part(
                "elsewhere",
                "The same setting in other models",
                tables=tuple(table for table in elsewhere if table.rows),
            ),
        ),
    )


def document(model: ModelAudit, name: str, checked: Checked) -> Document:
    """The page of one setting: definition, default, effective value, rule, experiments, other models."""
    binding = find(model.model, name)
    setting = VOCABULARY[binding.setting]
    facts = [
        ("definition", setting.definition),
        ("unit", setting.unit),
        ("formula", setting.formula),
        (f"{binding.param} enters as", binding.formula or "the same number"),
        (f"{binding.param} takes", binding.kind.describe),
        ("acts", rule(binding)),
    ]
    for p in _parameters(model, binding):
        facts += [
            (f"default of {p.qualified}", f"{shown(p.declared)} ({p.provenance})"),
            ("passed by this model", shown(p.given)),
            ("in force", shown(p.effective)),
            ("in the vocabulary's units", shown(model.in_force().get(binding.setting))),
            ("state", f"{p.state}: {p.note}" if p.state == "inert" else p.state),
            ("documentation", p.link),
        ]
    rows = [
        [Cell(what), Cell(words, link=words if what == "documentation" else "")]
        for what, words in facts
        if words
    ]
    full = Table(f"{binding.setting} in {model.name}", text_columns("", ""), rows)
    return Document(
        sentence(f"{titled(binding.setting)} in {model.name}").removesuffix("."),
        f"{', '.join(f'{k} {v}' for k, v in model.versions.items())}; fitted on {model.n} rows",
        (_sentence(model, binding, checked),),
        (
            Part("setting", "The setting", tables=(full,)),
            Part("experiments", "The rule, by experiment", tables=(tables.checks([checked], rule(binding)),)),
            _listed(
                "elsewhere",
                "The same setting in other models",
                _elsewhere(model.model, binding),
                f"No other model has a parameter for {titled(binding.setting)}.",
            ),
            _listed(
                "same-name",
                "The same name in other models",
                _same_name(model.model, binding),
                f"No other model has a parameter {binding.param} with another meaning.",
            ),
        ),
    )


def _parameters(model: ModelAudit, binding: Binding) -> list[Parameter]:
    """The framework's parameters that the binding stands for, or crossframe's own."""
    own = [p for p in model.parameters if binding.covers(p.qualified) and not p.beside]
    return own or [p for p in model.parameters if (p.owner, p.name) == ("crossframe", binding.param)]


def _sentence(model: ModelAudit, binding: Binding, checked: Checked) -> str:
    p = next(iter(_parameters(model, binding)), None)
    state = f"{binding.param} {f'is {p.state} in' if p and p.state else 'of'} {model.name}"
    if p and p.state == "inert":
        state += f": {p.note}"
    if not checked.outcomes:
        return f"{state}. No experiment: {checked.why_not}."
    unsure = "CONTRADICT its rule" if checked.contradicted else "gave no answer"
    seen = "agree with its rule" if checked.holds else unsure
    return f"{state}. {len(checked.outcomes)} experiments {seen}."


_COLUMNS = text_columns("model", "parameter", "setting", "how the number enters", "acts")


def _listed(key: str, heading: str, table: Table, none: str) -> Part:
    """A part with the table, or with the sentence ``none`` where it has no rows."""
    return Part(key, heading, tables=(table,)) if table.rows else Part(key, heading, (none,))


def _elsewhere(model: str, binding: Binding) -> Table:
    rows = [_row(name, b) for name, b in _carrying(binding.setting) if name != model]
    return Table(binding.setting, _COLUMNS, rows)


def _carrying(setting: str) -> list[tuple[str, Binding]]:
    return [(name, b) for name, m in models().items() for b in m.bindings if b.setting == setting]


def _same_name(model: str, binding: Binding) -> Table:
    rows = [
        _row(other, b)
        for other, m in models().items()
        for b in {b.param: b for b in m.bindings}.values()
        if other != model and b.param == binding.param
        and (b.setting, b.formula) != (binding.setting, binding.formula)
    ]  # fmt: skip
    return Table(f"{binding.param} with another meaning", _COLUMNS, rows)


def _row(model: str, b: Binding) -> list[Cell]:
    formula = b.formula or VOCABULARY[b.setting].formula or "the same number"
    return [Cell(model), Cell(b.param), setting_cell(b.setting), Cell(formula), Cell(rule(b))]
