"""Phenomena 3 and 4: batch normalisation's speed, and many starts."""

from __future__ import annotations

import numpy as np

from crossframe.engines.base import FloatArray
from crossframe.report.tables import Cell, Table
from crossframe.studies.claim import Effect, Finding, Verdict
from crossframe.studies.phenomena import claims
from crossframe.studies.phenomena.measures import below, speed_ratio
from crossframe.studies.phenomena.numerics import KERAS, SKLEARN
from crossframe.studies.phenomena.plan import NETS, SPEEDS, WIDTHS, Got


def at_best(updates: FloatArray) -> tuple[FloatArray, list[int]]:
    """Each seed's updates at the rate that is best for the other seeds, and that rate's number.

    ``updates`` is (rates, seeds). That the seed itself has no say keeps the choice from flattering.
    """
    seeds = np.arange(updates.shape[1])
    best = [int(np.argmin(np.mean(np.delete(updates, s, axis=1), axis=1))) for s in seeds]
    return updates[best, seeds], best


def speeds(got: Got, name: str) -> tuple[FloatArray, FloatArray] | None:
    """Updates (rates, seeds) of the network without and with batch normalisation."""
    if any(f"speed.{name}.{norm}" not in got for norm in (False, True)):
        return None
    return got[f"speed.{name}.False"]["updates"], got[f"speed.{name}.True"]["updates"]


def norm_best(got: Got) -> Finding:
    """Each at its own best rate."""
    found: dict[str, Effect] = {}
    said = []
    for name in NETS:
        both = speeds(got, name)
        if both is None:
            return Finding(claims.NORM_BEST, Verdict.CANNOT_TELL, "Keras could not run")
        (plain, plain_at), (norm, norm_at) = (at_best(updates) for updates in both)
        found[name] = speed_ratio(f"updates with / without, {name} hidden layers", np.log(norm / plain))
        said.append(
            f"{name} hidden layers: {norm.mean():.0f} updates at rate {SPEEDS[norm_at[0]]:g} against "
            f"{plain.mean():.0f} at {SPEEDS[plain_at[0]]:g}"
        )
    slower = [
        f"{np.mean(got[f'speed.{name}.True']['accuracy'].max(axis=0)):.3f} against "
        f"{np.mean(got[f'speed.{name}.False']['accuracy'].max(axis=0)):.3f}"
        for name in NETS
    ]
    words = (
        f"{'; '.join(said)}. It is speed on the training loss: test accuracy there, at each one's best rate "
        f"for it, is {' and '.join(slower)}"
    )
    return Finding(claims.NORM_BEST, below(found.values(), 1.0), words, _weakest(found), (KERAS,))


def norm_common(got: Got) -> Finding:
    """Both at the rate that is best without."""
    found: dict[str, Effect] = {}
    for name in NETS:
        both = speeds(got, name)
        if both is None:
            return Finding(claims.NORM_COMMON, Verdict.CANNOT_TELL, "Keras could not run")
        plain, best = at_best(both[0])
        norm = both[1][best, np.arange(len(best))]
        found[name] = speed_ratio(f"updates with / without, {name} hidden layers", np.log(norm / plain))
    words = "; ".join(str(e) for e in found.values())
    return Finding(claims.NORM_COMMON, below(found.values(), 1.0), words, _weakest(found), (KERAS,))


def _weakest(found: dict[str, Effect]) -> Effect:
    return max(found.values(), key=lambda e: e.value)


def losses(got: Got) -> dict[str, FloatArray]:
    """Final training losses of all starts, by network in words."""
    names = {"starts.keras": "Keras, two hidden layers", "starts.sklearn": "scikit-learn, two hidden layers"}
    names |= {f"starts.{width}": f"Keras, one hidden layer of {width}" for width in WIDTHS}
    return {words: got[name]["loss"][:, -1] for name, words in names.items() if name in got}


def starts(got: Got) -> Finding:
    """Many starts on the same images."""
    wide = [name for name in ("starts.keras", "starts.sklearn") if name in got]
    if not wide:
        return Finding(claims.STARTS, Verdict.CANNOT_TELL, "no framework could run")
    ends = np.concatenate([got[name]["loss"][:, -1] for name in wide])
    right = np.concatenate([got[name]["accuracy"] for name in wide])
    reached = bool(np.ptp(ends) <= claims.NEAR)
    narrow = [got[f"starts.{w}"]["loss"][:, -1] for w in WIDTHS if f"starts.{w}" in got]
    said = ", ".join(
        f"{v.min():.2g} to {v.max():.2g} with {w} hidden units" for w, v in zip(WIDTHS, narrow, strict=False)
    )
    words = (
        f"{len(ends)} starts end between {ends.min():.4f} and {ends.max():.4f}, with test accuracies from "
        f"{right.min():.4f} to {right.max():.4f}"
    )
    words += f"; where one narrow layer must do, they end apart: {said}" if narrow else ""
    apart = any(np.ptp(v) > claims.NEAR for v in narrow)
    verdict = Verdict.FAILS if not reached else Verdict.ONLY if apart else Verdict.HOLDS
    effect = Effect("range of the final training losses", float(np.ptp(ends)), count=len(ends))
    engines = tuple({"starts.keras": KERAS, "starts.sklearn": SKLEARN}[name] for name in wide)
    where = "in networks wide enough to fit the images" if verdict is Verdict.ONLY else ""
    return Finding(claims.STARTS, verdict, words, effect, engines, where)


def table(got: Got) -> Table:
    """Updates by rate."""
    columns = (
        ("Hidden layers", False, ""), ("Batch normalisation", False, ""),
        *((f"Rate {rate:g}", True, "mean updates to the training loss; with how many seeds if not all")
          for rate in SPEEDS),
    )  # fmt: skip
    rows = []
    for name in NETS:
        for norm, updates in zip(("without", "with"), speeds(got, name) or (), strict=False):
            rows.append([Cell(name), Cell(norm), *(_reached(row) for row in updates)])
    return Table("Updates to the same training loss", columns, rows)


def _reached(row: FloatArray) -> Cell:
    there = row[np.isfinite(row)]
    if not len(there):
        return Cell("not reached")
    return Cell(f"{there.mean():.0f}" + (f" ({len(there)} of {len(row)})" if len(there) < len(row) else ""))
