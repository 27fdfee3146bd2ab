"""Words with two meanings, words on two scales, and differences against what another seed changes."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from crossframe.audit import conflicts
from crossframe.audit.audit import audit, subjects
from crossframe.audit.conflicts import Difference, Noise
from crossframe.audit.names import NameClash, same_names, same_settings
from crossframe.audit.record import ModelAudit
from crossframe.audit.switches import Switched, shares_of
from crossframe.experiment.store import Store

MODELS = (
    "sklearn.logistic", "sklearn.sgd", "sklearn.mlp", "r.glmnet", "r.nnet", "r.glm", "h2o.glm", "h2o.mlp",
    "h2o.mlp:epochs=0.5", "keras.mlp:epochs=2", "keras.mlp:epochs=2,optimizer=sgd",
)  # fmt: skip
KERAS, KERAS_SGD = MODELS[-2:]


def pairs(*rows: tuple[object, ...]) -> list[object]:
    """Rows that begin with two models; those of two frameworks or with a network of Keras are slow."""

    def marks(left: object, right: object) -> list[pytest.MarkDecorator]:
        frameworks = {str(name).partition(".")[0] for name in (left, right)}
        return [pytest.mark.slow] if len(frameworks) > 1 or "keras" in frameworks else []

    return [pytest.param(*row, marks=marks(*row[:2])) for row in rows]


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return tmp_path_factory.mktemp("store") / "store.sqlite"


@pytest.fixture(scope="module")
def models(store) -> Callable[[str], ModelAudit]:
    """The audit of one of `MODELS`."""

    @functools.cache
    def look(name: str) -> ModelAudit:
        (model,) = audit([name], store=store).models
        return model

    return look


@pytest.fixture(scope="module")
def said(models):
    """(left, right) -> same names with different meanings by name, same settings by both names."""

    def look(left: str, right: str) -> tuple[dict[str, NameClash], dict[str, NameClash]]:
        a, b = models(left), models(right)
        return {h.word: h for h in same_names(a, b)}, {h.word: h for h in same_settings(a, b)}

    return look


def settings_of(one: NameClash) -> tuple[str, str]:
    return one.left_meaning.partition(":")[0], one.right_meaning.partition(":")[0]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("left", "right", "word", "meanings"),
    pairs(
        ("r.nnet", KERAS, "decay", ("penalty.l2", "schedule.decay")),
        ("h2o.mlp", KERAS, "rate_decay/decay_rate", ("schedule.layer_decay", "schedule.decay")),
        ("sklearn.mlp", "h2o.glm", "alpha", ("penalty.l2", "penalty.mix")),
        ("sklearn.sgd", "r.glmnet", "alpha", ("penalty.strength", "penalty.mix")),
        ("sklearn.logistic", "sklearn.mlp", "tol", ("solver.tolerance", "stopping.tolerance")),
        ("sklearn.mlp", KERAS, "learning_rate", ("schedule.kind", "optimizer.learning_rate")),
        ("h2o.mlp", KERAS, "epsilon", ("optimizer.epsilon_inside", "optimizer.epsilon")),
    ),
)
def test_one_word_for_two_settings(said, left, right, word, meanings):
    found = said(left, right)[0][word]
    assert settings_of(found) == meanings
    assert ": " in found.left_meaning
    assert found.left_meaning != found.right_meaning
    assert sorted(settings_of(one) for one in said(right, left)[0].values()
                  if word.split("/")[0] in one.word) == [meanings[::-1]]  # fmt: skip


@pytest.mark.parametrize(
    ("left", "right", "word", "setting"),
    pairs(
        ("sklearn.sgd", "sklearn.mlp", "alpha", "penalty.l2"),
        ("h2o.mlp", KERAS, "l2", "penalty.l2"),
    ),
)
def test_one_word_for_one_setting_on_two_scales(said, left, right, word, setting):
    assert settings_of(said(left, right)[0][word]) == (setting, setting)


@pytest.mark.parametrize(
    ("left", "right", "words", "setting"),
    pairs(
        ("sklearn.logistic", "r.glmnet", "C / lambda", "penalty.strength"),
        ("sklearn.logistic", "h2o.glm", "C / lambda_", "penalty.strength"),
        ("sklearn.logistic", "sklearn.sgd", "C / alpha", "penalty.strength"),
        ("sklearn.mlp", "h2o.mlp", "alpha / l2", "penalty.l2"),
        ("r.nnet", "h2o.mlp", "decay / l2", "penalty.l2"),
        ("h2o.mlp", KERAS_SGD, "momentum_start / momentum", "optimizer.momentum"),
        ("h2o.mlp", "sklearn.mlp", "momentum_start / momentum", "optimizer.momentum"),
        ("h2o.mlp", KERAS, "max_w2 / max_norm", "penalty.max_norm"),
    ),
)
def test_two_words_for_one_setting_on_two_scales(said, left, right, words, setting):
    same, other = said(left, right)
    assert settings_of(other[words]) == (setting, setting)
    assert other[words].left_meaning != other[words].right_meaning
    assert words not in same


@pytest.mark.parametrize(
    ("left", "right", "word"),
    pairs(
        ("sklearn.mlp", KERAS, "epsilon"),
        ("sklearn.mlp", KERAS, "batch_size"),
        ("sklearn.mlp", KERAS_SGD, "momentum"),
        ("h2o.mlp", KERAS, "epochs"),
        ("r.glmnet", "h2o.glm", "lambda"),
        ("sklearn.sgd", "sklearn.mlp", "max_iter"),
        ("sklearn.sgd", "sklearn.mlp", "tol"),
    ),
)
def test_one_word_with_one_meaning_in_other_formulas(said, left, right, word):
    same, other = said(left, right)
    assert word not in {part for w in same for part in w.rstrip("_").split("/")}
    assert f"{word} / {word}" not in other


@pytest.mark.slow
def test_epochs_of_which_only_one_side_can_do_a_part(said):
    """Both count passes over the rows; half a pass can be asked of H2O alone."""
    assert settings_of(said("h2o.mlp:epochs=0.5", KERAS)[0]["epochs"]) == ("epochs", "epochs")


@pytest.mark.slow
def test_callables_that_a_network_is_made_without_have_no_say(said, models):
    for pair in (said("h2o.mlp", KERAS), said("sklearn.mlp", KERAS), said("r.nnet", KERAS)):
        told = {name for one in (*pair[0].values(), *pair[1].values()) for name in (one.left, one.right)}
        unused = {p.qualified for p in models(KERAS).parameters if p.beside}
        # What crossframe spells in its own way can be said of any network.
        assert told & unused <= {"InverseTimeDecay.decay_rate", "L1L2.l1", "L1L2.l2", "MaxNorm.max_value"}


@pytest.mark.slow
def test_a_model_beside_itself_has_neither(said):
    for name in MODELS[::3]:
        assert said(name, name) == ({}, {})
    assert said(KERAS, KERAS_SGD)[0] == {}


def test_differences_are_ranked_by_what_they_change_beyond_another_seed():
    noise = {"loud": Noise("loud", 10, 9, 0.04), "still": Noise("still", 10, 0, 0.0)}

    def one(name: str, switched: str, changed: int, flipped: float | None) -> Difference:
        return Difference(name, 1, 2, switched=switched, draws=10, changed=changed, flipped=flipped)

    told = [
        one("drowned", "loud", 10, 0.04),
        Difference("not switched", 1, 2, why_not="cannot"),
        one("large", "loud", 10, 0.06),
        one("small", "still", 2, 0.01),
        one("nothing", "still", 0, 0.0),
    ]
    found = [(d.setting, d.above_noise) for d in conflicts.ranked(told, noise)]
    assert found == [
        ("large", True), ("small", True), ("drowned", False), ("nothing", False), ("not switched", None),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("sklearn.elasticnet", "sklearn.lasso:alpha=0.5"),
        ("sklearn.logistic", "sklearn.logistic:C=0.0001"),
    ],
)
def test_the_one_penalty_that_differs_is_switched_alone(store, pool, left, right):
    """Two models that differ in one penalty: with the other's value one of them is the other, at every n."""
    first, second = (Switched(side, Store(store), pool) for side in subjects([left, right]))
    audits = {m.name: m for m in audit([left, right], store=store, pool=pool).models}
    pair = conflicts.conflicts(*audits.values())
    one = next(d for d in pair.differences if d.setting.startswith("penalty.l"))
    (measured,) = conflicts.measured(replace(pair, differences=(one,)), first, second).differences
    assert measured.flipped == np.mean(shares_of(first.labels(), second.labels())) > 0


