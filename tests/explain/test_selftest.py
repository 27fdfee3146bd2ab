"""The self-test: real cases, and what counts as a failure."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from crossframe.core.errors import UsageError
from crossframe.explain import selftest_linear
from crossframe.explain.selftest import (
    Batch,
    Marks,
    PlantedCase,
    Planter,
    Question,
    SelfTestFamily,
    planting,
    self_test,
)
from crossframe.explain.selftest_families import LINEAR
from crossframe.explain.selftest_page import document


class Given(Planter):
    """Cases that are given, each with the explainer's answer."""

    answers: tuple[tuple[str, str | None], ...] = ()

    def draw(self, rng, seed, count):
        planted, named = self.answers[seed]

        def answer():
            if named is None:
                raise UsageError("no words for it")
            return frozenset(named), "explained"

        group, kind = ("a", "one") if seed else ("b", "other")
        return Question(PlantedCase(seed, group, kind, "left", "right", "rows", frozenset(planted)), answer)


def outcome_of(*answers):
    planter = type("Answers", (Given,), {"answers": answers})
    marks = Marks(precision=0.8, recall=0.6, fixed="2026-11-22")
    return self_test(SelfTestFamily("given", marks, (Batch(0, len(answers), planter),)))


def test_precision_and_recall_are_counted_over_settings():
    found = outcome_of(("ab", "ab"), ("a", "abc"), ("abc", "b"), ("a", None))
    s = found.score
    assert (s.cases, s.exact, s.planted, s.named, s.both) == (4, 1, 7, 6, 4)
    assert (s.precision, s.recall) == (4 / 6, 4 / 7)
    assert not found.passed
    assert found.exit_code == 1
    low, high = s.interval
    assert low < 0.25 < high
    told = found.to_dict()
    assert [t["seed"] for t in told["failures"]] == [1, 2, 3]
    assert told["failures"][-1]["error"] == "no words for it"
    assert told["settings"]["b"] == {"planted": 2, "named": 3, "both": 2}
    assert told["groups"]["b"]["exact"] == told["kinds"]["other"]["exact"] == 1
    assert told["marks"] == {"precision": 0.8, "recall": 0.6, "fixed": "2026-11-22"}
    json.dumps(told)
    assert "no words for it" in document(found).markdown()


def test_a_seed_without_a_case_is_left_out_and_named():
    class Every(Given):
        answers = (("a", "a"), ("b", "b"), ("c", "c"))

        def draw(self, rng, seed, count):
            return None if seed == 1 else super().draw(rng, seed, count)

    found = self_test(SelfTestFamily("given", Marks(1, 1, ""), (Batch(0, 3, Every),)))
    assert (found.score.cases, found.without_case, found.passed) == (2, (1,), True)
    assert "no case from seed 1" in document(found).markdown()


def test_precision_and_recall_have_marks_of_their_own():
    assert outcome_of(("abc", "ab")).passed
    assert not outcome_of(("ab", "abc")).passed


def test_some_cases_are_the_first_of_every_batch():
    family = SelfTestFamily("f", Marks(1, 1, ""), (Batch(1, 20, Given), Batch(101, 10, Given)))
    assert family.cases == 30
    assert family.seeds(3, None) == [1, 2, 101]
    assert family.seeds(2, 102) == [102, 103]
    assert [family.batch(seed).first for seed in (1, 100, 101, 900)] == [1, 1, 101, 101]
    assert len(family.seeds(None, None)) == 30


def test_all_exact_passes():
    found = outcome_of(("a", "a"), ("b", "b"))
    assert found.passed
    assert found.exit_code == 0
    assert found.to_dict()["failures"] == []
    assert "Failures" not in document(found).markdown()


@pytest.mark.slow
@pytest.mark.parametrize("count", [2, pytest.param(6, marks=pytest.mark.slow)])
def test_real_cases_of_scikit_learn_are_named(monkeypatch, count):
    groups = tuple((g[0], float(g[0] == "scikit-learn"), *g[2:]) for g in selftest_linear.GROUPS)
    monkeypatch.setattr(selftest_linear, "GROUPS", groups)
    found = self_test(LINEAR, count, 101)
    assert {t.case.group for t in found.tried} == {"scikit-learn"}
    assert all(1 <= len(t.case.planted) <= 3 for t in found.tried)
    assert found.score.precision >= 0.9, found.to_dict()["failures"]
    assert found.score.recall >= 0.9, found.to_dict()["failures"]
    assert len({t.case.planted for t in found.tried}) > count // 2 - 1


@pytest.mark.slow
def test_a_seed_gives_its_case_again(tmp_path, monkeypatch):
    groups = tuple((g[0], float(g[0] == "scikit-learn"), *g[2:]) for g in selftest_linear.GROUPS)
    monkeypatch.setattr(selftest_linear, "GROUPS", groups)
    cases = []
    for k in range(2):
        (tmp_path / str(k)).mkdir()
        with planting(LINEAR, Path(tmp_path / str(k))) as session:
            cases.append(session.plant(103))
    assert cases[0] == cases[1]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--cases", "0"), "--cases 0"),
        (("--seed", "-3"), "--seed -3"),
        (("sklearn.logistic", "r.glm"), "--self-test draws its own pairs"),
    ],
)
def test_bad_words(home, words, message, command):
    assert message in command("explain", *words, "--self-test", code=2).stderr


@pytest.mark.slow
def test_the_marks_on_a_fifth_of_the_linear_family(home, command):
    """Whole families are run by ``make reports``, which fails below their marks."""
    words = ("--self-test", "--family", "linear", "--cases", str(LINEAR.cases // 5), "--json")
    outcome = json.loads(command("explain", *words, code=(0, 1)).stdout)
    assert outcome["cases"] == LINEAR.cases // 5
    assert outcome["precision"] >= LINEAR.marks.precision, outcome["failures"]
    assert outcome["recall"] >= LINEAR.marks.recall, outcome["failures"]
