"""The notable gaps of a comparison, explained beside its report: real commands on the bundled digits."""

from __future__ import annotations

import json
import shlex
from types import SimpleNamespace

import pytest

from crossframe.compare import again, explained
from crossframe.compare.again import open_run
from crossframe.compare.api import compare
from crossframe.core.errors import DataError, NothingToDo, UsageError
from crossframe.experiment.store import Store
from crossframe.explain import runs
from crossframe.explain.api import keep

GRID = ("--dataset", "digits", "--n", "40", "--draws", "3", "--jobs", "2", "--quiet")
WEAK, STRONG = "sklearn.logistic:C=0.001", "sklearn.logistic:C=100"


@pytest.fixture(scope="module")
def compared(tmp_path_factory):
    """A store with one run: two penalties, and one of them a second time under another solver."""
    store = tmp_path_factory.mktemp("compared") / "store.sqlite"
    compare(
        40, draws=3, dataset="digits", store=store, jobs=2, name="penalties",
        contestants=[WEAK, STRONG, "sklearn.logistic:C=100,tol=1e-6"],
    )  # fmt: skip
    return store


def test_the_notable_gaps_are_the_large_ones(compared):
    rows = runs.notable(open_run(store=compared))
    assert {WEAK, STRONG} in [{r["left"], r["right"]} for r in rows]
    assert all(r["digits"] < runs.AGREEING for r in rows)
    assert runs.notable(open_run(store=compared), top=1) == rows[:1]


@pytest.mark.slow
def test_labels_that_differ_where_scores_agree_are_notable(tmp_path):
    pair = ("sklearn.logistic", "sklearn.logistic:decision.threshold=1e-4")
    compare(40, draws=2, dataset="digits", store=tmp_path / "s", jobs=1, contestants=list(pair))
    (row,) = runs.notable(open_run(store=tmp_path / "s"))
    assert row["digits"] >= runs.AGREEING
    assert row["alike"] < 1
    (found,) = runs.explain_run(store=tmp_path / "s").pairs
    assert found.explanation.causes == ("decision.threshold",)


@pytest.mark.slow
def test_the_digits_asked_for(compared, home, command):
    """Of a pair whose labels differ the digits of the scores do not count."""
    words = ("explain", "--store", str(compared), "--run", "latest", "--fail-over")
    command(*words, "6", code=1)
    command(*words, "0")
    pair = ("sklearn.logistic", "sklearn.logistic:decision.threshold=1e-4")
    compare(40, draws=2, dataset="digits", store=home / "s", jobs=1, contestants=list(pair))
    command("explain", "--store", "s", "--fail-over", "0", code=1)


def test_the_same_rows_are_explained_and_nothing_is_fitted_twice(compared, tmp_path):
    found = runs.explain_run(pair=(WEAK, STRONG), store=compared)
    (pair,) = found.pairs
    run = open_run(store=compared)
    assert pair.explanation.data["fingerprint"] == run.run["dataset"]["fingerprint"]
    kept = Store(compared)
    spec = kept.get_run("latest")
    (stored,) = (
        kept.get([c["key"]])[c["key"]] for c in spec["cells"] if (c["contestant"], c["draw"]) == (WEAK, 0)
    )
    kept.close()
    assert pair.explanation.outcomes[0].seconds == stored.fields["timings"]["fit"]
    assert pair.explanation.to_dict()["causes"][0]["setting"] == "penalty.l2"
    # Those of other rows are kept beside it, the same one over itself.
    kept = Store(tmp_path / "kept")
    for seed, design in ((1, "leek"), (2, "leek"), (1, "stratified"), (1, "leek")):
        keep(pair.explanation, kept, seed, design)
    assert len(kept.results()) == 3
    kept.close()


def test_an_experiment_comes_back_cell_by_cell(compared):
    kept = Store(compared)
    spec = kept.get_run("latest")
    kept.close()
    cells = [(c.contestant.name, c.n, c.draw, c.key) for c in again.experiment(spec).cells()]
    assert cells == [(c["contestant"], c["n"], c["draw"], c["key"]) for c in spec["cells"]]


