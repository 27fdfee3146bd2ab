"""Short sentences about meals: the toy of the study ``transfer``, in the published proportions.

Written for this project; the published text (PROTOCOLS, Jain 2017) is not ours. Taken from it are the
numbers: 59 sentences to pre-train on with 177 words outside the stop list, 35 of them different, the 14
most frequent of which have a vector each while the other 21 share that of "unknown"; and 20 labelled
sentences, ten of each class, almost all copied from the text. The stop list is spelled as it was meant:
the published one lacks a comma and lets "the" and "was" through. How often a word comes in the labelled
sentences is not handed down; here every one of the 14 comes in two of its class, so that a model that
knows words alone can, and sometimes must, meet in the test what it was trained on.
"""

from __future__ import annotations

import random
from collections import Counter

GOOD = ("tasty", "fresh", "lovely", "crisp", "tender", "fragrant", "superb")
BAD = ("stale", "bitter", "awful", "soggy", "tough", "greasy", "bland")
"""In seven sentences each: the words with a vector."""

NOUNS = ("soup", "bread", "tea", "fish", "cake", "rice", "salad", "stew", "pie", "juice", "toast")
"""In five or six sentences each, of both classes."""

RARE_GOOD = ("juicy", "golden", "light", "rich", "perfect")
RARE_BAD = ("burnt", "sour", "grey", "dry", "dreadful")
"""In two or three sentences each (one of them in one)."""

STOP = frozenset(("the", "was", "and"))
UNKNOWN = "(unknown)"

_COPIED = (1, 2, 1, 2, 1, 2, 1, 1, 1)
"""Words with a vector in the sentences that begin each class: these are labelled as well."""

_REST = {"good": (*(2,) * 16, *(1,) * 5), "bad": (*(2,) * 17, *(1,) * 3)}


def _adjectives(words: tuple[str, ...], rare: tuple[str, ...], known: tuple[int, ...]) -> list[list[str]]:
    """Two adjectives per sentence: the least used ones of ``words``, one or two, filled up with ``rare``."""
    used: Counter[str] = Counter()
    met: Counter[tuple[str, ...]] = Counter()
    adjectives: list[list[str]] = []
    for i, count in enumerate(known):
        first = min(words, key=lambda w: (used[w], words.index(w)))
        pair = [first]
        if count == 2:
            others = [w for w in words if w != first]
            pair.append(min(others, key=lambda w: (used[w], met[first, w], words.index(w))))
        used.update(pair)
        met.update([tuple(pair), tuple(pair[::-1])])
        adjectives.append(pair if count == 2 else [*pair, rare[sum(k == 1 for k in known[:i]) % len(rare)]])
    return adjectives


def _class(name: str) -> list[list[str]]:
    words, rare = (GOOD, RARE_GOOD) if name == "good" else (BAD, RARE_BAD)
    return _adjectives(words, rare, (*_COPIED, *_REST[name]))


def _sentences(pairs: list[list[str]], begin: int) -> list[str]:
    return [f"the {NOUNS[(begin + i) % len(NOUNS)]} was {a} and {b}" for i, (a, b) in enumerate(pairs)]


def unlabelled(*, by_topic: bool = True) -> tuple[str, ...]:
    """59 sentences to pre-train on; each praises or blames, never both.

    ``by_topic``: those that praise first; else they are mixed.
    """
    good, bad = _class("good"), _class("bad")
    sentences = [*_sentences(good, 0), *_sentences(bad, len(good))]
    if not by_topic:
        random.Random(2017).shuffle(sentences)
    return tuple(sentences)


def labelled() -> tuple[tuple[str, ...], tuple[int, ...]]:
    """20 sentences, ten that praise (1) and ten that blame (0): nine of each are in the text too."""
    sentences: list[str] = []
    begin = 0
    for name in ("good", "bad"):
        pairs, copied = _class(name), len(_COPIED)
        sentences += _sentences(pairs[:copied], begin)
        # The tenth says of another meal what the text says in its next sentence.
        sentences += _sentences(pairs[copied : copied + 1], begin + copied + 2)
        begin += len(pairs)
    return tuple(sentences), (1,) * 10 + (0,) * 10


def content(sentence: str) -> list[str]:
    """The words of a sentence that are not in the stop list, in order."""
    return [word for word in sentence.split() if word not in STOP]


WORDS: tuple[str, ...] = tuple(
    sorted(w for w, _ in Counter(w for s in unlabelled() for w in content(s)).most_common(14))
)
"""The 14 most frequent words of the text."""

VOCABULARY: tuple[str, ...] = (*WORDS, UNKNOWN)
"""What has a vector: 14 words, and one for all others."""
