"""``python -m tests.questions [NUMBER ...] [--write]``: ask crossframe the questions, and print the table.

With ``--write`` the answers are kept, and the marked parts of docs/questions.md and the README are
written anew.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tests import questions
from tests.questions.page import write


def main(words: list[str]) -> int:
    """Ask the chosen questions, or all; 1 where one within reach is not answered rightly."""
    numbers = [int(word) for word in words if word != "--write"]
    chosen = [q for q in questions.QUESTIONS if not numbers or q["number"] in numbers]
    outcomes = {}
    print(questions.HEAD)
    for question in chosen:
        outcomes[question["number"]] = outcome = questions.ask(question)
        print(questions.row(question, outcome, says=True), flush=True)
    if "--write" in words:
        questions.keep(questions.known() | outcomes)
        write(Path(__file__).resolve().parents[2])
    print(f"\n{questions.share(outcomes)}" if not numbers else "")
    within = [outcomes[q["number"]] for q in chosen if "out_of_reach" not in q]
    return 0 if all(outcome.right for outcome in within) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
