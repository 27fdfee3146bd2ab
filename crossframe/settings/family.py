"""The family of a generalised linear model: its bindings, and the scale of a target of numbers."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from crossframe.core.errors import UsageError
from crossframe.core.types import FloatArray, Target, Value, as_float
from crossframe.settings.binding import Binding, Context, When, choice, number, renamed

OF_LINK: dict[Value, str] = {
    "identity": "gaussian", **dict.fromkeys(("logit", "probit", "cloglog", "cauchit"), "binomial"),
}  # fmt: skip
"""The family of a link that is not stated beside it, see ``family`` in the vocabulary."""
POWERS: dict[str, float] = {"gaussian": 0.0, "poisson": 1.0, "gamma": 2.0, "inverse_gaussian": 3.0}
"""Power of the mean in the variance; that of ``tweedie`` is ``family.power``."""


def stated(family: str, link: Value) -> str | None:
    """The canonical ``family`` beside a ``link``; None where the link alone says it."""
    return None if OF_LINK.get(link) == family else family


def of_settings(settings: Mapping[str, Value]) -> Value:
    """The family that canonical settings describe; None without a link."""
    return settings.get("family", OF_LINK.get(settings.get("link")))


def outside(settings: Mapping[str, Value], y: Target) -> tuple[int, str] | None:
    """The first row of a target (n,) that the family of canonical ``settings`` lacks, and what it takes.

    None where it has all of them.
    """
    name, power = settings.get("family"), as_float(settings.get("family.power", 1.5))
    if name in ("gamma", "inverse_gaussian") or (name == "tweedie" and power >= 2):
        rows, words = np.flatnonzero(y <= 0), "numbers above 0"
    elif name in ("poisson", "negative_binomial") or (name == "tweedie" and power >= 1):
        rows, words = np.flatnonzero(y < 0), "no negative numbers"
    else:
        return None
    spelled = {"poisson": "Poisson", "tweedie": "Tweedie"}.get(str(name), str(name).replace("_", " "))
    return (int(rows[0]), f"the {spelled} family takes {words}") if rows.size else None


def family(
    *, link_parameter: bool = False, links: Mapping[str, str] | None = None, several: bool = False
) -> Binding:
    """The binding of a parameter ``family`` to the canonical ``link``.

    With ``link_parameter`` the model has a parameter for the link as well, which decides. ``links`` are
    further families in the model's spelling, each with its link. ``several``: of more than two classes it has
    the family ``multinomial``, whose link is that of two.
    """
    more = dict(links or {})
    classes = ("binomial", "multinomial") if several else ("binomial",)
    encode, _ = renamed({"logit": "binomial", "identity": "gaussian", **{v: k for k, v in more.items()}})
    known = {**dict.fromkeys(classes, "logit"), "gaussian": "identity", **more}
    formula = "binomial (logit) for two classes, gaussian (identity) for numbers, where none is given"
    if link_parameter:
        formula = "binomial where link and target do not say otherwise; the others take a link"
    return Binding(
        "link",
        "family",
        choice(*classes, "gaussian", *more),
        encode,
        lambda v, c: known.get(str(v)) if c.native.get("link") is None else None,
        formula=formula,
    )


def distribution(names: Mapping[str, str], links: Mapping[str, str], *, several: bool = False) -> Binding:
    """The binding of a parameter ``family`` to the canonical ``family``.

    ``names``: canonical family -> the model's spelling; ``links``: canonical family -> its canonical link
    where none is given; ``several`` as of `family`.
    """
    known = {"binomial": "binomial", "gaussian": "gaussian", **names}
    spelling = {"binomial": "logit", "gaussian": "identity", **links}
    encode, decode = renamed(known)

    def encoded(value: Value, context: Context) -> Value:
        name, other = encode(value, context), context.native.get("family", "AUTO")
        if other not in ("AUTO", name):
            raise UsageError(f"family={value} does not go with family={other}, which the link decides for")
        return name

    def decoded(value: Value, context: Context) -> Value:
        name = str(decode(value, context))
        # H2O's AUTO: the link, or the target, says it.
        return stated(name, context.native.get("link") or spelling.get(name)) if name in known else None

    kinds = choice(*known.values(), "multinomial") if several else choice(*known.values())
    return Binding("family", "family", kinds, encoded, decoded)


def size(param: str, family: str, *, inverse: bool, reads: tuple[str, ...]) -> Binding:
    """The binding of ``param``, the size of a negative binomial distribution, or with ``inverse`` 1 / size.

    ``family`` is the model's own name of the distribution, ``reads`` as of `Binding`.
    """

    def turned(value: Value, context: Context) -> Value:
        return 1.0 / as_float(value) if inverse else as_float(value)

    return Binding(
        "family.theta",
        param,
        number(0, open_low=True),
        turned,
        lambda v, c: None if v is None else turned(v, c),
        active_if=(When("family", (family,)),),
        formula=f"{param} = 1 / theta" if inverse else "",
        reads=reads,
    )


def power(low: float, high: float) -> tuple[Binding, Binding]:
    """The bindings of a parameter ``power`` of the mean in the variance, from ``low`` to ``high``."""
    own = {name: p for name, p in POWERS.items() if low <= p <= high}

    def encode(family: Value, context: Context) -> Value:
        if family in own:
            return own[str(family)]
        if family != "tweedie":
            raise UsageError(f"family={family} has no power of the mean as its variance")
        if context.native.get("power") is None:
            raise UsageError("family=tweedie needs its power", "give family.power beside it")
        return context.native["power"]

    def decode(value: Value, context: Context) -> Value:
        name = next((name for name, p in POWERS.items() if p == value), "tweedie")
        return stated(name, context.native.get("link"))

    def exponent(value: Value, context: Context) -> Value:
        if value in POWERS.values():
            name = next(name for name, p in POWERS.items() if p == value)
            raise UsageError(f"the power {value:g} is that of family={name}", f"give family={name}")
        return value

    return (
        Binding(
            "family.power",
            "power",
            number(low, high),
            exponent,
            to_vocabulary=lambda v, c: None if v is None or as_float(v) in POWERS.values() else v,
        ),
        Binding(
            "family",
            "power",
            number(low, high),
            encode,
            decode,
            formula=", ".join(f"{p:g}: {name}" for name, p in own.items()) + "; others: tweedie",
        ),
    )


def spread(
    y: Target,
    settings: Mapping[str, Value],
    native: Mapping[str, Value],
    weights: FloatArray | None = None,
    offset: FloatArray | None = None,
) -> float:
    """The scale by which glmnet's Gaussian family divides the target ``y`` (n,), in the unit of ``y``.

    It is the standard deviation with 1/n; without an intercept the root of the mean square. With ``weights``
    (n,) it is that of the weighted rows, with an ``offset`` (n,) that of what is left of the target.
    """
    y = y if offset is None else y - offset
    if weights is None:
        intercept = native.get("intercept", settings.get("intercept", True))
        return float(np.std(y)) if intercept else float(np.sqrt(np.mean(np.square(y, dtype=np.float64))))
    intercept = native.get("intercept", settings.get("intercept", True))
    centre = np.average(y, weights=weights) if intercept else 0.0
    return float(np.sqrt(np.average((y - centre) ** 2, weights=weights)))
