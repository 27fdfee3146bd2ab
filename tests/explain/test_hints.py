"""The remedies that errors of explain and compare name: each is taken, and works."""

from __future__ import annotations

import ast
import re
import shlex
from pathlib import Path

import numpy as np
import pytest

import crossframe
from crossframe.cli.main import main
from crossframe.core.errors import ExitCode
from tests.tables import table

LINEAR = ("sklearn.logistic", "sklearn.logistic:C=10")
REGRESSIONS = ("sklearn.linear", "sklearn.ridge")
COMPARED = ("--contestants", "sklearn.logistic", "--draws", "2")
SLOW = pytest.mark.slow
RUNS = {ExitCode.OK, ExitCode.DIFFERS, ExitCode.CELLS_FAILED}


def _tables():
    hole = table(w=np.r_[np.nan, np.zeros(58), 1.0])
    levels = table(z=np.resize([0.0, 1.0, 2.0], 60))
    levels["y"] = np.resize([0, 1, 2], 60)
    return {
        "hole.csv": hole,
        "inf.csv": table(w=np.r_[np.inf, np.zeros(58), 1.0]),
        "three.csv": levels,
        "empty.csv": table(w=np.nan),
        "two.csv": table(),
    }


@pytest.fixture
def tables(home):
    for name, frame in _tables().items():
        frame.to_csv(name, index=False)


def run(capsys, words):
    """The exit code, and what was written to stderr."""
    capsys.readouterr()
    try:
        code = main(words)
    except SystemExit as ended:
        code = int(ended.code or 0)
    return code, capsys.readouterr().err


def remedies(words, err):
    """The commands that an error tells the reader to run in place of ``words``."""
    hint = err[err.index("\n  ") :] if "\n  " in err else ""
    data = [w for w in words if w.endswith(".csv")]
    for found in re.findall(r"crossframe (?:explain|compare)[^;\n]*", hint):
        yield [*shlex.split(found)[1:], *(["--data", data[0], "--target", "y"] if data else [])]
    if leave := re.search(r"leave (?:them|it) out(?! with| of)|leave out (--[\w-]+)", hint):
        for option in [leave[1]] if leave[1] else re.findall(r"--[\w-]+", err[: err.index("\n  ")]):
            if option in words:
                at = words.index(option)
                words = [*words[:at], *words[at + 2 :]]
        yield words
        return
    for option, value in re.findall(r"(--(?!data|target)[\w-]+) ([\w.]+)", hint):
        at = words.index(option) if option in words else len(words)
        yield [*words[:at], option, value, *words[at + 2 :]]


@pytest.mark.parametrize(
    ("words", "count"),
    [
        (["explain", *LINEAR, "--data", "hole.csv", "--target", "y"], 1),
        pytest.param(["compare", *COMPARED, "--data", "hole.csv", "--target", "y"], 1, marks=SLOW),
        pytest.param(["explain", *LINEAR, "--data", "inf.csv", "--target", "y"], 1, marks=SLOW),
        pytest.param(["compare", *COMPARED, "--data", "inf.csv", "--target", "y"], 1, marks=SLOW),
        pytest.param(
            ["explain", *LINEAR, "--data", "empty.csv", "--target", "y", "--missing", "drop"], 1, marks=SLOW
        ),
        pytest.param(["explain", *LINEAR, "--data", "two.csv", "--target", "y", "--n", "20"], 1, marks=SLOW),
        pytest.param(
            ["explain", *REGRESSIONS, "--data", "three.csv", "--target", "y", "--draws", "2"], 1, marks=SLOW
        ),
        pytest.param(
            ["explain", *REGRESSIONS, "--data", "three.csv", "--target", "y", "--n", "9"], 1, marks=SLOW
        ),
        pytest.param(["explain", *LINEAR, "--n", "500"], 1, marks=SLOW),
        pytest.param(["compare", *COMPARED, "--n", "500"], 1, marks=SLOW),
    ],
)  # fmt: skip
def test_a_remedy_that_is_taken_works(tables, capsys, words, count):
    code, err = run(capsys, words)
    assert code == ExitCode.USAGE
    tried = list(remedies(words, err))
    assert len(tried) == count, err
    for better in tried:
        code, then = run(capsys, better)
        assert code in RUNS, f"{shlex.join(better)}\n{then}"


@pytest.mark.parametrize("words", [
    ["compare", "--contestants", "sklearn.logistic", "--data", "three.csv", "--target", "y"],
    ["explain", *LINEAR, "--data", "three.csv", "--target", "y"],
    ["explain", "sklearn.mlp", "sklearn.mlp:alpha=1", "--data", "three.csv", "--target", "y"],
])  # fmt: skip
@pytest.mark.xdist_group("r")
def test_a_target_of_three_numbers_is_sent_to_two_regressions(tables, capsys, words):
    """compare sent a reader to explain, which spoke of options that were not given."""
    code, err = run(capsys, words)
    assert code == ExitCode.USAGE
    for option in ("--draws", "--seeds", "--metric"):
        assert option not in err
    assert "sklearn.linear and r.lm" in err
    better = ["explain", "sklearn.linear", "r.lm", *words[-4:]]
    assert run(capsys, better)[0] in RUNS


def test_a_hint_names_no_option_that_may_not_work(tables, capsys):
    for verb in ("explain", "compare"):
        models = ["--contestants", "sklearn.logistic"] if verb == "compare" else LINEAR
        _, err = run(capsys, [verb, *models, "--data", "hole.csv", "--target", "y"])
        assert "--missing drop" in err
        assert "--missing framework" not in err


def _options(verb, capsys):
    capsys.readouterr()
    with pytest.raises(SystemExit):
        main([verb, "--help"])
    return set(re.findall(r"--[a-z][\w-]+", capsys.readouterr().out))


def test_texts_of_the_code_name_options_and_commands_that_exist(home, capsys):
    """Each string of explain and compare: its options are those of its verb, or of one named beside it."""
    root = Path(crossframe.__file__).parent
    verbs = {"audit", "compare", "data", "doctor", "explain", "list", "report", "study"}
    known = {verb: _options(verb, capsys) for verb in verbs}
    for verb in ("explain", "compare"):
        for file in [*(root / verb).rglob("*.py"), root / "cli" / f"{verb}.py"]:
            nodes = list(ast.walk(ast.parse(file.read_text(encoding="utf-8"))))
            texts = [
                (n.lineno, n.value) for n in nodes if isinstance(n, ast.Constant) and isinstance(n.value, str)
            ]
            named = {text for _, text in texts} & verbs
            for line, text in texts:
                beside = {*named, *re.findall(r"crossframe (\w+)", text)} & verbs
                allowed = known[verb].union(*(known[v] for v in beside))
                unknown = (
                    {*re.findall(r"(?<![\w-])--[a-z][\w-]+", text)}
                    - allowed
                    - {"--vanilla", "--no-init-file"}
                )
                assert not unknown, f"{file.name}:{line}"
