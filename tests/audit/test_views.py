"""An audit as a notebook and ``print`` show it."""

from __future__ import annotations

import re

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
