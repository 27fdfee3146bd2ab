"""The experiment that shows whether a parameter has an effect."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from crossframe.core.types import Value


@dataclass(frozen=True)
class Probe:
    """The experiment that shows the effect of a parameter: two fits that differ in its value alone.

    Attributes
    ----------
    values
        Two values in the framework's spelling.
    under
        Other parameters, the same in both fits, under which the rule's conditions hold.
    broken
        For each condition of the rule, in order: other parameters that break it and no other.
    sample
        Name of the training sample, see `crossframe.audit.samples.SAMPLES`.
    refused
        The framework refuses a value where a condition is broken, in place of ignoring it.
    why_not
        Why no experiment is possible; empty: one is.
    beside
        (parameter of a condition, its value) -> further parameters that this value requires, to be
        fitted at all or to show the effect.
    also
        Further experiments: each sets these parameters on top of ``under``.
    tried
        Parameter of a condition -> the values that are tried, where these are not all.
    skip
        (parameter of a condition, its value) -> why this value is not tried.
    of_three
        Further parameters of the experiments on three classes, where the effect shows under these.
    rounding
        Largest change of a score that rounding makes where a parameter without effect is still
        computed with; 0: the fits must be the same to the last bit.
    """

    values: tuple[Value, Value] = (None, None)
    under: Mapping[str, Value] = field(default_factory=dict)
    broken: tuple[Mapping[str, Value], ...] = ()
    sample: str = "plain"
    refused: bool = False
    why_not: str = ""
    beside: Mapping[tuple[str, Value], Mapping[str, Value]] = field(default_factory=dict)
    also: tuple[Mapping[str, Value], ...] = ()
    tried: Mapping[str, tuple[Value, ...]] = field(default_factory=dict)
    skip: Mapping[tuple[str, Value], str] = field(default_factory=dict)
    of_three: Mapping[str, Value] = field(default_factory=dict)
    rounding: float = 0.0
