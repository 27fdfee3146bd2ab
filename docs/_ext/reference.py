"""The pages of ``docs/reference``, written from the registry when the site is built; none is committed."""

from __future__ import annotations

import argparse
import functools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from crossframe.claims import beam, leek
from crossframe.claims.claim import Claim
from crossframe.cli import main as cli
from crossframe.core.errors import ExitCode
from crossframe.data import DESIGNS
from crossframe.experiment.contestants import CONTESTANTS
from crossframe.experiment.view import FAMILY_TITLES
from crossframe.frameworks.model import Model
from crossframe.frameworks.registry import framework, models
from crossframe.settings.binding import UNDEFINED, Binding, Setting
from crossframe.settings.vocabulary import VOCABULARY
from crossframe.studies.catalogue import STUDIES

FOLDER = Path(__file__).resolve().parents[1] / "reference"

GROUPS = {
    "penalty": "Penalties",
    "features": "Preparation of the features",
    "selection": "Selection of features",
    "solver": "Solvers",
    "optimizer": "Update rules of networks",
    "schedule": "Learning rate over time",
    "architecture": "Layers of networks",
    "dropout": "Dropout",
    "init": "Initial weights",
    "stopping": "When training stops",
    "validation": "Rows held back to decide",
    "sampling": "Rows repeated or left out",
    "forest": "Trees of forests and of boosting",
    "boosting": "Boosted trees",
    "loss": "Loss",
    "batch": "Batches",
    "scoring": "When a net is scored while it trains",
    "path": "Path of penalties",
    "bounds": "Bounds of coefficients",
    "missing": "Missing values",
}
"""First part of a setting's name -> heading, in the order of the page; the others come after them."""

TARGETS = {"classes": "two classes", "numbers": "numbers"}
OUTSIDE = {
    "data": "hands over or selects data",
    "output": "printed or kept, not fitted",
    "running": "threads, time and memory",
    "other": "another kind of target or model",
}


def _plain(text: object) -> str:
    """Text in which Markdown and HTML have nothing to interpret."""
    made = " ".join(str(text).split())
    for sign in "\\`*_[]<>|$^":
        made = made.replace(sign, "\\" + sign)
    return made


def _code(text: object) -> str:
    fence = "``" if "`" in str(text) else "`"
    return f"{fence}{text}{fence}".replace("|", "\\|")


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    lines = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    return ["", *lines, *("| " + " | ".join(row) + " |" for row in rows), ""]


def _link(model: str, folder: str = "") -> str:
    return f"[{model}]({folder}{model}.md)"


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] if text else text


# Settings


def settings_page() -> str:
    """The vocabulary: every setting with title, definition, values, formula and the models that have it."""
    spelled: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for m in models().values():
        for b in m.bindings:
            if (m.name, b.param) not in spelled[b.setting]:
                spelled[b.setting].append((m.name, b.param))
    groups: dict[str, list[Setting]] = defaultdict(list)
    for setting in VOCABULARY.values():
        first = setting.name.partition(".")[0]
        groups[first if first in GROUPS else ""].append(setting)
    lines = [
        "# Vocabulary of settings",
        "",
        f"Every parameter that can change a fitted number stands for one of these {len(VOCABULARY)} "
        "settings. A setting means the same in every framework: its value is converted to the framework's "
        "own parameter, and back. On the command line a setting is given as `MODEL:setting=value`.",
    ]
    for group, title in [*GROUPS.items(), ("", "Others")]:
        if groups[group]:
            lines += ["", f"## {title}"]
        for setting in groups[group]:
            lines += _setting(setting, spelled[setting.name])
    return "\n".join(lines) + "\n"


def _setting(setting: Setting, spelled: Sequence[tuple[str, str]]) -> list[str]:
    facts = [f"takes {_plain(setting.kind.describe)}"]
    facts += [f"unit: {_plain(setting.unit)}"] if setting.unit else []
    facts += [f"a model without it: {_code(_shown(setting.without))}"] if setting.without != UNDEFINED else []
    lines = ["", f"({setting.name})=", f"### {_plain(_sentence(setting.title))} `{setting.name}`", ""]
    if setting.title != setting.definition:
        lines += [f"{_plain(_sentence(setting.definition))}.", ""]
    lines += [f"{_sentence('; '.join(facts))}."]
    if setting.formula:
        lines += ["", f"> {_plain(setting.formula)}"]
    if spelled:
        named = ", ".join(f"{_link(name, 'models/')} {_code(param)}" for name, param in spelled)
        lines += ["", f"In {named}."]
    return lines


