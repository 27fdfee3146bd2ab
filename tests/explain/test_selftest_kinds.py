"""The kinds of planted differences: their tables are well formed, and a real case is planted and named."""

from __future__ import annotations

import contextlib
import sqlite3
from functools import partial

import numpy as np
import pytest

from crossframe.core.errors import UsageError
from crossframe.experiment.spec import parse
from crossframe.explain.selftest import Batch, SelfTestFamily, planting
from crossframe.explain.selftest_families import FIRST, LINEAR, NETWORKS
from crossframe.explain.selftest_kinds import (
    PLACEHOLDERS,
    Calls,
    Difference,
    Frame,
    Kind,
    KindPlanter,
    compatible,
)
from crossframe.explain.selftest_kinds_linear import DECOYS as LINEAR_DECOYS
from crossframe.explain.selftest_kinds_linear import KINDS as LINEAR_KINDS
from crossframe.explain.selftest_kinds_networks import DECOYS as NETWORK_DECOYS
from crossframe.explain.selftest_kinds_networks import KINDS as NETWORK_KINDS
from crossframe.explain.selftest_linear import sample
from crossframe.settings.vocabulary import VOCABULARY

KINDS = {kind.name: kind for kind in (*LINEAR_KINDS, *NETWORK_KINDS)}
VALUES = {name: draw(np.random.default_rng(0)) for name, draw in PLACEHOLDERS.items()}


def test_the_names_of_the_kinds_are_their_own():
    assert len(KINDS) == len(LINEAR_KINDS) + len(NETWORK_KINDS)
    keras, both = (
        [k for k in NETWORK_KINDS if k.name.startswith(f)] for f in ("Keras twice", "H2O and Keras")
    )
    assert len(keras) + len(both) == len(NETWORK_KINDS)
    rounds = NETWORKS.batches[1].cases // len(NETWORK_KINDS)
    assert rounds * min(len(keras), len(both)) >= 20
    assert NETWORKS.batches[1].first == LINEAR.batches[1].first == FIRST


@pytest.mark.parametrize("name", KINDS)
def test_every_call_of_a_kind_can_be_read(name):
    data, words = KINDS[name].data(np.random.default_rng(1), 1)
    assert words.startswith(f"{len(data.y)} rows")
    for frame in KINDS[name].frames:
        for difference in (*frame.planted, *frame.others):
            assert {difference.setting, *difference.accepted} <= VOCABULARY.keys()
            pair = Calls(frame, (difference,), VALUES)
            before, after = pair.of(difference.side, ()), pair.full(difference.side)
            assert before != after
            assert parse(before) != parse(after)
        assert frame.planted


def test_decoys_belong_to_models_of_the_kinds():
    models = {
        call.partition(":")[0] for kind in KINDS.values() for f in kind.frames for call in (f.left, f.right)
    }
    decoys = LINEAR_DECOYS | NETWORK_DECOYS
    assert decoys.keys() == models
    for model, words in decoys.items():
        for word in words:
            parse(f"{model}:{word.format(**VALUES)}")


@pytest.mark.parametrize("number", [1, 2, 3])
def test_planted_settings_do_not_hide_each_other(number):
    a = Difference("penalty.l2", "right", "alpha=0,lambda=1")
    b = Difference("features.standardize", "right", "standardize=true")
    c = Difference("penalty.l1", "right", "alpha=1,lambda=1")
    assert compatible([a, b, c][:number]) == (a, b)[:number]


def test_a_case_of_a_kind_is_planted_and_named(tmp_path):
    with planting(LINEAR, tmp_path) as session:
        case = session.plant(FIRST + 13)
        assert (case.kind, case.planted) == ("penalised intercept", {"penalty.intercept"})
        assert {case.left.partition(":")[0], case.right.partition(":")[0]} == {"sklearn.logistic"}
        assert session.explain(case) == (case.planted, "explained")


def test_what_does_not_change_its_side_is_not_planted(tmp_path, monkeypatch):
    monkeypatch.setattr(KindPlanter, "tries", 2)
    nothing = Difference("penalty.l2", "right", "penalty.l2=0.1")
    start = "sklearn.logistic:penalty.l2=0.1"
    kind = Kind("nothing", sample, (Frame(f"{start},solver=newton-cg", start, (nothing,)),))
    family = SelfTestFamily("f", LINEAR.marks, (Batch(1, 1, partial(
        KindPlanter, kinds=(kind,), decoys={}, first=1, stream=1
    )),))  # fmt: skip
    with planting(family, tmp_path) as session, pytest.raises(UsageError, match="no case after"):
        session.plant(1)
    with contextlib.closing(sqlite3.connect(tmp_path / "KindPlanter.sqlite")) as store:
        # The other side of the frame was not fitted.
        assert store.execute("select count(*) from cells").fetchone() == (2,)
