"""Data sets by name, and a user's own file."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from crossframe.core.errors import DataError, UsageError
from crossframe.data import digits as _digits
from crossframe.data import mnist as _mnist
from crossframe.data.types import Dataset

NAMES = ("auto", "mnist", "digits")
"""Data sets known by name; anything else is a file."""


@dataclass(frozen=True)
class Listing:
    """One line of ``crossframe data list``.

    ``rows`` and ``features`` are those of the default task (0 against 1), None when there is no good
    copy; ``where`` is empty when there is none at all; ``reason`` says why ``verified`` is false.
    """

    name: str
    rows: int | None
    features: int | None
    where: str
    verified: bool
    reason: str = ""


def load(
    name_or_path: str | os.PathLike[str],
    *,
    target: str | None = None,
    data_dir: str | os.PathLike[str] | None = None,
    missing: str = "refuse",
    positive: str | None = None,
    digits: tuple[int, int] = (0, 1),
    numbers: bool = False,
    several: bool = False,
    features: Sequence[str] | None = None,
    drop: Sequence[str] = (),
    formula: str | None = None,
    weights: str | None = None,
    offset: str | None = None,
    exposure: str | None = None,
) -> Dataset:
    """A data set of classes, or of a number to predict, from its name or from a file.

    Parameters
    ----------
    name_or_path
        ``mnist``; ``digits``; ``auto``: MNIST when a copy is here, else the digits; or, always when
        ``target`` is given, a CSV, TSV (either may be gzipped) or Parquet file.
    target
        The file's column to predict: any two values, or as ``numbers`` and ``several`` say.
    data_dir
        A folder that is searched for ``mnist.npz`` before ``CROSSFRAME_DATA`` and the caches; or that file.
    missing
        Missing feature values of a file: ``refuse``, ``drop`` the rows, or leave them to each
        ``framework`` as NaN.
    positive
        The value of ``target`` that is class 1; by default the second in sorted order.
    digits
        For ``mnist`` and ``digits``: which digit is class 0, which is class 1.
    numbers
        Take a numeric target of more than two values as numbers to predict, in place of refusing
        it. Of two values it is two classes all the same.
    several
        Take a target of more than two values, of text or where ``numbers`` is false, as so many classes.
    features
        The file's columns that are features; by default all but the target.
    drop
        Columns that are none.
    formula
        Target and features in one, ``"y ~ age + C(region) + log(dose)"``, in place of ``target``,
        ``features`` and ``drop``: formulaic makes the features, and R's spellings are read as well. Without
        an intercept (``- 1``) text has a column for every level. ``offset(log(n))`` in it is the offset.
    weights, offset, exposure
        The file's column of the weights of the rows, of a known part of the linear predictor, or of
        exposures, whose logarithm is that part. They are no features, unless these are named.

    Raises
    ------
    DataError
        When the data do not exist, or cannot be read, verified or used for such a task.
    UsageError
        For an unknown name or an impossible option.
    """
    name = os.fspath(name_or_path)
    beside = {"--target": target, "--features": features, "--drop": drop or None}
    if formula is not None and (doubled := [option for option, value in beside.items() if value is not None]):
        raise UsageError(
            f"--formula names the target and the features, and so {'do' if doubled[1:] else 'does'} "
            f"{' and '.join(doubled)}",
            "give one of the two",
        )
    if target is formula is None and (weights or offset or exposure):
        raise UsageError(
            "--weights, --offset and --exposure are columns of a file of your own",
            "name it with --data FILE, and its --target or --formula",
        )
    if target is formula is None and name in NAMES:
        return _named(name, data_dir, _pair(digits), positive)
    path = Path(name).expanduser()
    if target is formula is None and not os.path.exists(path) and not path.suffix and path.name == name:
        raise UsageError.unknown("data set", name, NAMES)
    # pandas takes half a second to import, and only a user's own file needs it
    from crossframe.data import table

    return table.load(
        path, target, missing=missing, positive=positive, numbers=numbers, several=several,
        features=features, drop=drop, formula=formula, weights=weights, offset=offset, exposure=exposure,
    )  # fmt: skip


def verify(name: str, *, data_dir: str | os.PathLike[str] | None = None) -> str:
    """The location of the verified copy of ``mnist`` or ``digits``.

    Raises
    ------
    DataError
        When there is no copy, or the first one is not whole.
    """
    if name not in ("mnist", "digits"):
        raise UsageError.unknown("data set", name, ("mnist", "digits"))
    if name == "digits":
        return "scikit-learn"
    place = _required(data_dir)
    _mnist.read(place.path)
    return str(place)


def available(*, data_dir: str | os.PathLike[str] | None = None) -> list[Listing]:
    """Every named data set: its size, where it is, and whether that copy is good."""
    listings = []
    for name in ("mnist", "digits"):
        where = ""
        try:
            if name == "mnist":
                where = str(_mnist.locate(data_dir) or "")
            data = load(name, data_dir=data_dir)
        except DataError as error:
            listings.append(Listing(name, None, None, where, False, str(error)))
        else:
            rows, features = data.X.shape
            listings.append(Listing(name, rows, features, where or "scikit-learn", True))
    return listings


def _named(
    name: str,
    data_dir: str | os.PathLike[str] | None,
    digits: tuple[int, int],
    positive: str | None,
) -> Dataset:
    if positive is not None:
        raise UsageError(
            f"positive={positive}: {name} has no target column", "order the pair of digits instead"
        )
    if name == "digits":
        return _digits.load(digits)
    place = _required(data_dir) if name == "mnist" else _mnist.locate(data_dir)
    if place is not None:
        return _mnist.load(place, digits)
    data = _digits.load(digits)
    looked = ", ".join(str(p.path) for p in _mnist.places(data_dir))
    return replace(data, where=f"taken because there is no MNIST in {looked}")


def _required(data_dir: str | os.PathLike[str] | None) -> _mnist.Place:
    place = _mnist.locate(data_dir)
    if place is None:
        looked = ", ".join(str(p) for p in _mnist.places(data_dir))
        raise DataError(f"there is no MNIST here; looked for {looked}", f"get it with: {_mnist.FETCH}")
    return place


def _pair(digits: tuple[int, int]) -> tuple[int, int]:
    pair = tuple(digits)
    if len(pair) != 2 or pair[0] == pair[1] or not all(d in range(10) for d in pair):
        raise UsageError(f"digits={digits}: not a pair of digits", "give two different numbers from 0 to 9")
    return int(pair[0]), int(pair[1])
