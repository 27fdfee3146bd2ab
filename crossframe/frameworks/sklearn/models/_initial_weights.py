"""MLPClassifier with given initial weights, in place of the ones that it draws.

scikit-learn has no parameter for them. A warm start would go on from them, but with the counts of an
earlier fit, and draws the order of the rows as if no weights had been drawn before. So a subclass replaces
what each call of ``_init_coef`` returns, and nothing else: the generator is where it would be.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crossframe.core.types import Value
from crossframe.frameworks.initial_weights import initial_weights, received
from crossframe.settings.binding import Binding
from crossframe.settings.vocabulary_networks import OWN, SOURCE, given_seed

PARAMETER = "initial_weights"
BINDING = Binding("init.source", PARAMETER, SOURCE)


def prepared(estimator: Any, arguments: Mapping[str, Value]) -> tuple[Any, dict[str, Value]]:
    """The class to make the estimator of, and its arguments, without the parameter `PARAMETER`."""
    own = {name: value for name, value in arguments.items() if name != PARAMETER}
    source = arguments.get(PARAMETER, OWN)
    seed = given_seed(source)
    return (estimator if seed is None else _starting(estimator, source, seed)), own


def _starting(estimator: Any, source: Value, seed: int) -> Any:
    """A subclass of ``estimator`` that starts from the weights ``given:seed``."""

    class Starting(estimator):  # type: ignore[misc]
        def _initialize(self, y: Any, layer_units: list[int], dtype: Any) -> None:
            sent = initial_weights(seed, layer_units[0], layer_units[1:-1], layer_units[-1])
            self._to_give = list(zip(sent[0::2], sent[1::2], strict=True))
            super()._initialize(y, layer_units, dtype)
            held = [w for layer in zip(self.coefs_, self.intercepts_, strict=True) for w in layer]
            self.initial_weights_ = (source, received(sent, held))

        def _init_coef(self, fan_in: int, fan_out: int, dtype: Any) -> tuple[Any, Any]:
            super()._init_coef(fan_in, fan_out, dtype)
            kernel, bias = self._to_give.pop(0)
            return kernel.astype(dtype), bias.astype(dtype)

    return Starting


def read_back(estimator: Any) -> tuple[Value, str]:
    """The parameter `PARAMETER` of a fitted estimator, and the fingerprint of `FitResult`."""
    there: tuple[Value, str] = getattr(estimator, "initial_weights_", (OWN, ""))
    return there
