"""Planted differences by kind: two calls that agree, and settings of either call in which they then differ.

A kind is a row of a table: its data, its frames, and what is planted in them. A frame is two calls that give
the same answer; every difference adds words to one of them. So the truth is known without the explainer: the
frameworks themselves fit the frame, and both calls with and without each difference. A case is used where the
frame agrees, where every difference changes the answer of its side, added first or last, and where the
decoys, settings that are given to one side alone, change nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from crossframe.core.errors import UsageError
from crossframe.data import Dataset
from crossframe.data.designs import WHOLE
from crossframe.experiment.contestants import Contestant
from crossframe.experiment.fits import FitCache
from crossframe.experiment.plan import Experiment
from crossframe.experiment.record import Record
from crossframe.experiment.spec import parse
from crossframe.explain.api import explain
from crossframe.explain.explanation import FLOOR, Explanation
from crossframe.explain.selftest import Answer, PlantedCase, Planter, Question
from crossframe.frameworks.pool import Pool
from crossframe.frameworks.registry import framework

SIDES = ("left", "right")
SURE = 100 * FLOOR
"""Least change of a score that a planted difference must make."""
AGREES = FLOOR
"""Largest difference of two scores of a frame."""
PART = 0.1
"""Share of the whole change of its side that each planted difference must have, first and last."""
DECOYS = 2
"""Decoys of either side at most."""
TIMES_NOISE = 2.5
"""Where seeds matter: a change of the mean scores in units of their standard error."""

_SEED = 12345
"""Of the draws: that of `crossframe.explain.api.explain`, so that what is fitted here is not fitted again."""

PLACEHOLDERS: Mapping[str, Callable[[np.random.Generator], object]] = {
    "penalty": lambda rng: f"{10 ** rng.uniform(-2.5, -0.7):.3g}",
    "other": lambda rng: f"{10 ** rng.uniform(-0.5, 0.3):.3g}",
    "threshold": lambda rng: rng.choice([0.2, 0.3, 0.7, 0.8]),
    "scaling": lambda rng: rng.choice([5.0, 20.0]),
    "few": lambda rng: rng.integers(2, 4),
    "some": lambda rng: rng.integers(5, 20),
    "tiny": lambda rng: rng.choice(["1e-12", "1e-13", "3e-13"]),
    "units": lambda rng: rng.integers(6, 13),
    "epochs": lambda rng: rng.integers(12, 21),
    "seed": lambda rng: rng.integers(1, 1000),
}
"""Values that stand in words as ``{name}``; both sides of a case get the same."""


@dataclass(frozen=True)
class Difference:
    """A setting that differs.

    Attributes
    ----------
    setting
        Its canonical name, which has to be named.
    side
        ``left`` or ``right``: the call that gets the words.
    words
        ``name=value``, joined by commas, in place of those of the same names; without a value: left out.
    accepted
        Other names that count as this one: of the bundle that it is the only member of.
    labels
        Whether it changes the labels alone.
    """

    setting: str
    side: str
    words: str
    accepted: tuple[str, ...] = ()
    labels: bool = False

    def named_on(self, side: str) -> str:
        """The name that is expected of it: with its side where it is a solver's."""
        return _with_side(self.setting, side)


@dataclass(frozen=True)
class Frame:
    """Two calls that agree, what is planted in them, and what may be planted as well, up to ``more``."""

    left: str
    right: str
    planted: tuple[Difference, ...]
    others: tuple[Difference, ...] = ()
    more: int = 2


@dataclass(frozen=True)
class Kind:
    """One kind of planted difference.

    Attributes
    ----------
    data
        Makes the rows; gets the random numbers and the seed of the case.
    seeds
        With which both calls are fitted; one, where the calls get the same random numbers or none.
    """

    name: str
    data: Callable[[np.random.Generator, int], tuple[Dataset, str]]
    frames: tuple[Frame, ...]
    seeds: int = 1


Decoys = Mapping[str, tuple[str, ...]]
"""By model: words without effect, or with the value that holds without them; which of these is proved."""


