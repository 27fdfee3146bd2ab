"""Thirty public questions (tests/questions/): each is proved without crossframe, and asked."""

from __future__ import annotations

import datetime
import json

import pytest

from tests import questions
from tests.command import ROOT, in_process
from tests.questions import page, proofs, proofs_random, tables
from tests.script_cases import check_proof, words_of
from tests.test_cases import VERDICTS, _canonical, alternatives, setting
from tests.test_script_cases import OF_SCRIPTS, RUNGS

QUESTIONS = questions.QUESTIONS


def _ids(question: questions.Question) -> str:
    return f"{question['number']:02}-{question['name']}"


def _proof(question: questions.Question) -> object:
    name = question["name"].replace("-", "_")
    return getattr(proofs, name, None) or getattr(proofs_random, name)


def test_the_questions_are_well_formed() -> None:
    assert [q["number"] for q in QUESTIONS] == list(range(1, 31))
    assert isinstance(questions.RULES["fixed"], datetime.date)
    required = {
        "number", "name", "title", "pair", "source", "left", "right", "verdict", "causes", "digits", "words"
    }  # fmt: skip
    optional = {
        "data", "target", "rung", "also", "decoys", "needs", "stand_in", "out_of_reach", "ladder"
    }  # fmt: skip
    for question in QUESTIONS:
        name = _ids(question)
        assert required <= set(question) <= required | optional, name
        assert set(alternatives(question["verdict"])) <= VERDICTS | OF_SCRIPTS, name
        assert set(alternatives(question.get("rung", []))) <= RUNGS, name
        assert ("out_of_reach" in question) == ("ladder" in question), name
        assert ("data" in question) == ("target" in question) == question["left"].endswith(".txt"), name
        assert question["words"], name
        assert callable(_proof(question)), name
        folder = questions.folder_of(question)
        for key in ("left", "right", "data"):
            assert key not in question or (folder / question[key]).is_file(), f"{name}: {key}"
    folders = {f.name for f in questions.FOLDER.iterdir() if f.is_dir() and f.name[0].isdigit()}
    assert folders == {_ids(question) for question in QUESTIONS}


def test_the_settings_of_the_questions_are_canonical() -> None:
    from crossframe.cli.main import main

    known = _canonical(main)
    within = [q for q in QUESTIONS if "out_of_reach" not in q]
    used = {s for q in within for cause in q["causes"] for s in alternatives(cause)}
    used |= {s for q in within for s in [*q.get("decoys", []), *q.get("also", [])]}
    assert {setting(s) for s in used if "*" not in s} <= known


def test_the_tables_are_those_of_their_makers() -> None:
    for number, (file, _) in tables.TABLES.items():
        assert (tables.folder(number) / file).read_text(encoding="utf-8") == tables.text_of(number)
    for number, made in tables.PRINTED.items():
        assert (tables.folder(number) / "left.txt").read_text(encoding="utf-8") == made()


def test_the_pages_have_the_answers_that_are_kept() -> None:
    for name, words in (("docs/questions.md", page.part()), ("README.md", page.summary())):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert page.filled(text, words) == text


def test_one_of_a_cause_and_a_rung_is_enough_and_patterns_match() -> None:
    question = QUESTIONS[13]
    assert (question["name"], question["rung"]) == ("broadcast-target", ["target", "objective"])
    answer = {
        "verdict": "explained", "rung": None, "recipes": [], "explanation": None,
        "causes": [{"setting": "loss.reduction", "share": 0.9}], "answer": ["They differ by the loss."],
    }  # fmt: skip
    assert questions.judged(question, answer).right
    by_rung = answer | {"verdict": "other_data", "rung": "target", "causes": []}
    assert questions.judged(question, by_rung).right
    blamed = answer | {"causes": [{"setting": "seed", "share": 0.9}]}
    assert not questions.judged(question, blamed).right
    assert not questions.judged(question, answer | {"verdict": "unexplained"}).answered
    assert not questions.judged(question, "explain: no fit").answered


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("question", QUESTIONS, ids=_ids)
def test_the_cause_is_proved(question: questions.Question) -> None:
    if gone := questions.missing(question):
        pytest.skip(f"{', '.join(gone)} is not installed")
    proof = _proof(question)
    assert callable(proof)
    # A question with both takes either in an answer; what is switched here is the setting.
    case = {key: value for key, value in question.items() if key != "rung" or not question["causes"]}
    check_proof(case, proof())


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("question", QUESTIONS, ids=_ids)
def test_a_right_answer_stays_right(
    question: questions.Question,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    kept = questions.known().get(question["number"])
    if kept is None or not kept.right or questions.missing(question):
        pytest.skip("not right yet, or cannot be asked here")
    monkeypatch.setenv("CROSSFRAME_STORE", str(tmp_path_factory.mktemp("store") / "store.sqlite"))
    words = words_of(questions.named_case(question), questions.FOLDER)
    done = in_process(capsys, *words, code=(0, 1))
    outcome = questions.judged(question, json.loads(done.stdout))
    assert outcome.right, outcome.why
