"""The answer about two fits in a few sentences, for somebody who brought two scripts."""

from __future__ import annotations

import math

from crossframe.core.text import agreement, percent
from crossframe.explain import answer as settings
from crossframe.explain.attribution.measures import digits_of_gap
from crossframe.explain.explanation import FLOOR, Conclusion
from crossframe.explain.fitted.ladder import unit
from crossframe.explain.fitted.result import DataConclusion, FittedExplanation

_HALF = 0.5
"""Share of the data from which they come first in the answer."""


def answer(f: FittedExplanation) -> list[str]:
    """The conclusion and its cause, what closes it, and what the scripts do differently beside it."""
    return [*_answer(f), *(side.note for side in (f.left, f.right) if side.note)]


def _answer(f: FittedExplanation) -> list[str]:
    names, coefficients = f"{f.left.name} and {f.right.name}", f.ladder.coefficients
    if f.rung == "inference" and f.inference is not None:
        return [f"{names} give the same predictions.", *f.inference.words, f.ladder["columns"].words]
    if f.verdict is Conclusion.AGREE and f.explanation is None and f.objective is None:
        words = [f.ladder[rung].words for rung in ("predictions", "columns", "weights")]
        return [f"{names} agree. {' '.join(words)}", *([coefficients.words] if coefficients else [])]
    if f.rung == "coefficients" and coefficients:
        words = [f.ladder[rung].words for rung in ("predictions", "columns")]
        same = "" if f.ladder["predictions"].differs else f"{names} give the same predictions. "
        return [f"{same}{coefficients.words}", *words]
    if f.verdict is Conclusion.NOISE and f.rung == "rerun" and f.explanation is not None:
        side, largest = max(f.seed_spreads.items(), key=lambda each: each[1])
        return [
            f"The difference is noise: another seed of {side} alone changes a score by up to {largest:.2g}, "
            f"and the two differ by up to {f.ladder.gap:.2g}{unit(f.left.fit)}."
        ]
    if f.explanation is not None and not f.switched:
        data, of_settings = _of_data(f), [*_of_settings(f), *_of_recipes(f)]
        return [*data, *of_settings] if f.verdict is DataConclusion.OTHER_DATA else [*of_settings, *data]
    lines = _of_data(f)
    if f.explanation is not None and not math.isnan(f.data_share):
        parts = [_of_settings(f), lines] if f.data_share < _HALF else [lines, _of_settings(f)]
        return [_shares(f), *parts[0], *parts[1]]
    if f.switched:
        lines.append(_switched(f))
    if f.explanation is not None:
        return [*lines, *_of_settings(f)]
    if f.objective is not None:
        return _of_objectives(f)
    if f.copies is not None:
        return [f"{names} differ because they weight their classes unlike.", f.copies.words, *_of_recipes(f)]
    if f.rung == "labels":
        return [f.ladder["labels"].words, f.ladder["predictions"].words]
    if f.rerun is not None:
        lines.append(f.rerun.words)
    if f.verdict is Conclusion.NOISE:
        return ["The two differ by no more than another seed of a script changes.", *lines]
    if not lines:
        lines = [f.ladder[f.rung].words] if f.rung else []
    return lines if f.verdict is DataConclusion.REPARAMETRISED else [*lines, *_not_expressed(f)]


def _of_data(f: FittedExplanation) -> list[str]:
    """What differs in the data, the first finding first."""
    data = f.ladder.data
    if data is None:
        return []
    same = f.verdict is DataConclusion.REPARAMETRISED
    lines = [data.words]
    if same:
        predictions = f.remainder or f.ladder["predictions"].words
        near = "nearly " if f.remainder else ""
        lines = [f"Another parametrisation, {near}the same predictions. {data.words} {predictions}"]
        lines += [f.ladder.coefficients.words] if f.ladder.coefficients else []
    others = [
        r.words
        for r in f.ladder.rungs
        if r.differs and r is not data and r.rung in ("target", "weights", "columns")
    ]
    return [*lines, *others]


def _shares(f: FittedExplanation) -> str:
    """What the data and what the settings account for."""
    rest = min(f.switched, key=lambda s: s.gap)
    return (
        f"{f.left.name} and {f.right.name} differ in their data and in their settings: the data account for "
        f"{percent(f.data_share)} of the difference, the settings for {percent(1 - f.data_share)}. Fitted to "
        f"the data of {rest.data} both models still differ by up to {rest.gap:.3g}, beside "
        f"{f.ladder.gap:.3g} as they are{unit(f.left.fit)}."
    )


