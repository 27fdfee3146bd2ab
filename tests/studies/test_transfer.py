"""The study ``transfer``: its sentences, its trainers, and the whole of it."""

from __future__ import annotations

import json
import re
from collections import Counter
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from crossframe.claims.claim import Verdict
from crossframe.cli.main import main
from crossframe.data import load
from crossframe.experiment.record import Record
from crossframe.studies.transfer import claims, images, jobs
from crossframe.studies.transfer.claims import two_of
from crossframe.studies.transfer.corpus import (
    BAD,
    GOOD,
    RARE_BAD,
    RARE_GOOD,
    VOCABULARY,
    WORDS,
    content,
    labelled,
    unlabelled,
)
from crossframe.studies.transfer.jobs import BAGS, RANDOM
from crossframe.studies.transfer.trainers.images import _other_digits, dense_head
from crossframe.studies.transfer.trainers.sentences import (
    _output_weights,
    _pairs,
    sentence_heads,
    sentence_vectors,
)

pytestmark = pytest.mark.usefixtures("tensorflow")


def test_sentences_have_the_published_proportions() -> None:
    text = [content(s) for s in unlabelled()]
    counts = Counter(word for words in text for word in words)
    assert (len(text), counts.total(), len(counts)) == (59, 177, 35)
    assert (len(WORDS), len(VOCABULARY)) == (14, 15)
    assert min(counts[w] for w in WORDS) > max(n for w, n in counts.items() if w not in WORDS)
    praise, blame = {*GOOD, *RARE_GOOD}, {*BAD, *RARE_BAD}
    assert all(not (set(words) & praise and set(words) & blame) for words in text)
    assert sorted(unlabelled(by_topic=False)) == sorted(unlabelled())
    assert unlabelled(by_topic=False) != unlabelled()


def test_labelled_sentences_are_copied_and_repeat_their_words() -> None:
    sentences, labels = labelled()
    assert (len(sentences), len(set(sentences)), sum(labels)) == (20, 20, 10)
    assert sum(s in unlabelled() for s in sentences) == 18
    for words, label in ((GOOD, 1), (BAD, 0)):
        own = Counter(w for s, y in zip(sentences, labels, strict=True) if y == label for w in content(s))
        assert {own[w] for w in words} == {2}


