"""No control character of a name reaches the terminal, those of rich do."""

from __future__ import annotations

import io

import pytest

from crossframe.core import terminal
from crossframe.core.text import visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("my\x1b[2Jfile", r"my\x1b[2Jfile"),
        ("\x1b]0;title\x07", r"\x1b]0;title\x07"),
        ("\x9b31m \x7f \x00", r"\x9b31m \x7f \x00"),
        ("over\rwritten", r"over\rwritten"),
        ("a\u202eb\u2066", r"a\u202eb\u2066"),
        ("not UTF-8: \udcff", r"not UTF-8: \udcff"),
        ("line\nend\r\nand\ttab, ä – 𝛼", "line\nend\r\nand\ttab, ä – 𝛼"),
    ],
)
def test_control_characters_are_shown(text: str, shown: str) -> None:
    assert visible(text) == shown
    assert visible(shown) == shown


def test_colours_are_those_of_the_console_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    from rich.table import Table

    below = io.StringIO()
    monkeypatch.setattr("sys.stdout", below)
    with terminal.escaping():
        print("plain \x1b[31m")
        console = terminal.console(force_terminal=True, width=60, color_system="standard")
        table = Table()
        table.add_column("name", min_width=20)
        table.add_row("a\x1b[2Jb")
        console.print(table)
        console.print("\x1b]0;title", style="red", markup=False, highlight=False)
    printed = below.getvalue()
    assert r"plain \x1b[31m" in printed
    assert r"a\x1b[2Jb" in printed
    assert "\x1b[31m\\x1b]0;title\x1b[0m" in printed
