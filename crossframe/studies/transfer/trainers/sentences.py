"""Word vectors by skip-gram, and small heads on sentences (Keras and TensorFlow)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from crossframe.core.types import FloatArray
from crossframe.studies.training import Outcome
from crossframe.studies.transfer.corpus import UNKNOWN, VOCABULARY, WORDS, content, labelled, unlabelled

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
    weights = _output_weights(start.shape, seed)
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
    trained = vectors.numpy().astype(np.float64)
    return {"tokens": len(text), "words": len(VOCABULARY)}, {
        "vectors": trained / np.linalg.norm(trained, axis=1, keepdims=True),
        "start": start.astype(np.float64) / np.linalg.norm(start, axis=1, keepdims=True),
    }


def _output_weights(shape: tuple[int, ...], seed: int) -> NDArray[np.float32]:
    """Normal with sd 1/2, drawn again where two sds are exceeded, as TensorFlow truncates."""
    import keras

    weights: NDArray[np.float32] = keras.initializers.TruncatedNormal(stddev=0.5, seed=seed)(shape).numpy()
    return weights


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
    seen = np.zeros((s, len(y)), dtype=bool)
    np.put_along_axis(seen, rows, values=True, axis=1)
    return {"updates": epochs * n}, {
        "train": (right & seen).sum(axis=1) / n,
        "test": (right & ~seen).sum(axis=1) / (len(y) - n),
    }


def sentence_vectors(vectors: FloatArray) -> tuple[FloatArray, NDArray[np.int64]]:
    """Mean vector of the frequent words of each labelled sentence, (20, width), and the labels."""
    index = {word: i for i, word in enumerate(WORDS)}
    sentences, labels = labelled()
    rows = [vectors[[index[w] for w in content(s) if w in index]].mean(axis=0) for s in sentences]
    return np.stack(rows), np.array(labels)
