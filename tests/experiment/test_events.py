"""The events of a command: one JSON object a line, as the page "On many machines" describes them."""

from __future__ import annotations

import json
import re

import pytest

from crossframe.core.text import plural
from crossframe.experiment.events import Events
from tests.command import ROOT

WORDS = ("compare", "--dataset", "digits", "--n", "10,20", "--draws", "4", "--no-report", "--quiet",
         "--contestants", "pixel.centre")  # fmt: skip
HEAD = {"schema", "event", "time", "elapsed"}


def read(text):
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


def test_every_cell_is_an_event_and_a_file_is_added_to(home, command):
    command(*WORDS, "--json-lines", "events.jsonl")
    lines = read((home / "events.jsonl").read_text())
    assert [line["event"] for line in lines] == ["started", "planned", *["cell"] * 8, "finished", "ended"]
    assert lines[0]["command"] == "compare"
    assert lines[0]["store"].endswith("store.sqlite")
    assert (lines[1]["cells"], lines[1]["others"]) == (8, 0)
    cells = lines[2:-2]
    assert [line["done"] for line in cells] == list(range(1, 9))
    assert len({line["key"] for line in cells}) == 8
    assert {line["status"] for line in cells} == {"converged"}
    assert {line["model"] for line in cells} == {"reference.centre"}
    assert lines[-2]["done"] == 8
    assert lines[-1]["exit_code"] == 0
    assert sorted(line["elapsed"] for line in lines) == [line["elapsed"] for line in lines]
    command(*WORDS, "--json-lines", "events.jsonl")
    more = read((home / "events.jsonl").read_text())[len(lines) :]
    assert [line["event"] for line in more] == ["started", "ended"]


def test_on_stderr_with_a_shard_and_after_an_error(home, command):
    printed = command(*WORDS, "--json-lines", "-", "--shard", "1/2")
    lines = read(printed.stderr)
    assert lines[0]["shard"] == "1/2"
    assert lines[1]["cells"] + lines[1]["others"] == 8
    assert sum(line["event"] == "cell" for line in lines) == lines[1]["cells"]
    assert f"{plural(lines[1]['cells'], 'cell')} computed" in printed.stdout
    printed = command(*WORDS, "--design", "none", "--json-lines", "-", code=2)
    assert [line["event"] for line in read(printed.stderr)] == ["started", "ended"]
    assert read(printed.stderr)[-1]["exit_code"] == 2
    assert "cannot be written" in command(*WORDS, "--json-lines", "none/events", code=2).stderr


def test_the_page_names_every_event_and_key(home, command):
    page = ROOT / "docs" / "machines.md"
    if not page.exists():
        pytest.skip("not run in a checkout")
    rows = re.findall(r"^\| `(\w+)` \| (.*) \|$", page.read_text(encoding="utf-8"), re.M)
    described = {event: set(re.findall(r"`(\w+)`", keys)) for event, keys in rows}
    command(*WORDS, "--json-lines", "events.jsonl")
    for line in read((home / "events.jsonl").read_text()):
        assert set(line) - HEAD == described[line["event"]]


def test_a_reader_that_is_gone_ends_nothing(tmp_path):
    file = open(tmp_path / "events", "w")  # noqa: SIM115
    events = Events(file)
    events("planned", cells=1)
    file.close()
    events("finished")
    assert read((tmp_path / "events").read_text())[0]["cells"] == 1
