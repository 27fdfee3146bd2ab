"""The answer of an explanation in a few sentences: the conclusion, the cause, and how to close the gap."""

from __future__ import annotations

import math
from collections.abc import Mapping

from crossframe.core.text import agreement, percent, plural, sentence
from crossframe.core.types import Value
from crossframe.explain import figures
from crossframe.explain import report_tables as tables
from crossframe.explain.arithmetic import KIND as ARITHMETIC
from crossframe.explain.attribution.measures import digits_of_gap
from crossframe.explain.attribution.record import GapFinding, Share
from crossframe.explain.bundles import THRESHOLD
from crossframe.explain.diagnoses import NODES
from crossframe.explain.directions import Recipe, SwitchDirection
from crossframe.explain.explanation import ACCOUNTS, FLOOR, Conclusion, Explanation
from crossframe.explain.ranks import TOLERANCE as RANK_TOLERANCE
from crossframe.explain.report_over_draws import fitted_on, proved
from crossframe.explain.spelling import source
from crossframe.settings.vocabulary import titled

_MEANT = {
    Conclusion.AGREE: f"The two agree: no two scores of a row differ by more than {FLOOR:.0e}. Nothing needs "
    "to be switched.",
    Conclusion.EXPLAINED: "The difference is explained: switching settings closes it.",
    Conclusion.PARTLY: "Switching settings closes most of the difference, not all of it.",
    Conclusion.IMPLEMENTATION: "No setting that was tried aligns the two: the remaining difference is in "
    "their implementations.",
    Conclusion.NO_UNIQUE_OPTIMUM: "There is no finite optimum: each model reports the values at "
    "which its solver stopped.",
    Conclusion.NOT_CONVERGED: "A solver stopped before the optimum of its own objective.",
    Conclusion.NOISE: "The difference is not larger than the random spread of each model itself.",
    Conclusion.UNEXPLAINED: "No switch of settings closes the difference.",
}
"""Conclusion -> the first sentence of the report, on one sample."""

_MEANT_OVER_DRAWS = _MEANT | {
    Conclusion.AGREE: "The two agree: on every draw they give every row the same score and the same label. "
    "Nothing needs to be switched.",
    Conclusion.NOISE: "The difference in {metric} is within noise: it is not shared out among settings.",
    Conclusion.EXPLAINED: "The difference is explained: switching settings closes it in the frameworks "
    "themselves.",
    Conclusion.PARTLY: "The difference is explained in part: the settings that the frameworks have close "
    "most of it, not all.",
    Conclusion.IMPLEMENTATION: "The difference is in the implementation: the reference trainer closes it "
    "with settings that the frameworks do not have.",
}

_MEANT_ON_ONE_DRAW = _MEANT_OVER_DRAWS | {
    Conclusion.AGREE: "The two agree: they give every row the same score and the same label. Nothing needs "
    "to be switched.",
    Conclusion.IMPLEMENTATION: "The difference is in the implementation: the frameworks have no settings for "
    "what is left when all others are equal.",
    Conclusion.NOISE: "The difference is no larger than what another seed, or another run, of either side "
    "changes: it is not shared out among settings.",
}

_CAUSE = 0.05
"""Part of the difference from which on a setting is named, beside the largest one."""


def answer(e: Explanation) -> list[str]:
    """The conclusion, the largest causes with both sides' values, and what to pass; a sentence each."""
    if e.same_rows is not None:
        first = f"These two fits, {fitted_on(e.same_rows)}: {e.same_rows.verdict.phrase}."
        return [first, *filter(None, [_open(e.same_rows)]), *answer(e.same_rows)[1:]]
    if e.over_draws:
        meant = _MEANT_ON_ONE_DRAW if e.one_draw else _MEANT_OVER_DRAWS
        trial = e.trial
        first = _open(e) or meant[e.found_over_draws].format(metric=e.gap.metric)
        lines = [first, *_same_seed(e), *_cause(e)]
        lines += [sentence(d.words) for d in e.diagnoses if d.kind in (ARITHMETIC, NODES)]
        return lines if trial is None else [*lines, proved(trial, e), *_to_pass(e)]
    recipes = [] if e.verdict is Conclusion.AGREE else [line for d in _to_close(e) if (line := _recipe(d, e))]
    inference = e.inference.words if e.inference and e.inference.by_definition else ()
    return [_meant(e), *_cause(e), *reasons(e), *recipes, *inference]


def reasons(e: Explanation) -> list[str]:
    """On one sample, what in the data lets such a cause act: columns that others determine, unlike scales."""
    causes = {share.setting for share in e.attribution.causes} if e.attribution else set()
    kinds = ["rank"] * (RANK_TOLERANCE in causes) + ["scale"] * (e.verdict is Conclusion.NOT_CONVERGED)
    kinds.append(NODES)
    return [sentence(d.words) for kind in kinds for d in e.diagnoses if d.kind == kind]


