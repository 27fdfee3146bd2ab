"""Odd options of every verb: numbers, names, places, repetitions, and what does not belong together."""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.fuzz.case import ANY, DONE, FOREIGN_COLOUR, PRECIOUS, REFUSED, Case, Make, Outcome
from tests.fuzz.tables import FINE, NAMES, content

ODD_NUMBERS = (
    "0",
    "-1",
    "-0",
    "1.5",
    "1e3",
    "nan",
    "inf",
    "-inf",
    "1e308",
    "1e400",
    "",
    " ",
    "1,000",
    "0x10",
    "１０",
    "٣",
    "9" * 30,
    "9" * 5000,
    "2147483648",
    "18446744073709551616",
    "None",
    "True",
    "1\x00",
    f"{FOREIGN_COLOUR}1",
    "1;2",
    "--",
    "[1]",
)

COMPARE = (
    "compare",
    "--dataset",
    "digits",
    "--contestants",
    "pixel.centre",
    "--n",
    "10",
    "--draws",
    "1",
    "--no-report",
)
EXPLAIN = ("explain", "sklearn.logistic", "sklearn.logistic:C=10")
BASES: dict[str, tuple[tuple[str, ...], ...]] = {
    "compare": (COMPARE,),
    "audit": (("audit", "reference.optimum"), ("audit", "sklearn.logistic", "--setting", "C")),
    "explain": (
        EXPLAIN,
        ("explain", "--run", "none"),
        ("explain", "--self-test", "--family", "linear", "--cases", "1"),
    ),
    "study": (("study", "nothing"),),
    "report": (("report", "none"),),
    "list": (("list", "designs"), ("list", "runs")),
    "doctor": (("doctor", "--quick"),),
    "data": (("data", "verify", "digits"), ("data", "list")),
}
"""Of each verb commands that end soon, to which odd options are added."""

_NUMBERS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "compare --n": (
        COMPARE,
        (
            "0",
            "1",
            "-1",
            "10,-1",
            "1.5",
            "1e3",
            "nan",
            "",
            ",",
            "10:5",
            "10:20:0",
            "10:20:-1",
            "1:2:3:4",
            "9" * 30,
            "2:" + "9" * 30,
            "9" * 5000,
            "10:1000000000",
        ),
    ),
    "compare --draws": (COMPARE, ("0", "-1", "1.5", "", "nan", "9" * 5000)),
    "compare --seed": (COMPARE, ("-1", "1.5", "", "9" * 5000)),
    "compare --jobs": (COMPARE, ("0", "-1", "x", "")),
    "compare --threads": (COMPARE, ("0", "-1", "1e3", "")),
    "compare --time-limit": (COMPARE, ("0", "-1", "nan", "inf", "-inf", "1e308", "1e400", "", "x")),
    "compare --digits": (
        COMPARE,
        ("1,1", "1", "1,2,3", "-1,2", "10,1", "a,b", "", "1.0,2", "9" * 400 + ",1"),
    ),
    "explain --n": (EXPLAIN, ("0", "1", "-1", "nan", "", "10:", "9" * 30)),
    "explain --draw": (EXPLAIN, ("-1", "1.5", "", "-" + "9" * 30)),
    "explain --draws": (EXPLAIN, ("0", "-1", "1.5", "")),
    "explain --seeds": (EXPLAIN, ("0", "-1", "")),
    "explain --budget": ((*EXPLAIN, "--draws", "2"), ("0", "-1", "x")),
    "explain --fail-over": (EXPLAIN, ("-1", "nan", "inf", "16", "1e308", "x", "")),
    "explain --top": (("explain", "--run", "none"), ("0", "-1", "x")),
    "explain --cases": (("explain", "--self-test", "--family", "linear"), ("0", "-1", "x")),
    "explain --seed": (("explain", "--self-test", "--family", "linear", "--cases", "1"), ("-1", "x")),
    "audit --n": (("audit", "sklearn.logistic"), ("0", "1", "-1", "9" * 30, "1.5", "", "100000")),
    "audit --draws": (("audit", "--suspicions", "--dataset", "digits"), ("0", "-1", "x", "")),
    "study --seed": (("study", "pixels"), ("-1", "9" * 30, "x", "4294967296")),
    "study --jobs": (("study", "pixels"), ("0", "-1", "x")),
}
"""Option -> a command, and values none of which it takes."""

