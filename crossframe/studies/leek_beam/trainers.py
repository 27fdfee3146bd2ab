"""The number of weights of Beam's networks, counted by Keras."""

from __future__ import annotations

from crossframe.frameworks.keras import net
from crossframe.frameworks.keras._model import KerasModel
from crossframe.frameworks.registry import model
from crossframe.studies.training import Outcome

_IMAGE = (28, 28)


def parameters() -> Outcome:
    """``parameters``: weights and biases of ``keras.mlp`` and ``keras.cnn`` on images of 28 x 28 pixels."""
    net.start(1)
    counts = {}
    for name in ("keras.mlp", "keras.cnn"):
        known = model(name)
        assert isinstance(known, KerasModel)
        settings = {**known.passed, **known.passed_for(_IMAGE)}
        made = net.build(known, settings, _IMAGE[0] * _IMAGE[1], _IMAGE)
        counts[name] = int(made.count_params())
    return {"parameters": counts}, {}
