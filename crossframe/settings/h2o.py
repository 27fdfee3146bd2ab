"""H2O's GLM and deep learning in the vocabulary (the parameter lists of the server's own schemas)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from crossframe.engines.base import Value
from crossframe.settings import h2o_glm, h2o_mlp
from crossframe.settings.base import Binding
from crossframe.settings.h2o_outside import OUTSIDE

__all__ = ["ALWAYS", "BINDINGS", "COMPLETE", "IMPLIED", "OUTSIDE"]

BINDINGS: dict[str, tuple[Binding, ...]] = {"h2o.glm": h2o_glm.BINDINGS, "h2o.mlp": h2o_mlp.BINDINGS}

ALWAYS: dict[str, dict[str, Value]] = {"h2o.glm": h2o_glm.ALWAYS, "h2o.mlp": h2o_mlp.ALWAYS}

IMPLIED: dict[str, Callable[[Mapping[str, Value]], dict[str, Value]]] = {
    "h2o.glm": h2o_glm.implied,
    "h2o.mlp": h2o_mlp.implied,
}

COMPLETE: dict[
    str, Callable[[Mapping[str, Value], Mapping[str, Value], dict[str, Value]], dict[str, Value]]
] = {"h2o.glm": h2o_glm.plugging, "h2o.mlp": h2o_mlp.dropping}
