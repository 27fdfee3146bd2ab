"""The marked parts of docs/questions.md and the README, from the answers that are kept."""

from __future__ import annotations

import re
from pathlib import Path

from tests import questions


def part() -> str:
    """The share, and the table."""
    outcomes = questions.known()
    rows = [
        questions.row(_linked(q), outcomes[q["number"]])
        for q in questions.QUESTIONS
        if q["number"] in outcomes
    ]
    return "\n".join(
        ["", questions.share(outcomes), "", questions.HEAD, *rows, "", *_stand_ins(), "", *_beyond(), ""]
    )


def _linked(question: questions.Question) -> questions.Question:
    address = question["source"].split(";")[0]
    return question | {"title": f"[{question['title']}](https://{address})"}


def _stand_ins() -> list[str]:
    lines = [
        "The digits do not decide whether a cause is right. Where a question asks for a least number, it "
        "stands in brackets; an answer by definitions alone has no recipe.",
        "",
        "Some sides stand for a program that does not run here:",
        "",
    ]
    return lines + [f"- {q['number']}: {q['stand_in']}" for q in questions.QUESTIONS if "stand_in" in q]


def _beyond() -> list[str]:
    lines = ["What can be said of those out of reach:", ""]
    beyond = [q for q in questions.QUESTIONS if "out_of_reach" in q]
    return lines + [f"- {q['number']}, {q['title']}: {q['ladder']}" for q in beyond]


def summary() -> str:
    """The share, for the README."""
    known = questions.known()
    right, stand_ins = sum(o.right for o in known.values()), questions.standing_in(known)
    asked = f"[{len(questions.QUESTIONS)} public questions why two programs differ](docs/questions.md)"
    with_them = f", {stand_ins} of them with a stand-in for one program" if stand_ins else ""
    return f"Of {asked} crossframe answers {right} with the proved cause{with_them}.\n"


def filled(text: str, words: str) -> str:
    """The page with ``words`` as its marked part. Raises `ValueError` where it has none."""
    new, count = re.subn(
        r"(<!-- begin questions -->\n).*?(<!-- end questions -->)",
        lambda marked: f"{marked[1]}{words}{marked[2]}", text, flags=re.DOTALL,
    )  # fmt: skip
    if count != 1:
        raise ValueError("no part between <!-- begin questions --> and <!-- end questions -->")
    return new


def write(root: Path) -> None:
    """Write the marked parts of a checkout's two pages anew."""
    for name, words in (("docs/questions.md", part()), ("README.md", summary())):
        page = root / name
        page.write_text(filled(page.read_text(encoding="utf-8"), words), encoding="utf-8")
