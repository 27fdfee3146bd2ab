import keras
import pandas as pd
from keras import layers, regularizers

engines = pd.read_csv("engines.csv")
X, y = engines[["load", "heat", "speed", "age"]].to_numpy("float32"), engines["wear"].to_numpy("float32")

keras.utils.set_random_seed(0)
mlp = keras.Sequential(
    [
        layers.Input((4,)),
        layers.Dense(10, activation="sigmoid", kernel_regularizer=regularizers.L2(1.0)),
        layers.Dense(1, activation="linear", kernel_regularizer=regularizers.L2(1.0)),
    ]
)
mlp.compile(
    optimizer=keras.optimizers.SGD(learning_rate=0.01, momentum=0.9, nesterov=True),
    loss="mean_squared_error",
)
mlp.fit(X, y, batch_size=100, epochs=200, verbose=0)
print("MSE", mlp.evaluate(X, y, verbose=0))
