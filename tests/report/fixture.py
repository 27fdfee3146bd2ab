"""A small stored comparison made of real scikit-learn fits, in the shape that reports read."""

from __future__ import annotations

import itertools
import math
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from sklearn.datasets import load_digits
from sklearn.feature_selection import f_classif
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import accuracy_score, log_loss, roc_auc_score
from sklearn.neural_network import MLPClassifier

from crossframe.core.types import fingerprint
from crossframe.frameworks.contract import Status


@dataclass(frozen=True)
class Made:
    """What ``crossframe.report`` is given."""

    run: dict[str, Any]
    contestants: list[dict[str, Any]]
    cells: pd.DataFrame
    summary: pd.DataFrame
    pairs: pd.DataFrame


@dataclass(frozen=True)
class Entry:
    """A contestant: how it is called, and the estimator that plays it."""

    title: str
    family: str
    make: Callable[[], Any]
    engine: str = "sklearn"
    keep: str = ""
    origin: str = ""
    epochs_asked: float | None = None


ROSTER: dict[str, Entry] = {
    "leekasso.f.lm": Entry(
        "Leekasso (F ranks, least squares)", "leekasso", LinearRegression, keep="f", origin="Leek 2017"
    ),
    "leekasso.f.liblinear": Entry(
        "Leekasso (F ranks, liblinear)",
        "leekasso",
        lambda: LogisticRegression(C=1e6, solver="liblinear"),
        keep="f",
        origin="crossed",
    ),
    "leekasso.f.lbfgs": Entry(
        "Leekasso (F ranks, lbfgs)",
        "leekasso",
        lambda: LogisticRegression(C=np.inf, max_iter=20),
        keep="f",
        origin="crossed",
    ),
    "leekasso.welch.liblinear": Entry(
        "Leekasso (Welch ranks, liblinear)",
        "leekasso",
        lambda: LogisticRegression(C=1e6, solver="liblinear"),
        keep="welch",
        origin="Beam 2017",
    ),
    "sklearn.logistic": Entry("Logistic regression", "logistic", LogisticRegression),
    "sklearn.logistic:C=0.01": Entry(
        "Logistic regression (C = 0.01)", "logistic", lambda: LogisticRegression(C=0.01)
    ),
    "beam.sklearn.mlp": Entry(
        "MLP (scikit-learn)",
        "network",
        lambda: MLPClassifier((16,), max_iter=30, random_state=0),
        epochs_asked=30,
    ),
}


def digits() -> tuple[np.ndarray, np.ndarray]:
    """The zeros and ones of scikit-learn's digits: (360, 64) and (360,)."""
    X, y = load_digits(return_X_y=True)
    rows = y < 2
    return np.ascontiguousarray(X[rows], dtype=np.float64), y[rows].astype(np.int64)


def _selected(kind: str, X: np.ndarray, y: np.ndarray) -> np.ndarray:
    if kind == "f":
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            score = f_classif(X, y)[0]
    else:
        a, b = X[y == 0], X[y == 1]
        score = abs(a.mean(0) - b.mean(0)) / (np.sqrt(a.var(0) / len(a) + b.var(0) / len(b)) + 1e-6)
    return np.argsort(-np.nan_to_num(score, nan=-1.0, posinf=-1.0), kind="stable")[:10]


def _fit(
    entry: Entry, X: np.ndarray, y: np.ndarray, Z: np.ndarray, t: np.ndarray
) -> tuple[dict[str, Any], np.ndarray]:
    columns = _selected(entry.keep, X, y) if entry.keep else np.arange(X.shape[1])
    model = entry.make()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model.fit(X[:, columns], y)
    if isinstance(model, LinearRegression):
        score, train, proba = model.predict(Z[:, columns]), model.predict(X[:, columns]), False
    else:
        score, train = model.predict_proba(Z[:, columns])[:, 1], model.predict_proba(X[:, columns])[:, 1]
        proba = True
    evidence = sorted({str(w.message).split("\n")[0] for w in caught})
    iterations = getattr(model, "n_iter_", None)
    steps = None if iterations is None else int(np.max(iterations))
    status = Status.ITERATION_LIMIT if evidence else Status.CONVERGED
    if entry.epochs_asked is not None:
        status = Status.COMPLETED if steps == entry.epochs_asked else Status.STOPPED_EARLY
    accuracy = accuracy_score(t, score > 0.5)
    nan = math.nan
    return {
        "status": str(status), "usable": True, "failed": False,
        "accuracy": accuracy, "accuracy_half": accuracy,
        "auc": roc_auc_score(t, score), "logloss": log_loss(t, score) if proba else nan,
        "train_accuracy": accuracy_score(y, train > 0.5),
        "train_accuracy_half": accuracy_score(y, train > 0.5),
        "train_logloss": log_loss(y, train) if proba else nan,
        "updates": steps if entry.epochs_asked else nan, "epochs": steps if entry.epochs_asked else nan,
        "epochs_asked": entry.epochs_asked or nan,
        "iterations": nan if entry.epochs_asked or steps is None else steps,
        "convergence": "", "threshold": 0.5, "deterministic": True, "aliased": [], "evidence": evidence,
        "fingerprint": fingerprint(X[:, columns], y), "fingerprint_ok": True, "attempts": 1,
        "seconds_transfer": 0.0, "seconds_fit": 0.01, "seconds_predict": 0.001,
    }, score  # fmt: skip


