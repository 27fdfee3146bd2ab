"""The study ``transfer``: its sentences, its trainers, and the whole of it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from crossframe.cli import main
from crossframe.studies.sentences import BAD, GOOD, VOCABULARY, content, labelled, unlabelled
from crossframe.studies.trainers.transfer import _pairs, dense_head, sentence_heads, sentence_vectors


def test_sentences_have_the_published_proportions() -> None:
    text = [content(s) for s in unlabelled()]
    assert len(text) == 62
    assert sum(map(len, text)) == 186
    assert len(VOCABULARY) == 35
    assert all(not (set(words) & set(GOOD) and set(words) & set(BAD)) for words in text)
    assert sorted(unlabelled(by_topic=False)) == sorted(unlabelled())
    assert unlabelled(by_topic=False) != unlabelled()
    sentences, labels = labelled()
    assert (len(sentences), sum(labels)) == (20, 10)
    assert {w for s in sentences for w in content(s)} <= set(VOCABULARY)


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
    assert findings["sentences"]["verdict"] in ("holds", "holds only in part")
    assert findings["sentences"]["effect"]["low"] > 0.2
    assert findings["formula"]["verdict"] == "does not hold"
    assert findings["imagenet"]["verdict"] == "not tested here"
