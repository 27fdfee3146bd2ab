"""Thirty public questions, each as the pair that its asker would bring, and what crossframe answers.

The rules by which an answer counts are in questions.toml; they were fixed before crossframe was asked.
"""

from __future__ import annotations

import importlib.util
import json
import os
import sys
import tomllib
from dataclasses import asdict, dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from tests.script_cases import answer_of, digits, named, words_of, wrong_causes
from tests.test_cases import alternatives, setting

Question = dict[str, Any]

FOLDER = Path(__file__).parent
_FILE = tomllib.loads((FOLDER / "questions.toml").read_text(encoding="utf-8"))
RULES: dict[str, Any] = _FILE["rules"]
QUESTIONS: list[Question] = _FILE["question"]
ANSWERS = FOLDER / "answers.json"
"""What crossframe answered when the table was last written: an `Outcome` by the question's number."""


@dataclass(frozen=True)
class Outcome:
    """What crossframe's answer to a question is worth.

    ``digits`` are those of agreement after its recipe, None where it has none. ``why`` says what is missing,
    or why the question was not asked; ``says`` are the first sentences of the answer, or the message.
    """

    answered: bool
    right: bool
    verdict: str = ""
    digits: float | None = None
    why: tuple[str, ...] = ()
    says: str = ""


def folder_of(question: Question) -> Path:
    """The question's folder."""
    return FOLDER / named_case(question)["name"]


def named_case(question: Question) -> Question:
    """The question as a case of `tests.script_cases`: its name is that of its folder."""
    return question | {"name": f"{question['number']:02}-{question['name']}"}


def missing(question: Question) -> list[str]:
    """Packages that the pair needs and that are not installed."""
    return [name for name in question.get("needs", []) if importlib.util.find_spec(name) is None]


def judged(question: Question, answer: dict[str, Any] | str) -> Outcome:
    """The outcome of an answer, by the rules of questions.toml; a text is the message of a failed command."""
    here = f"{folder_of(question)}/"
    if isinstance(answer, str):
        return Outcome(False, False, why=("refused",), says=answer.replace(here, ""))
    verdict = answer["verdict"]
    reached = digits(answer)
    case = _for_the_answer(question, answer)
    wrong = [fault.partition(" in: ")[0] for fault in wrong_causes(case, answer)]
    says = " ".join(answer["answer"][:3]).replace(here, "")
    answered = verdict != "unexplained" or verdict in alternatives(question["verdict"])
    right = answered and not wrong
    return Outcome(answered, right, verdict, reached, tuple(wrong), says)


def _for_the_answer(question: Question, answer: dict[str, Any]) -> Question:
    """Patterns of settings become the settings that the answer names; of causes and a rung, one is enough."""
    names = {setting(name) for name in named(answer)}

    def spelled(value: str | list[str]) -> list[str]:
        return [
            name
            for each in alternatives(value)
            for name in (sorted(n for n in names if fnmatch(n, each)) or [each])
        ]

    case = question | {
        "causes": [spelled(cause) for cause in question["causes"]],
        "also": spelled(question.get("also", [])),
    }
    if case["causes"] and "rung" in case:
        if answer["rung"] in alternatives(case["rung"]):
            return case | {"causes": []}
        del case["rung"]
    return case


def ask(question: Question) -> Outcome:
    """Run crossframe on the question's pair; named skips and what is out of reach are not answered."""
    if gone := missing(question):
        return Outcome(False, False, why=(f"not asked: {', '.join(gone)} is not installed",))
    os.environ.setdefault("RETICULATE_PYTHON", sys.executable)  # as its owner has it in .Renviron
    return judged(question, answer_of(words_of(named_case(question), FOLDER)))


def known() -> dict[int, Outcome]:
    """The outcomes of `ANSWERS`, by number."""
    if not ANSWERS.exists():
        return {}
    rows = json.loads(ANSWERS.read_text(encoding="utf-8"))
    return {int(number): Outcome(**row | {"why": tuple(row["why"])}) for number, row in rows.items()}


def keep(outcomes: dict[int, Outcome]) -> None:
    """Write `ANSWERS`."""
    rows = {str(number): asdict(outcomes[number]) for number in sorted(outcomes)}
    ANSWERS.write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


HEAD = "| # | question | pair | answered | right cause | digits (asked for) | why not |\n" + "|---" * 7 + "|"


def row(question: Question, outcome: Outcome, says: bool = False) -> str:
    """The question's line of the table; with what the answer says, where it is not right."""
    beyond = "out_of_reach" in question
    cells = [
        str(question["number"]),
        question["title"],
        question["pair"],
        "out of reach" if beyond else "yes" if outcome.answered else "no",
        "" if beyond else "yes" if outcome.right else "no",
        _digits(question, outcome),
        question["out_of_reach"] if beyond else "; ".join(outcome.why),
        *([] if outcome.right or not says else [f"says: {outcome.says}"]),
    ]
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"


def _digits(question: Question, outcome: Outcome) -> str:
    """The digits that a recipe reaches, and the least number that its question asks for, where it asks."""
    asked = question["digits"] if question["causes"] else 0
    if outcome.digits is None:
        return f"no recipe ({asked})" if asked and outcome.verdict == "explained" else ""
    return f"{outcome.digits:.1f}" + (f" ({asked})" if asked else "")


def standing_in(outcomes: dict[int, Outcome]) -> int:
    """The number of rightly answered questions in which another program stands for one of the asker's."""
    return sum("stand_in" in q and q["number"] in outcomes and outcomes[q["number"]].right for q in QUESTIONS)


def share(outcomes: dict[int, Outcome]) -> str:
    """How many were answered, how many rightly, and how many of these with a stand-in, in sentences."""
    reached = [o for q in QUESTIONS if "out_of_reach" not in q and (o := outcomes.get(q["number"]))]
    answered, right = sum(o.answered for o in reached), sum(o.right for o in reached)
    return (
        f"Of {len(QUESTIONS)} public questions crossframe answers {answered}, {right} of them with the "
        f"proved cause; {sum('out_of_reach' in q for q in QUESTIONS)} are out of reach. In "
        f"{standing_in(outcomes)} of the {right} another program stands for one of the asker's, and the "
        "cause is proved of that."
    )