def _mean(values: Sequence[float]) -> dict[str, float]:
    kept = np.array([v for v in values if np.isfinite(v)])
    if kept.size == 0:
        return dict.fromkeys(("mean", "p10", "p90", "low", "high"), math.nan)
    half = 2.776 * kept.std(ddof=1) / math.sqrt(kept.size) if kept.size > 1 else math.nan
    return {"mean": kept.mean(), "p10": np.quantile(kept, 0.1), "p90": np.quantile(kept, 0.9),
            "low": kept.mean() - half, "high": min(kept.mean() + half, 1.0)}  # fmt: skip


def _summarise(cells: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for (name, n), group in cells.groupby(["contestant", "n"], sort=False):
        counts = group["status"].value_counts()
        evidence = [m for found in group["evidence"] for m in found]
        rows.append(
            {"contestant": name, "n": n, "draws": len(group), "usable": int(group["usable"].sum())}
            | {f"accuracy_{k}": v for k, v in _mean(list(group["accuracy"])).items()}
            | {f"logloss_{k}": v for k, v in _mean(list(group["logloss"])).items()}
            | {f"{c}_mean": group[c].mean()
               for c in ("accuracy_half", "auc", "train_accuracy", "train_accuracy_half", "train_logloss")}
            | {"half_gain": 0.0, "half_gain_low": math.nan, "half_gain_high": math.nan}
            | {c: group[c].median() for c in ("updates", "epochs", "epochs_asked", "iterations")}
            | {"statuses": ", ".join(f"{s} {k}" for s, k in counts.items()),
               "evidence": f"{evidence[0]} ({len(evidence)})" if evidence else ""}
        )  # fmt: skip
    return pd.DataFrame(rows)


def _pair(
    cells: pd.DataFrame, scores: Mapping[Any, np.ndarray], left: str, right: str, n: int, draws: int
) -> dict[str, Any]:
    of = cells.set_index(["contestant", "n", "draw"])["accuracy"]
    gaps = [of[left, n, d] - of[right, n, d] for d in range(draws)]
    middle = _mean(gaps)
    apart = [abs(scores[left, n, d] - scores[right, n, d]) for d in range(draws)]
    alike = [np.mean((scores[left, n, d] > 0.5) == (scores[right, n, d] > 0.5)) for d in range(draws)]
    digits_ = [min(15.7, max(0.0, -math.log10(max(a.max(), 1e-16)))) for a in apart]
    return {
        "left": left, "right": right, "n": n, "draws": draws, "difference": middle["mean"],
        "low": middle["low"], "high": middle["mean"] * 2 - middle["low"], "p_value": 0.5,
        "alike": np.mean(alike), "max_dp": max(a.max() for a in apart),
        "mean_dp": np.mean([a.mean() for a in apart]),
        "digits": np.median(digits_), "digits_min": min(digits_), "coef_distance": math.nan,
    }  # fmt: skip


def build(
    preset: str | None = None,
    sizes: tuple[int, ...] = (10, 20, 40),
    draws: int = 3,
    roster: Mapping[str, Entry] = ROSTER,
    data: tuple[np.ndarray, np.ndarray] | None = None,
    **overrides: Any,
) -> Made:
    """Fit every contestant on every draw; ``overrides`` replace entries of the run's record."""
    X, y = data or digits()
    half = len(y) // 2
    rng = np.random.default_rng(7)
    cells, scores = [], {}
    for n, draw in itertools.product(sizes, range(draws)):
        train = np.concatenate(
            [rng.choice(np.flatnonzero(y[:half] == k), n // 2, replace=False) for k in (0, 1)]
        )
        for name, entry in roster.items():
            cell, score = _fit(entry, X[train], y[train], X[half:], y[half:])
            scores[name, n, draw] = score
            cells.append({"contestant": name, "n": n, "draw": draw, **cell, "key": f"{name}-{n}-{draw}"})
    table = pd.DataFrame(cells)
    pairs = pd.DataFrame(
        [_pair(table, scores, a, b, n, draws) for n in sizes for a, b in itertools.combinations(roster, 2)]
    )
    engines = sorted({e.engine for e in roster.values()})
    run = {
        "id": "r1", "name": preset or "digits", "preset": preset, "command": "crossframe compare --n "
        "10,20,40",
        "created": "2017-06-04T12:00:00+00:00", "crossframe": "0.1.0",
        "dataset": {"name": "digits", "source": "scikit-learn's bundled digits, zeros and "
        "ones", "rows": len(y),
                    "features": X.shape[1], "classes": ["0", "1"],
                    "fingerprint": fingerprint(X, y), "notes": []},
        "design": {"name": "stratified", "describe": "stratified draws from one half, scored on the other"},
        "sizes": list(sizes), "draws": draws, "seed": 1, "threads": 1,
        "machine": {"cpu": "a processor", "cores": 2, "memory_gb": 8.0, "os": "Linux"},
        "versions": {e: {e: "1.0"} for e in engines}, "missing_engines": [],
        "wall_seconds": 12.5, "one_class": {},
    } | overrides  # fmt: skip
    contestants = [
        {"name": name, "title": e.title, "family": e.family, "engine": e.engine, "model": name.split(".")[-1],
         "origin": e.origin, "description": f"{e.title}, as its users get "
         f"it.", "settings": {}, "effective": {"C": 1.0},
         "canonical": {"penalty.l2": 0.1}, "inert": {}, "deterministic": True}
        for name, e in roster.items()
    ]  # fmt: skip
    return Made(run, contestants, table, _summarise(table), pairs)
