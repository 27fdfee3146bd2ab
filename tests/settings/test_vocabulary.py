"""The vocabulary as people read it: every setting has a title of its own."""

from __future__ import annotations

from collections import Counter

import pytest

from crossframe.settings.vocabulary import VOCABULARY, titled


def test_every_setting_has_a_short_title_of_its_own() -> None:
    titles = {name: setting.title for name, setting in VOCABULARY.items()}
    assert {
        name: title
        for name, title in titles.items()
        if not title or len(title) > 40 or len(title.split()) > 5 or title != title.strip(" .")
    } == {}
    assert [title for title, count in Counter(titles.values()).items() if count > 1] == []


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("penalty.l2", "ridge penalty (penalty.l2)"),
        ("solver.tolerance (left)", "stopping tolerance on the left (solver.tolerance)"),
        ("link with penalty.l2", "link function (link) with ridge penalty (penalty.l2)"),
        ("penalty.l2, penalty.l1", "ridge penalty (penalty.l2), lasso penalty (penalty.l1)"),
        ("intercept", "intercept"),
        ("no setting", "no setting"),
    ],
)
def test_a_sentence_has_the_title_beside_the_name(name: str, words: str) -> None:
    assert titled(name) == words


def test_a_title_alone_has_no_name() -> None:
    assert titled("link with solver.algorithm (right)", key=False) == "link function with solver on the right"
