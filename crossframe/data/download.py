"""A checked download: the file appears under its name only once its arrays are verified."""

from __future__ import annotations

import contextlib
import http.client
import os
import tempfile
import urllib.request
from pathlib import Path
from typing import BinaryIO

from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

from crossframe.core.errors import DataError, UsageError
from crossframe.core.terminal import console
from crossframe.data import mnist

MNIST_URL = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz"
"""Keras's own copy, the one ``keras.datasets.mnist.load_data`` downloads."""

_CHUNK = 1 << 16
_TIMEOUT = 30.0  # seconds without a byte


def fetch(
    name: str,
    dest: str | os.PathLike[str] | None = None,
    *,
    url: str = MNIST_URL,
    progress: bool = True,
) -> Path:
    """Download a data set unless a verified copy is there already.

    Parameters
    ----------
    name
        ``mnist``.
    dest
        The folder to put it in; by default crossframe's cache, where ``load`` finds it.
    url
        Its address, which may be a mirror's or a ``file:`` address, because the arrays are verified.
    progress
        Whether to show a bar on stderr.

    Returns
    -------
    Path
        The verified file.

    Raises
    ------
    DataError
        When the address cannot be reached, the transfer breaks off, the folder cannot be written, or
        what came is not MNIST. A file that was there before is then left as it was.
    """
    if name != "mnist":
        raise UsageError.unknown("data set to fetch", name, ["mnist"])
    folder = Path(dest).expanduser() if dest is not None else mnist.cache_dir()
    final = folder / mnist.FILE
    if final.is_file():
        with contextlib.suppress(DataError):
            mnist.read(final)
            return final
    part: Path | None = None
    try:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            handle, text = tempfile.mkstemp(prefix=f"{mnist.FILE}.", suffix=".part", dir=folder)
        except OSError as error:
            raise DataError(f"cannot write to {folder}: {error.strerror}", "name another folder") from error
        part = Path(text)
        with os.fdopen(handle, "wb") as file:
            _download(url, file, progress)
        try:
            mnist.read(part)
        except DataError as error:
            reason = error.message.replace(str(part), "the archive")
            raise DataError(f"what {url} sent is not MNIST: {reason}", "try again") from error
        part.chmod(0o644)  # mkstemp's files are for their owner only
        part.replace(final)
    finally:
        if part is not None:
            part.unlink(missing_ok=True)
    return final


def _download(url: str, file: BinaryIO, progress: bool) -> None:
    elsewhere = (
        f"without a network: copy {mnist.FILE} from another machine into a folder and name it in "
        "CROSSFRAME_DATA"
    )
    bar = Progress(
        TextColumn("fetching {task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        console=console(stderr=True),
        disable=not progress,
    )
    done, total = 0, None
    try:
        with urllib.request.urlopen(url, timeout=_TIMEOUT) as response, bar:
            length = response.headers.get("Content-Length")
            total = int(length) if length else None
            task = bar.add_task(mnist.FILE, total=total)
            while chunk := response.read(_CHUNK):
                file.write(chunk)
                done += len(chunk)
                bar.update(task, completed=done)
    except (OSError, http.client.HTTPException) as error:
        raise DataError(f"cannot fetch {url}: {error}", elsewhere) from error
    if total is not None and done != total:
        raise DataError(f"{url} broke off after {done:,} of {total:,} bytes", "try again")
