"""Study ``gradient-failures``: where gradient-based learning is said to fail, by experiment.

Settings are those of the publication's own programs: S. Shalev-Shwartz, O. Shamir, S. Shammah,
Failures of Gradient-Based Deep Learning, arXiv:1703.07950, 2017.
"""

from __future__ import annotations

from crossframe.studies.gradient_failures import curves, flat, lines, parity, stocks
from crossframe.studies.lab import Lab
from crossframe.studies.study import Found

PARTS = {"parity": parity, "lines": lines, "stocks": stocks, "curves": curves, "flat": flat}
"""See `crossframe.studies.study.Study`."""


def run(lab: Lab) -> Found:
    """See `crossframe.studies.study.Study`."""
    found = [part.run(lab) for name, part in PARTS.items() if lab.wants(name)]
    findings = tuple(finding for part in found for finding in part.findings)
    # Where nothing could be computed there is no figure to show.
    parts = tuple(
        p
        for part in found
        for p in part.parts
        if p.drawing is not None or any(table.rows for table in p.tables)
    )
    return Found(findings, parts, "data drawn by the experiments themselves")
