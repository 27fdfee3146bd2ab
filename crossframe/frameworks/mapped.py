"""Large arrays in files without a name, which processes map in place of a copy of their own.

Such a file lies in the folder for temporary files, and vanishes with the last process that maps it, also when
that is killed. `send` and `receive` are the two ends of a pipe: a large array of a message travels as the
descriptor of its file, so that all engines of a machine read the same pages of memory.
"""

from __future__ import annotations

import contextlib
import errno
import io
import mmap
import os
import pickle
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from multiprocessing import reduction
from multiprocessing.connection import Connection
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from crossframe.core.errors import OutOfMemory
from crossframe.core.types import IntArray

LEAST = 2**20
"""Bytes of the smallest array that travels as a file."""

_MOST = 100
"""Arrays of one message that travel as files."""

_BLOCK = 2**22
"""Bytes that are copied at a time."""

Array: TypeAlias = NDArray[Any]


class _Map(mmap.mmap):
    """A file that is mapped, with its descriptor where it may travel further; it closes it."""

    descriptor: int = -1

    def __del__(self) -> None:
        if self.descriptor >= 0:
            os.close(self.descriptor)


def taken(X: Array, rows: IntArray, on_block: Callable[[Array], None] = lambda block: None) -> Array:
    """``X[rows]`` in C order, read-only and in a file where it is large; ``on_block`` gets it block by block.

    Raises `OutOfMemory` where the file does not fit into its folder.
    """
    shape = (len(rows), *X.shape[1:])
    size = X.itemsize * int(np.prod(shape))
    if size < LEAST:
        made = np.ascontiguousarray(X[rows])
        on_block(made)
        return made
    step = max(1, _BLOCK * len(rows) // size)

    def blocks() -> Iterator[Array]:
        for begin in range(0, len(rows), step):
            block = np.ascontiguousarray(X[rows[begin : begin + step]])
            on_block(block)
            yield block

    descriptor = _written(blocks(), size)
    mapped = _Map(descriptor, 0, access=mmap.ACCESS_READ)
    mapped.descriptor = descriptor
    return np.frombuffer(mapped, X.dtype).reshape(shape)


def send(pipe: Connection, message: Any) -> None:
    """Send a message. Raises OSError where the other end is closed, `OutOfMemory` as `taken`."""
    data = io.BytesIO()
    pickler = _Pickler(data)
    try:
        pickler.dump(message)
        pipe.send_bytes(bytes([len(pickler.descriptors)]))
        for descriptor in pickler.descriptors:
            # The number of the process is for systems without descriptors.
            reduction.send_handle(pipe, descriptor, 0)
        pipe.send_bytes(data.getbuffer())
    finally:
        for descriptor in pickler.new:
            os.close(descriptor)


def receive(pipe: Connection) -> Any:
    """The next message of `send`. Writing to its large arrays changes them for this process alone."""
    descriptors: list[int] = []
    try:
        for _ in range(pipe.recv_bytes()[0]):
            descriptors.append(reduction.recv_handle(pipe))
        return _Unpickler(io.BytesIO(pipe.recv_bytes()), descriptors).load()
    finally:
        for descriptor in descriptors:
            os.close(descriptor)


class _Pickler(pickle.Pickler):
    """Leaves out large arrays and notes the ``descriptors`` of their files; ``new`` are those made for it."""

    def __init__(self, out: io.BytesIO) -> None:
        super().__init__(out, protocol=5)
        self.descriptors: list[int] = []
        self.new: list[int] = []

    def persistent_id(self, obj: Any) -> Any:
        if type(obj) is not np.ndarray or obj.nbytes < LEAST or len(self.descriptors) == _MOST:
            return None
        if not obj.flags.c_contiguous or obj.dtype.hasobject:
            return None
        descriptor = _descriptor(obj)
        if descriptor < 0:
            descriptor = _written(_blocks(obj), obj.nbytes)
            self.new.append(descriptor)
        self.descriptors.append(descriptor)
        return len(self.descriptors) - 1, obj.dtype.str, obj.shape


class _Unpickler(pickle.Unpickler):
    def __init__(self, data: io.BytesIO, descriptors: list[int]) -> None:
        super().__init__(data)
        self._descriptors = descriptors

    def persistent_load(self, pid: Any) -> Array:
        number, dtype, shape = pid
        # Some compiled loops refuse what they may not write to: pages are copied where they do.
        mapped = _Map(self._descriptors[number], 0, access=mmap.ACCESS_COPY)
        return np.frombuffer(mapped, dtype).reshape(shape)


def _blocks(array: Array) -> Iterator[Array]:
    """The rows of an array, some at a time."""
    step = max(1, _BLOCK * len(array) // array.nbytes)
    for begin in range(0, len(array), step):
        yield array[begin : begin + step]


def _descriptor(array: Array) -> int:
    """The descriptor of the file of which ``array`` is all, -1 where there is none."""
    base: Any = array
    while isinstance(base, np.ndarray):
        base = base.base
    base = base.obj if isinstance(base, memoryview) else base
    return base.descriptor if isinstance(base, _Map) and len(base) == array.nbytes else -1


def _written(blocks: Iterable[Array], size: int) -> int:
    """The descriptor of a new file without a name that holds ``blocks``, ``size`` bytes in all."""
    folder = "the folder for temporary files"
    try:
        folder = tempfile.gettempdir()
        with tempfile.TemporaryFile(buffering=0) as file:
            for block in blocks:
                left = block.data.cast("B")
                while left:
                    left = left[file.write(left) :]
            return os.dup(file.fileno())
    except OSError as error:
        free = 0
        with contextlib.suppress(OSError):
            free = shutil.disk_usage(folder).free
        why = "no space left" if error.errno in (errno.ENOSPC, errno.EDQUOT) else error.strerror or str(error)
        raise OutOfMemory(
            f"{folder}: {why} for {size / 2**20:,.0f} MiB of rows that the engines share, "
            f"{free / 2**20:,.0f} MiB are free",
            "free some, or set TMPDIR to a folder with more space",
        ) from error
