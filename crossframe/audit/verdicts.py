"""The suspicions of 2017 put to the test: every experiment run, and a verdict by a fixed rule."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crossframe.audit import evidence
from crossframe.audit.effects import SwitchEffect, deciding, judge, label, meaning, sure, under_earlier, why
from crossframe.audit.suspicion import Role, Suspicion
from crossframe.audit.suspicions import CONTEXT, SUSPICIONS
from crossframe.claims.claim import Effect, Finding
from crossframe.claims.setting_effect import LEVEL, SettingEffect
from crossframe.compare.again import present_name
from crossframe.compare.api import Listener, compare
from crossframe.compare.result import CompareResult
from crossframe.core.errors import EngineMissing, UsageError
from crossframe.core.statistics import Interval
from crossframe.experiment.plan import parse_sizes
from crossframe.experiment.shards import independent_parts
from crossframe.experiment.spec import parse
from crossframe.experiment.store import Store
from crossframe.frameworks.registry import available
from crossframe.report.export import plain

if TYPE_CHECKING:
    from crossframe.report.document import Document

SCHEMA = 1
SIZES = "10,20,40,80"
DESIGN = "beam"
"""Training rows are sampled anew, with replacement and unstratified, from the whole pool: draws have hardly
a row in common, and more of them narrow the interval. A design that splits anew for every draw
(``stratified``) scores on other rows each time, at the price of an overlap that no number of draws
removes, and balances the classes, as neither Leek nor Beam did."""
DRAWS = {"h2o": 20, "keras": 40, "sklearn": 100, "r": 100}
"""Draws per size by engine; more where fits are cheap."""
CAPS = {"deterministic": 3, "few": 5}
"""Most draws per size of the other comparisons: equality needs no interval, and slow fits take minutes."""


@dataclass(frozen=True)
class CheckedSuspicion:
    """A suspicion with everything measured about it.

    ``in_force`` holds the contestant's parameters as they were declared, asked for and in force, and what
    its fits did at each n; all of it read from the framework and the run's records.
    """

    suspicion: Suspicion
    in_force: Mapping[str, Any]
    effects: tuple[SwitchEffect, ...]
    verdict: SettingEffect
    why: str

    @property
    def unused(self) -> bool:
        """Whether the framework reports the parameter that a proof changes as without effect."""
        parameters = self.in_force.get("parameters", ())
        return any(p["name"] == self.suspicion.proven and not p["active"] for p in parameters)

    @property
    def under_replaced(self) -> list[SettingEffect]:
        """The verdict under each earlier mark, in their order."""
        return under_earlier(self.suspicion, self.effects, unused=self.unused)

    def finding(self) -> Finding:
        """The verdict as that on a claim, printed in the words of suspicions."""
        basis = [e for e in deciding(self.effects, self.verdict) if e.draws > 0]
        most = max(basis, key=lambda e: abs(e.effect), default=None)
        effect = None
        if most is not None:
            interval = Interval(most.effect, most.low, most.high, count=most.draws)
            effect = Effect.of(f"accuracy with {most.switch} minus as published, n = {most.n}", interval)
        return Finding(
            self.suspicion.claim,
            self.verdict.verdict,
            self.why,
            effect,
            printed=label(self.effects, self.verdict),
            under_replaced=tuple(verdict.verdict for verdict in self.under_replaced),
        )


@dataclass(frozen=True)
class Verdicts:
    """All suspicions; ``context`` is one row per published contestant and n, ``run`` what was run."""

    run: Mapping[str, Any]
    context: tuple[Mapping[str, Any], ...]
    suspicions: tuple[CheckedSuspicion, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON, without NaN; schema 1."""
        document = {
            "schema": SCHEMA,
            "kind": "crossframe-verdicts",
            "run": self.run,
            "context": self.context,
            "suspicions": [
                {
                    "id": f.suspicion.key,
                    "suspicion": f.suspicion.text,
                    "in_force": f.in_force,
                    "experiments": [vars(e) for e in f.effects],
                    "verdict": f.verdict.value,
                    "meaning": meaning(f.effects, f.verdict),
                    "sure_at": sure(f.effects, f.verdict),
                    "why": f.why,
                    "replaced": [
                        {**asdict(mark), "verdict": verdict.value}
                        for mark, verdict in zip(f.suspicion.claim.replaced, f.under_replaced, strict=True)
                    ],
                }
                for f in self.suspicions
            ],
            "findings": [f.finding().to_dict() for f in self.suspicions],
        }
        made: dict[str, Any] = plain(document)
        return made

    def document(self) -> Document:
        """The report as a document; see `crossframe.audit.verdict_document`."""
        from crossframe.audit.verdict_document import document

        return document(self)

    def write(self, folder: Path | str) -> Path:
        """Write the page, its Markdown twin, figure, tables and verdicts.json; returns the page's path."""
        numbers = json.dumps(self.to_dict(), ensure_ascii=False, allow_nan=False, indent=1)
        return self.document().write(Path(folder), {"verdicts.json": numbers + "\n"})


