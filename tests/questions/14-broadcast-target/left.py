import keras
import pandas as pd

data = pd.read_csv("sines.csv")
X, y = data.iloc[:, :5].to_numpy("float32"), data["y"].to_numpy("float32")

keras.utils.set_random_seed(1)
net = keras.Sequential(
    [keras.layers.Input((5,)), keras.layers.Dense(64, activation="tanh"), keras.layers.Dense(1)]
)
net.compile(optimizer=keras.optimizers.Adam(0.01), loss="mse")
net.fit(X, y, epochs=60, batch_size=50, verbose=0)
print("MSE", ((net.predict(X, verbose=0).ravel() - y) ** 2).mean())
