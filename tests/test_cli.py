"""The command: results, bad input, missing engines. What is about the process itself: test_process.py."""

from __future__ import annotations

import json
import os
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

from crossframe.compare.again import loading
from crossframe.experiment.contestants import CONTESTANTS
from crossframe.experiment.store import opened
from crossframe.frameworks.pool import Pool, sharing
from crossframe.frameworks.registry import models
from tests.command import ROOT, files
from tests.tables import BAD, table

QUICK = ("--dataset", "digits", "--draws", "2", "--jobs", "2")


def test_compare_report_and_the_second_time(home, command):
    words = ("compare", *QUICK, "--n", "10,20", "--contestants", "leekasso.f.lm,leekasso.beam,pixel.centre")
    first = command(*words)
    assert first.stdout.splitlines()[0].startswith("data: The 8x8 digits")
    assert "12 cells, 0 stored, 12 to run" in first.stderr
    assert "[12/12]" in first.stderr
    assert (home / "reports/digits-leek/index.html").is_file()
    again = command(*words)
    assert "12 stored, 0 to run: no framework is started" in again.stderr
    assert again.stdout == first.stdout
    forced = command(*words, "--force", "--no-report")
    assert "0 stored, 12 to run" in forced.stderr
    shown = command("report", "digits-leek", "--report", "elsewhere")
    assert (home / "elsewhere/index.html").is_file()
    assert "Leekasso" in shown.stdout


def test_json_is_all_there_is_on_stdout(command):
    done = command(
        "compare", *QUICK, "--n", "20", "--contestants", "leekasso.f.lm,r.glm", "--json", "--no-report"
    )
    result = json.loads(done.stdout)
    assert result["schema"] == 1
    assert {c["contestant"] for c in result["cells"]} == {"leekasso.f.lm", "r.glm"}
    assert all(c["fingerprint_ok"] for c in result["cells"])
    assert len(result["pairs"]) == 1
    assert done.stderr.startswith("data: ")


def test_overrides_change_numbers_and_are_shown(command):
    done = command("compare", *QUICK, "--n", "20", "--json", "--no-report",
        "--contestant", "sklearn.logistic", "--contestant", "sklearn.logistic:penalty.l2=10",
    )  # fmt: skip
    result = json.loads(done.stdout)
    plain, changed = result["contestants"]
    assert changed["settings"] == {"penalty.l2": 10.0}
    assert changed["canonical"]["penalty.l2"] == pytest.approx(10.0)
    assert plain["canonical"]["penalty.l2"] == pytest.approx(1 / 20)
    assert result["pairs"][0]["max_dp"] > 0.01


def test_the_decision_rule_is_a_setting_like_any_other(command):
    result = json.loads(
        command("compare", *QUICK, "--n", "20", "--json", "--no-report",
            "--contestant", "r.glm", "--contestant", "r.glm:decision.threshold=0.999999",
        ).stdout
    )  # fmt: skip
    own, moved = ([c for c in result["cells"] if c["contestant"] == x["name"]] for x in result["contestants"])
    assert [c["threshold"] for c in moved] == [0.999999] * 2
    assert [c["auc"] for c in own] == [c["auc"] for c in moved]
    assert [c["accuracy"] for c in own] != [c["accuracy"] for c in moved]
    assert result["contestants"][1]["canonical"]["decision.threshold"] == 0.999999


def test_more_contestants_join_those_of_a_preset(command):
    result = json.loads(
        command("compare", "--preset", "beam-2017", *QUICK, "--n", "10", "--json", "--no-report",
            "--engines", "sklearn", "--contestant", "sklearn.logistic:C=2",
        ).stdout
    )  # fmt: skip
    names = [c["name"] for c in result["contestants"]]
    assert "sklearn.logistic:C=2" in names
    assert "leekasso.welch.liblinear" in names


def test_an_empty_selection_is_nothing_to_do(home, command):
    words = ("compare", "--dataset", "digits", "--contestants", "r.glm", "--engines", "sklearn")
    assert "no contestant is left" in command(*words, code=5).stderr
    assert "no contestant is left" in command(*words[:3], "--contestants", ",", code=5).stderr
    assert files(home) == []


