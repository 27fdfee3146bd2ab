"""Snapshots on disk, hostile ones included."""

from __future__ import annotations

import contextlib
import json
import math
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossframe.audit import snapshot
from crossframe.audit.drift import diff, drift
from crossframe.core.errors import UsageError


def entry(value: Any, effective: Any = None, state: str | None = None, setting: str | None = None) -> Any:
    return {"value": value, "effective": effective, "state": state, "setting": setting}


def plain() -> dict[str, Any]:
    return {
        "frameworks": {"sklearn": {"scikit-learn": "1.9.1"}, "h2o": {"h2o": "3.46.0.12"}},
        "models": {
            "sklearn.logistic": {
                "LogisticRegression.C": entry(1.0, 1.0, "active", "penalty.strength"),
                "LogisticRegression.penalty": entry("l2", "l2", "active"),
            },
            "h2o.mlp": {
                "h2o.deeplearning.rate": entry(0.005, 0.005, "inert", "optimizer.learning_rate"),
                "h2o.deeplearning.hidden": entry((200, 200), (128, 128), "active"),
            },
        },
    }


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "snapshot.json"


@pytest.fixture
def saved(path: Path) -> dict[str, Any]:
    """A valid file at ``path``, and what is in it."""
    snapshot.write(path, plain())
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def refused(path: Path, text: str | bytes) -> UsageError:
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    with pytest.raises(UsageError) as caught:
        snapshot.read(path)
    assert path.name in caught.value.message
    assert caught.value.hint
    assert str(caught.value).isprintable() or "\n" in str(caught.value)
    assert len(caught.value.message) < 1500
    return caught.value


def test_round_trip(path: Path, saved: dict[str, Any]) -> None:
    assert snapshot.read(path) == saved
    assert saved["schema"] == 1
    assert saved["kind"] == "crossframe-audit"
    assert saved["models"]["h2o.mlp"]["h2o.deeplearning.hidden"]["value"] == [200, 200]
    assert diff(saved, plain()) == ()


def test_file_is_stable_and_readable(path: Path, saved: dict[str, Any]) -> None:
    text = path.read_text()
    assert text.endswith("}\n")
    shuffled = {**plain(), "models": dict(reversed(plain()["models"].items()))}
    snapshot.write(path, shuffled)
    assert path.read_text() == text
    shuffled["models"]["sklearn.logistic"]["LogisticRegression.C"]["value"] = 2.0
    snapshot.write(path, shuffled)
    lines = path.read_text().splitlines()
    changed = [(a, b) for a, b in zip(text.splitlines(), lines, strict=True) if a != b]
    assert [(a.strip(), b.strip()) for a, b in changed] == [('"value": 1.0', '"value": 2.0')]


def test_numbers_that_json_lacks_become_words(path: Path) -> None:
    one = plain()
    one["models"]["h2o.mlp"] = {"f.a": entry(math.inf), "f.b": entry((math.nan, -math.inf))}
    snapshot.write(path, one)
    found = snapshot.read(path)["models"]["h2o.mlp"]
    assert (found["f.a"]["value"], found["f.b"]["value"]) == ("inf", ["nan", "-inf"])
    assert diff(snapshot.read(path), one) == ()


def test_names_are_kept_as_they_are(path: Path) -> None:
    one = plain()
    odd = "<script>alert(1)</script>\x1b[31m\u202e| `x`"
    one["models"][odd] = {f"{odd}.{odd}": entry(odd)}
    snapshot.write(path, one)
    assert snapshot.read(path)["models"][odd] == {f"{odd}.{odd}": entry(odd)}


def test_shown_escapes_what_does_not_print() -> None:
    told = snapshot.escaped("a\x1b[31mb\r\n\u202ec\ud800 <b>é")
    assert told == "a\\x1b[31mb\\r\\n\\u202ec\\ud800 <b>é"
    assert len(snapshot.escaped("x" * 1000)) == 200


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "not JSON"),
        ("schema: 1", "not JSON"),
        (b"\x89PNG\r\n", "not UTF-8"),
        ("[]", "an object is expected, not a list"),
        ("{}", "at kind"),
        ("[" * 100_000, "nested too deeply"),
        ('{"a":' * 100_000, "nested too deeply"),
        ('{"a": 1, "a": 2}', "occurs twice"),
        ('{"schema": NaN}', "NaN is no number of JSON"),
        ('{"schema": 1' + "0" * 5000 + "}", "more than 64 bits"),
    ],
)
def test_what_is_no_snapshot(path: Path, text: str | bytes, words: str) -> None:
    assert words in refused(path, text).message


def at(whole: dict[str, Any], places: str, value: Any) -> str:
    """``whole`` as JSON with something else in one place; nothing there for ``...``."""
    *way, last = places.split("/")
    here: Any = whole
    for key in way:
        here = here[key]
    if value is ...:
        del here[last]
    else:
        here[last] = value
    return json.dumps(whole)


