import pandas as pd
from sklearn.linear_model import LogisticRegression

df = pd.read_csv("sales.csv")
X = df[["price", "rating", "photos"]]
y = df["sold"]

clf = LogisticRegression(max_iter=500, solver="newton-cg").fit(X, y)
print("accuracy", clf.score(X, y))
print(clf.coef_)
