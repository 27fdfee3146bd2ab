"""The parts that every ``adopt`` of a Python framework shares: which call of ``fit`` is recorded, and how.

A fit inside another one is not recorded by itself: the trees of a forest, the steps of a pipeline, the
candidates of a search. What it was given is kept until the outer one ends, so that the features of a
pipeline's last step are known as that step got them.
"""

from __future__ import annotations

import contextlib
import functools
import inspect
import os
import random
import re
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, Protocol

from crossframe.core.errors import UsageError
from crossframe.core.types import Value
from crossframe.frameworks.fitted import FittedModel
from crossframe.frameworks.model import Model


class OnFit(Protocol):
    """What is called with every fit that has ended; returns nothing."""

    def __call__(self, fit: FittedModel | str, model: Any) -> None:
        """Take the fit of the live object ``model``, or the sentence on why it cannot be recorded."""


@dataclass
class Call:
    """One call of a function that fits.

    Attributes
    ----------
    model
        The object that is fitted.
    given
        What it was given, by the names of the parameters.
    inner
        The latest call at each depth inside this one.
    messages
        Warnings that were issued, also those that a filter hides.
    seconds
        Duration.
    random
        Whether it took random numbers of NumPy's global state.
    result
        What the function returned.
    """

    model: Any
    given: dict[str, Any]
    inner: dict[int, Call] = field(default_factory=dict)
    messages: tuple[str, ...] = ()
    seconds: float = 0.0
    random: bool = False
    result: Any = None

    def of(self, model: Any) -> Call | None:
        """The outermost call inside this one that fitted the object ``model``; None where there was none."""
        return next((self.inner[k] for k in sorted(self.inner) if self.inner[k].model is model), None)


class _Depth:
    """Calls in progress in this process, whichever thread they are in: a forest fits its trees in threads."""

    def __init__(self) -> None:
        self.process = os.getpid()
        self.now = 0
        self.lock = threading.Lock()
        self.inner: dict[int, Call] = {}


_DEPTH = _Depth()


@dataclass(frozen=True)
class _Watch:
    """What is done about the calls of one framework."""

    adopt: Callable[[Call], FittedModel | None]
    on_fit: OnFit
    before: Callable[[Call], None]


_WATCHES: dict[str, _Watch] = {}


def watched(
    function: Callable[..., Any],
    adopt: Callable[[Call], FittedModel | None],
    on_fit: OnFit,
    before: Callable[[Call], None] = lambda call: None,
) -> Callable[..., Any]:
    """A method that fits, and passes on what ``adopt`` makes of each outermost call that succeeds.

    ``adopt`` gives None for what is no model, and raises `Unrecordable` for what cannot be recorded;
    ``before`` sees the call before it is made. The random numbers, the warnings and the errors of the call
    are as they would be without.
    """
    if getattr(function, "_watched_by_crossframe", False):
        return function
    key = adopt.__module__
    _WATCHES[key] = _Watch(adopt, on_fit, before)

    # A class of the script is sent to other processes with this function in it, which therefore holds nothing
    # but the original, and works where crossframe is not.
    @functools.wraps(function)
    def fit(model: Any, *arguments: Any, **keywords: Any) -> Any:
        try:
            from crossframe.frameworks.adopting import called
        except ImportError:
            return function(model, *arguments, **keywords)
        return called(key, function, model, arguments, keywords)

    fit._watched_by_crossframe = True  # type: ignore[attr-defined]
    return fit


def called(
    key: str,
    function: Callable[..., Any],
    model: Any,
    arguments: tuple[Any, ...],
    keywords: Mapping[str, Any],
) -> Any:
    """The result of a function that is `watched`; the function alone in a process that the script started."""
    watch = _WATCHES.get(key)
    if watch is None or os.getpid() != _DEPTH.process:
        return function(model, *arguments, **keywords)
    call = Call(model, _named(function, model, arguments, keywords))
    with _DEPTH.lock:
        depth = _DEPTH.now
        _DEPTH.now += 1
        if depth:
            _DEPTH.inner[depth] = call
        else:
            _DEPTH.inner = {}
    try:
        if depth:
            return function(model, *arguments, **keywords)
        with contextlib.suppress(Exception):
            watch.before(call)
        with listening() as messages, _using() as used:
            begin = time.perf_counter()
            call.result = function(model, *arguments, **keywords)
            call.seconds = time.perf_counter() - begin
        call.messages, call.random = tuple(dict.fromkeys(messages)), used()
        call.inner = _DEPTH.inner
        # Still inside: predicting may fit something, which is none of the script's fits.
        _pass_on(call, watch)
    finally:
        with _DEPTH.lock:
            _DEPTH.now -= 1
            if not depth:
                _DEPTH.inner = {}
    return call.result


