"""One model's parameters: the framework's list, the table of settings, and what a fit reports."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from importlib import import_module

from crossframe.audit.record import ModelAudit, Parameter, untupled
from crossframe.core.types import Target, Value
from crossframe.experiment.contestants import Contestant
from crossframe.experiment.record import Record
from crossframe.frameworks.contract import Declared
from crossframe.frameworks.registry import framework, model
from crossframe.settings.family import spread

_OURS = "crossframe"


def _worded(value: Value) -> Value:
    """The value, an infinite or undefined number as text, because JSON has no such number."""
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def assemble(
    name: str,
    c: Contestant,
    declared: Sequence[Declared],
    fit: Record,
    reported: Mapping[str, str],
    y: Target,
    three_classes: bool = False,
) -> ModelAudit:
    """Match the framework's parameters with the table of settings, and with what the fit reports.

    ``name`` is the name of the audit, ``c`` the resolved contestant, ``declared`` the framework's defaults,
    ``fit`` the record of the fit on rows with the target ``y``, of ``three_classes`` or of two, and
    ``reported`` the versions that the runtime reports.
    """
    of = model(c.model)
    table = of.bindings
    given = {**of.passed, **of.to_native(c.settings, c.native, len(y), spread(y, c.settings, c.native))}
    effective, canonical, inert = (
        untupled(fit.fields.get(k, {})) for k in ("effective", "canonical", "inert")
    )
    capture = framework(c.engine).capture
    captured = import_module(capture) if capture else None
    documentation = getattr(captured, "documentation", lambda owner, name, version: "")
    other_owner = getattr(captured, "other_owner", lambda owner, effective: "")
    version = next(iter(reported.values()), "")

    def described(p: Parameter) -> Parameter:
        # Where one parameter carries several settings, the last effective one stands for all of them.
        carried = [b for b in reversed(table) if b.covers(p.qualified)]
        binding = next((b for b in carried if b.setting in canonical), carried[0] if carried else None)
        if binding is None and p.owner == _OURS:
            binding = next(b for b in reversed(table) if b.param == p.name)
        if binding is None:
            why = next((o for pattern, o in of.outside.items() if fnmatchcase(p.qualified, pattern)), None)
            return replace(p, standing="outside", note=why.why) if why else p
        beside = other_owner(p.owner, effective)
        inactive = beside or inert.get(binding.param, "")
        return replace(
            p,
            standing="mapped",
            setting=binding.setting,
            given=_worded(given.get(binding.param)),
            effective=None if beside else _worded(effective.get(binding.param)),
            canonical=None if inactive else _worded(canonical.get(binding.setting)),
            state="" if not fit.status.usable else "inert" if inactive else "active",
            note=inactive or binding.formula,
            beside=bool(beside),
        )

    parameters = [
        described(Parameter(d.owner, d.name, "unmapped", declared=_worded(d.value), provenance=d.provenance,
                            link=documentation(d.owner, d.name, version)))
        for d in declared
    ]  # fmt: skip
    matched = {b.param for b in table for p in parameters if not p.beside and b.covers(p.qualified)}
    parameters += [
        described(Parameter(_OURS, b, "mapped", provenance="crossframe's own"))
        for b in dict.fromkeys(b.param for b in table)
        if b not in matched and (b in given or b in effective) and b not in inert
    ]
    # The setting of an inactive parameter may still be effective by another rule.
    bound = {p.setting for p in parameters if p.state == "active" and p.canonical is not None}
    rules = {**(of.of_several if three_classes else {}), **canonical}
    return ModelAudit(
        name=name,
        model=c.model,
        versions=reported,
        parameters=tuple(parameters),
        rules={k: _worded(v) for k, v in rules.items() if k not in bound},
        n=len(y),
        ending="; ".join(filter(None, (str(fit.status), fit.fields["convergence"]))),
        evidence=tuple(fit.fields["evidence"]),
    )
