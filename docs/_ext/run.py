"""The directive ``run``: commands in a page, carried out while the page is built, with what they print.

    ```{run} sh
    crossframe explain sklearn.logistic r.glm --data customers.csv --target left
    ```

The language is ``sh``, ``python`` or ``r``. Every page has a folder of its own, which holds a copy of
``docs/data``, and its blocks run there one after the other. All pages share one store.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parents[1]
LIMIT = 300
"""Seconds that a block may take."""
PROGRAMS = {
    "sh": ["bash", "-euo", "pipefail", "-c"],
    "python": [sys.executable, "-c"],
    "r": ["Rscript", "-e"],
}
"""Language -> the program that gets a block as its last argument."""
_BLOCK = re.compile(
    r"^(?P<fence>`{3,})\{run\} (?P<language>\w+)\n(?P<options>(?::[^\n]*\n)*)(?P<code>.*?)^(?P=fence)$",
    re.M | re.S,
)


@dataclass(frozen=True)
class Block:
    """A block of a page: its language, its code, and the exit code that it has to end with."""

    language: str
    code: str
    exit_code: int = 0

    def run(self, folder: Path) -> str:
        """What the block prints in ``folder``, errors and progress left out.

        Raises
        ------
        RuntimeError
            Where it ends with another exit code than it has to, or takes longer than `LIMIT`.
        """
        try:
            done = subprocess.run(
                # Only the output is shown; what a failing example says of itself is needed here.
                [*PROGRAMS[self.language], self.code.replace(" 2>/dev/null", "")],
                cwd=folder, env=environment(folder), capture_output=True, text=True, timeout=LIMIT,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            raise RuntimeError(f"takes more than {LIMIT} s: {self.code}") from None
        if done.returncode != self.exit_code:
            raise RuntimeError(f"exit code {done.returncode}: {self.code}\n{done.stdout}{done.stderr}")
        return "\n".join(line.rstrip() for line in done.stdout.splitlines()).strip("\n")


def environment(folder: Path) -> dict[str, str]:
    """The environment of a block: the pages' store, no MNIST, no colours, this Python's ``crossframe``."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    own = {
        "CROSSFRAME_STORE": str(folder.parent / "store.sqlite"),
        "CROSSFRAME_DATA": "",
        "COLUMNS": "84",
        "NO_COLOR": "1",
        "PATH": path,
    }
    return {**os.environ, **own}


def prepare(folder: Path) -> Path:
    """``folder``, emptied but for a copy of ``docs/data``."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(HERE / "data", folder)
    return folder


def blocks(text: str) -> Iterator[Block]:
    """The blocks of a page's Markdown in their order; those within tabs as well."""
    for found in _BLOCK.finditer(text):
        ends = re.search(r"^:exit: (\d+)$", found["options"], re.M)
        yield Block(found["language"], found["code"].strip(), int(ends[1]) if ends else 0)


def excerpt(printed: str, first: str, last: str) -> str:
    """The lines from the one that begins with ``first`` to before the one that begins with ``last``.

    An empty text stands for the beginning or the end. Raises `RuntimeError` where no line begins so.
    """
    lines = printed.splitlines()

    def where(start: str, after: int) -> int:
        for k, line in enumerate(lines[after:], after):
            if line.lstrip().startswith(start):
                return k
        raise RuntimeError(f"no line begins with {start!r}:\n{printed}")

    begin = where(first, 0) if first else 0
    end = where(last, begin + 1) if last else len(lines)
    return "\n".join(lines[begin:end]).strip("\n")


def setup(app: Any) -> dict[str, Any]:
    """Register the directive with Sphinx."""
    from docutils import nodes
    from docutils.parsers.rst import directives
    from sphinx.util.docutils import SphinxDirective

    class Run(SphinxDirective):
        has_content = True
        required_arguments = 1
        option_spec = {  # noqa: RUF012
            "exit": directives.nonnegative_int,
            "from": directives.unchanged,
            "to": directives.unchanged,
            "quiet": directives.flag,
            "figure": directives.unchanged,
            "alt": directives.unchanged,
        }

        def run(self) -> list[nodes.Node]:
            folder = Path(self.env.app.outdir).parent / "run" / self.env.docname
            if self.env.temp_data.setdefault("run", False) is False:
                prepare(folder)
                self.env.temp_data["run"] = True
            language, code = self.arguments[0], "\n".join(self.content)
            try:
                printed = Block(language, code, self.options.get("exit", 0)).run(folder)
                shown = excerpt(printed, self.options.get("from", ""), self.options.get("to", ""))
            except RuntimeError as error:
                raise self.error(f"an example fails: {error}") from None
            made: list[nodes.Node] = [nodes.literal_block(code, code, language=language, classes=["command"])]
            if shown and "quiet" not in self.options:
                made.append(nodes.literal_block(shown, shown, language="text", classes=["output"]))
            if "figure" in self.options:
                picture = folder / self.options["figure"]
                source = "/" + os.path.relpath(picture, self.env.srcdir)
                made.append(nodes.image(uri=source, alt=self.options.get("alt", "")))
            return made

    app.add_directive("run", Run)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
