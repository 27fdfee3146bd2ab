"""Where this machine has MNIST, found before any test changes the environment."""

from __future__ import annotations

import pytest

from crossframe.data.mnist import locate

_PLACE = locate()
REAL = None if _PLACE is None else _PLACE.path

needs_mnist = pytest.mark.skipif(REAL is None, reason="no MNIST here: set CROSSFRAME_DATA, or fetch it")
