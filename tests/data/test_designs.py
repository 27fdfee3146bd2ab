"""Sampling designs: sizes, independence, class shares, and what they refuse."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossframe.core.errors import DataError, UsageError
from crossframe.data import DESIGNS, Dataset, Design
from tests.data.real import needs_mnist

ALL = pytest.mark.parametrize("design", DESIGNS.values(), ids=DESIGNS.keys())


def tiny(*y: int, test_rows: np.ndarray | None = None) -> Dataset:
    labels = np.array(y, dtype=np.int64)
    X = np.arange(labels.size, dtype=np.float64)[:, None]
    return Dataset("tiny", X, labels, ("x",), ("no", "yes"), "made here", test_rows=test_rows)


labels = st.lists(st.integers(0, 1), min_size=5, max_size=60)
both_twice = labels.filter(lambda y: 2 <= sum(y) <= len(y) - 2)


@ALL
@given(y=both_twice, data=st.data())
def test_every_draw_keeps_its_promises(design: Design, y: list[int], data: st.DataObject) -> None:
    dataset = tiny(*y)
    n = data.draw(st.integers(1, design.pool_size(dataset)))
    draw = design.draw(dataset, n, index=data.draw(st.integers(0, 9)), seed=data.draw(st.integers(0, 2**40)))
    assert draw.n == draw.train.size == n
    assert draw.train.dtype == draw.evaluate.dtype == np.int64
    assert draw.evaluate.size > 0
    assert not set(draw.train) & set(draw.evaluate)
    assert set(draw.train) | set(draw.evaluate) <= set(range(len(y)))
    assert np.all(np.diff(draw.evaluate) > 0)
    if design.name != "beam":
        assert np.unique(draw.train).size == n


@ALL
def test_a_draw_depends_on_seed_size_and_index_alone(design: Design, digits: Dataset) -> None:
    first = design.draw(digits, 20, 3, seed=7)
    design.draw(digits, 30, 0, seed=1)
    again = design.draw(digits, 20, 3, seed=7)
    assert np.array_equal(first.train, again.train)
    assert np.array_equal(first.evaluate, again.evaluate)
    for index, seed in ((4, 7), (3, 8)):
        assert not np.array_equal(first.train, design.draw(digits, 20, index, seed).train)
    assert not np.array_equal(first.train, design.draw(digits, 21, 3, 7).train[:20])


@pytest.mark.parametrize(
    ("name", "train"),
    [
        ("leek", [20, 97, 120, 121, 123, 220, 225, 247, 313, 343]),
        ("beam", [32, 226, 55, 22, 55, 221, 37, 84, 1, 21]),
        ("stratified", [159, 234, 98, 338, 309, 195, 191, 124, 138, 137]),
        ("random", [330, 85, 357, 313, 219, 14, 342, 193, 263, 45]),
    ],
)
def test_draws_are_the_same_everywhere(name: str, train: list[int], digits: Dataset) -> None:
    """NumPy may change its streams between releases; stored results would then be of other draws."""
    assert DESIGNS[name].draw(digits, 10, 0, seed=1).train.tolist() == train


@ALL
def test_none_means_the_whole_pool(design: Design, digits: Dataset) -> None:
    draw = design.draw(digits, None, 0, seed=1)
    assert draw.n == draw.train.size == design.pool_size(digits) == 288


@ALL
@pytest.mark.parametrize("n", [0, -1, 289])
def test_impossible_sizes_name_the_largest(design: Design, n: int, digits: Dataset) -> None:
    with pytest.raises(UsageError, match=f"n={n}: ") as caught:
        design.draw(digits, n, 0, seed=1)
    assert f"the largest n for design {design.name} on digits is 288" in caught.value.hint


@ALL
def test_negative_seeds_are_refused(design: Design, digits: Dataset) -> None:
    with pytest.raises(UsageError, match="seed=-1"):
        design.draw(digits, 10, 0, seed=-1)


def test_leek_splits_once_per_seed(digits: Dataset) -> None:
    leek = DESIGNS["leek"]
    draws = [leek.draw(digits, n, index, seed=3) for n in (10, 80) for index in range(20)]
    for draw in draws:
        assert np.array_equal(draw.evaluate, draws[0].evaluate)
        assert np.all(np.diff(draw.train) > 0)  # in file order
    assert draws[0].evaluate.size == 72
    assert not np.array_equal(draws[0].evaluate, leek.draw(digits, 10, 0, seed=4).evaluate)


def test_leek_uses_no_row_of_the_sources_test_set() -> None:
    dataset = tiny(*[0, 1] * 10, test_rows=np.array([0, 19]))
    leek = DESIGNS["leek"]
    assert leek.pool_size(dataset) == 15  # ceiling(0.8 * 18)
    draw = leek.draw(dataset, None, 0, seed=1)
    assert sorted([*draw.train, *draw.evaluate]) == list(range(1, 19))


@pytest.mark.parametrize("name", ["leek", "beam"])
def test_unstratified_draws_can_hold_one_class(name: str, digits: Dataset) -> None:
    draws = [DESIGNS[name].draw(digits, 2, index, seed=1) for index in range(40)]
    assert 0 < sum(draw.one_class(digits.y) for draw in draws) < 40


def test_beam_draws_with_replacement(digits: Dataset) -> None:
    draw = DESIGNS["beam"].draw(digits, None, 0, seed=1)
    assert np.unique(draw.train).size < draw.train.size


def test_beam_scores_the_last_half_of_leeks_split(digits: Dataset) -> None:
    leek, beam = (DESIGNS[name].draw(digits, 10, 0, seed=1) for name in ("leek", "beam"))
    assert np.array_equal(beam.evaluate, leek.evaluate[36:])


@needs_mnist
def test_beam_scores_his_1058_images(mnist: Dataset) -> None:
    beam = DESIGNS["beam"]
    draw = beam.draw(mnist, 80, 0, seed=1)
    assert mnist.test_rows is not None
    assert np.array_equal(draw.evaluate, mnist.test_rows[1057:])
    assert np.bincount(mnist.y[draw.evaluate]).tolist() == [508, 550]
    assert beam.pool_size(mnist) == 12665


@needs_mnist
def test_leek_splits_the_training_images(mnist: Dataset) -> None:
    leek = DESIGNS["leek"]
    draw = leek.draw(mnist, 80, 0, seed=1)
    assert leek.pool_size(mnist) == 10132  # ceiling(0.8 * 12665)
    assert draw.evaluate.size == 2533
    assert max(draw.train.max(), draw.evaluate.max()) < 12665


@given(y=both_twice, n=st.integers(2, 40), index=st.integers(0, 5))
def test_stratified_keeps_the_class_shares(y: list[int], n: int, index: int) -> None:
    dataset, design = tiny(*y), DESIGNS["stratified"]
    n = min(n, design.pool_size(dataset))
    draw = design.draw(dataset, n, index, seed=1)
    share = sum(y) / len(y)
    for rows in (draw.train, draw.evaluate):
        ones = int(dataset.y[rows].sum())
        assert 1 <= ones <= rows.size - 1
        # half a row off by rounding; a whole one more where the other part has taken the last
        assert abs(ones - share * rows.size) <= 1.5
    assert draw.evaluate.size == max(2, len(y) // 5)


def test_stratified_scores_other_rows_in_every_draw(digits: Dataset) -> None:
    one, other = (DESIGNS["stratified"].draw(digits, 10, index, seed=1) for index in (0, 1))
    assert not np.array_equal(one.evaluate, other.evaluate)
    assert np.bincount(digits.y[one.evaluate]).tolist() == [36, 36]
    assert np.bincount(digits.y[one.train]).tolist() == [5, 5]


def test_stratified_needs_two_of_each_class() -> None:
    with pytest.raises(DataError, match="class 'yes' of tiny has 1 row: a stratified split needs two"):
        DESIGNS["stratified"].draw(tiny(0, 0, 0, 0, 0, 1), 2, 0, seed=1)


@pytest.mark.parametrize("name", ["leek", "beam"])
def test_too_few_rows_to_split(name: str) -> None:
    with pytest.raises(DataError, match="4 rows: an 80/20 split leaves none to score"):
        DESIGNS[name].draw(tiny(0, 1, 0, 1), 2, 0, seed=1)


@pytest.mark.parametrize("name", ["leek", "beam"])
@pytest.mark.parametrize("n", [10, 100])
def test_overlap_is_what_draws_share(name: str, n: int, digits: Dataset) -> None:
    """The expected share of one draw's rows that are in another, against 400 pairs of draws."""
    design = DESIGNS[name]
    draws = [design.draw(digits, n, index, seed=1).train for index in range(800)]
    shares = [np.isin(a, b).mean() for a, b in zip(draws[::2], draws[1::2], strict=True)]
    error = np.std(shares) / math.sqrt(len(shares))
    assert abs(np.mean(shares) - design.overlap(digits, n)) < 4 * error