def test_splits_are_balanced_and_none_comes_twice() -> None:
    for trained, count in ((8, 50), (18, 50)):
        splits = jobs.splits(3, trained, count)
        labels = np.array(labelled()[1])
        assert len({frozenset(rows) for rows in splits.rows}) == count
        assert all(labels[list(rows)].sum() == trained // 2 for rows in splits.rows)
        assert splits.overlap(jobs.dataset("x", np.zeros((20, 1)), labels), trained) == pytest.approx(
            1 - trained / 20
        )


def test_two_of_twelve_is_the_average_over_all_pairs() -> None:
    right = np.array([1] * 9 + [0] * 3)
    both = np.mean([a + b == 2 for a, b in combinations(right, 2)])
    none = np.mean([a + b == 0 for a, b in combinations(right, 2)])
    assert two_of(np.array([9 / 12]), 12) == f"{both:.0%} / {1 - both - none:.0%} / {none:.0%}"


def test_a_plane_is_found_where_there_is_one() -> None:
    telling, same = np.zeros((len(VOCABULARY), 4)), np.ones((len(VOCABULARY), 4))
    telling[[VOCABULARY.index(w) for w in GOOD], 2] = 1.0
    records = [Record({}, {"vectors": telling, "start": same}), Record({}, {"vectors": same, "start": same})]
    assert jobs.separable({"kind": records}) == {"kind": 0.5, RANDOM: 0.0}


def _heads(pretrained: float, random: float) -> jobs.Heads:
    noise = np.random.default_rng(0).normal(0, 0.01, (2, 5, 20))
    accuracy = {("a", 8): pretrained + noise[0], (RANDOM, 8): random + noise[1]}
    return {key: (np.ones_like(v), v) for key, v in accuracy.items()}


@pytest.mark.parametrize(
    ("pretrained", "random", "verdict"),
    [(0.97, 0.6, Verdict.HOLDS), (0.97, 0.9, Verdict.FAILS), (0.7, 0.4, Verdict.FAILS),
     (0.9, 0.5, Verdict.OPEN)],
)  # fmt: skip
def test_sentences_need_accuracy_and_gain(pretrained: float, random: float, verdict: Verdict) -> None:
    heads = _heads(pretrained, random)
    if verdict is Verdict.OPEN:
        heads["a", 8][1][:] += 0.9 - heads["a", 8][1].mean()  # the mark lies in the middle of the interval
    assert claims.sentences(heads, {}).verdict is verdict


def test_ways_to_build_the_vectors_are_counted_and_not_listed() -> None:
    heads = {**_heads(0.97, 0.6), ("another, text mixed", 8): _heads(0.7, 0.6)["a", 8]}
    finding = claims.sentences(heads, {})
    assert finding.label == "holds only for 1 of 2 ways to build the vectors"
    assert finding.words.startswith("sentences written for this study")
    assert "does not for another, text mixed (n = 8)" in finding.words


def test_words_are_compared_split_by_split() -> None:
    heads = _heads(0.9, 0.5)
    bag = heads["a", 8][1].mean(axis=0) - 0.05  # far less than splits differ, if it were unpaired
    wave = np.linspace(-0.4, 0.1, 20)
    heads["a", 8][1][:] += wave
    plain = {(BAGS, "R glm", 8): bag + wave + np.resize([1e-3, -1e-3], 20)}
    assert claims.against_words(heads, plain, {8: 0.6}).verdict is Verdict.HOLDS
    plain[BAGS, "H2O GLM", 8] = plain[BAGS, "R glm", 8] + 0.2
    finding = claims.against_words(heads, plain, {8: 0.6})
    assert (finding.verdict, finding.where) == (Verdict.PARTLY, "for R glm (n = 8)")
    assert "nan" not in finding.words


def test_a_difference_without_spread_settles_nothing() -> None:
    flat = np.ones((5, 20))
    heads: jobs.Heads = {("a", 8): (flat, flat)}
    finding = claims.against_words(heads, {(BAGS, "R glm", 8): np.full(20, 0.5)}, {8: 0.6})
    assert finding.verdict is Verdict.OPEN
    assert "+0.500 (the same every time, no interval)" in finding.words


def test_parameters_and_their_ratio() -> None:
    assert claims.formula([2049, 4098]).verdict is Verdict.FAILS
    assert claims.factor([2049, 4098]).verdict is Verdict.FAILS
    assert claims.factor([700, 1400]).verdict is Verdict.HOLDS


def _targets(scratch: float, head: float, glm: float, fitted: float = 1.0) -> jobs.Targets:
    """The same accuracies on every pair of digits."""
    digits = (*jobs.TARGETS, jobs.EARLIER)
    return {pair: _pictures(pair, scratch, head, glm, fitted) for pair in digits}


def _pictures(digits: jobs.Digits, scratch: float, head: float, glm: float, fitted: float) -> jobs.Pictures:
    noise = np.random.default_rng(0).normal(0, 1e-3, (3, 10))
    names = (jobs.SCRATCH, jobs.HEAD, f"R glm, {jobs.FEATURES}", f"scikit-learn, {jobs.FEATURES}")
    values = (scratch, head, glm, head)
    scores = {(k, 8): v + e for k, v, e in zip(names, values, (*noise, noise[0]), strict=True)}
    return jobs.Pictures(digits, (8,), 10, {8: 0.01}, scores, {(jobs.HEAD, 8): np.full(10, fitted)})


def test_a_weak_framework_does_not_speak_for_the_features() -> None:
    weak = _targets(0.9, 0.95, 0.6)
    assert images.against_scratch(weak).verdict is Verdict.HOLDS
    assert images.against_scratch(_targets(0.9, 0.95, 0.6, fitted=0.8)).verdict is Verdict.OPEN
    assert images.frameworks(weak).verdict is Verdict.FAILS
    assert images.furthest(weak) == ((4, 9), "scikit-learn", "R glm", 8)
    alike = _targets(0.95, 0.9, 0.9)
    assert images.against_scratch(alike).verdict is Verdict.FAILS
    assert images.frameworks(alike).verdict is Verdict.HOLDS
    assert images.furthest(alike) is None


def test_zero_against_one_decides_under_the_earlier_marks_alone() -> None:
    targets = {**_targets(0.9, 0.95, 0.6), jobs.EARLIER: _pictures(jobs.EARLIER, 0.99, 0.98, 0.98, 1.0)}
    finding = images.against_scratch(targets)
    assert (finding.verdict, finding.under_replaced) == (Verdict.HOLDS, (Verdict.FAILS, Verdict.FAILS))
    finding = images.frameworks(targets)
    assert (finding.verdict, finding.under_replaced) == (Verdict.FAILS, (Verdict.HOLDS,))


def test_what_is_learnt_before_is_all_digits_but_the_two() -> None:
    X, labels, shape = _other_digits("digits", None, [3, 5])
    assert (len(np.unique(labels)), shape) == (8, (8, 8))
    assert len(X) == sum(len(load("digits", digits=pair).y) for pair in ((0, 1), (2, 4), (6, 7), (8, 9)))


def test_without_a_framework_every_claim_is_not_run() -> None:
    nothing = {pair: jobs.Pictures(pair, (), 0, {}) for pair in (*jobs.TARGETS, jobs.EARLIER)}
    findings = [
        claims.sentences({}, {}), claims.against_words({}, {}, {}), claims.formula([]), claims.factor([]),
        images.against_scratch(nothing), images.frameworks(nothing),
    ]  # fmt: skip
    assert {f.verdict for f in findings} == {Verdict.NOT_RUN}


@pytest.mark.parametrize("across", [True, False])
def test_windows_stay_where_they_should(across: bool) -> None:
    text = np.arange(30)
    part = np.zeros(30, int) if across else np.repeat(np.arange(10), 3)
    centres, contexts = _pairs(text, part, 600, np.random.default_rng(0))
    distance = np.abs(centres - contexts)
    assert distance.min() == 1
    assert distance.max() == (3 if across else 2)
    if not across:
        assert (part[centres] == part[contexts]).all()


def test_output_weights_are_truncated_and_not_clipped() -> None:
    """A normal cut at two sds has 0.880 of its sd; clipped, 4.6 % of the weights lie on the ends."""
    weights = _output_weights((10_000, 4), 3)
    assert np.abs(weights).max() < 1
    assert np.mean(np.abs(weights) > 0.999) < 1e-3
    assert weights.std() == pytest.approx(0.5 * stats.truncnorm(-2, 2).std(), rel=0.02)
    assert (weights == _output_weights((10_000, 4), 3)).all()


@pytest.mark.slow
def test_the_head_learns_vectors_that_tell_and_none_that_do_not() -> None:
    telling = np.zeros((len(VOCABULARY), 4))
    for word in (*GOOD, *BAD):
        telling[VOCABULARY.index(word), 0] = 1.0 if word in GOOD else -1.0
    X, y = sentence_vectors(telling)
    assert (np.sign(X[:, 0]) == np.where(y == 1, 1, -1)).all()
    rows = [[0, 1, 2, 3, 10, 11, 12, 13], [4, 5, 6, 7, 14, 15, 16, 17]]
    _, good = sentence_heads(vectors=telling.tolist(), splits=rows, seed=0, epochs=1000)
    assert good["train"].tolist() == [1.0, 1.0]
    assert good["test"].tolist() == [1.0, 1.0]
    _, none = sentence_heads(vectors=np.ones_like(telling).tolist(), splits=rows, seed=0, epochs=100)
    assert none["test"].tolist() == [0.5, 0.5]


def test_real_layers_are_counted() -> None:
    assert dense_head(inputs=2048, outputs=1)[0]["parameters"] == 2049
    assert dense_head(inputs=2048, outputs=2)[0]["parameters"] == 4098


@pytest.mark.slow
def test_the_whole_study(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Random vectors stay at chance, and vectors from windows that end with the sentence do not."""
    assert (
        main(["study", "transfer", "--json", "--store", str(tmp_path / "s"), "--report", str(tmp_path)]) == 0
    )
    (result,) = json.loads(capsys.readouterr().out)
    findings = {f["key"]: f for f in result["findings"]}
    assert findings["sentences"]["verdict"] in ("holds only in part", "does not hold")
    assert findings["sentences"]["effect"]["low"] > 0.1
    assert findings["against-words"]["verdict"] != "does not hold"
    assert findings["formula"]["verdict"] == "does not hold"
    assert findings["factor"]["verdict"] == "does not hold"
    assert findings["images"]["frameworks"] == ["Keras"]
    assert len(findings["images"]["under_replaced"]) == 2
    assert findings["images-frameworks"]["verdict"] in ("does not hold", "holds only in part")
    assert findings["imagenet"]["verdict"] == "not tested here"
    assert not re.search(r"\bnan\b", (tmp_path / "README.md").read_text())
