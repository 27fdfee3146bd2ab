"""What tests of every part share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray


@pytest.fixture(scope="session", autouse=True)
def _own_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test reads or writes the results of the person who runs it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CROSSFRAME_STORE", str(tmp_path_factory.mktemp("store") / "store.sqlite"))
        patch.setenv("CROSSFRAME_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session")
def digits01() -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """The bundled digits 0 and 1: (360, 64) and (360,)."""
    from crossframe.data import load

    data = load("digits")
    return data.X, data.y


@pytest.fixture
def empty_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home without caches, configuration or data."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    for kind in ("CACHE", "CONFIG", "DATA", "STATE"):
        monkeypatch.setenv(f"XDG_{kind}_HOME", str(home / kind.lower()))
    return home
