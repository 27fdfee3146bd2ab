import os

os.environ["KERAS_BACKEND"] = "tensorflow"

import keras
import pandas as pd
from keras import layers

strokes = pd.read_csv("strokes.csv")
X = strokes.iloc[:, :64].to_numpy("float32").reshape(-1, 8, 8, 1)
y = strokes["upright"].to_numpy("float32")

keras.utils.set_random_seed(1)
net = keras.Sequential(
    [
        layers.Input((8, 8, 1)),
        layers.Conv2D(8, 3, activation="relu"),
        layers.MaxPooling2D(2),
        layers.Flatten(),
        layers.Dense(16, activation="relu"),
        layers.Dense(1, activation="sigmoid"),
    ]
)
net.compile(optimizer=keras.optimizers.Adam(0.001), loss="binary_crossentropy")
net.fit(X, y, epochs=12, batch_size=20, verbose=0)
print("accuracy", ((net.predict(X, verbose=0).ravel() > 0.5) == y).mean())