def _switched(f: FittedExplanation) -> str:
    """What becomes of the difference where both models get the same data."""
    near = min(f.switched, key=lambda s: s.gap)
    if near.gap <= FLOOR:
        return f"That is the cause: both models fitted to the data of {near.data} {_digits(near.gap)}."
    if f.explanation is None:
        return (
            f"That is the cause: both models fitted to the data of {near.data} differ by up to "
            f"{near.gap:.2g} only, beside {f.ladder.gap:.3g} as the scripts are{unit(f.left.fit)}."
        )
    return (
        f"It is not all: both models fitted to the data of {near.data} still differ by up to {near.gap:.3g}, "
        f"beside {f.ladder.gap:.3g} as the scripts are{unit(f.left.fit)}."
    )


def _digits(gap: float) -> str:
    return "agree to the last bit" if not gap else f"agree: {agreement(digits_of_gap(gap))}"


def _of_settings(f: FittedExplanation) -> list[str]:
    """The answer of the settings' explanation, its cause first."""
    e = f.explanation
    assert e is not None
    lines = settings.answer(e)
    shared = not math.isnan(f.data_share)
    if f.switched:
        part = "of the settings' part" if shared else "of what remains"
        lines = [line.replace(" of the difference)", f" {part})") for line in lines]
    if f.switched or any(recipe.diff for recipe in f.recipes):
        # The change of the script stands in place of the call that the settings' explanation gives.
        lines = [line for line in lines if not line.startswith("To make")]
    for line in lines:
        word, _, causes = line.partition(": ")
        if word in ("Cause", "Causes") and e.verdict is not Conclusion.NO_UNIQUE_OPTIMUM:
            then = "then " if f.switched and not shared else ""
            first = f"{f.left.name} and {f.right.name} differ {then}because {causes}"
            others = [other for other in lines if other is not line]
            return [first, *(others if e.verdict is not Conclusion.EXPLAINED else others[1:])]
    return lines


def _of_objectives(f: FittedExplanation) -> list[str]:
    assert f.objective is not None
    if f.verdict in (Conclusion.EXPLAINED, Conclusion.PARTLY):
        first = f"{f.left.name} and {f.right.name} differ because they minimise different objectives."
        return [first, f.objective.words, *_of_recipes(f), *_not_expressed(f)]
    if f.verdict is Conclusion.NOT_CONVERGED:
        left_over = f.objective.certificate["left_over"]
        side = f.left if left_over[0] > left_over[1] else f.right
        first = f"{side.name} has not converged: both minimise the same objective."
        shown = [f.copies.words] if f.copies else []
        return [first, *shown, f.objective.words, *_of_recipes(f)]
    if f.verdict is Conclusion.AGREE:
        first = "agree: they minimise the same objective, and both reach its optimum"
        size = f"{f.ladder.gap:.2g}{unit(f.left.fit)}"
        rest = f"the predictions differ by {size}, as far as their solvers go"
        return [f"{f.left.name} and {f.right.name} {first}; {rest}.", f.ladder["weights"].words]
    return [f.ladder["predictions"].words, f.objective.words]


def _of_recipes(f: FittedExplanation) -> list[str]:
    made = [r for r in f.recipes if r.diff and not math.isnan(r.after)]
    if not made:
        return [f"No change of the arguments in {r.side} does it: {r.why}." for r in f.recipes[:1] if r.why]
    best = made[0]
    if not best.after:
        reached = "the two agree to the last bit"
    elif best.after < best.before:
        reached = f"the two agree in {digits_of_gap(best.after):.0f} digits"
    else:
        reached = f"the two still differ by {best.after:.3g}{unit(f.left.fit)}"
    return [f"With {best.change}, {reached} (the changed copy was run)."]


def _not_expressed(f: FittedExplanation) -> list[str]:
    """Why the settings were not switched."""
    if f.why_not:
        return [f"The settings were not switched: {f.why_not}."]
    unknown = [side for side in (f.left, f.right) if side.recognised is None]
    rest = [
        f"{side.name}: {'; '.join(side.recognised.rest)}"
        for side in (f.left, f.right)
        if side.recognised is not None and side.recognised.rest
    ]
    if unknown:
        what = " and ".join(f"{side.fit.call} of {side.name}" for side in unknown)
        return [f"The settings are not compared: {what} is no model that crossframe can fit by itself."]
    return [f"Not expressed by a setting: {' and '.join(rest)}."] if rest else []
