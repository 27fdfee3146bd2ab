"""``family`` and ``link`` of H2O's GLM, and what depends on which of them it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from crossframe.core.types import Value
from crossframe.frameworks.h2o.models._values import enum
from crossframe.settings.binding import Binding, Context, When
from crossframe.settings.family import OF_LINK, distribution, size
from crossframe.settings.probe import Probe

CLASSES = ("binomial", "multinomial")
LINKS: dict[str, str] = {
    **dict.fromkeys(CLASSES, "logit"), "gaussian": "identity", "negativebinomial": "log", "poisson": "log",
    "gamma": "inverse",
}  # fmt: skip
"""Families, and the link of each where none is given."""
_MORE = {name: link for name, link in LINKS.items() if name not in (*CLASSES, "gaussian")}
_NAMES = {"negativebinomial": "negative_binomial"}
"""Names of families in H2O -> canonical ones, where they differ."""
_DEFAULT = "family_default"


def of_classes(native: Mapping[str, Value]) -> bool:
    """Whether native settings are those of classes."""
    return native.get("family", "AUTO") in ("AUTO", *CLASSES)


def _link(value: Value, context: Context) -> Value:
    """The canonical link of a family, or of the link where one is given."""
    given, family = context.native.get("link"), str(context.native.get("family", "AUTO"))
    # The server reports the multinomial family's own link by the family's name.
    given = None if given == "multinomial" else given
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
    replace(
        distribution({_NAMES.get(name, name): name for name in _MORE}, {**LINKS, "negative_binomial": "log"}),
        kind=_KIND,
    ),
    size("theta", "negativebinomial", inverse=True, reads=("glm.theta",)),
    Binding(
        "family.theta_estimate",
        "dispersion_parameter_method",
        enum("pearson", "deviance", "ml"),
        lambda v, c: {"maximum_likelihood": "ml", "given": "pearson"}[str(v)],
        lambda v, c: "maximum_likelihood" if v == "ml" else "given",
        active_if=(When("family", ("negativebinomial",)),),
        formula="ml: theta is where the estimate begins; pearson and deviance are about the dispersion, "
        "which no coefficient depends on",
    ),
    Binding(
        "link", "link", enum(_DEFAULT, "logit", "identity", "log", "inverse", "multinomial"),
        to_vocabulary=_link,
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
    "theta": Probe((0.5, 2.0), {"family": "negativebinomial"}, ({"family": "poisson"},)),
    "dispersion_parameter_method": Probe(
        ("pearson", "ml"),
        {"family": "negativebinomial"},
        ({"family": "poisson"},),
        skip={("family", "gamma"): "there it estimates the dispersion, which no coefficient depends on"},
        refused=True,
    ),
    "link": Probe(("identity", "log"), {"family": "poisson", "lambda_": 0.1}),
}
