"""Which of its own settings make h2o's net as accurate as Beam's.

They are chosen on half of the draws and proved on the other half. Every set of `SWITCHES` is fitted, but for
more epochs with the stop at zero training error, which has ended training before. A cut of the labels at 0.5
in place of H2O's own threshold is one more switch, which needs no fit of its own.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import combinations

from crossframe.claims.accuracies import absent
from crossframe.claims.claim import Effect
from crossframe.claims.judge import at_least, conjunction, in_words
from crossframe.claims.original import Ruling
from crossframe.claims.setting_effect import EQUAL
from crossframe.core.statistics import Interval
from crossframe.core.text import plural
from crossframe.experiment.view import View
from crossframe.studies.leek_beam.runs import H2O, MLP

_STOP, _EPOCHS = "classification_stop=-1", "epochs=200"

SWITCHES = {
    "standardize=false": "raw pixels",
    _STOP: "no stop at zero training error",
    _EPOCHS: "200 epochs in place of 20",
    "activation=Rectifier": "rectifiers in place of tanh",
}
"""Settings of h2o.deeplearning with the value that Beam's net has, each with its words."""

MOST = 3
"""Changes of the largest set that `chosen` takes."""

CUT = "labels cut at p > 0.5"
_LABELS = {"accuracy": (), "accuracy_half": (CUT,)}


@dataclass(frozen=True)
class Remedy:
    """A set of switches.

    Attributes
    ----------
    settings
        Those of `SWITCHES` that are made.
    column
        Which accuracy counts: ``accuracy``, with H2O's own labels, or ``accuracy_half``.
    """

    settings: tuple[str, ...]
    column: str

    @property
    def contestant(self) -> str:
        """The contestant with these settings."""
        return H2O + (":" + ",".join(self.settings) if self.settings else "")

    @property
    def size(self) -> int:
        """The number of switches, the cut of the labels among them."""
        return len(self.settings) + len(_LABELS[self.column])

    def __str__(self) -> str:
        words = [*_LABELS[self.column], *(SWITCHES[setting] for setting in self.settings)]
        return ", ".join(words) or "nothing changed"

    def behind(self, view: View, n: int, draws: Collection[int]) -> Interval:
        """The accuracy of the net with these switches minus that of Beam's, on some of the draws."""
        return view.difference(self.contestant, MLP, n, self.column, draws)


def remedies() -> Iterator[Remedy]:
    """Every set that is tried, smallest first."""
    sets = [chosen for size in range(len(SWITCHES) + 1) for chosen in combinations(SWITCHES, size)]
    able = [s for s in sets if _STOP in s or _EPOCHS not in s]
    yield from sorted((Remedy(s, column) for s in able for column in _LABELS), key=lambda r: r.size)


def contestants() -> list[str]:
    """Beam's net, and h2o's with every set of switches."""
    return list(dict.fromkeys([MLP, *(remedy.contestant for remedy in remedies())]))


def halves(view: View) -> tuple[list[int], list[int]]:
    """The draws on which a remedy is chosen, and those on which it is proved."""
    draws = sorted({int(cell["draw"]) for cell in view.of(MLP)})
    return draws[: len(draws) // 2], draws[len(draws) // 2 :]


def chosen(view: View) -> tuple[Remedy, bool]:
    """The smallest set of at most `MOST` changes that is near enough on the first half, and whether one is.

    Near enough is a mean at most `EQUAL` behind Beam's net at every n. Of several of one size that which is
    least behind; where none is that near, the one least behind of all.
    """
    draws, _ = halves(view)

    def worst(remedy: Remedy) -> float:
        values = [remedy.behind(view, n, draws).value for n in view.sizes]
        return min((-math.inf if math.isnan(value) else value for value in values), default=-math.inf)

    ranked = {remedy: worst(remedy) for remedy in remedies() if remedy.size <= MOST}
    near = [remedy for remedy, value in ranked.items() if value >= -EQUAL]
    smallest = min((remedy.size for remedy in near), default=0)
    best = max([remedy for remedy in near if remedy.size == smallest] or ranked, key=ranked.__getitem__)
    return best, bool(near)


def few(view: View) -> Ruling:
    """Whether a few switches, chosen on half of the draws, make the net as good on the other half."""
    if missing := absent(view, *contestants()):
        return missing
    remedy, near = chosen(view)
    _, proof = halves(view)
    gaps = {n: remedy.behind(view, n, proof) for n in view.sizes}
    scores = {n: _mean(view, remedy, n, proof) for n in view.sizes}
    words = f"{plural(remedy.size, 'change')} ({remedy}): accuracy " + "; ".join(
        f"{scores[n]:.3f} at n = {n}, {in_words(gap)} from Beam's net" for n, gap in gaps.items()
    )
    if not near:
        words += f". No set of at most {MOST} was within {EQUAL:g} on the first half; this was the nearest"
    n, lowest = min(gaps.items(), key=lambda item: item[1].value)
    effect = Effect.of(f"h2o's net with {plural(remedy.size, 'change')} minus Beam's net, n = {n}", lowest)
    return Ruling(conjunction(at_least(gap, -EQUAL) for gap in gaps.values()), words, effect)


def _mean(view: View, remedy: Remedy, n: int, draws: Collection[int]) -> float:
    values = [
        float(cell[remedy.column])
        for cell in view.of(remedy.contestant)
        if cell["n"] == n and cell["draw"] in draws
    ]
    return sum(values) / len(values) if values else math.nan
