"""Study ``gradient-failures``: where gradient-based learning is said to fail, by experiment.

Settings are those of the publication's own programs: S. Shalev-Shwartz, O. Shamir, S. Shammah,
Failures of Gradient-Based Deep Learning, arXiv:1703.07950, 2017.
"""

from __future__ import annotations

from crossframe.studies.gradient_failures import curves, flat, lines, parity, stocks
from crossframe.studies.lab import Lab
from crossframe.studies.study import Found

_SECTIONS = (parity, lines, stocks, curves, flat)


def run(lab: Lab) -> Found:
    """See `crossframe.studies.study.Study`."""
    found = [section.run(lab) for section in _SECTIONS]
    findings = tuple(finding for section in found for finding in section.findings)
    parts = tuple(part for section in found for part in section.parts)
    return Found(findings, parts, "data drawn by the experiments themselves")
