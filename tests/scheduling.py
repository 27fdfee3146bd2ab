"""How the tests are shared out to the workers of pytest-xdist: each of two starts a slow framework once."""

from __future__ import annotations

from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

TF, JAVA = "TensorFlow", "H2O"
TENSORFLOW = (
    "tests/audit/test_conflicts.py", "tests/audit/test_defaults.py", "tests/explain/test_implementation.py",
    "tests/explain/test_networks_over_draws.py", "tests/explain/test_over_draws.py",
    "tests/optima/test_network_start.py", "tests/studies/test_gradient_failures.py",
    "tests/studies/test_phenomena.py", "tests/studies/test_transfer.py", "tests/studies/test_sgd.py",
    "tests/studies/test_practice.py",
)  # fmt: skip
"""Tests that start TensorFlow without the word Keras in their name."""

H2O = (
    "tests/explain/test_acceptance.py",
    "tests/explain/test_hard_regressions.py",
    "tests/audit/test_audit.py",
    "tests/experiment/test_threshold.py",
    "tests/audit/test_verdicts.py",
    "tests/explain/test_review.py::test_the_scale_of_the_features_is_no_cause_without_a_penalty",
)
"""Tests that start H2O without it in their name."""


class ByFramework(LoadScopeScheduling):
    """One worker gets all tests of TensorFlow, one all of H2O; of the others each gets a file at a time."""

    def __init__(self, config: pytest.Config, log: Any = None) -> None:
        config.option.loadscopereorder = False  # `in_order` has put the long ones first
        super().__init__(config, log)

    def _split_scope(self, nodeid: str) -> str:
        return scope(nodeid)


def scope(nodeid: str) -> str:
    """What a test is handed out with: its framework, or its file."""
    if "keras" in nodeid.lower() or nodeid.startswith(TENSORFLOW):
        return TF
    if "h2o" in nodeid.lower() or nodeid.startswith(H2O):
        return JAVA
    return nodeid.partition("::")[0]


def in_order(items: list[pytest.Item]) -> None:
    """Those of TensorFlow first, then those of H2O, so that each worker begins with one of them."""
    places = {TF: 0, JAVA: 1}
    items.sort(key=lambda item: places.get(scope(item.nodeid), 2))
