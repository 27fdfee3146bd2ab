"""A machine without data, and the real MNIST where there is one."""

from __future__ import annotations

from pathlib import Path

import pytest

from crossframe.data import Dataset, load
from tests.data.real import REAL


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No MNIST anywhere; returns the folder that holds the empty caches."""
    monkeypatch.delenv("CROSSFRAME_DATA", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    return tmp_path


@pytest.fixture(scope="session")
def mnist() -> Dataset:
    assert REAL is not None, "mark the test with needs_mnist"
    return load("mnist", data_dir=REAL)


@pytest.fixture(scope="session")
def digits() -> Dataset:
    return load("digits")
