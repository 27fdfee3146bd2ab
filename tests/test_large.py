"""A large table of a user: the same bytes in every framework, and one copy of it in the parent process."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import crossframe

pytestmark = pytest.mark.slow


def _write(path: Path, rows: int, columns: int) -> Path:
    rng = np.random.default_rng(1)
    table = {f"x{j}": rng.normal(size=rows) for j in range(columns)}
    sick = (table["x0"] - table["x1"] + rng.logistic(size=rows) > 0).astype(np.int64)
    pq.write_table(pa.table({**table, "sick": sick}), path)
    return path


@pytest.mark.xdist_group("h2o")
def test_every_framework_holds_the_bytes_that_were_sent(tmp_path: Path) -> None:
    file = _write(tmp_path / "table.parquet", 200_000, 20)
    models = ["sklearn.logistic", "r.glm", "h2o.glm"]
    result = crossframe.compare(
        100_000,
        draws=1,
        data=file,
        target="sick",
        contestants=models,
        store=tmp_path / "store.sqlite",
        time_limit=3000,
    )
    cells = result.cells
    assert len(cells) == len(models)
    assert cells["usable"].all()
    assert cells["fingerprint_ok"].all()
    assert cells["fingerprint"].nunique() == 1
    # The penalties of the defaults differ, and hardly matter for so many rows.
    assert cells["logloss"].max() - cells["logloss"].min() < 1e-3


_PROGRAM = """
import sys, crossframe
from crossframe.frameworks import memory
crossframe.compare(int(sys.argv[2]), draws=1, data=sys.argv[1], target="sick",
                   contestants=["sklearn.logistic:max_iter=2"], store=sys.argv[3])
print(memory.own())
"""


def test_the_parent_holds_a_table_once(tmp_path: Path) -> None:
    peaks, sizes = [], []
    for rows in (250_000, 750_000):
        file = _write(tmp_path / f"{rows}.parquet", rows, 40)
        done = subprocess.run(
            [sys.executable, "-c", _PROGRAM, str(file), str(rows // 2), str(tmp_path / f"{rows}.sqlite")],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        peaks.append(int(done.stdout.split()[-1]))
        sizes.append(8 * 40 * rows)
    # The difference leaves out what Python and its libraries take. A second copy would make it 2.
    assert (peaks[1] - peaks[0]) / (sizes[1] - sizes[0]) < 1.5
