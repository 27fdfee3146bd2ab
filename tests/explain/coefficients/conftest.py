"""What tests of tables of coefficients share."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.explain.coefficients.printed_tables import from_r


@pytest.fixture(scope="session")
def printed_by_r(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A table, ``d.csv``, and the texts that R prints of models of it."""
    folder = tmp_path_factory.mktemp("printed")
    return folder / "d.csv", from_r(folder)
