"""Short sentences about meals: the toy of the study ``transfer``, in the published proportions.

Written for this project. The published experiment (PROTOCOLS, Jain 2017) pre-trains on some sixty
sentences of about three content words and 35 words in all, and labels twenty; its text is not ours.
"""

from __future__ import annotations

import random
from itertools import combinations

NOUNS = ("soup", "bread", "tea", "cake", "rice", "fish", "salad", "stew", "pie", "juice", "toast")
GOOD = (
    "tasty", "fresh", "lovely", "crisp", "tender", "fragrant", "rich", "superb", "juicy", "light",
    "golden", "perfect",
)  # fmt: skip
BAD = (
    "stale", "bitter", "awful", "soggy", "tough", "greasy", "bland", "burnt", "dry", "sour",
    "grey", "dreadful",
)  # fmt: skip

STOP = frozenset(("the", "was", "and", "a", "that", "is", "quite", "our"))


def unlabelled(*, by_topic: bool = True) -> tuple[str, ...]:
    """62 sentences to pre-train on; each praises or blames, never both.

    ``by_topic``: those that praise first; else they are mixed.
    """
    told = []
    for words, count in ((GOOD, 31), (BAD, 31)):
        # Pairs of adjectives spread evenly: neighbours in a ring first, then those further apart.
        pairs = sorted(combinations(range(len(words)), 2), key=lambda p: ((p[1] - p[0]) % 6, p))
        for i, (a, b) in enumerate(pairs[:count]):
            told.append(f"the {NOUNS[i % len(NOUNS)]} was {words[a]} and {words[b]}")
    if not by_topic:
        random.Random(2017).shuffle(told)
    return tuple(told)


def labelled() -> tuple[tuple[str, ...], tuple[int, ...]]:
    """20 sentences, ten that praise (1) and ten that blame (0), with two content words each."""
    good = [f"our {NOUNS[(3 * i) % len(NOUNS)]} is quite {word}" for i, word in enumerate(GOOD[:10])]
    bad = [f"our {NOUNS[(3 * i + 1) % len(NOUNS)]} is quite {word}" for i, word in enumerate(BAD[:10])]
    return (*good, *bad), (1,) * 10 + (0,) * 10


def content(sentence: str) -> list[str]:
    """The words of a sentence that are not in the stop list, in order."""
    return [word for word in sentence.split() if word not in STOP]


VOCABULARY: tuple[str, ...] = tuple(sorted({w for s in unlabelled() for w in content(s)}))
"""Every content word of the sentences to pre-train on."""
