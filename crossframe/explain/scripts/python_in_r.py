"""What a script of R fits in Python, through reticulate, is recorded beside its own fits.

`r_scripts/python.R` calls it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from crossframe.explain.scripts import python_child


def begin(
    folder: str, script: str, place: Callable[[], tuple[int, str]], take: Callable[[str, list[str]], Any]
) -> None:
    """Record the fits of the frameworks that this process imports from now on.

    Parameters
    ----------
    folder
        Of the recording, which takes the arrays.
    script
        The script of R.
    place
        Gives the line of the call in progress, and the name of its model.
    take
        Gets each fit as JSON and the names of its files; without files, the sentence on why it cannot be
        recorded.
    """
    seeds = "set_random_seed" in Path(script).read_text(encoding="utf-8", errors="replace")

    def on_fit(fit: Any, model: Any) -> None:
        from crossframe.frameworks.fitted import plain

        line, variable = place()
        if isinstance(fit, str):
            take(f"the fit on line {int(line)}: {fit}" if line else fit, [])
            return
        seeded = True if fit.seeded is False and seeds else fit.seeded
        placed = replace(fit, line=int(line), variable=variable, seeded=seeded)
        written = plain(placed, Path(folder))
        take(json.dumps(written), python_child.files_of(written))

    python_child.install(on_fit)
