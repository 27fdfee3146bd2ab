"""``rkeras.mlp``: the multilayer perceptron of Andrew Beam's R script of June 2017."""

from __future__ import annotations

from crossframe.frameworks.keras.models.mlp import record

MODEL = record(
    "rkeras.mlp",
    passed={"head": "sigmoid1", "learning_rate": 1e-3, "batch_size": 1},
    seconds=0.5,
    seconds_per_million=20.0,
)
