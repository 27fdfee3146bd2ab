"""``reference.centre``: a rule without data, by the centre pixel of an image."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from crossframe.core.types import Value
from crossframe.frameworks.contract import FitRequest, Status
from crossframe.frameworks.reference._model import ReferenceModel
from crossframe.settings.binding import Binding, number


def fit(request: FitRequest, native: Mapping[str, Value]) -> dict[str, Any]:
    """Class 1 where the centre pixel is above ``threshold``.

    The centre pixel is (height // 2, width // 2) counted from 0: (14, 14) of a 28 x 28 image. The
    threshold is in the pixels' own units; the training rows are not used. Rule: Beam 2017,
    "centre pixel black -> 1".
    """
    if request.image_shape is None:
        return {"status": Status.CANNOT_EXPRESS, "evidence": ("the centre pixel needs images",)}
    height, width = request.image_shape
    centre = (height // 2) * width + width // 2
    return {
        "status": Status.CONVERGED,
        "score": np.ascontiguousarray(request.X_eval[:, centre]),
        "train_score": np.ascontiguousarray(request.X_train[:, centre]),
        "is_probability": False,
        "convergence": f"nothing to fit: pixel {centre} > {native['threshold']:g}",
    }


MODEL = ReferenceModel(
    name="reference.centre",
    title="centre pixel",
    family="rule",
    order=10,
    bindings=(Binding("rule.threshold", "threshold", number(0)),),
    passed={"threshold": 0.5},
    fit=fit,
    label_rule="threshold",
    images_only=True,
    seconds=0.01,
)
