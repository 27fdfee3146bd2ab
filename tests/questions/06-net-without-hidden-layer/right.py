import keras
import pandas as pd

df = pd.read_csv("corners.csv")
X, y = df[["x1", "x2"]].to_numpy("float32"), df["label"].to_numpy("float32")

keras.utils.set_random_seed(3)
net = keras.Sequential([keras.layers.Input((2,)), keras.layers.Dense(1, activation="sigmoid")])
net.compile(optimizer=keras.optimizers.SGD(learning_rate=0.01), loss="binary_crossentropy")
net.fit(X, y, epochs=300, batch_size=20, verbose=0)
w, b = net.get_weights()
print("boundary: x2 =", -w[0, 0] / w[1, 0], "x1 +", -b[0] / w[1, 0])
