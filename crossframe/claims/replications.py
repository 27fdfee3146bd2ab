"""The claims that a run of a preset repeats, judged by the run's own intervals."""

from __future__ import annotations

from crossframe.claims import beam, leek
from crossframe.claims.claim import REPLICATION, Finding
from crossframe.claims.original import JudgedClaim, Quirk
from crossframe.experiment.view import Compared, View

CLAIMS: dict[str, tuple[JudgedClaim, ...]] = {"leek-2017": leek.CLAIMS, "beam-2017": beam.CLAIMS}
"""Preset -> its claims, in the order of the page."""

QUIRKS: dict[str, tuple[Quirk, ...]] = {"leek-2017": leek.QUIRKS, "beam-2017": beam.QUIRKS}
"""Preset -> the quirks of the original, followed ones first."""


def findings(result: Compared) -> list[Finding]:
    """The claims that belong to the run's preset with their verdicts; none for a run without preset."""
    view = View(result)
    made = []
    for entry in CLAIMS.get(view.preset or "", ()):
        ruling = entry.rule(view)
        under = tuple(rule(view).verdict for rule in entry.earlier)
        made.append(ruling.finding(entry.claim, under, printed=REPLICATION[ruling.verdict]))
    return made
