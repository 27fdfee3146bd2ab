"""A self-test as a report: precision and recall, by framework and by setting, and the failures."""

from __future__ import annotations

from collections.abc import Sequence

from crossframe.explaining.selftest import SelfTest, Tried, by_setting
from crossframe.report.document import Document, Part
from crossframe.report.tables import Cell, Table


def document(found: SelfTest) -> Document:
    """What is printed."""
    total = found.score
    low, high = total.interval
    headlines = (
        f"Precision {total.precision:.3f}, recall {total.recall:.3f} over settings; the mark is "
        f"{found.mark:g}: {'passed' if found.passed else 'failed'}.",
        f"Exactly the settings planted were named in {total.exact} of {total.cases} cases "
        f"({100 * low:.1f} to {100 * high:.1f} %, 95 % interval).",
    )
    failures = [t for t in found.tried if not t.exact]
    parts = [Part("groups", "By framework", tables=(_groups(found),)),
             Part("settings", "By setting", tables=(_settings(found),))]  # fmt: skip
    if failures:
        told = f"Each is run again by --self-test --family {found.family} --cases 1 --seed SEED."
        parts.append(Part("failures", "Failures", (told,), (_failures(failures),)))
    return Document(
        f"Self-test of explain, {found.family} family",
        f"{total.cases} cases from seed {found.seed}, {found.seconds:.0f} s",
        headlines,
        tuple(parts),
    )


def _groups(found: SelfTest) -> Table:
    columns = (("frameworks", False, ""), ("cases", True, ""), ("exact", True, ""),
               ("precision", True, "settings named that were planted"),
               ("recall", True, "settings planted that were named"))  # fmt: skip
    rows = [
        [
            Cell(name),
            Cell(str(s.cases)),
            Cell(str(s.exact)),
            Cell(f"{s.precision:.3f}"),
            Cell(f"{s.recall:.3f}"),
        ]
        for name, s in [*found.by(lambda t: t.case.group).items(), ("all", found.score)]
    ]
    return Table("precision and recall by framework", columns, rows)


def _settings(found: SelfTest) -> Table:
    columns = (("setting", False, ""), *((name, True, "") for name in ("planted", "named", "both")))
    rows = [[Cell(name), *(Cell(str(n)) for n in counts.values())]
            for name, counts in by_setting(found.tried).items()]  # fmt: skip
    return Table("how often each setting was planted and named", columns, rows)


def _failures(failures: Sequence[Tried]) -> Table:
    columns = tuple((name, False, "") for name in ("seed", "sides", "planted", "named"))
    rows = [
        [
            Cell(str(t.case.seed)),
            Cell(f"{t.case.left} | {t.case.right} | {t.case.data}"),
            Cell(", ".join(sorted(t.case.planted))),
            Cell(t.error or ", ".join(sorted(t.named)) or "nothing"),
        ]
        for t in failures
    ]
    return Table("cases in which other settings were named than planted", columns, rows)
