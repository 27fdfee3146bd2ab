"""Small networks trained on an H2O server, from given weights, and read back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

import numpy as np

from crossframe.auditing.rates import sample
from crossframe.engines import h2o_frames as frames
from crossframe.engines.base import FloatArray, IntArray, Value
from crossframe.engines.h2o_rest import Rest
from crossframe.updates import Array

WEIGHT = "w"
"""Name of the column of row weights."""
_SESSION = "rates"
_ALIKE: dict[str, Value] = {
    "activation": "Tanh",
    "standardize": False,
    "ignore_const_cols": False,
    "reproducible": True,
    "seed": 1,
    "export_weights_and_biases": True,
    "variable_importances": False,
}
"""What every training here has: the small network, inputs as they are, one order of the rows."""
TO_THE_END: dict[str, Value] = {
    "overwrite_with_best_model": False,
    "classification_stop": -1,
    "stopping_rounds": 0,
    "train_samples_per_iteration": 0,
}
"""What lets a training stop before its epochs are done, or give back other weights, switched off."""


class Bench:
    """Trains small networks from given weights and reads them back.

    Nothing is removed: what was made ends with the server.
    """

    def __init__(self, rest: Rest) -> None:
        self.rest = rest
        self._made = 0
        self._sent: dict[bytes, str] = {}

    def defaults(self) -> dict[str, Any]:
        """Declared defaults of ``h2o.deeplearning`` by name, from the server's own schema."""
        reply = self.rest.call("GET", "/3/ModelBuilders/deeplearning")
        return {p["name"]: p["default_value"] for p in reply["model_builders"]["deeplearning"]["parameters"]}

    def frame(self, X: FloatArray, y: IntArray) -> str:
        """A training frame."""
        key = self._key("rows")
        frames.upload(self.rest, key, _columns(X.shape[1]), np.ascontiguousarray(X), y)
        return key

    def single_rows(self, X: FloatArray, y: IntArray) -> list[str]:
        """For every row a frame in which it alone counts.

        H2O refuses a frame with one class, so each row has a twin of the other class with weight 0,
        which H2O passes over when it trains.
        """
        twice = np.column_stack([np.repeat(X, 2, axis=0), np.tile([1.0, 0.0], len(X))])
        both = self._key("pairs")
        frames.upload(
            self.rest, both, [*_columns(X.shape[1]), WEIGHT], twice, np.ravel(np.column_stack([y, 1 - y]))
        )
        keys = [self._key("pair") for _ in X]
        for i, key in enumerate(keys):
            self._rapids(f"(tmp= {key} (rows {both} [{2 * i} {2 * i + 1}]))")
        return keys

    def initial(self, weights: Sequence[Array]) -> dict[str, list[str]]:
        """The arguments that let a training start from ``weights``: (inputs, units) and (units,)."""
        return {
            "initial_weights": [self._plain(w.T) for w in weights[0::2]],
            "initial_biases": [self._plain(w[:, None]) for w in weights[1::2]],
        }

    def train(self, frame: str, **options: Any) -> tuple[str, list[Array]]:
        """Train; the model's key, and its weights: kernels in single, biases in double precision."""
        key = self._key("model")
        job = self.rest.call(
            "POST",
            "/3/ModelBuilders/deeplearning",
            **{"training_frame": frame, "response_column": frames.RESPONSE, "model_id": key,
               "hidden": [sample.HIDDEN], **_ALIKE, **options},
        )["job"]  # fmt: skip
        state = self.rest.wait(job)
        if state["status"] != "DONE":
            raise RuntimeError(f"H2O's training failed: {state['exception']}")
        output = self.model(key)["output"]
        kernels = [self._read(w["name"]).T.astype(np.float32) for w in output["weights"]]
        biases = [self._read(b["name"])[:, 0] for b in output["biases"]]
        return key, [array for pair in zip(kernels, biases, strict=True) for array in pair]

    def model(self, key: str) -> dict[str, Any]:
        """What the server tells of a model."""
        told: dict[str, Any] = self.rest.call("GET", f"/3/Models/{key}")["models"][0]
        return told

    def _plain(self, array: Array) -> str:
        """A frame of nothing but these numbers, (rows, columns)."""
        word = str(array.shape).encode() + array.tobytes()
        if word in self._sent:
            return self._sent[word]
        key, names = self._key("given"), _columns(array.shape[1])
        frames.upload(self.rest, f"{key}_all", names, np.ascontiguousarray(array, dtype=np.float64))
        self._rapids(f"(tmp= {key} (cols_py {key}_all [{' '.join(map(str, range(len(names))))}]))")
        self._sent[word] = key
        return key

    def _read(self, key: str) -> FloatArray:
        held = frames.download(self.rest, quote(key, safe=""))
        return np.column_stack(list(held.values()))

    def _rapids(self, words: str) -> None:
        self.rest.call("POST", "/99/Rapids", ast=words, session_id=_SESSION)

    def _key(self, kind: str) -> str:
        self._made += 1
        return f"{kind}_{self._made}"


def _columns(k: int) -> list[str]:
    return [f"c{j}" for j in range(k)]
