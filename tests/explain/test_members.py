"""Settings that are switched together: what each of them does alone."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crossframe.explain.api import explain
from crossframe.explain.report import document

SLOW = "sklearn.mlp:hidden_layer_sizes=4,batch_size=8,alpha=0,solver=sgd,learning_rate_init=1e-4,max_iter=8"
FAST = (
    "reference.mlp:architecture.hidden=4,architecture.head=sigmoid1,batch.size=8,init.biases=glorot_uniform,"
    "epochs=8,optimizer.rule=adam,optimizer.learning_rate=0.02"
)


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    rng = np.random.default_rng(5)
    X = rng.normal(size=(80, 3)) * [1, 5, 0.2]
    y = rng.random(80) < 1 / (1 + np.exp(-X @ [1, -0.3, 2]))
    path = tmp_path_factory.mktemp("members") / "t.csv"
    pd.DataFrame(X, columns=list("abc")).assign(y=y.astype(int)).to_csv(path, index=False)
    return path


@pytest.fixture(scope="module")
def two_groups(tmp_path_factory):
    """Two classes that a network of four units learns in a few epochs."""
    X = np.random.default_rng(5).normal(size=(80, 3))
    path = tmp_path_factory.mktemp("members") / "t.csv"
    pd.DataFrame(X, columns=list("abc")).assign(y=(X @ [2, -2, 1] > 0).astype(int)).to_csv(path, index=False)
    return path


@pytest.mark.slow
def test_a_learning_rate_inside_the_switch_of_a_rule(two_groups, tmp_path):
    """Two networks: the rule alone does nothing here, its learning rate nearly all."""
    found = explain(
        f"{SLOW},n_iter_no_change=100", FAST, data=two_groups, target="y", draws=1, seeds=1, metric="logloss",
        store=tmp_path / "s",
    )  # fmt: skip
    assert found.same_rows is not None
    record = found.same_rows.to_dict()
    of_rule = {m["setting"]: m for m in record["members"] if m["switch"] == "optimizer.rule"}
    switched = {
        m["setting"] for b in record["bundles"] if b["name"] == "optimizer.rule" for m in b["members"]
    }
    assert of_rule.keys() == switched
    assert of_rule["optimizer.learning_rate"]["alone"] > 0.5 > of_rule["optimizer.rule"]["alone"]
    assert of_rule["optimizer.beta1"]["alone"] is None
    assert "without the others" in of_rule["optimizer.beta1"]["cannot"]
    page = document(found).markdown()
    assert "each setting alone" in page
    assert "cannot be switched alone" in page
    assert "alone, learning rate (optimizer.learning_rate) closes" in page.replace("\\", "")


def test_settings_of_one_call(file, tmp_path):
    net = "sklearn.mlp:hidden_layer_sizes=4,max_iter=5,random_state=1"
    found = explain(f"{net},solver=sgd", net, data=file, target="y", draws=1, store=tmp_path / "s")
    alone = {m.setting: m for m in found.best.members}
    assert alone["optimizer.rule"].alone == pytest.approx(1)
    assert alone["optimizer.beta1"].alone == 0
    assert alone["optimizer.momentum"].cannot == "the other side has no optimizer.momentum"


@pytest.mark.slow
@pytest.mark.xdist_group("r")
def test_standardisation_beside_a_penalty(file, tmp_path):
    """No switch of its own, as without a penalty it has no effect; both shares are shown all the same."""
    found = explain("r.glmnet:lambda=0.05", "r.glm", data=file, target="y", store=tmp_path / "s")
    for direction in found.directions:
        assert "features.standardize" not in {b.name for b in direction.bundles}
        (member,) = direction.to_dict()["members"]
        assert (member["switch"], member["setting"]) == ("penalty.l1", "features.standardize")
        assert (member["left"], member["right"]) == ("sd_n", "none")
    of_glmnet, of_glm = (d.members[0] for d in found.directions)
    assert 0 < abs(of_glmnet.alone) < 0.5
    assert of_glmnet.without > 0.99, "the penalty without it closes the gap"
    assert of_glm.alone == pytest.approx(0, abs=1e-3), "without a penalty the scale of a feature is nothing"
    assert of_glm.without < 0.9, "the penalty of the features as they are is another one"
    # The recipe passes the scale only where it is needed.
    of_glmnet, of_glm = (d.recipe.arguments for d in found.directions)
    assert of_glmnet["lambda"] == 0.0
    assert of_glmnet.get("standardize", True) is True
    assert of_glm["standardize"] is True
    page = document(found)
    assert "without it" in page.markdown()
    assert "without it" in page.html()


@pytest.mark.slow
def test_no_members_and_no_fits_for_them_where_every_switch_is_one_setting(file, tmp_path):
    found = explain("sklearn.logistic:tol=1e-8", "sklearn.logistic:C=9,tol=1e-8", data=file, target="y",
                    store=tmp_path / "s")  # fmt: skip
    assert [d.members for d in found.directions] == [(), ()]
    assert "each setting alone" not in document(found).markdown()
