"""The real command: what it prints, writes and returns."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest


def test_one_model_in_every_form(home, command):
    first = command("audit", "r.glm", "--report", "here")
    for word in ("epsilon", "link", "1e-08", "maxit", "active"):
        assert word in first.stdout
    assert {p.name for p in (home / "here").iterdir()} == {
        "index.html",
        "README.md",
        "tables.csv",
        "result.json",
    }
    found = json.loads(command("audit", "r.glm", "--json").stdout)
    (model,) = found["models"]
    assert (found["schema"], model["model"], model["coverage"]) == (1, "r.glm", 1.0)
    assert {"name": "epsilon", "declared": 1e-08}.items() <= {
        k: v for p in model["parameters"] if p["name"] == "epsilon" for k, v in p.items()
    }.items()
    assert "| epsilon" in command("audit", "r.glm", "--markdown").stdout.replace("[", "").replace(
        "glm.control.", ""
    )
    assert command("audit", "r.glm", "--csv").stdout.startswith("part,table,")


def test_an_edited_default_is_one_line_and_exit_code_1(home, command):
    command("audit", "sklearn.logistic", "--save", "before.json")
    unchanged = command("audit", "sklearn.logistic", "--against", "before.json")
    assert "nothing has changed" in unchanged.stdout
    file = home / "before.json"
    snapshot = json.loads(file.read_text())
    snapshot["models"]["sklearn.logistic"]["LogisticRegression.C"]["value"] = 2.0
    snapshot["models"]["sklearn.logistic"]["LogisticRegression.C"]["effective"] = 2.0
    file.write_text(json.dumps(snapshot))
    drifted = command("audit", "sklearn.logistic", "--against", "before.json", "--json", code=1)
    (against,) = json.loads(drifted.stdout)["against"]
    (change,) = against["changes"]
    assert change == {"kind": "value", "model": "sklearn.logistic", "parameter": "LogisticRegression.C",
                      "before": 2.0, "after": 1.0}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("not json", "not JSON"),
        ('{"schema": 99, "kind": "crossframe-audit"}', "99"),
        ("[1, 2]", "snapshot"),
    ],
)
def test_a_snapshot_that_is_none(home, text, words, command):
    (home / "bad.json").write_text(text)
    done = command("audit", "sklearn.logistic", "--against", "bad.json", code=2)
    assert "bad.json" in done.stderr
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_what_could_not_be_compared_is_no_agreement(command, monkeypatch):
    """Without R nothing of R has been compared, and the exit code says so."""
    command("audit", "--engines", "r", "--save", "before.json")
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent))
    monkeypatch.setenv("R_HOME", "/nowhere")
    done = command("audit", "--engines", "r", "--against", "before.json", code=4)
    assert "r was not audited" in done.stderr
    assert "nothing has changed in what could be compared; 5 models could not" in " ".join(
        done.stdout.split()
    )


def test_a_hostile_name_is_harmless_everywhere(home, command):
    command("audit", "r.lm", "--save", "before.json")
    snapshot = json.loads((home / "before.json").read_text())
    value = "<img src=x onerror=alert(1)>\u001b[31m"
    unknown = {"effective": None, "state": None, "setting": None}
    snapshot["models"]["r.lm"]["=cmd|'/c calc'!A0"] = {"value": value, **unknown}
    (home / "before.json").write_text(json.dumps(snapshot))
    shown = {
        form: command("audit", "r.lm", "--against", "before.json", *words, code=1).stdout
        for form, words in {"terminal": (), "csv": ("--csv",), "markdown": ("--markdown",)}.items()
    }
    assert all("\x1b" not in text for text in shown.values())
    assert "\n=cmd" not in shown["csv"]
    assert ",=cmd" not in shown["csv"]
    assert "<img" not in shown["markdown"]


def test_a_setting_in_full_with_its_experiments(home, command):
    done = command("audit", "sklearn.mlp", "--setting", "optimizer.momentum")
    assert "momentum is inert in sklearn.mlp" in done.stdout
    assert "agree with its rule" in done.stdout


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("sklearn.logistic", "--setting", "nothing"), "unknown setting"),
        (("--setting", "C"), "one model"),
        (("--check", "--learning-rates"), "one question at a time"),
        (("--check", "--save", "x.json"), "--save has no use with --check"),
        (("sklearn.logistc",), "did you mean"),
        (("--against", "numpy==1.0"), "unknown package"),
        (("--engines", "spark"), "unknown engine"),
        (("--n", "1"), "training sample of 1"),
        (("--n", "0"), "training sample of 0"),
        (("sklearn.logistic", "sklearn.sgd", "--save", "x.json"), "--save has no use with two models"),
        (("sklearn.logistic", "--learning-rates"), "MODEL has no use with --learning-rates"),
    ],
)
def test_a_wrong_command_line(home, words, message, command):
    done = command("audit", *words, code=2)
    assert message in done.stderr
    assert not done.stdout


def test_a_missing_framework_is_named_and_the_rest_is_done(command, monkeypatch):
    monkeypatch.setitem(sys.modules, "h2o", None)
    done = command("audit", "r.lm", "h2o.glm", code=4)
    assert "h2o was not audited" in done.stderr
    done = command("audit", "--engines", "r,h2o", "--quiet", code=4)
    assert "h2o was not audited" in done.stderr
    assert "r.glm" in done.stdout
