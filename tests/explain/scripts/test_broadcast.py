"""A loss that gets a vector beside a column: what the target is is not what the loss compares."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from crossframe.explain.fitted.ladder import ladder
from crossframe.explain.scripts.record import record
from crossframe.frameworks.fitted import FittedModel

KERAS = """
import keras
import numpy as np


class Own(keras.losses.Loss):
    def call(self, target, output):
        return keras.ops.mean((output - target) ** 2)


def plain(target, output):
    return keras.ops.mean((output - target) ** 2, axis=-1)


X = np.random.default_rng(0).normal(size=(40, 3)).astype("float32")
for loss, y in [(Own(), X[:, 0]), (Own(), X[:, :1]), (plain, X[:, 0]), ("mse", X[:, 0])]:
    net = keras.Sequential([keras.layers.Input((3,)), keras.layers.Dense(1)])
    net.compile(optimizer="sgd", loss=loss)
    net.fit(X, y, epochs=1, verbose=0)
"""


def test_a_target_that_is_broadcast_is_another_target() -> None:
    rng = np.random.default_rng(3)
    X = rng.normal(size=(30, 2))
    shapes = {"y.shape": [30], "output.shape": [30, 1]}
    left, right = (
        FittedModel(framework="keras", call="Sequential", X=X, columns=("a", "b"), y=X[:, 0], score=score,
                    arguments={**shapes, **more})
        for score, more in ((X[:, 0], {}), (np.zeros(30), {"loss.as_given": 2.0, "loss.by_rows": 1.5}))
    )  # fmt: skip
    made = ladder(left, right, ("a.py", "b.py"))
    assert made.data is made["target"]
    assert "b.py gives its loss a target of shape (30,)" in made["target"].words
    assert "the loss is 2, and 1.5 of each row's output" in made["target"].words
    assert not ladder(left, left, ("a.py", "b.py"))["target"].differs


@pytest.mark.slow
def test_keras_is_asked_whether_its_loss_depends_on_the_shape_of_the_target(tmp_path: Path) -> None:
    pytest.importorskip("keras")
    script = tmp_path / "nets.py"
    script.write_text(KERAS, encoding="utf-8")
    fits = record(script, on_output=lambda text: None)[1]
    assert ["loss.as_given" in fit.arguments for fit in fits] == [True, False, False, False]
    first = fits[0]
    assert first.score is not None
    assert first.arguments["loss.as_given"] == pytest.approx(
        float(((first.score[:, None] - first.y) ** 2).mean()), rel=1e-4
    )
    assert first.arguments["loss.by_rows"] == pytest.approx(
        float(((first.score - first.y) ** 2).mean()), rel=1e-4
    )
