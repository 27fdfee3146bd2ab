"""Sentences of a report on two models over draws: row by row, in the metric, and on the proof."""

from __future__ import annotations

from crossframe.core.text import percent, small
from crossframe.data.designs import WHOLE
from crossframe.explain.explanation import Explanation
from crossframe.explain.paired import LABELS

_PROOF = (
    "The closing switches made in the frameworks themselves: each on the left side where that framework can "
    "express what the other does, else on the right one. The remaining difference is measured on as many "
    "other draws, with other seeds, as those on which the switches were chosen. Of several sets that were "
    "tried the one with the smallest remaining difference comes first.",
)


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
            f"{small(pair.largest)} at most, and {labels}."
        )
    if pair.repeatable:
        again = "Both calls gave the same scores and labels when they were run again."
    else:
        own = " and ".join(map(small, pair.own_scores))
        again = f"Run again with the same seeds, they differ from themselves by {own} on average."
    return [finding, again]


def in_the_metric(e: Explanation) -> str:
    """What the draws say of the metric where it is not what is shared out."""
    gap = e.gap
    if not e.row_by_row:
        return ""
    if gap.draws == 1:
        return ", on one sample, which has no interval"
    if not gap.difference:
        return ": the metric does not show it"
    return f", which {gap.draws} draws do not tell from 0"


def proof_words(e: Explanation) -> tuple[str, ...]:
    """How the proof over draws was made; on one sample there are no other rows for it."""
    others = "on as many other draws, with other seeds, as those on which the switches were chosen"
    if e.data["design"] == WHOLE.name:
        return tuple(words.replace(others, "on the same rows, which are all there are") for words in _PROOF)
    return _PROOF
