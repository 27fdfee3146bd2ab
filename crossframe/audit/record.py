"""The result of an audit: every parameter of a model, its default, and its effective value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from crossframe.core.environment import portable
from crossframe.core.types import Value

if TYPE_CHECKING:
    from crossframe.report.document import Document

SCHEMA = 1
"""The version of an audit's JSON, and of a snapshot."""


@dataclass(frozen=True)
class Parameter:
    """One parameter of a framework's callable, or one that crossframe adds to it.

    Attributes
    ----------
    owner, name
        The callable and its parameter, as ``LogisticRegression`` and ``C``; the owner ``crossframe``
        holds what only crossframe's own network has.
    standing
        ``mapped`` to a canonical setting, ``outside`` (cannot change what is fitted here),
        ``unmapped``.
    setting
        Canonical name.
    declared
        The framework's default, None where it is none or required.
    given
        What the audited model passes, None where it passes nothing.
    effective
        What the framework reports after training, None where it does not report it.
    canonical
        The value in force in the units of the vocabulary, None where it is not known.
    state
        ``active``, ``inert``, or empty for what is no setting.
    note
        Why it is inert, or outside; else how its value enters, where that is not the vocabulary's
        formula.
    provenance, link
        The call that gave the default, and the official documentation.
    beside
        It belongs to a callable that this model does not use, as another optimizer.
    """

    owner: str
    name: str
    standing: str
    setting: str = ""
    declared: Value = None
    given: Value = None
    effective: Value = None
    canonical: Value = None
    state: str = ""
    note: str = ""
    provenance: str = ""
    link: str = ""
    beside: bool = False

    @property
    def qualified(self) -> str:
        """The name as ``callable.parameter``, for instance ``LogisticRegression.C``."""
        return f"{self.owner}.{self.name}"


@dataclass(frozen=True, repr=False)
class ModelAudit:
    """One model, fitted once on a small sample to see what is in force.

    Attributes
    ----------
    name
        ``engine.model``, with overrides, or a contestant's name.
    model
        ``engine.model``.
    versions
        Of the framework and its runtime.
    parameters
        In the framework's order.
    rules
        Canonical settings in force that no active parameter carries.
    n
        Training rows of the fit.
    ending
        How the fit ended: the text of `Status`, and the framework's own message or the stopping rule.
    evidence
        Warnings and messages of the framework.
    sample
        The rows of the fit in words, where the model refuses the digits; else empty.
    """

    name: str
    model: str
    versions: Mapping[str, str]
    parameters: tuple[Parameter, ...]
    rules: Mapping[str, Value] = field(default_factory=dict)
    n: int = 0
    ending: str = ""
    evidence: tuple[str, ...] = ()
    sample: str = ""

    def __str__(self) -> str:
        inert = sum(p.state == "inert" and not p.beside for p in self.parameters)
        versions = ", ".join(f"{name} {version}" for name, version in list(self.versions.items())[:1])
        return (
            f"{self.name} ({versions}): {self.count('mapped')} settings, {inert} without effect in this fit, "
            f"{self.count('unmapped')} without a canonical name"
        )

    def __repr__(self) -> str:
        return f"<ModelAudit of {self.name}>"

    @property
    def key(self) -> str:
        """The key of its part in the page."""
        return self.name.replace(" ", "-")

    @property
    def engine(self) -> str:
        """The name of the framework: ``model`` up to its first point."""
        return self.model.partition(".")[0]

    def count(self, standing: str) -> int:
        """Parameters of the framework that are ``mapped``, ``outside`` or ``unmapped``."""
        return sum(p.standing == standing and p.owner != "crossframe" for p in self.parameters)

    @property
    def coverage(self) -> float:
        """Mapped share of the parameters that can change a fitted number."""
        mapped, unmapped = self.count("mapped"), self.count("unmapped")
        return mapped / (mapped + unmapped) if mapped + unmapped else 1.0

    def in_force(self) -> dict[str, Value]:
        """Effective canonical settings by name: of active parameters, and those that follow from rules."""
        active = {
            p.setting: p.canonical for p in self.parameters if p.state == "active" and p.canonical is not None
        }
        return {**self.rules, **active}

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON, with the numbers of parameters by standing and the coverage."""
        counts = {standing: self.count(standing) for standing in ("mapped", "unmapped", "outside")}
        return {**asdict(self), "counts": counts, "coverage": round(self.coverage, 4)}


def _rounded(value: Value) -> Value:
    return float(f"{value:.6g}") if isinstance(value, float) else value


def untupled(plain: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a record read from JSON, with tuples in place of lists."""
    return {k: tuple(v) if isinstance(v, list) else v for k, v in plain.items()}


@dataclass(frozen=True)
class Missing:
    """An engine that could not be audited, why, and the command that fixes it."""

    engine: str
    reason: str
    remedy: str


@dataclass(frozen=True, repr=False)
class Audit:
    """The audits of installed models on data with ``classes``, and engines that could not be audited."""

    models: tuple[ModelAudit, ...]
    missing: tuple[Missing, ...] = ()
    classes: int = 2

    def __str__(self) -> str:
        return self._document().brief([str(model) for model in self.models])

    def __repr__(self) -> str:
        return f"<Audit of {', '.join(model.name for model in self.models) or 'no model'}>"

    def _repr_html_(self) -> str:
        return self._document().notebook("coverage", *(m.key for m in self.models if len(self.models) == 1))

    def _document(self) -> Document:
        from crossframe.audit.documents import defaults

        return defaults(self)

    def to_dict(self) -> dict[str, Any]:
        """The audit as plain JSON values, schema 1: ``models``, ``missing`` and ``classes``."""
        return {
            "schema": SCHEMA,
            "kind": "crossframe-audit",
            "models": [model.to_dict() for model in self.models],
            "missing": [asdict(gone) | {"remedy": portable(gone.remedy)} for gone in self.missing],
            "classes": self.classes,
        }

    def snapshot(self) -> dict[str, Any]:
        """What is compared with a snapshot: versions, and every parameter.

        Effective values that a framework computed from the data are rounded to six figures, because the
        last digits depend on the processor.
        """
        return {
            "frameworks": {model.engine: dict(model.versions) for model in self.models},
            "models": {
                model.name: {
                    p.qualified: {
                        "value": p.declared,
                        "effective": _rounded(p.effective),
                        "state": p.state or None,
                        "setting": p.setting or None,
                    }
                    for p in model.parameters
                }
                for model in self.models
            },
        }
