"""Parameters that have no effect on a side, and would be taken for a cause."""

from __future__ import annotations

from crossframe.experiment.record import Record
from crossframe.experiment.spec import parse
from crossframe.explain.diagnoses_over_draws import Inactive, inactive_settings


def test_a_batch_size_that_the_server_sets_back_is_listed() -> None:
    """The batch of h2o.deeplearning is 1 by a rule; the parameter that seems to carry it does nothing."""
    why = "the server sets it back to 1"
    sides = (parse("h2o.mlp"), parse("keras.mlp"))
    h2o = Record({"usable": True, "inert": {"mini_batch_size": why}, "effective": {"mini_batch_size": 1}})
    keras = Record({"usable": True, "inert": {}, "effective": {"batch_size": 32}})
    found = inactive_settings(sides, ({"batch.size": 1}, {"batch.size": 32}), ([h2o], [keras]))
    assert found == (Inactive("batch.size", "left", "mini_batch_size", why),)