class KindPlanter(Planter):
    """The kinds of a table, one after the other: a case's seed, counted from ``first``, decides on it."""

    tries = 20

    def __init__(
        self, folder: Path, pool: Pool, *, kinds: tuple[Kind, ...], decoys: Decoys, first: int, stream: int
    ) -> None:
        super().__init__(folder, pool)
        self.stream = stream
        self._kinds, self._decoys, self._first = kinds, decoys, first

    def draw(self, rng: np.random.Generator, seed: int, count: int) -> Question | None:
        """A case of the kind of this seed; ``count`` is not used."""
        kind = self._kinds[(seed - self._first) % len(self._kinds)]
        frame = kind.frames[int(rng.integers(len(kind.frames)))]
        added = rng.permutation(len(frame.others))[: int(rng.integers(0, frame.more + 1))]
        planted = compatible([*frame.planted, *(frame.others[k] for k in added)])
        values = {name: draw(rng) for name, draw in PLACEHOLDERS.items()}
        data, words = kind.data(rng, seed)
        pair = Calls(frame, planted, values)
        decoys = {side: self._chosen(rng, pair.full(side)) for side in SIDES}
        texts = {side: _text(pair.full(side), decoys[side]) for side in SIDES}
        if texts["left"] == texts["right"]:
            return None
        if not Proof(kind, data, self).holds(pair, decoys):
            return None
        order = SIDES if rng.random() < 0.5 else SIDES[::-1]
        # Where the calls change places, so do the sides in the names of the settings.
        names = {d: d.named_on(SIDES[order.index(d.side)]) for d in planted}
        accepted = {
            _with_side(other, SIDES[order.index(d.side)]): names[d] for d in planted for other in d.accepted
        }
        left, right = (texts[side] for side in order)
        case = PlantedCase(
            seed,
            group_of_frameworks(texts.values()),
            kind.name,
            left,
            right,
            words,
            frozenset(names.values()),
        )

        def answer() -> Answer:
            made = explain(left, right, data=data, store=self.path, pool=self.pool)
            return frozenset(accepted.get(name, name) for name in named(made)), str(made.verdict)

        return Question(case, answer)

    def _chosen(self, rng: np.random.Generator, call: str) -> list[str]:
        """Up to `DECOYS` decoys for a call, none of them of a setting that it is given."""
        model, given = _parts(call)
        free = [word for word in self._decoys.get(model, ()) if word.partition("=")[0] not in given]
        chosen = rng.permutation(len(free))[: int(rng.integers(0, DECOYS + 1))]
        return [free[k] for k in chosen]


def named(explanation: Explanation) -> frozenset[str]:
    """What an explanation names: the causes, and the rule for the labels where it is a finding of its own."""
    labels = any(d.kind == "labels" and d.certificate.get("rules_differ") for d in explanation.diagnoses)
    return explanation.named | ({"decision.threshold"} if labels else set())


@dataclass(frozen=True)
class Calls:
    """The calls that sets of differences make of a frame, with random values in their words."""

    frame: Frame
    planted: tuple[Difference, ...]
    values: Mapping[str, object]

    def of(self, side: str, taken: Iterable[Difference]) -> str:
        """The call of a side with some of its differences."""
        start = self.frame.left if side == "left" else self.frame.right
        return _text(start, [d.words for d in taken if d.side == side]).format(**self.values)

    def full(self, side: str) -> str:
        """The call of a side with all of its differences."""
        return self.of(side, self.planted)


