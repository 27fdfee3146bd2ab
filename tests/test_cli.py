"""The real command in a child process: results, bad input, missing engines, interruption."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

QUICK = ("--dataset", "digits", "--draws", "2", "--jobs", "2")


@pytest.fixture
def home(tmp_path, monkeypatch):
    """An empty home that is also the working folder."""
    place = tmp_path / "home"
    place.mkdir()
    monkeypatch.chdir(place)
    return place


def environment(home: Path, **extra: str) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("XDG_", "CROSSFRAME_", "KERAS_"))}
    root = str(Path(__file__).resolve().parents[1])
    return kept | {"HOME": str(home), "PYTHONPATH": root, "COLUMNS": "120"} | extra


def crossframe(home: Path, *words: str, code: int = 0, **extra: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "crossframe", *words],
        capture_output=True, text=True, env=environment(home, **extra), timeout=280,
    )  # fmt: skip
    assert done.returncode == code, done.stdout + done.stderr
    return done


def written(home: Path) -> list[str]:
    return [str(p.relative_to(home)) for p in home.rglob("*") if p.is_file()]


def test_compare_report_and_the_second_time(home):
    words = ("compare", *QUICK, "--n", "10,20", "--contestants", "leekasso.f.lm,leekasso.beam,pixel.centre")
    first = crossframe(home, *words)
    assert first.stdout.splitlines()[0].startswith("data: The 8x8 digits")
    assert "12 cells, 0 stored, 12 to run" in first.stderr
    assert "[12/12]" in first.stderr
    assert (home / "reports/digits-leek/index.html").is_file()
    again = crossframe(home, *words)
    assert "12 stored, 0 to run" in again.stderr
    assert again.stdout == first.stdout
    forced = crossframe(home, *words, "--force", "--no-report")
    assert "0 stored, 12 to run" in forced.stderr
    shown = crossframe(home, "report", "digits-leek", "--report", "elsewhere")
    assert (home / "elsewhere/index.html").is_file()
    assert "Leekasso" in shown.stdout


def test_json_is_all_there_is_on_stdout(home):
    done = crossframe(
        home, "compare", *QUICK, "--n", "20", "--contestants", "leekasso.f.lm,r.glm", "--json", "--no-report"
    )
    result = json.loads(done.stdout)
    assert result["schema"] == 1
    assert {c["contestant"] for c in result["cells"]} == {"leekasso.f.lm", "r.glm"}
    assert all(c["fingerprint_ok"] for c in result["cells"])
    assert len(result["pairs"]) == 1
    assert done.stderr.startswith("data: ")


def test_overrides_change_numbers_and_are_shown(home):
    done = crossframe(
        home, "compare", *QUICK, "--n", "20", "--json", "--no-report",
        "--contestant", "sklearn.logistic", "--contestant", "sklearn.logistic:penalty.l2=10",
    )  # fmt: skip
    result = json.loads(done.stdout)
    plain, changed = result["contestants"]
    assert changed["settings"] == {"penalty.l2": 10.0}
    assert changed["canonical"]["penalty.l2"] == pytest.approx(10.0)
    assert plain["canonical"]["penalty.l2"] == pytest.approx(1 / 20)
    assert result["pairs"][0]["max_dp"] > 0.01


def test_the_decision_rule_is_a_setting_like_any_other(home):
    result = json.loads(
        crossframe(
            home, "compare", *QUICK, "--n", "20", "--json", "--no-report",
            "--contestant", "r.glm", "--contestant", "r.glm:decision.threshold=0.999999",
        ).stdout
    )  # fmt: skip
    own, moved = ([c for c in result["cells"] if c["contestant"] == x["name"]] for x in result["contestants"])
    assert [c["threshold"] for c in moved] == [0.999999] * 2
    assert [c["auc"] for c in own] == [c["auc"] for c in moved]
    assert [c["accuracy"] for c in own] != [c["accuracy"] for c in moved]
    assert result["contestants"][1]["canonical"]["decision.threshold"] == 0.999999


def test_more_contestants_join_those_of_a_preset(home):
    result = json.loads(
        crossframe(
            home, "compare", "--preset", "beam-2017", *QUICK, "--n", "10", "--json", "--no-report",
            "--engines", "sklearn", "--contestant", "sklearn.logistic:C=2",
        ).stdout
    )  # fmt: skip
    names = [c["name"] for c in result["contestants"]]
    assert "sklearn.logistic:C=2" in names
    assert "leekasso.welch.liblinear" in names


def test_an_empty_selection_is_nothing_to_do(home):
    words = ("compare", "--dataset", "digits", "--contestants", "r.glm", "--engines", "sklearn")
    assert "no contestant is left" in crossframe(home, *words, code=5).stderr
    assert "no contestant is left" in crossframe(home, *words[:3], "--contestants", ",", code=5).stderr
    assert written(home) == []


def test_a_password_in_an_address_is_not_published(home):
    result = crossframe(
        home, "compare", *QUICK, "--n", "10", "--contestants", "pixel.centre", "--json", "--no-report",
        "--h2o-url", "http://me:secret@127.0.0.1:1",
    )  # fmt: skip
    assert "secret" not in result.stdout
    assert "http://127.0.0.1:1" in result.stdout


def test_a_defect_of_crossframe_is_exit_3(home, monkeypatch, capsys):
    from crossframe import cli

    monkeypatch.setattr("crossframe.comparison.api.load", lambda *_, **__: 1 / 0)
    assert cli.main(["compare", "--dataset", "digits"]) == 3
    assert "ZeroDivisionError" in capsys.readouterr().err


def test_a_report_that_cannot_be_written_keeps_the_results(home):
    Path("taken").write_text("a file")
    words = ("compare", *QUICK, "--n", "10", "--contestants", "pixel.centre", "--report", "taken/report")
    done = crossframe(home, *words, code=2)
    assert "crossframe report digits-leek --report DIR" in done.stderr


def table(rows: int = 60, **columns) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    x = rng.normal(size=rows)
    data = {"x": x, "z": rng.normal(size=rows), "y": np.where(x + rng.normal(size=rows) > 0, "yes", "no")}
    return pd.DataFrame(data | columns)


def test_own_table(home):
    table(colour=np.resize(["red", "green", "blue"], 60)).to_csv("mine.csv", index=False)
    done = crossframe(
        home,
        "compare",
        "--data",
        "mine.csv",
        "--target",
        "y",
        "--draws",
        "2",
        "--engines",
        "sklearn,r",
        "--json",
    )
    result = json.loads(done.stdout)
    assert result["run"]["design"]["name"] == "stratified"
    assert result["run"]["sizes"] == [48]
    assert result["run"]["dataset"]["classes"] == ["no", "yes"]
    assert result["run"]["dataset"]["features"] == 4
    assert not any(c["failed"] for c in result["cells"])


def test_missing_values_by_each_frameworks_own_handling(home):
    data = table()
    data.loc[3, "x"] = np.nan
    data.to_csv("holes.csv", index=False)
    words = ("compare", "--data", "holes.csv", "--target", "y", "--draws", "2", "--no-report", "--json",
             "--contestants", "r.glm,sklearn.logistic")  # fmt: skip
    refused = crossframe(home, *words, code=2)
    assert "--missing" in refused.stderr
    result = json.loads(crossframe(home, *words, "--missing", "framework").stdout)
    statuses = {(c["contestant"], c["status"]) for c in result["cells"]}
    assert ("sklearn.logistic", "refused by the framework") in statuses
    assert any(name == "r.glm" and status == "converged" for name, status in statuses)


def _bad_table(kind: str) -> None:
    frames = {
        "one class": lambda: table(y="yes"),
        "three classes": lambda: table(y=np.resize(["a", "b", "c"], 60)),
        "infinity": lambda: table(w=np.r_[np.inf, np.zeros(59)]),
        "hole": lambda: table(w=np.r_[np.nan, np.zeros(59)]),
        "levels": lambda: table(10_000, name=[f"person {i}" for i in range(10_000)]),
    }
    frames[kind]().to_csv("bad.csv", index=False)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("one class", ["'y'", "yes"]),
        ("three classes", ["'y'", "a", "b", "c"]),
        ("infinity", ["'w'", "row 2"]),
        ("hole", ["w", "--missing"]),
        ("levels", ["'name'", "10000"]),
    ],
)
def test_bad_tables(home, kind, words):
    _bad_table(kind)
    done = crossframe(home, "compare", "--data", "bad.csv", "--target", "y", code=2)
    assert "bad.csv" in done.stderr
    for word in words:
        assert word in done.stderr.replace("10,000", "10000")
    assert written(home) == ["bad.csv"]
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--n", "0"], ["--n 0"]),
        (["--n", "10,abc"], ["'abc'"]),
        (["--n", "500"], ["--n 500", "288"]),
        (["--design", "leak"], ["unknown design 'leak'", "did you mean leek"]),
        (["--dataset", "mnits"], ["unknown data set 'mnits'", "did you mean mnist"]),
        (["--engines", "torch"], ["unknown engine 'torch'"]),
        (["--contestants", "h2o.mpl"], ["unknown contestant 'h2o.mpl'", "did you mean h2o.mlp"]),
        (["--contestant", "h2o.mlp:standardise=false"], ["'standardise'", "did you mean standardize"]),
        (["--contestant", "h2o.mlp:standardize=perhaps"], ["standardize=perhaps", "true or false"]),
        (["--contestant", "keras.mlp:optimizer.rule=sdg"], ["did you mean sgd"]),
        (["--draws", "0"], ["--draws 0"]),
        (["--jobs", "0"], ["--jobs 0"]),
        (["--seed", "-1"], ["--seed -1"]),
        (["--digits", "3,3"], ["--digits 3,3"]),
        (["--preset", "leek"], ["unknown preset 'leek'", "leek-2017"]),
        (["--target", "y"], ["--data FILE"]),
        (["--data", "nowhere.csv", "--target", "y"], ["nowhere.csv"]),
        (["--frobnicate"], ["--frobnicate", "--help"]),
        (["--missing", "ignore"], ["--missing", "ignore"]),
    ],
)
def test_bad_options(home, words, told):
    if "--dataset" not in words and "--data" not in words:
        words = ["--dataset", "digits", *words]
    done = crossframe(home, "compare", *words, code=2)
    for word in told:
        assert word in done.stderr
    assert written(home) == []


def test_missing_target_column(home):
    table().to_csv("mine.csv", index=False)
    done = crossframe(home, "compare", "--data", "mine.csv", "--target", "yy", code=2)
    assert "'yy'" in done.stderr
    assert "did you mean y" in done.stderr


def test_unreadable_and_truncated_files(home):
    Path("noise.csv").write_bytes(bytes(range(256)) * 50)
    assert "noise.csv" in crossframe(home, "compare", "--data", "noise.csv", "--target", "y", code=2).stderr
    folder = home / "data"
    folder.mkdir()
    np.savez(folder / "whole.npz", x_train=np.zeros((100, 28, 28), dtype=np.uint8))
    whole = (folder / "whole.npz").read_bytes()
    (folder / "mnist.npz").write_bytes(whole[: len(whole) // 2])
    for dataset in ("mnist", "auto"):
        done = crossframe(home, "compare", "--dataset", dataset, "--data-dir", "data", code=2)
        assert "mnist.npz" in done.stderr
        assert "crossframe data fetch mnist" in done.stderr


def test_config_file_is_beaten_by_flags_and_tells_all_its_errors(home):
    Path("good.toml").write_text(
        'n = [10, 20]\ndraws = 1\ndataset = "digits"\ncontestants = ["pixel.centre"]\n'
    )
    result = json.loads(
        crossframe(home, "compare", "--config", "good.toml", "--n", "15", "--json", "--no-report").stdout
    )
    assert result["run"]["sizes"] == [15]
    assert result["run"]["draws"] == 1
    Path("bad.toml").write_text("darws = 1\nsede = 2\n")
    told = crossframe(home, "compare", "--config", "bad.toml", code=2).stderr
    assert "did you mean draws" in told
    assert "did you mean seed" in told


def without(home: Path, *programs: str) -> str:
    """A PATH that holds everything but some programs."""
    place = home.parent / "bin"
    place.mkdir(exist_ok=True)
    for folder in os.environ["PATH"].split(os.pathsep):
        for found in Path(folder).glob("*") if Path(folder).is_dir() else ():
            if found.name not in programs and not os.path.lexists(place / found.name):
                (place / found.name).symlink_to(found)
    return str(place)


@pytest.mark.parametrize(("programs", "engine"), [(("R", "Rscript"), "r"), (("java",), "h2o")])
def test_without_a_runtime_the_rest_runs(home, programs, engine):
    path = without(home, *programs)
    words = ("compare", *QUICK, "--n", "20", "--draws", "1", "--no-report")
    rest = crossframe(home, *words, "--json", code=6, PATH=path, R_HOME="", JAVA_HOME="")
    assert f"missing: {engine}" in rest.stderr
    assert "mend: " in rest.stderr
    result = json.loads(rest.stdout)
    statuses = {c["status"] for c in result["cells"] if c["contestant"].startswith(f"{engine}.")}
    assert statuses == {"engine missing"}
    assert sum(c["usable"] for c in result["cells"]) > 10
    named = crossframe(
        home, *words, "--contestants", f"{engine}.glm", code=4, PATH=path, R_HOME="", JAVA_HOME=""
    )
    assert "mend: " in named.stderr


def test_without_tensorflow_the_rest_runs(home):
    stub = home.parent / "stub" / "tensorflow"
    stub.mkdir(parents=True)
    (stub / "__init__.py").write_text("raise ImportError('no TensorFlow on this machine')\n")
    path = os.pathsep.join([str(stub.parent), str(Path(__file__).resolve().parents[1])])
    words = ("compare", *QUICK, "--n", "20", "--draws", "1", "--no-report", "--engines", "keras,sklearn")
    done = crossframe(home, *words, code=4, PYTHONPATH=path)
    assert "keras" in done.stderr
    words = ("compare", *QUICK, "--n", "20", "--draws", "1", "--no-report", "--json")
    result = json.loads(crossframe(home, *words, code=6, PYTHONPATH=path).stdout)
    missing = {m["engine"] for m in result["run"]["missing_engines"]}
    assert {"keras", "rkeras"} <= missing


def test_ctrl_c_keeps_what_is_done_and_tells_how_to_go_on(home):
    words = ["compare", *QUICK, "--n", "10:60", "--contestants", "leekasso.f.lm,sklearn.mlp", "--no-report"]
    run = subprocess.Popen(
        [sys.executable, "-m", "crossframe", *words],
        env=environment(home), stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    assert run.stderr is not None
    for line in run.stderr:
        if line.startswith("[3/"):
            break
    run.send_signal(signal.SIGINT)
    rest = run.stderr.read()
    run.stderr.close()
    assert run.wait(timeout=30) == 130
    assert "To go on: crossframe compare" in rest
    stored = crossframe(home, *words, "--quiet", "--json")
    assert len(json.loads(stored.stdout)["cells"]) == 204


@pytest.mark.parametrize("what", ["engines", "models", "settings", "designs", "presets", "runs"])
def test_lists(home, what):
    listed = json.loads(crossframe(home, "list", what, "--json").stdout)
    assert listed["schema"] == 1
    if what == "models":
        assert len(listed["contestants"]) == 22
    assert crossframe(home, "list", what).stdout


def test_data_list(home):
    rows = json.loads(crossframe(home, "data", "list", "--json").stdout)["data"]
    assert {r["name"]: r["verified"] for r in rows} == {"mnist": False, "digits": True}
    assert crossframe(home, "data", "verify", "digits").stdout.strip() == "scikit-learn"
    assert "mnits" in crossframe(home, "data", "verify", "mnits", code=2).stderr


def test_help_is_quick_and_imports_nothing_heavy(home):
    done = crossframe(home, "--help", PYTHONPROFILEIMPORTTIME="1")
    assert "exit codes: 0 ok, 1 differs, 2 usage" in " ".join(done.stdout.split())
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "crossframe.cli" in loaded
    assert not loaded & {"numpy", "pandas", "sklearn", "tensorflow", "h2o", "rpy2", "matplotlib", "rich"}
