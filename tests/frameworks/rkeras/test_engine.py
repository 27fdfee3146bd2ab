"""R driving Keras under Rscript, against Python driving the same Keras."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from crossframe.core.types import FloatArray, IntArray
from crossframe.frameworks import rscripts
from crossframe.frameworks.contract import EngineConfig, Status
from crossframe.frameworks.keras.engine import Keras
from crossframe.frameworks.r import runtime
from crossframe.frameworks.rkeras.engine import RKeras
from tests.frameworks.keras.requests import digits_request
from tests.running import Engines

SIGMOID = {"architecture__head": "sigmoid1", "batch__size": 1}


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RKeras]:
    engine = RKeras(EngineConfig(tmp_path_factory.mktemp("rkeras")))
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Keras:
    return Keras(EngineConfig(tmp_path_factory.mktemp("keras")))


@pytest.mark.slow
def test_probe_names_both_sides(engine: RKeras) -> None:
    found = engine.probe()
    assert found.available, found.reason
    assert {"R", "reticulate", "tensorflow", "keras"} <= set(found.versions)


@pytest.mark.slow
def test_declares_what_python_declares(engine: RKeras, python: Keras) -> None:
    declared = engine.defaults("mlp")
    assert declared == python.defaults("mlp")
    assert {d.qualified: d.value for d in declared}["Adam.beta_1"] == 0.9


@pytest.mark.slow
def test_the_network_of_beams_script(engine: RKeras) -> None:
    effective = engine.fit(digits_request("mlp", epochs=1)).effective
    network = {name: effective[name] for name in ("hidden", "head", "batch_size", "learning_rate", "dropout")}
    assert network == {
        "hidden": (128, 128), "head": "sigmoid1", "batch_size": 1, "learning_rate": 0.001, "dropout": 0.5,
    }  # fmt: skip


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param({"epochs": 20}, id="xla", marks=pytest.mark.slow),
        pytest.param({"epochs": 5, "training__loop": "fit"}, id="fit", marks=pytest.mark.slow),
        pytest.param(
            {"epochs": 5, "training__loop": "graph", "dropout__input": 0.1, "batch__size": 8},
            id="graph", marks=pytest.mark.slow,
        ),
        pytest.param(
            {
                "epochs": 20, "architecture__head": "softmax2", "architecture__hidden": (9, 7),
                "architecture__activation": "tanh", "dropout__hidden": 0.0, "init__weights": "he_normal",
                "optimizer__rule": "sgd", "optimizer__momentum": 0.5, "optimizer__nesterov": True,
                "schedule__decay": 0.01, "features__standardize": "sd_n-1",
            },
            id="everything", marks=pytest.mark.slow,
        ),
        pytest.param(
            {"epochs": 5, "optimizer__rule": "adadelta", "optimizer__momentum": 0.9, "schedule__decay": 0.1},
            id="inert", marks=pytest.mark.slow,
        ),
        pytest.param(
            {
                "epochs": 3, "batch__size": 8, "training__loop": "graph", "class_weight": "balanced",
                "penalty__l2": 0.1, "penalty__l1": 0.05, "penalty__intercept": 0.5, "penalty__max_norm": 2.0,
                "optimizer__rule": "muon", "optimizer__averaging": "moving", "batch__accumulation": 2,
                "init__weights": "normal", "init__scale": 0.1, "init__seed": 7, "dropout__seed": 8,
                "schedule__decay": 0.1, "schedule__interval": 3, "schedule__staircase": True,
                "validation__fraction": 0.2, "loss__label_smoothing": 0.1, "loss__reduction": "sum",
            },
            id="options",
        ),
    ],
)  # fmt: skip
def test_r_and_python_give_the_same_bits(engines: Engines, settings: dict[str, Any]) -> None:
    request = digits_request("mlp", n=21, seed=4, **settings)
    from_r = engines["rkeras"].fit(request)
    # R states the rate of Beam's script; Python's network leaves it to the optimizer.
    rate = {"optimizer__learning_rate": 1e-3}
    from_python = engines["keras"].fit(digits_request("mlp", n=21, seed=4, **(SIGMOID | rate | settings)))
    assert from_r.status is from_python.status is Status.COMPLETED
    assert from_r.fingerprint == request.fingerprint
    assert from_r.updates == from_python.updates
    assert from_r.effective == from_python.effective
    assert from_r.canonical == from_python.canonical
    assert from_r.inert == from_python.inert
    np.testing.assert_array_equal(from_r.score, from_python.score)
    np.testing.assert_array_equal(from_r.train_score, from_python.train_score)


@pytest.mark.slow
def test_other_evaluation_rows_replace_the_kept_ones(engine: RKeras) -> None:
    one, other = (engine.fit(digits_request("mlp", epochs=2, draw=draw)) for draw in (0, 1))
    again = engine.fit(digits_request("mlp", epochs=2, draw=0))
    assert not np.array_equal(one.score, other.score)
    np.testing.assert_array_equal(one.score, again.score)


@pytest.mark.slow
def test_a_seed_beyond_rs_integers(engine: RKeras) -> None:
    assert engine.fit(digits_request("mlp", epochs=1, seed=2**40 + 1)).status is Status.COMPLETED


def test_r_refuses_with_its_own_message(engines: Engines) -> None:
    result = engines["rkeras"].fit(digits_request("mlp", epochs=1, native={"optimizer": "no such rule"}))
    assert result.status is Status.REFUSED
    assert any("no such rule" in words for words in result.evidence)


@pytest.mark.slow
def test_what_is_no_refusal_is_raised(engine: RKeras, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is gone says nothing of the request: the fit is to be tried again."""
    monkeypatch.setattr(engine, "hand_over", lambda X, y: {"X": "gone.bin", "y": "gone.bin"})
    with pytest.raises(RuntimeError, match=r"gone\.bin|cannot open|invalid"):
        engine.fit(digits_request("mlp", epochs=1))


