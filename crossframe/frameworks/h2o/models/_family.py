"""``family`` and ``link`` of H2O's GLM, and what depends on which of them it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from crossframe.core.types import Value
from crossframe.frameworks.h2o.models._values import enum
from crossframe.settings.binding import Binding, Context
from crossframe.settings.family import OF_LINK, distribution
from crossframe.settings.probe import Probe

LINKS: dict[str, str] = {"binomial": "logit", "gaussian": "identity", "poisson": "log", "gamma": "inverse"}
"""Families, and the link of each where none is given."""
_MORE = {name: link for name, link in LINKS.items() if name not in ("binomial", "gaussian")}
_DEFAULT = "family_default"


def of_classes(native: Mapping[str, Value]) -> bool:
    """Whether native settings are those of two classes."""
    return native.get("family", "AUTO") in ("AUTO", "binomial")


def _link(value: Value, context: Context) -> Value:
    """The canonical link of a family, or of the link where one is given."""
    given, family = context.native.get("link"), str(context.native.get("family", "AUTO"))
    # AUTO: by the target, which is sent as classes.
    return given if given not in (None, _DEFAULT) else LINKS.get(family, "logit")


def _family(link: Value, context: Context) -> Value:
    """The family of a canonical link, unless one with that link is given."""
    given = context.native.get("family")
    return given if given in _MORE else OF_LINK.get(link, link)


def complete(asked: Mapping[str, Value], arguments: dict[str, Value]) -> dict[str, Value]:
    """The arguments, with a link that the family does not have by itself."""
    family, link = str(arguments.get("family")), asked.get("link")
    if family not in LINKS or link in (None, LINKS[family]) or "link" in arguments:
        return arguments
    return {**arguments, "link": link}


_KIND = enum("AUTO", *LINKS)
BINDINGS = (
    replace(distribution({name: name for name in _MORE}, LINKS), kind=_KIND),
    Binding(
        "link", "link", enum(_DEFAULT, "logit", "identity", "log", "inverse"), to_vocabulary=_link,
        formula="family_default: " + ", ".join(f"{name} {link}" for name, link in LINKS.items()),
    ),
    # The last binding of a setting is the one by which it is set.
    Binding(
        "link", "family", _KIND, _family, _link,
        formula="binomial (logit) for two classes, gaussian (identity) for numbers, where none is given",
    ),
)  # fmt: skip

PROBES = {
    "family": Probe(("binomial", "gaussian")),
    "link": Probe(("identity", "log"), {"family": "poisson", "lambda_": 0.1}),
}