_WORDS: dict[str, tuple[str, ...]] = {
    "no verb": (),
    "an empty verb": ("",),
    "an unknown verb": ("frobnicate",),
    "a verb of escapes": (NAMES[0],),
    "a verb of NUL": ("a\x00b",),
    "half a pair": ("compare", "--dataset", "\udcff"),
    "an option alone": ("--json",),
    "an unknown option": (*COMPARE, "--frobnicate"),
    "an option of escapes": (*COMPARE, f"--{NAMES[1]}"),
    "a loose word": (*COMPARE, NAMES[0]),
    "no value": ("compare", "--n"),
    "a value for a switch": (*COMPARE, "--force=1"),
    "two forms": (*COMPARE, "--json", "--csv"),
    "an abbreviation of two": (*COMPARE, "--d", "x"),
    "data set of escapes": ("compare", "--dataset", NAMES[1]),
    "design of escapes": (*COMPARE, "--design", NAMES[2]),
    "preset of bidi marks": (*COMPARE, "--preset", NAMES[8]),
    "engines of escapes": (*COMPARE, "--engines", NAMES[0]),
    "contestant of escapes": (*COMPARE, "--contestant", NAMES[0]),
    "engine of escapes": (*COMPARE, "--contestant", f"{NAMES[1]}.glm"),
    "setting of escapes": (*COMPARE, "--contestant", f"sklearn.logistic:{NAMES[1]}=1"),
    "value of escapes": (*COMPARE, "--contestant", f"sklearn.logistic:solver={NAMES[1]}"),
    "a setting without a value": (*COMPARE, "--contestant", f"sklearn.logistic:{NAMES[0]}"),
    "a penalty of nan": (*COMPARE, "--contestant", "sklearn.logistic:C=nan"),
    "a negative penalty": (*COMPARE, "--contestant", "sklearn.logistic:C=-1"),
    "a huge count": (*COMPARE, "--contestant", "sklearn.logistic:max_iter=" + "9" * 5000),
    "a layer of -1": (*COMPARE, "--contestant", "sklearn.mlp:hidden_layer_sizes=-1"),
    "100 wrong contestants": (*COMPARE, "--contestants", ",".join(f"x{i}" for i in range(100))),
    "target without a file": (*COMPARE, "--target", NAMES[0]),
    "data without a target": ("compare", "--data", "fine.csv"),
    "positive of escapes": ("compare", "--data", "fine.csv", "--target", "y", "--positive", NAMES[0]),
    "missing of escapes": (*COMPARE, "--missing", NAMES[0]),
    "data folder of escapes": (*COMPARE, "--dataset", "mnist", "--data-dir", NAMES[1]),
    "one side": ("explain", "sklearn.logistic"),
    "unknown sides": ("explain", NAMES[0], NAMES[1]),
    "sides of two families": ("explain", "sklearn.logistic", "keras.mlp"),
    "three sides": (*EXPLAIN, "r.glm"),
    "metric of escapes": (*EXPLAIN, "--draws", "2", "--metric", NAMES[0]),
    "design of explain": (*EXPLAIN, "--draws", "2", "--design", NAMES[8]),
    "a run of escapes": ("explain", "--run", NAMES[1]),
    "a run and a file": ("explain", "--run", "none", "--data", "fine.csv"),
    "the self-test of a pair": (*EXPLAIN, "--self-test"),
    "draws of a run": ("explain", "--run", "none", "--draws", "3"),
    "a model of escapes": ("audit", NAMES[0]),
    "models of escapes": ("audit", *NAMES[:6]),
    "audited engines": ("audit", "--engines", NAMES[1]),
    "settings of nothing": ("audit", "--setting", "C"),
    "a setting of escapes in audit": ("audit", "sklearn.logistic", "--setting", NAMES[0]),
    "two questions": ("audit", "--check", "--conflicts"),
    "all questions": ("audit", "--check", "--conflicts", "--learning-rates", "--suspicions"),
    "history of escapes": ("audit", "--history", NAMES[1]),
    "history of nothing": ("audit", "--history", "pandas"),
    "against a package of escapes": ("audit", "--against", f"{NAMES[1]}==1.0"),
    "against no version": ("audit", "--against", "scikit-learn=="),
    "against a range": ("audit", "--against", "scikit-learn==1.*"),
    "against an address": ("audit", "--against", "scikit-learn@http://127.0.0.1:9/x==1"),
    "against options of pip": ("audit", "--against", "scikit-learn==1.4.2 --index-url=http://127.0.0.1:9"),
    "against a path beside a release": ("audit", "--against", "scikit-learn==1.4.2 ./evil"),
    "against a shell": ("audit", "--against", "scikit-learn==1.4.2;touch pwned"),
    "save with a question": ("audit", "--check", "--save", "x.json"),
    "no study": ("study",),
    "a study of escapes": ("study", NAMES[0]),
    "all and one": ("study", "pixels", "--all"),
    "a scale of escapes": ("study", "pixels", "--scale", NAMES[1]),
    "parts of no parts": ("study", "pixels", "--parts", "x"),
    "parts of escapes": ("study", "gradient-failures", "--parts", NAMES[1]),
    "a report of nothing": ("report",),
    "a report of escapes": ("report", NAMES[1]),
    "a report of ..": ("report", "../../beside"),
    "a list of escapes": ("list", NAMES[0]),
    "settings of escapes": ("list", "settings", NAMES[0]),
    "settings of half a pair": ("list", "settings", "\udcff"),
    "data of escapes": ("data", "verify", NAMES[1]),
    "fetching of escapes": ("data", "fetch", NAMES[1]),
    "fetching digits": ("data", "fetch", "digits"),
    "an action of escapes": ("data", NAMES[0]),
    "doctor's unknown option": ("doctor", f"--{NAMES[0]}"),
    "a word of 100 kB": ("compare", "--dataset", "x" * 100_000),
    "1000 words": ("study", *(f"s{i}" for i in range(1000))),
}
"""Commands that cannot be carried out."""


