"""The rules that need no framework, in the vocabulary."""

from __future__ import annotations

from crossframe.settings.base import Binding, number

BINDINGS: dict[str, tuple[Binding, ...]] = {
    "reference.centre": (Binding("decision.threshold", "threshold", number(0, 1)),),
}
