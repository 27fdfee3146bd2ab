"""Audits of the real frameworks: what is declared, what is in force, and what differs between two."""

from __future__ import annotations

import json

import msgspec
import pytest

from crossframe.audit import conflicts, documents, names, one
from crossframe.audit.altered import altered
from crossframe.audit.audit import audit, subjects
from crossframe.audit.check import check
from crossframe.audit.drift import Change, ChangeKind, Drift
from crossframe.audit.record import ModelAudit
from crossframe.core.errors import UsageError
from crossframe.experiment.store import opened
from crossframe.frameworks.host import EngineProcess
from crossframe.frameworks.pool import Pool
from crossframe.frameworks.registry import model as registered


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    with opened(tmp_path_factory.mktemp("store") / "store.sqlite") as kept:
        yield kept


class Broken(Pool):
    """Every engine of it fails to start."""

    def process(self, engine, **options):
        return EngineProcess(engine, **{**options, "where": "tests.frameworks.misbehaving:NoSuchEngine"})


class Closed(Pool):
    """It has no engine to lend."""

    def process(self, engine, **options):
        raise AssertionError("an engine was started")


def rows(model: ModelAudit) -> dict:
    return {p.name: p for p in model.parameters if not p.beside}


@pytest.mark.slow
def test_declared_in_force_and_inert_of_one_model(store):
    (model,) = audit(["sklearn.logistic"], store=store).models
    found = rows(model)
    assert (found["C"].declared, found["C"].effective, found["C"].state) == (1.0, 1.0, "active")
    assert found["C"].canonical == pytest.approx(1 / model.n)
    assert found["intercept_scaling"].state == "inert"
    assert "solver=liblinear" in found["intercept_scaling"].note
    assert "LogisticRegression" in found["C"].link
    assert "get_params" in found["C"].provenance
    assert model.coverage == 1.0
    assert model.rules["link"] == "logit"


@pytest.mark.slow
def test_an_override_is_passed_and_in_force(store):
    (model,) = audit(["sklearn.logistic:solver=liblinear,C=10"], store=store).models
    found = rows(model)
    assert (found["C"].declared, found["C"].given, found["C"].effective) == (1.0, 10.0, 10.0)
    assert found["intercept_scaling"].state == "active"
    assert found["intercept_scaling"].canonical == 1.0


def test_a_contestant_has_its_settings_and_a_model_has_none(store):
    found = audit(["sklearn.mlp", "beam.sklearn.mlp"], store=store).models
    plain, contestant = (rows(m)["hidden_layer_sizes"].effective for m in found)
    assert (plain, contestant) == (100, (128, 128)) or (plain, contestant) == ((100,), (128, 128))


@pytest.mark.slow
def test_what_is_stored_is_not_asked_again(store):
    first = audit(["r.lm", "r.glm"], store=store)
    fitted: list[str] = []
    assert audit(["r.lm", "r.glm"], store=store, on_progress=fitted.append) == first
    assert fitted == []
    audit(["r.lm"], store=store, on_progress=fitted.append, force=True)
    assert fitted == ["r.lm"]


@pytest.mark.slow
def test_an_engine_that_does_not_start_is_not_answered_from_the_store(store):
    """Neither one with something left to ask (scikit-learn), nor one of which all is stored (R)."""
    audit(["sklearn.logistic", "r.lm"], store=store)
    found = audit(["sklearn.logistic", "sklearn.logistic:C=3", "r.lm"], store=store, pool=Broken())
    assert found.models == ()
    assert {(gone.engine, gone.remedy) for gone in found.missing} == {
        ("sklearn", "crossframe doctor"),
        ("r", "crossframe doctor"),
    }
    assert all("NoSuchEngine" in gone.reason for gone in found.missing)


def test_two_specifications_of_one_model_share_its_names(store):
    """The penalty ``alpha`` is divided by the rows of a batch, which differ; it is one setting."""
    left, right = audit(["sklearn.mlp", "sklearn.mlp:batch_size=5"], store=store).models
    pair = conflicts.conflicts(left, right)
    assert "batch.size" in {d.setting for d in pair.differences}
    assert (pair.same_names, pair.same_settings) == ((), ())


def test_a_list_of_one_layer_is_that_layer():
    """The engine of H2O reports a list of one number as that number."""
    h2o, sklearn = (
        registered(name).to_canonical({param: value}, 40)["architecture.hidden"]
        for name, param, value in (("h2o.mlp", "hidden", 5), ("sklearn.mlp", "hidden_layer_sizes", (5,)))
    )
    assert h2o == sklearn == (5,)


def test_a_default_that_a_contestant_overrides_is_not_tried(store):
    """In the vocabulary's spelling (optimizer.learning_rate) or in Keras's; without a fit."""
    for name in ("leek.keras.mlp", "keras.mlp:learning_rate=0.005"):
        change = Change(ChangeKind.VALUE, name, "SGD.learning_rate", 0.02, 0.01)
        (tried,) = altered(Drift((change,)), [name], store=store, pool=Closed()).changes
        assert (tried.alters, tried.experiment) == (False, f"{name} passes its own learning_rate")


