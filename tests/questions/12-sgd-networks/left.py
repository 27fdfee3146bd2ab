import pandas as pd
from sklearn.neural_network import MLPRegressor

engines = pd.read_csv("engines.csv")
X, y = engines[["load", "heat", "speed", "age"]].to_numpy(), engines["wear"].to_numpy()

mlp = MLPRegressor(
    hidden_layer_sizes=(10,), activation="logistic", solver="sgd", alpha=1.0, batch_size=100,
    learning_rate_init=0.01, momentum=0.9, nesterovs_momentum=True, max_iter=200, n_iter_no_change=200, tol=0,
    random_state=0,
)
mlp.fit(X, y)
print("R2", mlp.score(X, y))
