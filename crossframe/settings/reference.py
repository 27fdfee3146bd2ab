"""The rules that need no framework, in the vocabulary."""

from __future__ import annotations

from crossframe.engines.base import Value
from crossframe.settings.base import Binding, Outside, number

BINDINGS: dict[str, tuple[Binding, ...]] = {
    "reference.centre": (Binding("rule.threshold", "threshold", number(0)),),
}

ALWAYS: dict[str, dict[str, Value]] = {}

OUTSIDE: dict[str, dict[str, Outside]] = {}
"""Pattern of ``callable.parameter`` -> why it is no setting."""
