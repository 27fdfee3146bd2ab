"""Cells on their way to another machine: data and experiments travel once, by their hash."""

from __future__ import annotations

import hashlib
import io
import pickle
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import fields
from functools import partial
from typing import Any

from crossframe.core.errors import CrossframeError
from crossframe.data import Dataset, load
from crossframe.experiment.cells import AnyCell
from crossframe.experiment.plan import Experiment
from crossframe.frameworks.contract import EvalRows

_WORTH = 2**16
"""Bytes of evaluation rows from which on they are a part of their own."""

_KEPT = 64
"""Parts that are kept, the latest ones."""

_ON_THEIR_WAY = 10.0
"""Seconds that a part may come later than the cells that need it."""


class PartMissing(Exception):
    """Cells need a part that is not here; ``name`` is its hash."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class Packed:
    """Parts as the sender knows them: data sets, experiments and evaluation rows, each by its hash."""

    def __init__(self) -> None:
        self._named: OrderedDict[int, tuple[Any, str]] = OrderedDict()
        self._parts: dict[str, Any] = {}
        self._needs: dict[str, tuple[str, ...]] = {}

    def cells(self, cells: Sequence[AnyCell]) -> tuple[bytes, tuple[str, ...]]:
        """``cells`` as bytes, and the names of the parts that they need, each after those it needs itself."""
        # Not while cells are packed, whose parts would be forgotten before they are sent.
        while len(self._named) > _KEPT:
            _, (_, old) = self._named.popitem(last=False)
            if all(old != other for _, other in self._named.values()):
                del self._parts[old], self._needs[old]
        file = io.BytesIO()
        packer = _Packer(file, self.name)
        packer.dump(list(cells))
        return file.getvalue(), self._in_order(packer.needs)

    def name(self, part: Any) -> str:
        """The hash of a part; it is kept, so that it can be sent."""
        if id(part) in self._named:
            self._named.move_to_end(id(part))
            return self._named[id(part)][1]
        hashed = _Hashed()
        packer = _Packer(hashed, self.name, part)
        packer.dump(part)
        name = hashed.digest.hexdigest()
        self._named[id(part)] = part, name
        self._parts[name], self._needs[name] = part, tuple(packer.needs)
        return name

    def blob(self, name: str, *, whole: bool) -> bytes:
        """A part as bytes for `Parts.add`. Unless it is wanted ``whole``, data with a name by that alone."""
        part = self._parts[name]
        if isinstance(part, Dataset) and part.file is None and not whole:
            return pickle.dumps((name, None, _recipe(part)), protocol=5)
        file = io.BytesIO()
        packer = _Packer(file, self.name, part)
        packer.dump(part)
        return pickle.dumps((name, file.getvalue(), None), protocol=5)

    def _in_order(self, names: Iterable[str]) -> tuple[str, ...]:
        ordered: dict[str, None] = {}
        for name in names:
            ordered |= dict.fromkeys([*self._in_order(self._needs[name]), name])
        return tuple(ordered)


class Parts:
    """Parts as the receiver holds them, by name; safe to use from several threads."""

    def __init__(self) -> None:
        self._held: OrderedDict[str, Any] = OrderedDict()
        self._changed = threading.Condition()

    def add(self, blob: bytes) -> None:
        """Hold the part of `Packed.blob`; one that cannot be made here is left out."""
        name, packed, recipe = pickle.loads(blob)
        if name in self._held:
            return
        part = _made(recipe) if packed is None else _Unpacker(io.BytesIO(packed), self.get).load()
        if part is not None:
            with self._changed:
                self._held[name] = part
                while len(self._held) > _KEPT:
                    self._held.popitem(last=False)
                self._changed.notify_all()

    def get(self, name: str) -> Any:
        """The part of that name. Raises `PartMissing`."""
        with self._changed:
            if name not in self._held:
                raise PartMissing(name)
            self._held.move_to_end(name)
            return self._held[name]

    def cells(self, packed: bytes, needed: Iterable[str], expected: Iterable[str]) -> list[AnyCell]:
        """The cells of `Packed.cells`. Raises `PartMissing`.

        Parts of ``needed`` that are ``expected``, because they were sent with other cells, may come
        a few seconds later.
        """
        until, wanted = time.monotonic() + _ON_THEIR_WAY, set(expected)
        for name in needed:
            with self._changed:
                patience = max(0.0, until - time.monotonic()) if name in wanted else 0.0
                here = self._changed.wait_for(partial(self._held.__contains__, name), patience)
            if not here:
                raise PartMissing(name)
        cells: list[AnyCell] = _Unpacker(io.BytesIO(packed), self.get).load()
        return cells

    def clear(self) -> None:
        """Forget every part; cells that need one raise `PartMissing` from now on."""
        with self._changed:
            self._held.clear()


class _Packer(pickle.Pickler):
    """Writes the names of parts in their place; ``root`` is the part that is written itself."""

    def __init__(self, file: Any, name: Callable[[Any], str], root: Any = None) -> None:
        super().__init__(file, protocol=5)
        self._name, self._root = name, root
        self.needs: dict[str, None] = {}

    def persistent_id(self, value: Any) -> str | None:
        """The name of a part, None for anything else."""
        if value is self._root or not isinstance(value, Dataset | Experiment | EvalRows):
            return None
        if isinstance(value, EvalRows) and value.X.nbytes < _WORTH:
            return None
        name = self._name(value)
        self.needs[name] = None
        return name

    def reducer_override(self, value: Any) -> Any:
        """Data and experiments without what they have computed and keep."""
        if isinstance(value, Dataset | Experiment):
            return type(value), tuple(getattr(value, field.name) for field in fields(value))
        return NotImplemented


class _Unpacker(pickle.Unpickler):
    def __init__(self, file: Any, get: Callable[[str], Any]) -> None:
        super().__init__(file)
        self._get = get

    def persistent_load(self, name: str) -> Any:
        return self._get(name)


class _Hashed:
    """A file that keeps the hash of what is written, and not the bytes: data may be large."""

    def __init__(self) -> None:
        self.digest = hashlib.sha256()

    def write(self, data: Any) -> int:
        self.digest.update(data)
        return memoryview(data).nbytes


def _recipe(data: Dataset) -> tuple[str, tuple[str, ...], str]:
    return data.name, data.classes, data.fingerprint


def _made(recipe: tuple[str, tuple[str, ...], str]) -> Dataset | None:
    """The data set of `_recipe`, loaded here; None where there are no such rows here."""
    name, classes, fingerprint = recipe
    with suppress(CrossframeError, ValueError, OSError):
        first, second = map(int, classes)
        data = load(name, digits=(first, second))
        if data.fingerprint == fingerprint:
            return data
    return None