def test_data_that_changed_are_not_explained(tmp_path):
    import numpy as np

    def table(seed):
        rng = np.random.default_rng(seed)
        X = rng.normal(size=(60, 2))
        rows = np.column_stack([X, X @ [1, 1] + rng.normal(size=60) > 0])
        np.savetxt(tmp_path / "t.csv", rows, delimiter=",", header="a,b,y", comments="", fmt="%.6f")

    table(0)
    compare(
        draws=2, data=tmp_path / "t.csv", target="y", store=tmp_path / "s", contestants=[WEAK, STRONG], jobs=1
    )
    table(1)
    with pytest.raises(DataError, match="has changed"):
        runs.explain_run(pair=(WEAK, STRONG), store=tmp_path / "s")
    (tmp_path / "t.csv").unlink()
    with pytest.raises(UsageError, match=r"t\.csv"):
        runs.explain_run(pair=(WEAK, STRONG), store=tmp_path / "s")


def test_what_cannot_be_asked(compared, tmp_path):
    with pytest.raises(NothingToDo, match="no comparison"):
        runs.explain_run(store=tmp_path / "empty.sqlite")
    with pytest.raises(UsageError, match="unknown contestant"):
        runs.explain_run(pair=(WEAK, "r.glm"), store=compared)
    with pytest.raises(UsageError, match="not a size of the run"):
        runs.explain_run(pair=(WEAK, STRONG), n=41, store=compared)
    kept = Store(compared)
    spec = kept.get_run("latest")
    kept.close()
    with pytest.raises(UsageError, match="earlier crossframe"):
        again.experiment({k: v for k, v in spec.items() if k != "loading"})


def test_causes_that_enlarge_a_difference_are_in_the_overview():
    shares = [SimpleNamespace(setting=name, fraction=part) for name, part in
              (("a", 1.4), ("b", -0.4), ("c", 1e-5), ("d", -1e-5))]  # fmt: skip
    found = SimpleNamespace(
        over_draws=False, causes=tuple("abcd"), attribution=SimpleNamespace(causes=shares)
    )
    assert runs._causes(found) == ["a", "b"]


@pytest.mark.slow
def test_pages_and_links(home, command):
    nothing = command("explain", code=5)
    assert "crossframe compare" in nothing.stderr
    sides = ("--contestant", WEAK, "--contestant", STRONG)
    command("compare", *GRID, *sides)
    report = home / "reports/digits-leek"
    run = json.loads((report / "result.json").read_text())["run"]["id"]
    words = explained.command(WEAK, STRONG, 40, run)
    page = (report / "index.html").read_text().replace("<wbr>", "")
    assert f"<code>{words}</code>" in page
    assert f"`{words}`" in (report / "README.md").read_text()

    done = command(*shlex.split(words)[1:])
    assert "penalty.l2" in done.stdout
    (entry,) = explained.pages(report, run).values()
    link = f"explain/{entry['page']}"
    assert f'<a href="{link}">' in (report / "index.html").read_text()
    assert (report / link).is_file()
    assert words not in (report / "index.html").read_text()

    every = command("explain", "--json")
    told = json.loads(every.stdout)
    assert [e["verdict"] for e in told["explanations"]] == ["explained"]
    link = f'<a href="{entry["page"]}">explained by settings</a>'
    assert link in (report / "explain/index.html").read_text()

    command("compare", *GRID, *sides, "--seed", "7")
    assert "explain/" not in (report / "index.html").read_text()


def test_links_are_only_to_pages_of_the_run(tmp_path):
    place = tmp_path / explained.FOLDER
    place.mkdir()
    entry = {"left": "a", "right": "b", "n": 10, "page": "a--b/index.html", "verdict": "agree"}
    (place / explained.INDEX).write_text(json.dumps({"run": "one", "pairs": [entry]}))
    assert explained.pages(tmp_path, "one") == {}
    (place / "a--b").mkdir()
    (place / "a--b/index.html").write_text("")
    assert explained.pages(tmp_path, "one") == {("a", "b", 10): entry}
    assert explained.pages(tmp_path, "two") == {}
    (place / explained.INDEX).write_text("{")
    assert explained.pages(tmp_path, "one") == {}
