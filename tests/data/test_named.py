"""MNIST and the digits by name: where they are found, what is in them, what is refused."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import numpy as np
import pytest

from crossframe.core.errors import DataError, ExitCode, UsageError
from crossframe.data import Dataset, available, load, mnist, verify
from crossframe.data.mnist import FETCH, FILE, read
from tests.data.real import REAL, needs_mnist


def truncated(folder: Path) -> Path:
    """An archive cut in the middle: the real one where there is one."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / FILE
    if REAL is not None:
        whole = REAL.read_bytes()
    else:
        np.savez(path, x_train=np.arange(100_000, dtype=np.uint8))
        whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    return path


@pytest.fixture(scope="module")
def forged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive of MNIST's shapes; its last array differs in one place, or all do without the real one."""
    path = tmp_path_factory.mktemp("forged") / FILE
    if REAL is not None:
        arrays = read(REAL)
        arrays["y_test"][5000] ^= 1
    else:
        shapes = {"x_train": (60000, 28, 28), "y_train": 60000, "x_test": (10000, 28, 28), "y_test": 10000}
        arrays = {name: np.zeros(shape, np.uint8) for name, shape in shapes.items()}
    np.savez(path, **arrays)
    return path


def test_the_digits_are_scikit_learns(digits: Dataset) -> None:
    assert digits.X.shape == (360, 64)
    assert (digits.X.dtype, digits.y.dtype) == (np.float64, np.int64)
    assert digits.X.flags.c_contiguous
    assert np.bincount(digits.y).tolist() == [178, 182]
    assert digits.X.max() == digits.max_value == 16
    assert digits.image_shape == (8, 8)
    assert digits.test_rows is None
    assert digits.classes == ("0", "1")
    assert len(digits.names) == 64


def test_any_pair_of_digits_in_either_order() -> None:
    one, other = load("digits", digits=(3, 5)), load("digits", digits=(5, 3))
    assert one.classes == ("3", "5")
    assert one.name == "digits-3v5"
    assert np.array_equal(one.X, other.X)
    assert np.array_equal(one.y, 1 - other.y)


@needs_mnist
def test_a_file_is_verified_again_only_when_it_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert REAL is not None
    path = shutil.copy(REAL, tmp_path / FILE)
    times: list[Path] = []
    monkeypatch.setattr(mnist, "read", lambda path: times.append(path) or read(path))
    one, other = (load("mnist", data_dir=path, digits=pair) for pair in ((4, 9), (9, 4)))
    assert len(times) == 1
    assert np.array_equal(one.y, 1 - other.y)
    path.write_bytes(path.read_bytes()[:-1000])
    with pytest.raises(DataError, match="not a whole MNIST archive"):
        load("mnist", data_dir=path)


@pytest.mark.parametrize("pair", [(1, 1), (0, 10), (-1, 2), (1,), (0, 1, 2)])
def test_other_pairs_are_refused(pair: tuple[int, int]) -> None:
    with pytest.raises(UsageError, match="not a pair of digits"):
        load("digits", digits=pair)


def test_an_unknown_name_gets_a_suggestion() -> None:
    with pytest.raises(UsageError) as caught:
        load("mnits")
    assert "unknown data set 'mnits'" in caught.value.message
    assert caught.value.hint.startswith("did you mean mnist")
    assert caught.value.exit_code is ExitCode.USAGE


def test_positive_is_for_files() -> None:
    with pytest.raises(UsageError, match="digits has no target column"):
        load("digits", positive="1")


@needs_mnist
def test_mnist_holds_what_beam_counted(mnist: Dataset) -> None:
    assert mnist.test_rows is not None
    train = np.setdiff1d(np.arange(mnist.y.size), mnist.test_rows)
    assert np.bincount(mnist.y[train]).tolist() == [5923, 6742]
    assert np.bincount(mnist.y[mnist.test_rows]).tolist() == [980, 1135]
    assert mnist.X.shape == (14780, 784)
    assert (mnist.X.min(), mnist.X.max(), mnist.max_value) == (0, 255, 255)
    assert mnist.image_shape == (28, 28)
    assert (mnist.names[0], mnist.names[-1]) == ("pixel0", "pixel783")
    assert mnist.X.flags.c_contiguous


@needs_mnist
def test_mnist_rows_are_in_file_order(mnist: Dataset) -> None:
    assert REAL is not None
    with np.load(REAL) as archive:
        first = archive["x_train"][archive["y_train"] < 2][0]
        last = archive["x_test"][archive["y_test"] < 2][-1]
    assert np.array_equal(mnist.X[0], first.ravel())
    assert np.array_equal(mnist.X[-1], last.ravel())


