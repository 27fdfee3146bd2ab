"""Small networks trained on an H2O server, from given weights, and read back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

import numpy as np

from crossframe.core.types import FloatArray, IntArray, Value
from crossframe.frameworks import learning_rate_sample as sample
from crossframe.frameworks.h2o import frames
from crossframe.frameworks.h2o.capture import parameters, path
from crossframe.frameworks.h2o.rest import Rest
from crossframe.optima.updates import Array

WEIGHT = "w"
"""Name of the column of row weights."""
_SESSION = "rates"
_COMMON: dict[str, Value] = {
    "activation": "Tanh",
    "standardize": False,
    "ignore_const_cols": False,
    "reproducible": True,
    "seed": 1,
    "export_weights_and_biases": True,
    "variable_importances": False,
}
"""Options of every training here: the small network, unscaled inputs, one order of the rows."""
TO_THE_END: dict[str, Value] = {
    "overwrite_with_best_model": False,
    "classification_stop": -1,
    "stopping_rounds": 0,
    "train_samples_per_iteration": 0,
}
"""Options that switch off early stopping and the return of earlier weights."""


class NetworkTrainer:
    """Trains small networks from given weights and reads them back.

    Nothing is removed: its frames and models end with the server.
    """

    def __init__(self, rest: Rest) -> None:
        self.rest = rest
        self._count = 0
        self._sent: dict[bytes, str] = {}

    def defaults(self) -> dict[str, Any]:
        """Declared defaults of ``h2o.deeplearning`` by name, from the server's own schema."""
        return parameters(self.rest.call("GET", path("deeplearning")), "deeplearning")

    def frame(self, X: FloatArray, y: IntArray) -> str:
        """The key of a new frame with the features ``X`` (n, k) and the classes ``y`` (n,)."""
        key = self._key("rows")
        frames.upload(self.rest, key, _columns(X.shape[1]), np.ascontiguousarray(X), y)
        return key

    def single_rows(self, X: FloatArray, y: IntArray) -> list[str]:
        """Keys of one frame per row, in which no other row has a weight above 0.

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
        """The arguments with which a training starts from ``weights``, (inputs, units) and (units,)."""
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
               "hidden": [sample.HIDDEN], **_COMMON, **options},
        )["job"]  # fmt: skip
        state = self.rest.wait(job)
        if state["status"] != "DONE":
            raise RuntimeError(f"H2O's training failed: {state['exception']}")
        output = self.model(key)["output"]
        kernels = [self._read(w["name"]).T.astype(np.float32) for w in output["weights"]]
        biases = [self._read(b["name"])[:, 0] for b in output["biases"]]
        return key, [array for pair in zip(kernels, biases, strict=True) for array in pair]

    def model(self, key: str) -> dict[str, Any]:
        """The server's record of the model ``key``, decoded from JSON."""
        record: dict[str, Any] = self.rest.call("GET", f"/3/Models/{key}")["models"][0]
        return record

    def _plain(self, array: Array) -> str:
        """The key of a frame of these numbers alone, (rows, columns)."""
        content = str(array.shape).encode() + array.tobytes()
        if content in self._sent:
            return self._sent[content]
        key = self._key("given")
        frames.upload_matrix(self.rest, key, np.asarray(array, dtype=np.float64))
        self._sent[content] = key
        return key

    def _read(self, key: str) -> FloatArray:
        held = frames.download(self.rest, quote(key, safe=""))
        return np.column_stack(list(held.values()))

    def _rapids(self, expression: str) -> None:
        self.rest.call("POST", "/99/Rapids", ast=expression, session_id=_SESSION)

    def _key(self, kind: str) -> str:
        self._count += 1
        return f"{kind}_{self._count}"


def _columns(k: int) -> list[str]:
    return [f"c{j}" for j in range(k)]
