"""Claims of the study ``practice``; `sizes`, `tuning`, `errors` and `fooling` judge them."""

from __future__ import annotations

from crossframe.claims.claim_set import read_claims

TARGET = 0.70
"""Test accuracy whose price in images is asked for."""
TARGET_OF_CLASSES = 0.80
"""The same where the number of classes varies."""
PROPORTION = 0.5, 1.5
"""Slopes of logarithms that count as almost a proportion."""
BUDGET = 16
"""Settings that a search tries."""
LITTLE = 0.01
"""Difference of accuracies that counts as little."""

CLAIMS = read_claims(
    __package__,
    least=PROPORTION[0],
    most=PROPORTION[1],
    little=LITTLE,
)
