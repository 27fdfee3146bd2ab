import pandas as pd
from sklearn.neural_network import MLPClassifier

churn = pd.read_csv("churn.csv")
X, y = churn.drop(columns="left").to_numpy(), churn["left"].to_numpy()
mlp = MLPClassifier(hidden_layer_sizes=(10,), max_iter=60, random_state=2)
mlp.fit(X, y)
print("accuracy", mlp.score(X, y))
print(mlp.predict_proba(X)[:5, 1])
