"""Claims of "Lessons from Optics"; `numerics`, `minima`, `training`, `regular`
and `explanations` judge them."""

from __future__ import annotations

from crossframe.claims.claim_set import read_claims

NEAR = 0.05
"""Range of training losses that counts as nearly the same; training begins at ln 10 = 2.3."""

STILL = 0.02
"""Change of the training loss in the last half of training up to which it is said to have come to rest."""
ALIKE = 0.01
"""Difference of test accuracies up to which networks are said to be equally good."""
GENERALISES = 0.85
"""Test accuracy that a thousand true labels are expected to give."""

CLAIMS = read_claims(__package__, near=NEAR, still=STILL, alike=ALIKE, generalises=f"{GENERALISES:.2f}")