@pytest.mark.slow
def test_an_answer_is_a_line_of_its_own() -> None:
    """Also after output of R code that did not end its line."""
    home = runtime.home()
    assert home is not None
    code = (
        f"source('{rscripts.folder() / 'keras.R'}')\n"
        "tasks$start <- function(request) { cat('half a line'); list(r = 'here') }\n"
        "serve()\n"
    )
    done = subprocess.run(
        [home / "bin" / "Rscript", "--vanilla", "-e", code],
        input='{"do": "start"}\n', capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "half a line" in done.stdout.splitlines()
    assert any(line.startswith("crossframe> {") for line in done.stdout.splitlines())


@pytest.mark.slow
def test_modules_in_the_working_folder_are_not_rs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("keras", "numpy", "crossframe"):
        (tmp_path / f"{name}.py").write_text("raise RuntimeError('imported from the working folder')\n")
    monkeypatch.chdir(tmp_path)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    engine = RKeras(EngineConfig(scratch))
    try:
        found = engine.probe()
        assert found.available, found.reason
    finally:
        engine.close()


@pytest.mark.slow
def test_one_corrupted_value_is_caught(engine: RKeras, monkeypatch: pytest.MonkeyPatch) -> None:
    hand_over = engine.hand_over

    def corrupting(X: FloatArray, y: IntArray) -> dict[str, str]:
        """The last bit of one value is another one in the file that R reads."""
        X = X.copy()
        X[3, 5] = np.nextafter(X[3, 5], np.inf)
        return hand_over(X, y)

    monkeypatch.setattr(engine, "hand_over", corrupting)
    request = digits_request("mlp", epochs=1)
    result = engine.fit(request)
    assert result.status is Status.COMPLETED
    assert result.fingerprint != request.fingerprint


@pytest.mark.slow
def test_a_killed_r_is_started_again(tmp_path: Path) -> None:
    engine = RKeras(EngineConfig(tmp_path))
    request = digits_request("mlp", epochs=1)
    try:
        assert engine.fit(request).status is Status.COMPLETED
        _r_of(tmp_path).kill()
        with pytest.raises(RuntimeError, match="R process ended"):
            engine.fit(request)
        assert engine.fit(request).status is Status.COMPLETED
    finally:
        engine.close()


def _r_of(scratch: Path) -> psutil.Process:
    """The R process that writes its messages into ``scratch``."""
    return next(p for p in psutil.process_iter() if p.name() == "R" and str(scratch) in _stderr(p))


def _stderr(process: psutil.Process) -> str:
    try:
        return os.readlink(f"/proc/{process.pid}/fd/2")
    except OSError:
        return ""


KILLED = """
import os, signal, sys
from pathlib import Path
from crossframe.frameworks.contract import EngineConfig
from crossframe.frameworks.rkeras.engine import RKeras
assert RKeras(EngineConfig(Path(sys.argv[1]))).probe().available
print("ready", flush=True)
signal.pause()
"""


@pytest.mark.slow
def test_r_dies_with_its_engine(tmp_path: Path) -> None:
    command = [sys.executable, "-c", KILLED, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == "ready\n"
        child = _r_of(tmp_path)
        parent.kill()
    child.wait(timeout=120)
