"""Every single switch that was evaluated: which do nothing, and which make the gap larger."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from crossframe.attribution.game import FloatArray, Game, Transform
from crossframe.attribution.inference import Rule, Values
from crossframe.attribution.record import Enlargement


def largest_changes(game: Game, switches: NDArray[np.int64], transform: Transform) -> FloatArray:
    """max |v(S) - v(S + i)| over contexts S and replicates, by setting: 0 for one that is inert.

    Parameters
    ----------
    switches
        Rows (S, S + i).
    """
    v = _values(game, switches, transform)
    change = np.abs(v[0] - v[1]).max(axis=1)
    found = np.zeros(game.k)
    np.maximum.at(found, _setting(switches), change)
    return found


def enlargements(game: Game, switches: NDArray[np.int64], rule: Rule, tiny: float) -> tuple[Enlargement, ...]:
    """Settings whose switch makes |gap| larger somewhere, with the context where it adds most.

    By more than ``tiny``; where there are draws, the interval of the increase, which holds
    together with those of all switches, has to leave out 0.
    """
    v = _values(game, switches)
    mean = v.mean(axis=2)
    more = np.abs(mean[1]) - np.abs(mean[0])
    setting = _setting(switches)
    found = []
    for i, name in enumerate(game.names):
        contexts = np.flatnonzero(setting == i)
        sure = [
            e
            for e in contexts[more[contexts] > tiny]
            if not rule.random or _above_zero(v[:, e], rule, len(switches))
        ]
        if sure:
            worst = max(sure, key=lambda e: float(more[e]))
            found.append(
                Enlargement(
                    setting=name,
                    after=tuple(sorted(game.subset(int(switches[worst, 0])))),
                    before=float(mean[0, worst]),
                    then=float(mean[1, worst]),
                    contexts=len(sure),
                    of=len(contexts),
                )
            )
    return tuple(found)


def _values(game: Game, switches: NDArray[np.int64], transform: Transform | None = None) -> FloatArray:
    """v before and after each switch, shape (2, switches, B)."""
    sets, at = np.unique(switches, return_inverse=True)
    if not len(sets):
        return np.empty((2, 0, 1))
    found: FloatArray = game.values(sets.tolist(), transform)[at.reshape(switches.shape).T]
    return found


def _setting(switches: NDArray[np.int64]) -> NDArray[np.int64]:
    """The setting of each switch."""
    bits = switches[:, 0] ^ switches[:, 1]
    return np.asarray(np.bitwise_count(bits - 1), dtype=np.int64)


def _above_zero(v: FloatArray, rule: Rule, tests: int) -> bool:
    """Whether the increase of \\|mean v\\| has an interval above 0; ``v`` is (before, after) by draw."""
    sign = np.sign(v.mean(axis=1))
    interval = rule.interval(Values(sign[1] * v[1] - sign[0] * v[0]), tests)
    return interval is not None and interval[0] > 0
