"""The table on the terminal: it fits its width, and is plain where it should be."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from crossframe.compare import terminal
from crossframe.frameworks.contract import Status
from tests.report.fixture import Made, build


@pytest.fixture(scope="module")
def made() -> Made:
    return build(sizes=(10, 40), draws=2)


def printed(made: Made, width: int) -> str:
    stream = io.StringIO()
    terminal.show(made, Console(file=stream, width=width, force_terminal=True, color_system=None))
    return stream.getvalue()


@pytest.mark.parametrize("width", [80, 100, 140])
def test_no_number_is_cut(made: Made, width: int) -> None:
    text = printed(made, width)
    assert max(map(len, text.splitlines())) <= width
    for row in made.summary.to_dict("records"):
        assert f"{row['accuracy_mean']:.3f} [" in text
    for column in ("accuracy", "loss", "train", "epochs", "status"):
        assert column in text
    assert ("p10–p90" in text) == (width >= 100)


def test_statuses_and_messages_are_there(made: Made) -> None:
    text = printed(made, 100)
    for status in set(made.cells["status"]):
        assert terminal.SHORT[Status(status)] in text
    assert "messages of the frameworks" in text
    assert "/30" in text


def test_plain_when_it_is_not_a_terminal(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    stream = io.StringIO()
    terminal.show(made, Console(file=stream))
    assert "\x1b" not in stream.getvalue()


def test_no_colour_on_request(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    stream = io.StringIO()
    terminal.show(made, Console(file=stream, force_terminal=True, width=100, color_system="standard"))
    assert "\x1b[3" not in stream.getvalue()
