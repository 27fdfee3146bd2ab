"""Least squares in a dozen lines of NumPy, as a framework of crossframe."""

from __future__ import annotations

from crossframe.frameworks.framework import Framework
from crossframe.frameworks.model import Model
from crossframe.settings.binding import Binding, flag, number
from crossframe.settings.probe import Probe

FRAMEWORK = Framework(
    name="mine",
    title="Mine",
    engine="crossframe_toy.engine:Mine",
    models=(
        Model(
            name="mine.ridge",
            title="least squares with a ridge penalty",
            family="linear",
            tasks=frozenset({"classes", "numbers"}),
            convex=True,
            callables=("least_squares",),
            bindings=(
                Binding("intercept", "intercept", flag()),
                Binding(
                    "penalty.l2",
                    "alpha",
                    number(0),
                    lambda value, context: value * context.n,  # type: ignore[operator]
                    lambda value, context: value / context.n,  # type: ignore[operator]
                    formula="sum of squares + alpha |beta|^2",
                ),
            ),
            always={"link": "identity", "penalty.l1": 0.0, "penalty.intercept": 0.0, "precision": "float64"},
            probes={"intercept": Probe((True, False)), "alpha": Probe((0.0, 10.0))},
        ),
    ),
    packages=("crossframe-toy",),
    modules=("crossframe_toy",),
    start_code="import crossframe_toy; print('mine 1.0')",
)
