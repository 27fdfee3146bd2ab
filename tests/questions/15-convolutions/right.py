import keras
import pandas as pd
from keras import layers
from keras.initializers import RandomUniform

strokes = pd.read_csv("strokes.csv")
X = strokes.iloc[:, :64].to_numpy("float32").reshape(-1, 8, 8, 1)
y = strokes["upright"].to_numpy("float32")


def torch_default(fan_in):
    """Weights and biases as torch.nn.Conv2d and torch.nn.Linear begin."""
    bound = fan_in**-0.5
    return {"kernel_initializer": RandomUniform(-bound, bound), "bias_initializer": RandomUniform(-bound, bound)}


keras.utils.set_random_seed(1)
net = keras.Sequential(
    [
        layers.Input((8, 8, 1)),
        layers.Conv2D(8, 3, activation="relu", **torch_default(9)),
        layers.MaxPooling2D(2),
        layers.Flatten(),
        layers.Dense(16, activation="relu", **torch_default(72)),
        layers.Dense(1, activation="sigmoid", **torch_default(16)),
    ]
)
net.compile(optimizer=keras.optimizers.Adam(0.001, epsilon=1e-8), loss="binary_crossentropy")
net.fit(X, y, epochs=12, batch_size=20, verbose=0)
print("accuracy", ((net.predict(X, verbose=0).ravel() > 0.5) == y).mean())
