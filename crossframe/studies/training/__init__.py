"""What the trainers of several studies share. A trainer is a function that a job names and a worker calls."""

from collections.abc import Mapping
from typing import Any

from numpy.typing import NDArray

Outcome = tuple[Mapping[str, Any], Mapping[str, NDArray[Any]]]
"""What a trainer returns: plain values, and arrays."""
