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
HOLDS = ("holds",)
STATED = {"leek-lead": HOLDS, "net-wins": ("holds", "holds only in part"), "threshold": HOLDS, "decay": HOLDS}
"""Claim of the study leek-beam -> its verdicts with which the lines are true."""


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
        if key in STATED and finding["verdict"] not in STATED[key]:
            raise ValueError(f"{key}: {finding['verdict']}: write its line anew")
        if effect is not None:
            size = re.search(r"n = \d+", effect["what"])
            at = f" at {size[0]}" if size else ""
            gains[key] = _points(effect["value"], (effect["low"], effect["high"])) + at
            if finding["verdict"] == "holds only in part" and key in STATED:
                gains[key] += f" (surely {finding['where'] or 'at some n only'})"
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
    rows = {r["contestant"]: r for r in compared["summary"] if r["n"] == n}
    mean = {name: row["accuracy_mean"] for name, row in rows.items()}
    ranked = sorted(FRAMEWORKS, key=lambda name: -mean[name])
    shares = ", ".join(f"{_percent(mean[name])} in {FRAMEWORKS[name]}" for name in ranked)
    dropped = {len(c["aliased"]) for c in compared["cells"] if c["contestant"] == "r.glm" and c["n"] == n}
    half = rows["h2o.glm"]["accuracy_half_mean"]
    if ranked[-2:] != ["h2o.glm", "r.glm"] or len(dropped) != 1 or min(mean["leekasso.f.glm"], half) < 0.9:
        raise ValueError(
            "R's glm and H2O's are no longer last, or not for these reasons: see the second line"
        )
    gain = _gains()
    lines = (
        f"**One recipe, four answers.** Trained on {n} images, logistic regression labels this share of new "
        f"images rightly: {shares} (means of {compared['run']['draws']} samples).",
        f"**Why R and H2O are last.** From {n} images R's `glm` can estimate {n} coefficients: it keeps the "
        f"first columns in the file's order and drops {dropped.pop()}. On the ten pixels that differ most it "
        f"has {_percent(mean['leekasso.f.glm'])}. H2O labels where F1 is largest on the training rows; at "
        f"p > 0.5 it has {_percent(half)}.",
        "**Who was right?** Each about what he ran, in percentage points: ten pixels with `lm` beat H2O's "
        f"net, {gain['leek-lead']}; Keras's net beats ten pixels with liblinear, {gain['net-wins']}.",
        f"**Why.** H2O's threshold again: at p > 0.5 its net gains {gain['threshold']}. And training that "
        f"did not converge: without decay of its rate the net's port to Keras gains {gain['decay']}.",
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
