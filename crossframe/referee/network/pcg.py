"""H2O's generator of random numbers: PCG of Melissa O'Neill, as ``java.util.Random`` is served by it.

Source: ``water/util/RandomUtils.java`` (``PCGRNG``, the generator that ``getRNG`` gives by default)
of https://github.com/h2oai/h2o-3. It has 64 bits of state, 32 bits of output (XSH RR), and always
the same stream, so that a seed says everything.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_MULTIPLIER = 6364136223846793005
_INCREMENT = 3
_WORD = 1 << 64
_BLOCK = 4096


def whole(number: int) -> int:
    """A Java ``long`` that holds ``number``, as the 64 bits of an unsigned number."""
    return number % _WORD


class Pcg:
    """Random numbers in Java's order of drawing.

    Parameters
    ----------
    seed
        Any whole number; its lowest 64 bits count.
    """

    def __init__(self, seed: int) -> None:
        self._state = whole((_INCREMENT + seed) * _MULTIPLIER + _INCREMENT)

    def words(self, count: int) -> NDArray[np.uint32]:
        """The next ``count`` outputs of 32 bits."""
        states = _states(self._state, count)
        self._state = int(states[count])
        old = states[:count]
        mixed = (((old >> np.uint64(18)) ^ old) >> np.uint64(27)).astype(np.uint32)
        turn = (old >> np.uint64(59)).astype(np.uint32)
        return (mixed >> turn) | (mixed << (-turn & np.uint32(31)))

    def floats(self, count: int) -> NDArray[np.float32]:
        """``nextFloat``: multiples of 2^-24 below 1. Each takes two outputs and uses the second."""
        low = self.words(2 * count)[1::2] & np.uint32((1 << 24) - 1)
        return low.astype(np.float32) / np.float32(1 << 24)

    def doubles(self, count: int) -> NDArray[np.float64]:
        """``nextDouble``: multiples of 2^-53 below 1. Each takes four outputs."""
        low = self.words(4 * count)[1::2].astype(np.int64)
        high, rest = low[0::2] & ((1 << 26) - 1), low[1::2] & ((1 << 27) - 1)
        return ((high << 27) + rest) * 2.0**-53

    def bytes(self, count: int) -> NDArray[np.uint8]:
        """``nextBytes``: each output gives four, the lowest first."""
        return self.words(-(-count // 4)).astype("<u4").view(np.uint8)[:count]

    def shuffled(self, n: int) -> NDArray[np.int64]:
        """0 to n - 1 in random order: entry i changes places with one of those from i on.

        Source: ``ArrayUtils.shuffleArray(int[], Random)``. ``nextInt(bound)`` is the remainder of
        one output; what PCG would reject to make it fair, H2O's bound of 0 lets through.
        """
        order = np.arange(n, dtype=np.int64)
        for i, word in enumerate(self.words(n).tolist()):
            change = i + word % (n - i)
            order[i], order[change] = order[change], order[i]
        return order


def _states(first: int, count: int) -> NDArray[np.uint64]:
    """``first`` and the ``count`` states after it; every known one is carried on by as many steps at once."""
    states = np.empty(count + 1, np.uint64)
    states[0] = first
    known, factor, summand = 1, _MULTIPLIER, _INCREMENT
    while known <= count:
        more = min(known, count + 1 - known)
        states[known : known + more] = states[:more] * np.uint64(factor) + np.uint64(summand)
        summand = whole(factor * summand + summand)
        factor = whole(factor * factor)
        known += more
    return states
