"""A script that ends badly ends with one sentence on what to do, and a documented exit code."""

from __future__ import annotations

from pathlib import Path

import psutil
import pytest

from crossframe.core.errors import CrossframeError, ExitCode
from crossframe.explain.scripts.record import record

RIDGE = "from sklearn.linear_model import Ridge\nm = Ridge().fit([[1.0], [2.0]], [1.0, 2.0])\n"

FAST = ("raises.py", "waits.py")

ENDS = [
    (
        "raises.py", "def f(x):\n    return x['nö']\nf({})\n", ExitCode.CELLS_FAILED,
        "raises.py fails on line 2: KeyError: 'nö'; no fit had ended", "its error is above",
        "Traceback (most recent call last):",
    ),
    (
        "syntax.py", "x = 1\ny = (\n", ExitCode.CELLS_FAILED,
        "syntax.py fails on line 2: SyntaxError: '(' was never closed", "correct the script", "y = (",
    ),
    (
        "leaves.py", "import sys\nprint('usage: leaves.py FILE')\nsys.exit(3)\n", ExitCode.CELLS_FAILED,
        "leaves.py exits on line 3 with status 3 before it fits a model", "without arguments", "usage",
    ),
    (
        "nothing.py", "print('hello')\n", ExitCode.NOTHING_TO_DO, "nothing.py fits no model that is recorded",
        "fits of scikit-learn", "hello",
    ),
    (
        "early.py", "exit()\n", ExitCode.NOTHING_TO_DO,
        "early.py exits on line 1 before it fits a model that is recorded", "crossframe.explain", "",
    ),
    (
        "needs.py", "import os\nimport nosuchpackage.part\n", ExitCode.ENGINE_MISSING,
        "needs.py needs the package nosuchpackage on line 2, which is not installed",
        "pip install 'nosuchpackage'; or put nosuchpackage.py beside the script", "ModuleNotFoundError",
    ),
    (
        "reads.py", "open('höhe.csv')\n", ExitCode.CELLS_FAILED, "No such file or directory: 'höhe.csv'",
        "put the file beside the script, or give the table with --data", "Traceback",
    ),
    (
        "waits.py", "import time\nprint('waiting')\nwhile True: time.sleep(1)\n", ExitCode.CELLS_FAILED,
        "waits.py was ended after its time limit of 0.5 s; no fit had ended", "--time-limit", "waiting",
    ),
    (
        "killed.py", "import os\nos.kill(os.getpid(), 11)\n", ExitCode.CELLS_FAILED,
        "killed.py was killed by signal 11", "above", "",
    ),
    ("asks.py", "input('name? ')\n", ExitCode.CELLS_FAILED, "EOFError", "correct the script", "name?"),
]  # fmt: skip


def ended(folder: Path, name: str, text: str, limit: float) -> tuple[CrossframeError, str]:
    (folder / name).write_text(text, encoding="utf-8")
    output: list[str] = []
    with pytest.raises(CrossframeError) as error:
        record(folder / name, time_limit=limit, on_output=output.append)
    return error.value, "".join(output)


@pytest.mark.parametrize(
    ("name", "text", "code", "says", "remedy", "prints"),
    [pytest.param(*end, id=end[0], marks=() if end[0] in FAST else pytest.mark.slow) for end in ENDS],
)
def test_one_sentence_and_a_code(
    tmp_path: Path, name: str, text: str, code: ExitCode, says: str, remedy: str, prints: str
) -> None:
    error, output = ended(tmp_path, name, text, 0.5 if name == "waits.py" else 60)
    assert error.exit_code == code
    assert says in error.message
    assert remedy in error.hint
    assert "\n" not in error.message
    assert prints in output
    assert "crossframe/" not in output.replace(str(tmp_path), "")


@pytest.mark.parametrize(("name", "says"), [("no.py", "there is no file"), ("t.txt", "is no script")])
def test_a_file_that_is_no_script(tmp_path: Path, name: str, says: str) -> None:
    (tmp_path / "t.txt").write_text("")
    with pytest.raises(CrossframeError, match=says) as error:
        record(tmp_path / name)
    assert error.value.exit_code == ExitCode.USAGE


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "code", "says"),
    [
        (RIDGE + "raise ValueError(1)\n", ExitCode.CELLS_FAILED, "on line 3: ValueError: 1; 1 fit had ended"),
        (RIDGE.replace("[1.0, 2.0])", "[[1, 2], [3, 4]])"), ExitCode.USAGE, "on line 2: Ridge has 2 targets"),
        (
            "from sklearn.preprocessing import StandardScaler\nStandardScaler().fit([[1.0], [2.0]])\n",
            ExitCode.NOTHING_TO_DO,
            "fits no model",
        ),
        (RIDGE + "while True: pass\n", ExitCode.CELLS_FAILED, "; 1 fit had ended"),
    ],
)
def test_ends_after_a_fit(tmp_path: Path, text: str, code: ExitCode, says: str) -> None:
    error, output = ended(tmp_path, "s.py", text, 20)
    assert error.exit_code == code
    assert says in error.message
    assert "adopting.py" not in output


@pytest.mark.slow
def test_what_was_recorded_before_an_exit_is_used(tmp_path: Path) -> None:
    for end in ("exit()", "import os; os._exit(0)", "import sys; sys.exit('done')"):
        (tmp_path / "s.py").write_text(RIDGE + end + "\n")
        (fit,) = record(tmp_path / "s.py", on_output=lambda text: None)[1]
        assert fit.variable == "m"


@pytest.mark.slow
def test_nothing_that_it_started_is_left(tmp_path: Path) -> None:
    (tmp_path / "s.py").write_text(
        RIDGE + "import os, subprocess, sys\n"
        "code = 'import time; time.sleep(600)  # left by the test'\n"
        "subprocess.Popen([sys.executable, '-c', code], start_new_session=True)\nos._exit(0)\n"
    )
    record(tmp_path / "s.py", on_output=lambda text: None)
    left = [
        p
        for p in psutil.process_iter(["cmdline"])
        if any("left by the test" in c for c in p.info["cmdline"] or ())
    ]
    assert not left


@pytest.mark.slow
def test_much_output_is_passed_on_and_plots_need_no_window(tmp_path: Path) -> None:
    (tmp_path / "s.py").write_text(
        "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()\nplt.savefig('p.png')\n"
        "for i in range(200_000):\n    print('a line of some length', i)\n" + RIDGE
    )
    count = [0, 0]

    def take(text: str) -> None:
        count[0] += text.count("\n")
        count[1] = max(count[1], len(text))

    assert record(tmp_path / "s.py", on_output=take)[1]
    assert count[0] == 200_000
    assert count[1] <= 65536
