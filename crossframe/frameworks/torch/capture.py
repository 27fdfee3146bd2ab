"""PyTorch's declared defaults: layers, initializers, losses, optimizers, and the loader of batches.

The file also runs alone, on any release of PyTorch and without crossframe: ``python -I capture.py
torch.optim:Adam ...`` prints what ``capture`` returns, as JSON::

    {"framework": "torch",
     "versions": {"torch": "2.13.0"},
     "callables": {"Adam": {"call": "inspect.signature(torch.optim.Adam)", "parameters": {"eps": 1e-08}}}}

Values are plain JSON. A pair of numbers is written as its members: ``betas[0]`` and ``betas[1]``.
"""

from __future__ import annotations

import importlib
import inspect
import json
import sys
from collections.abc import Iterator, Mapping
from typing import Any

PAGE = "https://docs.pytorch.org/docs/stable/"
OPTIMIZERS = {"sgd": "SGD", "adam": "Adam", "adamw": "AdamW"}
"""Name of an update rule -> its class of ``torch.optim``."""
LOSSES = {"softmax2": "CrossEntropyLoss", "sigmoid1": "BCEWithLogitsLoss", "linear1": "MSELoss"}
"""Output layer -> the class of its loss."""
INITIALIZERS = {"xavier_uniform": "xavier_uniform_", "kaiming_uniform": "kaiming_uniform_"}
"""Rule of the initial weights that is not ``Linear``'s own -> its function of ``torch.nn.init``."""
CALLABLES = (
    "torch.nn:Linear",
    "torch.nn:Dropout",
    *(f"torch.nn:{name}" for name in LOSSES.values()),
    *(f"torch.nn.init:{name}" for name in INITIALIZERS.values()),
    *(f"torch.optim:{name}" for name in OPTIMIZERS.values()),
    "torch.utils.data:DataLoader",
)
"""What a perceptron is made of and trained with, ``module:name``."""


def capture(callables: list[str]) -> dict[str, Any]:
    """Every parameter of each class or function ``module:name``, with its default.

    A parameter without a default has None. A name that this release does not have is left out.
    """
    import torch

    read: dict[str, Any] = {}
    for where in callables:
        module, _, name = where.partition(":")
        described = getattr(importlib.import_module(module), name, None)
        if described is not None:
            parameters = dict(_parameters(described))
            read[name] = {"call": f"inspect.signature({module}.{name})", "parameters": parameters}
    return {"framework": "torch", "versions": {"torch": str(torch.__version__)}, "callables": read}


def documentation(owner: str, name: str, version: str) -> str:
    """Address of the page of a class or function ``owner``, of the latest release."""
    module = next((where.partition(":")[0] for where in CALLABLES if where.endswith(":" + owner)), "torch")
    if module in ("torch.nn", "torch.optim"):
        return f"{PAGE}generated/{module}.{owner}.html"
    if module == "torch.nn.init":
        return f"{PAGE}nn.init.html#{module}.{owner}"
    return f"{PAGE}data.html#{module}.{owner}"


def other_owner(owner: str, effective: Mapping[str, Any]) -> str:
    """Why a network with these settings in force does not have the class ``owner``; empty: it has."""
    for setting, names in (("optimizer", OPTIMIZERS), ("head", LOSSES), ("weight_init", INITIALIZERS)):
        used = effective.get(setting)
        if owner in names.values() and names.get(str(used)) != owner:
            return f"of another {setting}; here {setting}={used}"
    rates = {name: effective.get(name) for name in ("input_dropout", "dropout")}
    if owner == "Dropout" and not any(rates.values()):
        return "the network has no dropout"
    return ""


def _parameters(described: Any) -> Iterator[tuple[str, Any]]:
    for key, parameter in inspect.signature(described).parameters.items():
        default = None if parameter.default is parameter.empty else parameter.default
        if isinstance(default, tuple):
            yield from ((f"{key}[{k}]", _plain(value)) for k, value in enumerate(default))
        else:
            yield key, _plain(default)


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, (bool, int, float, str)) else repr(value)


if __name__ == "__main__":
    print(json.dumps(capture(sys.argv[1:]), indent=1))
