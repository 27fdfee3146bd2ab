"""Write the answer in README.md from the published results: no number there is typed.

It stands between ``<!-- begin answer -->`` and ``<!-- end answer -->``. `make reports` runs this at its end.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
FRAMEWORKS = {
    "sklearn.logistic": "scikit-learn",
    "keras.logistic": "Keras",
    "h2o.glm": "H2O",
    "r.glm": "R",
}
"""Logistic regression on all features, by contestant."""
STATED = {"leek-lead": "holds", "net-wins": "holds", "threshold": "holds", "decay": "holds"}
"""Claim of the study leek-beam -> how its verdict begins, for the lines to be true."""


def _result(report: str) -> Any:
    return json.loads((ROOT / "reports" / report / "result.json").read_text(encoding="utf-8"))


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _points(difference: float, interval: tuple[float, float]) -> str:
    low, high = interval
    text = f"{100 * difference:+.1f} [{100 * low:+.1f}, {100 * high:+.1f}]"
    return text.replace("-", "−")


def _gains() -> dict[str, str]:
    """Claim of the study leek-beam -> its effect, with the size of the training samples where it has one.

    Raises
    ------
    ValueError
        Where a claim that the lines state does not hold.
    """
    gains = {}
    for finding in _result(".")[0]["findings"]:
        key, effect = finding["key"], finding["effect"]
        if key in STATED and not finding["verdict"].startswith(STATED[key]):
            raise ValueError(f"{key}: {finding['verdict']}: write its line anew")
        if effect is not None:
            size = re.search(r"n = \d+", effect["what"])
            at = f" at {size[0]}" if size else ""
            gains[key] = _points(effect["value"], (effect["low"], effect["high"])) + at
    return gains


def answer() -> str:
    """Five lines: a difference, its reason, who was right in 2017, why, and the plain model.

    Raises
    ------
    ValueError
        Where the results no longer say what a line says.
    """
    compared = _result("leek-2017")
    n = min(compared["run"]["sizes"])
    mean = {r["contestant"]: r["accuracy_mean"] for r in compared["summary"] if r["n"] == n}
    ranked = sorted(FRAMEWORKS, key=lambda name: -mean[name])
    shares = ", ".join(f"{_percent(mean[name])} in {FRAMEWORKS[name]}" for name in ranked)
    ended = {c["status"] for c in compared["cells"] if c["contestant"] == "r.glm" and c["n"] == n}
    if ranked[-1] != "r.glm" or len(ended) != 1:
        raise ValueError("R's glm is no longer last, or ends in several ways: write the second line anew")
    gain = _gains()
    lines = (
        f"**One recipe, four answers.** Trained on {n} images, logistic regression labels this share of new "
        f"images rightly: {shares}.",
        f"**Why R is last.** Every fit of `glm` ended as “{ended.pop()}”: without a penalty there is no best "
        "fit to reach. The others penalise, or stop on the way.",
        "**Who was right?** Each about what he ran, in percentage points: ten pixels with `lm` beat H2O's "
        f"net, {gain['leek-lead']}; Keras's net beats ten pixels with liblinear, {gain['net-wins']}.",
        f"**Why.** H2O's threshold for labels: cut at p > 0.5 the same fits gain {gain['threshold']}. And "
        f"training that did not converge: without decay of its rate the net's port to Keras gains "
        f"{gain['decay']}.",
        "**The plain model**: scikit-learn's default logistic regression, not run in 2017, minus "
        f"Keras's net: {gain['third-party']}.",
    )
    return "\n".join(f"{k}. {line}" for k, line in enumerate(lines, 1))


def filled(text: str) -> str:
    """The README with its answer made anew. Raises `ValueError` where it has no place for it."""
    new, count = re.subn(
        r"(<!-- begin answer -->\n).*?(<!-- end answer -->)",
        lambda found: f"{found[1]}{answer()}\n{found[2]}", text, flags=re.DOTALL,
    )  # fmt: skip
    if count != 1:
        raise ValueError("README.md has no part between <!-- begin answer --> and <!-- end answer -->")
    return new


if __name__ == "__main__":
    readme = ROOT / "README.md"
    readme.write_text(filled(readme.read_text(encoding="utf-8")), encoding="utf-8")
