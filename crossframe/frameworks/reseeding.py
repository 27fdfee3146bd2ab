"""Other random numbers for a script that fixes them, so that a second run of it is another draw of its fits.

Seeds of Python's own generator and of TensorFlow are replaced as the script sets them, those of Keras's
layers and initializers as they are made, and those of an estimator at its fit. NumPy's own are left, because
scripts make and divide their data by them. Nothing but the standard library is imported.
"""

from __future__ import annotations

import functools
import os
import random
from collections.abc import Callable, Mapping
from typing import Any

VARIABLE = "CROSSFRAME_SEED"
"""The environment variable that holds the other seed; without it the script's own seeds stay."""

SEEDED = {
    "tensorflow.python.framework.random_seed": ("set_seed",),
    "keras.src.random.seed_generator": ("SeedGenerator.__init__",),
    "keras.src.initializers.random_initializers": ("RandomInitializer.__init__",),
}
"""Module -> its functions that take a seed."""

ARGUMENTS = ("random_state", "seed", "random_seed")
"""Arguments of estimators that are seeds."""

_NAMES = ("seed", "a")
"""Parameters of the functions of `SEEDED`, and of random.seed(), that are seeds."""

_PRIME, _LARGEST = 1_000_003, 2**31 - 1


def asked() -> int | None:
    """The other seed; None: the script's own seeds stay."""
    value = os.environ.get(VARIABLE)
    return None if value is None else int(value)


def arguments(given: Mapping[str, Any]) -> dict[str, int]:
    """Those arguments of an estimator, and of the ones inside it, that are seeds, with the other seed."""
    seed = asked()
    if seed is None:
        return {}
    # What is not seeded takes numbers of NumPy's own generator, which the script may have seeded.
    named = {name: name.rpartition("__")[2] for name in given}
    return {
        name: seed
        for name, value in given.items()
        if named[name] in ARGUMENTS and (named[name] == ARGUMENTS[0] or value is not None)
    }


def install(seed: int) -> None:
    """Replace the seeds of Python's own generator from now on."""
    random.seed = _with_other(random.seed, seed)


def install_in(module: Any, seed: int) -> None:
    """Replace the seeds that the functions of a module of `SEEDED` take."""
    for path in SEEDED[module.__name__]:
        *owners, name = path.split(".")
        owner = functools.reduce(getattr, owners, module)
        setattr(owner, name, _with_other(getattr(owner, name), seed))


def _with_other(function: Callable[..., Any], seed: int) -> Callable[..., Any]:
    """The function, with other whole numbers for its seed; equal seeds stay equal."""

    def other(value: Any) -> Any:
        whole = isinstance(value, int) and not isinstance(value, bool)
        return (value * _PRIME + seed) % _LARGEST if whole else value

    @functools.wraps(function)
    def called(*arguments: Any, **keywords: Any) -> Any:
        # By position they take nothing else that is a whole number.
        named = {name: other(value) if name in _NAMES else value for name, value in keywords.items()}
        return function(*map(other, arguments), **named)

    return called
