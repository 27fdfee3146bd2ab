"""What tests of every part share: running engines, the command, an empty home, snapshots, groups of tests."""

from __future__ import annotations

import functools
import math
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.command import Done, in_process

if TYPE_CHECKING:
    from crossframe.frameworks.pool import Pool
    from tests.running import Engines

SNAPSHOTS = Path(__file__).parent / "snapshots"
SLOW_LIMIT = 3600
"""Seconds that a slow test may take; the limit of the others stands in pyproject.toml."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-snapshots", action="store_true", help="write tests/snapshots/ again")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Two workers, each of which starts a framework once."""
    from tests.scheduling import ByFramework

    return ByFramework(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        if item.get_closest_marker("slow") and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(SLOW_LIMIT))
    if hasattr(config, "workerinput"):
        from tests.scheduling import in_order

        in_order(items)


@pytest.fixture(scope="session", autouse=True)
def _own_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test reads or writes the results of the person who runs it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CROSSFRAME_STORE", str(tmp_path_factory.mktemp("store") / "store.sqlite"))
        patch.setenv("CROSSFRAME_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session", autouse=True)
def _no_heartbeat() -> Iterator[None]:
    """Whether a command is silent for long depends on the load; `tests/test_memory.py` has its test."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("crossframe.cli.heartbeat.FIRST", math.inf)
        yield


@pytest.fixture(scope="session", autouse=True)
def pool(_own_store: None) -> Iterator[Pool]:
    """Engines that run for the whole session; whatever is given no pool of its own borrows them."""
    from crossframe.frameworks.pool import Pool, sharing

    with Pool(most=10) as shared, sharing(shared):
        yield shared


@pytest.fixture(scope="module")
def engines(pool: Pool) -> Iterator[Engines]:
    """``engines["r"]`` is a running engine, the same for all tests of the module."""
    from tests.running import Engines

    lent = Engines(pool)
    yield lent
    lent.close()


@pytest.fixture(scope="session")
def tensorflow() -> Any:
    """TensorFlow in this process, with one thread, as the engines start it."""
    from crossframe.frameworks.keras import net

    net.start(1)
    return pytest.importorskip("tensorflow")


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


@pytest.fixture
def home(empty_home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home that is also the working folder; no variable of the environment concerns crossframe."""
    monkeypatch.chdir(empty_home)
    monkeypatch.setenv("COLUMNS", "120")
    for variable in [v for v in os.environ if v.startswith(("XDG_", "CROSSFRAME_"))]:
        monkeypatch.delenv(variable)
    return empty_home


@pytest.fixture
def command(home: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., Done]:
    """``command("audit", "r.glm", code=0)``: the command in this process, with the running engines."""
    return functools.partial(in_process, capsys)


@pytest.fixture
def snapshot(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """``snapshot(name, text)``: the text is that of ``tests/snapshots/NAME.txt``."""

    def check(name: str, text: str) -> None:
        file = SNAPSHOTS / f"{name}.txt"
        if request.config.getoption("--update-snapshots"):
            file.write_text(text, encoding="utf-8")
        assert file.is_file(), f"no {file.name}: run make snapshots"
        assert text == file.read_text(encoding="utf-8"), (
            f"{file.name} differs; if that is meant: make snapshots"
        )

    return check
