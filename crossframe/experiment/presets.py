"""The published experiments as one word."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Preset:
    """Options that a published experiment fixes; anything given explicitly wins over them."""

    name: str
    describe: str
    n: str
    draws: int
    design: str
    contestants: tuple[str, ...]
    seed: int = 12345
    dataset: str = "mnist"


PRESETS = {
    preset.name: preset
    for preset in (
        Preset(
            "leek-2017",
            "Leek's grid, with Beam's redux in R and the crossed solvers on the same draws",
            "10:80:5",
            5,
            "leek",
            (
                "leekasso", "logistic", "leek.h2o.mlp", "leek.h2o.mlp:classification_stop=-1", "keras.mlp",
                "leek.keras.mlp", "rkeras.mlp", "beam.sklearn.mlp", "pixel.best", "pixel.centre",
            ),
        ),
        Preset(
            "beam-2017",
            "Beam's grid: draws with replacement, scored on the last half of the test images",
            "10,20,40,60,80",
            5,
            "beam",
            ("all", "leek.keras.mlp:decay=0"),
        ),
    )
}  # fmt: skip
