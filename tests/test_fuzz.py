"""Odd input: whatever the files, options and stored records, the command ends as documented.

What is demanded of every case is in `tests.fuzz.case.complaints`: a documented exit code that is no defect,
no traceback, no control character, nothing written but where it was given to write, and an end.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.fuzz.archives import places
from tests.fuzz.case import Case, complaints, prepared, run
from tests.fuzz.documents import configs, snapshots
from tests.fuzz.options import options
from tests.fuzz.records import fill, records
from tests.fuzz.tables import tables
from tests.fuzz.terminal import terminals

CASES = {
    case.id: case
    for cases in (tables, places, configs, snapshots, options, records, terminals)
    for case in cases()
}

QUICK = (
    "table: NUL bytes",
    "table: UTF-16",
    "table: ragged: longer",
    "table: duplicate columns of one escape sequence",
    "table: missing in \\u202eright to left\\u202c",
    "place: pipe.csv",
    "place: pipe.toml",
    "place: pipe.npz",
    "place: link to itself.csv.gz",
    "place: no file \\x1b]0;owned\\x07title",
    "npz: objects",
    "gzip: cut",
    "config: unknown keys",
    "config: deep lists",
    "snapshot: nested 100,000 times",
    "snapshot: half a pair",
    "number: compare --time-limit=inf",
    "number: compare --n=2:9999999999... (32)",
    "words: setting of escapes",
    "words: half a pair",
    "words: against a shell",
    "place: store in a\\x00b",
    "place: run ../../beside/evil",
    "cell: record cut, compare",
    "cell: arrays changed, report",
    "run: null, report",
    "store: of another schema",
)
"""Of each kind some that are over in no time: these are run by `make test`."""


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Callable[[tuple[tuple[str, ...], ...]], Path]:
    """``filled(commands)``: the folder of a store that these commands have filled."""

    @functools.cache
    def folder(commands: tuple[tuple[str, ...], ...]) -> Path:
        made = tmp_path_factory.mktemp("filled")
        prepared(made)
        with pytest.MonkeyPatch.context() as patch:
            fill(made / "store", commands, lambda case: run(case, made, patch))
        return made / "store"

    return folder


@pytest.fixture
def judged(tmp_path: Path, filled, monkeypatch: pytest.MonkeyPatch) -> Callable[[Case], None]:
    """``judged(case)`` runs it, and fails with all that is wrong with what the command did."""

    def judge(case: Case) -> None:
        store = filled(case.stored) if case.stored else None
        if wrong := complaints(case, tmp_path, store, monkeypatch):
            pytest.fail("\n".join(wrong), pytrace=False)

    return judge


def test_every_case_has_a_name_of_its_own():
    cases = [c for made in (tables, places, configs, snapshots, options, records, terminals) for c in made()]
    assert [name for name, count in Counter(c.id for c in cases).items() if count > 1] == []
    assert len(cases) >= 200
    assert set(QUICK) <= set(CASES)


@pytest.mark.parametrize("name", QUICK)
def test_odd_input(name, judged):
    judged(CASES[name])


@pytest.mark.slow
@pytest.mark.parametrize("case", [c for c in CASES.values() if c.id not in QUICK], ids=lambda case: case.id)
def test_more_odd_input(case: Case, judged):
    judged(case)
