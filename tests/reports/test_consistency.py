"""The committed reports do not contradict each other: what differs is explained on the pages."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from crossframe.audit import verdicts
from crossframe.audit.effects import judge
from crossframe.claims import replications
from crossframe.compare import again
from crossframe.report.export import plain
from tests.reports.committed import (
    REPORTS,
    Records,
    contradictions,
    disagreements,
    judgements,
    quantities,
    records,
)

REPLACED = {
    "phenomena/many-starts", "phenomena/dropout", "phenomena/true-labels", "sgd/rate", "sgd/batch",
    "sgd/ratio", "sgd/wells", "transfer/factor", "transfer/images", "transfer/sentences",
    "gradient-failures/lines-signal", "gradient-failures/curves-convolution", "suspicions/epochs",
}  # fmt: skip
"""Claims whose mark was replaced after results had been seen."""


@pytest.fixture(scope="module")
def pages() -> Records:
    return records()


def test_no_claim_has_two_verdicts_without_a_reason(pages: Records) -> None:
    assert len({j.page for j in judgements(pages)}) >= 5
    assert contradictions(pages) == []


def test_no_quantity_has_two_values_without_a_reason(pages: Records) -> None:
    by_page: dict[Any, set[str]] = {}
    for quantity in quantities(pages):
        by_page.setdefault(quantity.what, set()).add(quantity.page)
    assert sum(len(shown) > 1 for shown in by_page.values()) >= 20
    assert disagreements(pages) == []


def test_a_verdict_that_is_changed_by_hand_is_noticed(pages: Records) -> None:
    changed: Any = copy.deepcopy(pages["beam-2017"])
    finding = next(f for f in changed["findings"] if f["key"] == "net-rate")
    finding["verdict"] = "holds"
    faults = contradictions({**pages, "beam-2017": changed})
    assert any("leek/net-rate" in fault and "beam-2017" in fault for fault in faults)


@pytest.mark.parametrize("page", ["leek-2017", "beam-2017"])
def test_the_verdicts_of_a_comparison_follow_from_its_numbers(page: str, pages: Records) -> None:
    made = replications.findings(again.read(REPORTS / page / "result.json"))
    assert plain([finding.to_dict() for finding in made]) == pages[page]["findings"]


def test_the_verdicts_on_suspicions_follow_from_their_numbers() -> None:
    for checked in verdicts.read(REPORTS / "suspicions-2017/verdicts.json").suspicions:
        assert judge(checked.effects, unused="unused" if checked.unused else "") is checked.verdict


def test_a_reason_that_is_taken_away_is_missed(pages: Records) -> None:
    changed: Any = copy.deepcopy(pages["suspicions-2017"])
    for finding in changed["findings"]:
        finding["elsewhere"] = []
    assert contradictions({**pages, "suspicions-2017": changed})


@pytest.mark.parametrize("by", [0.2, -0.2])
def test_a_number_that_is_changed_by_hand_is_noticed(pages: Records, by: float) -> None:
    changed: Any = copy.deepcopy(pages["suspicions-2017"])
    row = next(r for r in changed["context"] if (r["contestant"], r["n"]) == ("leekasso.f.lm", 10))
    for key in ("accuracy_mean", "accuracy_low", "accuracy_high"):
        row[key] += by
    faults = disagreements({**pages, "suspicions-2017": changed})
    assert any("leekasso.f.lm 10 accuracy" in fault for fault in faults)


def test_the_same_draws_give_the_same_number(pages: Records) -> None:
    changed: Any = copy.deepcopy(pages["beam-2017"])
    row = next(r for r in changed["summary"] if (r["contestant"], r["n"]) == ("pixel.centre", 10))
    row |= {"accuracy_low": row["accuracy_mean"] - 0.01, "accuracy_high": row["accuracy_mean"] + 0.01}
    other = copy.deepcopy(changed)
    next(r for r in other["summary"] if r is not row and r["contestant"] == "pixel.centre" and r["n"] == 10)[
        "accuracy_mean"
    ] += 0.001
    assert any("pixel.centre 10" in f for f in disagreements({"one": changed, "two": other}))


def test_every_claim_shows_its_mark_with_its_date_and_the_earlier_ones(pages: Records) -> None:
    replaced = set()
    for judgement in judgements(pages):
        finding = judgement.finding
        assert finding["mark"], judgement.claim
        assert finding["fixed"], judgement.claim
        assert len(finding["replaced"]) == len(finding["under_replaced"]), judgement.claim
        text = page_of(judgement.page, finding["set"])
        for date in (finding["fixed"], *(mark["fixed"] for mark in finding["replaced"])):
            assert date in text, (judgement.page, judgement.claim, date)
        if finding["replaced"]:
            replaced.add(judgement.claim)
    assert replaced >= REPLACED


def page_of(page: str, name: str) -> str:
    """The text of the page that has the grounds of a claim set; a study's is below that of several."""
    folder = REPORTS / page
    own = folder / name / "README.md"
    return (own if own.is_file() else folder / "README.md").read_text(encoding="utf-8")
