"""How the tests are shared out to the workers of pytest-xdist: each worker starts a framework once."""

from __future__ import annotations

from xdist.scheduler import LoadScopeScheduling

TENSORFLOW = (
    "tests/audit/test_conflicts.py", "tests/audit/test_defaults.py", "tests/explain/test_implementation.py",
    "tests/explain/test_networks_over_draws.py", "tests/explain/test_over_draws.py",
    "tests/frameworks/reference/", "tests/optima/test_network_start.py",
    "tests/studies/test_gradient_failures.py", "tests/studies/test_phenomena.py",
    "tests/studies/test_transfer.py", "tests/studies/test_sgd.py",
)  # fmt: skip
"""Tests that start TensorFlow without the word Keras in their name."""

H2O = ("tests/audit/test_audit.py", "tests/experiment/test_threshold.py", "tests/audit/test_verdicts.py")
"""Tests that start H2O without it in their name; the many others of one fit each run where they fit."""


class ByFramework(LoadScopeScheduling):
    """One worker gets all tests of TensorFlow, one all of H2O; of the others each gets a file at a time."""

    def _split_scope(self, nodeid: str) -> str:
        if "keras" in nodeid.lower() or nodeid.startswith(TENSORFLOW):
            return "TensorFlow"
        if "h2o" in nodeid.lower() or nodeid.startswith(H2O):
            return "H2O"

    """The framework of a file of tests: that of its folder, name or imports; None: any."""
