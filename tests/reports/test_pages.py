"""The committed pages answer first: what stands before their details is short."""

from __future__ import annotations

import pytest

from crossframe.report.document import FIRST_SCREENS
from tests.reports.committed import REPORTS

PAGES = sorted(str(path.relative_to(REPORTS)) for path in REPORTS.rglob("*.md"))


@pytest.mark.parametrize("page", PAGES)
def test_the_first_screens_are_short(page: str) -> None:
    text = (REPORTS / page).read_text(encoding="utf-8")
    assert len(text.partition("\n## Details\n")[0].encode()) <= FIRST_SCREENS


def test_studies_begin_with_sentences() -> None:
    text = (REPORTS / "studies/README.md").read_text(encoding="utf-8")
    before = text.partition("\n## ")[0]
    assert sum(line.startswith("- ") for line in before.splitlines()) == 10
    assert "|" not in before