def _named(
    function: Callable[..., Any], model: Any, arguments: tuple[Any, ...], keywords: Mapping[str, Any]
) -> dict[str, Any]:
    """The arguments of a call without its object, by name; empty where they are not the function's."""
    signature = inspect.signature(function)
    try:
        bound = dict(signature.bind(model, *arguments, **keywords).arguments)
    except TypeError:  # the call itself raises it, better
        return {}
    names = list(bound)[1:]
    rest = [name for name in names if signature.parameters[name].kind is inspect.Parameter.VAR_KEYWORD]
    named = {name: bound[name] for name in names if name not in rest}
    return named | {name: value for each in rest for name, value in bound[each].items()}


class Unrecordable(Exception):
    """Why a fit cannot be recorded, in words that go on from its name: ``has 3 targets``."""


def _pass_on(call: Call, watch: _Watch) -> None:
    name = type(call.model).__name__
    # Whatever a user's class raises when it is read is no error of the script.
    try:
        with unnoticed():
            fit = watch.adopt(call)
        if fit is not None:
            watch.on_fit(fit, call.model)
    except Unrecordable as why:
        watch.on_fit(f"{name} {why}", call.model)
    except Exception as error:
        with contextlib.suppress(Exception):
            watch.on_fit(f"{name} cannot be read: {type(error).__name__}: {error}", call.model)


@contextlib.contextmanager
def unnoticed() -> Iterator[None]:
    """A block, or a function, that shows no warning and takes no random number of the script's."""
    import numpy as np

    warn, python, legacy = warnings.warn, random.getstate(), np.random.get_state()
    # Not catch_warnings: it makes Python show once more what it has shown already.
    warnings.warn = lambda *arguments, **keywords: None
    try:
        with np.errstate(all="ignore"):
            yield
    finally:
        warnings.warn = warn
        random.setstate(python)
        np.random.set_state(legacy)


@contextlib.contextmanager
def listening() -> Iterator[list[str]]:
    """The warnings that Python code issues, whether a filter shows them or not."""
    warn, messages = warnings.warn, list[str]()

    def listen(
        message: Any, category: Any = None, stacklevel: int = 1, source: Any = None, **more: Any
    ) -> None:
        kind = type(message) if isinstance(message, Warning) else category or UserWarning
        messages.append(f"{kind.__name__}: {message}")
        warn(message, category, stacklevel + 1, source, **more)

    warnings.warn = listen
    try:
        yield messages
    finally:
        warnings.warn = warn


@contextlib.contextmanager
def _using() -> Iterator[Callable[[], bool]]:
    """Whether NumPy's global random numbers were used within."""
    before = _legacy_state()

    def used() -> bool:
        after = _legacy_state()
        return before is not None and after is not None and before != after

    yield used


def _legacy_state() -> tuple[Any, ...] | None:
    if "numpy" not in sys.modules:
        return None
    kind, key, *rest = sys.modules["numpy"].random.get_state()
    return (kind, key.tobytes(), *rest)


LIMIT = 50_000_000
"""Cells of the largest table that is recorded: 400 MB as float64."""


