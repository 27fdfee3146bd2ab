"""``keras_jax.mlp``: the multilayer perceptron of ``keras.mlp``, trained by one compiled loop of JAX."""

from __future__ import annotations

from dataclasses import replace

from crossframe.frameworks.keras.models.mlp import MODEL as ON_TENSORFLOW
from crossframe.settings.binding import choice

_OF_TENSORFLOW = ("loop", "jit_compile", "run_eagerly", "steps_per_execution")
"""Ways to run the steps: here there is one, a loop that XLA compiles."""


MODEL = replace(
    ON_TENSORFLOW,
    name="keras_jax.mlp",
    bindings=tuple(
        # Keras rounds there to single precision: its `result_type` of two float64 is float32.
        replace(b, kind=choice("float32")) if b.param == "floatx" else b
        for b in ON_TENSORFLOW.bindings
        if b.param not in _OF_TENSORFLOW
    ),
    probes={
        k: replace(v, why_not="it has one value") if k == "floatx" else v
        for k, v in ON_TENSORFLOW.probes.items()
        if k not in _OF_TENSORFLOW
    },
    passed={k: v for k, v in ON_TENSORFLOW.passed.items() if k not in _OF_TENSORFLOW},
    base={k: v for k, v in ON_TENSORFLOW.base.items() if k not in _OF_TENSORFLOW},
    always={**ON_TENSORFLOW.always, "training.loop": "xla"},
    seconds=1.0,
)