def test_overlap_of_stratified_is_nadeau_and_bengios(digits: Dataset) -> None:
    rho = DESIGNS["stratified"].overlap(digits, None)
    assert rho / (1 - rho) == pytest.approx(72 / 288)  # n_test / n_train


@ALL
def test_overlap_is_below_one_at_the_whole_pool(design: Design, digits: Dataset) -> None:
    assert 0 < design.overlap(digits, None) < 1


@ALL
def test_a_design_describes_itself(design: Design) -> None:
    assert DESIGNS[design.name] is design
    assert design.describe.endswith(".")
    assert "20" in design.describe


@given(y=st.lists(st.integers(0, 3), min_size=12, max_size=60), n=st.integers(1, 60))
def test_stratified_draws_of_several_classes(y: list[int], n: int) -> None:
    y += [0, 0, 1, 1, 2, 2, 3, 3]
    dataset = replace(tiny(*y), classes=("a", "b", "c", "d"))
    n = min(n, DESIGNS["stratified"].pool_size(dataset))
    draw = DESIGNS["stratified"].draw(dataset, n, 0, seed=1)
    train, scored = (np.bincount(dataset.y[rows], minlength=4) for rows in (draw.train, draw.evaluate))
    assert train.sum() == n
    assert np.all(train + scored <= np.bincount(y))
    assert train.min() >= (n >= 4)
    assert scored.min() >= (len(y) >= 20)


def test_a_stratified_split_needs_classes() -> None:
    numbers = replace(tiny(*range(10)), y=np.arange(10.0), classes=())
    with pytest.raises(UsageError, match="the target of tiny holds numbers") as caught:
        DESIGNS["stratified"].draw(numbers, 5, 0, seed=1)
    assert caught.value.hint == "use --design random"
    assert DESIGNS["random"].draw(numbers, None, 0, seed=1).train.size == 8
