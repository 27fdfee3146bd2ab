"""The record of a model that crossframe computes itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from crossframe.core.types import Value
from crossframe.frameworks.contract import FitRequest
from crossframe.frameworks.model import Model

Fit = Callable[[FitRequest, Mapping[str, Value]], dict[str, Any]]
"""(request, all settings in native spelling) -> fields of the `FitResult`: ``status`` and, where that is
usable, at least ``score`` and ``train_score``."""


@dataclass(frozen=True, kw_only=True)
class ReferenceModel(Model):
    """A model that crossframe computes itself; ``passed`` has a value for each of its settings.

    Attributes
    ----------
    fit
        The function that fits it, see `Fit`.
    label_rule
        The setting that decides which scores are labelled 1; empty: those above one half.
    """

    fit: Fit
    label_rule: str = ""
