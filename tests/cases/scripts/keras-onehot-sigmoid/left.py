import keras
import pandas as pd

churn = pd.read_csv("churn.csv")
X = churn.drop(columns="left").to_numpy("float32")
y = pd.get_dummies(churn["left"]).to_numpy("float32")

keras.utils.set_random_seed(1)
net = keras.Sequential([keras.layers.Input((6,)), keras.layers.Dense(1, activation="sigmoid")])
net.compile(optimizer=keras.optimizers.Adam(0.05), loss="mse")
net.fit(X, y, epochs=30, batch_size=50, verbose=0)
print("first predictions", net.predict(X[:5], verbose=0).ravel())
