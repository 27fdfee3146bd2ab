"""Relative links of the Markdown files that people read: do the files and the headings exist?

``python docs/_ext/links.py`` prints what is dead, and ends with 1 where something is.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MADE = ROOT / "docs" / "reference"
"""Pages that the build writes; a link to one is checked by the build."""

_FENCE = re.compile(r"^(`{3,}|~{3,})(?!\{(?:tab|grid|note|tip|warning|dropdown|card)).*?^\1$", re.M | re.S)
_LINK = re.compile(r"!?\[(?:[^\]\[]|\[[^\]]*\])*\]\(([^()\s]+)(?:\s+\"[^\"]*\")?\)")
_SOURCE = re.compile(r"<(?:img|a)\b[^>]*?(?:src|href)=\"([^\"]+)\"")


def pages() -> list[Path]:
    """README.md, CONTRIBUTING.md, and every page of ``docs`` that is no output of the build."""
    docs = (p for p in (ROOT / "docs").rglob("*.md") if not {"_build", "reference"} & set(p.parts))
    return [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(docs)]


def anchors(text: str) -> set[str]:
    """The anchors of a page: those of its headings, as they are made from the words, and ``(name)=``."""
    prose = re.sub(r"^(`{3,})[^\n]*\n.*?^\1$", "", text, flags=re.M | re.S)
    named = set(re.findall(r"^\(([^)]+)\)=$", prose, re.M))
    for heading in re.findall(r"^#+ +(.+?) *$", prose, re.M):
        words = re.sub(r"[^\w\- ]", "", heading.replace("`", "").lower())
        named.add(words.replace(" ", "-"))
    return named


def targets(text: str) -> Iterator[str]:
    """The targets of the links and pictures of a page, without those in blocks of code."""
    prose = re.sub(r"`[^`\n]+`", "", _FENCE.sub("", text))
    yield from _LINK.findall(prose)
    yield from _SOURCE.findall(prose)


def dead(page: Path) -> list[str]:
    """A sentence on each relative link of a page that leads nowhere."""
    wrong = []
    for target in targets(page.read_text(encoding="utf-8")):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        if MADE in file.parents:
            continue
        if not file.exists():
            wrong.append(f"{page.relative_to(ROOT)}: {target}: there is no such file")
        elif anchor and file.suffix == ".md" and anchor not in anchors(file.read_text(encoding="utf-8")):
            wrong.append(f"{page.relative_to(ROOT)}: {target}: there is no such heading")
    return wrong


if __name__ == "__main__":
    problems = [line for page in pages() for line in dead(page)]
    print("\n".join(problems) or f"no dead link in {len(pages())} pages")
    sys.exit(bool(problems))
