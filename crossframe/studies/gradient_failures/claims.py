"""Claims of the study ``gradient-failures``, section by section of the publication; its parts judge them."""

from __future__ import annotations

from crossframe.claims.claim import Claim, Effect, Finding, Verdict
from crossframe.claims.claim_set import read_claims

OFFSET = 3.5
"""How far off the wrong bias of the smoothed step starts."""

CLAIMS = read_claims(__package__, offset=OFFSET)


def not_yet(
    claim: Claim, verdict: Verdict, words: str, effect: Effect | None, updates: int, published: int
) -> Finding:
    """A finding that something does not happen: fewer updates than published show it for these only."""
    where = ""
    if verdict is Verdict.HOLDS and updates < published:
        verdict, where = Verdict.PARTLY, f"within {updates:,} updates (published: {published:,})"
    return Finding(claim, verdict, words, effect, ("Keras",), where)
