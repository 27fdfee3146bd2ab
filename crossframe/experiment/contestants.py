"""The contestants of the 2017 argument, as settings of real frameworks (PROTOCOLS: Leek, Beam)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from crossframe.core.types import Value
from crossframe.experiment.preparation import Preparation, Selection


@dataclass(frozen=True)
class Contestant:
    """One model of one framework with the settings under which it takes part.

    Attributes
    ----------
    name
        How the command line, the tables and the store call it.
    title
        How figures and reports call it.
    family
        ``leekasso``, ``logistic``, ``network`` or ``rule``: the group within which two
        contestants are meant to be the same model.
    model
        ``engine.model``.
    origin
        Whose contestant it is.
    description
        One sentence.
    selection
        Features are selected first, or all are used.
    preparation
        What else is done to its rows before the framework gets them.
    settings, native
        Canonical and framework spelling; see `FitRequest`.
    threshold
        Label 1 above this score, or ``f1_optimal`` (see `crossframe.experiment.record.relabelled`), in
        place of the framework's own rule (None).
    images_only
        Whether the features must be the pixels of an image.
    """

    name: str
    title: str
    family: str
    model: str
    origin: str = ""
    description: str = ""
    selection: Selection | None = None
    settings: Mapping[str, Value] = field(default_factory=dict)
    native: Mapping[str, Value] = field(default_factory=dict)
    threshold: float | str | None = None
    images_only: bool = False
    preparation: Preparation = field(default_factory=Preparation)

    @property
    def engine(self) -> str:
        """The name of the framework: ``model`` up to its first point."""
        return self.model.partition(".")[0]


_SOLVERS: dict[str, tuple[str, str, dict[str, Value]]] = {
    "lm": ("R lm", "r.lm", {}),
    "glm": ("R glm", "r.glm", {}),
    "liblinear": ("liblinear", "sklearn.logistic", {"solver": "liblinear", "C": 1e6}),
    "lbfgs": ("lbfgs", "sklearn.logistic", {"solver": "lbfgs", "C": 1e6}),
    "h2o": ("H2O GLM", "h2o.glm", {"lambda_": 0.0}),
}
_RANKS = {"f": "F test", "welch": "Welch"}
_ORIGINS = {
    ("f", "lm"): "Leek 2017",
    ("f", "glm"): "Beam 2017, redux in R",
    ("welch", "liblinear"): "Beam 2017",
}


def _leekassos() -> list[Contestant]:
    members = []
    for rank, rank_title in _RANKS.items():
        for solver, (title, model, native) in _SOLVERS.items():
            origin = _ORIGINS.get((rank, solver), "crossed")
            spelled = ", ".join(
                f"{k}={v:g}" if isinstance(v, float) else f"{k}={v}" for k, v in native.items()
            )
            members.append(
                Contestant(
                    f"leekasso.{rank}.{solver}",
                    f"Leekasso, {rank_title} + {title}",
                    "leekasso",
                    model,
                    origin,
                    f"the ten best pixels by {rank_title}, then {title}"
                    + (f" ({spelled})" if spelled else " with its defaults"),
                    Selection(rank),
                    native=native,
                )
            )
    return members


_LEEK_NET: dict[str, Value] = {"hidden": (160,) * 5, "epochs": 20}

_ALL = (
    *_leekassos(),
    Contestant(
        "sklearn.logistic",
        "Logistic, scikit-learn",
        "logistic",
        "sklearn.logistic",
        "",
        "all features, LogisticRegression with its defaults (lbfgs, C=1)",
    ),
    Contestant(
        "r.glm",
        "Logistic, R glm",
        "logistic",
        "r.glm",
        "",
        "all features, glm(family = binomial) with its defaults",
    ),
    Contestant(
        "h2o.glm",
        "Logistic, H2O GLM",
        "logistic",
        "h2o.glm",
        "",
        "all features, H2OGeneralizedLinearEstimator(family='binomial') with its defaults",
    ),
    Contestant(
        "keras.logistic",
        "Logistic, Keras",
        "logistic",
        "keras.logistic",
        "",
        "all features, one sigmoid unit, Adam, 200 epochs, batch 32",
    ),
    Contestant(
        "leek.h2o.mlp",
        "Deep net, h2o.deeplearning",
        "network",
        "h2o.mlp",
        "Leek 2017",
        "h2o.deeplearning(activation='Tanh', hidden=rep(160,5), epochs=20), all else default",
        native={"activation": "Tanh", **_LEEK_NET},
    ),
    Contestant(
        "keras.mlp",
        "MLP, Keras",
        "network",
        "keras.mlp",
        "Beam 2017",
        "128-128 relu, dropout 0.5, two softmax units, Adam, 200 epochs, batch 32, raw pixels",
    ),
    Contestant(
        "keras.cnn",
        "CNN, Keras",
        "network",
        "keras.cnn",
        "Beam 2017",
        "Beam's convolutional net, Adam, 200 epochs, batch 32, raw pixels",
        images_only=True,
    ),
    Contestant(
        "leek.keras.mlp",
        "MLP (Leek), Keras",
        "network",
        "keras.mlp",
        "Beam 2017",
        "Beam's port of Leek's net: 5 x 160 tanh, SGD 0.005 with decay 0.99, 20 epochs, batch 1",
        settings={
            "architecture.hidden": (160,) * 5,
            "architecture.activation": "tanh",
            "dropout.hidden": 0.0,
            "optimizer.rule": "sgd",
            "optimizer.learning_rate": 0.005,
            "optimizer.momentum": 0.0,
            "optimizer.nesterov": True,
            "schedule.decay": 0.99,
            "epochs": 20,
            "batch.size": 1,
        },
    ),
    Contestant(
        "rkeras.mlp",
        "MLP, Keras from R",
        "network",
        "rkeras.mlp",
        "Beam 2017, redux in R",
        "128-128 relu, dropout 0.5, one sigmoid unit, Adam, 200 epochs, batch 1, raw pixels",
    ),
    Contestant(
        "beam.sklearn.mlp",
        "MLP, scikit-learn",
        "network",
        "sklearn.mlp",
        "",
        "MLPClassifier with Beam's sizes: 128-128 relu, Adam, at most 200 epochs, batch 32",
        native={"hidden_layer_sizes": (128, 128), "batch_size": 32, "max_iter": 200},
    ),
    Contestant(
        "pixel.best",
        "Best single pixel",
        "rule",
        "sklearn.logistic",
        "Beam 2017",
        "Leekasso with one pixel: the best by Welch, then liblinear (C=1e6)",
        Selection("welch", 1),
        native={"solver": "liblinear", "C": 1e6},
    ),
    Contestant(
        "pixel.centre",
        "Centre pixel, no data",
        "rule",
        "reference.centre",
        "Beam 2017",
        "class 1 where the centre pixel is brighter than half of the maximum",
        images_only=True,
    ),
)

CONTESTANTS: dict[str, Contestant] = {contestant.name: contestant for contestant in _ALL}
"""Every contestant by name, in the order of tables.

One that is called ``framework.model`` is that model with its defaults. Settings of its own come with a name
of its own, ``leek.h2o.mlp``.
"""

ALIASES = {
    "leekasso.leek": "leekasso.f.lm",
    "leekasso.redux": "leekasso.f.glm",
    "leekasso.beam": "leekasso.welch.liblinear",
    "keras.mlp-leek": "leek.keras.mlp",
}
"""Names by author, and a former one."""

RENAMED = {"h2o.mlp": "leek.h2o.mlp", "sklearn.mlp": "beam.sklearn.mlp"}
"""Former names of contestants that are now those of models alone -> their names."""

GROUPS = ("leekasso", "logistic", "linear", "network", "forest", "boosting", "rule")
"""Families whose name stands for all their contestants on the command line.

Which these are, the target decides: see `crossframe.experiment.spec.contestants`.
"""