def test_a_password_in_an_address_is_refused_and_not_repeated(command):
    done = command("compare", *QUICK, "--h2o-url", "http://me:secret@127.0.0.1:1", code=2)
    assert "secret" not in done.stdout + done.stderr
    assert "CROSSFRAME_H2O_PASSWORD" in done.stderr


def test_a_defect_of_crossframe_is_exit_3(home, monkeypatch, capsys):
    from crossframe.cli import main as cli

    monkeypatch.setattr(import_module("crossframe.compare.api"), "load", lambda *_, **__: 1 / 0)
    assert cli.main(["compare", "--dataset", "digits"]) == 3
    assert "ZeroDivisionError" in capsys.readouterr().err


def test_a_report_that_cannot_be_written_keeps_the_results(command):
    words = ("compare", *QUICK, "--n", "10", "--contestants", "pixel.centre", "--report")
    done = command(*words, "/proc/crossframe/report", code=2)
    assert "crossframe report NAME --report DIR" in done.stderr
    assert "digits-leek" in command("list", "runs").stdout


def test_a_report_in_a_file_is_refused_before_anything_is_computed(command):
    Path("taken").write_text("a file")
    done = command("compare", *QUICK, "--report", "taken/report", code=2)
    assert "taken is a file; give a folder" in done.stderr
    assert "no runs" in command("list", "runs").stdout


def test_own_table(command):
    table(colour=np.resize(["red", "green", "blue"], 60)).to_csv("mine.csv", index=False)
    done = command(
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
        "--no-report",
    )
    result = json.loads(done.stdout)
    assert result["run"]["design"]["name"] == "stratified"
    assert result["run"]["sizes"] == [48]
    assert result["run"]["dataset"]["classes"] == ["no", "yes"]
    assert result["run"]["dataset"]["features"] == 4
    assert not any(c["failed"] for c in result["cells"])


def test_missing_values_by_each_frameworks_own_handling(command):
    data = table()
    data.loc[3, "x"] = np.nan
    data.to_csv("holes.csv", index=False)
    words = ("compare", "--data", "holes.csv", "--target", "y", "--draws", "2", "--no-report", "--json",
             "--contestants", "r.glm,sklearn.logistic")  # fmt: skip
    refused = command(*words, code=2)
    assert "--missing" in refused.stderr
    result = json.loads(command(*words, "--missing", "framework", code=6).stdout)
    statuses = {(c["contestant"], c["status"]) for c in result["cells"]}
    assert ("sklearn.logistic", "refused by the framework") in statuses
    assert any(name == "r.glm" and status == "converged" for name, status in statuses)


@pytest.mark.parametrize("kind", [kind for kind in BAD if kind != "three classes"])
def test_bad_tables(home, kind, command):
    make, words = BAD[kind]
    make().to_csv("bad.csv", index=False)
    done = command("compare", "--data", "bad.csv", "--target", "y", code=2)
    for word in ("bad.csv", *words):
        assert word in done.stderr
    assert files(home) == ["bad.csv"]
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--n", "0"], ["--n 0"]),
        (["--n", "10,abc"], ["'abc'"]),
        (["--n", "500"], ["--n 500", "288"]),
        (["--design", "leak"], ["unknown design 'leak'", "did you mean leek"]),
        (["--dataset", "mnits"], ["unknown data set 'mnits'", "did you mean mnist"]),
        (["--engines", "matlab"], ["'matlab'", "sklearn"]),
        (["--contestants", "h2o.mpl"], ["unknown model 'h2o.mpl'", "did you mean h2o.mlp"]),
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
        (["--data", "t.csv", "--digits", "0,1"], ["--digits has no use with --data"]),
        (["--contestant", "sklearn.logistic:C=10,C=1"], ["C is given more than once"]),
        (["--contestant", "sklearn.logistic:C=1,penalty.l2=0.1"], ["penalty.l2 and C are two spellings"]),
        (["--frobnicate"], ["--frobnicate", "--help"]),
        (["--missing", "ignore"], ["--missing", "ignore"]),
    ],
)
def test_bad_options(home, words, message, command):
    if "--dataset" not in words and "--data" not in words:
        words = ["--dataset", "digits", *words]
    done = command("compare", *words, code=2)
    for word in message:
        assert word in done.stderr
    assert files(home) == []


