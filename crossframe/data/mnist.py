"""MNIST: location and verification of a copy, and two of its digits as a data set.

The archive has the layout of ``keras.datasets.mnist``: ``mnist.npz`` with ``x_train`` (60000, 28, 28),
``y_train`` (60000,), ``x_test`` (10000, 28, 28) and ``y_test`` (10000,), all uint8. A copy counts as
MNIST when the bytes of these arrays have the known SHA-256; the archive around them may be packed in
any way. Source: LeCun and Cortes, http://yann.lecun.com/exdb/mnist/.
"""

from __future__ import annotations

import functools
import hashlib
import os
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import platformdirs
from numpy.typing import NDArray

from crossframe.core.errors import DataError
from crossframe.data.types import Dataset

FILE = "mnist.npz"
FETCH = "crossframe data fetch mnist"

_ARRAYS = {
    "x_train": ((60000, 28, 28), "741c988805d008ac6e4c904b69001ba184c24b2c540a4ef403f4c71b676cf757"),
    "y_train": ((60000,), "1feba77c54802fa5339a11837ea4b2866434b83314ec45192930f1df69120c13"),
    "x_test": ((10000, 28, 28), "6d87418db22cc8025d05968bec9bd5c3932904b23485740db143a061a2c9d161"),
    "y_test": ((10000,), "ddeff807876a9661a1110d45c266c86239a3a1b7d37da0c3716a7a683c852ff5"),
}


@dataclass(frozen=True)
class Place:
    """A file that may be MNIST, and which rule named it (``CROSSFRAME_DATA``, ``Keras's cache``)."""

    path: Path
    rule: str

    def __str__(self) -> str:
        return f"{self.path} ({self.rule})"


def cache_dir() -> Path:
    """The user's cache folder for crossframe, into which ``crossframe data fetch`` puts data."""
    return Path(platformdirs.user_cache_dir("crossframe"))


def places(data_dir: str | os.PathLike[str] | None = None) -> list[Place]:
    """The places that are searched for MNIST, in this order.

    Parameters
    ----------
    data_dir
        A folder that holds ``mnist.npz``, or the file itself.

    Raises
    ------
    DataError
        When ``data_dir`` or ``CROSSFRAME_DATA`` names something that does not exist: the reader
        meant a copy there, and must not get another one.
    """
    candidates = []
    environment = os.environ.get("CROSSFRAME_DATA")
    for named, rule in ((data_dir, "the data folder"), (environment, "CROSSFRAME_DATA")):
        if not named:
            continue
        root = Path(named).expanduser()
        if not os.path.exists(root):
            raise DataError(f"{rule} {root}: no such file or folder", f"name a folder that holds {FILE}")
        candidates.append(Place(root / FILE if root.is_dir() else root, rule))
    keras = os.environ.get("KERAS_HOME")
    home = Path(keras) if keras else Path("~/.keras").expanduser()
    candidates.append(Place(cache_dir() / FILE, "crossframe's cache"))
    candidates.append(Place(home / "datasets" / FILE, "Keras's cache"))
    return candidates


def locate(data_dir: str | os.PathLike[str] | None = None) -> Place | None:
    """The first place where there is a file, whole or not; None when there is none."""
    return next((place for place in places(data_dir) if os.path.lexists(place.path)), None)


def read(path: Path) -> dict[str, NDArray[np.uint8]]:
    """The four arrays of ``path``, verified.

    Raises
    ------
    DataError
        When the file cannot be read, is cut short, or its arrays are not MNIST's.
    """
    remedy = f"replace it with a good copy, or delete it and run: {FETCH}"
    try:
        if not path.is_file():
            raise ValueError("not a regular file")
        # opened here, because np.load leaves its own handle open when the archive is broken
        with path.open("rb") as file:
            archive = np.load(file, allow_pickle=False)
            if not isinstance(archive, np.lib.npyio.NpzFile):
                raise ValueError("it holds a single array")
            arrays = {name: np.ascontiguousarray(archive[name]) for name in _ARRAYS}
    except (
        OSError, EOFError, ValueError, KeyError, IndexError, MemoryError, zipfile.BadZipFile, zlib.error,
    ) as error:  # fmt: skip
        raise DataError(f"{path} is not a whole MNIST archive: {error}", remedy) from error
    for name, (shape, digest) in _ARRAYS.items():
        array = arrays[name]
        if array.dtype != np.uint8 or array.shape != shape:
            raise DataError(f"{path}: {name} is {array.dtype} {array.shape}, not uint8 {shape}", remedy)
        if hashlib.sha256(array.data).hexdigest() != digest:
            raise DataError(f"{path}: {name} differs from MNIST's (its SHA-256 is another)", remedy)
    return arrays


def _unchanged(path: Path) -> dict[str, NDArray[np.uint8]]:
    """`read`, once for a file that stays as it is: all pairs of digits are in the same arrays."""
    try:
        status = path.stat()
    except OSError:
        return read(path)
    return _read_once(path, status.st_mtime_ns, status.st_size)


@functools.lru_cache(maxsize=1)
def _read_once(path: Path, changed: int, size: int) -> dict[str, NDArray[np.uint8]]:
    return read(path)


def load(place: Place, digits: tuple[int, int] = (0, 1)) -> Dataset:
    """All images of two digits: the training images in file order, then the test images.

    Parameters
    ----------
    place
        Location of the archive, which is verified.
    digits
        The digit that becomes class 0, and the one that becomes class 1.

    Returns
    -------
    Dataset
        (N, 784) raw pixels 0..255, row by row of the image; ``test_rows`` are MNIST's test images.
    """
    arrays = _unchanged(place.path)
    parts, labels = [], []
    for part in ("train", "test"):
        keep = np.isin(arrays[f"y_{part}"], digits)
        parts.append(arrays[f"x_{part}"][keep].reshape(-1, 784))
        labels.append(arrays[f"y_{part}"][keep])
    y = (np.concatenate(labels) == digits[1]).astype(np.int64)
    first, second = digits
    return Dataset(
        name="mnist" if digits == (0, 1) else f"mnist-{first}v{second}",
        X=np.concatenate(parts).astype(np.float64),
        y=y,
        names=tuple(f"pixel{i}" for i in range(784)),
        classes=(str(first), str(second)),
        source=f"MNIST, digits {first} and {second}.",
        where=f"verified copy in {place}",
        test_rows=np.arange(labels[0].size, y.size, dtype=np.int64),
        image_shape=(28, 28),
        max_value=255.0,
    )
