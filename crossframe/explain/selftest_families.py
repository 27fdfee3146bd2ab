"""The families of the self-test: their cases, and the marks that they have to reach."""

from __future__ import annotations

from functools import partial

from crossframe.explain import selftest_kinds_linear as linear
from crossframe.explain import selftest_kinds_networks as networks
from crossframe.explain.selftest import Batch, Marks, SelfTestFamily
from crossframe.explain.selftest_kinds import KindPlanter
from crossframe.explain.selftest_linear import LinearMixtures
from crossframe.explain.selftest_networks import NetworkMixtures

FIRST = 100_001
"""Seed of the first case of a kind: those below are mixtures of settings."""

LINEAR = SelfTestFamily(
    "linear",
    Marks(precision=0.97, recall=0.95, fixed="2026-11-22"),
    (
        Batch(1, 200, LinearMixtures),
        Batch(
            FIRST,
            10 * len(linear.KINDS),
            partial(KindPlanter, kinds=linear.KINDS, decoys=linear.DECOYS, first=FIRST, stream=20261122),
        ),
    ),
)

NETWORKS = SelfTestFamily(
    "networks",
    Marks(precision=0.95, recall=0.85, fixed="2026-11-22"),
    (
        Batch(1, 12, NetworkMixtures),
        Batch(
            FIRST,
            2 * len(networks.KINDS),
            partial(KindPlanter, kinds=networks.KINDS, decoys=networks.DECOYS, first=FIRST, stream=20261123),
        ),
    ),
)
