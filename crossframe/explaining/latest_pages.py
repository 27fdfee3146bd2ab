"""The pages of a run's explanations: one per pair, their index, and the links from the run's report."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from crossframe.errors import ExitCode
from crossframe.explaining import report, report_drawn
from crossframe.explaining.drawn_record import Drawn
from crossframe.explaining.latest import AGREEING, Explanations, Found
from crossframe.report.document import Document, Part, write_files
from crossframe.report.explained import FOLDER, INDEX, pages
from crossframe.report.export import plain
from crossframe.report.tables import Cell, Table
from crossframe.report.text import fixed, plural, signed, signed_interval
from crossframe.report.view import View


def write(found: Explanations, folder: Path) -> Path:
    """Write a page for each pair and their index into ``folder``/explain; returns the index's path.

    Of a pair that was asked for it is the pair's page. The run's own report in ``folder``, where there
    is one, is written anew, with links to them.
    """
    place = folder / FOLDER
    made: list[dict[str, Any]] = []
    for pair in found.pairs:
        if pair.found is None:
            continue
        told = _json(pair.found.to_dict())
        _document(pair.found).write(place / pair.folder, {"result.json": told})
        made.append(
            {"left": pair.left, "right": pair.right, "n": pair.n, "page": f"{pair.folder}/index.html",
             "verdict": str(pair.found.verdict)}
        )  # fmt: skip
    before = _before(place / INDEX, found.result.run["id"])
    unique = {(p["left"], p["right"], p["n"]): p for p in [*before, *made]}
    index = {"run": found.result.run["id"], "pairs": list(unique.values())}
    listed = {INDEX: _json(index)}
    if found.asked:
        write_files(place, listed)
        page = place.resolve() / str(made[0]["page"])
    else:
        page = overview(found).write(place, {"result.json": _json(found.to_dict()), **listed})
    if _shows(folder, found.result.run["id"]):
        found.result.write_report(folder)
    return page


def _shows(folder: Path, run: str) -> bool:
    """Whether the report in a folder is of this run: the first lines of its numbers name it."""
    numbers = folder / "result.json"
    if not (folder / "index.html").is_file() or not numbers.is_file():
        return False
    with numbers.open(encoding="utf-8") as file:
        return any(run in line for line in itertools.islice(file, 3))


def _before(index: Path, run: str) -> Sequence[Mapping[str, Any]]:
    """Pages of the same run that were written earlier."""
    return list(pages(index.parent.parent, run).values()) if index.is_file() else []


def _json(content: Any) -> str:
    return json.dumps(plain(content), allow_nan=False) + "\n"


def _document(found: Found) -> Document:
    if isinstance(found, Drawn):
        return report_drawn.document(found)
    return report.document(found)


def told(found: Explanations) -> Document:
    """What is printed: the pair that was asked for, else the overview."""
    only = found.pairs[0].found if found.asked else None
    return _document(only) if only else overview(found)


def overview(found: Explanations) -> Document:
    """Every pair with its verdict and a link to its page."""
    run, view = found.result.run, View(found.result)
    columns = (
        ("left", False, ""),
        ("right", False, ""),
        ("n", True, ""),
        ("left − right [95 %]", True, "difference of the mean accuracies in the run"),
        ("digits", True, "digits on which the scores agree, median over the draws"),
        ("verdict", False, "leads to the explanation"),
        ("largest causes", False, ""),
    )
    rows = [
        [
            Cell(view.title(p.left)),
            Cell(view.title(p.right)),
            Cell(str(p.n), p.n),
            Cell(f"{signed(p.row['difference'])} {signed_interval(p.row['low'], p.row['high'])}".strip()),
            Cell(fixed(p.row["digits"], 1)),
            Cell(str(p.found.verdict), link=f"{p.folder}/index.html") if p.found
            else Cell(f"not explained: {p.why_not}", mark="weak"),
            Cell(", ".join(_causes(p.found)[:3]) if p.found else ""),
        ]
        for p in found.pairs
    ]  # fmt: skip
    settled = sum(p.exit_code is ExitCode.OK for p in found.pairs)
    told = f"Accounted for: {settled} of {plural(len(rows), 'gap')}."
    if not rows:
        told = (
            "No two contestants of one family differ by more than their noise, and no two deterministic "
            f"ones of one recipe agree in fewer than {AGREEING:g} digits."
        )
    return Document(
        f"Why the frameworks differ: {run['name']}",
        f"The notable gaps of run {run['id']}, {run['dataset']['name']}, each explained on its own rows",
        (told,),
        (Part("pairs", "Pairs", tables=(Table("pair by pair", columns, rows),)),) if rows else (),
    )


def _causes(found: Found) -> list[str]:
    if isinstance(found, Drawn):
        return list(found.causes)
    return [c.setting for c in found.best.attribution.causes if c.fraction is None or c.fraction >= 5e-4]
