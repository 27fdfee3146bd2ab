"""One model's parameters: the framework's list, the table of settings, and what a fit reports."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from importlib import import_module

from crossframe import settings
from crossframe.auditing.record import ModelAudit, Parameter
from crossframe.engines.base import Declared, FitResult, Value
from crossframe.models.contestants import Contestant

_OURS = "crossframe"


def captured_by(engine: str) -> str:
    """The module of `crossframe.capture` that knows the engine's framework."""
    return "keras" if engine == "rkeras" else engine


def _worded(value: Value) -> Value:
    """An infinite number as the word that JSON lacks a number for."""
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def assemble(
    name: str,
    c: Contestant,
    declared: Sequence[Declared],
    fit: FitResult,
    found: Mapping[str, str],
    n: int,
) -> ModelAudit:
    """Match the framework's parameters with the table of settings, and with what the fit reports."""
    table = settings.bindings(c.model)
    given = {
        **settings.PASSED.get(c.model, {}),
        **settings.to_native(c.model, c.settings, c.native, n),
    }
    captured = import_module(f"crossframe.capture.{captured_by(c.engine)}")
    other_owner = getattr(captured, "other_owner", lambda owner, effective: "")
    version = next(iter(found.values()), "")

    def described(p: Parameter) -> Parameter:
        # Of several settings that one parameter carries, the last in force stands for all of them.
        carried = [b for b in reversed(table) if b.covers(p.qualified)]
        binding = next((b for b in carried if b.setting in fit.canonical), carried[0] if carried else None)
        if binding is None and p.owner == _OURS:
            binding = next(b for b in reversed(table) if b.param == p.name)
        if binding is None:
            why = next(
                (o for pattern, o in settings.OUTSIDE[c.model].items() if fnmatchcase(p.qualified, pattern)),
                None,
            )
            return replace(p, standing="outside", note=why.why) if why else p
        beside = other_owner(p.owner, fit.effective)
        idle = beside or fit.inert.get(binding.param, "")
        told = fit.status.usable
        return replace(
            p,
            standing="mapped",
            setting=binding.setting,
            given=_worded(given.get(binding.param)),
            effective=None if beside else _worded(fit.effective.get(binding.param)),
            canonical=None if idle else _worded(fit.canonical.get(binding.setting)),
            state="" if not told else "inert" if idle else "active",
            note=idle or binding.formula,
            beside=bool(beside),
        )

    parameters = [
        described(Parameter(d.owner, d.name, "unmapped", declared=_worded(d.value), provenance=d.provenance,
                            link=captured.documentation(d.owner, d.name, version)))
        for d in declared
    ]  # fmt: skip
    matched = {b.param for b in table for p in parameters if not p.beside and b.covers(p.qualified)}
    parameters += [
        described(Parameter(_OURS, b, "mapped", provenance="crossframe's own"))
        for b in dict.fromkeys(b.param for b in table)
        if b not in matched and (b in given or b in fit.effective) and b not in fit.inert
    ]
    # What an idle parameter carries may still be in force by another rule.
    bound = {p.setting for p in parameters if p.state == "active" and p.canonical is not None}
    return ModelAudit(
        name=name,
        model=c.model,
        versions=found,
        parameters=tuple(parameters),
        rules={k: _worded(v) for k, v in fit.canonical.items() if k not in bound},
        n=n,
        ending="; ".join(filter(None, (str(fit.status), fit.convergence))),
        evidence=fit.evidence,
    )
