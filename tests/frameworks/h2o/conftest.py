"""One H2O server for the tests of the engine and of its server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from crossframe.frameworks.contract import EngineConfig
from crossframe.frameworks.h2o.engine import H2O


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[H2O]:
    """The engine in this process, its server really running."""
    engine = H2O(EngineConfig(tmp_path_factory.mktemp("h2o"), threads=1))
    assert engine.probe().available
    yield engine
    engine.close()
