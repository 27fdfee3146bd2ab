"""Write the answer in README.md from the published results: no number there is typed.

It stands between ``<!-- begin answer -->`` and ``<!-- end answer -->``. `make reports` runs this at its end.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from crossframe.settings.vocabulary import VOCABULARY

ROOT = Path(__file__).resolve().parents[1]
FRAMEWORKS = {
    "sklearn.logistic": "scikit-learn",
    "keras.logistic": "Keras",
    "h2o.glm": "H2O",
    "r.glm": "R",
}
"""Logistic regression on all features, by contestant."""


def _result(report: str) -> Any:
    return json.loads((ROOT / "reports" / report / "result.json").read_text(encoding="utf-8"))


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _points(difference: float, interval: tuple[float, float]) -> str:
    low, high = interval
    text = f"{100 * difference:+.1f} percentage points [{100 * low:+.1f}, {100 * high:+.1f}]"
    return text.replace("-", "−")


def _title(setting: str) -> str:
    """The setting's title, and its key."""
    return f"{VOCABULARY[setting].title} (`{setting}`)"


def answer() -> str:
    """Five lines: a difference, its reason, the two nets of 2017, the causes, and the plain model.

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
    pair = next(
        p
        for p in compared["pairs"]
        if {p["left"], p["right"]} == {"sklearn.logistic", "keras.mlp"} and p["n"] == n
    )
    sign = 1 if pair["left"] == "sklearn.logistic" else -1
    simple = _points(sign * pair["difference"], tuple(sorted((sign * pair["low"], sign * pair["high"]))))

    nets = _result("explain/leek-beam/n-10")
    gap = nets["gap"]
    causes = sorted(nets["causes"], key=lambda cause: -cause["share"])[:3]
    named = "; ".join(f"{_title(cause['setting'])} {100 * cause['share']:.0f} %" for cause in causes)
    if ranked[-1] != "r.glm" or len(ended) != 1:
        raise ValueError("R's glm is no longer last, or ends in several ways: write the second line anew")
    lines = (
        f"**One recipe, four answers.** Trained on {n} images, logistic regression labels this share of new "
        f"images rightly: {shares}.",
        f"**Why R is last.** Every fit of `glm` ended as “{ended.pop()}”: without a penalty there is no best "
        "fit to reach. The others penalise, or stop on the way.",
        f"**Two deep nets.** On the same samples of {nets['data']['rows']} images H2O's net labels "
        f"{_percent(gap['left'])} rightly, Keras's {_percent(gap['right'])}: "
        f"{_points(gap['difference'], gap['interval'])}.",
        f"**Largest causes**, by their share of that difference: {named}. With every switch of the "
        f"explanation {_points(gap['left_after'], gap['interval_after'])} are left.",
        "**The plain model.** scikit-learn's logistic regression with its defaults against Keras's net: "
        f"{simple}.",
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
