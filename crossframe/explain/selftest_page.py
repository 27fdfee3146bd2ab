"""A self-test as a document: precision and recall, by framework, kind and setting, and the failures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from crossframe.explain.selftest import NamingScore, SelfTest, TriedCase, by_setting
from crossframe.report.document import Document, Part
from crossframe.report.table import Cell, Table, text_columns


def document(test: SelfTest) -> Document:
    """The self-test's page: what it scored against its marks, and every failure."""
    total = test.score
    low, high = total.interval
    marks = test.marks
    headlines = (
        f"Precision {total.precision:.3f}, recall {total.recall:.3f} over settings; the marks, fixed on "
        f"{marks.fixed}, are {marks.precision:g} and {marks.recall:g}: "
        f"{'passed' if test.passed else 'failed'}.",
        f"Exactly the settings planted were named in {total.exact} of {total.cases} cases "
        f"({100 * low:.1f} to {100 * high:.1f} %, 95 % interval).",
    )
    without = f"; no case from {_seeds(test.without_case)}" if test.without_case else ""
    failures = [t for t in test.tried if not t.exact]
    by = {"framework": test.by(lambda t: t.case.group), "kind": test.by(lambda t: t.case.kind)}
    parts = [Part("groups", "By framework", tables=(_scores("framework", "frameworks", by, total),)),
             Part("kinds", "By kind of difference", tables=(_scores("kind", "kind", by, total),)),
             Part("settings", "By setting", tables=(_settings(test),))]  # fmt: skip
    if failures:
        words = f"Each is run again by --self-test --family {test.family} --cases 1 --seed SEED."
        parts.append(Part("failures", "Failures", (words,), (_failures(failures),)))
    return Document(
        f"Self-test of explain, {test.family} family",
        f"{total.cases} cases, {_seeds([t.case.seed for t in test.tried])}{without}, {test.seconds:.0f} s",
        headlines,
        tuple(parts),
    )


def _seeds(seeds: Sequence[int]) -> str:
    """Seeds in words, consecutive ones as a range."""
    runs: list[list[int]] = []
    for seed in seeds:
        if runs and seed == runs[-1][-1] + 1:
            runs[-1].append(seed)
        else:
            runs.append([seed])
    words = [str(run[0]) if len(run) == 1 else f"{run[0]} to {run[-1]}" for run in runs]
    return f"seed{'s' if len(seeds) > 1 else ''} {', '.join(words)}"


def _scores(key: str, head: str, by: Mapping[str, Mapping[str, NamingScore]], total: NamingScore) -> Table:
    columns = ((head, False, ""), ("cases", True, ""), ("exact", True, ""),
               ("planted", True, ""), ("named", True, ""),
               ("precision", True, "settings named that were planted"),
               ("recall", True, "settings planted that were named"))  # fmt: skip
    rows = [
        [Cell(name), *(Cell(str(n)) for n in (s.cases, s.exact, s.planted, s.named)),
         Cell(f"{s.precision:.3f}"), Cell(f"{s.recall:.3f}")]
        for name, s in [*by[key].items(), ("all", total)]
    ]  # fmt: skip
    return Table(f"precision and recall by {key}", columns, rows)


def _settings(test: SelfTest) -> Table:
    columns = (("setting", False, ""), *((name, True, "") for name in ("planted", "named", "both")))
    rows = [[Cell(name), *(Cell(str(n)) for n in counts.values())]
            for name, counts in by_setting(test.tried).items()]  # fmt: skip
    return Table("how often each setting was planted and named", columns, rows)


def _failures(failures: Sequence[TriedCase]) -> Table:
    columns = text_columns("seed", "kind", "sides", "planted", "named")
    rows = [
        [
            Cell(str(t.case.seed)),
            Cell(t.case.kind),
            Cell(f"{t.case.left} | {t.case.right} | {t.case.data}"),
            Cell(", ".join(sorted(t.case.planted))),
            Cell(t.error or ", ".join(sorted(t.named)) or "nothing"),
        ]
        for t in failures
    ]
    return Table("cases in which other settings were named than planted", columns, rows)