def _unwritable() -> str:
    return "/proc/crossframe"  # for the superuser as well


def options() -> Iterator[Case]:
    """Odd values of single options, odd words, odd places, and random mixtures."""
    for option, (words, values) in _NUMBERS.items():
        name = option.split()[1]
        for value in values:
            shown = ascii(value[:12])[1:-1] + (f"... ({len(value)})" if len(value) > 12 else "")
            yield Case("number", f"{option}={shown}", (*words, f"{name}={value}"), codes=REFUSED)
    for value in ("1000000000", "9" * 30):
        yield Case(
            "number",
            f"compare --draws={value[:12]}, planned",
            (*COMPARE, f"--draws={value}"),
            codes=REFUSED,
            own_process=True,
        )
    yield Case(
        "number",
        "explain --draws=1000000000",
        (*EXPLAIN, "--draws=1000000000"),
        codes=REFUSED,
        own_process=True,
    )
    yield Case(
        "number",
        "explain --seeds=1000000000",
        (*EXPLAIN, "--seeds=1000000000"),
        codes=REFUSED,
        own_process=True,
    )
    fine = content(FINE, "fine.csv")
    # The store is empty.
    nothing = {
        "settings of nothing",
        "a report of nothing",
        "a report of escapes",
        "a report of ..",
        "a run of escapes",
        "a run and a file",
        "draws of a run",
    }
    for name, words in _WORDS.items():
        codes = ANY - {0} if name in nothing else REFUSED
        yield Case("words", name, words, fine, codes)
    twice = (*COMPARE, "--seed", "1", "--seed", "2", "--json", "--json", "--name", "a", "--name", "b")
    yield Case("words", "options twice", twice, codes=DONE)
    yield Case("words", "a seed of 30 digits", (*COMPARE, "--seed", "9" * 30))
    yield Case("words", "doctor as JSON", ("doctor", "--quick", "--json"), codes=ANY - {2})
    for address in ("", "x", "file:///etc/passwd", "http://[::1", "http://127.0.0.1:1", f"http://{NAMES[1]}"):
        words = (
            "compare",
            "--dataset",
            "digits",
            "--contestants",
            "h2o.glm",
            "--n",
            "10",
            "--draws",
            "1",
            "--no-report",
            f"--h2o-url={address}",
        )
        yield Case("words", f"H2O at {ascii(address)[1:-1]}", words, codes=ANY - {0})
    yield from places()
    for seed in range(40):
        yield _random(seed)


# ---- where reports, stores and snapshots go


def _file(name: str) -> Make:
    return content("precious\n", name)


def _linked_page(work: Path) -> None:
    (work / "out").mkdir()
    (work / "out" / "index.html").symlink_to("../../beside/precious.txt")


def _linked_folder(work: Path) -> None:
    (work / "reports").mkdir()
    (work / "reports" / "own").symlink_to("../../beside")


def _precious_stays(outcome: Outcome, work: Path) -> str:
    text = (work.parent / "beside" / "precious.txt").read_text()
    return "" if text == PRECIOUS else "beside/precious.txt is lost"


