"""Two networks between which no setting differs: Keras on TensorFlow beside Keras on JAX."""

from __future__ import annotations

import pytest

from crossframe.experiment.spec import parse
from crossframe.explain.arithmetic import KIND, same_stream
from crossframe.explain.explanation import Conclusion
from crossframe.explain.report import document

GIVEN = "initial_weights=given:1,dropout=0,hidden=6,activation=tanh,epochs=20"


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        (f"keras.mlp:{GIVEN}", f"keras_jax.mlp:{GIVEN}", True),
        (f"keras.mlp:{GIVEN}", f"rkeras.mlp:{GIVEN}", True),
        # Weights that Keras draws itself, dropout, another order of rows, another generator.
        ("keras.mlp:dropout=0", "keras_jax.mlp:dropout=0", False),
        (f"keras.mlp:{GIVEN}", f"keras_jax.mlp:{GIVEN.replace('dropout=0', 'dropout=0.1')}", False),
        (f"keras.mlp:{GIVEN}", f"keras_jax.mlp:{GIVEN.replace('given:1', 'given:2')}", False),
        (f"keras.mlp:{GIVEN}", "sklearn.mlp:initial_weights=given:1", False),
    ],
)
def test_which_networks_take_the_same_random_numbers(left: str, right: str, same: bool) -> None:
    assert same_stream((parse(left), parse(right))) is same


@pytest.mark.slow
@pytest.mark.parametrize(
    ("options", "verdict"), [(GIVEN, Conclusion.IMPLEMENTATION), ("hidden=6,epochs=20", Conclusion.NOISE)]
)
def test_what_is_left_is_named_as_rounding(options: str, verdict: Conclusion) -> None:
    """Of the start that both are given it is the cause; of another one it is beside what a seed changes."""
    pytest.importorskip("jax", reason="JAX is not installed: pip install 'crossframe[jax]'")
    import crossframe

    made = crossframe.explain(f"keras.mlp:{options}", f"keras_jax.mlp:{options}", n=40)
    (finding,) = [d for d in made.diagnoses if d.kind == KIND]
    assert finding.certificate["by_rounding"] is True
    # Several units of single precision, not the 1e-16 of double precision.
    assert 1e-8 < finding.certificate["largest"] < 1e-3
    assert set(finding.certificate["own"]) == {"left"}
    assert made.verdict is verdict
    assert not made.causes
    page = document(made).markdown()
    assert "No setting differs between the two" in page
    assert "the rounding of single precision" in page