C = "models/sklearn.logistic/LogisticRegression.C"


@pytest.mark.parametrize(
    ("places", "value", "words"),
    [
        ("kind", "crossframe-compare", "at kind: 'crossframe-audit' is expected"),
        ("schema", True, "at schema"),
        ("schema", 1.0, "at schema"),
        ("schema", 0, "at schema"),
        ("schema", "1", "at schema"),
        ("crossframe", 1, "at crossframe: text is expected, not a number"),
        ("crossframe", ..., "'crossframe' is missing"),
        ("extra", 1, "unknown name 'extra'"),
        ("frameworks", [], "at frameworks: an object is expected, not a list"),
        ("frameworks/h2o", "3.46", 'at frameworks."h2o": an object is expected, not text'),
        ("frameworks/h2o/h2o", 3.46, 'at frameworks."h2o"."h2o": text is expected'),
        ("models", None, "at models: an object is expected, not null"),
        ("models/h2o.mlp", 1, 'at models."h2o.mlp"'),
        (C, 1.0, 'at models."sklearn.logistic"."LogisticRegression.C": an object is expected'),
        (f"{C}/value", ..., "'value' is missing"),
        (f"{C}/state", 1, ".state: text is expected"),
        (f"{C}/setting", ["a"], ".setting: text is expected"),
        (f"{C}/other", 1, "unknown name 'other'"),
        (f"{C}/value", 10**30, "more than 64 bits"),
        (f"{C}/value", "x" * 10_001, "10,001 characters"),
        (f"{C}/value", [0] * 1001, "1,001 items"),
        (f"{C}/effective", [[[[[[[[[[[1]]]]]]]]]]], "nested too deeply"),
        (f"{C}/effective", "\ud800", "half of a surrogate pair"),
        (f"models/{'m' * 201}", {}, "201 characters"),
        ("models/\x1b[2J", 1, "\\x1b[2J"),
    ],
)
def test_wrong_parts_are_named(
    path: Path, saved: dict[str, Any], places: str, value: Any, words: str
) -> None:
    assert words in refused(path, at(saved, places, value)).message


def test_infinite_numbers_are_refused(path: Path, saved: dict[str, Any]) -> None:
    text = at(saved, f"{C}/value", "HERE").replace('"HERE"', "1e999")
    assert "too large for a double" in refused(path, text).message


def test_newer_schema_names_both_and_the_remedy(path: Path, saved: dict[str, Any]) -> None:
    error = refused(path, json.dumps({**saved, "schema": 7, "models": "whatever it will be"}))
    assert "schema 7" in error.message
    assert "schema 1" in error.message
    assert "upgrade crossframe" in error.hint


def test_a_large_file_is_refused_unread(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open(path, "wb") as file:
        file.truncate(100_000_000)

    def parsed(*args: object) -> None:
        raise AssertionError("it was read")

    monkeypatch.setattr(snapshot, "_parsed", parsed)
    with pytest.raises(UsageError, match="100,000,000 bytes"):
        snapshot.read(path)


def test_only_regular_files_are_read(path: Path, tmp_path: Path) -> None:
    os.mkfifo(path)
    for odd in (path, tmp_path, Path(os.devnull)):
        with pytest.raises(UsageError, match="no regular file"):
            snapshot.read(odd)
        with pytest.raises(UsageError, match="no regular file"):
            snapshot.write(odd, plain())
    with pytest.raises(UsageError, match="No such file"):
        snapshot.read(tmp_path / "none.json")
    with pytest.raises(UsageError, match="cannot read"):
        snapshot.read("a\0b")


def test_a_failed_write_leaves_the_old_file(path: Path, saved: dict[str, Any]) -> None:
    before = path.read_bytes()
    wrong = plain()
    wrong["models"]["h2o.mlp"]["f.a"] = entry({1, 2})
    with pytest.raises(UsageError, match="a plain value is expected, not set"):
        snapshot.write(path, wrong)
    assert path.read_bytes() == before
    assert [p.name for p in path.parent.iterdir()] == [path.name]
    with pytest.raises(UsageError, match="cannot write"):
        snapshot.write(path.parent / "none" / "s.json", plain())


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@given(value=_JSON, depth=st.integers(0, 4), data=st.data())
def test_nothing_but_a_usage_error(
    tmp_path_factory: pytest.TempPathFactory, value: Any, depth: int, data: st.DataObject
) -> None:
    """Anything in any place is read as a snapshot or refused by name."""
    whole: Any = {"top": snapshot.complete(plain())}
    here, key = whole, "top"
    for _ in range(depth):
        if not isinstance(here[key], dict):
            break
        here = here[key]
        key = data.draw(st.sampled_from(sorted(here)))
    here[key] = value
    path = tmp_path_factory.getbasetemp() / "any.json"
    path.write_text(json.dumps(whole["top"]))
    with contextlib.suppress(UsageError):
        found = snapshot.read(path)
        assert drift(found, found).changes == ()
