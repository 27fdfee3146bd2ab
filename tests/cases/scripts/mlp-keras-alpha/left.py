import pandas as pd
from sklearn.neural_network import MLPRegressor

motors = pd.read_csv("motors.csv")
X, y = motors[["load", "heat", "speed"]].to_numpy(), motors["wear"].to_numpy()

net = MLPRegressor(
    hidden_layer_sizes=(4,), activation="tanh", solver="adam", alpha=5.0, batch_size=100,
    learning_rate_init=0.05, max_iter=300, n_iter_no_change=300, tol=0, random_state=5,
)
net.fit(X, y)
print("R2", net.score(X, y))