def test_missing_target_column(command):
    table().to_csv("mine.csv", index=False)
    done = command("compare", "--data", "mine.csv", "--target", "yy", code=2)
    assert "'yy'" in done.stderr
    assert "did you mean y" in done.stderr


def test_unreadable_and_truncated_files(home, command):
    Path("noise.csv").write_bytes(bytes(range(256)) * 50)
    assert "noise.csv" in command("compare", "--data", "noise.csv", "--target", "y", code=2).stderr
    folder = home / "data"
    folder.mkdir()
    np.savez(folder / "whole.npz", x_train=np.zeros((100, 28, 28), dtype=np.uint8))
    whole = (folder / "whole.npz").read_bytes()
    (folder / "mnist.npz").write_bytes(whole[: len(whole) // 2])
    for dataset in ("mnist", "auto"):
        done = command("compare", "--dataset", dataset, "--data-dir", "data", code=2)
        assert "mnist.npz" in done.stderr
        assert "crossframe data fetch mnist" in done.stderr


def test_config_file_is_beaten_by_flags_and_tells_all_its_errors(command):
    Path("good.toml").write_text(
        'n = [10, 20]\ndraws = 1\ndataset = "digits"\ncontestants = ["pixel.centre"]\n'
    )
    result = json.loads(
        command("compare", "--config", "good.toml", "--n", "15", "--json", "--no-report").stdout
    )
    assert result["run"]["sizes"] == [15]
    assert result["run"]["draws"] == 1
    Path("bad.toml").write_text("darws = 1\nsede = 2\n")
    told = command("compare", "--config", "bad.toml", code=2).stderr
    assert "did you mean draws" in told
    assert "did you mean seed" in told


def test_a_tilde_is_the_home_folder(home, command):
    table().to_csv("mine.csv", index=False)
    Path("run.toml").write_text(
        'data = "~/mine.csv"\ntarget = "y"\nstore = "~/s"\nn = 20\ndraws = 1\n'
        'contestants = ["sklearn.logistic"]\nno-report = true\n'
    )
    command("compare", "--config", "~/run.toml")
    assert files(home) == ["mine.csv", "run.toml", "s"]
    with opened(home / "s") as store:
        assert store.get_run("latest")["loading"]["name_or_path"] == str(home / "mine.csv")
    again = loading(
        "~/mine.csv", target="y", positive=None, digits=(0, 1), missing="drop", data_dir=Path("~"),
        classes=False, features=None, drop=(), formula=None,
    )  # fmt: skip
    assert (again["name_or_path"], again["data_dir"]) == (str(home / "mine.csv"), str(home))


def without(home: Path, *programs: str) -> str:
    """A PATH that holds everything but some programs."""
    place = home.parent / "bin"
    place.mkdir(exist_ok=True)
    for folder in os.environ["PATH"].split(os.pathsep):
        for found in Path(folder).glob("*") if Path(folder).is_dir() else ():
            if found.name not in programs and not os.path.lexists(place / found.name):
                (place / found.name).symlink_to(found)
    return str(place)


@pytest.mark.parametrize(("programs", "engine"), [
    pytest.param(("R", "Rscript"), "r", marks=pytest.mark.slow), (("java",), "h2o"),
])  # fmt: skip
def test_without_a_runtime_the_rest_runs(home, programs, engine, command, monkeypatch):
    monkeypatch.setenv("PATH", without(home, *programs))
    monkeypatch.setenv("R_HOME", "")
    monkeypatch.setenv("JAVA_HOME", "")
    words = ("compare", *QUICK, "--n", "20", "--draws", "1", "--no-report")
    rest = command(*words, "--contestants", "leekasso", "--json", code=6)
    assert f"missing: {engine}" in rest.stderr
    assert "remedy: " in rest.stderr
    result = json.loads(rest.stdout)
    models = {c["name"]: c["model"] for c in result["contestants"]}
    missing = {c["contestant"] for c in result["cells"] if c["status"] == "engine missing"}
    assert missing == {name for name, model in models.items() if model.startswith(f"{engine}.")}
    assert sum(c["usable"] for c in result["cells"]) == len(models) - len(missing) >= 6
    named = command(*words, "--contestants", f"{engine}.glm", code=4)
    assert "remedy: " in named.stderr
    # A formula gives the model its intercept, or takes it away, and with it another name.
    table().to_csv("t.csv", index=False)
    words = ("compare", "--data", "t.csv", "--formula", "y ~ x - 1", "--no-report")
    assert "asked for" in command(*words, "--contestants", f"sklearn.logistic,{engine}.glm", code=4).stderr


@pytest.mark.slow
def test_an_engine_that_does_not_start_is_missing_and_the_rest_runs(home, command, monkeypatch):
    stub = home.parent / "stub" / "tensorflow"
    stub.mkdir(parents=True)
    (stub / "__init__.py").write_text("raise ImportError('no TensorFlow on this machine')\n")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(stub.parent), str(ROOT)]))
    with Pool() as own, sharing(own):
        words = ("compare", *QUICK, "--n", "20", "--draws", "1", "--no-report", "--json")
        done = command(*words, "--contestants", "logistic", "--engines", "keras,sklearn", code=4)
        missing = {m["engine"] for m in json.loads(done.stdout)["run"]["missing_engines"]}
        assert missing == {"keras"}
        assert "keras" in done.stderr