class Proof:
    """Whether a case is as it is meant to be, by fits of the frameworks alone."""

    def __init__(self, kind: Kind, data: Dataset, planter: Planter) -> None:
        experiment = Experiment(data, WHOLE, (len(data.y),), kind.seeds, _SEED, (), threads=1)
        self._fits = FitCache(experiment, planter.store, pool=planter.pool)
        self._unit = float(np.std(data.y)) if data.task == "numbers" else 1.0

    def holds(self, pair: Calls, decoys: Mapping[str, list[str]]) -> bool:
        """Whether the frame agrees, every difference changes its side, and no decoy does."""
        frame = [pair.of(side, ()) for side in SIDES]
        alone = {d: (pair.of(d.side, ()), pair.of(d.side, [d])) for d in pair.planted}
        last = {
            d: (pair.of(d.side, [o for o in pair.planted if o != d]), pair.full(d.side)) for d in pair.planted
        }
        # A difference without a clear effect is what most often makes a case useless: it is looked for first.
        records = self._records([*alone.values(), *last.values()])
        if not records:
            return False
        effects = {d: [self._effect(records, *two, d) for two in (alone[d], last[d])] for d in pair.planted}
        if any(not min(each) > 0 for each in effects.values()):
            return False
        inert = [(pair.full(side), _text(pair.full(side), words)) for side, words in decoys.items() if words]
        rest = self._records([(frame[0], frame[1]), *((pair.of(s, ()), pair.full(s)) for s in SIDES), *inert])
        if not rest:
            return False
        records |= rest
        if any(
            self._rows(records[a], records[b], labels) > (0 if labels else FLOOR)
            for a, b in inert
            for labels in (False, True)
        ):
            return False
        if self._fits.experiment.draws > 1:
            size = min([min(each) for d, each in effects.items() if not d.labels], default=1.0)
            return self._means(records[frame[0]], records[frame[1]])[0] <= size / 4
        distance = self._rows(records[frame[0]], records[frame[1]], False)
        least = min((min(each) for d, each in effects.items() if not d.labels), default=np.inf)
        same = not self._rows(records[frame[0]], records[frame[1]], True)
        whole = {
            side: self._rows(records[pair.of(side, ())], records[pair.full(side)], False) for side in SIDES
        }
        large = all(min(each) >= PART * whole[d.side] for d, each in effects.items() if not d.labels)
        return same and large and distance <= max(AGREES, 1e-5 * (least if np.isfinite(least) else 0.0))

    def _records(self, pairs: Iterable[tuple[str, str]]) -> dict[str, list[Record]]:
        """The fits of some calls by their text; empty where one of them is none or cannot be used."""
        try:
            calls = {text: self._call(text) for two in pairs for text in two}
        except UsageError:
            return {}
        self._fits.prepare(list(calls.values()))
        records = {text: self._fits.records(call) for text, call in calls.items()}
        return records if all(r.fields["usable"] for each in records.values() for r in each) else {}

    def _call(self, text: str) -> Contestant:
        return replace(parse(text), name=text, title=text)

    def _effect(
        self, records: Mapping[str, list[Record]], before: str, after: str, difference: Difference
    ) -> float:
        """The change that a difference makes, 0 where that is none or not clear."""
        a, b = records[before], records[after]
        if self._fits.experiment.draws > 1 and not difference.labels:
            change, error = self._means(a, b)
            return change if change > TIMES_NOISE * error else 0.0
        change = self._rows(a, b, difference.labels)
        return change if change > (0.0 if difference.labels else SURE) else 0.0

    def _rows(self, a: list[Record], b: list[Record], labels: bool) -> float:
        """Largest difference of two scores of a row over all fits, or share of rows with two labels."""
        each = [0.0]
        for x, y in zip(a, b, strict=True):
            gap = np.abs(x.arrays["score"] - y.arrays["score"])
            # A row that a side leaves out has no score.
            both = np.isfinite(gap)
            if not labels:
                each.append(float(gap[both].max(initial=0.0)) / self._unit)
            elif "labels" in x.arrays:
                each.append(float(np.mean((x.arrays["labels"] != y.arrays["labels"])[both])))
        return max(each)

    def _means(self, a: list[Record], b: list[Record]) -> tuple[float, float]:
        """The mean difference of a row's scores, each averaged over the seeds, and its standard error."""
        scores = [np.array([record.arrays["score"] for record in each]) for each in (a, b)]
        change = np.abs(scores[0].mean(axis=0) - scores[1].mean(axis=0))
        variance = sum(each.var(axis=0, ddof=1) for each in scores) / len(a)
        return float(change.mean()), float(np.sqrt(variance.mean()))


def group_of_frameworks(calls: Iterable[str]) -> str:
    """The frameworks of some calls, joined by ``and``."""
    titles = {framework(call.partition(".")[0]).title for call in calls}
    return " and ".join(sorted(titles, key=str.lower))


def compatible(differences: list[Difference]) -> tuple[Difference, ...]:
    """The differences without those of a setting, or with words for a parameter, that an earlier one has."""
    kept: list[Difference] = []
    for d in differences:
        taken = {(o.side, name) for o in kept for name in _named_words(o.words)}
        new = {(d.side, name) for name in _named_words(d.words)}
        if not new & taken and d.setting not in {o.setting for o in kept}:
            kept.append(d)
    return tuple(kept)


def _named_words(words: str) -> dict[str, str]:
    pairs = (word.partition("=") for word in words.split(",") if word)
    return {name: value for name, _, value in pairs}


def _parts(call: str) -> tuple[str, dict[str, str]]:
    model, _, words = call.partition(":")
    return model, _named_words(words)


def _text(call: str, more: Iterable[str]) -> str:
    """A call with more words, which replace those of the same name; a word without a value is left out."""
    model, given = _parts(call)
    for words in more:
        given |= _named_words(words)
    joined = ",".join(f"{name}={value}" for name, value in given.items() if value)
    return f"{model}:{joined}" if joined else model


def _with_side(setting: str, side: str) -> str:
    return f"{setting} ({side})" if setting in ("solver.tolerance", "solver.algorithm") else setting
