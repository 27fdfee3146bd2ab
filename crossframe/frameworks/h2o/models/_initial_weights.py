"""``initial_weights`` and ``initial_biases`` of H2O's deep learning: frames of the weights ``given:K``.

The server takes a frame for each layer, a row for each unit and a column for each input, in place of the
weights that it has drawn. It holds kernels in single precision.
"""

from __future__ import annotations

import numpy as np

from crossframe.core.types import Value
from crossframe.frameworks.h2o import frames
from crossframe.frameworks.h2o._model import Call
from crossframe.frameworks.h2o.models._target import of_numbers
from crossframe.frameworks.h2o.rest import Rest
from crossframe.frameworks.initial_weights import initial_weights, received
from crossframe.settings.binding import Binding, Context, Kind, When
from crossframe.settings.vocabulary_networks import OWN, SOURCE, given_seed

PARAMETER = "initial_weights"
FRAMED = (PARAMETER, "initial_biases")
"""What the server takes frames for."""
DRAWN = When(PARAMETER, (None,))
"""The server draws the weights itself."""


def _parsed(value: Value) -> Value:
    source = OWN if value in (None, "none") else SOURCE.parse(value)
    return None if source == OWN else source


def _encoded(source: Value, context: Context) -> Value:
    return None if source == OWN else source


def _decoded(value: Value, context: Context) -> Value:
    return OWN if value is None else value


BINDING = Binding(
    "init.source",
    PARAMETER,
    Kind("none, or given:K with a whole number K of at least 0", _parsed),
    _encoded,
    _decoded,
    reads=tuple(f"deeplearning.{name}" for name in FRAMED),
)


def send_frames(rest: Rest, call: Call, key: str) -> None:
    """Make the frames of given weights, named by ``key``, and read them back, see `Call.initial_weights`."""
    source = call.native.get(PARAMETER)
    seed = given_seed(source)
    if seed is None:
        return
    hidden = call.native.get("hidden", (200, 200))
    assert isinstance(hidden, tuple)
    outputs = 1 if of_numbers(call.native) else call.request.classes
    sent = initial_weights(seed, len(call.columns), hidden, outputs)
    # A constant column is left out, with its weights.
    kept = set(call.kept)
    sent[0] = sent[0][[column in kept for column in call.columns]]
    held, names = [], []
    for i, array in enumerate(sent):
        names.append(f"{key}_initial{i}")
        call.frames.append(names[-1])
        matrix = np.asarray(array if array.ndim == 2 else array[None], np.float64).T
        frames.upload_matrix(rest, names[-1], matrix)
        held.append(np.array(list(frames.download(rest, names[-1]).values())).reshape(array.shape))
    call.arguments |= zip(FRAMED, (names[0::2], names[1::2]), strict=True)
    call.held |= dict.fromkeys(FRAMED, source)
    call.initial_weights = received(sent, held)