def _others_file(work: Path) -> None:
    (work / "out").mkdir()
    (work / "out" / "notes.txt").write_text("precious\n")


def _others_file_stays(outcome: Outcome, work: Path) -> str:
    notes = work / "out" / "notes.txt"
    return "" if notes.is_file() and notes.read_text() == "precious\n" else "out/notes.txt is lost"


def places() -> Iterator[Case]:
    """Reports, snapshots and stores in odd places."""
    run = tuple(word for word in COMPARE if word != "--no-report")
    audit = ("audit", "reference.optimum")
    for name in (
        "../../beside/evil",
        "/proc/crossframe/x",
        "..",
        ".",
        "",
        "a/b/../../../../beside",
        *NAMES[::4],
    ):
        yield Case("place", f"run {ascii(name[:24])[1:-1]}", (*run, f"--name={name}"))
    for folder in ("fine.csv", "fine.csv/x", _unwritable(), "a\x00b", "x" * 300, "loop", "pipe"):

        def make(work: Path, folder: str = folder) -> None:
            _file("fine.csv")(work)
            (work / "loop").symlink_to("loop")
            if folder == "pipe":
                import os

                os.mkfifo(work / "pipe")

        shown = ascii(folder[:24])[1:-1]
        # The report's folder is none: nothing may change at all.
        yield Case("place", f"report in {shown}", (*run, "--report", folder), make, REFUSED)
        yield Case("place", f"audit's report in {shown}", (*audit, "--report", folder), make, REFUSED)
        yield Case(
            "place", f"audit's snapshot in {shown}", (*audit, "--save", folder + "/x.json"), make, REFUSED
        )
        store = folder if folder != "fine.csv" else "fine.csv/store.sqlite"
        yield Case(
            "place",
            f"store in {shown}",
            (*run, "--no-report", "--store", store),
            make,
            REFUSED,
            own_process=folder == "pipe",
        )
    yield Case(
        "place",
        "report beside another's file",
        (*run, "--report", "out"),
        _others_file,
        DONE,
        check=_others_file_stays,
    )
    yield Case("place", "report on a link to another's file", (*run, "--report", "out"), _linked_page)
    yield Case("place", "report in a folder of escapes", (*run, "--report", "out" + NAMES[1]), codes=DONE)
    yield Case(
        "place",
        "report in a folder that is a link",
        (*run, "--name", "own"),
        _linked_folder,
        DONE,
        writes=("../beside",),
        check=_precious_stays,
    )
    yield Case(
        "place",
        "snapshot over a folder",
        (*audit, "--save", "out"),
        lambda work: (work / "out").mkdir(),
        REFUSED,
    )
    yield Case(
        "place",
        "MNIST over a file",
        ("data", "fetch", "mnist", "--data-dir", "fine.csv"),
        _file("fine.csv"),
        REFUSED,
    )
    yield Case(
        "place",
        "MNIST without a network",
        ("data", "fetch", "mnist", "--data-dir", "out"),
        codes=REFUSED,
        writes=("out",),
    )


# ---- random mixtures


@cache
def _parsers() -> dict[str, tuple[argparse.Action, ...]]:
    """The options of each verb, as the command's own parser has them."""
    from crossframe.cli.main import parsers

    return {name: tuple(a for a in p._actions if a.option_strings) for name, p in parsers()[1].items()}


_LONG = {
    "--help",
    "--history",
    "--suspicions",
    "--learning-rates",
    "--check",
    "--all",
    "--self-test",
    "--force",
    "--report",
}
"""Left out of the mixtures: they are long, print help, or write to what they name."""


def _random(seed: int) -> Case:
    """A verb with up to three odd options, some of them twice."""
    rng = random.Random(seed)
    verb = rng.choice(list(BASES))
    words = list(rng.choice(BASES[verb]))
    known = [a for a in _parsers()[verb] if not set(a.option_strings) & _LONG]
    for action in rng.sample(known, min(len(known), rng.choice((1, 2, 3)))):
        option = action.option_strings[-1]
        if action.nargs == 0:
            words += [option] * rng.choice((1, 1, 2))
            continue
        value = rng.choice((*ODD_NUMBERS, *NAMES, *(map(str, action.choices or ()))))
        if option in ("--save", "--store", "--name"):
            value = value.replace("/", "_")
        words += [f"{option}={value}"] * rng.choice((1, 1, 2))
    return Case("mixture", f"{seed} of {verb}", tuple(words), content(FINE, "fine.csv"))
