"""Reports of stored comparisons: a page, its Markdown twin, tables for machines; `terminal` prints them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crossframe.report.view import Compared

__all__ = ["notebook", "write"]


def write(result: Compared, folder: Path) -> Path:
    """Write the whole report and return the path of its page.

    ``index.html`` (one self-contained file), ``README.md`` with ``figures/*.svg``, ``cells.csv``,
    ``summary.csv``, ``pairs.csv`` and ``result.json``, the page last (see `document.write_files`).
    Pairs lead to the explanations of this run that lie in ``folder``/explain. The same result with the
    same explanations gives the same bytes.

    Raises
    ------
    OSError
        When the folder cannot be written.
    """
    from crossframe.report.document import write_files
    from crossframe.report.explained import pages
    from crossframe.report.export import as_csv, as_json
    from crossframe.report.markdown import markdown
    from crossframe.report.outline import outline
    from crossframe.report.page import page

    content = outline(result, pages(folder, str(result.run["id"])))
    files = {f"figures/{name}.svg": drawing.standalone() for name, drawing in content.figures.items()}
    files |= as_csv(result)
    files |= {"result.json": as_json(result), "README.md": markdown(content), "index.html": page(content)}
    return write_files(folder, files)


def notebook(result: Compared) -> str:
    """A compact HTML fragment: the sentences, the main figure and the tables of the first and last n."""
    from crossframe.report.fragment import fragment

    return fragment(result)