def digits_in_words(gap: float) -> str:
    """A difference of scores as the digits in which they agree."""
    return agreement(digits_of_gap(gap))


def passed(model: str, arguments: Mapping[str, Value]) -> str:
    """Arguments in the framework's language, with all digits, so that the recipe can be repeated exactly."""
    return source(model, arguments) or "its defaults"


def _meant(e: Explanation) -> str:
    """The conclusion in a sentence."""
    if not e.gap.difference:
        return "The two agree: their scores are identical to the last bit. Nothing needs to be switched."
    if len(e.no_optimum) == 1 and e.gap.difference:
        side = e.left if "left" in e.no_optimum else e.right
        words = f"{side} has no finite optimum: its coefficients are those at which its solver stopped."
        return words if e.verdict is Conclusion.NO_UNIQUE_OPTIMUM else f"{words} {_in_general(e)}"
    if e.verdict is Conclusion.NOT_CONVERGED and (short := _unfinished(e)):
        ended = next((o for o in e.outcomes if o.side == short), None)
        how = f" ({ended.convergence[0][0]})" if ended and ended.convergence else ""
        return f"{short} has not converged: it stopped before the optimum of its own objective{how}."
    return _in_general(e)


def _in_general(e: Explanation) -> str:
    """The sentence of a verdict; of an agreement by rounding alone, how far that goes here."""
    if e.verdict is not Conclusion.AGREE or e.gap.difference <= FLOOR:
        return _MEANT[e.verdict]
    return (
        f"The two agree up to rounding: two scores of a row differ by {e.gap.difference:.1e} at most, and on "
        f"nearly collinear columns rounding alone changes one by up to {e.floor:.1e}. Nothing needs to be "
        "switched."
    )


def _unfinished(e: Explanation) -> str:
    """The side whose solver stopped early, where a solver did; empty where that may be either side.

    It is the one whose solver the closing set runs to its end, or else the one whose known distance from its
    own optimum accounts for what was to be closed.
    """
    assert e.best is not None
    closing = e.best.closing
    switched = closing.settings if closing is not None and closing.closed else ()
    ends = [
        side
        for label, side in (("(left)", e.left), ("(right)", e.right))
        if any(name.endswith(label) for name in switched)
    ]
    if len(ends) == 1:
        return ends[0]
    least = ACCOUNTS * (e.gap.difference if switched else e.best.left_over)
    # A side without a certified optimum has no known distance from it.
    known = [s for s in e.shortfalls if s is not None and s.gap >= least]
    return max(known, key=lambda s: s.gap).side if known else ""


def _open(e: Explanation) -> str:
    """Over draws or seeds, why it is open whether switches close the difference; empty where it is not."""
    if not e.over_draws or e.best is None or e.found_over_draws is not Conclusion.UNEXPLAINED:
        return ""
    if why := e.best.attribution.undefined:
        return f"The difference is not shared out: {why}."
    noisy = e.best.attribution.finding is GapFinding.NOISE and bool(e.best.bundles)
    if not noisy and (e.trial is None or not e.trial.undecided):
        return ""
    number = plural(e.gap.seeds, "seed") if e.one_draw else plural(e.gap.draws, "draw")
    return f"{number} cannot show whether switching settings closes the difference."


def _same_seed(e: Explanation) -> list[str]:
    """Where two fits agree by the seed that both were given for want of one, what other seeds change."""
    known = [d.certificate for d in e.diagnoses if d.kind == "spread" and "largest" in d.certificate]
    spreads = [certificate for certificate in known if certificate.get("own_seed")]
    widest = max(spreads, key=lambda c: float(c["largest"]), default=None)
    if e.found_over_draws is not Conclusion.AGREE or widest is None or not widest["largest"]:
        return []
    labels = f"{percent(widest['labels'])} of the labels differ and " if "labels" in widest else ""
    return [
        "They agree because crossframe gave both the same seed, which the calls leave open: run with other "
        f"seeds, {labels}a score differs by up to {widest['largest']:.2g}."
    ]


def _cause(e: Explanation) -> list[str]:
    """The largest causes with their values on both sides, or why there is no optimum; empty without any."""
    if not e.over_draws and e.verdict is Conclusion.AGREE:
        return []
    if len(e.no_optimum) == 2:
        counts = any(d.kind == "separation" and d.certificate.get("link") == "log" for d in e.diagnoses)
        what = "rows with a target of 0 from all others" if counts else "the classes"
        return [
            f"Cause: a linear rule separates {what}, and without a penalty the coefficients then grow "
            f"with every iteration{'; '.join(['', *_of_labels(e)])}."
        ]
    causes = sorted(e.attribution.causes if e.attribution else (), key=lambda s: -abs(s.fraction or 0.0))
    large = [s for s in causes if abs(s.fraction or 0.0) >= _CAUSE] or causes[:1]
    named = [*(_of(s, e) for s in large), *_of_labels(e)]
    if not named:
        return []
    return [f"Cause{'s' if len(named) > 1 else ''}: {'; '.join(named)}."]


