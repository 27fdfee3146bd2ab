"""The gap as a function of the switched settings; each value of it is computed once."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from crossframe.core.errors import CrossframeError, ExitCode

FloatArray: TypeAlias = NDArray[np.float64]
Subset: TypeAlias = frozenset[str]
Evaluate: TypeAlias = Callable[[Subset], "float | Sequence[float]"]
Announce: TypeAlias = Callable[[Sequence[Subset]], None]


class UndefinedGap(CrossframeError):
    """The gap of a hybrid is needed and is not a number in any replicate."""

    exit_code = ExitCode.CELLS_FAILED

    @classmethod
    def at(cls, subsets: Iterable[Subset]) -> UndefinedGap:
        """Names the switched settings of the first few hybrids without a value."""
        failed = [" + ".join(sorted(subset)) or "nothing" for subset in subsets]
        more = f" and {len(failed) - 3} more" if len(failed) > 3 else ""
        return cls(f"no gap could be measured with these switched: {'; '.join(failed[:3])}{more}")


class Game:
    """v(S) for sets S of ``names``: evaluated when first asked for, then remembered.

    A set is a bit mask: bit i stands for ``names[i]``.

    Parameters
    ----------
    names
        The settings, each once.
    evaluate
        v(S): one number, or one per replicate, always in the same order. A replicate is a draw and
        a seed, the same ones for every S, so that differences are paired. Not finite: no value.
    announce
        Called with the sets that are about to be evaluated, none of them evaluated before, so that
        the fits behind them can be made in parallel.
    draws
        The draw of each replicate. Seeds of one draw are no independent draws: they are averaged,
        and each draw counts once. None: every replicate counts.

    Attributes
    ----------
    replicated
        Whether ``evaluate`` gives one value per replicate; False before the first value.
    """

    def __init__(
        self,
        names: Sequence[str],
        evaluate: Evaluate,
        *,
        announce: Announce | None = None,
        draws: Sequence[Hashable] | None = None,
    ) -> None:
        self.names = tuple(names)
        if len(set(self.names)) != len(self.names):
            raise ValueError(f"a setting is named twice: {self.names}")
        if len(self.names) > 62:
            raise ValueError(f"{len(self.names)} settings; sets are 64-bit masks, at most 62 fit")
        self.replicated = False
        self._evaluate = evaluate
        self._announce = announce
        self._draws = None if draws is None else tuple(draws)
        self._values: dict[int, FloatArray] = {}

    @property
    def k(self) -> int:
        """The number of settings, the players of the game."""
        return len(self.names)

    @property
    def all(self) -> int:
        """The bit mask of the set of all settings, 2^k - 1."""
        return (1 << self.k) - 1

    @property
    def evaluated(self) -> list[int]:
        """Bit masks of the sets that have been evaluated, in that order."""
        return list(self._values)

    @property
    def evaluations(self) -> int:
        """The number of sets that have been evaluated so far."""
        return len(self._values)

    @property
    def lost(self) -> int:
        """Replicates left out because some set has no value in them."""
        return 0 if not self._values else int((~self._kept()).sum())

    def mask(self, subset: Iterable[str]) -> int:
        """The bit mask of a set of names; ValueError for a name that is no setting."""
        return sum(1 << self.names.index(name) for name in set(subset))

    def subset(self, mask: int) -> Subset:
        """The names of the settings whose bits are set in ``mask``."""
        return frozenset(name for i, name in enumerate(self.names) if mask >> i & 1)

    def missing(self, masks: Iterable[int]) -> list[int]:
        """Those not evaluated yet, each once, in the order given."""
        return [mask for mask in dict.fromkeys(masks) if mask not in self._values]

    def need(self, masks: Iterable[int]) -> None:
        """Announce and evaluate those not evaluated yet."""
        new = self.missing(masks)
        if new and self._announce is not None:
            self._announce([self.subset(mask) for mask in new])
        for mask in new:
            self._values[mask] = self._checked(self._evaluate(self.subset(mask)))

    def values(self, masks: Sequence[int]) -> FloatArray:
        """v, shape (sets, draws), over the replicates in which every set so far has a value.

        Raises `UndefinedGap` where a set has no value, or no replicate is left.
        """
        self.need(masks)
        empty = [mask for mask in dict.fromkeys(masks) if not np.isfinite(self._values[mask]).any()]
        kept = self._kept()
        if empty or not kept.any():
            failed = empty or [m for m, v in self._values.items() if not np.isfinite(v).all()]
            raise UndefinedGap.at(self.subset(mask) for mask in failed)
        return self.by_draw(np.stack([self._values[mask] for mask in masks])[:, kept], kept)

    def by_draw(self, values: FloatArray, kept: NDArray[np.bool_] | None = None) -> FloatArray:
        """Means over the replicates of each draw, along the last axis.

        ``kept`` says which replicates ``values`` holds; None: all of them, and those that are left
        out elsewhere are left out here.
        """
        if kept is None:
            kept = self._kept()
            if values.shape[-1] != len(kept):
                raise ValueError(f"{values.shape[-1]} values for {len(kept)} replicates")
            values = values[..., kept]
        if self._draws is None:
            return values
        draws = [draw for draw, there in zip(self._draws, kept, strict=True) if there]
        columns = [[i for i, d in enumerate(draws) if d == draw] for draw in dict.fromkeys(draws)]
        return np.stack([values[..., i].mean(axis=-1) for i in columns], axis=-1)

    def mean(self, mask: int) -> float:
        """Mean of v over draws; NaN where the set has no value."""
        try:
            return float(self.values([mask]).mean())
        except UndefinedGap:
            return math.nan

    def _checked(self, value: float | Sequence[float]) -> FloatArray:
        given = np.asarray(value, dtype=np.float64)
        if given.ndim > 1 or not given.size:
            raise ValueError(f"a gap is a number or one number per replicate, not shape {given.shape}")
        flat = np.atleast_1d(given)
        if not self._values:
            self.replicated = given.ndim == 1
            if self._draws is not None and len(flat) != len(self._draws):
                raise ValueError(f"{len(self._draws)} draws for {len(flat)} replicates")
        elif (given.ndim == 1) != self.replicated or len(flat) != len(next(iter(self._values.values()))):
            raise ValueError("every set needs a value for each of the same replicates")
        return flat

    def _kept(self) -> NDArray[np.bool_]:
        """Replicates in which every set that has a value at all has one."""
        there = np.array([np.isfinite(value) for value in self._values.values()])
        some = there[there.any(axis=1)]
        return np.asarray(some.all(axis=0), dtype=np.bool_)
