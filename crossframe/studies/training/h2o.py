"""``h2o.deeplearning`` on a server of the job's own."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from crossframe.core.types import FloatArray
from crossframe.frameworks.h2o import frames
from crossframe.frameworks.h2o.rest import Rest
from crossframe.frameworks.h2o.server import Server
from crossframe.studies.training.images import CLASSES


@contextmanager
def server(threads: int) -> Iterator[tuple[Rest, Server]]:
    """A server with its connection; both end with the context."""
    with tempfile.TemporaryDirectory() as folder:
        running = Server(Path(folder), threads)
        rest = Rest(running.address)
        try:
            yield rest, running
        finally:
            rest.close()
            running.close()


def train(rest: Rest, arguments: dict[str, Any], *, frame: str = "train", model: str = "model") -> None:
    """Train on a frame. Raises RuntimeError with H2O's message when the training fails."""
    reply = rest.call(
        "POST",
        "/3/ModelBuilders/deeplearning",
        training_frame=frame,
        response_column=frames.RESPONSE,
        model_id=model,
        **arguments,
    )
    job = rest.wait(reply["job"])
    if job["status"] != "DONE":
        raise RuntimeError(f"H2O: {job['exception']}")


def predicted(rest: Rest, *, frame: str, model: str = "model") -> dict[str, FloatArray]:
    """The columns that a model predicts for a frame: ``predict``, and ``p0``, ``p1``, ... of classes."""
    rest.call("POST", f"/3/Predictions/models/{model}/frames/{frame}", predictions_frame="scores")
    columns = frames.download(rest, "scores")
    rest.delete("/3/Frames/scores")
    return columns


def probabilities(rest: Rest, *, frame: str, model: str = "model") -> FloatArray:
    """Probabilities of the ten digits, (rows, 10)."""
    columns = predicted(rest, frame=frame, model=model)
    return np.column_stack([columns[f"p{digit}"] for digit in range(CLASSES)])
