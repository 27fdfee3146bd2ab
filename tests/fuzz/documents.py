"""Odd configuration files of compare, and odd snapshots of an audit."""

from __future__ import annotations

import json
from collections.abc import Iterator

from tests.fuzz.case import ANY, FOREIGN_COLOUR, REFUSED, Case
from tests.fuzz.tables import NAMES, content

CONFIGS: dict[str, str | bytes] = {
    "not TOML": "n = = 3\n",
    "JSON": '{"n": 10}\n',
    "all bytes": bytes(range(256)),
    "NUL": "name = 'a'\0\n",
    "UTF-16": "n = 10\n".encode("utf-16"),
    "unknown keys": 'darws = 1\nsede = 2\n"\\u001b[5;7;35mred" = 3\n',
    "key of bidi marks": '"\\u202eevil" = 1\n',
    "a key of 5000 characters": f"{'x' * 5000} = 1\n",
    "a key twice": "n = 10\nn = 20\n",
    "a table": "[n]\na = 1\n",
    "tables in a list": "n = [{a = 1}]\n",
    "lists in lists": "n = [[10], [20]]\n",
    "deep lists": "n = " + "[" * 5000 + "]" * 5000 + "\n",
    "deep tables": "[" + ".".join("a" * 3000) + "]\n",
    "text for a number": 'draws = "many"\n',
    "a fraction for a count": "draws = 1.5\n",
    "infinite": "time-limit = inf\n",
    "not a number": "time-limit = nan\n",
    "negative": "draws = -5\n",
    "a number of 400 digits": "draws = " + "9" * 400 + "\n",
    "a number of 5000 digits": "draws = " + "9" * 5000 + "\n",
    "a date": "name = 2017-05-31\ndraws = 2017-05-31\n",
    "escape sequences": 'dataset = "\\u001b[5;7;35mred\\u0007"\n',
    "an option of help": "help = true\n",
    "another configuration": 'config = "odd.toml"\n',
    "an unknown contestant": 'contestant = ["sklearn.\\u001b]0;owned\\u0007"]\n',
    "numbers as contestants": "contestant = [1, 2.5, true]\ncontestants = [1]\n",
    "value that is an option": 'name = "--force"\ndataset = "--json"\n',
    "truth value for text": "dataset = true\ntarget = true\n",
    "no truth value for a switch": 'force = 3\njson = "yes"\n',
    "the whole namespace": "argv = 1\nrun = 2\ncommand = 3\n",
}


def configs() -> Iterator[Case]:
    """Configuration files of compare that cannot be used; the empty one can."""
    for name, data in CONFIGS.items():
        words = ("compare", "--contestants", "pixel.centre", "--no-report", "--config", "odd.toml")
        yield Case(
            "config",
            name,
            words if "dataset" in str(data) else (*words, "--dataset", "digits"),
            content(data, "odd.toml"),
            REFUSED,
        )
    usable = (
        "compare",
        "--dataset",
        "digits",
        "--n",
        "10",
        "--draws",
        "1",
        "--contestants",
        "pixel.centre",
        "--no-report",
        "--config",
        "odd.toml",
    )
    for name, text in {"empty": "", "comments": "# nothing\n", "mark of UTF-8": "\ufeffdraws = 1\n"}.items():
        yield Case("config", name, usable, content(text, "odd.toml"))


# ---- snapshots

_ENTRY = {"value": 1.0, "effective": 1.0, "state": "active", "setting": "penalty.l2"}
_PARAMETER = {"LogisticRegression.C": _ENTRY}


def _snapshot(**changed: object) -> dict[str, object]:
    return {
        "schema": 1,
        "kind": "crossframe-audit",
        "crossframe": "0.1.0",
        "frameworks": {"sklearn": {"scikit-learn": "1.9.1"}},
        "models": {"sklearn.logistic": _PARAMETER},
    } | changed


def _entry(**changed: object) -> dict[str, object]:
    return _snapshot(models={"sklearn.logistic": {"LogisticRegression.C": _ENTRY | changed}})


SNAPSHOTS: dict[str, object] = {
    "null": None,
    "a list": [],
    "text": "crossframe-audit",
    "nothing in it": {},
    "a number": 1e308,
    "schema 0": _snapshot(schema=0),
    "schema 2": _snapshot(schema=2),
    "schema 1.0": _snapshot(schema=1.0),
    "schema of 400 digits": _snapshot(schema=10**400),
    "schema true": _snapshot(schema=True),
    "another kind": _snapshot(kind=f"{FOREIGN_COLOUR}red"),
    "a key too many": _snapshot(**{NAMES[1]: 1}),
    "models in a list": _snapshot(models=[_PARAMETER]),
    "no frameworks": _snapshot(frameworks=None),
    "a version that is a list": _snapshot(frameworks={"sklearn": {"scikit-learn": [1]}}),
    "a long name": _snapshot(models={"x" * 5000: _PARAMETER}),
    "half a pair": _snapshot(models={"\ud800": _PARAMETER}),
    "a parameter that is null": _snapshot(models={"sklearn.logistic": {"LogisticRegression.C": None}}),
    "an entry without its value": _snapshot(
        models={"sklearn.logistic": {"LogisticRegression.C": {"state": "active"}}}
    ),
    "a value of deep lists": _entry(value=[[[[[[[[[[[[1]]]]]]]]]]]]),
    "a value of 10,000 items": _entry(value=[0] * 10_000),
    "a value of 400 digits": _entry(value=10**400),
    "a state that is a number": _entry(state=3),
}
_RAW: dict[str, str | bytes] = {
    "empty": b"",
    "all bytes": bytes(range(256)),
    "cut": json.dumps(_snapshot())[:80],
    "nested 100,000 times": "[" * 100_000,
    "nested objects": '{"a":' * 50_000,
    "NaN": json.dumps(_entry(value=float("nan"))),
    "infinite": json.dumps(_entry(value=float("inf"))),
    "a name twice": '{"kind": 1, "kind": 2, "\\u001b[5;7;35m": 1}',
    "UTF-16": json.dumps(_snapshot()).encode("utf-16"),
    "of 30 MB": " " * 30_000_000,
    "two values": json.dumps(_snapshot()) * 2,
}


def snapshots() -> Iterator[Case]:
    """Snapshots that are refused, and some that are compared although their names are odd."""
    words = ("audit", "sklearn.logistic", "--against", "odd.json")
    for name, value in SNAPSHOTS.items():
        yield Case("snapshot", name, words, content(json.dumps(value), "odd.json"), REFUSED)
    for name, data in _RAW.items():
        yield Case("snapshot", name, words, content(data, "odd.json"), REFUSED)
    for i in range(0, 12, 2):
        name, other = NAMES[i], NAMES[i + 1]
        odd = _snapshot(
            models={
                "sklearn.logistic": {name: _ENTRY | {"value": other, "state": name, "setting": other}},
                other: {},
            },
            frameworks={"sklearn": {"scikit-learn": name}, other: {name: other}},
            crossframe=name,
        )
        form = ("--json", "--csv", "--markdown", "--all")[i // 2 % 3 :][:1] if i % 4 else ()
        yield Case(
            "snapshot",
            f"of {ascii(name[:20])[1:-1]}",
            (*words, *form),
            content(json.dumps(odd), "odd.json"),
            ANY - {0},
        )