def read(path: Path) -> Verdicts:
    """The verdicts in a ``verdicts.json``, from which the page can be made again; nothing is judged anew.

    Raises `UsageError` for a file that holds none.
    """
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        known = {suspicion.key: suspicion for suspicion in SUSPICIONS}
        checked = tuple(
            CheckedSuspicion(
                known[entry["id"]],
                entry["in_force"],
                tuple(map(_effect, entry["experiments"])),
                SettingEffect(entry["verdict"]),
                entry["why"],
            )
            for entry in record["suspicions"]
        )
        context = [{**row, "contestant": present_name(row["contestant"])} for row in record["context"]]
        return Verdicts(record["run"], tuple(context), checked)
    except (OSError, ValueError, KeyError, TypeError):
        raise UsageError(
            f"{path} holds no verdicts on suspicions", "run the command that made it again"
        ) from None


def _effect(entry: Mapping[str, Any]) -> SwitchEffect:
    """A switch's effect from its entry; a number that is missing there is NaN."""
    numbers = {k: math.nan for k, v in entry.items() if v is None and k != "identical"}
    names = {side: present_name(entry[side]) for side in ("left", "right")}
    return SwitchEffect(**{**entry, **numbers, **names, "role": Role(entry["role"])})


def run(
    *,
    dataset: str | None = None,
    draws: int | None = None,
    n: str | Sequence[int] | None = None,
    store: Store | str | os.PathLike[str] | None = None,
    engines: Sequence[str] | None = None,
    listener: Listener | None = None,
) -> Verdicts:
    """Run every experiment and judge every suspicion.

    Parameters
    ----------
    dataset
        ``auto`` (MNIST when a verified copy is here, else scikit-learn's digits; the default),
        ``mnist`` or ``digits``.
    draws
        Training samples per size; by default `DRAWS`.
    n
        Training rows; by default 10, 20, 40 and 80.
    store
        SQLite file for the fits; those that are there already are not made again.
    engines
        Only experiments of these engines; the others' suspicions are not checked.
    listener
        Its methods are called while the comparisons run.

    Raises
    ------
    UsageError
        For a data set, a size or an engine that cannot be used.
    """
    if draws is not None and draws < 2:
        raise UsageError(f"--draws {draws}: no interval", "use 2 or more")
    sizes = parse_sizes(SIZES if n is None else n if isinstance(n, str) else ",".join(map(str, n)))
    absent = _absent(engines)
    if len(absent) == len(DRAWS):
        raise EngineMissing(
            "no experiment can be run: " + "; ".join(f"{e}: {w}" for e, w in absent.items()),
            "see crossframe doctor",
        )
    results: dict[tuple[str, str], CompareResult] = {}
    with independent_parts() as part:
        for (engine, group), contestants in _groups().items():
            if engine in absent:
                continue
            count = DRAWS[engine] if draws is None else draws
            with part:
                results[engine, group] = compare(
                    sizes,
                    draws=min(count, CAPS.get(group, count)),
                    dataset=dataset,
                    design=DESIGN,
                    contestants=contestants,
                    store=store,
                    name=f"suspicions-2017-{engine}{f'-{group}' if group else ''}",
                    listener=listener,
                )
    for result in results.values():
        absent |= {gone["engine"]: gone["reason"] for gone in result.run["missing_engines"]}
    declared = evidence.declared_defaults({engine for engine, _ in results if engine not in absent}, store)
    judged = tuple(_judged(s, results, absent, declared) for s in SUSPICIONS)
    return Verdicts(_record(results, sizes, absent), tuple(evidence.context(results)), judged)


