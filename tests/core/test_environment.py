"""Versions and ranges without packaging, which doctor has to do without, against packaging."""

from __future__ import annotations

import itertools

import pytest
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from crossframe.core import environment
from crossframe.core.environment import Requirement, lacking, needed, order

VERSIONS = (
    "0.9",
    "1",
    "1.0",
    "1.0.0rc1",
    "1.0rc2",
    "1.0.1",
    "1.10",
    "1.9.2",
    "2.0.0b1",
    "3.46.0.6",
    "3.46.0.12",
)
RANGES = ("", ">=1.0", "<2", ">=1.9,<1.10", "==1.0", "!=1.0", ">1,<=3.46.0.6", "<3.47,>=3.46.0.6")


def test_versions_are_ordered_as_packaging_orders_them() -> None:
    for a, b in itertools.product(VERSIONS, repeat=2):
        assert (order(a) < order(b)) == (Version(a) < Version(b)), (a, b)
        assert (order(a) == order(b)) == (Version(a) == Version(b)), (a, b)


@pytest.mark.parametrize("wanted", RANGES)
def test_a_version_fits_where_packaging_says_so(wanted: str) -> None:
    # Pre-releases of an upper limit are the one case in which packaging is stricter.
    for version in (v for v in VERSIONS if not Version(v).is_prerelease):
        assert Requirement("it", wanted).fits(version) == SpecifierSet(wanted).contains(version), version


def test_the_ranges_are_those_of_the_metadata() -> None:
    requirements = needed()
    assert requirements is not None
    by_name = {requirement.name: requirement for requirement in requirements}
    assert str(by_name["rpy2"]) == "rpy2==3.6.4"
    assert "pytest" not in by_name
    extras = {name: by_name[name].extra for name in ("numpy", "h2o", "tensorflow", "keras", "rpy2", "numba")}
    assert extras == {
        "numpy": "", "h2o": "h2o", "tensorflow": "keras", "keras": "keras", "rpy2": "r", "numba": "fast",
    }  # fmt: skip


def test_what_an_extra_asks_for_is_installed_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "package_version", lambda name: "" if name != "keras" else "3.13")
    assert environment.installing("tensorflow", "keras").endswith("-m pip install 'crossframe[keras]'")
    assert environment.installing("keras").endswith("-m pip install 'keras<4,>=3.12'")
    assert environment.installing("numpy").endswith("-m pip install 'numpy<3,>=2.1'")


def test_what_cannot_be_imported_is_named_with_the_command() -> None:
    what, remedy = lacking(ModuleNotFoundError("No module named 'absentee'", name="absentee.part"))
    assert what == "the Python package absentee is not installed"
    assert remedy.endswith("-m pip install 'absentee'")
    what, remedy = lacking(ImportError("libz.so is not there\nmore", name="sklearn.base"))
    assert what == "the Python package scikit-learn cannot be imported: libz.so is not there"
    assert "--force-reinstall --no-deps 'scikit-learn" in remedy
    assert "cannot be imported: why" in lacking(ImportError("why"))[0]