def _of_labels(e: Explanation) -> list[str]:
    """The rule for labels, where it is a cause beside those of the scores."""
    if e.label_rule is None:
        return []
    (left, right), part = e.label_rule.certificate["rules"], e.label_rule.certificate["share_of_rule"]
    return [
        f"{titled(THRESHOLD)} is {left} in {e.left} and {right} in {e.right} ({figures.per_cent(part)} of "
        "the difference of labels, nothing of that of scores)"
    ]


def _of(share: Share, e: Explanation) -> str:
    """A cause with its values, and the part of the difference that it accounts for."""
    left, right = tables.both_values(share, e)
    if left and right:
        words = f"{titled(share.setting)} is {left} in {e.left} and {right} in {e.right}"
    else:
        # A solver run to its end has a value on its own side alone.
        alone = (left or right).partition(", then ")[0]
        words = f"{titled(share.setting)}, {alone}" if alone else titled(share.setting)
    if share.fraction is None:
        return words
    scores = " of scores" if e.label_rule else ""
    interacts = ", interacts" if share.interacts else ""
    return f"{words} ({figures.per_cent(share.fraction)} of the difference{scores}{interacts})"


def _to_close(e: Explanation) -> list[SwitchDirection]:
    """The directions whose recipes are shown: of two that change both sides, the better one."""
    both = len(e.directions) > 1 and all(d.recipe is not None and d.recipe.other for d in e.directions)
    return [d for d in e.directions if d is e.best or not both]


def _recipe(d: SwitchDirection, e: Explanation) -> str:
    other, recipe = tables.other_side(d, e), d.recipe
    if recipe is None or _other_alone(d, e):
        return ""
    if not d.closed:
        if d is not e.best or e.verdict is not Conclusion.PARTLY or not recipe.arguments or recipe.other:
            return ""
        words = f"{recipe.model} with {passed(recipe.model, recipe.arguments)}"
        return f"Nearest to {other} comes {words}, which leaves a difference of {d.left_over:.3g}."
    if recipe.by_reference:
        words = f"{d.side} has no settings that give the answer of {other}; the reference model reproduces it"
        return f"{words}: {_reached(d.left_over, recipe)}{_nearest(d)}."
    aim = "the two give one answer" if recipe.other else f"{d.side} give the answer of {other}"
    words = f"To make {aim}: {recipe.model} with {passed(recipe.model, recipe.arguments)}"
    words += f", its rows prepared by {recipe.preparation}" if recipe.preparation else ""
    words += f", {tables.label_words(recipe.threshold)}" if recipe.threshold is not None else ""
    if recipe.other:
        words += f" for {d.side}, and {other} run to its end with {passed(recipe.other_model, recipe.other)}"
    if ("right" if d is e.from_left else "left") in e.no_optimum:
        far = "" if math.isnan(recipe.coefficients) else f" (relative distance {recipe.coefficients:.2g})"
        reached = _reached(d.left_over, recipe)
        reached = reached if reached.startswith("scores:") else f"the scores have {reached}"
        return f"{words}; {reached}, the coefficients have no limit{far}."
    return f"{words}; {_reached(d.left_over, recipe)}."


def _nearest(d: SwitchDirection) -> str:
    """Of a recipe by the reference model, how near the side's own settings come."""
    assert d.recipe is not None
    if not d.recipe.nearest:
        return ""
    words, left = passed(d.recipe.nearest_model, d.recipe.nearest), d.recipe.nearest_gap
    return f"; its own settings come nearest with {words}, which leaves a difference of {left:.3g}"


def _reached(left_over: float, recipe: Recipe) -> str:
    """What a recipe reaches: the digits of the scores and, where it takes another rule, the labels."""
    scores = digits_in_words(left_over)
    if recipe.threshold is None:
        return scores
    unlike = "not compared" if math.isnan(recipe.labels) else f"{percent(recipe.labels)} differ"
    return f"scores: {scores}; labels: {unlike if recipe.labels else 'identical'}"


def _other_alone(d: SwitchDirection, e: Explanation) -> bool:
    """Whether all that a recipe switches is how the other side's solver stops, which that side's has too."""
    assert d.closing is not None
    label = "(right)" if d is e.from_left else "(left)"
    return len(e.directions) > 1 and all(name.endswith(label) for name in d.closing.settings)


def _to_pass(e: Explanation) -> list[str]:
    """Over draws, what to pass to the sides in which something is switched, where that brings them nearer."""
    trial = e.trial
    assert trial is not None
    if not trial.closes and not abs(1 - trial.part) < 1:
        return []
    sides = [
        f"{side.model} with {tables.what_to_pass(side)} for {name}"
        for name, side in ((e.left, trial.left), (e.right, trial.right))
        if side.switched
    ]
    aim = "to make the two alike:" if trial.closes else "nearest comes"
    return [sentence(f"{aim} {' and '.join(sides)}")] if sides else []