def _absent(engines: Sequence[str] | None) -> dict[str, str]:
    """Engines that will not run, with the reason."""
    for engine in engines or ():
        if engine not in DRAWS:
            raise UsageError.unknown("engine", engine, DRAWS)
    reasons = {}
    for engine in DRAWS:
        if engines is not None and engine not in engines:
            reasons[engine] = "it was not requested"
        elif not (availability := available(engine)).available:
            reasons[engine] = availability.reason
    return reasons


def _groups() -> dict[tuple[str, str], list[str]]:
    """(engine, `Switch.group`) -> the contestants of that comparison, each once."""
    groups: dict[tuple[str, str], dict[str, None]] = {}
    for name in CONTEXT:
        groups.setdefault((parse(name).engine, ""), {})[name] = None
    for suspicion in SUSPICIONS:
        for switch in suspicion.switches:
            for name in (switch.right(suspicion.contestant), switch.left(suspicion.contestant)):
                group = groups.setdefault((parse(name).engine, switch.group), {})
                group[name] = None
    return {key: list(names) for key, names in groups.items()}


def _judged(
    suspicion: Suspicion,
    results: Mapping[tuple[str, str], CompareResult],
    absent: Mapping[str, str],
    declared: evidence.Declared,
) -> CheckedSuspicion:
    base = parse(suspicion.contestant)
    if base.engine in absent:
        words = f"{base.engine} missing: {absent[base.engine]}"
        return CheckedSuspicion(suspicion, {}, (), SettingEffect.NOT_CHECKED, words)
    effects = tuple(
        effect
        for switch in suspicion.switches
        for effect in evidence.effects(suspicion, switch, results, absent)
    )
    in_force = evidence.in_force(suspicion, results[base.engine, ""], declared)
    unused = evidence.unused(suspicion, results[base.engine, ""])
    verdict = judge(effects, unused=unused)
    return CheckedSuspicion(suspicion, in_force, effects, verdict, why(suspicion, effects, verdict, unused))


def _record(
    results: Mapping[tuple[str, str], CompareResult], sizes: Sequence[int], absent: Mapping[str, str]
) -> dict[str, Any]:
    """The record of all comparisons together: data, sizes, draws, threads, versions and missing engines."""
    runs = [result.run for result in results.values()]
    first = runs[0]
    return {
        "created": max(str(r["created"]) for r in runs)[:10],
        **{key: first[key] for key in ("crossframe", "dataset", "design", "overlap", "seed", "machine")},
        "sizes": list(sizes),
        "level": LEVEL,
        "draws": {e: results[e, ""].run["draws"] for e in DRAWS if (e, "") in results},
        "draws_deterministic": {
            e: r.run["draws"] for (e, group), r in results.items() if group == "deterministic"
        },
        "draws_few": {e: r.run["draws"] for (e, group), r in results.items() if group == "few"},
        "threads": {e: t for r in runs for e, t in r["threads"].items()},
        "versions": {e: v for r in runs for e, v in r["versions"].items()},
        "one_class": first["one_class"],
        "missing": dict(absent),
        "wall_seconds": round(sum(r["wall_seconds"] for r in runs), 1),
    }
