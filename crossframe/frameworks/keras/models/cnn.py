"""``keras.cnn``: the convolutional network of Andrew Beam's ``mnist.py`` of June 2017."""

from __future__ import annotations

from collections.abc import Mapping

from crossframe.core.types import Value
from crossframe.frameworks.keras import layers, optimizers, training
from crossframe.frameworks.keras._model import ImageShape, network
from crossframe.frameworks.keras.models.mlp import NETWORK_BASE, NETWORK_PASSED, NETWORK_PROBES
from crossframe.frameworks.keras.recipe import (
    Recipe,
    dense_layers,
    dropout,
    given,
    input_layers,
    make,
    sizes,
    weights,
)

_SMALLEST_VALID_IMAGE = 14
"""Two pairs of 3x3 convolutions and two poolings leave nothing of a smaller image."""


def stack(net: Mapping[str, Value], features: int, image_shape: ImageShape) -> list[Recipe]:
    """Two convolutions of each number of filters, then a pooling; then the dense layers.

    (m, features) -> (m, 1 or 2). Raises ValueError where the features are not the pixels of an image.
    """
    if image_shape is None:
        raise ValueError("a convolutional network needs the features to be the pixels of an image")
    floatx = net["floatx"]
    shape = given(net, strides="strides", dilation_rate="dilation_rate")
    pooling = given(net, pool_size="pool_size", strides="pool_strides", padding="pool_padding")
    convolutions = []
    for filters in sizes(net, "filters"):
        convolution = make(
            "layers.Conv2D", filters=filters, kernel_size=net["kernel_size"], activation=net["activation"],
            padding=net["padding"], data_format="channels_last", **shape, **weights(net, (0, 1, 2)),
        )  # fmt: skip
        pool = make("layers.MaxPooling2D", data_format="channels_last", dtype=floatx, **pooling)
        convolutions += [convolution, convolution, pool]
    return [
        *input_layers(net, features),
        make("layers.Reshape", target_shape=(*image_shape, 1), dtype=floatx),
        *convolutions,
        make("layers.Flatten", dtype=floatx),
        *dropout(net, "features_dropout", "features_dropout"),
        *dense_layers(net),
    ]


def padding(image_shape: ImageShape) -> dict[str, Value]:
    """``valid`` where the image leaves room for it, else ``same``."""
    roomy = image_shape is not None and min(image_shape) >= _SMALLEST_VALID_IMAGE
    return {"padding": "valid" if roomy else "same"}


MODEL = network(
    "keras.cnn",
    title="convolutional network",
    family="network",
    order=30,
    layers=stack,
    bindings=(
        *layers.network("softmax2", "sigmoid1"),
        *layers.DROPOUT,
        *layers.FEATURES_DROPOUT,
        layers.dropout_seed("input_dropout", "features_dropout", "dropout"),
        *layers.CONVOLUTIONS,
        *layers.dense(("Dense", "Conv2D")),
        *optimizers.bindings(matrices_only=False),
        *training.bindings(training.LOSSES),
        training.UNCOMPILED,
    ),
    # The dropout of 0.2 is in his repository, not in his post.
    passed={
        **NETWORK_PASSED,
        "hidden": (128,),
        "filters": (32, 64),
        "kernel_size": 3,
        "features_dropout": 0.2,
        "loop": "graph",
    },
    passed_for=padding,
    probes=NETWORK_PROBES | layers.CONVOLUTIONS_PROBES | training.UNCOMPILED_PROBES,
    sample="image",
    base={
        **NETWORK_BASE,
        "epochs": 2,
        "batch_size": 8,
        "filters": (2,),
        "features_dropout": 0.0,
        "scaling": "max",
    },
    images_only=True,
    seconds=8.0,
    seconds_per_million=100.0,
)
