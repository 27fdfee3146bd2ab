"""Large tables to H2O and back through files: the frames that text makes, and every layout of a chunk."""

from __future__ import annotations

import numpy as np
import pytest

from crossframe.core.types import FloatArray, fingerprint
from crossframe.frameworks.h2o import binary, frames
from crossframe.frameworks.h2o.engine import H2O
from crossframe.frameworks.h2o.rest import Rest

pytestmark = [pytest.mark.xdist_group("h2o"), pytest.mark.slow]

N = 7000


@pytest.fixture
def rest(engine: H2O) -> Rest:
    rest = engine._connected()
    assert rest.folder is not None
    return rest


@pytest.fixture(scope="module")
def columns() -> dict[str, FloatArray]:
    """Columns that the server keeps in different ways: by range, distinct values, sparse, constant, bits."""
    rng = np.random.default_rng(1)
    rare = np.arange(N) % 40 == 4

    def gaps(values: FloatArray) -> FloatArray:
        return np.where(np.arange(N) % 7 == 3, np.nan, values)

    whole = {
        "byte": (0, 200), "signed": (-100, 100), "short": (-3000, 3000), "bit": (0, 2),
        "year": (10**6, 10**6 + 60_000), "int": (-(10**6), 10**6), "far": (10**12, 10**12 + 10**9),
        "long": (-(10**14), 10**14),
    }  # fmt: skip
    made = {name: rng.integers(*limits, N).astype(np.float64) for name, limits in whole.items()}
    made |= {
        "double": rng.normal(size=N),
        "tiny": rng.normal(size=N) * 1e-300,
        "subnormal": rng.normal(size=N) * 1e-310,
        "halves": rng.integers(0, 9, N) / 2,
        "many halves": rng.integers(0, 1000, N) / 2,
        "few": np.where(rare, rng.normal(size=N), 0.0),
        "few whole": np.where(rare, rng.integers(0, 10**6, N), 0.0),
    }
    made |= {f"{name} gaps": gaps(values) for name, values in made.items()}
    return made | {"zero": np.zeros(N), "three": np.full(N, 3.0), "third": np.full(N, 1 / 3)}


@pytest.mark.parametrize("target", ["classes", "many", "numbers", "none"])
def test_files_and_text_make_the_same_frame(
    rest: Rest, columns: dict[str, FloatArray], target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    X = np.column_stack([*columns.values()])
    names = [f"c{j}" for j in range(X.shape[1])]
    rng = np.random.default_rng(2)
    y = {
        "classes": rng.integers(0, 2, N), "many": rng.integers(0, 12, N),
        "numbers": rng.normal(size=N), "none": None,
    }[target]  # fmt: skip
    frames.upload(rest, "by_text", names, X, y)
    text = frames.download(rest, "by_text")
    monkeypatch.setattr(binary, "ROWS", 1)
    monkeypatch.setattr(binary, "VALUES", 1)
    monkeypatch.setattr(binary, "_PART", 2**20)
    frames.upload(rest, "by_file", names, X, y)
    sent = fingerprint(X, np.empty(0) if y is None else y)
    for key in ("by_text", "by_file"):
        assert frames.received(rest, key, names, N) == sent
        with binary.saved(rest, key) as chunks:
            assert chunks is not None
            held = [*chunks]
        assert key == "by_text" or len(held) > 1
        for name, values in text.items():
            np.testing.assert_array_equal(
                np.concatenate([chunk[name] for chunk in held]), values, err_msg=name
            )
    described = [
        [
            (c["label"], c["type"], c["domain"])
            for c in rest.call("GET", f"/3/Frames/{key}")["frames"][0]["columns"]
        ]
        for key in ("by_text", "by_file")
    ]
    assert described[0] == described[1]
    for key in ("by_text", "by_file"):
        rest.delete(f"/3/Frames/{key}")
    assert rest.folder is not None
    assert not [path for path in rest.folder.iterdir() if path.name.startswith("by_")]


def test_an_altered_number_is_noticed(rest: Rest, monkeypatch: pytest.MonkeyPatch) -> None:
    X = np.random.default_rng(3).normal(size=(N, 3))
    monkeypatch.setattr(binary, "ROWS", 1)
    monkeypatch.setattr(binary, "VALUES", 1)
    frames.upload(rest, "sent", ["c0", "c1", "c2"], X)
    altered = X.copy()
    altered[N // 2, 1] = np.nextafter(altered[N // 2, 1], 2)
    assert frames.received(rest, "sent", ["c0", "c1", "c2"], N) == fingerprint(X, np.empty(0))
    assert frames.received(rest, "sent", ["c0", "c1", "c2"], N) != fingerprint(altered, np.empty(0))
    rest.delete("/3/Frames/sent")
