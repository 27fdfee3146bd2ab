"""One elastic net in two coordinates: (strength, mix) and (l2, l1).

    strength * (mix |b|_1 + (1-mix)/2 |b|^2)  =  l1 |b|_1 + l2/2 |b|^2

with l1 = mix * strength and l2 = (1-mix) * strength, beside the mean loss. scikit-learn and H2O
take a strength and a mix (Friedman, Hastie and Tibshirani 2010, J. Stat. Softw. 33(1), eq. 2-3);
a comparison is easier to read in l2 and l1.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from crossframe.engines.base import Value
from crossframe.errors import UsageError
from crossframe.settings.base import Binding, Context, Convert, Kind

_PARTS = ("penalty.l2", "penalty.l1")
_WHOLE = ("penalty.strength", "penalty.mix")


def bind(
    param: str,
    kind: Kind,
    mix_param: str,
    mix_kind: Kind,
    default_mix: float | None,
    scale: tuple[Callable[[float, int], float], Callable[[float, int], float]],
) -> tuple[Binding, ...]:
    """The four settings of a framework whose ``param`` is a strength and ``mix_param`` the mix.

    ``default_mix`` is the framework's (None: chosen by it and told after the fit); ``scale`` turns
    the strength into the value of ``param``, given n, and back.
    """
    outward, inward = scale

    def told(value: Value, context: Context) -> tuple[float, float] | None:
        mix = context.native.get(mix_param, default_mix)
        if value is None or mix is None:
            return None
        return inward(_real(value), context.n), _real(mix)

    def strength(value: Value, context: Context) -> Value:
        return outward(_real(value), context.n)

    def part(name: str) -> tuple[Convert, Convert]:
        def share(mix: float) -> float:
            return mix if name == "penalty.l1" else 1.0 - mix

        def encode(value: Value, context: Context) -> Value:
            mix = context.native.get(mix_param)
            amount = share(_real(mix)) if mix is not None else 1.0
            if amount == 0.0 and value != 0:
                raise UsageError(f"{mix_param}={mix} leaves no {name}", f"leave {mix_param} out")
            return outward(_real(value) / (amount or 1.0), context.n)

        def decode(value: Value, context: Context) -> Value:
            known = told(value, context)
            return None if known is None else share(known[1]) * known[0]

        return encode, decode

    return (
        Binding("penalty.mix", mix_param, mix_kind),
        *(Binding(name, param, kind, *part(name)) for name in _PARTS),
        Binding(
            "penalty.strength",
            param,
            kind,
            strength,
            lambda v, c: None if v is None else inward(_real(v), c.n),
        ),
    )


def fold(
    bindings: tuple[Binding, ...], settings: Mapping[str, Value], native: Mapping[str, Value]
) -> dict[str, Value]:
    """``settings`` with the two parts of an elastic net as its strength and mix.

    One part alone leaves the other at 0, unless the mix was given in the framework's own spelling:
    then it says what share of the strength the part is. Other models pass unchanged.

    Raises
    ------
    UsageError
        When the two coordinates are mixed, so that the answer would depend on which one wins.
    """
    table = {b.setting: b for b in bindings}
    parts = [name for name in _PARTS if name in settings]
    if not parts or not set(_WHOLE) <= set(table):
        return dict(settings)
    mix_param = table["penalty.mix"].param
    clash = [name for name in _WHOLE if name in settings]
    if clash or (len(parts) == 2 and native.get(mix_param) is not None):
        other = " and ".join(clash or [mix_param])
        raise UsageError(
            f"{' and '.join(parts)} beside {other}: two spellings of one penalty",
            "give penalty.l2 and penalty.l1, or penalty.strength and penalty.mix",
        )
    if native.get(mix_param) is not None:
        return dict(settings)
    l2, l1 = (_real(settings.get(name, 0.0)) for name in _PARTS)
    rest = {name: value for name, value in settings.items() if name not in _PARTS}
    return {**rest, "penalty.strength": l2 + l1, "penalty.mix": l1 / (l2 + l1) if l2 + l1 else 0.0}


def _real(value: Value) -> float:
    return float(value)  # type: ignore[arg-type]
