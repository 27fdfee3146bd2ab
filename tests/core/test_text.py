"""Numbers as people read them."""

from __future__ import annotations

import pytest

from crossframe.core.text import epochs, whole


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1250.5, "1 250.5"),
        (999.75, "999.8"),
        (12.25, "12.2"),
        (2000, "2 000"),
        (10, "10"),
        (None, "–"),
    ],
)
def test_a_count_has_no_exponent(value: float | None, text: str) -> None:
    assert whole(value) == text


def test_epochs_have_no_exponent() -> None:
    assert epochs({"epochs": 1500.0, "epochs_asked": 2000.0}) == "1 500 / 2 000"
    assert epochs({"epochs": 10.0035, "epochs_asked": 20.0}) == "10 / 20"
    assert epochs({"epochs": 12.0}) == "12"