def _shown(value: object) -> str:
    return {"True": "true", "False": "false", "None": "none"}.get(str(value), str(value))


# Models


def models_page() -> str:
    """The list of models by framework, and the contestants of compare."""
    lines = [
        "# Models",
        "",
        "A model is a function or class of a framework with its defaults, named `framework.model`. Two "
        "models of one family are meant to be the same, and can be explained against each other.",
    ]
    by_framework: dict[str, list[Model]] = defaultdict(list)
    for m in models().values():
        by_framework[m.framework].append(m)
    for name, members in by_framework.items():
        rows = [
            (
                _link(m.name, "models/"),
                _plain(m.title),
                _family(m.family),
                _targets(m),
                str(len(m.parameters)),
            )
            for m in members
        ]
        lines += ["", f"## {framework(name).title}"]
        lines += _table(("Name", "In the framework", "Family", "Targets", "Parameters"), rows)
    lines += [
        "## Contestants",
        "",
        "What `crossframe compare` runs when no model is named: a model with the settings of a published "
        "analysis, or with its defaults. `crossframe list models` prints them as well.",
    ]
    rows = [
        (
            _code(c.name),
            _plain(c.title),
            _link(c.model, "models/"),
            _plain(c.description),
            _plain(c.origin),
        )
        for c in CONTESTANTS.values()
    ]
    lines += _table(("Name", "Title", "Model", "What it is", "From"), rows)
    hidden = "\n".join(f"models/{name}" for name in models())
    return "\n".join([*lines, "", "```{toctree}", ":hidden:", "", hidden, "```"]) + "\n"


def _family(family: str) -> str:
    return _plain(FAMILY_TITLES.get(family, family))


def _targets(m: Model) -> str:
    return " or ".join(TARGETS[task] for task in TARGETS if task in m.tasks)


def model_page(m: Model) -> str:
    """One model: what it is, its parameters and the settings they stand for, and what is left out and why."""
    facts = {
        "Declared defaults of": ", ".join(map(_code, m.callables)),
        "Family": _family(m.family),
        "Targets": _targets(m),
        "Optimum": "certified: the distance of a fit from it can be measured"
        if m.convex
        else "not certified: a fit is compared over draws and seeds",
        "Random": "yes: another seed can give another fit" if m.stochastic else "no",
        "Nearest models": ", ".join(map(_link, m.relatives)),
    }
    lines = [f"# {_plain(_heading(m))}, {framework(m.framework).title}", "", f"In crossframe `{m.name}`.", ""]
    lines += [f"- {key}: {value}" for key, value in facts.items() if value]
    lines += ["", "## Parameters", ""]
    lines += ["Each parameter that can change a fitted number, and the setting that it stands for.", ""]
    lines += [line for b in m.bindings for line in _binding(b)]
    if m.always:
        lines += ["## Settings without a parameter", "", "No parameter of the framework changes these."]
        lines += _table(("Setting", "Is"), [(_reference(k), _code(_shown(v))) for k, v in m.always.items()])
    if m.outside:
        lines += ["## Parameters that are no setting", "", "They cannot change what is fitted here."]
        lines += _table(
            ("Parameter", "Kind", "Why"),
            [(_code(k), OUTSIDE.get(o.kind, o.kind), _plain(o.why)) for k, o in m.outside.items()],
        )
    lines += ["## On the command line", "", "```sh", f"crossframe audit {m.name}", "```"]
    return "\n".join(lines) + "\n"


def _heading(m: Model) -> str:
    """The title, with a capital where it is words and not a name of the framework's."""
    return _sentence(m.title) if " " in m.title else m.title


def _reference(name: str) -> str:
    return f"{_plain(VOCABULARY[name].title)} [`{name}`](../settings.md#{name})"


def _binding(b: Binding) -> list[str]:
    acts = f"never: {b.never}" if b.never else " and ".join(map(str, b.active_if)) or "always"
    lines = [f"{_code(b.param)}: {_reference(b.setting)}", f": Takes {_plain(b.kind.describe)}. "]
    lines += [f"  Has an effect {'' if acts == 'always' or b.never else 'with '}{_plain(acts)}."]
    return [*lines, *([f": {_plain(b.formula)}"] if b.formula else []), ""]


# Claims, commands, exit codes


