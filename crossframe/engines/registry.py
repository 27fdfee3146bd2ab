"""Which engines there are, and where each one's class is."""

from __future__ import annotations

from importlib.metadata import entry_points

from crossframe.errors import UsageError

BUILT_IN = {
    "sklearn": "crossframe.engines.sklearn:Sklearn",
    "r": "crossframe.engines.r:R",
    "h2o": "crossframe.engines.h2o:H2O",
    "keras": "crossframe.engines.keras:Keras",
    "rkeras": "crossframe.engines.rkeras:RKeras",
    "reference": "crossframe.engines.reference:Reference",
}
"""Engine name -> ``module:Class``, in the order in which tables show them."""

TITLES = {
    "sklearn": "scikit-learn",
    "r": "R",
    "h2o": "H2O",
    "keras": "Keras",
    "rkeras": "Keras from R",
    "reference": "rule",
}


def target(engine: str) -> str:
    """``module:Class`` of an engine, built in or registered under ``crossframe.engines``."""
    if engine in BUILT_IN:
        return BUILT_IN[engine]
    others = {entry.name: entry.value for entry in entry_points(group="crossframe.engines")}
    if engine in others:
        return others[engine]
    raise UsageError.unknown("engine", engine, [*BUILT_IN, *others])
