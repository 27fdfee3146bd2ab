"""What differs between two snapshots."""

from __future__ import annotations

import copy
import json
import math
from pathlib import Path
from typing import Any

import pytest

from crossframe.audit import elsewhere, snapshot
from crossframe.audit.drift import Change, ChangeKind, diff, drift
from tests.audit.test_snapshot import C, at, entry, plain


def changed(places: str, value: Any) -> tuple[Change, ...]:
    old, new = plain(), copy.deepcopy(plain())
    at(new, places, value)
    return diff(old, new)


def test_each_kind_of_change() -> None:
    model, name = "sklearn.logistic", "LogisticRegression.C"
    assert changed(f"{C}/value", 2.0) == (Change(ChangeKind.VALUE, model, name, 1.0, 2.0),)
    assert changed(f"{C}/effective", 3.0) == (Change(ChangeKind.EFFECTIVE, model, name, 1.0, 3.0),)
    assert changed(f"{C}/state", "inert") == (Change(ChangeKind.ACTIVITY, model, name, "active", "inert"),)
    assert changed(C, ...) == (Change(ChangeKind.GONE, model, name, before=1.0),)
    assert changed(f"models/{model}/f.new", entry(7)) == (Change(ChangeKind.NEW, model, "f.new", after=7),)
    both = changed(C, entry(2.0, 2.0, "active", "penalty.strength"))
    assert [c.kind for c in both] == [ChangeKind.VALUE]


@pytest.mark.parametrize(
    ("value", "differs"),
    [(1, False), (1.0, False), (True, True), ("1.0", True), (None, True), (math.nextafter(1, 2), True)],
)
def test_numbers_compare_exactly(value: Any, differs: bool) -> None:
    assert bool(changed(f"{C}/value", value)) is differs


def test_what_one_side_does_not_know_is_no_change() -> None:
    assert changed(f"{C}/effective", None) == ()
    assert changed(f"{C}/state", None) == ()
    assert changed(f"{C}/setting", "another.name") == ()


def test_a_version_is_told_and_is_no_drift() -> None:
    new = plain()
    new["frameworks"]["h2o"] = {"h2o": "3.46.0.13", "java": "17"}
    found = drift(plain(), new)
    assert found.changes == ()
    assert found.versions == (("h2o", "h2o", "3.46.0.12", "3.46.0.13"), ("h2o", "java", "", "17"))


def test_a_missing_framework_is_named_and_the_rest_compared() -> None:
    new = plain()
    del new["frameworks"]["h2o"], new["models"]["h2o.mlp"]
    new["frameworks"]["r"] = {"R": "4.2.2"}
    new["models"]["r.glm"] = {"glm.family": entry("gaussian")}
    at(new, f"{C}/value", 2.0)
    found = drift(plain(), new)
    assert [c.parameter for c in found.changes] == ["LogisticRegression.C"]
    assert (found.frameworks_missing, found.models_missing) == (("h2o",), ("h2o.mlp",))
    assert (found.frameworks_added, found.models_added) == (("r",), ("r.glm",))


@pytest.mark.slow
def test_one_edited_default_of_a_real_capture_is_one_change(tmp_path: Path) -> None:
    path = tmp_path / "snapshot.json"
    here = elsewhere.live("scikit-learn==1.9.1", on_progress=lambda line: None)
    snapshot.write(path, elsewhere.as_snapshot(here))
    assert diff(snapshot.read(path), elsewhere.as_snapshot(here)) == ()
    edited = json.loads(path.read_text())
    assert edited["models"]["scikit-learn"]["MLPClassifier.learning_rate_init"]["value"] == 0.001
    edited["models"]["scikit-learn"]["MLPClassifier.learning_rate_init"]["value"] = 0.005
    path.write_text(json.dumps(edited))
    assert diff(snapshot.read(path), elsewhere.as_snapshot(here)) == (
        Change(ChangeKind.VALUE, "scikit-learn", "MLPClassifier.learning_rate_init", 0.005, 0.001),
    )
