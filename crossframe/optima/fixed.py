"""Many numbers at once with hundreds of bits behind the point, and 1 / (1 + exp(-s)) of them.

c numbers with F fraction limbs are an int64 array of shape (1 + F, c): number i is the sum over k of
limbs[k, i] 2**(-28 k). All limbs but the first lie in [0, 2**28); the first has the sign. A product of
two limbs and the sum of up to 128 of them fit into an int64. Python's integers, one a number, take ten
times as long.
"""

from __future__ import annotations

import functools
import math

import mpmath
import numpy as np

from crossframe.core.types import FloatArray, IntArray

WIDTH = 28
"""Bits of a limb."""
_MASK = (1 << WIDTH) - 1
LOST = WIDTH + 10
"""Last bits that products without their last limbs leave uncertain."""
_STEPS = 256
"""Values that 8 bits of an exponent take; each has its power of e in a table."""


def fraction_limbs(bits: int) -> int:
    """Fraction limbs with which `logistic` is right to ``bits`` bits behind the point."""
    return -(-(bits + LOST) // WIDTH)


def carried(limbs: IntArray, width: int = WIDTH) -> IntArray:
    """``limbs``, changed in place, with every one but the first brought into [0, 2**width)."""
    mask = (1 << width) - 1
    for k in range(len(limbs) - 1, 0, -1):
        limbs[k - 1] += limbs[k] >> width
        limbs[k] &= mask
    return limbs


def multiplied(a: IntArray, b: IntArray) -> IntArray:
    """The products of two arrays of numbers below 2, without what lies beyond their last limb."""
    out = np.zeros(np.broadcast_shapes(a.shape, b.shape), dtype=np.int64)
    for k in range(len(a)):
        out[k:] += a[k] * b[: len(b) - k]
    return carried(out)


def as_floats(limbs: IntArray) -> FloatArray:
    """The numbers in float64, wrong by a few units of the last place."""
    out = np.zeros(limbs.shape[1])
    for k in reversed(range(len(limbs))):
        out += np.ldexp(limbs[k].astype(np.float64), -WIDTH * k)
    return out


def as_integers(limbs: IntArray, bits: int) -> list[int]:
    """The numbers times 2**bits, rounded down; ``bits`` are at most those of the fraction limbs."""
    drop = WIDTH * (len(limbs) - 1) - bits
    out: list[int] = [0] * limbs.shape[1]
    for limb in limbs.tolist():
        out = [(number << WIDTH) + digit for number, digit in zip(out, limb, strict=True)]
    return [number >> drop for number in out]


def complement(limbs: IntArray) -> IntArray:
    """1 minus the numbers."""
    out = -limbs
    out[0] += 1
    return carried(out)


def logistic(scores: IntArray) -> IntArray:
    """1 / (1 + exp(-s)), wrong by less than 2**-(28 F - `LOST`) for F fraction limbs.

    With e = exp(-|s|), from tables for the whole part of |s| and its first three groups of 8 bits, and
    Taylor's series for the rest, and `reciprocal` of 1 + e.
    """
    negative = scores[0] < 0
    divisor = decay(carried(np.where(negative, -scores, scores)))
    divisor[0] += 1
    x = reciprocal(divisor)
    return np.where(negative, complement(x), x)


def reciprocal(divisor: IntArray) -> IntArray:
    """1 / d of numbers d between 1/4 and 2**8, by Newton's iteration x + x (1 - d x)."""
    start = np.ldexp(1 / as_floats(divisor), WIDTH)
    x = np.zeros_like(divisor)
    x[1] = np.floor(start)
    x[2] = np.floor(np.ldexp(start - x[1], WIDTH))
    carried(x)
    right = 40
    while right < WIDTH * len(x):
        right = 2 * right - 8
        size = min(len(x), right // WIDTH + 3)
        left = complement(multiplied(divisor[:size], x[:size]))
        x[:size] += multiplied(x[:size], left)
        carried(x)
    return x


def decay(numbers: IntArray) -> IntArray:
    """exp(-u) of numbers u >= 0."""
    whole, parts, series = _tables(len(numbers) - 1)
    rest = numbers.copy()
    rest[0] = 0
    rest[1] &= (1 << (WIDTH - 24)) - 1
    out = np.repeat(series[-1], numbers.shape[1], axis=1)
    for term in series[-2::-1]:
        out = carried(term - multiplied(rest, out))
    out = multiplied(out, whole[:, np.minimum(numbers[0], whole.shape[1] - 1)])
    for k, table in enumerate(parts):
        out = multiplied(out, table[:, (numbers[1] >> (WIDTH - 8 * (k + 1))) & (_STEPS - 1)])
    return out


@functools.lru_cache(maxsize=4)
def _tables(fraction: int) -> tuple[IntArray, tuple[IntArray, ...], tuple[IntArray, ...]]:
    """exp(-i), the last of them 0; exp(-i / 2**(8 k)) for k = 1, 2, 3; and 1 / j!, as limbs each."""
    bits = WIDTH * fraction
    context = mpmath.MPContext()
    context.prec = bits + 32

    def powers(count: int, step: int) -> list[int]:
        base, value, values = context.exp(-context.ldexp(1, -step)), context.mpf(1), []
        for _ in range(count):
            values.append(int(context.ldexp(value, bits)))
            value *= base
        return values

    terms = 1
    while 24 * terms + math.lgamma(terms + 1) / math.log(2) < bits + 8:
        terms += 1
    series = [_limbs([int(context.ldexp(1, bits) / math.factorial(j))], fraction) for j in range(terms)]
    whole = [*powers(math.ceil((bits + 1) * math.log(2)), 0), 0]
    return (
        _limbs(whole, fraction),
        tuple(_limbs(powers(_STEPS, 8 * k), fraction) for k in (1, 2, 3)),
        tuple(series),
    )


def _limbs(numbers: list[int], fraction: int) -> IntArray:
    """Numbers that are integers times 2**(-28 F), F being ``fraction``."""
    return np.array(
        [[number >> (WIDTH * (fraction - k)) & (_MASK if k else -1) for number in numbers]
         for k in range(fraction + 1)],
        dtype=np.int64,
    )  # fmt: skip
