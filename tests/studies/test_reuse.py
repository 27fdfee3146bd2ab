"""The layers of a pre-trained network, single examples and choices: rules on made-up accuracies."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from crossframe.claims.claim import Verdict
from crossframe.core.types import FloatArray
from crossframe.experiment.record import Record
from crossframe.experiment.store import opened
from crossframe.studies.gather import paired
from crossframe.studies.lab import Job, Lab
from crossframe.studies.transfer import reuse
from crossframe.studies.transfer.claims import CLAIMS
from crossframe.studies.transfer.jobs import TARGETS
from crossframe.studies.transfer.trainers.reuse import LAYERS, PIXELS, _nearest

HOLDS, PARTLY, FAILS, OPEN = Verdict.HOLDS, Verdict.PARTLY, Verdict.FAILS, Verdict.OPEN
SEEDS = 8
CHOICES = [key for key in CLAIMS if key.startswith("difficulty-")]


def noise(size: int | tuple[int, ...] = 8, seed: int = 0) -> FloatArray:
    return np.random.default_rng(seed).normal(size=size)


def _reused(early: float, late: float, spread: float = 0.003) -> dict[str, dict[str, FloatArray]]:
    """Accuracies of early and late layers; a smaller pre-training and the MLP have the early one in all."""
    made: dict[str, dict[str, FloatArray]] = {}
    for k, kind in enumerate((reuse.CNN, reuse.SMALL, reuse.MLP)):
        arrays = {}
        for a, b in TARGETS:
            own = late if kind == reuse.CNN else early
            values = np.array([early, early, early, own, own])[:, None] + np.zeros(len(reuse.SIZES))
            name, shape = f"{a} v {b}", (SEEDS, *values.shape)
            arrays[f"{name}.layers"] = values + spread * noise(shape, 10 * k + a)
            arrays[f"{name}.head"] = early + spread * noise((SEEDS, len(reuse.SIZES)), 10 * k + a + 1)
            arrays[f"{name}.one"] = np.array([early, late]) + spread * noise((SEEDS, 2), 10 * k + a + 2)
        made[kind] = arrays
    return made


def test_a_layer_serves_better_or_does_not() -> None:
    assert reuse.layer(_reused(0.9, 0.8)).verdict is HOLDS
    assert reuse.layer(_reused(0.8, 0.9)).verdict is FAILS
    assert reuse.layer(_reused(0.85, 0.85, 0.1)).verdict is OPEN
    assert reuse.one_shot(_reused(0.8, 0.9)).verdict is HOLDS
    assert reuse.one_shot(_reused(0.9, 0.8)).verdict is FAILS
    assert reuse.one_shot(_reused(0.85, 0.85, 0.1)).verdict is OPEN


def test_a_choice_matters_or_does_not() -> None:
    assert {reuse.choice(_reused(0.8, 0.9), key).verdict for key in CHOICES} == {HOLDS}
    assert {reuse.choice(_reused(0.85, 0.85, 0.001), key).verdict for key in CHOICES} == {FAILS}
    assert {reuse.choice(_reused(0.85, 0.85, 0.1), key).verdict for key in CHOICES} == {OPEN}
    # A smaller pre-training that is better refutes; another network that is better is a choice that matters.
    verdicts = {key: reuse.choice(_reused(0.9, 0.8), key).verdict for key in CHOICES}
    assert verdicts.pop("difficulty-data") is FAILS
    assert set(verdicts.values()) == {HOLDS}


def test_fewer_images_than_the_claim_names_are_no_test_of_it() -> None:
    made = _reused(0.8, 0.9)
    del made[reuse.SMALL]
    findings = {f.claim.key: f for f in reuse.findings(made)}
    assert findings["difficulty-data"].verdict is Verdict.UNTESTED
    assert "MNIST" in findings["difficulty-data"].words
    assert {findings[key].verdict for key in CHOICES if key != "difficulty-data"} == {HOLDS}
    assert reuse.table(made)


class Failing(Lab):
    """Gives the seed and the name of each job, and nothing for those of ``failed``."""

    failed: tuple[tuple[str, int], ...] = ()

    def run(self, jobs: Sequence[Job]) -> list[Record | None]:
        each = [(job.trainer, int(job.arguments["seed"])) for job in jobs]
        return [None if (name, k) in self.failed else Record({"of": name, "seed": k}) for name, k in each]


def test_seeds_that_are_compared_are_the_same(tmp_path: Path) -> None:
    with opened(tmp_path / "s") as store:
        lab = Failing("quick", store)
        jobs = {name: [Job(name, {"seed": k}) for k in range(4)] for name in ("a", "b")}
        lab.failed = (("a", 1), ("b", 3))
        made = paired(lab, jobs)
        assert {name: [r.fields["seed"] for r in records] for name, records in made.items()} == {
            "a": [0, 2], "b": [0, 2]
        }  # fmt: skip
        assert all(r.fields["of"] == name for name, records in made.items() for r in records)
        lab.failed = tuple(("a", k) for k in range(4))
        assert paired(lab, jobs) == {}
        assert paired(lab, {}) == {}


class Asked(Lab):
    """Keeps what it is asked for, and computes nothing."""

    images: frozenset[int] = frozenset()

    def has(self, engine: str) -> bool:
        return True

    def run(self, jobs: Sequence[Job]) -> list[Record | None]:
        self.images = frozenset(job.arguments["images"] for job in jobs)
        return [None] * len(jobs)


@pytest.mark.parametrize(("name", "images"), [("digits", {reuse.MANY}), ("mnist", {reuse.MANY, reuse.FEW})])
def test_digits_without_mnist_have_no_smaller_pre_training(
    name: str, images: set[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reuse, "place", lambda lab: {"dataset": name, "data_dir": None})
    with opened(tmp_path / "s") as store:
        lab = Asked("quick", store)
        assert reuse.compute(lab) == {}
        assert lab.images == images


def test_one_pair_can_differ() -> None:
    made = _reused(0.9, 0.8)
    (a, b), _ = TARGETS
    made[reuse.CNN][f"{a} v {b}.layers"][:] -= 0.2 * (np.arange(5) < 2)[:, None]
    finding = reuse.layer(made)
    assert (finding.verdict, finding.where) == (PARTLY, "for 3 v 5 (n = 8, 20, 80)")


def test_the_layers_are_a_table_and_nothing_is_not_run() -> None:
    (part,) = reuse.table(_reused(0.9, 0.8))
    assert len(part.tables[0].rows) == 1 + 2 * len(LAYERS) + (len(LAYERS) - 1) + 1
    assert reuse.table({}) == ()
    assert {f.verdict for f in reuse.findings({})} == {Verdict.NOT_RUN}
    assert [f.claim.key for f in reuse.findings({})] == ["layer", "one-shot", *CHOICES]
    assert (PIXELS, *LAYERS)[3] == reuse.LATE


def test_the_nearer_of_two_by_the_angle() -> None:
    Z = np.array([[1.0, 0.1], [0.1, 2.0], [3.0, 0.0], [0.0, 0.1], [0.5, 0.1]])
    labels = np.array([0, 1, 0, 1, 1])
    assert _nearest(Z, labels, [np.array([0, 1])], 2) == pytest.approx(2 / 3)
