"""SGD on one weight in a potential with a wide and a narrow well, and the theory of where it ends."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from crossframe.core.types import FloatArray
from crossframe.studies.training import Outcome

Well = tuple[float, float, float]
"""Place m, depth d and width w of - d exp(-(x - m)^2 / (2 w^2))."""

CONFINES = 0.1
"""Curvature of the parabola that holds the weight."""
_RANGE = 12.0


def loss(x: FloatArray, wells: Sequence[Well]) -> FloatArray:
    """L(x) = `CONFINES` x^2 / 2 - sum_k d_k exp(-(x - m_k)^2 / (2 w_k^2))."""
    value: FloatArray = CONFINES * x**2 / 2
    for m, d, w in wells:
        value = value - d * np.exp(-((x - m) ** 2) / (2 * w**2))
    return value


def slope(x: FloatArray, wells: Sequence[Well]) -> FloatArray:
    """First derivative of `loss`, same shape as ``x``."""
    value: FloatArray = CONFINES * x
    for m, d, w in wells:
        away = (x - m) / w
        value = value + d * away / w * np.exp(-(away**2) / 2)
    return value


def curvature(x: float, wells: Sequence[Well]) -> float:
    """Second derivative of `loss` at one place."""
    value = CONFINES
    for m, d, w in wells:
        away = ((x - m) / w) ** 2
        value += d / w**2 * (1 - away) * float(np.exp(-away / 2))
    return value


def top(wells: Sequence[Well]) -> float:
    """The place of the barrier between the first two wells."""
    x = np.linspace(wells[0][0], wells[1][0], 100_001)
    return float(x[np.argmax(loss(x, wells))])


def gibbs(wells: Sequence[Well], temperature: float) -> float:
    """Stationary weight of the side of the first well.

    Small steps of SGD follow dx = -L'(x) dt + sqrt(2 T) dW with T = rate s^2 / (2 batch), whose
    stationary density is proportional to exp(-L(x) / T). Source: S. Mandt, M. D. Hoffman and
    D. M. Blei, Stochastic gradient descent as approximate Bayesian inference, JMLR 18(134), 2017.
    """
    x = np.linspace(-_RANGE, _RANGE, 400_001)
    value = loss(x, wells)
    density = np.exp(-(value - value.min()) / temperature)
    return float(density[x < top(wells)].sum() / density.sum())


def walk(
    *,
    wells: Sequence[Sequence[float]],
    noise: float,
    batch: int,
    rate: float,
    time: float,
    runs: int,
    seed: int,
) -> Outcome:
    """SGD with gradients L'(x) + N(0, noise^2 / batch), half of the runs from each of two wells.

    Parameters
    ----------
    wells
        `Well`, the first one to the left of the second.
    time
        Updates times ``rate``.

    Returns
    -------
    fields
        ``left`` and ``right``: of the runs that began in the first and in the second well, how many
        end on the first one's side; ``runs`` of each; ``outside``: runs beyond +-12.
    arrays
        ``x`` (2, runs): where they end.
    """
    places = [(float(m), float(d), float(w)) for m, d, w in wells]
    rng = np.random.default_rng([seed, batch, round(1e9 * rate)])
    x = np.repeat([[places[0][0]], [places[1][0]]], runs, axis=1)
    spread = noise / np.sqrt(batch)
    for _ in range(round(time / rate)):
        x = x - rate * (slope(x, places) + spread * rng.standard_normal(x.shape))
    ends = x < top(places)
    fields = {
        "left": int(ends[0].sum()),
        "right": int(ends[1].sum()),
        "runs": runs,
        "outside": int(np.sum(np.abs(x) > _RANGE)),
    }
    return fields, {"x": x}