@pytest.mark.slow
def test_what_another_seed_changes_is_counted_and_said(store):
    """Of a network's random start, and of a least-squares fit, which has none."""
    names = ["sklearn.mlp:max_iter=20", "r.lm"]
    left, right = subjects(names)
    audits = {m.name: m for m in audit(names, store=store).models}
    found = conflicts.compared(left, right, audits, store=store)
    loud, still = found.noise
    assert (loud.model, loud.draws) == (left.name, 10)
    assert 0 < loud.changed <= 10
    assert 0 < loud.flipped < 0.5
    assert still == Noise("r.lm", 10, 0, 0.0)
    said = f"another seed alone changes a label on {loud.changed} of 10 samples of {left.name} ("
    assert any(note.startswith(said) and note.endswith("% of labels)") for note in found.notes)
    assert "another seed alone changes no label of r.lm" in found.notes
    switched = [d for d in found.differences if d.draws]
    assert switched
    floor = {n.model: n.flipped for n in found.noise}
    for d in switched:
        assert d.above_noise == (d.flipped > floor[d.switched])
    assert all(d.above_noise is None for d in found.differences if not d.draws)
    assert conflicts.compared(left, right, audits, store=store) == found


@pytest.mark.slow
def test_a_seed_that_was_given_is_changed_too(store):
    names = ["sklearn.mlp:max_iter=5,random_state=3", "sklearn.mlp:max_iter=6,random_state=3"]
    left, right = subjects(names)
    audits = {m.name: m for m in audit(names, store=store).models}
    assert all(n.changed for n in conflicts.compared(left, right, audits, store=store).noise)
