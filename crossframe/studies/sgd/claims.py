"""Claims about stochastic gradient descent; `ends`, `wells` and `convex` judge them."""

from __future__ import annotations

from crossframe.claims.claim import untested
from crossframe.claims.claim_set import read_claims

TOLERATED = 0.2
"""Share of what a factor in rate / batch does to the eigenvalue, up to which the same factor in both
is said to do nothing."""
NEAR = 0.05
"""Difference of a share of runs from theory up to which they are said to agree."""
DIGITS = 6.0
"""Digits of the coefficients from which two answers are said to be one."""


CLAIMS = read_claims(__package__, tolerated=TOLERATED, near=NEAR, digits=f"{DIGITS:g}")

UNTESTED = tuple(untested(claim) for claim in CLAIMS.values() if claim.untested)
"""Findings on the claims of the same text for which there is no experiment."""
