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

from tests.cases.scripts_run import FOLDER, Evidence
from tests.command import environment
from tests.test_cases import BLAMELESS, NAMED, alternatives, setting

Case = dict[str, Any]


def _read(file: Path) -> dict[str, Any]:
    return tomllib.loads(file.read_text(encoding="utf-8"))


CASES: list[Case] = _read(FOLDER.with_suffix(".toml"))["case"]
FAILURES: dict[str, dict[str, Any]] = _read(FOLDER / "known_failures.toml")


def words_of(case: Case, parent: Path = FOLDER) -> list[str]:
    """The command line after ``crossframe``; the case's files are in the folder of its name in ``parent``."""
    folder = parent / case["name"]
    data = ["--data", str(folder / case["data"]), "--target", case["target"]] if "data" in case else []
    sides = [str(folder / case[side]) for side in ("left", "right")]
    return ["explain", *sides, *data, *case.get("options", []), "--json"]


def answer_of(words: list[str]) -> dict[str, Any] | str:
    """What the command answers, with a store of its own; where it fails, its message."""
    with tempfile.TemporaryDirectory() as home:
        done = subprocess.run(
            [sys.executable, "-m", "crossframe", *words],
            capture_output=True, text=True, env=environment(Path(home)),
        )  # fmt: skip
    if done.returncode in (0, 1):
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer
    message = done.stderr.rpartition("\ncrossframe: ")[2] or done.stderr
    return " ".join(message.split())


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


def short_of_digits(case: Case, answer: dict[str, Any]) -> list[str]:
    """That the best recipe does not reach the case's digits."""
    reached = digits(answer)
    if case["causes"] and (reached is None or reached < case["digits"]):
        return [f"{reached} digits after the recipe, not {case['digits']}"]
    return []


def faults(case: Case, answer: dict[str, Any]) -> list[str]:
    """What is wrong with crossframe's answer."""
    return wrong_causes(case, answer) + short_of_digits(case, answer)


def wrong_causes(case: Case, answer: dict[str, Any]) -> list[str]:
    """What is wrong with the answer, whatever its recipe reaches."""
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
    first = " ".join(answer["answer"][:3])
    if not any(word.lower() in first.lower() for word in case["words"]):
        wrong.append(f"none of {', '.join(case['words'])} in: {first}")
    return wrong


def check_proof(case: Case, evidence: Evidence) -> None:
    """Assert that a proof shows what the case says."""
    close, verdicts = 10.0 ** -case["digits"], alternatives(case["verdict"])
    if evidence.exact is not None:
        assert evidence.exact
        assert evidence.closed <= close
    elif verdicts == ["agree"]:
        assert evidence.gap <= close
        assert evidence.printed is None or evidence.printed <= 0.51
    elif verdicts[0] == "reparametrised":
        assert evidence.gap <= close
        assert evidence.coefficients > 0.1
    elif verdicts == ["noise"]:
        assert 0 < evidence.gap <= 1.5 * evidence.spread
    else:
        # Random fits agree at best as reruns with another seed do.
        close = close if case["digits"] else 1.5 * evidence.spread
        assert evidence.gap > max(1e-3, (3 if case["digits"] else 1.5) * close)
        assert evidence.closed <= close
        for cause in [*case["causes"], *([case["rung"]] if "rung" in case else [])]:
            assert any(evidence.shares.get(setting(s), 0) >= NAMED for s in alternatives(cause)), (
                evidence.shares
            )
        for decoy in case.get("decoys", []):
            assert abs(evidence.shares[decoy]) <= BLAMELESS, evidence.shares
        assert evidence.printed is None or evidence.printed <= 0.51


def main(chosen: list[str]) -> int:
    """Print the table of the chosen cases, or of all; 1 where an answer has a fault."""
    print("| case | verdict | cause named | rung | digits after the recipe | faults |")
    print("|---|---|---|---|---|---|")
    right = 0
    cases = [case for case in CASES if not chosen or case["name"] in chosen]
    for case in cases:
        answer = answer_of(words_of(case))
        if isinstance(answer, str):
            print(f"| {case['name']} | failed |  |  |  | {answer} |", flush=True)
            continue
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
