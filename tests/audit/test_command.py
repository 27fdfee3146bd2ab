"""The real command: what it prints, writes and returns."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest

from crossframe.frameworks.pool import Pool, sharing
from tests.command import ROOT


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
    experiment = change.pop("experiment")
    assert change == {"kind": "value", "model": "sklearn.logistic", "parameter": "LogisticRegression.C",
                      "before": 2.0, "after": 1.0, "alters": True}  # fmt: skip
    assert experiment.startswith("sklearn.logistic: other ")


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


@pytest.mark.slow
def test_what_could_not_be_compared_is_no_agreement(command, monkeypatch):
    """Without R nothing of R has been compared, and the exit code says so."""
    command("audit", "--engines", "r", "--save", "before.json")
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent))
    monkeypatch.setenv("R_HOME", "/nowhere")
    done = command("audit", "--engines", "r", "--against", "before.json", code=4)
    assert "r was not audited" in done.stderr
    assert re.search(r"no model could be compared; \d+ models could not", " ".join(done.stdout.split()))


@pytest.mark.slow
def test_what_does_not_start_is_never_unchanged(home, command, monkeypatch):
    """All of it is stored, and the engine's process can no longer import its framework."""
    command("audit", "sklearn.linear", "--save", "before.json")
    command("audit", "sklearn.linear", "--check")
    (home / "broken").mkdir()
    (home / "broken" / "sklearn.py").write_text("raise ImportError('a broken installation')")
    monkeypatch.setenv("PYTHONPATH", str(home / "broken"))
    for words in (("--against", "before.json"), ("--check",)):
        with Pool() as pool, sharing(pool):
            done = command("audit", "sklearn.linear", *words, code=4)
        assert "a broken installation" in done.stderr
        assert "nothing has changed" not in done.stdout
        assert "0 contradicted" not in done.stdout


@pytest.mark.slow
def test_known_changes_are_ignored_or_accepted(home, command):
    command("audit", "sklearn.logistic", "--save", "before.json")
    file = home / "before.json"
    snapshot = json.loads(file.read_text())
    parameters = snapshot["models"]["sklearn.logistic"]
    for name, before in (("C", 2.0), ("intercept_scaling", 5.0)):
        parameters[f"LogisticRegression.{name}"] |= {"value": before, "effective": before}
    parameters["LogisticRegression.n_iter"] = parameters.pop("LogisticRegression.max_iter")
    file.write_text(json.dumps(snapshot))
    against = ("audit", "sklearn.logistic", "--against", "before.json")

    done = command(*against, "--json", code=1)
    (since,) = json.loads(done.stdout)["against"]
    found = {c["parameter"].partition(".")[2]: (c["kind"], c["alters"]) for c in since["changes"]}
    assert found == {
        "C": ("value", True), "intercept_scaling": ("value", False), "n_iter": ("renamed", None),
    }  # fmt: skip
    shown = " ".join(command(*against, code=1).stdout.split())
    assert "3 changes: 1 alters a fit (LogisticRegression.C), 1 alters no fit, 1 renamed." in shown

    done = command(*against, "--ignore", "*.C", "--ignore", "renamed:*", "--ignore", "x*", "--json", code=1)
    (since,) = json.loads(done.stdout)["against"]
    assert [c["parameter"] for c in since["changes"]] == ["LogisticRegression.intercept_scaling"]
    assert len(since["ignored"]) == 2
    assert "no change is ignored by x*" in done.stderr

    command(*against, "--accepted", "known.json", code=2)
    done = command(*against, "--ignore", "*.C", "--accepted", "known.json", "--accept")
    assert "2 accepted, 1 ignored" in " ".join(done.stdout.split())
    assert "LogisticRegression.C" in command(*against, "--accepted", "known.json", code=1).stdout
    command(*against, "--accepted", "known.json", "--accept")
    assert "nothing has changed, 3 accepted" in " ".join(
        command(*against, "--accepted", "known.json").stdout.split()
    )
    # An accepted change is the change of these values, not of the parameter for ever.
    parameters["LogisticRegression.C"] |= {"value": 3.0, "effective": 3.0}
    file.write_text(json.dumps(snapshot))
    assert "1 change, 2 accepted" in command(*against, "--accepted", "known.json", code=1).stdout


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "known.json is no file of accepted changes"),
        ('{"schema": 1, "kind": "crossframe-accepted-changes", "changes": [{"kind": 5}]}', "$.changes[0]"),
        ('{"schema": 2, "kind": "crossframe-accepted-changes", "changes": []}', "2"),
        ("[" * 100_000, "known.json"),
    ],
)
def test_a_file_of_accepted_changes_that_is_none(home, text, words, command):
    (home / "known.json").write_text(text)
    done = command("audit", "sklearn.linear", "--against", "x.json", "--accepted", "known.json", code=2)
    assert words in done.stderr
    assert "--accept" in done.stderr


