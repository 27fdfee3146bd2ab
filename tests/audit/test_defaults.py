"""All models of all frameworks: how much is understood, and that no upgrade changes a default unnoticed."""

from __future__ import annotations

from pathlib import Path

import pytest

from crossframe.audit import snapshot
from crossframe.audit.audit import audit, audited_engines
from crossframe.audit.drift import drift
from crossframe.audit.record import Audit
from crossframe.experiment.contestants import CONTESTANTS
from crossframe.frameworks.registry import model as registered
from crossframe.frameworks.registry import models

COMMITTED = Path(__file__).resolve().parents[2] / "reports/audit/defaults.json"


@pytest.fixture(scope="module")
def everything(tmp_path_factory) -> Audit:
    return audit(store=tmp_path_factory.mktemp("store") / "store.sqlite")


@pytest.mark.slow
def test_every_model_is_audited_and_was_fitted(everything):
    # Extras that are no part of crossframe[all].
    assert {m.engine for m in everything.missing} <= {"torch", "keras_jax", "lightgbm", "xgboost"}
    there = {*audited_engines()} - {gone.engine for gone in everything.missing}
    assert [m.name for m in everything.models] == [
        name for name, m in models().items() if m.framework in there
    ]
    for model in everything.models:
        assert any(p.state == "active" for p in model.parameters), model.ending


@pytest.mark.slow
def test_nine_in_ten_parameters_that_matter_have_a_canonical_name(everything):
    shares = {m.name: m.coverage for m in everything.models}
    assert min(shares.values()) >= 0.9, shares


@pytest.mark.slow
def test_every_default_says_where_it_is_from_and_where_it_is_documented(everything):
    for model in everything.models:
        for p in model.parameters:
            assert p.provenance, f"{model.name} {p.qualified}"
            if p.owner != "crossframe":
                assert p.link.startswith("https://"), f"{model.name} {p.qualified}"


@pytest.mark.slow
def test_what_the_contestants_set_is_mapped(everything):
    audits = {m.name: m for m in everything.models}
    for contestant in CONTESTANTS.values():
        if contestant.engine in audited_engines():
            table = {b.param: b for b in registered(contestant.model).bindings}
            asked = registered(contestant.model).to_native(contestant.settings, contestant.native, 40)
            for param in asked:
                found = [
                    p
                    for p in audits[contestant.model].parameters
                    if table[param].covers(p.qualified) or (p.owner, p.name) == ("crossframe", param)
                ]
                assert found, f"{contestant.name} {param}"
                assert {p.standing for p in found} == {"mapped"}, f"{contestant.name} {param}"


@pytest.mark.slow
def test_no_default_has_changed_since_the_snapshot(everything):
    """After an upgrade: look at the changes, then `crossframe audit --save reports/audit/defaults.json`."""
    found = drift(snapshot.read(COMMITTED), everything.snapshot())
    assert not found.models_missing
    assert not found.models_added
    changes = [f"{c.model} {c.parameter}: {c.before} -> {c.after} ({c.kind})" for c in found.changes]
    assert not changes, "\n".join(changes)


@pytest.mark.slow
def test_what_leek_ran(tmp_path):
    """h2o.deeplearning with his call: the rate inactive, ADADELTA at work, and the rule that ended it."""
    (model,) = audit(["leek.h2o.mlp"], store=tmp_path / "store.sqlite").models
    found = {p.name: p for p in model.parameters}
    assert (found["rate"].effective, found["rate"].state) == (0.005, "inert")
    assert "adaptive_rate=False" in found["rate"].note
    assert found["elastic_averaging"].effective is False
    assert (found["adaptive_rate"].effective, found["rho"].effective) == (True, 0.99)
    assert (found["rho"].state, found["epsilon"].state) == ("active", "active")
    assert (found["epochs"].declared, found["epochs"].given) == (10, 20)
    assert "classification_stop" in model.ending
