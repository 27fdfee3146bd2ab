"""The rules that make a verdict of measured effects.

Two steps, each with a few rules to choose from. First, one effect against a mark: the whole interval has to
lie on one side of it, and an interval that contains the mark leaves the question open. Second, the verdicts
of several cases (frameworks, sample sizes, seeds) are combined:

=================  ==========================  ================================================
rule               a failing case              an open case
=================  ==========================  ================================================
`over_cells`       in part if another holds    leaves the claim open unless another case fails
`where_settled`    in part if another holds    in part if another holds
`conjunction`      refutes                     leaves the claim open unless another case fails
=================  ==========================  ================================================

A mark that was replaced keeps its own rule, which `with_earlier` applies to the same data.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import replace
from typing import ParamSpec, TypeVar

from crossframe.claims.claim import Effect, Finding, Verdict, at_level
from crossframe.core.statistics import Interval

Key = tuple[str, int]
"""Title of a framework or representation, and a number of training rows."""

K = TypeVar("K", bound=Hashable)
P = ParamSpec("P")


def with_earlier(
    key: str, *rules: Callable[P, Verdict]
) -> Callable[[Callable[P, Finding]], Callable[P, Finding]]:
    """Decorate a function that judges the claim ``key`` with the rules of its earlier marks, oldest first.

    Each rule is given the arguments of the function, so that both verdicts rest on the same data. What was
    not run is not run under the earlier marks either. Findings on other claims stay as they are.

    Raises
    ------
    ValueError
        When judging, if the claim has another number of earlier marks.
    """

    def decorate(judge: Callable[P, Finding]) -> Callable[P, Finding]:
        @functools.wraps(judge)
        def under_all(*args: P.args, **kwargs: P.kwargs) -> Finding:
            finding = judge(*args, **kwargs)
            if finding.claim.key != key:
                return finding
            if len(rules) != len(finding.claim.replaced):
                raise ValueError(f"{key}: {len(finding.claim.replaced)} earlier marks, {len(rules)} rules")
            run = finding.verdict is not Verdict.NOT_RUN
            earlier = tuple(rule(*args, **kwargs) if run else Verdict.NOT_RUN for rule in rules)
            return replace(finding, under_replaced=earlier)

        return under_all

    return decorate


def above(effect: Interval, mark: float = 0.0, slack: float = 0.0) -> Verdict:
    """Whether a quantity lies above ``mark``: low > mark holds, high <= mark + slack fails, else open.

    ``slack`` is the smallest excess that counts: where the interval ends at it or below there is at most that
    little. Without an interval the question is open.
    """
    if not effect.exists:
        return Verdict.OPEN
    if effect.low > mark:
        return Verdict.HOLDS
    return Verdict.FAILS if effect.high <= mark + slack else Verdict.OPEN


def at_least(effect: Interval, mark: float) -> Verdict:
    """Whether a quantity reaches ``mark``: low >= mark holds, high < mark fails, else open."""
    if effect.low >= mark:
        return Verdict.HOLDS
    return Verdict.FAILS if effect.high < mark else Verdict.OPEN


def below(effect: Interval, mark: float = 0.0) -> Verdict:
    """Whether a quantity lies below ``mark``: high < mark holds, low >= mark fails, else open.

    Without an interval the question is open, except that a count or share that is 0 in every repetition (no
    spread, hence no interval) is below any positive mark.
    """
    if effect.high < mark or (not effect.exists and effect.value == 0 < mark):
        return Verdict.HOLDS
    return Verdict.FAILS if effect.low >= mark else Verdict.OPEN


def between(effect: Interval, low: float, high: float) -> Verdict:
    """Whether a quantity lies within [``low``, ``high``]: its whole interval does.

    It does not where the whole interval lies beyond one end; else, and without an interval, open.
    """
    if effect.low >= low and effect.high <= high:
        return Verdict.HOLDS
    return Verdict.FAILS if effect.high < low or effect.low > high else Verdict.OPEN


def close(effect: Interval, margin: float) -> Verdict:
    """Whether a difference is at most ``margin``: |value| <= margin, and its interval within +-2 margin.

    It is not where the whole interval lies beyond ``margin`` on one side; else, and without an interval,
    open.
    """
    if not effect.exists:
        return Verdict.OPEN
    if abs(effect.value) <= margin and max(-effect.low, effect.high) <= 2 * margin:
        return Verdict.HOLDS
    return Verdict.FAILS if max(effect.low, -effect.high) > margin else Verdict.OPEN


def wins_from(each: Mapping[int, Interval]) -> int | None:
    """The key (a number of rows, a budget) from which on every difference lies surely above 0.

    None where the difference at the largest key does not: what is ahead somewhere and not later on does not
    win from there on.
    """
    start = None
    for n in sorted(each, reverse=True):
        if above(each[n]) is not Verdict.HOLDS:
            break
        start = n
    return start


def every(flags: Iterable[bool]) -> Verdict:
    """Whether every repetition shows it: all holds, none fails, some (or no repetition) open."""
    shown = list(flags)
    if shown and all(shown):
        return Verdict.HOLDS
    return Verdict.OPEN if any(shown) or not shown else Verdict.FAILS


def conjunction(verdicts: Iterable[Verdict]) -> Verdict:
    """Whether all parts of a mark are met: one failure refutes, one open part leaves it open."""
    parts = list(verdicts)
    if Verdict.FAILS in parts:
        return Verdict.FAILS
    return Verdict.HOLDS if set(parts) == {Verdict.HOLDS} else Verdict.OPEN


def over_cells(verdicts: Iterable[Verdict]) -> Verdict:
    """Verdict on a claim about every case, where one failure refutes it for all of them.

    It holds in part where another case holds. That it "holds only in" some cases is said only where it fails
    in another: an open case is never counted as a failure.
    """
    cases = list(verdicts)
    if Verdict.FAILS in cases:
        return Verdict.PARTLY if Verdict.HOLDS in cases else Verdict.FAILS
    return Verdict.OPEN if not cases or set(cases) != {Verdict.HOLDS} else Verdict.HOLDS


def where_settled(verdicts: Iterable[Verdict], *, one_refutes: bool = False) -> Verdict:
    """Verdict on a claim about every case, which holds in part as soon as one case holds and another does
    not.

    If none holds it fails where every case fails (``one_refutes``: where one does), and is open otherwise.
    """
    cases = list(verdicts)
    if Verdict.HOLDS in cases:
        return Verdict.HOLDS if set(cases) == {Verdict.HOLDS} else Verdict.PARTLY
    failing = cases.count(Verdict.FAILS)
    refuted = failing > 0 if one_refutes else 0 < len(cases) == failing
    return Verdict.FAILS if refuted else Verdict.OPEN


def by_earlier_marks(verdict: str, earlier: Iterable[str]) -> str:
    """Verdicts under earlier marks that are not ``verdict``, in brackets after it; empty without any."""
    other = [str(v) for v in earlier if v != verdict]
    return f" (by the earlier criterion: {', '.join(other)})" if other else ""


def uncorrected(judged: int) -> str:
    """Why verdicts are not corrected for the number of claims, and how many errors that lets through.

    ``judged`` counts the claims judged by an interval, see `with_interval`. The expected number of errors is
    the sum of the chances of error over the false claims, however the claims depend on each other: at most
    2.5 % of ``judged``.
    """
    reason = (
        "Verdicts are not corrected for the number of claims: each claim is a question of its own, and "
        "nothing is concluded from how many hold."
    )
    if not judged:
        return reason
    return (
        f"{reason} A claim that is false by more than its criterion tolerates passes with a chance of at "
        "most 2.5 %, one end of a 95 % interval, where its interval has to lie beyond its bound in every "
        f"case, or in one of several cases whose intervals hold together: of the {judged} judged so here "
        f"at most {0.025 * judged:.1f} are expected to come out as holding although they do not. Not counted "
        "are claims asked of every seed, claims that one case by itself meets, and claims whose criterion "
        "tolerates more than it names."
    )


def with_interval(findings: Iterable[Finding]) -> int:
    """The number of findings judged by an interval: the effect has one and the mark asks for it."""
    return sum(f.claim.by_interval and f.effect is not None and f.effect.exists for f in findings)


def restricted(verdicts: Mapping[str, Verdict], preposition: str, *, unsettled: bool = False) -> str:
    """Where a claim holds in part: ``preposition`` and the names of the cases that hold.

    ``unsettled`` adds the open cases, so that no reader takes them for failures.
    """
    where = f"{preposition} {', '.join(k for k, v in verdicts.items() if v is Verdict.HOLDS)}"
    unsure = [k for k, v in verdicts.items() if v is Verdict.OPEN]
    return where + (f"; {preposition} {', '.join(unsure)} it cannot be told" if unsettled and unsure else "")


def at_sizes(verdicts: Mapping[int, Verdict]) -> str:
    """Where a claim about every n holds in part: at which n, and where that is open; else empty."""
    if Verdict.HOLDS not in verdicts.values() or set(verdicts.values()) == {Verdict.HOLDS}:
        return ""
    return restricted({str(n): verdict for n, verdict in verdicts.items()}, "at n =", unsettled=True)


def decisive(effects: Mapping[K, Effect], verdicts: Mapping[K, Verdict]) -> Effect | None:
    """The effect to show beside `over_cells`'s verdict: of the cases it rests on, the largest in size.

    Those are the failures where there are any, else the open cases, else all; None without any effect.
    """
    measured = {k: e for k, e in effects.items() if k in verdicts and not math.isnan(e.value)}
    for verdict in (Verdict.FAILS, Verdict.OPEN, Verdict.HOLDS):
        rests = [e for k, e in measured.items() if verdicts[k] is verdict]
        if rests:
            return max(rests, key=lambda e: abs(e.value))
    return None


def cells_in_words(verdicts: Mapping[Key, Verdict]) -> str:
    """Every case of framework and size under its verdict, for a sentence."""
    titles = {Verdict.HOLDS: "holds for", Verdict.FAILS: "does not for", Verdict.OPEN: "open for"}
    parts = []
    for verdict, title in titles.items():
        keys = [k for k, v in verdicts.items() if v is verdict]
        parts += [f"{title} {sizes_by_title(keys)}"] if keys else []
    return "; ".join(parts)


def where_it_holds(verdicts: Mapping[Key, Verdict]) -> str:
    """Where a claim that `over_cells` finds to hold in part does hold; empty for another verdict."""
    if over_cells(verdicts.values()) is not Verdict.PARTLY:
        return ""
    return f"for {sizes_by_title(k for k, v in verdicts.items() if v is Verdict.HOLDS)}"


def sizes_by_title(keys: Iterable[Key]) -> str:
    """Titles with their sizes in brackets, for a sentence."""
    sizes: dict[str, list[str]] = {}
    for title, n in keys:
        sizes.setdefault(title, []).append(str(n))
    return ", ".join(f"{title} (n = {', '.join(at)})" for title, at in sizes.items())


def in_words(effect: Interval, form: str = "+.3f", limit: float = math.inf) -> str:
    """Mean and interval cut at +-``limit``, with its level if not 95 %; without an interval why."""
    if math.isnan(effect.value):
        return "none"
    if not effect.exists:
        return f"{effect.value:{form}} (" + (
            "one value)" if effect.count < 2 else "the same every time, no interval)"
        )
    low, high = max(effect.low, -limit), min(effect.high, limit)
    return f"{effect.value:{form}} [{low:{form}}, {high:{form}}{at_level(effect)}]"


def listed(values: Iterable[float], form: str = ".3f") -> str:
    """Numbers of the repetitions, separated by commas."""
    return ", ".join(format(v, form) for v in values)