def test_the_job_in_the_documentation_is_taken(home):
    """Its YAML is YAML, and every command in it has arguments that crossframe knows."""
    import shlex

    from crossframe.cli.main import parsed

    yaml = pytest.importorskip("yaml")

    text = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```(\w+)\n(.*?)```", text, re.DOTALL)
    (job,) = [yaml.safe_load(body) for kind, body in blocks if kind == "yaml"]
    runs = [step["run"] for step in job["jobs"]["defaults"]["steps"] if "run" in step]
    lines = [*runs, *(line for kind, body in blocks if kind == "sh" for line in body.splitlines())]
    commands = [shlex.split(line) for line in lines if line.startswith("crossframe ")]
    assert len(commands) == 4
    for words in commands:
        parsed(words[1:])


def test_a_setting_that_no_parameter_carries(home, command):
    done = command("audit", "sklearn.linear", "--setting", "decision.threshold")
    named = "Threshold for labels (decision.threshold)"
    assert f"{named} is 0.5 in sklearn.linear, by a rule of the model" in done.stdout
    listed = json.loads(command("list", "settings", "h2o.mlp", "--json").stdout)["settings"]
    (row, _) = [r for r in listed if r["setting"] == "decision.threshold"]
    assert (row["takes"], row["active if"]) == ("is f1_optimal: no parameter carries it", "always")


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


@pytest.mark.slow
def test_a_part_without_rows_is_a_sentence(home, command):
    done = command("audit", "sklearn.logistic", "--setting", "intercept_scaling")
    assert "No other model has a parameter intercept_scaling with another meaning." in done.stdout
    after = done.stdout.partition("The same name in other models")[2]
    assert "parameter  setting" not in after


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
        (("--ignore", "*.C"), "--ignore has no use with the plain audit"),
        (("--against", "x.json", "--accept"), "--accept needs a file"),
        (("sklearn.logistc",), "did you mean"),
        (("--against", "numpy==1.0"), "unknown package"),
        (("--engines", "spark"), "unknown engine"),
        (("--n", "1"), "training sample of 1"),
        (("--n", "0"), "training sample of 0"),
        (("sklearn.logistic", "sklearn.sgd", "--save", "x.json"), "--save has no use with two models"),
        (("h2o.mlp", "--setting", "rate", "--engines", "r"), "h2o.mlp is not a model of --engines r"),
        (("--suspicions", "--force"), "--force has no use with --suspicions"),
        (("sklearn.logistic", "--learning-rates"), "MODEL has no use with --learning-rates"),
    ],
)
def test_a_wrong_command_line(home, words, message, command):
    done = command("audit", *words, code=2)
    assert message in done.stderr
    assert not done.stdout


@pytest.mark.slow
def test_a_missing_framework_is_named_and_the_rest_is_done(command, monkeypatch):
    monkeypatch.setitem(sys.modules, "h2o", None)
    done = command("audit", "r.lm", "h2o.glm", code=4)
    assert "h2o was not audited" in done.stderr
    done = command("audit", "--engines", "r,h2o", "--quiet", code=4)
    assert "h2o was not audited" in done.stderr
    assert "r.glm" in done.stdout
