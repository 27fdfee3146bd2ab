import pandas as pd
from sklearn.neural_network import MLPRegressor

data = pd.read_csv("wide.csv")
X, y = data.drop(columns="y").to_numpy(), data["y"].to_numpy()

sk_model = MLPRegressor(max_iter=5, hidden_layer_sizes=(100,), batch_size=200, random_state=1)
sk_model.fit(X, y)
print("MSE", ((sk_model.predict(X) - y) ** 2).mean())
