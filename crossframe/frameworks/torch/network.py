"""A multilayer perceptron of PyTorch: built, trained and read back.

PyTorch has no ``fit``: the loop is the one that its tutorials show. crossframe gives it the batches, in the
order in which it gives them to Keras.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from crossframe.core.types import FloatArray, Value, as_float
from crossframe.frameworks.initial_weights import Weights, initial_weights, received
from crossframe.frameworks.keras.loop import schedule
from crossframe.frameworks.torch.capture import LOSSES, OPTIMIZERS
from crossframe.settings.vocabulary_networks import given_seed

if TYPE_CHECKING:
    import torch

Net = Mapping[str, Value]
"""Every setting of a network and its training, in native spelling."""

ACTIVATIONS = {
    "relu": "ReLU", "tanh": "Tanh", "sigmoid": "Sigmoid", "identity": "Identity", "selu": "SELU",
    "gelu": "GELU", "elu": "ELU",
}  # fmt: skip
"""Name of an activation -> its class of ``torch.nn``."""
OPTIONS = {
    "sgd": ("lr", "momentum", "nesterov", "weight_decay"),
    "adam": ("lr", "eps", "amsgrad", "weight_decay"),
    "adamw": ("lr", "eps", "amsgrad", "weight_decay"),
}
"""Update rule -> the parameters of its class that are settings; beside them ``betas``."""
_PREDICT_ROWS = 4096
_SEEDS = 2**63


class Perceptron:
    """One network with its loss and optimizer.

    Parameters
    ----------
    net
        All settings, in native spelling; an option that is absent has PyTorch's default.
    features
        Number of inputs.
    seed
        Of ``torch.manual_seed``, from which the initial weights and the dropped units follow.
    """

    def __init__(self, net: Net, features: int, seed: int) -> None:
        import torch

        torch.manual_seed(seed % _SEEDS)
        self.net = net
        self.dtype = getattr(torch, str(net["dtype"]))
        self.model = torch.nn.Sequential(*_layers(net, features, self.dtype))
        self.linear = [layer for layer in self.model if isinstance(layer, torch.nn.Linear)]
        self.initial_weights = _start(net, self.linear, features)
        self.loss = getattr(torch.nn, LOSSES[str(net["head"])])(**_given(net, _loss_options(net)))
        self.optimizer = _optimizer(net, self.linear)
        self.updates = 0

    def train(self, X: torch.Tensor, y: torch.Tensor, seed: int) -> None:
        """Train on features (n, k) and a target (n,), both float64, for all the epochs."""
        import torch

        net = self.net
        batch, epochs = int(as_float(net["batch_size"])), int(as_float(net["epochs"]))
        X = X.to(self.dtype)
        target = y.long() if net["head"] == "softmax2" else y.to(self.dtype)[:, None]
        self.model.train()
        for padded in schedule(len(y), batch, epochs, bool(net["shuffle"]), seed):
            rows = torch.from_numpy(padded[padded >= 0]).long()
            self.optimizer.zero_grad()
            self.loss(self.model(X[rows]), target[rows]).backward()
            self.optimizer.step()
            self.updates += 1

    def predict(self, X: torch.Tensor) -> FloatArray:
        """P(class 1), or the number that is predicted, (m,) for features (m, k) in float64."""
        import torch

        self.model.eval()
        with torch.no_grad():
            parts = [self._score(self.model(part.to(self.dtype))) for part in X.split(_PREDICT_ROWS)]
        return torch.cat(parts).to(torch.float64).numpy()  # type: ignore[no-any-return]

    def _score(self, output: torch.Tensor) -> torch.Tensor:
        if self.net["head"] == "softmax2":
            return output.softmax(dim=1)[:, 1]
        return output[:, 0].sigmoid() if self.net["head"] == "sigmoid1" else output[:, 0]

    @property
    def finite(self) -> bool:
        """Whether every weight is a finite number."""
        import torch

        return all(bool(torch.isfinite(weights).all()) for weights in self.model.parameters())

    def effective(self) -> dict[str, Value]:
        """The settings in force, read back from the live layers, loss and optimizer.

        Those that no object holds have the value of ``net``, so that their lack of effect can be reported.
        """
        kernels, *others = self.optimizer.param_groups
        held = {name: _plain(kernels[name]) for name in OPTIONS[str(self.net["optimizer"])]}
        if "betas" in kernels:
            held["beta1"], held["beta2"] = kernels["betas"]
        held["bias_weight_decay"] = _plain(others[0]["weight_decay"]) if others else None
        options = {name: getattr(self.loss, name) for name in _loss_options(self.net)}
        return {
            **self.net,
            "hidden": tuple(layer.out_features for layer in self.linear[:-1]),
            "bias": self.linear[0].bias is not None,
            "dtype": str(self.linear[0].weight.dtype).rpartition(".")[2],
            **options,
            **held,
        }


def _layers(net: Net, features: int, dtype: Any) -> Iterator[Any]:
    from torch import nn

    activation = getattr(nn, ACTIVATIONS[str(net["activation"])])
    sizes = net["hidden"]
    assert isinstance(sizes, tuple)
    of_inputs, of_hidden = (as_float(net[name]) for name in ("input_dropout", "dropout"))
    options = {**_given(net, ("bias",)), "dtype": dtype}
    if of_inputs:
        yield nn.Dropout(of_inputs)
    inputs = features
    for units in sizes:
        yield nn.Linear(inputs, units, **options)
        yield activation()
        if of_hidden:
            yield nn.Dropout(of_hidden)
        inputs = units
    yield nn.Linear(inputs, 2 if net["head"] == "softmax2" else 1, **options)


def _start(net: Net, linear: list[Any], features: int) -> str:
    """Give the layers their initial weights; the fingerprint of those that crossframe draws, else ``""``."""
    import torch

    seed = given_seed(net.get("initial_weights"))
    with torch.no_grad():
        if seed is not None:
            sizes = tuple(layer.out_features for layer in linear[:-1])
            sent = initial_weights(seed, features, sizes, linear[-1].out_features)
            for layer, kernel, bias in zip(linear, sent[0::2], sent[1::2], strict=True):
                layer.weight.copy_(torch.from_numpy(kernel.T.copy()))
                if layer.bias is not None:
                    layer.bias.copy_(torch.from_numpy(bias))
            return received(sent, _held(linear))
        for layer in linear:
            if net["weight_init"] == "xavier_uniform":
                torch.nn.init.xavier_uniform_(layer.weight)
            elif net["weight_init"] == "kaiming_uniform":
                torch.nn.init.kaiming_uniform_(layer.weight, nonlinearity="relu")
            if layer.bias is not None and net["bias_init"] == "zeros":
                torch.nn.init.zeros_(layer.bias)
    return ""


def _held(linear: list[Any]) -> Weights:
    """Kernel (inputs, units) and bias (units,) of every layer in turn; a missing bias is 0."""
    arrays: Weights = []
    for layer in linear:
        kernel = layer.weight.detach().numpy().T
        arrays += [kernel, np.zeros_like(kernel[0]) if layer.bias is None else layer.bias.detach().numpy()]
    return arrays


def _optimizer(net: Net, linear: list[Any]) -> Any:
    """The optimizer; biases are a group of parameters of their own where their penalty is another one."""
    import torch

    rule = str(net["optimizer"])
    options: dict[str, Any] = _given(net, OPTIONS[rule])
    if not options.get("momentum"):
        # It has no effect then, and PyTorch refuses it.
        options.pop("nesterov", None)
    betas = [net.get(name) for name in ("beta1", "beta2")]
    if rule != "sgd" and any(beta is not None for beta in betas):
        defaults = (0.9, 0.999)
        options["betas"] = tuple(d if b is None else b for b, d in zip(betas, defaults, strict=True))
    described = getattr(torch.optim, OPTIMIZERS[rule])
    if net.get("bias_weight_decay") is None:
        return described([p for layer in linear for p in layer.parameters()], **options)
    groups: list[dict[str, Any]] = [{"params": [layer.weight for layer in linear]}]
    biases = [layer.bias for layer in linear if layer.bias is not None]
    if biases:
        groups.append({"params": biases, "weight_decay": net["bias_weight_decay"]})
    return described(groups, **options)


def _loss_options(net: Net) -> tuple[str, ...]:
    return ("reduction", "label_smoothing") if net["head"] == "softmax2" else ("reduction",)


def _given(net: Net, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: net[name] for name in names if net.get(name) is not None}


def _plain(value: Any) -> Value:
    """A number of an optimizer as Python's, which may be a whole one: 0 of ``momentum``."""
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else bool(value)
