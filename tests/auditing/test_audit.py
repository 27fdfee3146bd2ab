"""Audits of the real frameworks: what is declared, what is in force, and what differs between two."""

from __future__ import annotations

import json

import pytest

from crossframe.auditing import conflicts, documents, one
from crossframe.auditing.audit import audit, subjects
from crossframe.auditing.check import check
from crossframe.auditing.memo import Memo
from crossframe.auditing.record import ModelAudit
from crossframe.errors import UsageError


@pytest.fixture(scope="module")
def memo(tmp_path_factory):
    return Memo(tmp_path_factory.mktemp("memo"))


def rows(model: ModelAudit) -> dict:
    return {p.name: p for p in model.parameters if not p.beside}


def test_declared_in_force_and_inert_of_one_model(memo):
    (model,) = audit(["sklearn.logistic"], memo=memo).models
    found = rows(model)
    assert (found["C"].declared, found["C"].effective, found["C"].state) == (1.0, 1.0, "active")
    assert found["C"].canonical == pytest.approx(1 / model.n)
    assert found["intercept_scaling"].state == "inert"
    assert "solver=liblinear" in found["intercept_scaling"].note
    assert "LogisticRegression" in found["C"].link
    assert "get_params" in found["C"].provenance
    assert model.coverage == 1.0
    assert model.rules["link"] == "logit"


def test_an_override_is_passed_and_in_force(memo):
    (model,) = audit(["sklearn.logistic:solver=liblinear,C=10"], memo=memo).models
    found = rows(model)
    assert (found["C"].declared, found["C"].given, found["C"].effective) == (1.0, 10.0, 10.0)
    assert found["intercept_scaling"].state == "active"
    assert found["intercept_scaling"].canonical == 1.0


def test_a_contestant_has_its_settings_and_a_model_has_none(memo):
    found = audit(["sklearn.mlp"], contestants=["sklearn.mlp"], memo=memo).models
    plain, contestant = (rows(m)["hidden_layer_sizes"].effective for m in found)
    assert (plain, contestant) == (100, (128, 128)) or (plain, contestant) == ((100,), (128, 128))


def test_what_is_known_is_not_asked_again(memo, monkeypatch):
    first = audit(["r.lm", "r.glm"], memo=memo)

    def no_engine(*args: object) -> None:
        raise AssertionError("an engine was started")

    monkeypatch.setattr("crossframe.auditing.audit.EngineProcess", no_engine)
    assert audit(["r.lm", "r.glm"], memo=memo) == first


def test_a_record_survives_json(memo):
    (model,) = audit(["r.glm"], memo=memo).models
    assert ModelAudit.from_dict(json.loads(json.dumps(model.to_dict()))) == model


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"models": ["sklearn.logstic"]}, "unknown model 'sklearn.logstic'"),
        ({"models": ["sklearn.logistic:c=1"]}, "unknown setting"),
        ({"models": ["sklearn.logistic:C=zero"]}, "impossible value"),
        ({"contestants": ["leek"]}, "unknown contestant"),
        ({"engines": ["spark"]}, "unknown engine"),
        ({"n": 1}, "1"),
        ({"n": 10**6}, "1000000"),
    ],
)
def test_a_name_or_value_that_nobody_has(words, message, memo):
    with pytest.raises(UsageError, match=message):
        audit(**words, memo=memo)


def test_the_word_alpha_has_two_meanings(memo):
    """The ridge penalty of MLPClassifier, and the lasso's share of H2O's elastic net and glmnet's."""
    left, right = audit(["sklearn.mlp", "h2o.glm"], memo=memo).models
    found = {h.word: h for h in conflicts.homonyms(left, right)}
    assert found["alpha"].left_meaning.startswith("penalty.l2")
    assert found["alpha"].right_meaning.startswith("penalty.mix")


def test_a_difference_that_matters_is_told_before_one_that_does_not(memo):
    left, right = subjects(["sklearn.logistic", "sklearn.logistic:C=1e-6,tol=1e-5"])
    audits = {m.name: m for m in audit([left.contestant.name, right.contestant.name], memo=memo).models}
    found = conflicts.compared(left, right, audits, memo=memo)
    told = [(d.setting, d.changed > 0) for d in found.differences]
    assert told == [("penalty.l2", True), ("solver.tolerance", False)]
    assert all(d.draws == 10 for d in found.differences)
    assert conflicts.compared(left, right, audits, memo=memo) == found


def test_what_neither_side_can_express_says_why(memo):
    left, right = subjects(["r.lm", "r.glm"])
    audits = {m.name: m for m in audit(["r.lm", "r.glm"], memo=memo).models}
    found = {d.setting: d for d in conflicts.compared(left, right, audits, memo=memo).differences}
    assert found["solver.algorithm"].draws == 0
    assert "cannot express solver.algorithm" in found["solver.algorithm"].why_not


def test_one_setting_in_full(memo):
    (model,) = audit(["sklearn.logistic"], memo=memo).models
    (checked,) = check("sklearn.logistic", ["intercept_scaling"])
    assert checked.holds
    assert len(checked.outcomes) == 7
    said = one.document(model, "intercept_scaling", checked).markdown()
    assert "used only with solver=liblinear" in said
    assert "bit-identical" in said
    with pytest.raises(UsageError, match="has no dropout"):
        one.find("sklearn.logistic", "dropout.hidden")
    with pytest.raises(UsageError, match="unknown setting"):
        one.find("sklearn.logistic", "intercept_scale")


def test_every_form_of_a_report_says_the_same(memo):
    document = documents.defaults(audit(["sklearn.logistic", "r.glm"], memo=memo))
    for form in (document.markdown(), document.csv(), document.html()):
        for word in ("intercept_scaling", "penalty.strength", "epsilon", "maxit"):
            assert word in form.replace("\\", "")
    assert "<script>" in document.html()


def test_markup_in_a_name_is_shown_and_not_obeyed():
    from crossframe.report.document import Document, Part
    from crossframe.report.tables import Cell, Table

    evil = "<img src=x onerror=alert(1)>|[x](y)`"
    table = Table(evil, ((evil, False, evil),), [[Cell(evil, link='"><script>')]])
    document = Document(evil, evil, (evil,), (Part("k", evil, (evil,), (table,)),))
    assert "<img" not in document.html()
    assert '"><script>' not in document.html()
    assert "<img" not in document.markdown()
