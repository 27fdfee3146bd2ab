"""A snapshot of an audit on disk; `crossframe.audit.drift` says what has changed since.

The file is JSON with sorted keys and one value to a line, so that a change of default is a short diff::

    {"schema": 1, "kind": "crossframe-audit", "crossframe": "0.1.0",
     "frameworks": {"sklearn": {"scikit-learn": "1.9.1"}},
     "models": {"sklearn.logistic": {"LogisticRegression.C": {
        "value": 1.0, "effective": 1.0, "state": "active", "setting": "penalty.strength"}}}}

A snapshot may come from an untrusted source. What `read` returns has these types and no others; names and
texts in it are unchanged, and are printed through `escaped`.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import stat
import tempfile
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

from crossframe.audit.record import SCHEMA
from crossframe.core.errors import UsageError
from crossframe.core.version import __version__

KIND = "crossframe-audit"
LIMIT = 20_000_000
"""Bytes. A snapshot of everything crossframe audits has less than a twentieth of it."""

_KEYS = ("schema", "kind", "crossframe", "frameworks", "models")
_ENTRY = ("value", "effective", "state", "setting")
_NAME = 200  # characters of a framework, model, parameter, version, state or setting
_TEXT = 10_000  # characters of a value: R deparses a whole function
_DEPTH = 8  # lists within lists
_ITEMS = 1000  # of one list
_WHOLE = 2**64  # beyond every integer parameter of a framework
_SAVE = "make one with: crossframe audit --save FILE"


def escaped(text: str, limit: int = _NAME) -> str:
    """``text`` on one line for a terminal, unprintable characters escaped, cut to ``limit`` characters.

    Line breaks, escape sequences, marks that turn the direction of writing and halves of surrogate
    pairs do not print. Markup is left alone; a page escapes it itself.
    """
    cut = text if len(text) <= limit else text[: limit - 1] + "…"
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in cut)


def write(path: str | os.PathLike[str], snapshot: Mapping[str, Any]) -> None:
    """Save a snapshot; on any error the file stays as it was before.

    Parameters
    ----------
    path
        A new file, or one to replace.
    snapshot
        ``frameworks`` and ``models`` as in the module's docstring. Absent parts of an entry are null.

    Raises
    ------
    UsageError
        When it cannot be written there, or holds what `read` would refuse.
    """
    text = json.dumps(_checked(complete(snapshot), escaped(str(path))), sort_keys=True, indent=1) + "\n"
    put(Path(path), text, "--save")


def put(target: Path, text: str, option: str) -> None:
    """Write ASCII text to a file, whole or not at all; ``option`` is the one that names it.

    Raises `UsageError` where it cannot be written.
    """
    named = escaped(str(target))
    part: Path | None = None
    try:
        if target.exists() and not target.is_file():
            raise UsageError(f"{named} is no regular file", f"name another one after {option}")
        handle, name = tempfile.mkstemp(prefix=f".{target.name[:100]}.", suffix=".part", dir=target.parent)
        part = Path(name)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(text)
        part.chmod(0o644)  # mkstemp's files are for their owner only
        part.replace(target)
    except (OSError, ValueError) as error:
        raise UsageError(
            f"cannot write {named}: {_reason(error)}", "name a file in a folder that can be written"
        ) from error
    finally:
        if part is not None:
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)


def read(path: str | os.PathLike[str]) -> dict[str, Any]:
    """A snapshot that was saved before, checked throughout.

    Raises
    ------
    UsageError
        For what cannot be read or is no snapshot of this schema: the message names the file and the
        place in it, the hint the remedy. Files above `LIMIT` are refused unread.
    """
    named = escaped(str(path))
    return _checked(_parsed(content(path, _SAVE), named), named)


def content(path: str | os.PathLike[str], remedy: str) -> bytes:
    """The bytes of a regular file of at most `LIMIT` bytes; `UsageError`, with the ``remedy``, for others."""
    named = escaped(str(path))
    try:
        status = os.stat(path)
        if not stat.S_ISREG(status.st_mode):  # a pipe would wait for ever, a device never end
            raise UsageError(f"{named} is no regular file", remedy)
        if status.st_size > LIMIT:
            raise UsageError(f"{named} has {status.st_size:,} bytes; at most {LIMIT:,} are read", remedy)
        with open(path, "rb") as file:
            data = file.read(LIMIT + 1)
    except (OSError, ValueError) as error:
        raise UsageError(f"cannot read {named}: {_reason(error)}", remedy) from error
    if len(data) > LIMIT:  # it has grown meanwhile
        raise UsageError(f"{named} has more than {LIMIT:,} bytes", remedy)
    return data


def complete(snapshot: Mapping[str, Any]) -> dict[str, Any]:
    """``snapshot`` as it would be read back: schema and version added, values plain JSON."""
    models = {
        model: {
            name: {**dict.fromkeys(_ENTRY), **{key: _plain(value) for key, value in entry.items()}}
            for name, entry in parameters.items()
        }
        for model, parameters in snapshot["models"].items()
    }
    frameworks = {name: dict(parts) for name, parts in snapshot["frameworks"].items()}
    head = {"schema": SCHEMA, "kind": KIND, "crossframe": __version__}
    kept = {key: snapshot[key] for key in head if key in snapshot}
    return {**head, **kept, "frameworks": frameworks, "models": models}


def _plain(value: Any) -> Any:
    """``value`` as JSON has it: lists for tuples, words for the numbers that JSON lacks."""
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value


def _parsed(data: bytes, named: str) -> Any:
    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        table = dict(pairs)
        if len(table) != len(pairs):
            twice = Counter(name for name, _ in pairs).most_common(1)[0][0]
            _refuse(named, "", f"the name '{escaped(twice)}' occurs twice in one object")
        return table

    def no_number(word: str) -> NoReturn:
        _refuse(named, "", f"{word} is no number of JSON")

    try:
        return json.loads(data.decode("utf-8-sig"), object_pairs_hook=once, parse_constant=no_number)
    except UnicodeDecodeError as error:
        _refuse(named, "", f"byte {error.start} is not UTF-8")
    except RecursionError:
        _refuse(named, "", "nested too deeply")
    except json.JSONDecodeError as error:
        _refuse(named, "", f"not JSON: {escaped(str(error))}")
    except ValueError:  # Python's own limit, against slow conversions
        _refuse(named, "", "a whole number of more than 64 bits")


def _checked(snapshot: Any, named: str) -> dict[str, Any]:
    """``snapshot`` itself, once every part of it has the type it must have."""
    if not isinstance(snapshot, dict):
        _refuse(named, "", f"an object is expected, not {_type(snapshot)}")
    if snapshot.get("kind") != KIND:
        _refuse(named, "kind", f"'{KIND}' is expected, not {_seen(snapshot.get('kind'))}")
    schema = snapshot.get("schema")
    if not isinstance(schema, int) or isinstance(schema, bool) or schema < 1:
        _refuse(named, "schema", f"a whole number from 1 on is expected, not {_seen(schema)}")
    if schema != SCHEMA:
        raise UsageError(
            f"{named} has schema {_seen(schema)}; crossframe {__version__} reads schema {SCHEMA}",
            "upgrade crossframe, or save the snapshot again with this one: crossframe audit --save FILE",
        )
    _keys(snapshot, _KEYS, "", named)
    _text(snapshot["crossframe"], "crossframe", named)
    for framework, parts in _object(snapshot["frameworks"], "frameworks", named):
        for part, version in _object(parts, place := f"frameworks.{_quoted(framework)}", named):
            _text(version, f"{place}.{_quoted(part)}", named)
    for model, parameters in _object(snapshot["models"], "models", named):
        for name, entry in _object(parameters, place := f"models.{_quoted(model)}", named):
            here = f"{place}.{_quoted(name)}"
            if not isinstance(entry, dict):
                _refuse(named, here, f"an object is expected, not {_type(entry)}")
            _keys(entry, _ENTRY, here, named)
            for key in ("value", "effective"):
                _value(entry[key], f"{here}.{key}", named)
            for key in ("state", "setting"):
                if entry[key] is not None:
                    _text(entry[key], f"{here}.{key}", named)
    return snapshot


def _keys(table: Mapping[str, Any], names: tuple[str, ...], place: str, named: str) -> None:
    for name in names:
        if name not in table:
            _refuse(named, place, f"'{name}' is missing")
    for name in table:
        if name not in names:
            _refuse(named, place, f"unknown name '{escaped(name)}'; known: {', '.join(names)}")


def _object(table: Any, place: str, named: str) -> list[tuple[str, Any]]:
    if not isinstance(table, dict):
        _refuse(named, place, f"an object is expected, not {_type(table)}")
    for name in table:
        _text(name, f"a name in {place}", named)
    return list(table.items())


def _text(text: Any, place: str, named: str, limit: int = _NAME) -> None:
    if not isinstance(text, str):
        _refuse(named, place, f"text is expected, not {_type(text)}")
    if len(text) > limit:
        _refuse(named, place, f"{len(text):,} characters; at most {limit:,} are taken")
    if any("\ud800" <= c <= "\udfff" for c in text):
        _refuse(named, place, "half of a surrogate pair, which is no text")


def _value(value: Any, place: str, named: str, depth: int = 0) -> None:
    if depth > _DEPTH:
        _refuse(named, place, "nested too deeply")
    if isinstance(value, str):
        _text(value, place, named, _TEXT)
    elif isinstance(value, (list, dict)):
        if len(value) > _ITEMS:
            _refuse(named, place, f"{len(value):,} items; at most {_ITEMS:,} are taken")
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            if isinstance(key, str):
                _text(key, f"a name in {place}", named)
            _value(
                item,
                f"{place}[{key}]" if isinstance(key, int) else f"{place}.{_quoted(key)}",
                named,
                depth + 1,
            )
    elif isinstance(value, float) and not math.isfinite(value):
        _refuse(named, place, "a number too large for a double")
    elif isinstance(value, int) and abs(value) > _WHOLE:
        _refuse(named, place, "a whole number of more than 64 bits")
    elif value is not None and not isinstance(value, (bool, int, float)):
        _refuse(named, place, f"a plain value is expected, not {_type(value)}")


def _quoted(name: object) -> str:
    return f'"{escaped(str(name), 80)}"'


def _seen(value: Any) -> str:
    """A wrong value in an error: itself when it is short, else its type."""
    plain = value is None or isinstance(value, (bool, int, float, str))
    text = json.dumps(value) if plain else ""
    return text if plain and len(text) <= 40 else _type(value)


def _type(value: Any) -> str:
    names = {dict: "an object", list: "a list", str: "text", bool: "a truth value", type(None): "null"}
    return names.get(type(value), "a number" if isinstance(value, (int, float)) else type(value).__name__)


def _reason(error: OSError | ValueError) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


def _refuse(named: str, place: str, what: str) -> NoReturn:
    where = f", at {place}" if place else ""
    raise UsageError(f"{named} is no snapshot of an audit{where}: {what}", _SAVE)
