"""Sentences of a report on two models over draws: row by row, in the metric, and on the proof."""

from __future__ import annotations

import math
import statistics

from crossframe.core.errors import UsageError
from crossframe.core.text import digits, fixed, percent, plural, small, whole
from crossframe.data.designs import WHOLE
from crossframe.experiment.spec import parse
from crossframe.explain import report_tables as tables
from crossframe.explain.explanation import Explanation
from crossframe.explain.paired import LABELS
from crossframe.explain.proof import Trial
from crossframe.settings.vocabulary import titled

_PROOF = (
    "The closing switches made in the frameworks themselves: each on the left side where that framework can "
    "express what the other does, else on the right one. The remaining difference is measured on as many "
    "other draws, with other seeds, as those on which the switches were chosen. Of several sets that were "
    "tried and that close the difference the smallest comes first, of others the one that leaves least. The "
    "set that was chosen before is tried first; the intervals of all others hold together (Bonferroni).",
)


def in_words(name: str) -> str:
    """The title of a side that is a contestant, for use inside a sentence; other names as they are."""
    try:
        return parse(name).title.replace(", ", " · ")
    except UsageError:
        return name


def row_by_row(e: Explanation) -> list[str]:
    """Sentences on the two sides' fits of the same rows, and on what a second run of either changes."""
    pair = e.gap.paired
    if pair is None or not pair.by:
        return []
    labels = f"{percent(pair.labels)} of the labels differ"
    if pair.by == LABELS:
        finding = f"The scores of the two are the same, and {labels}."
    else:
        finding = (
            f"On the same rows the two scores of a row differ by {small(pair.scores)} on average, by "
            f"{small(pair.largest)} at most"
        )
        # Predicted numbers have no labels.
        finding += "." if math.isnan(pair.labels) else f", and {labels}."
    if pair.repeatable:
        same = "scores" if math.isnan(pair.labels) else "scores and labels"
        again = f"Both calls gave the same {same} when they were run again."
    else:
        own = " and ".join(map(small, pair.own_scores))
        again = f"Run again with the same seeds, they differ from themselves by {own} on average."
    return [finding, again, *_beside_seeds(e)]


def _beside_seeds(e: Explanation) -> list[str]:
    """What two seeds of one side differ by, beside one of each, and the test of it."""
    pair, spread = e.gap.paired, e.gap.spread
    if spread is None or pair is None or math.isnan(spread.p):
        return []
    what = "labels (share of the rows)" if pair.by == LABELS else "scores (mean of a row)"
    lines = [
        f"By the {what}, with {spread.seeds} seeds each: a fit of one side differs from one of the other by "
        f"{small(spread.between)}, two seeds of {e.left} by {small(spread.own[0])}, of {e.right} by "
        f"{small(spread.own[1])} (permutation test, p = {fixed(spread.p, 3)})."
    ]
    if spread.larger and spread.between <= max(spread.own):
        lines.append("What differs is above all how much the two vary from seed to seed.")
    return lines


def fitted_on(e: Explanation) -> str:
    """The rows, draws and seeds of an explanation, as a phrase."""
    gap, data = e.gap, e.data
    if not e.over_draws:
        return f"{whole(data['rows'])} rows of {data['name']}"
    if not e.one_draw:
        return (
            f"{data['name']}, {data['rows']} training rows, {plural(gap.draws, 'draw')} by the design "
            f"{data['design']}, {plural(gap.seeds, 'seed')} each"
        )
    rows = f"{whole(data['rows'])} training rows of {data['name']}, one draw by the design {data['design']}"
    if data["design"] == WHOLE.name:
        rows = f"all {whole(data['rows'])} rows of {data['name']}, on which both are trained and scored"
    return rows if gap.seeds == 1 else f"{rows}, {plural(gap.seeds, 'seed')}"


