"""Explanations offered for phenomena 3 and 6: less covariate shift, and large margins."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from crossframe.claims.claim import Effect, Finding, Verdict, not_run
from crossframe.claims.judge import above, at_least, in_words, over_cells, restricted
from crossframe.core.statistics import geometric_mean, jackknife
from crossframe.core.types import FloatArray
from crossframe.report.table import Cell, Table
from crossframe.studies.phenomena import claims
from crossframe.studies.phenomena.jobs import LOOKED_AT, NETS, SPEEDS, Computed
from crossframe.studies.phenomena.numerics import KERAS
from crossframe.studies.phenomena.training import at_best, speeds

_LOST, _LARGE = 0.5, 2.0


def best_updates(computed: Computed, name: str) -> tuple[FloatArray, FloatArray, FloatArray] | None:
    """Updates by seed without batch normalisation, with it, and with shifts after it, each at its best rate.

    A loss that was not reached counts as reached at the last update, so that shifts that stop training are
    not lost from the comparison.
    """
    plain, shifted = speeds(computed, name), computed.get(f"shift.{name}")
    if plain is None or shifted is None:
        return None
    each = (*plain, shifted["updates"])
    without, norm, shift = (at_best(np.minimum(updates, LOOKED_AT))[0] for updates in each)
    return without, norm, shift


def covariate_shift(computed: Computed) -> Finding:
    """How much of batch normalisation's speed-up random shifts after it take away."""
    effects, words = {}, []
    for name in NETS:
        updates = best_updates(computed, name)
        if updates is None:
            return not_run(claims.CLAIMS["covariate-shift"], "keras")
        case, (without, norm, shift) = f"with {name} hidden layers", np.log(np.stack(updates))
        lost, gained = shift - norm, without - norm

        def share(seeds: NDArray[np.int64], lost: FloatArray = lost, gained: FloatArray = gained) -> float:
            return float(lost[seeds].mean() / gained[seeds].mean())

        measured = jackknife(share, len(norm), least=-np.inf)
        effects[case] = Effect.of(f"share of the speed-up lost, {name} hidden layers", measured)
        titles = ("without", "with", "with shifts")
        means = ", ".join(f"{title} {u.mean():.0f}" for title, u in zip(titles, updates, strict=True))
        words.append(f"{case} {in_words(measured, '.2f')} (updates {means})")
    cells = {case: above(e, _LOST) for case, e in effects.items()}
    verdict = over_cells(cells.values())
    where = restricted(cells, "").strip() if verdict is Verdict.PARTLY else ""
    text = (
        f"share lost {'; '.join(words)}. The shifts also disturb the gradients: a loss could be due to that; "
        "what is kept is not due to less covariate shift"
    )
    effect = max(effects.values(), key=lambda e: e.value)
    return Finding(claims.CLAIMS["covariate-shift"], verdict, text, effect, (KERAS,), where)


def large_margin(computed: Computed) -> Finding:
    """Normalised margins after true and after random labels."""
    true, random = (computed.get(f"margins.{labels}") for labels in ("true", "random"))
    if true is None or random is None:
        return not_run(claims.CLAIMS["large-margin"], "keras")
    ratios = {key: geometric_mean(np.log(true[key] / random[key])) for key in ("margin", "plain", "norm")}
    effect = Effect.of("normalised margin, true / random labels", ratios["margin"])
    words = (
        f"ratio of the normalised margins {in_words(ratios['margin'], '.2f')}; of the margins themselves "
        f"{in_words(ratios['plain'], '.2f')}, of the products of the norms {in_words(ratios['norm'], '.2f')}"
    )
    fitted = bool(min(true["train"].min(), random["train"].min()) == 1)
    # What does not fit its labels has no margin to speak of.
    verdict = at_least(effect, _LARGE) if fitted else Verdict.OPEN
    return Finding(claims.CLAIMS["large-margin"], verdict, words, effect, (KERAS,))


def shift_table(computed: Computed) -> Table:
    """Updates to the training loss with shifts after batch normalisation, by rate."""
    columns = (
        ("Hidden layers", False, ""),
        *((f"Rate {rate:g}", True, "mean updates to the training loss") for rate in SPEEDS),
    )
    rows = []
    for name in NETS:
        arrays = computed.get(f"shift.{name}")
        if arrays is not None:
            means = [float(row.mean()) for row in arrays["updates"]]
            shown = [Cell(f"{v:.0f}", v) if np.isfinite(v) else Cell("not reached by all") for v in means]
            rows.append([Cell(name), *shown])
    return Table(
        "Updates to the same training loss, shifted at random after batch normalisation", columns, rows
    )


def margins_table(computed: Computed) -> Table:
    """Median margins after true and random labels."""
    columns = (
        ("Labels", False, ""), ("Training accuracy", True, "smallest of the seeds"),
        ("Margin", True, "median of the training images, mean over seeds"),
        ("Product of the spectral norms", True, "mean over seeds"),
        ("Normalised margin", True, "mean over seeds"),
    )  # fmt: skip
    rows = [
        [Cell(labels), Cell(f"{a['train'].min():.3f}"),
         *(Cell(f"{a[key].mean():.4g}", float(a[key].mean())) for key in ("plain", "norm", "margin"))]
        for labels in ("true", "random")
        if (a := computed.get(f"margins.{labels}")) is not None
    ]  # fmt: skip
    return Table("Margins of the training images", columns, rows)