@pytest.fixture
def java_that_ends(home, monkeypatch):
    """A Java that tells its version and cannot run anything."""
    java = home.parent / "java" / "bin" / "java"
    java.parent.mkdir(parents=True)
    java.write_text(
        "#!/bin/sh\n[ $1 = -version ] && echo 'openjdk version \"17.0.1\"' >&2 && exit\n"
        "echo 'cannot create the machine'; exit 1\n"
    )
    java.chmod(0o755)
    monkeypatch.setenv("H2O_JAVA_HOME", str(java.parents[1]))


VERBS = [
    ("compare", "--dataset", "digits", "--n", "20", "--draws", "1", "--no-report", "--contestants", "{}"),
    ("explain", "{}", "{}:intercept=false", "--n", "20"),
    ("explain", "{}", "{}:intercept=false", "--n", "20", "--draws", "2"),
    ("audit", "{}"),
    ("audit", "{}", "--check"),
]


@pytest.mark.parametrize(
    "words",
    [pytest.param(w, marks=pytest.mark.slow) if {"compare", "audit", "--draws"} & {*w} else w for w in VERBS],
    ids=" ".join,
)
def test_an_engine_that_does_not_start_is_named_by_every_verb(words, java_that_ends, command):
    with Pool() as own, sharing(own):
        done = command(*(word.format("h2o.glm") for word in words), code=4)
    assert "cannot create the machine" in " ".join((done.stdout + done.stderr).split())
    assert "h2o" in done.stdout + done.stderr
    assert "defect" not in done.stderr


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(w, marks=pytest.mark.slow) if {"explain", "audit"} & {*w} else w
        for w in VERBS
        if "--check" not in w
    ],
    ids=" ".join,
)
def test_without_a_temporary_folder_every_verb_says_so(words, home, command, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(home / "gone"))
    with Pool() as own, sharing(own):
        done = command(*(word.format("sklearn.logistic") for word in words), code=4)
        report = json.loads(command("doctor", "--quick", "--json", code=4).stdout)
    assert "no folder for temporary files" in " ".join((done.stdout + done.stderr).split())
    assert "crossframe doctor" in done.stdout + done.stderr
    (check,) = (c for c in report["checks"] if c["name"] == "temporary files")
    assert "TMPDIR" in check["remedy"]


@pytest.mark.parametrize(
    "what",
    # The table of all settings has thousands of rows; test_messages.py has that of one model.
    ["engines", "models", "designs", "presets", "runs", pytest.param("settings", marks=pytest.mark.slow)],
)
def test_lists(command, what):
    listed = json.loads(command("list", what, "--json").stdout)
    assert listed["schema"] == 1
    if what == "models":
        assert set(CONTESTANTS) | set(models()) == {row["name"] for row in listed["contestants"]}
    assert command("list", what).stdout


def test_data_list(command):
    rows = json.loads(command("data", "list", "--json").stdout)["data"]
    assert {r["name"]: r["verified"] for r in rows} == {"mnist": False, "digits": True}
    assert command("data", "verify", "digits").stdout.strip() == "scikit-learn"
    assert "mnits" in command("data", "verify", "mnits", code=2).stderr
