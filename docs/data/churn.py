import pandas as pd
from sklearn.linear_model import LogisticRegression

d = pd.read_csv("customers.csv")
X = d[["age", "visits", "income"]]
model = LogisticRegression(max_iter=1000)
model.fit(X, d["left"] == "yes")
