"""Judging images that fool a network."""

from __future__ import annotations

from crossframe.claims.claim import Effect, Finding, not_run
from crossframe.claims.judge import above, every, in_words, listed
from crossframe.core.statistics import student_mean
from crossframe.studies.practice.claims import CLAIMS
from crossframe.studies.practice.jobs import BOUNDS, KERAS, SKLEARN, Computed

IMPERCEPTIBLE = BOUNDS.index(8 / 255)
_MOST, _SHARE = 0.5, 0.9


def imperceptible(computed: Computed) -> Finding:
    """Whether a small change of the pixels relabels most images."""
    arrays = computed.get("fooled")
    if arrays is None:
        return not_run(CLAIMS["imperceptible"], "keras")
    share = student_mean(arrays["network"][IMPERCEPTIBLE])
    effect = Effect.of("share relabelled", share)
    by_bound = "; ".join(
        f"by at most {bound * 255:.0f}/255 {row.mean():.3f}"
        for bound, row in zip(BOUNDS, arrays["network"], strict=True)
    )
    words = f"relabelled {by_bound}; test accuracy on unchanged images {arrays['accuracy'].mean():.3f}"
    return Finding(CLAIMS["imperceptible"], above(effect, _MOST), words, effect, (KERAS,))


def linear(computed: Computed) -> Finding:
    """Whether a network is fooled more easily than softmax regression."""
    arrays = computed.get("fooled")
    if arrays is None:
        return not_run(CLAIMS["linear-fooled"], "keras")
    gap = arrays["network"][IMPERCEPTIBLE] - arrays["linear"][IMPERCEPTIBLE]
    effect = Effect.of("share relabelled, network - linear", student_mean(gap))
    words = (
        f"network {arrays['network'][IMPERCEPTIBLE].mean():.3f}, softmax regression "
        f"{arrays['linear'][IMPERCEPTIBLE].mean():.3f}, difference {in_words(effect)}; test accuracy "
        f"{arrays['accuracy'].mean():.3f} and {arrays['linear_accuracy'].mean():.3f}"
    )
    return Finding(CLAIMS["linear-fooled"], above(effect), words, effect, (KERAS, SKLEARN))


def noise(computed: Computed) -> Finding:
    """Whether noise becomes certain."""
    arrays = computed.get("fooled")
    if arrays is None:
        return not_run(CLAIMS["noise-images"], "keras")
    shares = arrays["noise"]
    words = f"share of the images of noise that became certain, by network: {listed(shares)}"
    effect = Effect.of("share, worst network", float(shares.min()), count=len(shares))
    verdict = every(shares >= _SHARE)
    return Finding(CLAIMS["noise-images"], verdict, words, effect, (KERAS,))
