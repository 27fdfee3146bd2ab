"""The cases of tests/cases/scripts.toml: the command of each, and what is wrong with crossframe's answer.

``python -m tests.script_cases [NAME ...]`` runs the command on the cases and prints a table: the verdict,
whether the cause was named, the rung, and the digits in which the two agree after the recipe.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import Any

from tests.cases.scripts_run import FOLDER
from tests.command import environment
from tests.test_cases import NAMED, alternatives, setting

Case = dict[str, Any]


def _read(file: Path) -> dict[str, Any]:
    return tomllib.loads(file.read_text(encoding="utf-8"))


CASES: list[Case] = _read(FOLDER.with_suffix(".toml"))["case"]
FAILURES: dict[str, dict[str, Any]] = _read(FOLDER / "known_failures.toml")


def words_of(case: Case) -> list[str]:
    """The command line after ``crossframe``."""
    folder = FOLDER / case["name"]
    data = ["--data", str(folder / case["data"]), "--target", case["target"]] if "data" in case else []
    sides = [str(folder / case[side]) for side in ("left", "right")]
    return ["explain", *sides, *data, *case.get("options", []), "--json"]


def named(answer: dict[str, Any]) -> set[str]:
    """Settings that the answer names, those below `NAMED` of the difference left out."""
    causes = (answer["explanation"] or answer)["causes"]
    shares = {
        c if isinstance(c, str) else c["setting"]: None if isinstance(c, str) else c["share"] for c in causes
    }
    return {name for name, share in shares.items() if share is None or abs(share) >= NAMED}


def digits(answer: dict[str, Any]) -> float | None:
    """Digits in which the two agree after the best recipe; None where there is none."""
    reached = [r["digits_after"] for r in answer["recipes"] if r["digits_after"] is not None]
    return max(reached, default=None)


def unnamed(case: Case, answer: dict[str, Any]) -> list[str]:
    """Causes that the answer lacks; a cause without a side is named with any side."""
    names = named(answer)
    either = names | {setting(n) for n in names}
    return [" or ".join(alternatives(c)) for c in case["causes"] if not either & set(alternatives(c))]


def faults(case: Case, answer: dict[str, Any]) -> list[str]:
    """What is wrong with crossframe's answer."""
    wrong = []
    if answer["verdict"] not in alternatives(case["verdict"]):
        wrong.append(f"verdict {answer['verdict']}, not {' or '.join(alternatives(case['verdict']))}")
    wrong += [f"cause not named: {cause}" for cause in unnamed(case, answer)]
    expected = {*case.get("also", []), *(s for cause in case["causes"] for s in alternatives(cause))}
    for name in sorted(named(answer)):
        if name not in expected and setting(name) not in expected:
            decoy = setting(name) in case.get("decoys", [])
            wrong.append(f"{'decoy blamed' if decoy else 'blamed'}: {name}")
    if "rung" in case and answer["rung"] not in alternatives(case["rung"]):
        wrong.append(f"rung {answer['rung']}, not {' or '.join(alternatives(case['rung']))}")
    reached = digits(answer)
    if case["causes"] and (reached is None or reached < case["digits"]):
        wrong.append(f"{reached} digits after the recipe, not {case['digits']}")
    first = " ".join(answer["answer"][:3])
    if not any(word.lower() in first.lower() for word in case["words"]):
        wrong.append(f"none of {', '.join(case['words'])} in: {first}")
    return wrong


def main(chosen: list[str]) -> int:
    """Print the table of the chosen cases, or of all; 1 where an answer has a fault."""
    print("| case | verdict | cause named | rung | digits after the recipe | faults |")
    print("|---|---|---|---|---|---|")
    right = 0
    cases = [case for case in CASES if not chosen or case["name"] in chosen]
    for case in cases:
        with tempfile.TemporaryDirectory() as home:
            done = subprocess.run(
                [sys.executable, "-m", "crossframe", *words_of(case)],
                capture_output=True, text=True, env=environment(Path(home)),
            )  # fmt: skip
        if done.returncode not in (0, 1):
            message = done.stderr.strip().splitlines()[-1]
            print(f"| {case['name']} | failed |  |  |  | {message} |", flush=True)
            continue
        answer = json.loads(done.stdout)
        wrong = faults(case, answer)
        right += not wrong
        cause = "no" if unnamed(case, answer) else "yes" if case["causes"] else ""
        reached = "" if digits(answer) is None else f"{digits(answer):.1f}"
        row = [case["name"], answer["verdict"], cause, answer["rung"] or "", reached, "; ".join(wrong)]
        print(f"| {' | '.join(row)} |", flush=True)
    print(f"\n{right} of {len(cases)} right")
    return 0 if right == len(cases) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
