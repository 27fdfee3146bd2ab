"""Pre-training and small heads, for sentences and for images (Keras and TensorFlow)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crossframe.data import load
from crossframe.engines.base import FloatArray
from crossframe.studies.sentences import UNKNOWN, VOCABULARY, WORDS, content, labelled, unlabelled

SOURCES = ("studies/sentences.py", "data/mnist.py", "data/digits.py")

Outcome = tuple[Mapping[str, Any], Mapping[str, NDArray[Any]]]

_WINDOW, _SKIPS, _BATCH, _NEGATIVES, _WIDTH = 3, 2, 20, 6, 4


def word_vectors(*, seed: int, steps: int, by_topic: bool, across: bool) -> Outcome:
    """Skip-gram with noise-contrastive estimation on the unlabelled sentences.

    As published: embedding of 4, window 3, two words predicted from each, batches of 20, 6 negative
    samples, plain SGD with learning rate 1, vectors uniform on (-1, 1), output weights truncated
    normal with sd 1/2; at the end every vector is divided by its length. The loss is TensorFlow's own
    ``nce_loss``.

    Parameters
    ----------
    by_topic
        All sentences that praise come first, then those that blame; else they are mixed.
    across
        Windows run across the ends of sentences, as in the published code.

    Returns
    -------
    arrays
        ``vectors`` (words, 4), and ``start``: the same before training.
    """
    import tensorflow as tf

    rng = np.random.default_rng(seed)
    index = {word: i for i, word in enumerate(VOCABULARY)}
    sentences = [[index.get(w, index[UNKNOWN]) for w in content(s)] for s in unlabelled(by_topic=by_topic)]
    text = np.concatenate(sentences)
    ends = np.repeat(np.arange(len(sentences)), [len(s) for s in sentences])
    centres, contexts = _pairs(text, np.zeros_like(ends) if across else ends, steps * _BATCH, rng)
    start = rng.uniform(-1, 1, (len(VOCABULARY), _WIDTH)).astype(np.float32)
    weights = np.clip(rng.normal(0, 0.5, start.shape), -1, 1).astype(np.float32)
    tf.random.set_seed(seed)
    vectors, out, bias = tf.Variable(start), tf.Variable(weights), tf.Variable(tf.zeros(len(VOCABULARY)))
    batches = (
        tf.constant(centres.reshape(steps, _BATCH)),
        tf.constant(contexts.reshape(steps, _BATCH, 1), tf.int64),
    )

    @tf.function  # type: ignore[untyped-decorator]
    def train() -> None:
        for step in tf.range(steps):
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean(
                    tf.nn.nce_loss(
                        out, bias, batches[1][step], tf.gather(vectors, batches[0][step]), _NEGATIVES,
                        len(VOCABULARY),
                    )
                )  # fmt: skip
            variables = [vectors, out, bias]
            for variable, gradient in zip(variables, tape.gradient(loss, variables), strict=True):
                variable.assign_sub(tf.convert_to_tensor(gradient))

    train()
    found = vectors.numpy().astype(np.float64)
    return {"tokens": len(text), "words": len(VOCABULARY)}, {
        "vectors": found / np.linalg.norm(found, axis=1, keepdims=True),
        "start": start.astype(np.float64) / np.linalg.norm(start, axis=1, keepdims=True),
    }


def _pairs(
    text: NDArray[Any], part: NDArray[Any], count: int, rng: np.random.Generator
) -> tuple[NDArray[Any], NDArray[Any]]:
    """``count`` centre and context words in the order of the text, again and again, within a part."""
    shifts = np.array([d for d in range(-_WINDOW, _WINDOW + 1) if d])
    positions = np.arange(-(-count // _SKIPS)) % len(text)
    near = positions[:, None] + shifts
    inside = (part[near % len(text)] == part[positions][:, None]) & ((near >= 0) & (near < len(text)))
    chosen = np.argsort(np.where(inside, rng.random(near.shape), 2.0), axis=1)[:, :_SKIPS]
    contexts = text[np.take_along_axis(near, chosen, axis=1) % len(text)].ravel()[:count]
    return np.repeat(text[positions], _SKIPS)[:count].astype(np.int32), contexts.astype(np.int64)


def sentence_heads(*, vectors: list[list[float]], splits: list[list[int]], seed: int, epochs: int) -> Outcome:
    """The published head on the mean word vector of a sentence, one network per split.

    4 sigmoid units, then two softmax units, no biases, weights normal with sd .1, plain SGD with
    learning rate .01, one sentence per update, in their own order.

    Parameters
    ----------
    splits
        Numbers of the labelled sentences to train on, (S, n); the others are scored.

    Returns
    -------
    arrays
        ``train`` and ``test`` accuracy per split, (S,).
    """
    import tensorflow as tf

    X, y = sentence_vectors(np.array(vectors))
    rows = np.array(splits)
    rng = np.random.default_rng(seed)
    s, n = rows.shape
    first = tf.Variable(rng.normal(0, 0.1, (s, X.shape[1], 4)))
    second = tf.Variable(rng.normal(0, 0.1, (s, 4, 2)))
    inputs, targets = tf.constant(X[rows]), tf.constant(np.eye(2)[y[rows]])

    def score(a: Any, b: Any, x: Any) -> Any:
        return tf.einsum("sni,sio->sno", tf.sigmoid(tf.einsum("sni,sio->sno", x, a)), b)

    @tf.function(jit_compile=True)  # type: ignore[untyped-decorator]
    def train(a: Any, b: Any) -> Any:
        for step in tf.range(epochs * n):
            at = step % n
            x, t = inputs[:, at : at + 1], targets[:, at : at + 1]
            hidden = tf.sigmoid(tf.einsum("sni,sio->sno", x, a))
            error = tf.nn.softmax(tf.einsum("sni,sio->sno", hidden, b)) - t
            back = tf.einsum("sno,sio->sni", error, b) * hidden * (1 - hidden)
            b = b - 0.01 * tf.einsum("sni,sno->sio", hidden, error)
            a = a - 0.01 * tf.einsum("sni,sno->sio", x, back)
        return a, b

    a, b = train(tf.convert_to_tensor(first), tf.convert_to_tensor(second))
    labels = np.argmax(score(a, b, tf.constant(np.broadcast_to(X, (s, *X.shape)))).numpy(), axis=2)
    right = labels == y
    trained = np.zeros((s, len(y)), dtype=bool)
    np.put_along_axis(trained, rows, values=True, axis=1)
    return {"updates": epochs * n}, {
        "train": (right & trained).sum(axis=1) / n,
        "test": (right & ~trained).sum(axis=1) / (len(y) - n),
    }


def sentence_vectors(vectors: FloatArray) -> tuple[FloatArray, NDArray[np.int64]]:
    """Mean vector of the frequent words of each labelled sentence, (20, width), and the labels."""
    index = {word: i for i, word in enumerate(WORDS)}
    sentences, labels = labelled()
    rows = [vectors[[index[w] for w in content(s) if w in index]].mean(axis=0) for s in sentences]
    return np.stack(rows), np.array(labels)


def image_features(
    *, dataset: str, data_dir: str | None, seed: int, images: int, epochs: int, width: int,
    train: list[list[int]], test: list[int], head_epochs: int, keep: bool,
) -> Outcome:  # fmt: skip
    """A small Keras CNN that learns the digits 2 to 9, and what its last hidden layer tells of 0 and 1.

    Two convolutions of 3 x 3 with 8 and 16 filters and relu, each with a pooling of 2, then ``width``
    relu units (the features) and eight softmax units; Adam, batch 64; pixels divided by their largest
    value. 0 and 1 are never seen. Then a head of two softmax units is trained on the frozen features, in
    batches as in `from_scratch`, by Adam with ten times its learning rate: 66 weights on so few images need
    it, and more epochs, to fit them.

    Parameters
    ----------
    train, test
        Samples of 0 and 1 to train a head on each; images to score.
    keep
        Give the features back as well.

    Returns
    -------
    fields
        Accuracy on the digits it was trained on; parameters of its head and of the rest.
    arrays
        ``accuracy`` and ``fitted`` (samples,): of the heads, on ``test`` and on their own samples;
        ``features`` (N, width) of all images of 0 and 1, in the order of the data set, with ``keep``.
    """
    import keras
    import tensorflow as tf

    from crossframe.engines.keras_loop import Loop

    X, y, shape = _other_digits(dataset, data_dir)
    order = np.random.default_rng(seed).permutation(len(y))[:images]
    keras.utils.set_random_seed(seed)
    body = keras.Sequential([keras.Input((X.shape[1],)), *layers(shape, width)])
    head = keras.layers.Dense(8, activation="softmax")
    model = keras.Sequential([body, head])
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(X[order], y[order], batch_size=64, epochs=epochs, verbose=0)
    data = load(dataset, data_dir=data_dir)
    assert data.max_value is not None
    features = body.predict((data.X / data.max_value).astype(np.float32), batch_size=512, verbose=0)
    top = keras.Sequential([keras.Input((width,)), keras.layers.Dense(2, activation="softmax")])
    loop = Loop(top, keras.optimizers.Adam(0.01), "graph")
    scores = [_learnt(loop, tf.constant(features), data.y, rows, test, head_epochs, seed) for rows in train]
    kept = {"features": features.astype(np.float64)} if keep else {}
    return {
        "train_accuracy": float(history.history["accuracy"][-1]),
        "images": len(order),
        "parameters": int(body.count_params()),
        "head": int(head.count_params()),
    }, {**_columns(scores), **kept}


def from_scratch(
    *, dataset: str, data_dir: str | None, seed: int, train: list[list[int]], test: list[int], epochs: int,
    width: int,
) -> Outcome:  # fmt: skip
    """The same CNN with two softmax units, trained on a few images of 0 and 1 alone, once per draw.

    Returns
    -------
    arrays
        ``accuracy`` (draws,) on the images ``test``, and ``fitted`` (draws,) on those of the draw.
    """
    import keras
    import tensorflow as tf

    from crossframe.engines.keras_loop import Loop

    data = load(dataset, data_dir=data_dir)
    assert data.image_shape is not None
    assert data.max_value is not None
    X = tf.constant((data.X / data.max_value).astype(np.float32))
    top = keras.layers.Dense(2, activation="softmax")
    body = layers(data.image_shape, width)
    loop = Loop(keras.Sequential([keras.Input((X.shape[1],)), *body, top]), keras.optimizers.Adam(), "graph")
    scores = [_learnt(loop, X, data.y, rows, test, epochs, seed + draw) for draw, rows in enumerate(train)]
    return {"updates": epochs * -(-len(train[0]) // 32)}, _columns(scores)


def _learnt(
    loop: Any, X: Any, y: NDArray[Any], rows: list[int], test: list[int], epochs: int, seed: int
) -> tuple[float, float]:
    """Accuracy on ``test`` and on ``rows`` of a network trained anew on ``rows``."""
    import keras
    import tensorflow as tf

    from crossframe.engines.keras_loop import schedule

    keras.utils.set_random_seed(seed)
    loop.restart()
    batches = schedule(len(rows), 32, epochs, True, seed)
    loop.train(tf.gather(X, rows), tf.constant(y[rows]), batches, epochs)
    tested, fitted = (float(np.mean((loop.predict(tf.gather(X, k)) > 0.5) == y[k])) for k in (test, rows))
    return tested, fitted


def _columns(scores: list[tuple[float, float]]) -> dict[str, FloatArray]:
    tested, fitted = np.array(scores).reshape(-1, 2).T
    return {"accuracy": tested, "fitted": fitted}


def layers(shape: tuple[int, int], width: int) -> list[Any]:
    """The body of the CNN, from pixels in a row to features."""
    import keras

    return [
        keras.layers.Reshape((*shape, 1)),
        keras.layers.Conv2D(8, 3, padding="same", activation="relu"),
        keras.layers.MaxPooling2D(),
        keras.layers.Conv2D(16, 3, padding="same", activation="relu"),
        keras.layers.MaxPooling2D(),
        keras.layers.Flatten(),
        keras.layers.Dense(width, activation="relu"),
    ]


def dense_head(*, inputs: int, outputs: int) -> Outcome:
    """Parameters of a real Keras layer with ``outputs`` units on ``inputs`` features."""
    import keras

    layer = keras.layers.Dense(outputs)
    layer.build((None, inputs))
    return {"parameters": int(layer.count_params())}, {}


def _other_digits(dataset: str, data_dir: str | None) -> tuple[Any, Any, tuple[int, int]]:
    """All training images of 2 to 9, pixels in a row, their labels from 0, and their shape."""
    rows, labels, shape = [], [], (0, 0)
    for pair in ((2, 3), (4, 5), (6, 7), (8, 9)):
        data = load(dataset, data_dir=data_dir, digits=pair)
        assert data.image_shape is not None
        assert data.max_value is not None
        kept = np.ones(len(data.y), dtype=bool)
        if data.test_rows is not None:
            kept[data.test_rows] = False
        shape = data.image_shape
        rows.append((data.X[kept] / data.max_value).astype(np.float32))
        labels.append(data.y[kept] + pair[0] - 2)
    return np.concatenate(rows), np.concatenate(labels), shape
