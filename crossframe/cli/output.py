"""The form in which a result is printed: options that the verbs share, and the printing."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from crossframe.report.document import Document

_FORMS: dict[str, tuple[str, Callable[[Document], str]]] = {
    "markdown": ("print as Markdown", lambda document: document.markdown()),
    "csv": ("print the tables as CSV", lambda document: document.csv()),
}
"""Option -> its help, and the text of a document in that form."""


def add(parser: Any) -> None:
    """Add ``--json`` and an option for each other form; one of them at most may be given."""
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print the result as JSON, schema 1")
    for name, (text, _) in _FORMS.items():
        form.add_argument(f"--{name}", action="store_true", help=text)


def for_machines(a: argparse.Namespace) -> bool:
    """Whether stdout is to hold nothing but the result."""
    return a.json or any(getattr(a, name) for name in _FORMS)


def emit(a: argparse.Namespace, document: Document, record: Any = None) -> None:
    """Print a document in the form that was asked for, or show it on the terminal.

    With ``--json`` the plain ``record`` is printed; without one nothing is: the caller prints the whole.
    """
    if a.json:
        if record is not None:
            print(json.dumps(record, allow_nan=False))
        return
    for name, (_, text) in _FORMS.items():
        if getattr(a, name):
            print(text(document), end="")
            return
    document.show()