@pytest.mark.xdist_group("r")
def test_what_is_passed_to_glmnet_is_on_the_scale_of_the_target(store, pool):
    """Its Gaussian family takes lambda in units of the target's spread, which is a half for two classes."""
    (model,) = audit(["r.glmnet:link=identity,penalty.l2=0.1"], store=store, pool=pool).models
    assert rows(model)["lambda"].given == rows(model)["lambda"].effective == 0.05


def test_a_rule_that_changes_is_not_answered_from_the_store(store, monkeypatch):
    audit(["sklearn.logistic"], store=store)
    monkeypatch.setattr("crossframe.experiment.cells.code_of", lambda modules, files=(): "other code")
    with pytest.raises(AssertionError, match="was started"):
        audit(["sklearn.logistic"], store=store, pool=Closed())


def test_a_record_survives_json(store):
    (model,) = audit(["r.glm"], store=store).models
    assert msgspec.convert(json.loads(json.dumps(model.to_dict())), ModelAudit) == model


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"models": ["sklearn.logstic"]}, "unknown model 'sklearn.logstic'"),
        ({"models": ["sklearn.logistic:c=1"]}, "unknown setting"),
        ({"models": ["sklearn.logistic:C=zero"]}, "impossible value"),
        ({"models": ["leek"]}, "unknown model"),
        ({"engines": ["spark"]}, "unknown engine"),
        ({"n": 1}, "1"),
        ({"n": 10**6}, "1000000"),
    ],
)
def test_an_unknown_name_or_impossible_value(words, message, store):
    with pytest.raises(UsageError, match=message):
        audit(**words, store=store)


@pytest.mark.slow
def test_the_word_alpha_has_two_meanings(store):
    """The ridge penalty of MLPClassifier, and the lasso's share of H2O's elastic net and glmnet's."""
    left, right = audit(["sklearn.mlp", "h2o.glm"], store=store).models
    found = {h.word: h for h in names.same_names(left, right)}
    assert found["alpha"].left_meaning.startswith("penalty.l2")
    assert found["alpha"].right_meaning.startswith("penalty.mix")


@pytest.mark.slow
def test_a_difference_that_matters_is_told_before_one_that_does_not(store):
    left, right = subjects(["sklearn.logistic", "sklearn.logistic:C=1e-6,tol=1e-5"])
    audits = {m.name: m for m in audit([left.name, right.name], store=store).models}
    found = conflicts.compared(left, right, audits, store=store)
    matters = [(d.setting, d.changed > 0) for d in found.differences]
    assert matters == [("penalty.l2", True), ("solver.tolerance", False)]
    assert all(d.draws == 10 for d in found.differences)
    assert conflicts.compared(left, right, audits, store=store) == found


@pytest.mark.slow
def test_what_neither_side_can_express_says_why(store):
    left, right = subjects(["r.lm", "r.glm"])
    audits = {m.name: m for m in audit(["r.lm", "r.glm"], store=store).models}
    found = {d.setting: d for d in conflicts.compared(left, right, audits, store=store).differences}
    assert found["solver.algorithm"].draws == 0
    assert "cannot express solver.algorithm" in found["solver.algorithm"].why_not


def test_one_setting_in_full(store):
    (model,) = audit(["sklearn.logistic"], store=store).models
    (checked,) = check("sklearn.logistic", ["intercept_scaling"], store=store)
    assert checked.holds
    assert len(checked.outcomes) == 7
    said = one.document(model, "intercept_scaling", checked).markdown()
    assert "used only with solver=liblinear" in said
    assert "bit-identical" in said
    with pytest.raises(UsageError, match="has no dropout"):
        one.find("sklearn.logistic", "dropout.hidden")
    with pytest.raises(UsageError, match="unknown setting"):
        one.find("sklearn.logistic", "intercept_scale")


def test_every_form_of_a_report_says_the_same(store):
    document = documents.defaults(audit(["sklearn.logistic", "r.glm"], store=store))
    for form in (document.markdown(), document.csv(), document.html()):
        for word in ("intercept_scaling", "penalty.strength", "epsilon", "maxit"):
            assert word in form.replace("\\", "").replace("<wbr>", "")
    assert "<script>" in document.html()


def test_markup_in_a_name_is_shown_and_not_obeyed():
    from crossframe.report.document import Document, Part
    from crossframe.report.table import Cell, Table

    evil = "<img src=x onerror=alert(1)>|[x](y)`"
    table = Table(evil, ((evil, False, evil),), [[Cell(evil, link='"><script>')]])
    document = Document(evil, evil, (evil,), (Part("k", evil, (evil,), (table,)),))
    assert "<img" not in document.html()
    assert '"><script>' not in document.html()
    assert "<img" not in document.markdown()
