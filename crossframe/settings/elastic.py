"""One elastic net in two coordinates: (strength, mix) and (l2, l1).

    strength * (mix |b|_1 + (1-mix)/2 |b|^2)  =  l1 |b|_1 + l2/2 |b|^2

with l1 = mix * strength and l2 = (1-mix) * strength, beside the mean loss. scikit-learn and H2O
take a strength and a mix (Friedman, Hastie and Tibshirani 2010, J. Stat. Softw. 33(1), eq. 2-3);
a comparison is easier to read in l2 and l1.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from crossframe.core.errors import UsageError
from crossframe.core.types import Value, as_float
from crossframe.settings.binding import Binding, Context, Convert, Kind

PARTS = ("penalty.l2", "penalty.l1")
"""The two parts of an elastic net."""
WHOLE = ("penalty.strength", "penalty.mix")
"""Its other two coordinates."""


def bind(
    param: str,
    kind: Kind,
    mix_param: str,
    mix_kind: Kind,
    default_mix: float | None,
    scale: tuple[Callable[[float, float], float], Callable[[float, float], float]] = (
        lambda strength, n: strength,
        lambda value, n: value,
    ),
) -> tuple[Binding, ...]:
    """The bindings of mix, l2, l1 and strength where ``param`` is a strength and ``mix_param`` the mix.

    ``kind`` and ``mix_kind`` are the values that these take, ``default_mix`` is the framework's (None: it
    chooses and reports it); ``scale`` turns (strength, training rows) into ``param``, and back.
    """
    outward, inward = scale

    def parts(value: Value, context: Context) -> tuple[float, float] | None:
        mix = context.native.get(mix_param, default_mix)
        if value is None or mix is None:
            return None
        return inward(as_float(value), context.n), as_float(mix)

    def strength(value: Value, context: Context) -> Value:
        return outward(as_float(value), context.n)

    def part(name: str) -> tuple[Convert, Convert]:
        def share(mix: float) -> float:
            return mix if name == "penalty.l1" else 1.0 - mix

        def encode(value: Value, context: Context) -> Value:
            mix = context.native.get(mix_param)
            amount = share(as_float(mix)) if mix is not None else 1.0
            if amount == 0.0 and value != 0:
                raise UsageError(f"{mix_param}={mix} leaves no {name}", f"leave {mix_param} out")
            return outward(as_float(value) / (amount or 1.0), context.n)

        def decode(value: Value, context: Context) -> Value:
            known = parts(value, context)
            return None if known is None else share(known[1]) * known[0]

        return encode, decode

    return (
        Binding("penalty.mix", mix_param, mix_kind),
        *(Binding(name, param, kind, *part(name)) for name in PARTS),
        Binding(
            "penalty.strength",
            param,
            kind,
            strength,
            lambda v, c: None if v is None else inward(as_float(v), c.n),
        ),
    )


def fold(
    bindings: tuple[Binding, ...], settings: Mapping[str, Value], native: Mapping[str, Value]
) -> dict[str, Value]:
    """``settings`` with l2 and l1 of an elastic net replaced by its strength and mix.

    If only one of the two is given the other is 0, unless ``native`` has the mix, which then says what
    share of the strength the given one is. Settings of models without an elastic net are unchanged.

    Raises
    ------
    UsageError
        When settings of both coordinates are given.
    """
    table = {b.setting: b for b in bindings}
    parts = [name for name in PARTS if name in settings]
    if not parts or not set(WHOLE) <= set(table):
        return dict(settings)
    mix_param = table["penalty.mix"].param
    clash = [name for name in WHOLE if name in settings]
    if clash or (len(parts) == 2 and native.get(mix_param) is not None):
        other = " and ".join(clash or [mix_param])
        raise UsageError(
            f"{' and '.join(parts)} beside {other}: two spellings of one penalty",
            "give penalty.l2 and penalty.l1, or penalty.strength and penalty.mix",
        )
    if native.get(mix_param) is not None:
        return dict(settings)
    l2, l1 = (as_float(settings.get(name, 0.0)) for name in PARTS)
    rest = {name: value for name, value in settings.items() if name not in PARTS}
    return {**rest, "penalty.strength": l2 + l1, "penalty.mix": l1 / (l2 + l1) if l2 + l1 else 0.0}
