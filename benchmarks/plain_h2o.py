"""What a script does that calls H2O's Python client the way its tutorials and Leek's R script do.

Each call sends both frames, trains, and brings the predictions back as a pandas table. The client
starts its server on first use. Nothing of crossframe is used here: this is what it is measured against.
"""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import pandas as pd

os.environ.setdefault("DO_NOT_TRACK", "1")

import h2o
from h2o.estimators import H2ODeepLearningEstimator, H2OGeneralizedLinearEstimator


def start(threads: int = -1, memory: str = "1g") -> None:
    h2o.init(ip="localhost", nthreads=threads, max_mem_size=memory, bind_to_localhost=True, verbose=False)
    h2o.no_progress()


def stop() -> None:
    h2o.cluster().shutdown()


def _accuracy(model: Any, X: Any, y: Any, Xe: Any, ye: Any) -> float:
    train = h2o.H2OFrame(pd.DataFrame(X).assign(label=y))
    train["label"] = train["label"].asfactor()
    test = h2o.H2OFrame(pd.DataFrame(Xe).assign(label=ye))
    features = [name for name in train.columns if name != "label"]
    model.train(x=features, y="label", training_frame=train)
    predicted = model.predict(test).as_data_frame()["predict"].to_numpy()
    return float(np.mean(predicted.astype(int) == np.asarray(ye)))


def fit_deep(X: Any, y: Any, Xe: Any, ye: Any) -> float:
    """Leek's network; accuracy of H2O's own labels on the evaluation rows."""
    return _accuracy(H2ODeepLearningEstimator(activation="tanh", hidden=[160] * 5, epochs=20), X, y, Xe, ye)


def fit_glm(X: Any, y: Any, Xe: Any, ye: Any) -> float:
    """H2O's logistic regression as it comes."""
    return _accuracy(H2OGeneralizedLinearEstimator(family="binomial"), X, y, Xe, ye)