def on_one_draw(e: Explanation) -> tuple[str, ...]:
    """What is compared where there is one draw, and over what its interval is."""
    gap = e.gap
    lines = ["Both sides get the same rows, and their scores are compared row by row."]
    if gap.spread is not None:
        lines.append(
            "They draw other random numbers from the same seed, so each is fitted with several seeds. Their "
            "difference is what a fit of one side differs from one of the other beyond what two seeds of "
            "one side do (half the energy distance of Szekely and Rizzo)."
        )
    elif gap.seeds == 1:
        lines.append("With the same seeds both calls repeat themselves: their difference needs no interval.")
    if gap.seeds > 1:
        lines.append(f"Intervals are over {gap.seeds} seeds on these rows (95 %), not over other rows.")
    return (*lines, alike(e))


def alike(e: Explanation) -> str:
    """The share of rows labelled alike, and the digits in which the scores agree."""
    words = f"{digits(e.gap.digits)} digits at least.".replace("identical digits at least", "every digit")
    if math.isnan(e.gap.alike):
        return f"The scores of the two agree in {words}"
    return f"The two label {percent(e.gap.alike)} of the scored rows alike; their scores agree in {words}"


def what_draws_show(e: Explanation) -> list[str]:
    """The size below which draws from one table cannot show a difference; none where they do not overlap."""
    overlap = float(e.data["overlap"])
    if e.gap.draws < 2 or not overlap:
        return []
    least = statistics.NormalDist().inv_cdf(0.975) * math.sqrt(overlap / (1 - overlap))
    return [
        f"The draws come from the same rows and overlap (rho = {overlap:.2g}): they can show a difference "
        "that other samples of this kind would show as well, but however many there are, the half-width of "
        f"the interval stays above {least:.2g} standard deviations of one draw's difference, and what is "
        "smaller cannot be distinguished from 0."
    ]


def rule_words(e: Explanation) -> list[str]:
    """A line on each rule of two networks that no setting changes, with what it changes by itself."""
    return [
        f"Implementation, {titled(rule.setting)}: {rule.left} on the left, {rule.right} on the right; with "
        f"every other setting equal this changes a score by {small(rule.scores)} on average and "
        f"{percent(rule.labels)} of the labels (reference trainer, same random numbers)."
        for rule in e.rules
    ]


def in_the_metric(e: Explanation) -> str:
    """What the draws say of the metric where it is not what is shared out."""
    gap = e.gap
    if not (e.row_by_row or e.one_draw):
        return ""
    if e.one_draw:
        return (
            f", with {gap.seeds} seeds on the same rows"
            if gap.interval
            else ", on one sample, which has no interval"
        )
    if not gap.difference:
        return ": the metric does not show it"
    return f", which {gap.draws} draws do not tell from 0"


def proof_words(e: Explanation) -> tuple[str, ...]:
    """How the proof over draws was made; on one sample there are no other rows for it."""
    others = "on as many other draws, with other seeds, as those on which the switches were chosen"
    if not e.one_draw:
        return _PROOF
    seeds = "other seeds"
    if e.gap.seeds == 1:
        seeds = "the same seeds, with which both repeat themselves"
    elif e.best is not None and e.best.calibration:
        seeds = "the same seeds; the switches were chosen by the reference trainer"
    return tuple(words.replace(others, f"on the same rows, with {seeds}") for words in _PROOF)


def proved(trial: Trial, e: Explanation) -> str:
    """A sentence on the difference that is left in the frameworks after the switches of a trial."""
    words = " and ".join(
        f"{titled(', '.join(side.switched))} switched in {name}"
        for side, name in ((trial.left, e.left), (trial.right, e.right))
        if side.switched
    )
    rest = f"With {words}, the two differ by {tables.with_interval(trial.gap, trial.interval)}"
    part = f"{tables.part(trial.part)} of the difference is closed{tables.within(trial.part_interval)}"
    also = f"; neither can express {titled(', '.join(trial.missing))}" if trial.missing else ""
    if trial.labels is not None:
        unlike = f"{percent(trial.labels)} of the labels differ"
        also += f"; {unlike if trial.labels else 'the labels are identical'}"
    return f"{rest}: {part}{also}."