def table(X: Any, what: str = "features") -> tuple[Any, tuple[str, ...], tuple[str, ...]]:
    """A table as (n, p) float64, the names of its columns and those of its rows, empty where it has none.

    Raises `Unrecordable` for text, for more than two dimensions and beyond `LIMIT`.
    """
    import numpy as np

    shape = getattr(X, "shape", None)
    if shape is not None and int(np.prod(shape, dtype=float)) > LIMIT:
        sizes = " x ".join(f"{n:,}" for n in shape)
        raise Unrecordable(f"has {what} of {sizes}, more than the {LIMIT:,} numbers that are recorded")
    if hasattr(X, "toarray"):
        X = X.toarray()
    columns: tuple[str, ...] = ()
    if hasattr(X, "columns"):
        columns = tuple(str(c) for c in X.columns)
    elif getattr(X, "name", None) is not None and not callable(X.name):
        columns = (str(X.name),)
    rows = tuple(str(r) for r in X.index) if hasattr(X, "index") and not isinstance(X, (list, tuple)) else ()
    try:
        if hasattr(X, "to_numpy") and rows:
            array = X.to_numpy(dtype=np.float64, na_value=np.nan)
        else:
            array = np.asarray(X, dtype=np.float64)
    except (TypeError, ValueError):
        raise Unrecordable(f"has {what} that are no numbers{_text_column(X)}") from None
    if array.ndim == 1:
        array = array[:, None]
    if array.ndim != 2:
        raise Unrecordable(f"has {what} of {array.ndim} dimensions; tables of rows and columns are compared")
    return np.array(array, dtype=np.float64), columns, rows


def _text_column(X: Any) -> str:
    for name in getattr(X, "columns", ()):
        try:
            X[name].to_numpy(dtype=float)
        except (TypeError, ValueError):
            return f" (column {name!r})"
    return ""


def numbered(p: int) -> tuple[str, ...]:
    """Names of p columns that have none: x0, x1, ..., as scikit-learn names them."""
    return tuple(f"x{k}" for k in range(p))


def spelled(value: Any) -> str:
    """A class as it is spelled; a whole number without its decimal point."""
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value)


def plain(value: Any) -> Any:
    """An argument as a plain value: None, bool, number, text, or a list or dict of them; else its text."""
    # A number of numpy, which may be a float as well, as Python's own.
    if type(value).__module__.partition(".")[0] == "numpy" and getattr(value, "ndim", None) == 0:
        return plain(value.item())
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, (list, tuple)) and len(value) <= 100:
        return [plain(v) for v in value]
    if isinstance(value, Mapping) and len(value) <= 100:
        return {str(plain(k)): plain(v) for k, v in value.items()}
    if callable(value) and hasattr(value, "__qualname__"):
        return str(value.__qualname__)
    shape = getattr(value, "shape", None)
    if shape is not None:
        return f"{type(value).__name__} of shape {tuple(shape)}"
    text = repr(value)
    if " object at 0x" in text:
        text = type(value).__name__
    text = re.sub(r" at 0x[0-9A-Fa-f]+", "", text)  # an address, which says nothing
    return " ".join(text.split())[:200]


def same(a: Any, b: Any) -> bool:
    """Whether two plain values are the same: True is not 1, and NaN is NaN."""
    return type(a) is type(b) and (a == b or (a != a and b != b))


def settings(
    model: Model, call: str, arguments: Mapping[str, Any], baseline: Mapping[str, Any]
) -> tuple[dict[str, Value], list[str]]:
    """The arguments that are not those of ``baseline``, as native settings of ``model``; and what is none.

    ``baseline`` is what a contestant of this model has without a setting. Arguments that cannot change a
    fit are left out.
    """
    native: dict[str, Value] = {}
    rest: list[str] = []
    bound = {b.param: b for b in model.bindings}
    for name, value in arguments.items():
        if name in baseline and same(_setting(value), _setting(baseline[name])):
            continue
        if name not in bound and any(fnmatchcase(f"{call}.{name}", pattern) for pattern in model.outside):
            continue
        try:
            if name not in bound:
                raise UsageError(f"{name} is no setting of {model.name}")
            native[name] = bound[name].kind.check(name, _setting(value))
        except UsageError:
            rest.append(f"{name}={value!r}")
    return native, rest


def _setting(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def unequal(weights: Any) -> bool:
    """Whether weights (n,) count any row other than once; no weights do not."""
    return weights is not None and bool((weights != 1).any())