def claims_page() -> str:
    """Every published claim with its source, the quantity, the criterion and its date."""
    lines = [
        "# Published claims",
        "",
        "A claim is one sentence that an experiment can contradict. Its criterion, what the quantity has to "
        "be for the claim to hold, is fixed before the run that judges it. A criterion that was replaced "
        "stays beside the new one, with the reason, and a page shows the verdict under both. The verdicts "
        "are in the [published reports](../reports.md).",
    ]
    for title, claims in claim_sets():
        lines += ["", f"## {_plain(title)}"]
        for claim in claims:
            lines += _claim(claim)
    return "\n".join(lines) + "\n"


def claim_sets() -> Iterator[tuple[str, tuple[Claim, ...]]]:
    """(title, its claims): the two replications of 2017, then each study."""
    yield "Leek's experiment of 2017", tuple(judged.claim for judged in leek.CLAIMS)
    guesses = {judged.claim.key for judged in leek.CLAIMS}
    yield "Beam's experiment of 2017", tuple(j.claim for j in beam.CLAIMS if j.claim.key not in guesses)
    for entry in STUDIES.values():
        known: Mapping[str, Claim] = import_module(f"crossframe.studies.{entry.module}.claims").CLAIMS
        yield entry.title, tuple(known.values())


def _claim(claim: Claim) -> list[str]:
    source = (
        f"[{_plain(claim.source.name)}]({claim.source.link})"
        if claim.source.link
        else _plain(claim.source.name)
    )
    lines = ["", f"**{_plain(claim.words)}**", ""]
    lines += [f"- Source: {source}", f"- Measured: {_plain(claim.quantity)}"]
    if claim.untested:
        return [*lines, f"- Not tested: {_plain(claim.untested)}"]
    lines += [f"- Criterion, fixed on {claim.fixed}: {_plain(claim.mark)}"]
    lines += [
        f"- Earlier criterion, of {m.fixed}: {_plain(m.words)} (replaced: {_plain(m.reason)})"
        for m in claim.replaced
    ]
    return lines


def commands_page() -> str:
    """The help of every command, as it is printed."""
    lines = ["# Commands", "", "Each command prints this with `--help`."]
    parser, _ = cli.parsers()
    for sub in _parsers(parser):
        kind = sub.formatter_class
        sub.formatter_class = functools.partial(kind, width=84)
        lines += ["", f"## `{sub.prog}`", "", "```text", sub.format_help().strip(), "```"]
    lines += [
        "",
        "## Exit codes",
        "",
        "The exit codes of the command are public and stable between releases.",
    ]
    lines += _table(
        ("Code", "Meaning"), [(str(code.value), _plain(words)) for code, words in exit_codes().items()]
    )
    return "\n".join(lines) + "\n"


def _parsers(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """A command and all below it."""
    yield parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for sub in action.choices.values():
                yield from _parsers(sub)


def exit_codes() -> dict[ExitCode, str]:
    """Each exit code with the sentence that stands below it in the code."""
    lines = Path(import_module(ExitCode.__module__).__file__ or "").read_text(encoding="utf-8").splitlines()
    words = {}
    for code in ExitCode:
        place = next(k for k, line in enumerate(lines) if line.strip() == f"{code.name} = {code.value}")
        words[code] = lines[place + 1].strip().strip('"')
    return words


def designs_page() -> str:
    """The sampling designs, to be included in a page."""
    return "\n".join(_table(("Design", "How rows are drawn"), [
        (_code(d.name), _plain(d.describe)) for d in DESIGNS.values()
    ])) + "\n"  # fmt: skip


def pages() -> dict[str, str]:
    """Path in `FOLDER` -> Markdown."""
    return {
        "settings.md": settings_page(),
        "models.md": models_page(),
        **{f"models/{name}.md": model_page(m) for name, m in models().items()},
        "claims.md": claims_page(),
        "commands.md": commands_page(),
        "designs.txt": designs_page(),
    }


def write(folder: Path = FOLDER) -> None:
    """Write the pages; one that is as it was keeps its time, so that Sphinx does not read it again."""
    made = pages()
    for old in folder.rglob("*.md"):
        if str(old.relative_to(folder)) not in made:
            old.unlink()
    for name, text in made.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            file.write_text(text, encoding="utf-8")


def setup(app: Any) -> dict[str, Any]:
    """Write the pages before Sphinx looks for sources."""
    app.connect("builder-inited", lambda app: write())
    return {"parallel_read_safe": True, "parallel_write_safe": True}
