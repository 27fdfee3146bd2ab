"""An audit as a notebook and ``print`` show it."""

from __future__ import annotations

import re
from dataclasses import replace

from crossframe.audit import conflicts, documents, one
from crossframe.audit.accepted import accepting, without
from crossframe.audit.drift import Change, ChangeKind, Drift
from crossframe.audit.record import Audit, ModelAudit, Parameter


def _model(k: int) -> ModelAudit:
    parameter = Parameter("LogisticRegression", "C", "mapped", setting="penalty.l2", declared=1.0)
    return ModelAudit(f"sklearn.model{k}", "sklearn.logistic", {"scikit-learn": "1.8"}, (parameter,), n=40)


def test_print_is_at_most_ten_lines():
    for count in (0, 1, 30):
        audit = Audit(tuple(map(_model, range(count))))
        assert 2 <= len(str(audit).splitlines()) <= 10
        assert "Parameter(" not in str(audit) + repr(audit)
        assert f"{count} model" in str(audit)
    assert "sklearn.model0 (scikit-learn 1.8): 1 settings" in str(audit)
    assert "and 2" in str(audit), "the rest is counted"


def test_a_notebook_shows_the_models_and_of_a_single_one_its_parameters():
    pages = (Audit(tuple(map(_model, range(2))))._repr_html_(), Audit((_model(0),))._repr_html_())
    many, one = (re.sub(r"<wbr/?>|\u200b", "", page) for page in pages)
    assert "sklearn.model1" in many
    assert "LogisticRegression" not in many
    assert "<td" in one
    assert ">C<" in one


def test_the_page_of_the_defaults_names_the_models_that_were_fitted_elsewhere():
    other = replace(_model(1), n=48, sample="48 rows of 4 columns")
    page = documents.defaults(Audit((_model(0), other)))
    assert (
        "40 rows of scikit-learn's digits, 0 against 1, or 48 rows of 4 columns (sklearn.model1)"
        in page.facts
    )
    assert "digits" not in documents.defaults(Audit((other,))).facts


def test_the_page_of_pairs_says_what_was_done():
    pair = conflicts.conflicts(_model(0), replace(_model(1), rules={"loss": "hinge"}), three_classes=True)
    assert "digits, 0, 1 and 2, where it takes them; nothing is switched" in documents.conflicts([pair]).facts
    tried = replace(pair, differences=(conflicts.Difference("loss", 1, 2, why_not="cannot"),))
    assert "each difference is switched" in documents.conflicts([tried]).facts


def test_a_parameter_shows_no_value_of_another_one_that_shares_its_callable():
    """The layer Dropout has the rates of the inputs and of the hidden units."""
    rate = Parameter("Dropout", "rate", "mapped", setting="dropout.hidden", effective=0.5, canonical=0.5,
                     state="active")  # fmt: skip
    keras = ModelAudit("keras.mlp", "keras.mlp", {}, (rate,), rules={"dropout.input": 0.0})
    h2o = ModelAudit("h2o.mlp", "h2o.mlp", {}, (), rules={"dropout.input": 0.2, "dropout.hidden": 0.0})
    shown = {d.setting: d.spelled_left for d in conflicts.conflicts(keras, h2o).differences}
    assert shown == {"dropout.input": "input_dropout", "dropout.hidden": "dropout=0.5"}


def test_an_accepted_computed_value_is_accepted_to_five_figures():
    def drift(after: float, kind: ChangeKind = ChangeKind.EFFECTIVE) -> Drift:
        return Drift((Change(kind, "h2o.glm", "glm.lambda_", 0.1, after),))

    for kind in (ChangeKind.EFFECTIVE, ChangeKind.VALUE):
        known = accepting(drift(0.25, kind).changes)
        again = without(drift(0.25 * (1 + 1e-7), kind), accepted=known)
        assert bool(again.changes) == (kind is ChangeKind.VALUE)
        assert without(drift(0.26, kind), accepted=known).changes


def test_a_name_of_a_parameter_and_of_a_setting_is_the_parameter():
    for model in ("h2o.glm", "r.glm", "statsmodels.glm"):
        assert one.find(model, "link").param == "link"
        assert one.find(model, "family").param == "family"