@pytest.mark.slow
@needs_mnist
def test_places_are_tried_in_order(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert REAL is not None
    for folder in ("given", "variable", "cache/crossframe", "keras/datasets"):
        (bare / folder).mkdir(parents=True)
        shutil.copy(REAL, bare / folder / FILE)
    monkeypatch.setenv("CROSSFRAME_DATA", str(bare / "variable"))
    assert str(bare / "given" / FILE) in load("auto", data_dir=bare / "given").where
    assert "given" in verify("mnist", data_dir=bare / "given" / FILE)
    assert "CROSSFRAME_DATA" in verify("mnist")
    (bare / "variable" / FILE).unlink()
    assert "crossframe's cache" in verify("mnist")
    (bare / "cache/crossframe" / FILE).unlink()
    assert "Keras's cache" in verify("mnist")


@needs_mnist
def test_a_verified_load_takes_a_second() -> None:
    started = time.process_time()
    load("mnist", data_dir=REAL)
    assert time.process_time() - started < 2.0  # about 0.5 s; the rest is for slow machines


def test_auto_without_mnist_says_where_it_looked(bare: Path) -> None:
    data = load("auto")
    assert data.name == "digits"
    for place in ("cache/crossframe/mnist.npz", "keras/datasets/mnist.npz"):
        assert str(bare / place) in data.where


def test_mnist_without_a_copy_names_the_places_and_the_remedy(bare: Path) -> None:
    with pytest.raises(DataError) as caught:
        load("mnist", data_dir=bare)
    assert str(bare / FILE) in caught.value.message
    assert str(bare / "keras/datasets" / FILE) in caught.value.message
    assert FETCH in caught.value.hint


@pytest.mark.parametrize("name", ["auto", "mnist"])
@pytest.mark.parametrize("place", ["given", "variable", "cache/crossframe", "keras/datasets"])
def test_a_truncated_copy_is_an_error_wherever_it_is(
    bare: Path, monkeypatch: pytest.MonkeyPatch, name: str, place: str
) -> None:
    path = truncated(bare / place)
    if place == "variable":
        monkeypatch.setenv("CROSSFRAME_DATA", str(path))
    with pytest.raises(DataError) as caught:
        load(name, data_dir=path.parent if place == "given" else None)
    assert str(path) in caught.value.message
    assert FETCH in caught.value.hint
    assert caught.value.exit_code is ExitCode.USAGE


def test_an_altered_copy_is_an_error_that_names_the_array(bare: Path, forged: Path) -> None:
    array = "x_train" if REAL is None else "y_test"
    with pytest.raises(DataError, match=f"{array} differs from MNIST's") as caught:
        load("auto", data_dir=forged)
    assert str(forged) in caught.value.message


def test_an_archive_of_other_shapes_is_refused(bare: Path) -> None:
    np.savez(bare / FILE, **{k: np.zeros(3) for k in ("x_train", "y_train", "x_test", "y_test")})
    with pytest.raises(DataError, match=r"x_train is float64 \(3,\), not uint8") as caught:
        verify("mnist", data_dir=bare)
    assert str(bare / FILE) in caught.value.message


@pytest.mark.parametrize("content", [b"", b"\x93NUMPY", b"no archive at all"])
def test_a_file_that_is_no_archive_is_refused(bare: Path, content: bytes) -> None:
    (bare / FILE).write_bytes(content)
    with pytest.raises(DataError, match="is not a whole MNIST archive"):
        load("auto", data_dir=bare)


def test_a_single_array_is_refused(bare: Path) -> None:
    with (bare / FILE).open("wb") as file:
        np.save(file, np.zeros(3))
    with pytest.raises(DataError, match="it holds a single array"):
        load("auto", data_dir=bare)


def test_a_folder_in_place_of_the_file_is_refused(bare: Path) -> None:
    (bare / FILE).mkdir()
    with pytest.raises(DataError, match="is not a whole MNIST archive"):
        load("auto", data_dir=bare)


def test_a_data_folder_that_does_not_exist_is_refused(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DataError, match="nowhere: no such file or folder"):
        load("auto", data_dir=bare / "nowhere")
    monkeypatch.setenv("CROSSFRAME_DATA", str(bare / "lost"))
    with pytest.raises(DataError, match=r"CROSSFRAME_DATA .*lost: no such file or folder"):
        load("auto")


def test_the_listing_of_a_bare_machine(bare: Path) -> None:
    mnist, digits = available()
    assert (mnist.name, mnist.verified, mnist.where, mnist.rows) == ("mnist", False, "", None)
    assert FETCH in mnist.reason
    assert (digits.name, digits.verified, digits.rows, digits.features) == ("digits", True, 360, 64)


def test_the_listing_says_what_is_wrong_with_a_copy(bare: Path) -> None:
    path = truncated(bare / "keras/datasets")
    listing = available()[0]
    assert not listing.verified
    assert str(path) in listing.where
    assert "not a whole MNIST archive" in listing.reason


@needs_mnist
def test_the_listing_of_a_good_copy() -> None:
    listing = available(data_dir=REAL)[0]
    assert listing.verified
    assert (listing.rows, listing.features) == (14780, 784)
    assert str(REAL) in listing.where


def test_verify_knows_its_names() -> None:
    assert verify("digits") == "scikit-learn"
    with pytest.raises(UsageError, match="unknown data set 'digit'"):
        verify("digit")
