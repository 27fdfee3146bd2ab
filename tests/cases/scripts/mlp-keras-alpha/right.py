import keras
import pandas as pd
from keras import layers, regularizers

motors = pd.read_csv("motors.csv")
X, y = motors[["load", "heat", "speed"]].to_numpy("float32"), motors["wear"].to_numpy("float32")

keras.utils.set_random_seed(5)
net = keras.Sequential(
    [
        layers.Input(shape=(3,)),
        layers.Dense(4, activation="tanh", kernel_regularizer=regularizers.L2(5.0)),
        layers.Dense(1, kernel_regularizer=regularizers.L2(5.0)),
    ]
)
net.compile(optimizer=keras.optimizers.Adam(learning_rate=0.05), loss="mean_squared_error")
net.fit(X, y, epochs=300, batch_size=100, verbose=0)
print("MSE", float(net.evaluate(X, y, verbose=0)))
